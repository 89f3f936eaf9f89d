"""Reads posts and reels: all that there is once, then those whose reading is due, fifty with one call."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from pressroom.core.errors import GraphError
from pressroom.core.graph_errors import InvalidParameter
from pressroom.core.readings import KeptMedia
from pressroom.graph import calls
from pressroom.graph.answers import Media, MediaProductType, Page
from pressroom.graph.calls import Call
from pressroom.graph.metrics import metrics_for, shared_metrics
from pressroom.insights import ages
from pressroom.insights.collecting.absent import look_for
from pressroom.insights.collecting.desk import Desk
from pressroom.insights.collecting.pages import PageRead, numbers_of, read_page, without
from pressroom.insights.collecting.taking import Taking
from pressroom.insights.collecting.thumbnails import Thumbnails
from pressroom.insights.listed import PAGE_SIZE, SPOILS_ALL
from pressroom.insights.read import media_insights

# A post made outside Pressroom is found in time for its first reading, which counts from 54 minutes on.
LOOK_EVERY: Final = timedelta(minutes=50)
# How long a metric that a page refused is left out of pages; its media are asked for it by themselves.
_UNSHARED_FOR: Final = timedelta(days=7)
# Pages in a row that refuse a metric before it is left out of those that follow.
_MOST_REFUSALS: Final = 3


@dataclass(slots=True)
class MediaReader:
    """Reads the posts and reels of one account."""

    desk: Desk
    thumbnails: Thumbnails
    _refusals: int = 0

    async def read_all(self) -> None:
        """Read all that there is, page by page; goes on after the page that was stored last."""
        while self.desk.collecting.complete_at is None:
            listing = self._listing()
            if self.desk.collecting.after:
                listing = listing.with_params(after=self.desk.collecting.after)
            try:
                page = await read_page(self.desk.client, listing, self._metrics())
            except InvalidParameter:
                if self.desk.collecting.after is None:
                    raise
                # A cursor of some days ago: what is kept already costs a call a page, and no reading.
                self.desk.collecting = replace(self.desk.collecting, after=None)
                continue
            self._learn(page)
            now = self.desk.now
            self.desk.collecting = replace(
                self.desk.collecting,
                after=page.after,
                complete_at=None if page.after else now,
                listed_at=now,
            )
            await self._take(page, is_first=True)
            # A page of the past is not listed again soon, should this be interrupted.
            await self.thumbnails.keep()

    async def read_due(self) -> None:
        """Read what is due; the newest page at least every 50 minutes, since it shows what is new."""
        desk, listed_at = self.desk, self.desk.collecting.listed_at
        if listed_at is None:
            return  # nothing is kept yet: `read_all` begins
        due_at = await desk.store.run(desk.store.readings.next_due, desk.account, stories=False)
        if desk.now - listed_at < LOOK_EVERY and (due_at is None or due_at > desk.now):
            return
        open_ = list(await desk.store.run(desk.store.readings.open, desk.account, desk.now))
        due = {one.id for one in open_ if one.planned and one.planned.due_at <= desk.now}
        newest = {one.id for one in await desk.store.run(desk.store.readings.newest, desk.account, PAGE_SIZE)}
        if desk.now - listed_at >= LOOK_EVERY or due & newest:
            open_ = await self._read_newest(open_)
        for group in _groups([one for one in open_ if one.id not in newest]):
            if any(one.id in due for one in group):
                await self._read_group(group)
        await look_for(self.desk, [one for one in open_ if one.id in newest and one.id in due])

    async def _read_newest(self, open_: Sequence[KeptMedia]) -> list[KeptMedia]:
        """Read the newest page; returns what is still open."""
        page = await read_page(self.desk.client, self._listing(), self._metrics())
        self._learn(page)
        self.desk.collecting = replace(self.desk.collecting, listed_at=self.desk.now)
        await self._take(page)
        shown = {media.id for media in page.media}
        return [one for one in open_ if one.id not in shown]

    async def _read_group(self, group: Sequence[KeptMedia]) -> None:
        """Read media that were published near one another; those that are not listed have vanished."""
        left, second = list(group), timedelta(seconds=1)
        while left:
            listing = self._listing(since=left[-1].published_at - second, until=left[0].published_at + second)
            page = await read_page(self.desk.client, listing, self._metrics())
            self._learn(page)
            await self._take(page)
            shown = {media.id for media in page.media}
            missing = [one for one in left if one.id not in shown]
            if page.after is None or len(missing) == len(left):
                await look_for(self.desk, missing)
                return
            left = missing

    async def _take(self, page: PageRead, *, is_first: bool = False) -> None:
        taking = await self.desk.taking([media.id for media in page.media])
        whole = list[KeptMedia]()
        for media in page.media:
            kept = taking.see(media)
            if media.id in page.predates:
                taking.predates(media.id)
            elif media.id in page.numbers and (reading := taking.read(media.id, page.numbers[media.id])):
                taking.refuse(kept, page.refused.get(media.id, ()))
                if not is_first and reading.planned_age_s in ages.WHOLE_AGES:
                    whole.append(kept)
        await self._store(taking, whole, page.asked)
        self.thumbnails.listed(page.media)
        self.desk.on_media(len(page.media))

    async def _store(self, taking: Taking, whole: Sequence[KeptMedia], asked: Sequence[str]) -> None:
        """Store a page, after those of its media that are read whole were asked by themselves."""
        left = list(whole)
        try:
            while left:
                await self._read_rest(taking, left[0], asked)
                left.pop(0)
        finally:
            # What was read whole is kept, also where a later call fails; the others are read again.
            taking.postpone(left)
            await self.desk.keep(taking.batch())

    async def _read_rest(self, taking: Taking, media: KeptMedia, asked: Sequence[str]) -> None:
        """Read the metrics of a media's own kind, and those that its page had to leave out."""
        kind = metrics_for(MediaProductType(media.product_type), self.desk.client.account.login_type)
        rest = [name for name in kind if name not in asked and name not in media.refused]
        if not rest:
            return
        try:
            found = await media_insights(self.desk.client, media.id, rest)
        except GraphError as error:
            if error.retry in SPOILS_ALL:
                raise
            return
        taking.add(media.id, numbers_of(found), {}, found.not_offered)

    def _listing(self, *, since: datetime | None = None, until: datetime | None = None) -> Call[Page[Media]]:
        return calls.media_list(
            self.desk.client.account.user,
            since=None if since is None else int(since.timestamp()),
            until=None if until is None else int(until.timestamp()),
        )

    def _metrics(self) -> list[str]:
        asked, left_out = shared_metrics(self.desk.client.account.login_type), self.desk.collecting.unshared
        for name, at in left_out.items():
            if name in asked and self.desk.now - at <= _UNSHARED_FOR:
                asked = without(name, asked, tuple(left_out))
        return asked

    def _learn(self, page: PageRead) -> None:
        """Leave a metric out of whole pages once several in a row refused one."""
        if not page.unshared:
            self._refusals = 0
            return
        self._refusals += 1
        collecting = self.desk.collecting
        # The newest page comes again all day; a page of the past comes once.
        if self._refusals >= _MOST_REFUSALS or collecting.complete_at is not None:
            noted = {**collecting.unshared, **dict.fromkeys(page.unshared, self.desk.now)}
            self.desk.collecting = replace(collecting, unshared=noted)


def _groups(media: Sequence[KeptMedia]) -> Iterator[list[KeptMedia]]:
    """Group media by the age of their next reading: those of one age were published near one another."""

    def slot(one: KeptMedia) -> int:
        return one.planned.planned_age_s if one.planned else 0

    # Newest first, and an older media has a higher age ahead, unless its earlier reading is still open.
    for _, group in itertools.groupby(sorted(media, key=slot), key=slot):
        yield sorted(group, key=lambda one: one.published_at, reverse=True)
