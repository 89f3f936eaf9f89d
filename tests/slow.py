"""Which tests `make test` leaves to `make slow`: the mark sits on the fixtures that make a test slow.

    @pytest.fixture
    @slow("drives a browser")
    def browser(): ...

A test is slow if any of its fixtures is, at any depth, or if it is in one of `FOLDERS`. `processes`,
`foreign_programs`, `long_run` and `real_time` are for tests without a fixture of the kind. One round of each
promise stays in `make test` all the same, marked `@pytest.mark.proves("kill")`.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeVar

import pytest

QUICK: Final = "not slow"
"""What `make test` gives to `-m`."""

PROMISES: Final = {
    "ambiguity": "an answer that was lost is looked into, and nothing is sent twice",
    "browser": "a page does what it shows, in a real browser",
    "consent": "a program lets nothing out that no person let go",
    "kill": "a process that is killed loses nothing and doubles nothing",
    "postgresql": "a store on a server keeps what one in a file does",
    "server": "a server of ours answers over a real socket",
}
# Folders below tests/ in which all are slow. `make test` does not even collect them.
FOLDERS: Final = {
    "attack": "kills processes, and draws what programs try",
    "evals": "plays the tasks of agents",
    "insights/collecting": "plays days and weeks of an account",
    "insights/export": "writes and reads the formats of others",
    "insights/report": "draws pictures",
    "insights/statistics": "draws hundreds of accounts",
    "wire": "runs programs of others",
}
_TESTS: Final = Path(__file__).parent
_MARK: Final = "_slow"
FunctionT = TypeVar("FunctionT", bound=Callable[..., Any])


def slow(reason: str) -> Callable[[FunctionT], FunctionT]:
    """Say of a fixture's function, below `@pytest.fixture`, that tests which use it are slow, and why."""

    def marked(function: FunctionT) -> FunctionT:
        setattr(function, _MARK, reason)
        return function

    return marked


@pytest.fixture
@slow("starts Pressroom again and again, as processes")
def processes() -> None:
    """What a test uses that calls `ended`, `running`, `process` or `at_terminal`; they ask for it."""


@pytest.fixture
@slow("runs programs of others")
def foreign_programs() -> None:
    """What a test uses that starts shells, or ffmpeg on whole clips."""


@pytest.fixture
@slow("plays weeks, or walks through hundreds of cases")
def long_run() -> None:
    """What a test uses whose length makes it what it is."""


@pytest.fixture
@slow("waits for real threads, sockets and clocks")
def real_time() -> None:
    """What a test uses that no fake clock can hasten."""


# What a fixture has as `params` whose tests run on both kinds of store.
STORES: Final = ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow("runs on a database server"))]


class Marking:
    """Marks tests before `-m` chooses among them, and knows which one runs."""

    def __init__(self) -> None:
        self.running: pytest.Item | None = None

    def pytest_ignore_collect(self, collection_path: Path, config: pytest.Config) -> bool | None:
        return True if config.option.markexpr == QUICK and folder_of(collection_path) else None

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            proof = item.get_closest_marker("proves")
            if proof is not None and proof.args[0] not in PROMISES:
                raise pytest.UsageError(f"{item.nodeid} proves {proof.args[0]!r}, none of {sorted(PROMISES)}")
            if proof is not None:
                item.own_markers = [mark for mark in item.own_markers if mark.name != "slow"]
            elif reasons := _reasons_of(item):
                item.add_marker(pytest.mark.slow(*reasons))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        self.running = item

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_teardown(self) -> None:
        # What a module's or a run's fixture ends is not this test's doing, which may be a quick one.
        self.running = None


@cache
def folder_of(path: Path) -> str | None:
    """Give which of `FOLDERS` a path is in."""
    return next((name for name in FOLDERS if path.is_relative_to(_TESTS / name)), None)


def _reasons_of(item: pytest.Item) -> list[str]:
    """Give why a test's folder and its fixtures make it slow; nothing for a quick one."""
    if folder := folder_of(item.path):
        return [FOLDERS[folder]]
    if not isinstance(item, pytest.Function):
        return []
    fixtures = item._fixtureinfo.name2fixturedefs  # pyright: ignore[reportPrivateUsage]  # told nowhere else
    # A test's own parameters stand for the fixtures of their names, which are not among these then.
    functions = [fixtures[name][-1].func for name in item.fixturenames if name in fixtures]
    return [getattr(function, _MARK) for function in functions if hasattr(function, _MARK)]


_MARKING: Final = Marking()


def must_be_slow(what: str) -> None:
    """Called by what costs much: refuse a test that does it and would still be run by `make test`.

    Fails the test, and says where the fixtures are.
    """
    item = _MARKING.running
    if item is not None and not (item.get_closest_marker("slow") or item.get_closest_marker("proves")):
        pytest.fail(f"{item.nodeid} {what} and uses no fixture of tests/slow.py", pytrace=False)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow(*reasons): left to `make slow`; set by fixtures alone")
    config.addinivalue_line("markers", "proves(promise): one round of a promise, which `make test` keeps")
    config.pluginmanager.register(_MARKING, "marking")
