"""What can happen to a post (events), and what is to be done next (effects). Plain values, no I/O.

Structs in place of dataclasses: forty of those take 12 ms to define, a tenth of a command's start.
"""

from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

import msgspec

from pressroom.core.post import Followup, Look, Snapshot
from pressroom.graph.answers import CommentId, ContainerId, ContainerStatus, MediaId
from pressroom.graph.error_table import Retry


class Submitted(msgspec.Struct, frozen=True):
    """A person wants the post published, now or at its due time."""


class ContainerCreated(msgspec.Struct, frozen=True, kw_only=True):
    """Instagram made a container. host_date: the `Date` header of the answer."""

    id: ContainerId
    item: int | None
    at: datetime
    host_date: datetime | None


class ContainerSettled(msgspec.Struct, frozen=True, kw_only=True):
    """Polling of a container ended.

    status: None when it could not be read although the account could. subcode: why the media could not be
    made. may_rebuild: False when the same file would fail again.
    """

    id: ContainerId
    status: ContainerStatus | None
    subcode: int | None = None
    may_rebuild: bool = True


class ContainerNotReady(msgspec.Struct, frozen=True, kw_only=True):
    """Polling of a container ended, and Instagram was still processing it."""

    id: ContainerId


class SendCommitted(msgspec.Struct, frozen=True, kw_only=True):
    """The intent to publish is on record; the bytes may now leave, until the deadline."""

    at: datetime
    deadline: datetime
    snapshot: Snapshot


class SendAnswered(msgspec.Struct, frozen=True, kw_only=True):
    """Instagram answered a send with the media id."""

    media_id: MediaId


class SendRefused(msgspec.Struct, frozen=True, kw_only=True):
    """A send provably did nothing. code: None when nothing was written to the wire."""

    at: datetime
    retry: Retry
    code: int | None = None
    subcode: int | None = None


class SendDoubtful(msgspec.Struct, frozen=True, kw_only=True):
    """A send may have been carried out. may_resend: False when the answer forbids another attempt."""

    at: datetime
    code: int | None = None
    subcode: int | None = None
    may_resend: bool = True


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """One look at a doubtful send, or for the id of a live post."""

    look: Look


class PermalinkRead(msgspec.Struct, frozen=True, kw_only=True):
    """The permalink of the live post, or None when Instagram would not tell."""

    permalink: str | None
    media_product_type: str | None = None


class CommentCommitted(msgspec.Struct, frozen=True, kw_only=True):
    """The intent to write the first comment is on record; it may now be sent."""

    at: datetime


class CommentAnswered(msgspec.Struct, frozen=True, kw_only=True):
    """The first comment stands."""

    id: CommentId


class CommentRefused(msgspec.Struct, frozen=True, kw_only=True):
    """The first comment was not written.

    was_answered: Instagram said so, which has been untrue before: it is looked for before another try.
    """

    at: datetime
    problem: str
    may_try_again: bool
    was_answered: bool = False


class CommentLooked(msgspec.Struct, frozen=True, kw_only=True):
    """The comments were listed for a doubtful first comment.

    id: None when it is not among them. was_listed: False when they could not be listed.
    """

    at: datetime
    id: CommentId | None
    was_listed: bool = True


class Woken(msgspec.Struct, frozen=True, kw_only=True):
    """A run begins, or its wait is over: a scheduled post is prepared when it is time, a late one judged."""

    at: datetime


class FoundLate(msgspec.Struct, frozen=True, kw_only=True):
    """A post that waits is judged for lateness; a late post follows its own rule."""

    at: datetime


class Sighting(StrEnum):
    """What a look back on the profile tells of a post that may be live."""

    NOTHING = "nothing"  # no media can be it
    LIVE = "live"  # its container is published, or one media is it
    UNCERTAIN = "uncertain"  # several may be it, or one that may be another post


class LookedBack(msgspec.Struct, frozen=True, kw_only=True):
    """The profile was read back to when a post was to go out.

    media: those that may be the post; of a LIVE one at most one.
    """

    at: datetime
    sighting: Sighting
    media: tuple[MediaId, ...] = ()


class ProfileUnread(msgspec.Struct, frozen=True, kw_only=True):
    """The profile could not be read back so far; it is tried again at `until`. why: as a person reads it."""

    at: datetime
    until: datetime
    why: str


class QuotaFull(msgspec.Struct, frozen=True, kw_only=True):
    """A rolling quota is full; there is room at `free_at`. why: which quota, as a person reads it."""

    free_at: datetime
    why: str


class Delayed(msgspec.Struct, frozen=True, kw_only=True):
    """A passing obstacle (the network, a paused account): the post waits until `until`.

    why: the obstacle. is_slot: there is none but other late posts, which go out one by one.
    """

    until: datetime
    why: str | None = None
    is_slot: bool = False


class HeldBack(msgspec.Struct, frozen=True):
    """A post that is not sent yet may no longer go out by itself: a person decides on it."""


class GaveUp(msgspec.Struct, frozen=True, kw_only=True):
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
    | LookedBack
    | ProfileUnread
    | QuotaFull
    | Delayed
    | HeldBack
    | GaveUp
)


class _Effect(msgspec.Struct, frozen=True, kw_only=True):
    """Something to do next. not_before: None for at once."""

    not_before: datetime | None = None


class Wake(_Effect, frozen=True):
    """Resume the post at a time."""


class LookBack(_Effect, frozen=True):
    """Find out whether the post is live already, not before a time."""


class CreateContainer(_Effect, frozen=True):
    """Make the container of an item (None: of the post itself)."""

    item: int | None


class PollContainers(_Effect, frozen=True):
    """Read these containers side by side until each is settled."""

    ids: tuple[ContainerId, ...]


class CommitSend(_Effect, frozen=True):
    """Take the snapshot and save the intent to publish, not before a time."""

    container_id: ContainerId


class SendPublish(_Effect, frozen=True):
    """Call `media_publish`, once, with its last byte written before the deadline."""

    container_id: ContainerId
    deadline: datetime


class LookAtSend(_Effect, frozen=True):
    """Find out what became of a send, not before a time."""


class FollowUp(_Effect, frozen=True):
    """Do what is left once the post is live."""

    what: Followup


class SendComment(_Effect, frozen=True):
    """Write the first comment, once."""


class LookForComment(_Effect, frozen=True):
    """Find out whether the first comment stands, not before a time."""


Effect: TypeAlias = (
    Wake
    | LookBack
    | CreateContainer
    | PollContainers
    | CommitSend
    | SendPublish
    | LookAtSend
    | FollowUp
    | SendComment
    | LookForComment
)
