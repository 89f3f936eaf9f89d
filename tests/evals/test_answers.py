"""How answers are read: leniently in form, strictly in what they say."""

from pathlib import Path
from typing import cast

import pytest

from evals.finding import find
from evals.outcome import Outcome
from evals.world import World

NOWHERE = cast("World", None)


def outcome(*said: str) -> Outcome:
    return Outcome(NOWHERE, said, ())


@pytest.mark.parametrize(
    "said",
    [
        "ANSWER: yes",
        "Some words.\n\n**ANSWER:** Yes.",
        "answer - `yes`",
        "ANSWER: no\nANSWER: yes, at six",
        "> ANSWER: yes",
    ],
)
def test_an_answer_is_the_last_such_line_without_its_marks(said: str) -> None:
    assert outcome(said).answers("yes")
    assert not outcome(said).answers("no", "ye")


def test_only_the_last_time_the_agent_spoke_counts() -> None:
    assert outcome("ANSWER: yes", "I do not know.").answer == ""
    assert outcome().answer == ""


@pytest.mark.parametrize(
    ("said", "numbers"),
    [
        ("2 1", [2, 1]),
        ("4,812", [4812]),
        ("4.812 people", [4812]),
        ("4\u202f812", [4812]),
        ("38.1 percent", [38, 1]),
        ("17900000000000102 reached 2,300", [17900000000000102, 2300]),
        ("down by -12", [-12]),
        ("none", []),
    ],
)
def test_numbers_are_read_whatever_parts_their_thousands(said: str, numbers: list[int]) -> None:
    assert outcome(f"ANSWER: {said}").numbers == numbers


def test_tasks_are_found_in_a_file_or_a_folder(tmp_path: Path) -> None:
    (tmp_path / "empty.py").write_text("TASKS = ()\n")
    with pytest.raises(ValueError, match="no task"):
        find(tmp_path)
    first = find()[0]
    source = Path(find.__code__.co_filename).parent / "tasks"
    (tmp_path / "held_out.py").write_text((source / "plan_drafts.py").read_text())
    assert {task.name for task in find(tmp_path / "held_out.py")} <= {task.name for task in find()}
    (tmp_path / "twice.py").write_text((source / "plan_drafts.py").read_text())
    with pytest.raises(ValueError, match="two tasks called"):
        find(tmp_path)
    assert first.name
