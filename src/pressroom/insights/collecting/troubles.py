"""Remembers why an account could not be read, so that a missed reading can name the reason.

`note_trouble` is called with each failure, `end_trouble` where somebody tries again sooner, and
`trouble_between` finds the reason for a time in which nothing was read.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from pressroom.core.readings import Collecting, CollectingTrouble, Missing

# Failures of the same kind within an hour are the same trouble.
_ONE_TROUBLE: Final = timedelta(hours=1)
# A missed reading is noted at the latest when a worker comes by again, so a few troubles back are enough.
_MOST_EARLIER: Final = 30
# Of the parts of a `Collector`, those that read stories, and those that read other media. None is all.
_PARTS_OF_STORIES: Final = (None, "stories")
_PARTS_OF_MEDIA: Final = (None, "media", "all media")


def note_trouble(
    collecting: Collecting,
    why: Missing,
    text: str,
    now: datetime,
    *,
    until: datetime | None = None,
    part: str | None = None,
) -> Collecting:
    """Remember a failure. until: the end of the wait after it. part: the only one that could not be read."""
    trouble = CollectingTrouble(why=why, text=text, since=now, until=until or now, part=part)
    others = list[CollectingTrouble]()
    for earlier in _troubles(collecting):
        if (earlier.why, earlier.part) == (why, part) and now - earlier.until < _ONE_TROUBLE:
            trouble = replace(trouble, since=earlier.since)
        else:
            # Where all waits, a further call means that the wait was over.
            is_over = earlier.part is None and earlier.until > now
            others.append(replace(earlier, until=now) if is_over else earlier)
    return replace(collecting, trouble=trouble, earlier_troubles=tuple(others[-_MOST_EARLIER:]))


def end_trouble(collecting: Collecting, now: datetime) -> Collecting:
    """End the wait after a failure: somebody tries again now."""
    trouble = collecting.trouble
    if trouble is not None and trouble.until > now:
        trouble = replace(trouble, until=now)
    return replace(collecting, held_until=None, trouble=trouble)


def trouble_between(
    collecting: Collecting, opens_at: datetime, closed_at: datetime, *, is_story: bool
) -> CollectingTrouble | None:
    """Return the longest trouble in a time in which a media was to be read; None without one."""
    parts = _PARTS_OF_STORIES if is_story else _PARTS_OF_MEDIA

    def shared(trouble: CollectingTrouble) -> timedelta:
        return min(trouble.until, closed_at) - max(trouble.since, opens_at)

    troubles = [trouble for trouble in _troubles(collecting) if trouble.part in parts]
    longest = max(troubles, key=shared, default=None)
    return longest if longest and shared(longest) >= timedelta() else None


def _troubles(collecting: Collecting) -> tuple[CollectingTrouble, ...]:
    """Return all troubles, the last one noted at the end."""
    return (*collecting.earlier_troubles, *((collecting.trouble,) if collecting.trouble else ()))
