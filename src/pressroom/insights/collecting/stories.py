"""Reads stories before they end: the live ones with a call, and the taps of each that is nearly over."""

from collections.abc import Sequence
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
from pressroom.insights.collecting.pages import PageRead, numbers_of, parts_of, read_absent, read_page
from pressroom.insights.collecting.pull import Intake, Pull
from pressroom.insights.collecting.thumbnails import Thumbnails
from pressroom.insights.read import SPOILS_ALL, media_insights

# As for posts: in time for the first reading of a story that was made outside Pressroom.
LOOK_EVERY: Final = timedelta(minutes=50)
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
            if media.id in page.numbers and intake.add_reading(media.id, page.numbers[media.id]):
                intake.note_refused(kept, page.refused.get(media.id, ()))
                left.append(kept)
        absent = [story for story in open_ if story.id not in shown]
        ended = [story for story in absent if pull.now >= story.published_at + _LIFETIME]
        # An ended story cannot be read, so its open readings are missed. The others that are absent may
        # have been deleted, or the list lags.
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
                is_refused = "views" in insights.not_offered
                totals: Numbers = await self._views_as_total(kept.id) if is_refused else {}
                numbers |= {**numbers_of(insights), **totals}
                refused = tuple(name for name in insights.not_offered if name not in totals)
            if intake.readings[kept.id].planned_age_s in ages.LAST_STORY_AGES:
                parts |= await self._taps(kept.id)
        except GraphError as error:
            if error.retry in SPOILS_ALL:
                raise
        intake.extend_reading(kept.id, numbers, parts, refused)

    async def _views_as_total(self, story: MediaId) -> Numbers:
        """Request refused views once more as a total, which some clients found that stories want."""
        call = calls.media_insights(story, ["views"]).with_params(metric_type="total_value")
        try:
            page = await self.pull.client.send(call)
        except InvalidParameter:
            return {}
        return {insight.name: insight.number for insight in page.data if insight.number is not None}

    async def _taps(self, story: MediaId) -> dict[str, Numbers]:
        """Read the taps of a story by their kind, in lower case as samples show them."""
        assert _NAVIGATION.breakdown
        call = calls.media_insights(story, [_NAVIGATION.name]).with_params(breakdown=_NAVIGATION.breakdown)
        try:
            page = await self.pull.client.send(call)
        except InvalidParameter:
            return {}
        parts = parts_of(page.data, _NAVIGATION.name)
        return {_NAVIGATION.name: parts} if parts else {}
