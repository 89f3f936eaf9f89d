"""Reads stories before they end: the live ones with one call, and the taps of each that is nearly over."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from pressroom.core.errors import GraphError
from pressroom.core.graph_errors import InvalidParameter
from pressroom.core.readings import KeptMedia, Numbers
from pressroom.graph import calls
from pressroom.graph.answers import MediaProductType
from pressroom.graph.ids import MediaId
from pressroom.graph.metrics import METRICS_BY_NAME, metrics_for
from pressroom.insights import ages
from pressroom.insights.collecting.absent import look_for
from pressroom.insights.collecting.desk import Desk
from pressroom.insights.collecting.pages import PageRead, numbers_of, parts_of, read_page
from pressroom.insights.collecting.taking import Taking
from pressroom.insights.collecting.thumbnails import Thumbnails
from pressroom.insights.listed import SPOILS_ALL
from pressroom.insights.read import media_insights

# As for posts: in time for the first reading of a story that was made outside Pressroom.
LOOK_EVERY: Final = timedelta(minutes=50)
_LIFETIME: Final = timedelta(seconds=ages.STORY_LIFETIME_S)
_NAVIGATION: Final = METRICS_BY_NAME["navigation"]


@dataclass(slots=True)
class StoryReader:
    """Reads the stories of one account."""

    desk: Desk
    thumbnails: Thumbnails

    async def read_due(self) -> None:
        """Read the live stories if one of them is due, and at least every 50 minutes."""
        desk, readings = self.desk, self.desk.store.readings
        due_at = await desk.store.run(readings.next_due, desk.account, stories=True)
        listed_at = desk.collecting.stories_listed_at
        is_due = due_at is not None and due_at <= desk.now
        if not is_due and listed_at is not None and desk.now - listed_at < LOOK_EVERY:
            return
        metrics = metrics_for(MediaProductType.STORY, desk.client.account.login_type)
        listing = calls.stories(desk.client.account.user)
        page = await read_page(desk.client, listing, [name for name in metrics if name not in self._refused])
        desk.collecting = replace(desk.collecting, stories_listed_at=desk.now)
        await self._take(page)

    @property
    def _refused(self) -> Mapping[str, object]:
        return self.desk.collecting.refused

    async def _take(self, page: PageRead) -> None:
        desk = self.desk
        open_ = await desk.store.run(
            desk.store.readings.open, desk.account, desk.now, product=MediaProductType.STORY
        )
        taking = await desk.taking([*{*(media.id for media in page.media), *(one.id for one in open_)}])
        read = list[KeptMedia]()
        for media in page.media:
            kept = taking.see(media)
            if media.id in page.numbers and taking.read(media.id, page.numbers[media.id]):
                taking.refuse(kept, page.refused.get(media.id, ()))
                read.append(kept)
        shown = {media.id for media in page.media}
        absent = [one for one in open_ if one.id not in shown]
        over = [one for one in absent if desk.now >= one.published_at + _LIFETIME]
        for one in over:
            taking.pass_over(one)
        left = list(read)
        try:
            while left:
                await self._read_rest(taking, left[0], page.unshared)
                left.pop(0)
        finally:
            taking.postpone(left)
            await desk.keep(taking.batch())
        self.thumbnails.listed(page.media)
        await look_for(desk, [one for one in absent if one not in over])

    async def _read_rest(self, taking: Taking, kept: KeptMedia, unshared: Sequence[str]) -> None:
        """Read what the page left out, and where a story is nearly over how its viewers left it."""
        numbers, parts, refused = dict[str, int | float](), dict[str, Numbers](), tuple[str, ...]()
        rest = [name for name in unshared if name not in kept.refused]
        try:
            if rest:
                found = await media_insights(self.desk.client, kept.id, rest)
                totals = await self._totals(kept.id, found.not_offered)
                numbers |= {**numbers_of(found), **totals}
                refused = tuple(name for name in found.not_offered if name not in totals)
            if taking.readings[kept.id].planned_age_s in ages.LAST_STORY_AGES:
                parts |= await self._navigation(kept.id)
        except GraphError as error:
            if error.retry in SPOILS_ALL:
                raise
        taking.add(kept.id, numbers, parts, refused)

    async def _totals(self, story: MediaId, refused: Sequence[str]) -> Numbers:
        """Ask once more for views as a total, which some clients found that stories want."""
        if "views" not in refused:
            return {}
        call = calls.media_insights(story, ["views"]).with_params(metric_type="total_value")
        try:
            page = await self.desk.client.send(call)
        except InvalidParameter:
            return {}
        return {one.name: one.number for one in page.data if one.number is not None}

    async def _navigation(self, story: MediaId) -> dict[str, Numbers]:
        """Read the taps of a story by their kind, in lower case as samples show them."""
        assert _NAVIGATION.breakdown
        call = calls.media_insights(story, [_NAVIGATION.name]).with_params(breakdown=_NAVIGATION.breakdown)
        try:
            page = await self.desk.client.send(call)
        except InvalidParameter:
            return {}
        found = parts_of(page.data, _NAVIGATION.name)
        return {_NAVIGATION.name: found} if found else {}
