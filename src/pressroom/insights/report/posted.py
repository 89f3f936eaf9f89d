"""Describes what was posted: its hashtags, and on which weekdays and hours. Nothing here is a test.

Whoever uses a hashtag chose the posts for it, so that its median says nothing of what the hashtag did.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from statistics import median
from typing import Final
from zoneinfo import ZoneInfo

from pressroom.core.readings import KeptMedia, Number
from pressroom.insights.questions.posts import FEW
from pressroom.insights.statistics.answers import BLOCKS, HOURS_OF_A_BLOCK

MOST_HASHTAGS: Final = 10
# Keyboards of East Asia write the wide one.
_MARK: Final = re.compile("[#\uff03]")
# Joiners stand inside words of Persian and Hindi, and inside emoji.
_JOINS: Final = "_\u200c\u200d"
_SKIN_TONES: Final = range(0x1F3FB, 0x1F400)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hashtag:
    """A hashtag of a period. name: without its mark, in the spelling that was used most.

    posts: how many carry it. n: those of them that have a reach at 24 h, median: of these; None with fewer
    than 5.
    """

    name: str
    posts: int
    n: int
    median: Number | None


def hashtags_of(media: Sequence[KeptMedia], reach: Mapping[str, Number]) -> list[Hashtag]:
    """Return the ten hashtags that most posts carry, those first. reach: at 24 h, by media id.

    Hashtags that differ by their case alone are the same.
    """
    spellings, carriers = defaultdict[str, Counter[str]](Counter), defaultdict[str, list[KeptMedia]](list)
    for post in media:
        by_key = defaultdict[str, list[str]](list)
        for spelling in hashtags_in(post.caption or ""):
            by_key[spelling.casefold()].append(spelling)
        for key, used in by_key.items():
            spellings[key].update(used)
            carriers[key].append(post)
    ordered = sorted(carriers, key=lambda key: (-len(carriers[key]), key))
    hashtags = list[Hashtag]()
    for key in ordered[:MOST_HASHTAGS]:
        values = [reach[post.id] for post in carriers[key] if post.id in reach]
        hashtags.append(
            Hashtag(
                name=spellings[key].most_common(1)[0][0],
                posts=len(carriers[key]),
                n=len(values),
                median=median(values) if len(values) >= FEW else None,
            )
        )
    return hashtags


def hashtags_in(caption: str) -> Iterator[str]:
    """Yield the hashtags of a caption, without their marks and in composed letters (NFC)."""
    before, *pieces = _MARK.split(unicodedata.normalize("NFC", caption))
    may_begin = _ends_a_word(before)
    for piece in pieces:
        hashtag = "".join(takewhile(_may_be_in_hashtag, piece))
        if hashtag and may_begin:
            yield hashtag
        # `#one#two` are two; `page#part` and `/#part` are an address.
        may_begin = (may_begin and piece == hashtag) or _ends_a_word(piece)


def _ends_a_word(text: str) -> bool:
    return not text or not (_may_be_in_hashtag(text[-1]) or text[-1] in "&/")


def _may_be_in_hashtag(letter: str) -> bool:
    """Tell whether it is a letter, a mark on one, a digit, an underscore or an emoji."""
    category = unicodedata.category(letter)
    return category[0] in "LMN" or category == "So" or letter in _JOINS or ord(letter) in _SKIN_TONES


@dataclass(frozen=True, slots=True, kw_only=True)
class PostsAtHours:
    """Posts published on a weekday (0 for Monday) within a block of hours, such as `16-20`.

    n: those with a reach at 24 h, of `posts`. median: of these, however few; None without one.
    """

    weekday: int
    hours: str
    posts: int
    n: int
    median: Number | None


def posts_at_hours(
    media: Sequence[KeptMedia], reach: Mapping[str, Number], zone: ZoneInfo
) -> list[PostsAtHours]:
    """Return the posts of each weekday and block of hours that has any. reach: at 24 h, by media id."""
    cells = defaultdict[tuple[int, str], list[KeptMedia]](list)
    for post in media:
        at = post.published_at.astimezone(zone)
        cells[at.weekday(), BLOCKS[at.hour // HOURS_OF_A_BLOCK]].append(post)
    rows = list[PostsAtHours]()
    for (weekday, hours), posts in sorted(cells.items()):
        values = [reach[post.id] for post in posts if post.id in reach]
        middle = median(values) if values else None
        rows.append(
            PostsAtHours(weekday=weekday, hours=hours, posts=len(posts), n=len(values), median=middle)
        )
    return rows


def posts_by_weekday(media: Sequence[KeptMedia], zone: ZoneInfo) -> tuple[int, ...]:
    """Return how many posts went out on each day of the week, Monday first."""
    counts = Counter(post.published_at.astimezone(zone).weekday() for post in media)
    return tuple(counts[weekday] for weekday in range(7))
