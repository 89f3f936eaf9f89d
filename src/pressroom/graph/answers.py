"""Meta's ids, and the API's answers as frozen structs; unknown fields and enum words are accepted.

A field that is hidden, empty or not offered is absent from the JSON, and None here; never 0. Meta's ids are
decimal strings, kept as text since they exceed the integers that a double holds exactly.
"""

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Generic, NewType, Self, TypeVar

import msgspec

UserId = NewType("UserId", str)
ContainerId = NewType("ContainerId", str)
MediaId = NewType("MediaId", str)
CommentId = NewType("CommentId", str)

ME = UserId("me")

# Some answers have an id as a JSON number. The wire types accept both; `GraphAnswer` converts to text.
if TYPE_CHECKING:
    WireUserId = UserId
    WireContainerId = ContainerId
    WireMediaId = MediaId
    WireCommentId = CommentId
    WireId = str
else:
    WireUserId = WireContainerId = WireMediaId = WireCommentId = WireId = str | int


ItemT = TypeVar("ItemT")


class OpenWord(StrEnum):
    """An enum that Meta may extend: an unknown word becomes `UNRECOGNISED`."""

    @classmethod
    def _missing_(cls, value: object) -> Self:  # noqa: ARG003  # the name is the enum protocol's
        return cls("UNRECOGNISED")


class ContainerStatus(OpenWord):
    """The status of a container (IG Container)."""

    IN_PROGRESS = "IN_PROGRESS"
    FINISHED = "FINISHED"
    PUBLISHED = "PUBLISHED"
    ERROR = "ERROR"
    EXPIRED = "EXPIRED"
    UNRECOGNISED = "UNRECOGNISED"


class MediaType(OpenWord):
    """The type of a published media; reels and story videos are `VIDEO` too."""

    IMAGE = "IMAGE"
    VIDEO = "VIDEO"
    CAROUSEL_ALBUM = "CAROUSEL_ALBUM"
    UNRECOGNISED = "UNRECOGNISED"


class MediaProductType(OpenWord):
    """The surface a media was published to. Insights depend on it."""

    FEED = "FEED"
    REELS = "REELS"
    STORY = "STORY"
    AD = "AD"
    UNRECOGNISED = "UNRECOGNISED"


class GraphAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Base of the answers; converts numeric ids to text."""

    ids: ClassVar[tuple[str, ...]] = ("id",)

    def __post_init__(self) -> None:
        # Some answers spell an id as a JSON number, above 2^53: text is the one form that keeps it exact.
        for name in self.ids:
            value = getattr(self, name)
            if isinstance(value, int):
                msgspec.structs.force_setattr(self, name, str(value))


class ErrorBody(msgspec.Struct, frozen=True, kw_only=True):
    """The content of Meta's error envelope. Only `message` is always present."""

    message: str = ""
    type: str = ""
    code: int = 0
    error_subcode: int | None = None
    is_transient: bool = False
    error_user_title: str | None = None
    error_user_msg: str | None = None
    fbtrace_id: str | None = None


class Created(GraphAnswer, frozen=True, kw_only=True):
    """Answer of `POST /{user}/media`. `uri`: where to send a resumable upload's bytes."""

    id: WireContainerId
    uri: str | None = None


class Published(GraphAnswer, frozen=True, kw_only=True):
    """Answer of `POST /{user}/media_publish`. Without an id the outcome is unknown."""

    # Optional, since a 200 without an id must not fail to decode: the post may be live.
    id: WireMediaId | None = None


class Commented(GraphAnswer, frozen=True, kw_only=True):
    """Answer of `POST /{media}/comments`."""

    id: WireCommentId


class Done(GraphAnswer, frozen=True, kw_only=True):
    """Answer of calls that only report success. deleted_id: of a deleted media."""

    ids: ClassVar[tuple[str, ...]] = ("deleted_id",)

    success: bool = False
    deleted_id: WireMediaId | None = None


class CopyrightCheck(msgspec.Struct, frozen=True, kw_only=True):
    """State of the copyright check of a container."""

    status: str | None = None
    matches_found: bool | None = None


