"""What a person wants published, and how far it has come."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType

from pressroom.core.account import shown_account
from pressroom.core.actor import ActorId
from pressroom.core.assets import NO_EDITS, Asset, Edits, Fit, Quality, Target
from pressroom.core.failure import Failure
from pressroom.graph.answers import ContainerStatus
from pressroom.graph.calls import UserTag
from pressroom.graph.ids import CommentId, ContainerId, MediaId
from pressroom.graph.limits import MediaUse

PostId = NewType("PostId", str)

DEFAULT_ACCOUNT = "default"


class PostKind(StrEnum):
    """What is published."""

    PHOTO = "photo"
    REEL = "reel"
    CAROUSEL = "carousel"
    STORY = "story"

    @property
    def media_use(self) -> MediaUse:
        """Which limits the post's files must meet."""
        return MediaUse.CAROUSEL_ITEM if self is PostKind.CAROUSEL else MediaUse(self.value)


class PostState(StrEnum):
    """How far a post has come. `published`, `failed`, `missed` and `cancelled` are ends."""

    DRAFT = "draft"
    AWAITING_APPROVAL = "awaiting_approval"
    SCHEDULED = "scheduled"
    PREPARING = "preparing"
    READY = "ready"
    PUBLISHING = "publishing"
    PUBLISHED = "published"
    FAILED = "failed"
    NEEDS_ATTENTION = "needs_attention"
    MISSED = "missed"
    CANCELLED = "cancelled"

    @property
    def is_held(self) -> bool:
        """Whether a person has to let the post go before anything is made for it."""
        return self in (PostState.DRAFT, PostState.AWAITING_APPROVAL)

    @property
    def is_waiting(self) -> bool:
        """Whether the post was let go, and no send of it is committed: it may still be moved or ended."""
        return self in WAITING_STATES


WAITING_STATES = (PostState.SCHEDULED, PostState.PREPARING, PostState.READY)


class Attention(StrEnum):
    """Why a post needs a person."""

    OUTCOME_UNKNOWN = "outcome_unknown"  # it may be live: look, then say how it was
    LATE = "late"  # it missed its time: publish it now, move it, or let it go


PUBLISH_LATE_S = 3600.0
"""How late a post with `IfLate.PUBLISH` still goes out by itself, in seconds."""


class IfLate(StrEnum):
    """What becomes of a post that could not be published when it was due.

    PUBLISH: up to an hour late it is published, later a person is asked.
    """

    PUBLISH = "publish"
    ASK = "ask"
    DROP = "drop"


