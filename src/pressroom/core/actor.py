"""Who acts: a person, who may publish, or a program, which needs a person's consent for it.

A program that comes over HTTP shows a key. Of a command, `is_attended` tells whether a person is at the
terminal, and `agent_shell` whether a known agent runs it.
"""

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple, NewType

from pressroom.core.errors import Refused
from pressroom.core.spelling import with_scripts

ActorId = NewType("ActorId", str)
"""The id of an actor: `person:<name>` or `program:<name>`."""

LONGEST_ACTOR_NAME = 64


class ActorKind(StrEnum):
    """The kind of an actor."""

    PERSON = "person"
    PROGRAM = "program"


@dataclass(frozen=True, slots=True)
class Actor:
    """An actor. name: a line of 1 to 64 printable characters; raises Refused for any other.

    is_claimed: whoever runs a command said the name, and may have said another's.
    """

    kind: ActorKind
    name: str
    is_claimed: bool = field(default=False, compare=False)

    def __post_init__(self) -> None:
        # Checked here, so that no store ever holds an id that cannot be parsed back.
        is_line = self.name.isprintable() and self.name == self.name.strip()
        if not (is_line and 0 < len(self.name) <= LONGEST_ACTOR_NAME):
            raise Refused(
                f"{self.name!r} cannot be the name of one who acts.",
                rule="actor_name",
                value=self.name,
                limit=f"1 to {LONGEST_ACTOR_NAME} printable characters",
                fix="Give it a short name, such as `planner`.",
            )

    @property
    def id(self) -> ActorId:
        """The actor's id in the store."""
        return ActorId(f"{self.kind}:{self.name}")

    @property
    def shown(self) -> str:
        """The name for people, with a mark where a program's is of scripts that look alike."""
        return with_scripts(self.name) if self.is_program else self.name

    @property
    def is_program(self) -> bool:
        """Whether it needs a person's consent to publish."""
        return self.kind is ActorKind.PROGRAM


def actor_of(actor_id: ActorId) -> Actor:
    """Parse an actor's id. Raises Refused for an invalid one."""
    kind, _, name = actor_id.partition(":")
    if kind not in frozenset(ActorKind):
        raise Refused(
            f"{actor_id!r} is nobody who acts.",
            rule="actor",
            value=actor_id,
            limit="person:NAME or program:NAME",
            fix="Write `person:NAME` or `program:NAME`.",
        )
    return Actor(ActorKind(kind), name)


def program_of(actor_id: ActorId | None) -> str:
    """Return the id of an actor that is a program; empty for a person, and for nobody."""
    return actor_id if actor_id and actor_id.startswith(f"{ActorKind.PROGRAM}:") else ""


def actor_in_words(actor_id: ActorId) -> str:
    """Name an actor for people: `program planner`, or a person by the name alone."""
    actor = actor_of(actor_id)
    return f"program {actor.shown}" if actor.is_program else actor.shown


def program_in_words(actor_id: ActorId | None) -> str:
    """Name a program for people; empty for a person, and for nobody."""
    is_program = actor_id is not None and actor_of(actor_id).is_program
    return actor_in_words(actor_id) if actor_id and is_program else ""


def shown_id(actor_id: ActorId) -> str:
    """Return an actor's id for people, its name as `Actor.shown`. Raises Refused for an invalid one."""
    actor = actor_of(actor_id)
    return f"{actor.kind}:{actor.shown}"


KeyId = NewType("KeyId", str)

KEY_PREFIX: Final = "prk_"
"""What each key begins with, so that it is known for one wherever it is found."""
KEY_FORM: Final = re.compile(rf"{KEY_PREFIX}([0-9a-f]{{8}})_([\w-]{{1,100}})", re.ASCII)
"""A whole key: its id, and what nobody else knows."""


class Scope(StrEnum):
    """What a key may be used for. None of them stands for a person's consent."""

    READ = "read"
    DRAFT = "draft"  # making drafts, changing and cancelling
    PUBLISH = "publish"  # asking that something goes out


def is_attended() -> bool:
    """Return whether a person can read messages and answer; stdout may be redirected."""
    # A daemon's streams may be closed, or None.
    return all(
        stream is not None and not stream.closed and stream.isatty() for stream in (sys.stdin, sys.stderr)
    )


class AgentMark(NamedTuple):
    """A variable that an agent sets for the commands it runs. name: the agent's, as a program's."""

    variable: str
    name: str
    source: str


AGENT_MARKS: Final = (
    AgentMark("CLAUDECODE", "claude-code", "https://code.claude.com/docs/en/env-vars"),
    AgentMark("GEMINI_CLI", "gemini-cli", "https://geminicli.com/docs/tools/shell"),
    AgentMark("CURSOR_AGENT", "cursor-agent", "https://cursor.com/docs/agent/terminal"),
    AgentMark("CODEX_THREAD_ID", "codex", "https://github.com/openai/codex/issues/19937"),
    AgentMark(
        "CODEX_SANDBOX", "codex", "https://github.com/openai/codex/blob/main/codex-rs/core/src/spawn.rs"
    ),
    AgentMark("AI_AGENT", "ai-agent", "https://www.npmjs.com/package/@vercel/detect-agent"),
)
"""The marks by which known agents' shells are told, AI_AGENT last: others set it beside their own.

Not CODEX_HOME, CURSOR_TRACE_ID or REPL_ID, which other tools take for marks: people's own shells carry them.
"""


@dataclass(frozen=True, slots=True)
class AgentShell:
    """A known agent's shell. name: the program's. variables: the marks that are set, its own first."""

    name: str
    variables: tuple[str, ...]


def agent_shell(environ: Mapping[str, str]) -> AgentShell | None:
    """Tell which known agent's shell an environment is of; None for any other."""
    # Empty is unset, as `CLAUDECODE= command` means it. Any text counts, `0` and `false` too: most of these
    # hold names and numbers of sessions, and to be asked in vain is better than not to be asked.
    marks = [mark for mark in AGENT_MARKS if environ.get(mark.variable)]
    return AgentShell(marks[0].name, tuple(mark.variable for mark in marks)) if marks else None
