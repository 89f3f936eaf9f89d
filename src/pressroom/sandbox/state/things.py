"""The data of everything that exists in a sandbox, as plain structs.

They hold no methods that act: a whole `world.World` of them is saved and restored as JSON (`snapshot`).
Times are unix seconds of the sandbox's clock. `Truth` is what is planted in an account's numbers, so that
whoever analyses them can be held to it.
"""

from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from pressroom.graph.answers import ContainerStatus, MediaProductType, MediaType
from pressroom.graph.hosts import LoginType
from pressroom.graph.limits import MediaUse
from pressroom.sandbox.settings import Tester


class ContainerKind(StrEnum):
    """What a container becomes when it is published."""

    PHOTO = "photo"
    REEL = "reel"
    STORY = "story"
    CAROUSEL = "carousel"
    ITEM = "item"

    @property
    def use(self) -> MediaUse:
        """Which limits its file must meet. Raises ValueError for a carousel, which has no file."""
        # The values of the other kinds are those of MediaUse, except that an item has a longer name there.
        return MediaUse.CAROUSEL_ITEM if self is ContainerKind.ITEM else MediaUse(self.value)


class TokenKind(StrEnum):
    """Whose token of Facebook Login it is, which is what `me` names."""

    PERSON = "person"
    PAGE = "page"


class AccountType(StrEnum):
    """The two kinds of professional account; only these have the API at all."""

    BUSINESS = "BUSINESS"
    MEDIA_CREATOR = "MEDIA_CREATOR"


class InviteStatus(StrEnum):
    """The answer to an invitation to share a post."""

    PENDING = "Pending"
    ACCEPTED = "Accepted"
    DECLINED = "Declined"


# Beyond these the numbers are no longer believable, and in the end overflow.
_MOST_EFFECT, _WIDEST_SIGMA = 100.0, 3.0


