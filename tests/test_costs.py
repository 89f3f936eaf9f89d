"""A run says what it cost, and fails over its limit; a slow machine, or a busy one, costs no more."""

import re
from pathlib import Path

import pytest

from tests import costs
from tests.costs import USUAL_S, Costs

pytest_plugins = ("pytester",)
ROOT = Path(__file__).parents[1]
WAYS = pytest.mark.parametrize("way", [(), ("-p", "xdist", "-n", "2")], ids=["alone", "two workers"])
SUITE = """
    import subprocess, sys, time
    import pytest

    def work(seconds):
        end = time.process_time() + seconds
        while time.process_time() < end: ...

    @pytest.fixture(scope="module")
    def shared():
        work(0.2)
        yield
        work(0.2)

    def test_works(): work(0.1)
    def test_of_a_child():
        code = "import time\\nwhile time.process_time() < 0.3: ..."
        subprocess.run([sys.executable, "-c", code], check=True)
    def test_idle(shared): ...
"""


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """Somebody's tests, with the costs of ours and no other plugin."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makeconftest(f"import sys; sys.path.insert(0, {str(ROOT)!r}); pytest_plugins = ['tests.costs']")
    pytester.makepyfile(SUITE)
    return pytester


def listed(result: pytest.RunResult) -> dict[str, float]:
    """Give the CPU seconds by the name of each test that is listed, in the order of the list."""
    return {
        name: float(seconds) for seconds, name in re.findall(r"(\d+\.\d+)  \S+::(\w+)", result.stdout.str())
    }


@pytest.mark.usefixtures("processes")
@WAYS
def test_the_costliest_are_listed_with_their_processes_and_without_what_is_shared(
    suite: pytest.Pytester, way: tuple[str, ...]
) -> None:
    result = suite.runpytest_subprocess(*way)
    seconds = listed(result)
    assert list(seconds) == ["test_of_a_child", "test_works", "test_idle"]
    assert seconds["test_of_a_child"] >= 0.25
    assert 0.05 <= seconds["test_works"] < 0.25
    assert seconds["test_idle"] < 0.05
    assert result.ret == pytest.ExitCode.OK


@pytest.mark.usefixtures("processes")
@WAYS
def test_a_run_over_its_limit_fails_and_says_what_to_do(suite: pytest.Pytester, way: tuple[str, ...]) -> None:
    result = suite.runpytest_subprocess("--cpu-limit-s", "0.3", *way)
    result.assert_outcomes(passed=3)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*the limit is 0 s", "More than 0 s: make the costliest cheaper*"])


def test_what_a_slow_machine_takes_counts_as_what_a_usual_one_would() -> None:
    timed_s = [2 * USUAL_S, 4 * USUAL_S]
    slow = Costs(shared_s=100, quick_s={"a": 200}, slow_s={"b": 300}, calculations_s=timed_s)
    assert slow.usual_s == pytest.approx(200)


def test_collecting_does_not_count() -> None:
    assert Costs(total_s=90, shared_s=1, quick_s={"a": 2}).usual_s == pytest.approx(3)


def test_workers_add_up() -> None:
    both = Costs(total_s=1, shared_s=1, quick_s={"a": 1}, calculations_s=[1])
    both.add(Costs(total_s=2, shared_s=3, slow_s={"b": 2}, calculations_s=[2]))
    assert both == Costs(total_s=3, shared_s=4, quick_s={"a": 1}, slow_s={"b": 2}, calculations_s=[1, 2])


def test_the_calculation_is_one_that_can_be_timed() -> None:
    assert 0.0005 < costs.calculate() < 0.1
