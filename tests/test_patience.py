"""Limits of tests follow the machine, and are never shorter than they say."""

import pytest

from tests.patience import USUAL_WORK_S, haste, patience, slowness


@pytest.mark.parametrize(
    ("load", "cores", "work_s", "expected"),
    [
        (0.1, 2, USUAL_WORK_S / 2, 1),
        (14, 2, USUAL_WORK_S, 7),
        (14, 28, USUAL_WORK_S, 1),
        (0.1, 64, 5 * USUAL_WORK_S, 5),
    ],
    ids=["with nothing to do", "with seven for each core", "with as many cores", "with a part of its cores"],
)
def test_a_machine_is_so_many_times_slower(load: float, cores: int, work_s: float, expected: float) -> None:
    assert slowness(load=load, cores=cores, work_s=work_s) == pytest.approx(expected)


def test_a_limit_is_never_shorter_than_it_says() -> None:
    assert patience(60) >= 60


@pytest.mark.parametrize(("slow", "factor", "expected"), [(1, 120, 120), (4, 120, 30), (4, 2, 1)])
def test_a_clock_is_the_slower_the_slower_the_machine_is_and_never_slower_than_real_time(
    slow: float, factor: float, expected: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slowed(seconds: float) -> float:
        return slow * seconds

    monkeypatch.setattr("tests.patience.patience", slowed)
    assert haste(factor) == expected
