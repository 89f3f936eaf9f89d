"""The journal: one event per step of a post, an account and so on; and the notices that people get.

No event holds a token.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from pressroom.core.account import AccountId
from pressroom.core.actor import ActorId, KeyId
from pressroom.core.errors import Refused
from pressroom.core.post import PostId


class UnusableCursor(Refused):
    """A cursor that the journal cannot go on from: read the state anew, and follow from there."""

    def __init__(self, cursor: str, message: str, *, fix: str) -> None:
        super().__init__(message, rule="cursor", value=cursor, fix=fix)


class SubjectKind(StrEnum):
    """What an event is about."""

    POST = "post"
    ACCOUNT = "account"
    CONVERSATION = "conversation"
    KEY = "key"
    CONSENT = "consent"
    UPLOAD = "upload"


CHANGED: Final = "changed"
"""The step of an event without words, by which followers learn what a worker made of a post."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """What a change made of one field, each side as text; None for a field without a value.

    In a history times are spelled as RFC 9557 does, `2026-12-24T18:00:00+03:00[Europe/Istanbul]`, and long
    texts are cut; of a table they are as the table spells them.
    """

    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEvent:
    """One step. `step` is a word such as `container_created`; `text` describes it for people.

    text: empty for what followers alone are told, and no history lists. subject_id: the post's id, unless
    subject_kind says otherwise. actor: who did it; None for a worker. version: that the post had after it, as
    it is stored. changes: what changed by it. calls: the writes that Instagram was sent for it, a line each:
    method, path, parameters, answer; never a token.
    """

    subject_id: str
    subject_kind: SubjectKind = SubjectKind.POST
    at: datetime
    step: str
    text: str = ""
    actor: ActorId | None = None
    container_id: str | None = None
    media_id: str | None = None
    code: int | None = None
    subcode: int | None = None
    fbtrace_id: str | None = None
    version: int | None = None
    changes: tuple[FieldChange, ...] = ()
    calls: tuple[str, ...] = ()

    @property
    def post_id(self) -> PostId | None:
        """The post it is about; None for another subject."""
        return PostId(self.subject_id) if self.subject_kind is SubjectKind.POST else None


@dataclass(frozen=True, slots=True)
class Entry:
    """A stored event. cursor: resumes after it. account: whose it is; None for what is gone."""

    event: JournalEvent
    # In every entry, so that a reader cut off in the middle of a page repeats nothing.
    cursor: str
    account: AccountId | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """Entries in the order they were written. cursor: resumes after everything that was readable.

    keys: of the API keys that were not revoked when the entries were read; empty without entries.
    """

    entries: tuple[Entry, ...]
    cursor: str
    keys: frozenset[KeyId] = frozenset()

    @property
    def events(self) -> tuple[JournalEvent, ...]:
        """The events alone."""
        return tuple(entry.event for entry in self.entries)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailQuery:
    """Which events of the trail to list.

    account: a name or an id. accounts: only those about one of them, or a post of it; None for all. since:
    inclusive. after: the `next` of the page before.
    """

    account: str | None = None
    accounts: tuple[AccountId, ...] | None = None
    since: datetime | None = None
    limit: int = 100
    after: int | None = None


@dataclass(frozen=True, slots=True)
class TrailEntry:
    """What a person or a program did. account: the name people use; None for a subject that is gone."""

    event: JournalEvent
    account: str | None


@dataclass(frozen=True, slots=True)
class Trail:
    """What people and programs did, the newest first. next: for `TrailQuery.after`; None on the last page."""

    entries: tuple[TrailEntry, ...]
    next: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something a person must be told while it lasts.

    key: the same as long as the matter is the same. body: the documented JSON object.
    """

    key: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedNotice:
    """A claimed notice. channel: how it is delivered. tries: including this one."""

    key: str
    channel: str
    body: str
    tries: int
