"""Reads posts and reels: all that there is once, then those whose reading is due, fifty with a call.

`MediaReader.read_all` is the first pull, page by page. `MediaReader.read_due` is what a worker runs from then
on. docs/decisions/0022-readings.md says why lists are read rather than ids. `StoryReader.read_due` reads
stories before they end: the live ones with a call, and the taps of each that is nearly over.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from pressroom.core.errors import GraphError
from pressroom.core.graph_errors import InvalidParameter
from pressroom.core.readings import KeptMedia, Numbers
from pressroom.graph import calls
from pressroom.graph.answers import Insight, Media, MediaProductType, Page
from pressroom.graph.call import Call
from pressroom.graph.metrics import METRICS_BY_NAME, metrics_for, shared_metrics
from pressroom.insights import ages
from pressroom.insights.ages import LOOK_EVERY
from pressroom.insights.collecting.pages import (
    PageRead,
    numbers_of,
    parts_of,
    read_absent,
    read_page,
    replace_refused,
    seek_left_out,
)
from pressroom.insights.collecting.pull import Intake, Pull
from pressroom.insights.collecting.thumbnails import Thumbnails
from pressroom.insights.read import PAGE_SIZE, SPOILS_ALL, media_insights

# How long a metric that a page refused is left out of pages; its media are asked for it by themselves.
_UNSHARED_FOR: Final = timedelta(days=7)
# Pages in a row that refuse a metric before it is left out of those that follow.
_MOST_REFUSALS: Final = 3


@dataclass(slots=True)
class MediaReader:
    """Reads the posts and reels of an account."""

    pull: Pull
    thumbnails: Thumbnails
    _refusals: int = 0

    async def read_all(self) -> None:
        """Read all that there is, page by page; goes on after the page that was stored last."""
        pull = self.pull
        while pull.collecting.complete_at is None:
            listing = self._listing()
            if pull.collecting.after:
                listing = listing.with_params(after=pull.collecting.after)
            try:
                page = await self._read_page(listing)
            except InvalidParameter:
                if pull.collecting.after is None:
                    raise
                # A cursor of some days ago: what is kept already costs a call a page, and no reading.
                pull.collecting = replace(pull.collecting, after=None)
                continue
            pull.collecting = replace(
                pull.collecting,
                after=page.after,
                complete_at=None if page.after else pull.now,
                listed_at=pull.now,
            )
            await self._keep(page, is_first=True)
            # A page of the past is not listed again soon, should this be interrupted.
            await self.thumbnails.keep()

    async def read_due(self) -> None:
        """Read what is due; the newest page at least every 50 minutes, since it shows what is new."""
        pull, store, listed_at = self.pull, self.pull.store, self.pull.collecting.listed_at
        if listed_at is None:
            return  # nothing is kept yet: `read_all` begins
        due_at = await store.run(store.readings.next_due, pull.account, stories=False)
        if pull.now - listed_at < LOOK_EVERY and (due_at is None or due_at > pull.now):
            return
        open_ = list(await store.run(store.readings.open, pull.account, pull.now))
        due = {media.id for media in open_ if media.planned and media.planned.due_at <= pull.now}
        newest = {
            media.id: media for media in await store.run(store.readings.newest, pull.account, PAGE_SIZE)
        }
        if pull.now - listed_at >= LOOK_EVERY or due & newest.keys():
            page = await self._read_page(self._listing())
            pull.collecting = replace(pull.collecting, listed_at=pull.now)
            await self._keep(page)
            shown = {media.id for media in page.media}
            open_ = [media for media in open_ if media.id not in shown]
            # Those that are due are asked for below, with their numbers.
            await seek_left_out(pull, page, [media for media in newest.values() if media.id not in due])

        def next_age_s(media: KeptMedia) -> int:
            return media.planned.planned_age_s if media.planned else 0

        # Media whose next reading is at the same age were published near one another. A due group takes along
        # all open media of its age, since a call reads fifty.
        others = sorted((media for media in open_ if media.id not in newest), key=next_age_s)
        for _, of_age in itertools.groupby(others, key=next_age_s):
            # The newest first, as lists are.
            group = sorted(of_age, key=lambda media: media.published_at, reverse=True)
            if any(media.id in due for media in group):
                await self._read_group(group)
        await read_absent(pull, [media for media in open_ if media.id in newest and media.id in due])

    async def _read_group(self, group: Sequence[KeptMedia]) -> None:
        """Read media that were published near one another; those that are not listed have vanished."""
        # By time and not by `?ids=`, which Instagram has refused since October 2026. docs/decisions/0022
        left, second = list(group), timedelta(seconds=1)
        while left:
            since, until = left[-1].published_at - second, left[0].published_at + second
            page = await self._read_page(self._listing(since=since, until=until))
            await self._keep(page)
            shown = {media.id for media in page.media}
            missing = [media for media in left if media.id not in shown]
            if page.after is None or len(missing) == len(left):
                await read_absent(self.pull, missing)
                return
            left = missing

    def _listing(self, *, since: datetime | None = None, until: datetime | None = None) -> Call[Page[Media]]:
        return calls.media_list(
            self.pull.client.account.user,
            since=None if since is None else int(since.timestamp()),
            until=None if until is None else int(until.timestamp()),
        )

    async def _read_page(self, listing: Call[Page[Media]]) -> PageRead:
        """Read a page with the metrics that all kinds share, but for those that pages refused of late."""
        unshared = self.pull.collecting.unshared
        metrics = shared_metrics(self.pull.client.account.login_type)
        for name, at in unshared.items():
            if name in metrics and self.pull.now - at <= _UNSHARED_FOR:
                metrics = replace_refused(name, metrics, tuple(unshared))
        page = await read_page(self.pull.client, listing, metrics)
        if not page.unshared:
            self._refusals = 0
            return page
        # A metric is left out of whole pages once several in a row refused one. The newest page comes again
        # all day; a page of the past comes once.
        self._refusals += 1
        collecting = self.pull.collecting
        if self._refusals >= _MOST_REFUSALS or collecting.complete_at is not None:
            refused = {**collecting.unshared, **dict.fromkeys(page.unshared, self.pull.now)}
            self.pull.collecting = replace(collecting, unshared=refused)
        return page

    async def _keep(self, page: PageRead, *, is_first: bool = False) -> None:
        """Store a page, after calls for those of its media that are read whole at their age."""
        intake = await self.pull.begin_intake([media.id for media in page.media])
        left = list[KeptMedia]()
        for media in page.media:
            kept = intake.add_media(media)
            if media.id in page.predates:
                intake.note_predating(media.id)
            elif media.id in page.numbers and (
                reading := intake.add_reading(media.id, page.numbers[media.id])
            ):
                intake.note_refused(kept, page.refused.get(media.id, ()))
                age_s = ages.last_reached(kept.product_type, reading.age_s)
                if not is_first and age_s in ages.WHOLE_AGES:
                    left.append(kept)
            elif media.id not in page.numbers:
                intake.note_unread(kept)
        try:
            while left:
                await self._read_rest(intake, left[0], page.metrics)
                left.pop(0)
        finally:
            # What was read whole is kept, also where a later call fails; the others are read again.
            intake.drop_incomplete(left)
            await self.pull.keep(intake.batch())
        self.thumbnails.note_listed(page.media)
        self.pull.on_media(len(page.media))

    async def _read_rest(self, intake: Intake, media: KeptMedia, metrics: Sequence[str]) -> None:
        """Read the metrics of a media's own kind, and those that its page had to leave out."""
        kind = metrics_for(MediaProductType(media.product_type), self.pull.client.account.login_type)
        rest = [name for name in kind if name not in metrics and name not in media.refused]
        if not rest:
            return
        try:
            insights = await media_insights(self.pull.client, media.id, rest)
        except GraphError as error:
            if error.retry in SPOILS_ALL:
                raise
            return
        intake.extend_reading(media.id, numbers_of(insights), {}, insights.not_offered)


