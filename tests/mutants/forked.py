"""Runs the tests of a module on each of its mutants, in forks of a process that has the libraries loaded.

Nothing is written: a fork imports the mutant from memory. To start Python and pytest for each takes seconds.
"""

import ast
import os
import resource
import sys
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder, SourceLoader
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from math import ceil
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import settings

_ARGUMENTS = (
    *("-x", "-q", "-s", "--noconftest", "--assert=plain"),
    *("-p", "pytest_asyncio.plugin", "-p", "pytest_timeout", "-p", "_hypothesis_pytestplugin"),
    *("-p", "no:cacheprovider", "-p", "no:logging", "-p", "no:doctest", "-p", "no:junitxml"),
)
_NOTHING_RUN = (pytest.ExitCode.USAGE_ERROR, pytest.ExitCode.NO_TESTS_COLLECTED)
_NOTHING = ModuleType("nothing")


def get_ready() -> None:
    """Let every run of a test draw the same examples, and few of them."""
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    settings.register_profile("mutants", deadline=None, database=None, derandomize=True, max_examples=25)
    settings.load_profile("mutants")


def limit_of(module: str, tests: Sequence[str]) -> int:
    """Run the tests on the module as it is; say for how many seconds of CPU a mutant's may run.

    Raises RuntimeError when they fail.
    """
    begun = time.process_time()
    with _silence():
        code = pytest.main([*_ARGUMENTS, *tests])
    if code != pytest.ExitCode.OK:
        raise RuntimeError(f"Without any mutant the tests end with {code!r}: {' '.join(tests)}")
    _forget(module)
    return ceil(3 * (time.process_time() - begun)) + 2


def survivors(module: str, texts: Sequence[str], tests: Sequence[str], jobs: int = 1) -> Iterator[int]:
    """Give the numbers of the texts with which all tests of a module pass."""
    limit_s, running = limit_of(module, tests), dict[int, int]()
    running[_forked(module, "raise ImportError", tests, limit_s)] = -1
    if list(_ended(running)):
        raise RuntimeError(f"The tests of {module} do not need it.")
    for number, text in enumerate(texts):
        if len(running) == jobs:
            yield from _ended(running)
        running[_forked(module, text, tests, limit_s)] = number
    while running:
        yield from _ended(running)


def _ended(running: dict[int, int]) -> Iterator[int]:
    process, status = os.wait()
    number = running.pop(process)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status) in _NOTHING_RUN:
        raise RuntimeError("The tests did not run: was a file of them changed meanwhile?")
    if status == 0:
        yield number


def _forked(module: str, text: str, tests: Sequence[str], limit_s: int) -> int:
    sys.stdout.flush()
    process = os.fork()
    if process == 0:
        try:
            # An endless loop ends so however busy the machine is; nothing else here waits.
            resource.setrlimit(resource.RLIMIT_CPU, (limit_s, limit_s))
            sys.meta_path.insert(0, _Changed(module, text))
            with _silence():
                code = pytest.main([*_ARGUMENTS, *tests])
            os._exit(int(code))
        finally:
            os._exit(1)
    return process


def _forget(module: str) -> None:
    """Have the tests and what depends on a module imported anew."""
    imported = {name: _imported(name) for name in sys.modules if name.startswith("pressroom")}
    gone = {module}
    while found := {name for name, others in imported.items() if others & gone} - gone:
        gone |= found
    tests = {
        name for name in sys.modules if name.startswith("tests.") and not name.startswith("tests.mutants")
    }
    for name in (gone | tests) & sys.modules.keys():
        package, _, attribute = name.rpartition(".")
        vars(sys.modules.get(package, _NOTHING)).pop(attribute, None)
        del sys.modules[name]


def _imported(module: str) -> set[str]:
    """Name what a module imports anywhere in it, and what that may be an attribute of."""
    path = sys.modules[module].__file__
    assert path is not None
    names = {module.rpartition(".")[0]}
    for node in ast.walk(ast.parse(Path(path).read_text(encoding="utf-8"))):
        match node:
            case ast.Import():
                names.update(alias.name for alias in node.names)
            case ast.ImportFrom(module=str(name)):
                names.update((name, *(f"{name}.{alias.name}" for alias in node.names)))
            case _:
                pass
    return names


@contextmanager
def _silence() -> Generator[None]:
    kept = os.dup(1)
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        try:
            yield
        finally:
            sys.stdout.flush()
            os.dup2(kept, 1)
            os.close(kept)


class _Changed(MetaPathFinder, SourceLoader):
    """Imports one module from a text."""

    def __init__(self, module: str, text: str) -> None:
        self._module, self._text = module, text

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002  # as the import system calls it
        target: ModuleType | None = None,  # noqa: ARG002  # the same
    ) -> ModuleSpec | None:
        return spec_from_loader(fullname, self) if fullname == self._module else None

    def get_filename(self, fullname: str) -> str:
        return f"<mutant of {fullname}>"

    def get_data(self, path: str) -> bytes:  # noqa: ARG002  # the same
        return self._text.encode()
