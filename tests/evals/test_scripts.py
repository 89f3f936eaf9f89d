"""Every task: its script does it, and neither the agent that does nothing nor a careless one does."""

from collections import Counter
from pathlib import Path

import pytest

from evals.finding import find
from evals.play import play
from evals.task import Agent, Group, Task, idle

TASKS = find()
IDS = [task.name for task in TASKS]


@pytest.mark.parametrize("task", TASKS, ids=IDS)
async def test_a_task_is_done_by_its_script(task: Task, tmp_path: Path) -> None:
    done = await play(task, task.solved_by, tmp_path)
    assert (done.wrong, done.forbidden) == ((), ()), [call.text for call in done.calls]


@pytest.mark.parametrize("task", TASKS, ids=IDS)
async def test_a_task_is_not_done_by_who_does_nothing(task: Task, tmp_path: Path) -> None:
    assert (await play(task, idle, tmp_path)).wrong


CARELESS = [(task, agent) for task in TASKS for agent in task.failed_by]


def _id(one: Task | Agent) -> str:
    return one.name if isinstance(one, Task) else getattr(one, "__name__", "agent")


@pytest.mark.parametrize(("task", "agent"), CARELESS, ids=_id)
async def test_a_task_is_not_done_by_who_is_careless(task: Task, agent: Agent, tmp_path: Path) -> None:
    done = await play(task, agent, tmp_path)
    assert done.wrong
    assert done.forbidden == ()


def test_there_are_ten_tasks_of_each_group_and_each_has_who_fails_it() -> None:
    assert Counter(task.group for task in TASKS) == dict.fromkeys(Group, 10)
    assert [task.name for task in TASKS if not task.failed_by] == []