class Container(GraphAnswer, frozen=True, kw_only=True):
    """An unpublished draft. `status` is text for people; for an ERROR it contains the subcode."""

    id: WireContainerId | None = None
    status_code: ContainerStatus = ContainerStatus.UNRECOGNISED
    status: str | None = None
    copyright_check_status: CopyrightCheck | None = None
    video_status: dict[str, Any] | None = None


class QuotaConfig(msgspec.Struct, frozen=True, kw_only=True):
    """How many posts are allowed in the rolling window of `quota_duration` seconds."""

    quota_total: int | None = None
    quota_duration: int | None = None


class Quota(msgspec.Struct, frozen=True, kw_only=True):
    """Posts published in the rolling window, and the window."""

    quota_usage: int | None = None
    config: QuotaConfig | None = None


class Cursors(msgspec.Struct, frozen=True, kw_only=True):
    """Opaque cursors of a page's ends."""

    before: str | None = None
    after: str | None = None


class Paging(msgspec.Struct, frozen=True, kw_only=True):
    """`next` is a URL that contains the token; use it only to see that there is more, and `cursors.after`."""

    cursors: Cursors | None = None
    next: str | None = None
    previous: str | None = None


class Page(msgspec.Struct, Generic[ItemT], frozen=True, kw_only=True):
    """One page of a list."""

    data: list[ItemT] = msgspec.field(default_factory=list)
    paging: Paging | None = None

    @property
    def after(self) -> str | None:
        """The cursor of the next page; None on the last one."""
        if self.paging is None or self.paging.next is None or self.paging.cursors is None:
            return None
        return self.paging.cursors.after


class BreakdownResult(msgspec.Struct, frozen=True, kw_only=True):
    """One row of a breakdown."""

    dimension_values: list[str] = msgspec.field(default_factory=list)
    value: float | None = None


class Breakdown(msgspec.Struct, frozen=True, kw_only=True):
    """A metric broken down by one or more dimensions."""

    dimension_keys: list[str] = msgspec.field(default_factory=list)
    results: list[BreakdownResult] = msgspec.field(default_factory=list)


class TotalValue(msgspec.Struct, frozen=True, kw_only=True):
    """A metric's total; demographics have only breakdowns."""

    value: float | None = None
    breakdowns: list[Breakdown] = msgspec.field(default_factory=list)


class InsightValue(msgspec.Struct, frozen=True, kw_only=True):
    """One reading: a number, or an object for `online_followers`."""

    value: int | float | dict[str, float] | None = None
    end_time: str | None = None


class Insight(msgspec.Struct, frozen=True, kw_only=True):
    """One metric of a media or an account."""

    name: str
    period: str | None = None
    values: list[InsightValue] = msgspec.field(default_factory=list)
    total_value: TotalValue | None = None
    title: str | None = None
    description: str | None = None

    @property
    def number(self) -> int | float | None:
        """The metric's number; None when Meta has none yet."""
        # Without a breakdown there is no total_value, and demographics have nothing else.
        if self.values and isinstance(self.values[0].value, int | float):
            return self.values[0].value
        return self.total_value.value if self.total_value else None


class Child(GraphAnswer, frozen=True, kw_only=True):
    """One item of a published carousel."""

    id: WireMediaId
    media_type: MediaType | None = None
    media_url: str | None = None
    thumbnail_url: str | None = None
    timestamp: str | None = None


class Owner(GraphAnswer, frozen=True, kw_only=True):
    """Whose media it is."""

    id: WireUserId


class Media(GraphAnswer, frozen=True, kw_only=True):
    """A published media. `timestamp` looks like `2019-09-26T22:36:43+0000`: parse it with `timestamp_of`."""

    id: WireMediaId
    media_type: MediaType | None = None
    media_product_type: MediaProductType | None = None
    caption: str | None = None
    permalink: str | None = None
    shortcode: str | None = None
    media_url: str | None = None
    thumbnail_url: str | None = None
    timestamp: str | None = None
    username: str | None = None
    owner: Owner | None = None
    alt_text: str | None = None
    like_count: int | None = None
    comments_count: int | None = None
    is_shared_to_feed: bool | None = None
    children: Page[Child] | None = None
    insights: Page[Insight] | None = None


