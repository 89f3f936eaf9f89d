"""`Task`: what a person says to an agent, in which world, and how facts tell whether it was done."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from evals.outcome import Called, Outcome
from evals.talk import Talk
from evals.world import Setting, World


class Group(StrEnum):
    """What a task asks of an agent."""

    READ = "read"
    PLAN = "plan"
    WRITE = "write"
    HOSTILE = "hostile"


async def _nothing(_world: World) -> None:
    """Change nothing."""


async def _nothing_after(_world: World, _called: Called) -> None:
    """Change nothing."""


Acts: TypeAlias = Callable[[World], Awaitable[None]]
Watches: TypeAlias = Callable[[World, Called], Awaitable[None]]
Checks: TypeAlias = Callable[[Outcome], Iterable[str]]
Agent: TypeAlias = Callable[[Talk], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What happens once the agent has answered, and what the person says then."""

    says: str
    after: Acts = _nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A task.

    says, then: the person's words, first and after each answer; `{name}` is what `prepare` made known.
    prepare: sets the world up. meanwhile: happens after each call of a tool. loses: how many answers of a
    tool are lost on their way to the agent. check: yields what is wrong, nothing where it was done well.
    solved_by: a script that does it well. failed_by: scripts that do it as a careless agent might.
    """

    name: str
    group: Group
    says: str
    check: Checks
    solved_by: Agent
    failed_by: tuple[Agent, ...]
    then: tuple[Turn, ...] = ()
    setting: Setting = field(default_factory=Setting)
    prepare: Acts = _nothing
    meanwhile: Watches = _nothing_after
    loses: Mapping[str, int] = field(default_factory=dict[str, int])


async def idle(talk: Talk) -> None:
    """Do and say nothing: the agent that no task may pass."""
    while await talk.say("") is not None:
        pass
