"""The webhook `story_insights`, which Instagram sends when a story ends, under Facebook Login."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, cast

from pressroom.core.errors import Refused
from pressroom.core.readings import KeptMedia, Number, Numbers, Reading
from pressroom.graph.ids import MediaId
from pressroom.insights.questions.stories import BACK, EXITS, FORWARD, NAVIGATION, WEBHOOK

_FIELD: Final = "story_insights"
# It still uses the names of the metrics before `navigation` (Webhooks, Examples).
_TAPS: Final = {"taps_forward": FORWARD, "taps_back": BACK, "exits": EXITS}
_NUMBERS: Final = ("reach", "replies", "impressions")


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedStory:
    """The numbers of a story that ended. sent_at: None where the webhook does not say."""

    media_id: MediaId
    sent_at: datetime | None
    numbers: Numbers
    taps: Numbers

    def reading_of(self, media: KeptMedia, now: datetime) -> Reading:
        """Return the reading to keep of it. now: when it arrived."""
        # Sent again, it has the same time, and so the same age.
        at = self.sent_at if self.sent_at and media.published_at <= self.sent_at <= now else now
        return Reading(
            media_id=media.id,
            age_s=int((at - media.published_at).total_seconds()),
            read_at=at,
            planned_age_s=None,
            version=WEBHOOK,
            numbers=self.numbers,
            parts={NAVIGATION: self.taps} if self.taps else {},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryWebhook:
    """What a delivery holds. others: changes of other fields, which it does not read."""

    stories: tuple[EndedStory, ...]
    others: int


def read_story_webhook(body: bytes | Mapping[str, Any]) -> StoryWebhook:
    """Read a delivery: one object, or a list of one, with `changes` in each entry or the change itself.

    Raises Refused for what is no webhook of Instagram's.
    """
    changes = list(_changes(body))
    stories = [_story(value, at) for field, value, at in changes if field == _FIELD]
    return StoryWebhook(
        stories=tuple(one for one in stories if one), others=sum(field != _FIELD for field, *_ in changes)
    )


def _changes(body: bytes | Mapping[str, Any]) -> Iterator[tuple[object, Mapping[str, Any], datetime | None]]:
    for delivery in _deliveries(body):
        if delivery.get("object") != "instagram":
            raise _no_webhook()
        for entry in _objects(delivery.get("entry")):
            # Messages have a form of their own, in which there is no change.
            own = [entry] if "field" in entry else []
            changes = _objects(entry["changes"]) if "changes" in entry else own
            for change in changes:
                yield change.get("field"), _object(change.get("value")), _moment(entry.get("time"))


def _deliveries(body: bytes | Mapping[str, Any]) -> list[Mapping[str, Any]]:
    try:
        read: Any = json.loads(body) if isinstance(body, bytes) else body
    except ValueError:
        raise _no_webhook() from None
    return _objects(cast("object", read)) if isinstance(read, list) else [_object(read)]


def _objects(value: object) -> list[Mapping[str, Any]]:
    if not isinstance(value, list | tuple):
        raise _no_webhook()
    return [_object(one) for one in cast("Sequence[object]", value)]


def _object(value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise _no_webhook()
    return cast("Mapping[str, Any]", value)


def _story(value: Mapping[str, Any], at: datetime | None) -> EndedStory | None:
    media_id = value.get("media_id")
    if not isinstance(media_id, str | int):
        return None
    counts = {name: count for name in (*_NUMBERS, *_TAPS) if (count := _count(value.get(name))) is not None}
    return EndedStory(
        media_id=MediaId(str(media_id)),
        sent_at=at,
        numbers={name: counts[name] for name in _NUMBERS if name in counts},
        taps={part: counts[name] for name, part in _TAPS.items() if name in counts},
    )


def _count(value: object) -> Number | None:
    # -1 stands for a count under 5 that Instagram does not tell.
    is_count = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return cast("int", value) if is_count else None


def _moment(value: object) -> datetime | None:
    try:
        return datetime.fromtimestamp(cast("float", value), UTC) if isinstance(value, int | float) else None
    except (ValueError, OverflowError, OSError):
        return None


def _no_webhook() -> Refused:
    return Refused(
        "This is no webhook of Instagram's.",
        rule="webhook",
        limit='{"object": "instagram", "entry": [...]}',
        fix="Give the body as Instagram sent it, after checking its signature.",
    )
