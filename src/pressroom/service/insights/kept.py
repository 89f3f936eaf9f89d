"""Numbers of media as they are kept.

`require_kept_account` is what each question about an account begins with. `numbers_at` reads the numbers of
media at an equal age; `stories_between` and `keep_ended_stories` are of stories.
"""

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from pressroom.core.account import AccountId, shown_account
from pressroom.core.errors import NotFound, Refused
from pressroom.core.readings import Batch, Collecting, KeptMedia, MediaQuery, Number, Reading
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.when import zone_named
from pressroom.graph.answers import MediaId
from pressroom.graph.metrics import METRICS_BY_NAME, SUCCESSORS
from pressroom.insights.ages import STORY
from pressroom.insights.questions.coming import Outlook
from pressroom.insights.questions.first_comparison import FirstComparison
from pressroom.insights.questions.growth import NARROW
from pressroom.insights.questions.posts import (
    AROUND,
    KINDS,
    RATE,
    WEBHOOK,
    YOUNGEST_S,
    AgedNumbers,
    Basis,
    By,
    Compared,
    Group,
    at_age,
    growth_until,
    kind_of,
    value_of,
)
from pressroom.insights.questions.stories import Story, StoryWebhook, stories_of
from pressroom.insights.read import Total, engagement_rate
from pressroom.service.acting.acting import UNSAID_ZONE, Acting, KnownAccount, zone_to_keep
from pressroom.service.insights.accounts import nothing_collected, pull_insights_of

if TYPE_CHECKING:
    from pressroom.store.store import Store


__all__ = [
    "KINDS",
    "RATE",
    "AgedNumbers",
    "By",
    "Compared",
    "Group",
    "Number",
    "Story",
    "Total",
    "engagement_rate",
    "kind_of",
]
DAY_S: Final = 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAccount:
    """An account of which something is kept. name: its login's, else its id. zone: of its times.

    language: that was chosen for its reports; None where nobody chose one. username: on Instagram, when it
    signed in.
    """

    account: AccountId
    name: str
    zone: ZoneInfo
    language: str | None
    username: str | None
    store: "Store"
    collecting: Collecting
    now: datetime

    def require_zone(self) -> None:
        """Raise Refused where nobody chose the zone: slots in UTC would be hours beside what was meant."""
        if self.zone.key == UNSAID_ZONE:
            raise Refused(
                f"{self.name} has no time zone, in which slots could be meant.",
                rule="timezone",
                limit="an IANA name such as Europe/Istanbul",
                fix=Fix.of("Name one: {}.", Remedy(RemedyKind.SET_TIMEZONE, {"timezone": "Europe/Istanbul"})),
            )


async def require_kept_account(
    acting: Acting, timezone: str | None = None, *, also_unread: bool = False
) -> KeptAccount:
    """Return the account that a question is about; makes no call where the store knows it.

    timezone: of its times, in place of the account's. also_unread: also one of which nothing could be read.
    Raises NotFound where nothing was ever collected of it, Refused for an unknown zone and where nothing
    could be read for lack of a permission, SignInRequired, StoreRefused or StoreFailed.
    """
    chosen = timezone and zone_named(zone_to_keep(timezone))
    # Opening the store would create it, and a question must not: nothing would be in it.
    if not acting.resources.has_store:
        raise nothing_collected(acting.name, acting.name or "this account")
    user, store = await (await acting.identity()).known(), await acting.resources.store()
    collecting = await store.run(store.readings.collecting, user.id)
    if collecting is None:
        raise nothing_collected(user.login, name_of(user))
    if collecting.lacks is not None and not also_unread:
        kept = await store.run(store.readings.kept, user.id)
        if not kept.readings and not kept.days:
            raise Refused(
                f"Nothing could be read of {name_of(user)}: the permission {collecting.lacks} is missing.",
                rule="permission",
                limit=collecting.lacks,
                fix=Fix.of(
                    "Sign in again and grant it: {}. Then begin again: {}.",
                    Remedy(RemedyKind.SIGN_IN),
                    pull_insights_of(user.login),
                ),
            )
    login = await acting.login(user.login or user.id)
    return KeptAccount(
        account=user.id,
        name=name_of(user),
        zone=chosen or ZoneInfo(login.timezone if login else UNSAID_ZONE),
        language=login.language if login else None,
        username=login.details.username if login else None,
        store=store,
        collecting=collecting,
        now=acting.resources.clock.now(),
    )


ASSUMED_ZONE: Final = Fix.of(
    "The account has no time zone, so that hours and days are those of UTC: name one with {}.",
    Remedy(RemedyKind.SET_TIMEZONE, {"timezone": "Europe/Istanbul"}),
)
"""What an answer says whose `is_zone_assumed` is true."""


class InZone:
    """An answer about days and hours of a time zone."""

    __slots__ = ()
    timezone: str

    @property
    def is_zone_assumed(self) -> bool:
        """Whether nobody chose the zone: UTC stands in for that of an account without one."""
        return self.timezone == UNSAID_ZONE


