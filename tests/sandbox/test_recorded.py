"""Answers have the keys and types of those that others recorded, or the difference is explained."""

import pytest

from scripts.recorded import Compared, compare, records, shape_of

NAMES = [f"{number}-{one['call']}-{one['corpus']}" for number, one in enumerate(records())]


@pytest.fixture(scope="module")
def compared() -> list[Compared]:
    return compare()


@pytest.mark.parametrize("name", NAMES)
def test_every_difference_to_a_recorded_answer_is_explained_and_no_other(
    name: str, compared: list[Compared]
) -> None:
    one = compared[NAMES.index(name)]
    assert {path: one.differs[path] for path in one.unexplained} == {}
    assert one.stale == set()


def test_shapes_are_compared_by_key_and_type() -> None:
    shape = shape_of({"data": [{"id": "1", "n": 1}], "ok": True, "none": None})
    assert shape == {
        "data": "list",
        "data[]": "object",
        "data[].id": "text",
        "data[].n": "number",
        "ok": "truth value",
        "none": "null",
    }
