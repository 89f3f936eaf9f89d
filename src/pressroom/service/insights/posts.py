"""`PostQuestions`: what is kept of posts, at an equal age."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pressroom.core.errors import NotFound, Refused
from pressroom.core.readings import AgedReading, KeptMedia, MediaQuery, Number
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.graph.ids import MediaId
from pressroom.graph.metrics import METRICS_BY_NAME, SUCCESSORS
from pressroom.insights.questions.posts import (
    NEAR,
    RATE,
    AgedNumbers,
    By,
    Compared,
    Group,
    at_age,
    compared,
    grouped,
    kind_of,
    value_of,
)
from pressroom.service.acting.acting import Acting
from pressroom.service.insights.asked import Asked, asked

__all__ = ["RATE", "By", "Compared", "Group", "KeptPost", "KeptPosts", "PostComparison", "kind_of"]
DAY_S: Final = 24 * 3600
# The account's own trailing 90 days are what a post is compared with.
PEERS_DAYS: Final = 90
KINDS: Final = ("photo", "carousel", "reel", "video", "story")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPost:
    """A kept media with its numbers. aged: None where it has no reading, or none near the age asked for."""

    media: KeptMedia
    aged: AgedNumbers | None
    read_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPosts:
    """Kept media. age_s: at which their numbers are; None for the last reading of each, at its own age."""

    account: str
    age_s: int | None
    posts: tuple[KeptPost, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PostComparison:
    """Posts or groups at an age. peers_since: from when on the posts are that each is compared with."""

    account: str
    metric: str
    age_s: int
    peers_since: datetime
    posts: tuple[Compared, ...] = ()
    groups: tuple[Group, ...] = ()


class PostQuestions:
    """Questions about posts; none makes a call. Any may raise NotFound where nothing is collected."""

    _acting: Acting

    async def media(
        self,
        *,
        age_s: int | None = None,
        kinds: Sequence[str] = (),
        since: datetime | None = None,
        until: datetime | None = None,
        text: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
    ) -> KeptPosts:
        """List kept media with their numbers, newest first.

        age_s: the age at which the numbers are wanted; None for the last reading of each. sort: a metric or
        `engagement_rate`, the highest first; what has no number comes last. text: part of the caption.
        Raises Refused for an unknown kind or metric.
        """
        ours = await asked(self._acting)
        _require_metric(sort)
        query = _query(kinds, since, until, text)
        media = await _media(ours, query, kinds)
        aged = await _aged(ours, media, age_s)
        posts = [_post(one, aged.get(one.id)) for one in media]
        if sort is not None:
            posts.sort(key=_by(sort), reverse=True)
        return KeptPosts(account=ours.name, age_s=age_s, posts=tuple(posts[:limit]))

    async def kept(self, *media_ids: str) -> KeptPosts:
        """Return media with the last reading of each, without a call. Raises NotFound for one unknown."""
        ours = await asked(self._acting)
        media = await self._named(ours, media_ids)
        aged = await _aged(ours, media, None)
        posts = tuple(_post(one, aged.get(one.id)) for one in media)
        return KeptPosts(account=ours.name, age_s=None, posts=posts)

    async def compare(
        self, media_ids: Sequence[str], *, metric: str = "reach", age_s: int = DAY_S
    ) -> PostComparison:
        """Compare posts at an age, each with the posts of its own kind in the 90 days before it is asked.

        metric: or `engagement_rate`. Raises NotFound for an unknown post, Refused for an unknown metric.
        """
        ours = await asked(self._acting)
        _require_metric(metric)
        media = await self._named(ours, media_ids)
        since = ours.now - timedelta(days=PEERS_DAYS)
        kinds = {kind_of(one) for one in media}
        peers = await _aged(ours, await _media(ours, MediaQuery(since=since), kinds), age_s)
        own = await _aged(ours, media, age_s)
        found = compared(media, {one.media: one for one in own.values()}, list(peers.values()), metric)
        return PostComparison(
            account=ours.name, metric=metric, age_s=age_s, peers_since=since, posts=tuple(found)
        )

    async def compare_groups(
        self,
        by: By,
        *,
        metric: str = "reach",
        age_s: int = DAY_S,
        kinds: Sequence[str] = (),
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> PostComparison:
        """Compare groups of posts at an age: how many, their median and quartiles.

        since: by default 90 days ago. Stories are compared only where `kinds` names them.
        Raises Refused for an unknown kind or metric.
        """
        ours = await asked(self._acting)
        _require_metric(metric)
        since = since or ours.now - timedelta(days=PEERS_DAYS)
        media = await _media(ours, _query(kinds, since, until, None), kinds or KINDS[:-1])
        aged = await _aged(ours, media, age_s)
        groups = grouped(media, list(aged.values()), metric, by, ours.zone)
        return PostComparison(
            account=ours.name, metric=metric, age_s=age_s, peers_since=since, groups=tuple(groups)
        )

    async def _named(self, ours: Asked, media_ids: Sequence[str]) -> list[KeptMedia]:
        query = MediaQuery(ids=[MediaId(one) for one in media_ids])
        found = {one.id: one for one in await _media(ours, query)}
        for one in media_ids:
            if one not in found:
                raise NotFound(
                    f"No media {one} of {ours.name} is kept.",
                    fix=Fix.of("List what is: {}.", Remedy(RemedyKind.LIST_KEPT_MEDIA)),
                )
        return [found[MediaId(one)] for one in media_ids]


def _query(
    kinds: Sequence[str], since: datetime | None, until: datetime | None, text: str | None
) -> MediaQuery:
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


def _require_metric(name: str | None) -> None:
    known = (*METRICS_BY_NAME, *SUCCESSORS.values(), RATE)
    if name is not None and name not in known:
        raise Refused(
            f"{name!r} is no metric of a media.",
            rule="metric",
            value=name,
            limit=", ".join(known),
            fix="Name one of those.",
        )


async def _media(ours: Asked, query: MediaQuery, kinds: Collection[str] = ()) -> list[KeptMedia]:
    """Return the kept media of a query, newest first. kinds: empty for all."""
    found = await ours.store.run(ours.store.readings.media, ours.account, query)
    return [one for one in found if not kinds or kind_of(one) in kinds]


async def _aged(ours: Asked, media: Sequence[KeptMedia], age_s: int | None) -> dict[str, AgedNumbers]:
    """Return numbers by media id: at an age, or of the last reading."""
    readings, run = ours.store.readings, ours.store.run
    if age_s is None:
        latest = await run(readings.latest, ours.account, media)
        return {one.media.id: _as_read(one) for one in latest}
    youngest, oldest = int(age_s * (1 - NEAR)), int(age_s * (1 + NEAR)) + 1
    found = await run(readings.aged, ours.account, media, youngest, oldest)
    return {one.media.id: one for one in at_age(found, age_s)}


def _as_read(one: AgedReading) -> AgedNumbers:
    age_s = one.reading.age_s
    return AgedNumbers(media=one.media, age_s=age_s, numbers=one.reading.numbers, ages_s=(age_s,))


def _post(media: KeptMedia, aged: AgedNumbers | None) -> KeptPost:
    read_at = media.published_at + timedelta(seconds=aged.ages_s[-1]) if aged else None
    return KeptPost(media=media, aged=aged, read_at=read_at)


def _by(metric: str) -> Callable[[KeptPost], tuple[bool, Number]]:
    def key(post: KeptPost) -> tuple[bool, Number]:
        value = value_of(post.aged, metric) if post.aged else None
        return value is not None, value or 0

    return key
