"""Lets an agent try tasks, one after the other, and keeps what came of each."""

import asyncio
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from evals.models.driving import MOST_TURNS, Driver
from evals.models.messages import Model
from evals.models.sending import ModelFailed
from evals.play import Played, play
from evals.task import Agent, Task, idle
from tests.fakes.loop import WatchedLoop


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A task that was tried. failure: why it could not be. messages: the conversation as the model saw it."""

    name: str
    group: str
    has_passed: bool
    wrong: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    calls: int = 0
    tool_errors: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    took_s: float = 0.0
    failure: str | None = None
    messages: Any = ()


def try_model(task: Task, model: Model, most_turns: int = MOST_TURNS) -> Result:
    """Let a model try a task, in a world of its own."""
    driver, begun = Driver(model, most_turns), time.perf_counter()
    try:
        played = run(task, driver)
    except ModelFailed as error:
        failure, messages = str(error), msgspec.to_builtins(driver.messages)
        return Result(name=task.name, group=task.group, has_passed=False, failure=failure, messages=messages)
    return Result(
        name=task.name,
        group=task.group,
        has_passed=played.has_passed,
        wrong=played.wrong,
        forbidden=played.forbidden,
        calls=len(played.calls),
        tool_errors=played.tool_errors,
        tokens_in=driver.tokens_in,
        tokens_out=driver.tokens_out,
        took_s=round(time.perf_counter() - begun, 1),
        messages=msgspec.to_builtins(driver.messages),
    )


def run(task: Task, agent: Agent) -> Played:
    """Play a task in a temporary directory, on a loop of its own."""
    with tempfile.TemporaryDirectory() as directory, asyncio.Runner(loop_factory=WatchedLoop) as runner:
        return runner.run(play(task, agent, Path(directory)))


def try_scripts(tasks: Iterable[Task], say: Callable[[str], object]) -> bool:
    """Play each task's scripts; returns whether each of them did what it is to do."""
    faults = [f"{task.name}: {fault}" for task in tasks for fault in _faults(task)]
    for fault in faults:
        say(fault)
    return not faults


def _faults(task: Task) -> Iterator[str]:
    done = run(task, task.solved_by)
    yield from (f"its own script did not do it: {wrong}" for wrong in (*done.wrong, *done.forbidden))
    careless: Sequence[Agent] = (idle, *task.failed_by)
    if len(careless) == 1:
        yield "has no script that fails"
    for agent in careless:
        if not run(task, agent).wrong:
            yield f"passes {getattr(agent, '__name__', agent)}, who did not do it"
