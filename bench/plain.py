"""The rows of `kept` in DuckDB and pandas, in memory and with the numbers as columns, and questions to them.

What somebody has who wrote all of it into a table of their own: the first reading after an age as it is, no
captions, nothing that is missing told from what is 0. An answer is Python's tuples, or a frame.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import duckdb
import pandas as pd

from pressroom.core.readings import Batch
from pressroom.insights import ages
from pressroom.insights.questions.posts import kind_of

_DAY_S: Final = 86_400
_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "media": ("id", "kind", "published_at"),
    "readings": (
        "media_id",
        "age_s",
        "about_s",
        "views",
        "reach",
        "likes",
        "comments",
        "saved",
        "shares",
        "follows",
    ),
    "taps": ("media_id", "age_s", "views", "taps", "exits"),
    "missed": ("media_id", "age_s"),
    "days": ("metric", "ends_at", "number"),
    "audience": ("metric", "breakdown", "read_at", "part", "number"),
    "followers": ("read_at", "followers"),
}


class Plain:
    """The tables. `take` a batch as the store does, then `load`, then ask."""

    def __init__(self) -> None:
        self._rows: dict[str, list[tuple[Any, ...]]] = {name: [] for name in _COLUMNS}
        self.frames: dict[str, pd.DataFrame] = {}
        self.duck = duckdb.connect(":memory:", config={"threads": 2})

    def take(self, batch: Batch) -> None:
        """Note the rows of a batch."""
        rows = self._rows
        rows["media"] += [(one.id, kind_of(one), _naive(one.published_at)) for one in batch.media]
        for one in batch.readings:
            numbers = [one.numbers.get(name) for name in _COLUMNS["readings"][3:]]
            about_s = ages.last_reached("FEED", one.age_s)
            rows["readings"].append((one.media_id, one.age_s, about_s, *numbers))
            if taps := one.parts.get("navigation"):
                told = (one.numbers["views"], one.numbers["navigation"], taps["tap_exit"])
                rows["taps"].append((one.media_id, one.age_s, *told))
        rows["missed"] += [(one.media_id, one.planned_age_s) for one in batch.missed]
        rows["days"] += [(one.metric, _naive(one.ends_at), one.number) for one in batch.days]
        for one in batch.audience:
            its = (one.metric, one.breakdown, _naive(one.read_at))
            rows["audience"] += [(*its, part, number) for part, number in one.parts.items()]
        if batch.account:
            rows["followers"].append((_naive(batch.account.read_at), batch.account.followers_count))

    def load(self) -> None:
        """Make the tables and the frames of what was noted."""
        for name, columns in _COLUMNS.items():
            frame = pd.DataFrame(self._rows[name], columns=list(columns))
            self.frames[name] = frame
            self.duck.register("given", frame)
            self.duck.execute(f"CREATE TABLE {name} AS SELECT * FROM given")  # noqa: S608  # our own names
            self.duck.unregister("given")
        self._rows.clear()

    def ask(self, sql: str, *given: object) -> list[Any]:
        """Ask DuckDB, and take all rows of the answer."""
        return self.duck.execute(sql, list(given)).fetchall()


def _naive(moment: datetime) -> datetime:
    return moment.replace(tzinfo=None)


_AT_24_H: Final = """
    SELECT m.*, r.* FROM media m JOIN readings r ON r.media_id = m.id
    WHERE m.published_at >= ? AND r.about_s = 86400 ORDER BY {}
"""
_LAST: Final = """
    SELECT m.*, r.* FROM media m
    LEFT JOIN (
        SELECT media_id, max(age_s) AS age_s FROM readings
        WHERE media_id IN (SELECT id FROM media WHERE {0}) GROUP BY media_id
    ) l ON l.media_id = m.id
    LEFT JOIN readings r ON r.media_id = m.id AND r.age_s = l.age_s
    WHERE {0} ORDER BY m.published_at DESC
"""
_GROUPS: Final = """
    SELECT {} AS part, count(*), count(reach), median(reach), quantile_cont(reach, [0.25, 0.75])
    FROM media m LEFT JOIN readings r ON r.media_id = m.id AND r.about_s = 86400
    WHERE m.published_at >= ? AND m.kind <> 'story' GROUP BY part ORDER BY part
