"""Makes up an account's daily numbers, the same for the same random seed."""

import hashlib
import itertools
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from pressroom.sandbox.state.growth import followers_at
from pressroom.sandbox.state.things import Account

DAY_S = 24 * 3600
_AT_ITS_END = 0.6  # of a day's number: Meta tells of a delay, not how much of it is there before
Shares = Mapping[str, tuple[tuple[str, float], ...]]
PEOPLE: Shares = {
    "gender": (("F", 0.54), ("M", 0.38), ("U", 0.08)),
    "age": (
        ("18-24", 0.19),
        ("25-34", 0.37),
        ("35-44", 0.24),
        ("45-54", 0.12),
        ("55-64", 0.05),
        ("65+", 0.03),
    ),
    "country": (("DE", 0.31), ("US", 0.22), ("GB", 0.12), ("FR", 0.09), ("NL", 0.07), ("IT", 0.05)),
    "city": (
        ("Berlin, Berlin", 0.12),
        ("London, England", 0.08),
        ("New York, New York", 0.06),
        ("Paris, Ile-de-France", 0.05),
        ("Amsterdam, North Holland", 0.04),
    ),
}
# As samples and reports show them; the page's table lists AD, FEED, REELS and STORY.
PARTS: Shares = {
    "media_product_type": (("POST", 0.34), ("REEL", 0.44), ("STORY", 0.17), ("CAROUSEL_CONTAINER", 0.05)),
    "follow_type": (("FOLLOWER", 0.58), ("NON_FOLLOWER", 0.39), ("UNKNOWN", 0.03)),
    "contact_button_type": (("EMAIL", 0.6), ("CALL", 0.25), ("DIRECTION", 0.15)),
}


def day_end(day: datetime, zone: str) -> datetime:
    """Give the end of a zone's day in UTC: midnight there. Meta's `end_time` marks the end of such a day."""
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def day_ends(since: float, until: float, zone: str) -> list[float]:
    """List the ends of a zone's days inside a window, oldest first."""
    day = datetime.fromtimestamp(since, UTC) - timedelta(days=1)
    last = datetime.fromtimestamp(until, UTC) + timedelta(days=1)
    ends: list[float] = []
    while day <= last:
        end = day_end(day, zone).timestamp()
        if since < end <= until:
            ends.append(end)
        day += timedelta(days=1)
    return ends


def _dice(random_seed: int, *parts: str) -> float:
    digest = hashlib.blake2b(f"{random_seed}/{'/'.join(parts)}".encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") / 2**32


def daily(random_seed: int, account: Account, metric: str, rate: float, end: float) -> int:
    """Give one metric of one day. `rate`: its number per person reached."""
    # Reach is drawn from the day alone, so that all metrics of a day rise and fall together.
    day = str(int(end) // DAY_S)
    reached = followers_at(account, end) * (0.09 + 0.13 * _dice(random_seed, account.id, day))
    return int(reached * rate * (0.85 + 0.3 * _dice(random_seed, account.id, metric, day)))


def settled(end: float, now: float, lag_s: float) -> float:
    """Give the share of an ended day's number that is seen by now: all of it `lag_s` after its end."""
    return 1.0 if now >= end + lag_s else _AT_ITS_END + (1 - _AT_ITS_END) * (now - end) / lag_s


def gained(account: Account, end: float) -> int:
    """Give the followers gained in one day."""
    return followers_at(account, end) - followers_at(account, end - DAY_S)


def online(random_seed: int, account: Account, end: float) -> dict[str, int]:
    """Give the followers online in each hour of one day, `"0"` to `"23"`; most at the best hours."""
    followers = followers_at(account, end)
    counts: dict[str, int] = {}
    for hour in range(24):
        near = min(min((hour - best) % 24, (best - hour) % 24) for best in account.best_hours)
        share = (
            0.12 + 0.3 * max(0.0, 1 - near / 6) + 0.02 * _dice(random_seed, account.id, str(end), str(hour))
        )
        counts[str(hour)] = int(followers * share)
    return counts


def crossed(tables: Sequence[tuple[tuple[str, float], ...]]) -> list[tuple[tuple[str, ...], float]]:
    """Give the share of each combination of the tables' parts, as if they were independent."""
    return [
        (tuple(name for name, _ in parts), math.prod(share for _, share in parts))
        for parts in itertools.product(*tables)
    ]


def split(total: int, shares: list[tuple[tuple[str, ...], float]]) -> list[tuple[tuple[str, ...], int]]:
    """Cut a total into parts. They sum up to it when the shares sum up to 1; the first takes the rounding."""
    parts = [(names, int(total * share)) for names, share in shares]
    whole = round(sum(share for _, share in shares), 6) == 1
    rest = total - sum(value for _, value in parts) if whole else 0
    return [(names, value + (rest if place == 0 else 0)) for place, (names, value) in enumerate(parts)]
