"""Who acts: a person, who may publish, or a program, which needs a person's consent for it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

from pressroom.core.errors import Refused
from pressroom.core.visible import with_scripts

ActorId = NewType("ActorId", str)
"""The id of an actor: `person:<name>` or `program:<name>`."""

LONGEST_ACTOR_NAME = 64


class ActorKind(StrEnum):
    """The kind of an actor."""

    PERSON = "person"
    PROGRAM = "program"


@dataclass(frozen=True, slots=True)
class Actor:
    """An actor. name: a line of 1 to 64 printable characters; raises Refused for any other."""

    kind: ActorKind
    name: str

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