"""
_STANDING: Final = """
    SELECT * FROM (
        SELECT m.id, reach, rank() OVER (PARTITION BY kind ORDER BY reach DESC),
            count(*) OVER (PARTITION BY kind)
        FROM media m JOIN readings r ON r.media_id = m.id WHERE m.published_at >= ? AND r.about_s = 86400
    ) WHERE id IN (SELECT unnest(?))
"""
_PERIODS: Final = """
    SELECT metric, ends_at >= ? AS is_now, sum(number), median(number), count(*), list(number)
    FROM days WHERE ends_at >= ? GROUP BY ALL ORDER BY ALL
"""
_GAINS: Final = (
    "SELECT *, followers - lag(followers) OVER (ORDER BY read_at) FROM followers WHERE read_at >= ?"
)
_AFTER: Final = """
    SELECT m.id, a.followers - b.followers FROM media m
    ASOF JOIN followers b ON b.read_at <= m.published_at
    ASOF JOIN followers a ON a.read_at <= m.published_at + INTERVAL 48 HOUR
    WHERE m.published_at >= ?
"""
_STORIES: Final = """
    SELECT m.*, t.*, (SELECT count(*) FROM missed s WHERE s.media_id = m.id) FROM media m
    LEFT JOIN (
        SELECT media_id, max(age_s), arg_max(views, age_s), arg_max(taps, age_s), arg_max(exits, age_s)
        FROM taps GROUP BY media_id
    ) t ON t.media_id = m.id
    WHERE m.kind = 'story' AND m.published_at >= ? ORDER BY m.published_at DESC
"""
_AUDIENCE: Final = """
    SELECT * FROM audience WHERE read_at IN (
        (SELECT max(read_at) FROM audience WHERE read_at <= ?),
        (SELECT max(read_at) FROM audience WHERE read_at <= ?)
    ) ORDER BY metric, breakdown, number DESC
"""


def in_duckdb(plain: Plain, now: datetime, ids: Sequence[str]) -> dict[str, Callable[[], object]]:
    """Return the questions that have a counterpart, by the names that `insights_kept` gives them."""
    ask, at = plain.ask, _naive(now)
    since, short, long = (at - timedelta(days=days) for days in (90, 28, 365))

    def growth() -> object:
        return ask(_GAINS, since), ask(_AFTER, since), ask(_LAST.format("published_at >= ?"), since, since)

    return {
        "media at 24 h, by reach": lambda: ask(_AT_24_H.format("r.reach DESC"), since),
        "media as last read": lambda: ask(_LAST.format("published_at >= ?"), since, since),
        "one media": lambda: ask(_LAST.format("id = ?"), ids[0], ids[0]),
        "20 posts among their kind": lambda: ask(_STANDING, since, list(ids)),
        "groups by kind": lambda: ask(_GROUPS.format("kind"), since),
        "groups by weekday": lambda: ask(_GROUPS.format("isodow(m.published_at)"), since),
        "account, 28 days": lambda: ask(_PERIODS, short, at - timedelta(days=56)),
        "account, 365 days": lambda: ask(_PERIODS, long, at - timedelta(days=730)),
        "audience": lambda: ask(_AUDIENCE, at, at - timedelta(days=24)),
        "growth of 90 days": growth,
        "stories of 90 days": lambda: ask(_STORIES, since),
        "best time": lambda: ask(_AT_24_H.format("m.published_at DESC LIMIT 1000"), long),
    }


def in_pandas(plain: Plain, now: datetime) -> dict[str, Callable[[], object]]:
    """Return those that people ask with pandas: each a filter, a merge and a sort or a median."""
    since = pd.Timestamp(_naive(now) - timedelta(days=90))

    def at_24_h() -> pd.DataFrame:
        media, readings = plain.frames["media"], plain.frames["readings"]
        found = readings[readings["about_s"] == _DAY_S]
        return media[media["published_at"] >= since].merge(found, left_on="id", right_on="media_id")

    def last() -> object:
        media, readings = plain.frames["media"], plain.frames["readings"]
        found = media[media["published_at"] >= since].merge(readings, left_on="id", right_on="media_id")
        return found.sort_values(["published_at", "age_s"]).groupby("id").tail(1)

    def weekdays() -> object:
        found: Any = at_24_h()
        groups = found.groupby(found["published_at"].dt.weekday)["reach"]
        return groups.count(), groups.median(), groups.quantile(0.25), groups.quantile(0.75)

    return {
        "media at 24 h, by reach": lambda: at_24_h().sort_values("reach", ascending=False),
        "media as last read": last,
        "groups by weekday": weekdays,
    }