def name_of(user: KnownAccount) -> str:
    """Return the name of an account's login, else its id as people see it."""
    return user.login or shown_account(user.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPost:
    """A kept media with its numbers. aged: None where it has no reading, or none near the age asked for."""

    media: KeptMedia
    aged: AgedNumbers | None
    read_at: datetime | None

    @classmethod
    def of(cls, media: KeptMedia, aged: AgedNumbers | None) -> "KeptPost":
        """Put a media and its numbers together."""
        read_at = media.published_at + timedelta(seconds=aged.ages_s[-1]) if aged else None
        return cls(media=media, aged=aged, read_at=read_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPosts:
    """Stored media. age_s: the age at which they are compared; None for the last reading of each.

    outlook: set if fewer than 5 have numbers at that age, some because they were published before collecting
    began. last_readings: those of the posts without a number at that age, each at its own age.
    first_comparison: when two posts can be compared; None if they can be already, or no post is awaited.
    """

    account: str
    age_s: int | None
    posts: tuple[KeptPost, ...]
    outlook: Outlook | None = None
    last_readings: tuple[AgedNumbers, ...] = ()
    first_comparison: FirstComparison | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PostComparison(InZone):
    """Posts or groups, compared at one age. numbers: those of the groups' posts.

    peers_since: when the period starts whose posts each post is compared with. outlook, last_readings,
    first_comparison: as in `KeptPosts`.
    """

    account: str
    timezone: str
    metric: str
    age_s: int
    peers_since: datetime
    posts: tuple[Compared, ...] = ()
    groups: tuple[Group, ...] = ()
    numbers: tuple[AgedNumbers, ...] = ()
    outlook: Outlook | None = None
    last_readings: tuple[AgedNumbers, ...] = ()
    first_comparison: FirstComparison | None = None

    @property
    def ages_s(self) -> tuple[int, ...]:
        """The lowest and the highest age at which numbers of the groups stand; empty without any."""
        ages_s = [aged.age_s for aged in self.numbers]
        return (min(ages_s), max(ages_s)) if ages_s else ()

    @property
    def corrected(self) -> int:
        """How many numbers of the groups are corrected from readings further off."""
        return sum(aged.basis is Basis.CORRECTED for aged in self.numbers)

    @classmethod
    def of(
        cls,
        kept: KeptAccount,
        metric: str,
        age_s: int,
        since: datetime,
        *,
        posts: tuple[Compared, ...] = (),
        groups: tuple[Group, ...] = (),
        numbers: tuple[AgedNumbers, ...] = (),
    ) -> "PostComparison":
        """Put a comparison of an account's posts together."""
        return cls(
            account=kept.name,
            timezone=kept.zone.key,
            metric=metric,
            age_s=age_s,
            peers_since=since,
            posts=posts,
            groups=groups,
            numbers=numbers,
        )


GROUPS_DESCRIBE: Final = Fix.of(
    "Groups are described here, and nothing is tested: of several, one lies highest by chance alone. Whether "
    "hours or weekdays matter is tested by {}, and two times are compared by an experiment: {}.",
    Remedy(RemedyKind.ASK_BEST_TIME),
    Remedy(RemedyKind.START_EXPERIMENT),
)
"""What is said beside the numbers of groups."""


def media_query(
    kinds: Sequence[str], since: datetime | None, until: datetime | None, text: str | None = None
) -> MediaQuery:
    """Return the query for media of a time and with a text. Raises Refused for an unknown kind."""
    for kind in kinds:
        if kind not in KINDS:
            raise Refused(
                f"{kind!r} is no kind of post.",
                rule="kind",
                value=kind,
                limit=", ".join(KINDS),
                fix="Name one of those.",
            )
    return MediaQuery(since=since, before=until, text=text)


def require_metric(name: str) -> None:
    """Raise Refused for a name that is no metric of a media."""
    metrics = (*METRICS_BY_NAME, *SUCCESSORS.values(), RATE)
    if name not in metrics:
        raise Refused(
            f"{name!r} is no metric of a media.",
            rule="metric",
            value=name,
            limit=", ".join(metrics),
            fix="Name one of those.",
        )


def value_to_sort_by(metric: str) -> Callable[[KeptPost], tuple[bool, Number]]:
    """Return a sort key: a post's value of a metric, below all others where it has none."""

    def key(post: KeptPost) -> tuple[bool, Number]:
        value = value_of(post.aged, metric) if post.aged else None
        # None sorts below 0: what Instagram did not give is no 0.
        return value is not None, value or 0

    return key


async def list_media(kept: KeptAccount, query: MediaQuery, kinds: Collection[str] = ()) -> list[KeptMedia]:
    """Return the kept media of a query, newest first. kinds: empty for all."""
    media = await kept.store.run(kept.store.readings.media, kept.account, query)
    return [post for post in media if not kinds or kind_of(post) in kinds]


async def require_media(kept: KeptAccount, media_ids: Sequence[str]) -> list[KeptMedia]:
    """Return kept media in the order of their ids. Raises NotFound for one that is not kept."""
    query = MediaQuery(ids=[MediaId(media_id) for media_id in media_ids])
    # The store answers newest first, and the caller has an order of its own.
    by_id = {str(media.id): media for media in await list_media(kept, query)}
    for media_id in media_ids:
        if media_id not in by_id:
            raise NotFound(
                f"No media {media_id} of {kept.name} is kept.",
                fix=Fix.of("List what is: {}.", Remedy(RemedyKind.LIST_KEPT_MEDIA)),
            )
    return [by_id[media_id] for media_id in media_ids]


async def numbers_at(
    kept: KeptAccount, media: Sequence[KeptMedia], age_s: int | None
) -> dict[str, AgedNumbers]:
    """Return numbers by media id: at an age, or for None of the last reading of each."""
    readings, run = kept.store.readings, kept.store.run
    if age_s is None:
        latest = await run(readings.latest, kept.account, media)
        return {
            aged.media.id: AgedNumbers(
                media=aged.media,
                age_s=aged.reading.age_s,
                numbers=aged.reading.numbers,
                ages_s=(aged.reading.age_s,),
            )
            for aged in latest
        }
    reached = [post for post in media if post.published_at + timedelta(seconds=age_s) <= kept.now]
    width = NARROW if age_s >= YOUNGEST_S else AROUND
    near = await run(readings.aged, kept.account, reached, int(age_s / width), math.ceil(age_s * width))
    numbers: dict[str, AgedNumbers] = {
        aged.media.id: aged for aged in at_age(near, age_s, {}) if aged.basis is not Basis.CORRECTED
    }
    left = [post for post in reached if post.id not in numbers]
    if left and age_s >= YOUNGEST_S:
        # Where a worker was off, readings further off tell as well, with how the account's posts grow.
        far = await run(readings.aged, kept.account, left, age_s // AROUND, age_s * AROUND)
        kinds = {kind_of(post) for post in left}
        growth = await run(growth_until, readings, kept.account, kept.now, age_s, kinds)
        numbers |= {aged.media.id: aged for aged in at_age(far, age_s, growth)}
    return numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptStories:
    """Kept stories, newest first. timezone: the account's."""

    account: str
    timezone: str
    stories: tuple[Story, ...]

    @property
    def read_near_end(self) -> int:
        """How many have a reading near their end, which is what compares."""
        return sum(story.is_read_near_end for story in self.stories)

    @property
    def unread(self) -> int:
        """How many have no reading at all."""
        return sum(story.reading is None for story in self.stories)


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenStories:
    """What was taken of a webhook. again: had been delivered before. unknown: of media that are not kept.

    untold: without a number that Instagram tells. others: changes of other fields.
    """

    stored: int
    again: int
    unknown: int
    untold: int
    others: int


async def stories_between(kept: KeptAccount, since: datetime | None, until: datetime | None) -> KeptStories:
    """Return the stories of a time with their last readings, and with what was missed of them."""
    query, run = MediaQuery(products=[STORY], since=since, before=until), kept.store.run
    media = await run(kept.store.readings.media, kept.account, query)
    aged = await run(kept.store.readings.aged, kept.account, media)
    missed = await run(kept.store.readings.missed, kept.account, query)
    return KeptStories(
        account=kept.name, timezone=kept.zone.key, stories=tuple(stories_of(media, aged, missed))
    )


async def keep_ended_stories(kept: KeptAccount, webhook: StoryWebhook) -> TakenStories:
    """Keep the numbers of stories that ended, a reading of each, and count what was not kept."""
    readings, run = kept.store.readings, kept.store.run
    query = MediaQuery(ids=[story.media_id for story in webhook.stories], products=[STORY])
    # Without ids the query would be for all stories.
    media = {story.id: story for story in await list_media(kept, query)} if webhook.stories else {}
    of_kept_media = [story for story in webhook.stories if story.media_id in media]
    with_numbers = [story for story in of_kept_media if story.numbers or story.taps]
    new = dict[MediaId, Reading]()
    if with_numbers:
        # Instagram delivers a webhook again where its answer was lost: of each story the first one counts.
        aged = await run(readings.aged, kept.account, query)
        taken = {reading.media.id for reading in aged if reading.reading.version == WEBHOOK}
        for story in with_numbers:
            if story.media_id not in taken and story.media_id not in new:
                new[story.media_id] = story.reading_of(media[story.media_id], kept.now)
    if new:
        await run(readings.keep, kept.account, Batch(readings=list(new.values())))
    return TakenStories(
        stored=len(new),
        again=len(with_numbers) - len(new),
        unknown=len(webhook.stories) - len(of_kept_media),
        untold=len(of_kept_media) - len(with_numbers),
        others=webhook.others,
    )
