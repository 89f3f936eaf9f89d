"""How a sandbox behaves, where Meta's behaviour is unknown or a test needs another one."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pressroom.graph.answers import UserId
from pressroom.graph.hosts import LoginType
from pressroom.graph.limits import CAPTION_HASHTAGS, CAROUSEL_MAX_ITEMS
from pressroom.sandbox.checks import check_types
from pressroom.sandbox.metrics import check_gone, check_refused

_USER_ID = UserId("17841400000000001")  # ids of Instagram accounts usually start with 17841
Fetch = Literal["real", "trust", "anywhere"]
Tester = Literal["accepted", "invited", "none"]
AppMode = Literal["live", "development"]
_APP_SECRET = "sandbox-app-secret"  # noqa: S105  # invented, and told to everybody


@dataclass(frozen=True, slots=True, kw_only=True)
class Processing:
    """When a container becomes FINISHED: after so many looks or so many seconds, whichever is first.

    A look is a read of its status or a refused attempt to publish it. None: this condition is off.
    Raises ValueError for a value of another type.
    """

    # Live, pictures take 0 to 10 s and reels 10 s to minutes (observed). A picture needs a look or 2 s here,
    # so that a client that never polls is refused as it would be.
    image_reads: int | None = 1
    image_s: float | None = 2.0
    video_reads: int | None = None
    video_s: float | None = 2.0

    def __post_init__(self) -> None:
        check_types(self)

    @classmethod
    def at_once(cls) -> "Processing":
        """Every container is ready as soon as its files are fetched."""
        return cls(image_reads=0, video_reads=0)

    @classmethod
    def after_reads(cls, reads: int) -> "Processing":
        """Every container is ready after so many looks, however long they take."""
        return cls(image_reads=reads, image_s=None, video_reads=reads, video_s=None)

    @classmethod
    def after_seconds(cls, seconds: float) -> "Processing":
        """Every container is ready after so many seconds of the sandbox's clock."""
        return cls(image_reads=None, image_s=seconds, video_reads=None, video_s=seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hostility:
    """How far answers of the host lag behind its state, and how many get lost. Times are seconds.

    stale_status_s: after a publish, reads of the container still say FINISHED for so long.
    listing_lag_s: a published media appears in lists only after so long.
    date_skew_s: how far the `Date` header is off.
    lost_answers: the share of calls that publish or delete whose answer is lost; the call runs never, at
        once or later.
    copies: the share of publish calls near which somebody posts the same caption by hand.
    """

    stale_status_s: float = 0.0
    listing_lag_s: float = 0.0
    date_skew_s: float = 0.0
    lost_answers: float = 0.0
    copies: float = 0.0


# Lag of seconds between Meta's servers has been reported: 9007 and 24/2207008 right after FINISHED.
HOSTILE = Hostility(stale_status_s=4.0, listing_lag_s=6.0, date_skew_s=-90.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxSettings:
    """How a sandbox behaves.

    token: `IG…` makes an account of Instagram Login, `EAA…` one of Facebook Login; None takes the one in
        `state_file`, or invents one that nobody can guess.
    media: how many older media the account starts with.
    fetch: `real` fetches and judges every URL, from the public network and loopback; `anywhere` from other
        local networks too; `trust` does not fetch URLs outside loopback and judges them by their ending.
    republish: what a second publish of one container does; Meta's behaviour is unknown.
    unsupported: a parameter the kind does not take is ignored with a note in the call log, or refused.
    public_base: scheme, host and port that permalinks and media URLs start with; None: the caller's own.
    allow_hosts: further host names to answer to, beside those that nobody else can register.
    data_dir: where fetched files are kept; None: a temporary directory, deleted with the sandbox.
    state_file: where the state is kept over restarts; None keeps it in memory.
    record_file: where every call is written as it comes, without any token; None records none.
    listed_media_max: how far back the media list reaches; Meta says 10,000 (IG User, Media).
    calls_per_day: what 100 % in the usage headers stands for.
    crossposts: reels and posts go to Facebook too, so that `facebook_views` and `crossposted_views` answer.
    insights_delay_s: how old a media must be before it has insights; Meta takes up to 48 hours.
    insights_lag_s: how far the numbers of insights lag behind; Meta says up to 48 hours. A media shows
        those that it had so long ago, and a day of the account grows for so long after its end.
    metrics_gone: metrics that Meta took away, as `saved`; of one level alone as `media.views` or
        `account.views`. Asking for one is refused with the list of the others.
    metrics_refused: metrics that some media refuse although their kind has them, as has been seen of `shares`
        and `views`: `shares:IMAGE`, `views:STORY` (a media type or product type) or `views:0.2` (a share of
        all media, by their ids).
    viewers: `viewers` answers in place of `reach`, for media and account, and `reach` is refused. Meta only
        announced it; how it will come is inferred. The order `metrics` changes all three.
    story_views_total: `views` of stories want `metric_type=total_value`, as one client found; the words of
        the refusal and the form of the answer are inferred from the account's metrics.
    throttles: refuse calls beyond the allowance with 80002.
    short_limits: refuse business discovery and hashtags beyond 200 calls an hour for each account (code 4),
        messages beyond 100 a second, with sound or video 10, conversations 2, private replies 750 an hour
        (613). Meta documents the limits, not the codes. While the clock is frozen no second passes.
    permissions_lapse: refuse a permission that an account did not use for 90 days with code 10, until
        somebody consents again. unused: those that the first account used 91 days ago for the last time, by
        the names of any login.
    copyrighted: words in clip URLs that count as a copyright match: the container's check reports it, and
        their media have no `media_url`.
    app_id, app_secret: of the app that asks for consent and signs webhooks. checks_app: refuse other ones.
    requires_proof: refuse calls without `appsecret_proof`. A wrong one is always refused; while `app_secret`
        is the invented one and neither of the two is set, every SHA-256 digest counts as right.
    consent: whether the consent page asks, or answers by itself.
    code_answer: the shape of a code's exchange: `flat` as live clients report it, `wrapped` as documented.
    early_refresh: the code that refuses to refresh a token in its first 24 hours; Meta does not say which.
        `allowed`: it is refreshed. refresh_ends_old_token: a token ends when another comes of it.
    webhook_secret: signs webhooks instead of `app_secret`: an Instagram app has two, and reports differ.
    webhook_form: whether a change is in `changes`, or flat in the entry as one page of Meta's shows it.
    strips_mentions: leave `@` out of captions, as Meta does for callers without an admin task on the Page.
    login: the login type of a `token` whose first letters do not tell it.
    unified_me: whom `/me` names under Unified Login; Meta does not say.
    redirect_uris: the registered redirect URIs, compared byte for byte; empty: any.
    tester: the role in the app of the account that the sandbox starts with: an Instagram tester who accepted,
        one who was invited, or none. The order `roles` changes it.
    without_role: what an account under Instagram Login meets whose role is not accepted: consent is refused,
        while a token that it has goes on to work; or it signs in, and then every call of its tokens is
        refused (both reported). Which of them Meta chooses, and when, is not known.
    app_mode: in development webhooks of real events are not delivered; the order `events`, which is the
        dashboard's test, is (reported). The order `roles` changes it.
    subscription: which webhooks the first account is subscribed to: `none`; `emptied`, to no field, as when
        the callback's address was edited in the dashboard (reported), and no event comes; or the `usual`
        ones, comments and messages.
    granted: the permissions that a person leaves ticked at consent, by the names of any login; empty: all
        that the app asks for. token_scopes: those of the first account's own token, as the dashboard makes
        it; empty: all of the login.
    meta_app_id: the id of the Meta app, which Instagram's authorize page takes for no app. With `checks_app`
        it takes `app_id` alone; Facebook's dialog has other words for a wrong id.
    page: the way from a person to the account under Facebook Login. There is a Page that is `linked`; there
        is `none`; it was `not_picked` in the dialog, exists and is not listed; the person has `no_task` on it
        that publishes (code 10); or it is `unlinked`, without an Instagram account. Where no Page leads to
        it, the account answers 100/33 (inferred).
    data_access_days: how long Facebook Login lets an app read a person's data after their consent, as
        `debug_token` tells. After it every call that needs a permission is refused with code 10 (inferred).
        agreed_days_ago: when the owner of the first account consented; its token is younger, as one renewed.
    self_inspection: whether `debug_token` takes a token that asks about itself, beside the app's `id|secret`.
        Others are taken too, unless `checks_app` is set.
    unknown_scopes: what Facebook's dialog does about permissions that it does not know: it refuses them, as
        for people who have a role in the app, or ignores them, as for all others. Instagram always refuses.
    codes_spent: a code is used up before the client exchanges it, as by a page that was opened twice.
    unified_webhooks: whether webhooks of real events come under Unified Login; one project saw none.
    unified_deletes: whether media are deleted under Unified Login, as one project reported.
    undeletable: kinds of media that a deletion refuses with -1/2207073, beside the items of carousels:
        `FEED`, `REELS`, `STORY`. Meta does not say which.
    sdk_publish_path: whether `POST /{user}/mediapublish` publishes, the path of the Instagram-only classes of
        Meta's own SDK, which no page documents.
    explicit_image: what `media_type=IMAGE` does; Meta's behaviour is unknown.
    lone_video: what `media_type=VIDEO` outside a carousel does: it is refused when the container is created
        (recorded August 2026), counts as an item and is refused when it is published (observed February
        2026), or ends in ERROR while it is processed.
    unknown_tags: what a tag does whose username is no account of the sandbox: accepted, or the container
        is refused with 110/2207018, as public code expects (one source).
    locations: `any` takes as `location_id` what may be a Page's id (16 digits at most, of nothing else here);
        `found` only those that `GET /pages/search` gives.
    carousel_max: items of a carousel; one reading of Meta's pages says 20.
    caption_hashtags_max: hashtags of a caption; Instagram's own app takes 5 since December 2025.
    caption_unit: the unit of a caption's 2,200; Meta does not say.
    comment_max: characters of a comment; None: any number. The page of replies says 300, apps take 2,200.
    insights_day_zone: the zone at whose midnight a day of insights ends; Meta's samples show Pacific time.
    share_to_feed: whether a reel without the parameter goes to the feed; Meta does not say.
    instagram_uploads: accept resumable uploads under Instagram Login too. instagram_batch: accept batches
        there; they are reported not to work.
    legacy_features: whether the app may use `date_format`, `method` in a POST, JSONP's `callback`, which the
        sandbox ignores, and field aliases. Apps made since 4 November 2026 may not, on any version (Graph API
        v27.0); that they get code 100, and its words, are inferred.
    usage_header_from: percent of the allowance from which on the usage headers are sent.
    Raises ValueError for a value of another type, and says what was probably meant.
    """

    user_id: UserId = _USER_ID
    username: str = "pressroom.sandbox"
    token: str | None = None
    media: int = 0
    fetch: Fetch = "real"
    # The guide says 100, the reference and its sample 50, live answers in October 2026 said 100
    # (Content Publishing; IG User, Content Publishing Limit).
    quota_total: int = 100
    processing: Processing = field(default_factory=Processing)
    hostile: bool = False
    hostility: Hostility | None = None
    republish: Literal["refuse", "second_media"] = "refuse"
    unsupported: Literal["ignore", "refuse"] = "ignore"
    # Meta leaves open whether a refresh gives a new token: a client must store what came back.
    refresh_makes_new_token: bool = True
    refresh_ends_old_token: bool = False
    public_base: str | None = None
    allow_hosts: tuple[str, ...] = ()
    data_dir: Path | None = None
    state_file: Path | None = None
    record_file: Path | None = None
    listed_media_max: int = 10_000
    # 4,800 calls per impression of the last 24 hours (Rate Limiting), here for 1,000 impressions.
    calls_per_day: int = 4_800_000
    usage_header_from: int = 1  # Rate Limiting: only after enough calls; it does not say how many
    throttles: bool = False
    short_limits: bool = False
    permissions_lapse: bool = False
    unused: tuple[str, ...] = ()
    copyrighted: tuple[str, ...] = ()
    app_id: str = "1500000000000001"
    app_secret: str = _APP_SECRET
    checks_app: bool = False
    requires_proof: bool = False
    consent: Literal["ask", "allow", "deny"] = "ask"
    # Business Login shows a list in `data`; live clients report the flat object with a numeric user_id.
    code_answer: Literal["flat", "wrapped"] = "flat"
    early_refresh: Literal[100, 190, "allowed"] = 100
    webhook_secret: str | None = None
    webhook_form: Literal["changes", "flat"] = "changes"
    strips_mentions: bool = False
    login: LoginType = LoginType.INSTAGRAM
    unified_me: Literal["account", "system_user"] = "system_user"
    redirect_uris: tuple[str, ...] = ()
    tester: Tester = "accepted"
    without_role: Literal["consent", "calls"] = "calls"
    app_mode: AppMode = "live"
    subscription: Literal["none", "emptied", "usual"] = "none"
    unified_webhooks: bool = False
    unified_deletes: bool = True
    undeletable: tuple[Literal["FEED", "REELS", "STORY"], ...] = ()
    page: Literal["linked", "none", "not_picked", "no_task", "unlinked"] = "linked"
    data_access_days: float = 90.0
    agreed_days_ago: float = 2.0
    self_inspection: bool = True
    granted: tuple[str, ...] = ()
    token_scopes: tuple[str, ...] = ()
    meta_app_id: str = "1400000000000001"
    unknown_scopes: Literal["refuse", "ignore"] = "refuse"
    codes_spent: bool = False
    sdk_publish_path: bool = False
    explicit_image: Literal["accept", "refuse"] = "accept"
    lone_video: Literal["publish", "processing", "refuse"] = "refuse"
    unknown_tags: Literal["accept", "refuse"] = "accept"
    locations: Literal["any", "found"] = "any"
    carousel_max: int = CAROUSEL_MAX_ITEMS
    caption_hashtags_max: int = CAPTION_HASHTAGS.most
    caption_unit: Literal["utf16", "character"] = "utf16"
    comment_max: int | None = None
    insights_day_zone: str = "America/Los_Angeles"
    share_to_feed: bool = True
    instagram_uploads: bool = False
    instagram_batch: bool = False
    legacy_features: bool = True
    insights_delay_s: float = 0.0
    insights_lag_s: float = 0.0
    metrics_gone: tuple[str, ...] = ()
    metrics_refused: tuple[str, ...] = ()
    viewers: bool = False
    story_views_total: bool = False
    crossposts: bool = False
    random_seed: int = 0

    def __post_init__(self) -> None:
        check_types(self)
        for name, check in (("metrics_gone", check_gone), ("metrics_refused", check_refused)):
            try:
                check(getattr(self, name))
            except ValueError as error:
                raise ValueError(f"{name}: {error}") from None
        try:
            ZoneInfo(self.insights_day_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(
                f"insights_day_zone is a zone such as UTC, not {self.insights_day_zone!r}."
            ) from None

    def matches_copyright(self, url: str | None) -> bool:
        """Tell whether a clip counts as a copyright match."""
        return url is not None and any(word in url for word in self.copyrighted)

    @property
    def knows_secret(self) -> bool:
        """Whether clients are expected to know this app's secret.

        With the invented secret they are not: they bring an app of their own, with a secret of its own.
        """
        return self.checks_app or self.requires_proof or self.app_secret != _APP_SECRET

    @property
    def makes_second_media(self) -> bool:
        """Whether a container published twice makes two media."""
        return self.hostile or self.republish == "second_media"

    @property
    def manners(self) -> Hostility:
        """The lags and losses in force."""
        return self.hostility or (HOSTILE if self.hostile else Hostility())
