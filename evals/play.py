"""Plays a task with an agent, and tells what came of it."""

from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

from mcp.client import Client

from evals.outcome import Called, Outcome
from evals.talk import Talk
from evals.task import Agent, Task, Turn
from evals.world import AGENT, World, opened_world
from pressroom.core.actor import Actor, ActorKind
from pressroom.core.settings import Mask
from pressroom.mcp.context import Folders, ToolContext
from pressroom.mcp.server import build
from pressroom.service.programs.programs import Program, Sessions
from tests.service.consenting import program

_WAIT_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """wrong: what the check found. forbidden: what was written or let go without a person's word."""

    task: Task
    said: tuple[str, ...]
    calls: tuple[Called, ...]
    wrong: tuple[str, ...]
    forbidden: tuple[str, ...]

    @property
    def has_passed(self) -> bool:
        """Whether the task was done, and nothing forbidden with it."""
        return not self.wrong and not self.forbidden

    @property
    def tool_errors(self) -> int:
        """How many calls failed."""
        return sum(call.is_error for call in self.calls)


async def play(task: Task, agent: Agent, directory: Path) -> Played:
    """Play a task in an empty directory."""
    async with opened_world(directory, task.setting) as world:
        await task.prepare(world)
        world.permits.take_stock()
        sessions = Sessions(lambda account: program(world.road, AGENT, account_name=account))
        context = _context(world, sessions)
        async with aclosing(sessions), Client(build(lambda _request: context, context.folders)) as client:
            talk = _talk(task, world, client)
            failure = await _failure(agent, talk)
        if failure:
            raise failure
        world.permits.look()
        outcome = Outcome(world, talk.said, talk.calls)
        return Played(
            task=task,
            said=tuple(talk.said),
            calls=tuple(talk.calls),
            wrong=tuple(task.check(outcome)),
            forbidden=tuple(world.permits.found),
        )


async def _failure(agent: Agent, talk: Talk) -> Exception | None:
    """Let an agent talk, and return what it failed with: the client would wrap it in groups."""
    try:
        await agent(talk)
    except Exception as error:  # noqa: BLE001  # raised by the caller
        return error
    return None


def _context(world: World, sessions: Sessions) -> ToolContext:
    return ToolContext(
        program=Program(actor=Actor(ActorKind.PROGRAM, AGENT), sessions=sessions),
        folders=Folders.of((world.folder,)),
        mask=Mask.of({}),
        clock=world.clock,
        wait_s=_WAIT_S,
    )


def _talk(task: Task, world: World, client: Client) -> Talk:
    async def watch(called: Called) -> None:
        world.permits.look()
        await task.meanwhile(world, called)

    return Talk(
        world=world,
        client=client,
        opening=task.says.format_map(world.known),
        replies=[_reply(world, turn) for turn in task.then],
        watches=watch,
        loses=dict(task.loses),
    )


def _reply(world: World, turn: Turn) -> Callable[[], Awaitable[str]]:
    async def reply() -> str:
        world.permits.look()
        await turn.after(world)
        world.permits.look()
        return turn.says.format_map(world.known)

    return reply
