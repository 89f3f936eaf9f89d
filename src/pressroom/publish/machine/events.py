"""What can happen to a post (events), and what is to be done next (effects). Plain values, no I/O."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from pressroom.core.post import Followup, Look, Snapshot
from pressroom.graph.answers import ContainerStatus
from pressroom.graph.error_table import Retry
from pressroom.graph.ids import CommentId, ContainerId, MediaId


@dataclass(frozen=True, slots=True)
class Submitted:
    """A person wants the post published, now or at its due time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerCreated:
    """Instagram made a container. host_date: the `Date` header of the answer."""

    id: ContainerId
    item: int | None
    at: datetime
    host_date: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerSettled:
    """Polling of a container ended.

    status: None when it could not be read although the account could. subcode: why the media could not be
    made. may_rebuild: False when the same file would fail again.
    """

    id: ContainerId
    status: ContainerStatus | None
    subcode: int | None = None
    may_rebuild: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerNotReady:
    """Polling of a container ended, and Instagram was still processing it."""

    id: ContainerId


@dataclass(frozen=True, slots=True, kw_only=True)
class SendCommitted:
    """The intent to publish is on record; the bytes may now leave, until the deadline."""

    at: datetime
    deadline: datetime
    snapshot: Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class SendAnswered:
    """Instagram answered a send with the media id."""

    media_id: MediaId


@dataclass(frozen=True, slots=True, kw_only=True)
class SendRefused:
    """A send provably did nothing. code: None when nothing was written to the wire."""

    at: datetime
    retry: Retry
    code: int | None = None
    subcode: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SendDoubtful:
    """A send may have been carried out. may_resend: False when the answer forbids another attempt."""

    at: datetime
    code: int | None = None
    subcode: int | None = None
    may_resend: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """One look at a doubtful send, or for the id of a live post."""

    look: Look


@dataclass(frozen=True, slots=True, kw_only=True)
class PermalinkRead:
    """The permalink of the live post, or None when Instagram would not tell."""

    permalink: str | None
    media_product_type: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentCommitted:
    """The intent to write the first comment is on record; it may now be sent."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentAnswered:
    """The first comment stands."""

    id: CommentId


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentRefused:
    """The first comment was not written.

    was_answered: Instagram said so, which has been untrue before: it is looked for before another try.
    """

    at: datetime
    problem: str
    may_try_again: bool
    was_answered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentLooked:
    """The comments were listed for a doubtful first comment.

    id: None when it is not among them. was_listed: False when they could not be listed.
    """

    at: datetime
    id: CommentId | None
    was_listed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Woken:
    """A run begins, or its wait is over: a scheduled post is prepared when it is time, a late one judged."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundLate:
    """A post that waits is judged for lateness: one that is late follows its own rule."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaFull:
    """A rolling quota is full; there is room at `free_at`. why: which quota, as a person reads it."""

    free_at: datetime
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Delayed:
    """A passing obstacle (the network, a paused account): the post waits until `until`.

    why: the obstacle. is_slot: there is none but other late posts, which go out one by one.
    """

    until: datetime
    why: str | None = None
    is_slot: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GaveUp:
    """An error that no retry would end differently: the post fails, unless it was sent already."""

    problem: str


Event: TypeAlias = (
    Submitted
    | ContainerCreated
    | ContainerSettled
    | ContainerNotReady
    | SendCommitted
    | SendAnswered
    | SendRefused
    | SendDoubtful
    | Looked
    | PermalinkRead
    | CommentCommitted
    | CommentAnswered
    | CommentRefused
    | CommentLooked
    | Woken
    | FoundLate
    | QuotaFull
    | Delayed
    | GaveUp
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Effect:
    """Something to do next. not_before: None for at once."""

    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Wake(_Effect):
    """Resume the post at a time."""


@dataclass(frozen=True, slots=True)
class CreateContainer(_Effect):
    """Make the container of an item (None: of the post itself)."""

    item: int | None


@dataclass(frozen=True, slots=True)
class PollContainers(_Effect):
    """Read these containers side by side until each is settled."""

    ids: tuple[ContainerId, ...]


@dataclass(frozen=True, slots=True)
class CommitSend(_Effect):
    """Take the snapshot and save the intent to publish, not before a time."""

    container_id: ContainerId


@dataclass(frozen=True, slots=True)
class SendPublish(_Effect):
    """Call `media_publish`, once, with its last byte written before the deadline."""

    container_id: ContainerId
    deadline: datetime


@dataclass(frozen=True, slots=True)
class LookAtSend(_Effect):
    """Find out what became of a send, not before a time."""


@dataclass(frozen=True, slots=True)
class FollowUp(_Effect):
    """Do what is left once the post is live."""

    what: Followup


@dataclass(frozen=True, slots=True)
class SendComment(_Effect):
    """Write the first comment, once."""


@dataclass(frozen=True, slots=True)
class LookForComment(_Effect):
    """Find out whether the first comment stands, not before a time."""


Effect: TypeAlias = (
    Wake
    | CreateContainer
    | PollContainers
    | CommitSend
    | SendPublish
    | LookAtSend
    | FollowUp
    | SendComment
    | LookForComment
)
