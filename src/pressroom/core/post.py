"""What a person wants published, and how far it has come."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType

from pressroom.core.assets import Asset, Fit, Target
from pressroom.graph.answers import ContainerStatus
from pressroom.graph.calls import UserTag
from pressroom.graph.ids import CommentId, ContainerId, MediaId
from pressroom.graph.limits import MediaUse

PostId = NewType("PostId", str)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class PostOptions:
    """Everything a post may carry besides its files. Which kind may carry what is checked by validation."""

    caption: str | None = None
    alt_text: str | None = None
    cover: Asset | None = None
    thumb_offset_ms: int | None = None
    share_to_feed: bool | None = None
    location_id: str | None = None
    user_tags: tuple[UserTag, ...] = ()
    collaborators: tuple[str, ...] = ()
    first_comment: str | None = None
    fit: Fit = Fit.BLUR
    target: Target = Target.PLATFORM
    # None: local files go through the media desk, URLs go to Meta as they are. True: URLs too.
    convert: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerRecord:
    """One container. `item` is the place among a carousel's items, None for the one that is published."""

    id: ContainerId
    item: int | None = None
    created_at: datetime
    status: ContainerStatus = ContainerStatus.IN_PROGRESS


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What stood on the account right before a send, to tell afterwards what is new.

    listed: newest media (or story) ids. quota_usage: None when the host would not say.
    host_date: the host's own time, since ours may differ.
    """

    listed: frozenset[MediaId] = frozenset()
    quota_usage: int | None = None
    host_date: datetime | None = None


class SendState(StrEnum):
    """What is known of a send."""

    OPEN = "open"
    REFUSED = "refused"
    LIVE = "live"
    ABANDONED = "abandoned"  # nobody could tell within the budget; a person decides


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """One attempt at `media_publish`. Nothing is written to the wire after `deadline`."""

    container_id: ContainerId
    number: int
    started_at: datetime
    deadline: datetime
    snapshot: Snapshot
    state: SendState = SendState.OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A post with all that is known of it. Every change makes a new value with a higher `revision`."""

    id: PostId
    kind: PostKind
    assets: tuple[Asset, ...]
    options: PostOptions = field(default_factory=PostOptions)
    state: PostState = PostState.DRAFT
    revision: int = 0
    containers: tuple[ContainerRecord, ...] = ()
    sends: tuple[Send, ...] = ()
    media_id: MediaId | None = None
    permalink: str | None = None
    first_comment_id: CommentId | None = None
    problem: str | None = None

    @property
    def open_send(self) -> Send | None:
        """The send whose outcome is not known yet."""
        return next((send for send in self.sends if send.state is SendState.OPEN), None)
