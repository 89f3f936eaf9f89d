"""The kinds of values that a post's options have: how a cell of a table or a text spells each of them.

`parse_tag` and `spell_tag` read and write user tags as people do: `NAME`, or `NAME:X,Y` with a position from
the top left, 0.0 to 1.0.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Literal, get_args

from pressroom.core.assets import Asset, Fit, Quality, Target
from pressroom.graph.calls import UserTag
from pressroom.graph.reels import Graduation

# Also as spreadsheets in German write them.
_TRUTHS: Final = {
    **dict.fromkeys(("true", "yes", "1", "wahr", "ja"), True),
    **dict.fromkeys(("false", "no", "0", "falsch", "nein"), False),
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ValueKind:
    """What values an option has, and how a cell of a table spells them; of a list, each of its members.

    json_type: the type of the value as JSON gives it. choices: its only words, if there are some; enum: their
    class, if they have one.
    read: makes the value of a text that is not empty; raises ValueError for any other text.
    limit, fix: what that error tells a person; without a fix, the words of the ValueError do.
    """

    json_type: Any
    read: Callable[[str], Any] = str
    spell: Callable[[Any], str] = str
    limit: str = ""
    fix: str = ""
    choices: tuple[str, ...] = ()
    enum: type[StrEnum] | None = None
    is_list: bool = False


def parse_tag(text: str) -> UserTag:
    """Parse a tag. Raises ValueError, saying why, for an empty name or an incomplete position."""
    name, colon, place = text.partition(":")
    if not name.strip("@ "):
        raise ValueError(f"{text!r} names nobody.")
    if not colon:
        return UserTag(name)
    try:
        x, y = (float(number) for number in place.split(","))
    except ValueError:
        raise ValueError(f"{text!r}: after the name come X,Y such as 0.5,0.5.") from None
    return UserTag(name, x, y)


def spell_tag(tag: UserTag) -> str:
    """Write a tag as `parse_tag` reads it."""
    # repr, since it is the shortest text that reads back as the same number.
    return tag.username if tag.x is None or tag.y is None else f"{tag.username}:{tag.x!r},{tag.y!r}"


def _read_whole_number(text: str) -> int:
    # `isdigit` alone admits digits of other scripts and superscripts, some of which `int` refuses.
    if not (text.isascii() and text.isdigit()):
        raise ValueError(text)
    return int(text)


def _read_seconds(text: str) -> float:
    seconds = float(text)
    if not 0 <= seconds < math.inf:  # neither is NaN, which no comparison holds for
        raise ValueError(text)
    return seconds


def _read_truth(text: str) -> bool:
    if text.lower() not in _TRUTHS:
        raise ValueError(text)
    return _TRUTHS[text.lower()]


def choice(words: Iterable[str], enum: type[StrEnum] | None = None) -> ValueKind:
    """Make the kind of value that is one of some words, in whatever case. enum: whose words they are."""
    words = tuple(map(str, words))
    allowed = ", ".join(words)

    def read(text: str) -> str:
        if text.lower() not in words:
            raise ValueError(text)
        return enum(text.lower()) if enum else text.lower()

    return ValueKind(
        json_type=Literal[words],
        read=read,
        limit=allowed,
        fix=f"Write one of: {allowed}.",
        choices=words,
        enum=enum,
    )


# What people publish is kept letter by letter; around a word, spaces are taken for a slip.
TEXT: Final = ValueKind(json_type=str)
WORD: Final = ValueKind(json_type=str)
FILE: Final = ValueKind(json_type=str, read=Asset, spell=lambda asset: asset.source)
WHOLE_NUMBER: Final = ValueKind(
    json_type=int, read=_read_whole_number, limit="a whole number", fix="Write digits alone."
)
# `repr` is the shortest text that reads back as the same number.
SECONDS: Final = ValueKind(
    json_type=float,
    read=_read_seconds,
    spell=repr,
    limit="seconds, such as 2.5",
    fix="Write the seconds from the clip's start.",
)
TRUTH: Final = ValueKind(
    json_type=bool,
    read=_read_truth,
    spell=lambda value: str(value).lower(),
    limit="true or false",
    fix="Write true or false, or nothing.",
)
# False is the same as nothing here, where `TRUTH` tells the two apart.
SWITCH: Final = ValueKind(
    json_type=bool,
    read=_read_truth,
    spell=lambda value: "true" if value else "",
    limit=TRUTH.limit,
    fix=TRUTH.fix,
)
# An empty text stands for a file without one.
TEXTS: Final = ValueKind(json_type=tuple[str, ...], is_list=True)
NAMES: Final = ValueKind(json_type=tuple[str, ...], is_list=True)
TAGS: Final = ValueKind(
    json_type=tuple[str, ...], read=parse_tag, spell=spell_tag, limit="NAME or NAME:X,Y", is_list=True
)
FITS: Final = choice(Fit, Fit)
TARGETS: Final = choice(Target, Target)
QUALITIES: Final = choice(get_args(Quality))
GRADUATIONS: Final = choice(get_args(Graduation))
