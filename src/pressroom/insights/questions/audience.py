"""Who an account's people are, as last told, and what changed since about four weeks before."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pressroom.core.readings import AudienceReading, Number
from pressroom.graph.metrics import ONLINE_FOLLOWERS

MOST_PARTS: Final = 45
"""Instagram tells the largest 45 parts, and not how many the others are."""
_BACK, _NEAR = timedelta(days=28), timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of an audience. share: in percent of what is told.

    earlier, share_change: against the earlier reading, the second in percentage points; None where that one
    does not tell the part, which is not 0.
    """

    name: str
    number: Number
    share: float | None
    earlier: Number | None
    share_change: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """How people are spread. told: how many the parts are together. is_cut: there may be more parts.

    Of hours nothing is told together, and no part has a share: who is online in two of them is in both.
    earlier_at: when the reading was made that it is compared with; None without one.
    """

    metric: str
    breakdown: str
    read_at: datetime
    told: Number | None
    is_cut: bool
    earlier_at: datetime | None
    parts: tuple[Part, ...]


def earlier_before(last: Iterable[AudienceReading]) -> datetime | None:
    """Return before which moment the reading lies that is about 28 days older than the last ones."""
    newest = max((one.read_at for one in last), default=None)
    return newest and newest - _BACK + _NEAR / 2


def audiences(last: Sequence[AudienceReading], earlier: Sequence[AudienceReading]) -> list[Audience]:
    """Tell of each spread its parts, the largest first; ages and hours in their own order."""
    then = {(one.metric, one.breakdown): one for one in earlier}
    return [_audience(one, then.get((one.metric, one.breakdown))) for one in last]


def _audience(now: AudienceReading, then: AudienceReading | None) -> Audience:
    if then and not abs(now.read_at - then.read_at - _BACK) <= _NEAR:
        then = None
    told, told_then = _told(now), _told(then) if then else None
    parts = list[Part]()
    for name, number in now.parts.items():
        earlier, share = then.parts.get(name) if then else None, _share(number, told)
        share_then = None if earlier is None else _share(earlier, told_then)
        moved = None if share is None or share_then is None else share - share_then
        parts.append(Part(name=name, number=number, share=share, earlier=earlier, share_change=moved))
    return Audience(
        metric=now.metric,
        breakdown=now.breakdown,
        read_at=now.read_at,
        told=told,
        is_cut=len(parts) >= MOST_PARTS,
        earlier_at=then.read_at if then else None,
        parts=tuple(_in_order(now, parts)),
    )


def _told(reading: AudienceReading) -> Number | None:
    return None if reading.metric == ONLINE_FOLLOWERS else sum(reading.parts.values())


def _share(number: Number, told: Number | None) -> float | None:
    return 100 * number / told if told else None


def _in_order(reading: AudienceReading, parts: Sequence[Part]) -> list[Part]:
    if reading.metric == ONLINE_FOLLOWERS:
        return sorted(parts, key=lambda one: int(one.name) if one.name.isdecimal() else 24)
    if reading.breakdown == "age":
        return sorted(parts, key=lambda one: one.name)
    return sorted(parts, key=lambda one: (-one.number, one.name))