class Dip(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A span in which an account has only so many followers, in unix seconds."""

    since: float
    until: float
    followers: int


class Truth(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """What decides how many people a post has reached when it is 24 hours old.

    It is a level for its kind and the account's followers, times the effects below, times e to the power of a
    normal residual. So the logarithm of that reach is a sum, in which each of them can be looked for.

    effect: how much more is reached by a post that is made in a best hour, 0.3 for 30 %; 0: hours make no
        difference. fade_h: over how many hours beside a best one that fades out.
    weekday_effect: the same for `best_weekdays`, 0 for Monday to 6.
    zone: of the best hours and weekdays. trend: how much more a post reaches than one a year older.
    sigma: the standard deviation of the residual.
    Raises ValueError for what no account can have.
    """

    effect: float = 0.9
    fade_h: float = 4.0
    best_weekdays: list[int] = msgspec.field(default_factory=list[int])
    weekday_effect: float = 0.0
    zone: str = "UTC"
    trend: float = 0.0
    sigma: float = 0.6

    def __post_init__(self) -> None:
        for name in ("effect", "weekday_effect", "trend"):
            if not -1 < getattr(self, name) <= _MOST_EFFECT:
                raise ValueError(f"{name} is more than -1 and at most {_MOST_EFFECT:g}: 0.3 for 30 % more")
        if not 0 <= self.sigma <= _WIDEST_SIGMA or not 0 <= self.fade_h <= 12:  # noqa: PLR2004  # half a day's hours
            raise ValueError(f"sigma is 0 to {_WIDEST_SIGMA:g}, and fade_h 0 to 12")
        if not all(0 <= day <= 6 for day in self.best_weekdays):  # noqa: PLR2004  # a week's days
            raise ValueError("best_weekdays holds days from 0, Monday, to 6")
        try:
            ZoneInfo(self.zone)
        except (LookupError, ValueError, OSError):
            raise ValueError(f"zone is one such as Europe/Berlin, not {self.zone!r}") from None


class Account(msgspec.Struct, kw_only=True):
    """One professional account, with the person and the Page behind it on Facebook.

    followers: how many it had at `counted_at`, None: when it was made; they grow by `followers_a_day`,
        except in `dips`.
    best_hours: hours at which most followers are online; `truth` says how much more posts near them reach.
    switched_at: when it became professional; older media have no insights. None: it always was.
    tester: its role in the app. agreed_at: when its owner last consented to what the app asks; None: when the
        oldest token was made.
    """

    id: str
    app_scoped_id: str
    facebook_user_id: str
    page_id: str
    username: str
    login: LoginType
    created_at: float
    name: str = ""
    biography: str = ""
    website: str = ""
    followers: int = 1_840
    follows: int = 312
    counted_at: float | None = None
    followers_a_day: float = 3.4
    dips: list[Dip] = msgspec.field(default_factory=list[Dip])
    best_hours: list[int] = msgspec.field(default_factory=lambda: [17, 19])
    truth: Truth = msgspec.field(default_factory=Truth)
    account_type: AccountType = AccountType.BUSINESS
    switched_at: float | None = None
    tester: Tester = "accepted"
    agreed_at: float | None = None


class Token(msgspec.Struct, kw_only=True):
    """One token. expires_at None: never. scopes None: all of its login type.

    declined: the permissions that the person was asked for and did not grant.
    revoked_by: the subcode of the 190 with which it is refused since it was revoked.
    """

    text: str
    user_id: str
    login: LoginType
    created_at: float
    expires_at: float | None
    scopes: list[str] | None = None
    revoked_by: int | None = None
    kind: TokenKind = TokenKind.PERSON
    declined: list[str] = msgspec.field(default_factory=list[str])


class Code(msgspec.Struct, kw_only=True):
    """What consent sends to the redirect URI: exchanged for a token once, within an hour.

    declined: as in `Token`.
    """

    text: str
    user_id: str
    login: LoginType
    redirect_uri: str
    scopes: list[str]
    created_at: float
    declined: list[str] = msgspec.field(default_factory=list[str])
    is_used: bool = False


class StoredFile(msgspec.Struct, kw_only=True):
    """A picture or clip of a container or media.

    source: the URL it came from. name: its file in the data directory; None when it was not fetched.
    """

    source: str
    is_video: bool
    content_type: str
    name: str | None = None
    size_bytes: int = 0
    duration_s: float | None = None


class Upload(msgspec.Struct, kw_only=True):
    """An upload to a container. `name`: its file in the data directory; empty before the first byte."""

    name: str = ""
    received: int = 0
    size: int | None = None

    @property
    def is_complete(self) -> bool:
        """Whether every byte is here."""
        return self.size is not None and self.received >= self.size


class Container(msgspec.Struct, kw_only=True):
    """A container: what `media_publish` makes a media of.

    looks: reads of its status and refused publishes so far. fate: the status a fault gave it.
    failure: the subcode it fails with. is_fetched: whether its files are here.
    publishes: how often it was published; more than once only with `SandboxSettings.makes_second_media`.
    """

    id: str
    user_id: str
    kind: ContainerKind
    created_at: float
    is_video: bool = False
    params: dict[str, Any] = msgspec.field(default_factory=dict[str, Any])
    children: list[str] = msgspec.field(default_factory=list[str])
    video_url: str | None = None
    file: StoredFile | None = None
    cover: StoredFile | None = None
    is_fetched: bool = True
    upload: Upload | None = None
    looks: int = 0
    failure: int | None = None
    fate: ContainerStatus | None = None
    published_at: float | None = None
    publishes: int = 0


class Poll(msgspec.Struct, kw_only=True):
    """The poll of a post: two to four options, and its end."""

    options: list[str]
    ends_at: float


class Invite(msgspec.Struct, kw_only=True):
    """Somebody's invitation to share their post."""

    media_id: str
    status: InviteStatus = InviteStatus.PENDING


class Media(msgspec.Struct, kw_only=True):
    """A published media.

    number: orders media of the same moment. is_item: part of a carousel, never listed by itself.
    author: the name of whoever else posted it; then `user_id` is the account it mentions.
    reach_factor: how many times more people it reaches than the account's truth says.
    """

    id: str
    number: int
    user_id: str
    kind: ContainerKind
    media_type: MediaType
    product: MediaProductType
    created_at: float
    file: StoredFile | None = None
    cover: StoredFile | None = None
    caption: str | None = None
    alt_text: str | None = None
    container_id: str | None = None
    children: list[str] = msgspec.field(default_factory=list[str])
    is_item: bool = False
    parent_id: str | None = None
    is_shared_to_feed: bool | None = None
    is_comment_enabled: bool = True
    is_ai_generated: bool | None = None
    collaborators: list[str] = msgspec.field(default_factory=list[str])
    user_tags: list[dict[str, Any]] = msgspec.field(default_factory=list[dict[str, Any]])
    author: str | None = None
    poll: Poll | None = None
    product_tags: list[dict[str, Any]] = msgspec.field(default_factory=list[dict[str, Any]])
    reach_factor: float = 1.0

    @property
    def key(self) -> tuple[float, int]:
        """The place in lists."""
        return (self.created_at, self.number)


class Comment(msgspec.Struct, kw_only=True):
    """A comment below a media, or a reply to one."""

    id: str
    number: int
    media_id: str
    user_id: str
    username: str
    text: str
    created_at: float
    parent_id: str | None = None
    is_hidden: bool = False
    likes: int = 0

    @property
    def key(self) -> tuple[float, int]:
        """The place in lists."""
        return (self.created_at, self.number)


class Person(msgspec.Struct, kw_only=True):
    """Somebody else, as the account `user_id` knows them. wrote_at: their last message, for the window."""

    id: str
    user_id: str
    username: str
    name: str = ""
    followers: int = 240
    is_follower: bool = False
    wrote_at: float | None = None


class Message(msgspec.Struct, kw_only=True):
    """One direct message. is_own: the account sent it."""

    id: str
    number: int
    user_id: str
    conversation_id: str
    person_id: str
    created_at: float
    is_own: bool
    text: str | None = None
    attachments: list[dict[str, Any]] = msgspec.field(default_factory=list[dict[str, Any]])


class Conversation(msgspec.Struct, kw_only=True):
    """The messages between the account and one person: their ids, oldest first."""

    id: str
    number: int
    user_id: str
    person_id: str
    updated_at: float
    messages: list[str] = msgspec.field(default_factory=list[str])


class Metrics(msgspec.Struct, kw_only=True, frozen=True):
    """The metrics on offer, as the settings `metrics_gone`, `metrics_refused` and `viewers` say it."""

    gone: list[str] = msgspec.field(default_factory=list[str])
    refused: list[str] = msgspec.field(default_factory=list[str])
    viewers: bool = False


class Callback(msgspec.Struct, kw_only=True):
    """The app's webhook subscription: its callback and fields."""

    url: str
    verify_token: str = ""
    fields: list[str] = msgspec.field(default_factory=list[str])


class Event(msgspec.Struct, kw_only=True):
    """A webhook event to deliver. due_at: when it is tried next. gap_s: the backoff after that."""

    user_id: str
    field: str
    at: float
    value: dict[str, Any]
    due_at: float = 0.0
    gap_s: float = 0.0
    tries: int = 0


class LateCall(msgspec.Struct, kw_only=True, tag="call"):
    """A call whose effect comes after its answer. It is stored, so it names its account instead of a token.

    user_id, login, token_kind: whose call; None for one that needs no account. host: as the caller named it.
    """

    method: str
    path: list[str]
    version: str | None
    params: dict[str, Any]
    host: str
    user_id: str | None = None
    login: LoginType | None = None
    token_kind: TokenKind = TokenKind.PERSON


class LatePost(msgspec.Struct, kw_only=True, tag="post"):
    """A post by hand that is still to be made."""

    user_id: str
    kind: ContainerKind
    caption: str | None = None


class LateStoryEnd(msgspec.Struct, kw_only=True, tag="story_end"):
    """The end of a story, at which its insights are sent by webhook."""

    media_id: str


class LateMetrics(msgspec.Struct, kw_only=True, tag="metrics"):
    """A change of the metrics on offer; None leaves what `Metrics` has under the same name."""

    gone: list[str] | None = None
    refused: list[str] | None = None
    viewers: bool | None = None


class LateUpload(msgspec.Struct, kw_only=True, tag="upload"):
    """An upload by `file_url` that is still to be taken."""

    container_id: str
    file_url: str


class Late(msgspec.Struct, kw_only=True):
    """A late effect, and the moment at which it is due."""

    at: float
    # msgspec tells them apart in a saved state by their tags.
    what: LateCall | LatePost | LateStoryEnd | LateMetrics | LateUpload


# What is found by its id alone, whatever its kind (`World.things`).
Thing = Container | Media | Comment | Person | Message | Conversation
