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

    def delete_before(self, moment: datetime) -> int:
        """Drop older events; gives how many."""
        ...