_LIFETIME: Final = timedelta(seconds=ages.STORY_LIFETIME_S)
_NAVIGATION: Final = METRICS_BY_NAME["navigation"]


@dataclass(slots=True)
class StoryReader:
    """Reads the stories of an account."""

    pull: Pull
    thumbnails: Thumbnails

    async def read_due(self) -> None:
        """Read the live stories if one of them is due, and at least every 50 minutes."""
        pull, readings = self.pull, self.pull.store.readings
        due_at = await pull.store.run(readings.next_due, pull.account, stories=True)
        listed_at = pull.collecting.stories_listed_at
        is_due = due_at is not None and due_at <= pull.now
        if not is_due and listed_at is not None and pull.now - listed_at < LOOK_EVERY:
            return
        kind = metrics_for(MediaProductType.STORY, pull.client.account.login_type)
        metrics = [name for name in kind if name not in pull.collecting.refused]
        page = await read_page(pull.client, calls.stories(pull.client.account.user), metrics)
        pull.collecting = replace(pull.collecting, stories_listed_at=pull.now)
        await self._keep(page)

    async def _keep(self, page: PageRead) -> None:
        """Store the live stories, and what is known of those that are not listed any more."""
        pull, readings, product = self.pull, self.pull.store.readings, MediaProductType.STORY
        open_ = await pull.store.run(readings.open, pull.account, pull.now, product=product)
        shown = {media.id for media in page.media}
        intake = await pull.begin_intake([*{*shown, *(story.id for story in open_)}])
        left = list[KeptMedia]()
        for media in page.media:
            kept = intake.add_media(media)
            if media.id not in page.numbers:
                intake.note_unread(kept)
            elif intake.add_reading(media.id, page.numbers[media.id]):
                intake.note_refused(kept, page.refused.get(media.id, ()))
                left.append(kept)
        absent = [story for story in open_ if story.id not in shown]
        ended = [story for story in absent if pull.now >= story.published_at + _LIFETIME]
        # An ended story cannot be read: what was read last is all there is of it. The others that are absent
        # may have been deleted, or the list lags.
        for story in ended:
            intake.note_unread(story)
        try:
            while left:
                await self._read_rest(intake, left[0], page.unshared)
                left.pop(0)
        finally:
            # What was read whole is kept, also where a later call fails; the others are read again.
            intake.drop_incomplete(left)
            await pull.keep(intake.batch())
        self.thumbnails.note_listed(page.media)
        await read_absent(pull, [story for story in absent if story not in ended])

    async def _read_rest(self, intake: Intake, kept: KeptMedia, unshared: Sequence[str]) -> None:
        """Read what the page left out, and where a story is nearly over how its viewers left it."""
        numbers, parts, refused = dict[str, int | float](), dict[str, Numbers](), tuple[str, ...]()
        rest = [name for name in unshared if name not in kept.refused]
        try:
            if rest:
                insights = await media_insights(self.pull.client, kept.id, rest)
                totals = dict[str, int | float]()
                if "views" in insights.not_offered:
                    # Some clients found that stories want their views as a total.
                    call = calls.media_insights(kept.id, ["views"]).with_params(metric_type="total_value")
                    for insight in await self._insights(call):
                        if insight.number is not None:
                            totals[insight.name] = insight.number
                numbers |= {**numbers_of(insights), **totals}
                refused = tuple(name for name in insights.not_offered if name not in totals)
            if intake.readings[kept.id].age_s >= ages.NEARLY_OVER_S:
                assert _NAVIGATION.breakdown
                call = calls.media_insights(kept.id, [_NAVIGATION.name])
                call = call.with_params(breakdown=_NAVIGATION.breakdown)
                # The taps by their kind, in lower case as samples show them.
                if taps := parts_of(await self._insights(call), _NAVIGATION.name):
                    parts[_NAVIGATION.name] = taps
        except GraphError as error:
            if error.retry in SPOILS_ALL:
                raise
        intake.extend_reading(kept.id, numbers, parts, refused)

    async def _insights(self, call: Call[Page[Insight]]) -> Sequence[Insight]:
        """Read insights; none where Instagram refuses them."""
        try:
            return (await self.pull.client.send(call)).data
        except InvalidParameter:
            return ()
