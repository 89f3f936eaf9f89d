"""What is true of an account: planted here, so that whoever analyses its numbers can be held to it."""

from collections.abc import Iterable
from zoneinfo import ZoneInfo

import msgspec

_MOST, _WIDEST = 100.0, 3.0  # beyond these the numbers are no longer believable, and at last no numbers


class Dip(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A span in which an account has only so many followers, in unix seconds."""

    since: float
    until: float
    followers: int


class Truth(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """What decides how many people a post has reached when it is 24 hours old.

    It is a level for its kind and the account's followers, times the effects below, times e to the power of a
    normal residual. So the logarithm of that reach is a sum, in which each of them can be looked for.

    effect: how much more is reached by a post that is made in a best hour, 0.3 for 30 %; 0: hours make no
        difference. fade_h: over how many hours beside a best one that fades out.
    weekday_effect: the same for `best_weekdays`, 0 for Monday to 6.
    zone: of the best hours and weekdays. trend: how much more a post reaches than one a year older.
    sigma: the standard deviation of the residual.
    Raises ValueError for what no account can have.
    """

    effect: float = 0.9
    fade_h: float = 4.0
    best_weekdays: list[int] = msgspec.field(default_factory=list[int])
    weekday_effect: float = 0.0
    zone: str = "UTC"
    trend: float = 0.0
    sigma: float = 0.6

    def __post_init__(self) -> None:
        for name in ("effect", "weekday_effect", "trend"):
            if not -1 < getattr(self, name) <= _MOST:
                raise ValueError(f"{name} is more than -1 and at most {_MOST:g}: 0.3 for 30 % more")
        if not 0 <= self.sigma <= _WIDEST or not 0 <= self.fade_h <= 12:  # noqa: PLR2004  # half a day's hours
            raise ValueError(f"sigma is 0 to {_WIDEST:g}, and fade_h 0 to 12")
        _check_weekdays(self.best_weekdays)
        _check_zone(self.zone)


def _check_weekdays(days: Iterable[int]) -> None:
    if not all(0 <= day <= 6 for day in days):  # noqa: PLR2004  # a week's days
        raise ValueError("best_weekdays holds days from 0, Monday, to 6")


def _check_zone(zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (LookupError, ValueError, OSError):
        raise ValueError(f"zone is one such as Europe/Berlin, not {zone!r}") from None