class User(GraphAnswer, frozen=True, kw_only=True):
    """An Instagram professional account."""

    ids: ClassVar[tuple[str, ...]] = ("id", "user_id")

    id: WireUserId | None = None
    user_id: WireUserId | None = None
    username: str | None = None
    name: str | None = None
    account_type: str | None = None
    profile_picture_url: str | None = None
    followers_count: int | None = None
    follows_count: int | None = None
    media_count: int | None = None
    biography: str | None = None
    website: str | None = None


class FacebookPage(GraphAnswer, frozen=True, kw_only=True):
    """A Facebook Page. instagram_business_account: the linked Instagram account.

    tasks: what the token's person may do on the Page; None where that was not asked. access_token: the Page's
    own, which does not end when a long-lived token asked for it.
    """

    id: WireId | None = None
    name: str | None = None
    instagram_business_account: User | None = None
    tasks: list[str] | None = None
    access_token: str | None = None

    # Neither repr may print the token: msgspec's own ones, for Python and for rich, list all fields.
    def __repr__(self) -> str:
        return f"FacebookPage(id={self.id})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("id", self.id)]


class Comment(GraphAnswer, frozen=True, kw_only=True):
    """One comment on a media."""

    id: WireCommentId
    text: str | None = None
    timestamp: str | None = None
    username: str | None = None
    hidden: bool | None = None
    parent_id: WireId | None = None


class RefreshedToken(msgspec.Struct, frozen=True, kw_only=True):
    """A long-lived token. Store the returned string, which may differ. `expires_in` is in seconds."""

    access_token: str
    token_type: str | None = None
    expires_in: int | None = None
    permissions: str | None = None

    @property
    def granted(self) -> tuple[str, ...] | None:
        """The names of its permissions; None where they were not told."""
        return tuple(self.permissions.split(",")) if self.permissions else None

    # Neither repr may print the token: msgspec's own ones, for Python and for rich, list all fields.
    def __repr__(self) -> str:
        return f"RefreshedToken(expires_in={self.expires_in})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("expires_in", self.expires_in)]


class CodeToken(GraphAnswer, frozen=True, kw_only=True):
    """A short-lived token for a code, as Instagram Login answers: flat, or wrapped in `data`.

    user_id: the app-scoped id, as a number or as text. permissions: a list or words with commas.
    """

    ids: ClassVar[tuple[str, ...]] = ("user_id",)

    access_token: str | None = None
    user_id: WireUserId | None = None
    permissions: list[str] | str | None = None
    data: list["CodeToken"] = msgspec.field(default_factory=list["CodeToken"])

    @property
    def token(self) -> "CodeToken":
        """The answer itself, or what it wraps."""
        return self.data[0].token if self.data else self

    @property
    def granted(self) -> tuple[str, ...] | None:
        """The names of the granted permissions; None where the answer has none."""
        held = self.token.permissions
        return None if held is None else tuple(held.split(",") if isinstance(held, str) else held)

    def __repr__(self) -> str:
        return f"CodeToken(user_id={self.token.user_id})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("user_id", self.token.user_id)]


class TokenInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What Facebook tells of a token. Times are unix seconds; 0 is never.

    type: `USER`, `PAGE`, `SYSTEM_USER` or `APP`. scopes: the names of the granted permissions.
    """

    is_valid: bool = False
    type: str | None = None
    scopes: list[str] | None = None
    expires_at: int | None = None
    data_access_expires_at: int | None = None


class TokenInfoAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The envelope of a token's description."""

    data: TokenInfo


class PermissionStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One permission of a person. status: `granted`, `declined` or `expired`."""

    permission: str
    status: str


class SubscribedApp(GraphAnswer, frozen=True, kw_only=True):
    """An app that gets webhooks of an account or a Page. subscribed_fields: which ones."""

    id: str | None = None
    subscribed_fields: list[str] = msgspec.field(default_factory=list[str])


def timestamp_of(text: str) -> datetime:
    """Parse Meta's time format (`+0000`, no colon). Raises ValueError for anything else."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z")
