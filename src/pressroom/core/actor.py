"""Who acts: a person, who may let anything out, or a program, which may not."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType, Protocol

from pressroom.core.errors import Refused

ActorId = NewType("ActorId", str)
"""Who an actor is: `person:<name>` or `program:<name>`."""

LONGEST_ACTOR_NAME = 64


class ActorKind(StrEnum):
    """What acts."""

    PERSON = "person"
    PROGRAM = "program"


@dataclass(frozen=True, slots=True)
class Actor:
    """One who acts. name: a line of 1 to 64 printable characters; Refused is raised for any other."""

    kind: ActorKind
    name: str

    def __post_init__(self) -> None:
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
        """What it is called in the store."""
        return ActorId(f"{self.kind}:{self.name}")

    @property
    def is_program(self) -> bool:
        """Whether what it wants let out needs the consent of a person."""
        return self.kind is ActorKind.PROGRAM


def actor_of(actor_id: ActorId) -> Actor:
    """Read an id. Raises Refused for what is none."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownActor:
    """One who has acted. revoked_at: since when it may do nothing any more."""

    actor: Actor
    created_at: datetime
    revoked_at: datetime | None = None


class Actors(Protocol):
    """Who has acted on the store."""

    def ensure(self, actor: Actor) -> KnownActor:
        """Make an actor known who is not, and give what is known."""
        ...

    def get(self, actor_id: ActorId) -> KnownActor:
        """Give one. Raises NotFound."""
        ...

    def list(self) -> tuple[KnownActor, ...]:
        """Give all by id."""
        ...

    def revoke(self, actor_id: ActorId, at: datetime) -> bool:
        """Let one do nothing any more, also by grants; False when there is none who was not revoked."""
        ...
