"""What happened, one event a step: to a post, an account or a conversation. No event ever holds a token."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from pressroom.core.actor import ActorId
from pressroom.core.post import PostId


class SubjectKind(StrEnum):
    """What something happened to."""

    POST = "post"
    ACCOUNT = "account"
    CONVERSATION = "conversation"


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEvent:
    """One step. `step` is a word such as `container_created`; `text` says it for people.

    subject_id: of the post, unless subject_kind says otherwise. actor: who did it; None for what a worker
    did on its way.
    """

    subject_id: str
    subject_kind: SubjectKind = SubjectKind.POST
    at: datetime
    step: str
    text: str
    actor: ActorId | None = None
    container_id: str | None = None
    media_id: str | None = None
    code: int | None = None
    subcode: int | None = None
    fbtrace_id: str | None = None

    @property
    def post_id(self) -> PostId | None:
        """The post it happened to; None when it was something else."""
        return PostId(self.subject_id) if self.subject_kind is SubjectKind.POST else None


@dataclass(frozen=True, slots=True)
class Entry:
    """An event as it was written. cursor: goes on after it."""

    event: JournalEvent
    cursor: str


@dataclass(frozen=True, slots=True)
class Changes:
    """Entries in the order they were written. cursor: goes on after all that was there to read."""

    entries: tuple[Entry, ...]
    cursor: str

    @property
    def events(self) -> tuple[JournalEvent, ...]:
        """What was written."""
        return tuple(entry.event for entry in self.entries)


class Events(Protocol):
    """What happened to posts, accounts and conversations.

    An account is meant as in `core.repositories.Accounts`.
    """

    def append(self, event: JournalEvent) -> None:
        """Add one line to a history; anything that looks like a token is masked."""
        ...

    def list(self, subject_id: str, kind: SubjectKind = SubjectKind.POST) -> tuple[JournalEvent, ...]:
        """Give the history of a post, or of something else, in the order it was written."""
        ...

    def changes(self, after: str | None = None, limit: int = 100) -> Changes:
        """Give what was written after a cursor: no event is left out, each comes once, whoever wrote it.

        after: None for no events and the cursor of this moment. An event may be given late, while another
        transaction that began to write before it goes on. Raises Refused for a cursor of another store.
        """
        ...

    def delete_before(self, moment: datetime) -> int:
        """Drop older events; gives how many."""
        ...
