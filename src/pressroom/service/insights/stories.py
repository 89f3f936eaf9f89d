"""`StoryQuestions`: how stories did, and what Instagram tells of them by itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pressroom.core.readings import Batch, KeptMedia, MediaQuery, Reading
from pressroom.insights.ages import STORY
from pressroom.insights.questions.stories import WEBHOOK, EndedStory, Story, read_story_webhook, stories_of
from pressroom.service.acting.acting import Acting
from pressroom.service.insights.asked import Asked, asked

__all__ = ["KeptStories", "Story", "StoryQuestions", "TakenStories"]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptStories:
    """Kept stories, newest first. timezone: the account's."""

    account: str
    timezone: str
    stories: tuple[Story, ...]

    @property
    def read_near_end(self) -> int:
        """How many have a reading near their end, which is what compares."""
        return sum(one.is_read_near_end for one in self.stories)

    @property
    def unread(self) -> int:
        """How many have no reading at all."""
        return sum(one.reading is None for one in self.stories)


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


class StoryQuestions:
    """Questions about stories; none makes a call. Any may raise NotFound where nothing is collected."""

    _acting: Acting

    async def stories(self, *, since: datetime | None = None, until: datetime | None = None) -> KeptStories:
        """List kept stories, newest first, each with its last reading and what was missed of it.

        Counts under 5 may come as 0, and `replies` of people in the EU and Japan as 0: Instagram's doing.
        """
        ours = await asked(self._acting)
        query, run = MediaQuery(products=[STORY], since=since, before=until), ours.store.run
        media = await run(ours.store.readings.media, ours.account, query)
        aged = await run(ours.store.readings.aged, ours.account, media)
        missed = await run(ours.store.readings.missed, ours.account, query)
        return KeptStories(
            account=ours.name, timezone=ours.zone.key, stories=tuple(stories_of(media, aged, missed))
        )

    async def take_story_webhook(self, body: bytes | Mapping[str, Any]) -> TakenStories:
        """Keep the numbers of a `story_insights` webhook, which Instagram sends when a story ends.

        body: as it was sent, or read from JSON. Check its signature before: this does not. May be called
        again with the same one. Raises Refused for what is no webhook of Instagram's.
        """
        sent = read_story_webhook(body)
        ours = await asked(self._acting)
        query = MediaQuery(ids=[one.media_id for one in sent.stories], products=[STORY])
        known = await _known(ours, query) if sent.stories else {}
        told = [one for one in sent.stories if one.media_id in known and (one.numbers or one.taps)]
        new = await _new(ours, query, told, known)
        if new:
            await ours.store.run(ours.store.readings.keep, ours.account, Batch(readings=new))
        ours_count = sum(one.media_id in known for one in sent.stories)
        return TakenStories(
            stored=len(new),
            again=len(told) - len(new),
            unknown=len(sent.stories) - ours_count,
            untold=ours_count - len(told),
            others=sent.others,
        )


async def _known(ours: Asked, query: MediaQuery) -> dict[str, KeptMedia]:
    return {one.id: one for one in await ours.store.run(ours.store.readings.media, ours.account, query)}


async def _new(
    ours: Asked, query: MediaQuery, told: list[EndedStory], known: Mapping[str, KeptMedia]
) -> list[Reading]:
    """Return readings of the stories of which no webhook is kept yet, one of each."""
    if not told:
        return []
    aged = await ours.store.run(ours.store.readings.aged, ours.account, query)
    taken, new = {one.media.id for one in aged if one.reading.version == WEBHOOK}, list[Reading]()
    for one in told:
        if one.media_id not in taken:
            taken.add(one.media_id)
            new.append(one.reading_of(known[one.media_id], ours.now))
    return new