@dataclass(frozen=True, slots=True, kw_only=True)
class PostOptions:
    """Everything a post may carry besides its files; validation checks which kind may carry what.

    alt_texts: one an asset, in order; an empty text for none. user_tags: a carousel's go on its first item.
    quality, edits: of clips; a trim is for posts of one file.
    """

    caption: str | None = None
    alt_texts: tuple[str, ...] = ()
    cover: Asset | None = None
    thumb_offset_ms: int | None = None
    share_to_feed: bool | None = None
    location_id: str | None = None
    user_tags: tuple[UserTag, ...] = ()
    collaborators: tuple[str, ...] = ()
    first_comment: str | None = None
    fit: Fit = Fit.BLUR
    target: Target = Target.PLATFORM
    quality: Quality = "normal"
    edits: Edits = NO_EDITS
    # None: local files go through the media desk, URLs go to Meta as they are. True: URLs too.
    convert: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerRecord:
    """One container. `item` is the place among a carousel's items, None for the one that is published.

    created_at: by our clock. host_date: the host's own time of the creation, since the two may differ.
    subcode: why Instagram could not make the media, as its `status` text says.
    """

    id: ContainerId
    item: int | None = None
    created_at: datetime
    host_date: datetime | None = None
    status: ContainerStatus = ContainerStatus.IN_PROGRESS
    subcode: int | None = None

    @property
    def is_alive(self) -> bool:
        """Whether it may still be published."""
        return self.status not in (ContainerStatus.ERROR, ContainerStatus.EXPIRED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What stood on the account right before a send, to tell afterwards what is new.

    listed: newest media (or story) ids; None when no listing was made.
    quota_usage: None when it was not asked for, or the host would not say. host_date: the host's own time.
    went_live: how many of the account's posts of the last day our own journal knew to be live.
    """

    listed: frozenset[MediaId] | None = None
    quota_usage: int | None = None
    host_date: datetime | None = None
    went_live: int = 0


class SendState(StrEnum):
    """What is known of a send."""

    OPEN = "open"
    REFUSED = "refused"
    LIVE = "live"
    NOT_DONE = "not_done"  # reconciled: Instagram never carried it out
    ABANDONED = "abandoned"  # nobody could tell within the budget; a person decides


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look at a send whose answer was lost.

    status: None when the container could not be read. candidates: listed media that may be ours;
    None when no listing was made. quota_usage: None when it was not asked for or not told.
    host_date: the host's own time, which no change of our clock moves.
    went_live: as in `Snapshot`.
    """

    at: datetime
    status: ContainerStatus | None
    candidates: frozenset[MediaId] | None = None
    quota_usage: int | None = None
    host_date: datetime | None = None
    went_live: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """One attempt at `media_publish`. Nothing is written to the wire after `deadline`.

    may_resend: False once Instagram's answer forbids another attempt (spam protection).
    is_gone: Instagram says there is no such container; before another is made, what is listed is read.
    doubtful_at: when its answer was given up; None while it is awaited, and after a crash.
    """

    container_id: ContainerId
    number: int
    started_at: datetime
    deadline: datetime
    snapshot: Snapshot
    state: SendState = SendState.OPEN
    code: int | None = None
    subcode: int | None = None
    may_resend: bool = True
    is_gone: bool = False
    doubtful_at: datetime | None = None
    looks: tuple[Look, ...] = ()


class Followup(StrEnum):
    """What is still to do once a post is live. None of it can make the post fail."""

    MEDIA_ID = "media_id"
    PERMALINK = "permalink"
    FIRST_COMMENT = "first_comment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A post with all that is known of it. Every change makes a new value with a higher `revision`.

    account: whose it is, a `core.account.AccountId`; until it is stored a stored login's name will do.
    login: the stored login it goes out by; None where nobody is signed in. due_at: in UTC; None means now.
    actor: who made it; None where nobody said.
    timezone: the IANA zone the due time was given in, and is shown in.
    idempotency_key: makes a repeated submit safe; unique for an account for 90 days.
    comment_committed_at: the first comment's send is open: it is looked for, and not written again.
    comment_refusal: what Instagram answered, which may be untrue; a comment that is nowhere to be seen long
    after is written once more (comment_rewritten).
    not_before: the next send or comment waits until then. wake_at: when a worker takes the post up next;
    None when there is nothing to wake it for. held_up_by: what the post waits for, when something is in its
    way. slot_at: its turn among the late posts of the account. attention: what a person is asked.
    listings: looks for the id of a live post.
    media_product_type: as Instagram names the surface, once known.
    failure: the error that made it `failed`. is_interrupted: the command that was publishing it was ended,
    and the same key takes it up again.
    """

    id: PostId
    kind: PostKind
    assets: tuple[Asset, ...]
    options: PostOptions = field(default_factory=PostOptions)
    account: str = DEFAULT_ACCOUNT
    login: str | None = field(default=None, compare=False)
    actor: ActorId | None = field(default=None, compare=False)
    created_at: datetime | None = None
    due_at: datetime | None = None
    timezone: str = "UTC"
    if_late: IfLate = IfLate.PUBLISH
    idempotency_key: str | None = None
    state: PostState = PostState.DRAFT
    revision: int = 0
    not_before: datetime | None = None
    wake_at: datetime | None = None
    held_up_by: str | None = None
    slot_at: datetime | None = None
    attention: Attention | None = None
    containers: tuple[ContainerRecord, ...] = ()
    sends: tuple[Send, ...] = ()
    followups: tuple[Followup, ...] = (Followup.PERMALINK, Followup.FIRST_COMMENT)
    listings: tuple[Look, ...] = ()
    media_id: MediaId | None = None
    permalink: str | None = None
    media_product_type: str | None = None
    first_comment_id: CommentId | None = None
    comment_committed_at: datetime | None = None
    comment_refusal: str | None = None
    comment_rewritten: bool = False
    comment_tries: int = 0
    comment_looks: int = 0
    problem: str | None = None
    failure: Failure | None = None
    is_interrupted: bool = False

    @property
    def files(self) -> tuple[Asset, ...]:
        """All that is shown, the cover last."""
        return (*self.assets, *([self.options.cover] if self.options.cover else []))

    @property
    def account_name(self) -> str:
        """What people call its account."""
        return self.login or shown_account(self.account)

    @property
    def open_send(self) -> Send | None:
        """The send whose outcome is not known yet."""
        return next((send for send in self.sends if send.state is SendState.OPEN), None)

    @property
    def container_id(self) -> ContainerId | None:
        """The newest container that was made to be published."""
        return next((record.id for record in reversed(self.containers) if record.item is None), None)

    def container(self, item: int | None) -> ContainerRecord | None:
        """Give the container in use for an item, or for the post itself; None when one has to be made."""
        alive = [record for record in self.containers if record.item == item and record.is_alive]
        return alive[-1] if alive else None
