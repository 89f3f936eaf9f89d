"""What the tests of a run cost, in CPU seconds of their own and of the processes that they started.

Every run prints the total and the ten costliest tests that are not marked slow; one of slow tests alone
prints its own. `--cpu-limit-s`, which `make test` sets, fails a run whose tests cost more on a machine of
the usual speed: a fixed calculation is timed all along, so that neither a slow machine nor a busy one fails
a run. Collecting is left out of the limit: on a new clone each process rewrites the assertions of all files,
which takes it twice as long as later. What a process spends that outlives its test is not counted.
"""

import json
import os
import time
from collections.abc import Generator
from dataclasses import asdict, dataclass, field
from heapq import nlargest
from statistics import mean
from typing import Any, Final

import pytest

# CPU seconds that `calculate` takes on the machine that the limits were made on.
USUAL_S: Final = 0.0040
_EVERY_S: Final = 5.0
_SHOWN: Final = 10


def calculate() -> float:
    """Do a fixed piece of work, such as Python programs do, and give the CPU seconds that it took."""
    begun = time.thread_time()
    lengths: dict[str, int] = {}
    words = [str(number * 7919 % 10007) for number in range(6000)]
    for word in words:
        lengths[word[:2]] = lengths.get(word[:2], 0) + len(word)
    json.loads(json.dumps(sorted(words)))
    return time.thread_time() - begun


@dataclass
class Costs:
    """CPU seconds of a run. quick_s, slow_s: by id. shared_s: of fixtures that last longer than a test."""

    total_s: float = 0.0
    shared_s: float = 0.0
    quick_s: dict[str, float] = field(default_factory=dict[str, float])
    slow_s: dict[str, float] = field(default_factory=dict[str, float])
    calculations_s: list[float] = field(default_factory=list[float])

    def add(self, other: "Costs") -> None:
        self.total_s += other.total_s
        self.shared_s += other.shared_s
        self.quick_s |= other.quick_s
        self.slow_s |= other.slow_s
        self.calculations_s += other.calculations_s

    @property
    def tests_s(self) -> float:
        """What the tests and the fixtures that they share took: the total without collecting."""
        return sum(self.quick_s.values()) + sum(self.slow_s.values()) + self.shared_s

    @property
    def usual_s(self) -> float:
        """What the tests would have taken on a machine that is as fast as usual."""
        return self.tests_s * USUAL_S / mean(self.calculations_s or [USUAL_S])


class Meter:
    """Measures in each process that runs tests; the one that hands them out adds up, shows and judges."""

    def __init__(self, limit_s: float | None) -> None:
        self.limit_s = limit_s
        self.costs = Costs()
        self._next_calculation = 0.0
        self._is_setting_up = False

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        if time.monotonic() > self._next_calculation:
            self.costs.calculations_s.append(calculate())
            self._next_calculation = time.monotonic() + _EVERY_S
        begun_s, shared_s = _spent_s(), self.costs.shared_s
        try:
            return (yield)
        finally:
            tests_s = self.costs.slow_s if item.get_closest_marker("slow") else self.costs.quick_s
            tests_s[item.nodeid] = _spent_s() - begun_s - (self.costs.shared_s - shared_s)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Generator[None, object, object]:
        if fixturedef.scope == "function" or self._is_setting_up:
            return (yield)
        begun_s, self._is_setting_up = _spent_s(), True
        try:
            return (yield)
        finally:
            self.costs.shared_s += _spent_s() - begun_s
            self._is_setting_up = False

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(
        self, item: pytest.Item, nextitem: pytest.Item | None
    ) -> Generator[None, object, object]:
        # After the last test of a file or of the run, what is ended is what its tests shared: a server.
        is_shared, begun_s = nextitem is None or nextitem.path != item.path, _spent_s()
        try:
            return (yield)
        finally:
            self.costs.shared_s += (_spent_s() - begun_s) * is_shared

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        if costs := getattr(node, "workeroutput", {}).get("costs"):
            self.costs.add(Costs(**costs))

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
        hands_out = session.config.pluginmanager.has_plugin("dsession")
        # Its children are those that ran the tests, and have told what they spent.
        self.costs.total_s += time.process_time() if hands_out else _spent_s()
        if output is not None:
            output["costs"] = asdict(self.costs)
        elif self.is_over and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @property
    def is_over(self) -> bool:
        return self.limit_s is not None and self.costs.usual_s > self.limit_s

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Write the costliest tests and the total."""
        tests_s = self.costs.quick_s or self.costs.slow_s
        if not tests_s:
            return
        terminalreporter.section("CPU seconds")
        for name, cost_s in nlargest(_SHOWN, tests_s.items(), key=lambda cost: cost[1]):
            terminalreporter.line(f"{cost_s:6.2f}  {name}")
        terminalreporter.line(self._total())
        if self.is_over:
            terminalreporter.line(
                f"More than {self.limit_s:.0f} s: make the costliest cheaper, or let what makes them so say "
                "that they are slow (tests/slow.py).",
                red=True,
            )

    def _total(self) -> str:
        costs = self.costs
        limit = f"; the limit is {self.limit_s:.0f} s" if self.limit_s else ""
        return (
            f"{costs.total_s:6.0f}  in all, {costs.tests_s:.0f} of it for the tests, "
            f"{costs.shared_s:.0f} for what they share; "
            f"{costs.usual_s:.0f} for the tests on a machine of the usual speed{limit}"
        )


def _spent_s() -> float:
    """Give the CPU seconds of this process and of its children that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--cpu-limit-s", type=float, help="fail a run that takes more CPU seconds than this")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Meter(config.getoption("--cpu-limit-s")), "costs")
