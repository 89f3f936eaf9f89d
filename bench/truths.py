"""Simulated accounts, of which all is known: how often the product says what is not so, and what it finds.

    python bench/truths.py                           # 2,000 accounts a row: an hour and a half on two cores
    python bench/truths.py --accounts 100 --rows "best time" --jobs 1

A row is a kind of account; `tests/insights/statistics/simulated.py` draws them, `tests/insights/truths.py`
asks the product as its faces do. A row where something is planted takes a fifth of the accounts. Of each
claim it prints

* promised: how often it may be wrong;
* wrong: how often it was, with the 95 % interval of that rate (Clopper and Pearson). Where something is
  planted, it is wrong where it names something else. No answer is never wrong, so how many were given is
  printed where some were not;
* holds: how many of the intervals shown hold the truth, and how many are stated to;
* found: how often what was planted is found and named; sees: the effect that it says it would have seen;
* beside: how often statsmodels or scipy find something in the same accounts at the same level, where they
  have the like (`bench/peers.py`). `.venv/bin/pip install statsmodels` brings the first, which the project
  does not need otherwise; without it those are left out.

ABOVE is a rate above what is promised, and MISSES intervals that hold the truth less often than stated, both
beyond chance: by one bound for all that is printed, so that a product that keeps every promise fails one run
in twenty. CONTRADICTS: an interval leaves out 0 where nothing is found, or holds it where something is. Ends
with status 1 where there is any of these.
"""

import argparse
import asyncio
import math
import os
import sys
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, Final, cast

# A process for each core, and not a thread for each core in each process. Before numpy loads.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parents[1]))

import peers
from scipy import special

from tests.insights.statistics.simulated import Simulated
from tests.insights.truths import (
    PROMISED,
    Claim,
    Verdict,
    ask_best_time,
    ask_experiment,
    ask_followers,
    ask_report,
)

Ask = Callable[[Simulated, int], Mapping[Claim, Verdict]]
Peer = Callable[[Simulated, int], Mapping[Claim, bool]]

ACCOUNTS: Final = 2000
EFFECTS_SHARE: Final = 5
EFFECTS: Final = (1.1, 1.3, 1.6)
TOGETHER: Final = 0.05
CHUNK: Final = 20
_quantile_of_beta = cast("Callable[[float, float, float], Any]", special.betaincinv)


@dataclass(frozen=True, kw_only=True)
class Row:
    """A kind of account, and how the product and others are asked. judged: rates held against a promise."""

    name: str
    account: Simulated
    ask: Ask
    judged: int
    peer: Peer | None = None
    is_effect: bool = False


@dataclass(kw_only=True)
class Tally:
    """Verdicts of one claim, counted. A share of an account's posts or intervals is a share of one."""

    answered: int = 0
    wrong: float = 0.0
    contradicts: float = 0.0
    rights: list[float] = field(default_factory=list[float])
    misses: list[float] = field(default_factory=list[float])
    confidences: list[float] = field(default_factory=list[float])
    visible: list[float] = field(default_factory=list[float])
    beside: list[bool] = field(default_factory=list[bool])

    def count(self, verdict: Verdict) -> None:
        """Count a verdict."""
        self.answered += verdict.is_answered
        self.wrong += verdict.wrong
        self.contradicts += verdict.contradicts
        for values, value in (
            (self.rights, verdict.right),
            (self.misses, verdict.missed),
            (self.confidences, verdict.confidence),
            (self.visible, verdict.visible),
        ):
            if value is not None:
                values.append(value)

    def add(self, other: "Tally") -> None:
        """Count the verdicts that another one counted."""
        self.answered += other.answered
        self.wrong += other.wrong
        self.contradicts += other.contradicts
        self.rights += other.rights
        self.misses += other.misses
        self.confidences += other.confidences
        self.visible += other.visible
        self.beside += other.beside


def count_verdicts(row: Row, seeds: Sequence[int]) -> dict[Claim, Tally]:
    """Ask about some accounts of a row."""
    tallies = defaultdict[Claim, Tally](Tally)
    for seed in seeds:
        for claim, verdict in row.ask(row.account, seed).items():
            tallies[claim].count(verdict)
        if row.peer:
            for claim, is_claimed in row.peer(row.account, seed).items():
                tallies[claim].beside.append(is_claimed)
    return dict(tallies)


def ask_of_report(account: Simulated, seed: int) -> Mapping[Claim, Verdict]:
    return asyncio.run(ask_report(account, seed))


def rows() -> Iterator[Row]:
    yield from best_times_of_nothing()
    yield from best_times_of_effects()
    yield from reports()
    yield from followers()
    yield from experiments()


def best_time_row(name: str, luck: Simulated, posts: int, a_day: float, *, is_effect: bool = False) -> Row:
    return Row(
        name=f"best time, {name}: {posts} posts, {a_day} a day",
        account=replace(luck, posts=posts, a_day=a_day),
        ask=ask_best_time,
        judged=6,
        peer=peers.best_time,
        is_effect=is_effect,
    )


def best_times_of_nothing() -> Iterator[Row]:
    """Yield accounts where neither hours nor weekdays matter, nor kinds but where they are named."""
    for posts, a_day in ((30, 0.4), (120, 0.4), (120, 1), (300, 1), (600, 3)):
        yield best_time_row("nothing, independent", Simulated(), posts, a_day)
    for day_sd in (0.2, 0.3):
        # Posts that differ little by themselves show most of what days do.
        name, luck = f"nothing, days of luck sd {day_sd}", Simulated(day_sd=day_sd, own_sd=0.2)
        for posts, a_day in ((60, 2), (120, 1), (120, 2), (120, 3), (600, 3)):
            yield best_time_row(name, luck, posts, a_day)
            if a_day > 1:
                yield best_time_row(f"{name}, all at once", replace(luck, at_once=True), posts, a_day)
    for name, luck in (
        ("heavy tails", Simulated(heavy=True, day_sd=0.3)),
        ("a viral post", Simulated(viral=True, day_sd=0.2)),
        ("posts differ by 0.6", Simulated(own_sd=0.6, day_sd=0.3)),
        ("a bent trend that evenings and reels go along with", Simulated(bend=0.8, day_sd=0.2)),
    ):
        for posts, a_day in ((120, 1), (300, 2)):
            yield best_time_row(f"nothing, {name}", luck, posts, a_day)
    for name, luck in (
        ("reels reach 50 % more and go out in the evening", Simulated(kind=1.5, tied=0.8, day_sd=0.2)),
        ("evenings reach 50 % more and have the reels", Simulated(block=1.5, tied=0.8, day_sd=0.2)),
    ):
        yield best_time_row(name, luck, 200, 1)


def best_times_of_effects() -> Iterator[Row]:
    """Yield accounts where one block, weekday or kind reaches more."""
    for times in EFFECTS:
        for name, luck in (
            ("one block of hours", Simulated(block=times, day_sd=0.2)),
            ("one weekday", Simulated(weekday=times, day_sd=0.2)),
            ("one kind", Simulated(kind=times, day_sd=0.2)),
        ):
            for posts, a_day in ((120, 1), (300, 1), (600, 3)):
                yield best_time_row(f"{percent(times)} in {name}", luck, posts, a_day, is_effect=True)


def reports() -> Iterator[Row]:
    """Yield accounts that are asked for the report of four weeks."""

    def row(name: str, account: Simulated, a_day: float = 1, *, is_effect: bool = False) -> Row:
        return Row(
            name=f"report, {name}: {a_day} posts a day",
            account=replace(account, posts=round(200 * a_day), a_day=a_day),
            ask=ask_of_report,
            judged=14,
            peer=peers.report,
            is_effect=is_effect,
        )

    yield row("nothing, independent", Simulated())
    for a_day, day_sd, lag in ((0.4, 0.2, 0.5), (1, 0.2, 0.5), (1, 0.3, 0.65), (3, 0.2, 0.65), (1, 0.2, 0.8)):
        name = f"nothing, days of luck sd {day_sd}, lag-1 {lag}"
        yield row(name, Simulated(day_sd=day_sd, lag=lag), a_day)
    yield row("nothing, lag-1 0.65, heavy tails", Simulated(day_sd=0.2, lag=0.65, heavy=True))
    yield row("nothing, lag-1 0.65, a viral post", Simulated(day_sd=0.2, lag=0.65, viral=True))
    for times in EFFECTS:
        for name, account in (
            ("posts", Simulated(late_posts=times, day_sd=0.2, lag=0.5)),
            ("reels", Simulated(late_kind=times, day_sd=0.2, lag=0.5)),
            ("the account's days", Simulated(late_days=times, day_sd=0.2, lag=0.5)),
        ):
            yield row(f"{percent(times)} of {name} in the period", account, is_effect=True)


def followers() -> Iterator[Row]:
    """Yield accounts that are asked which posts had followers after them."""

    def row(name: str, account: Simulated, every: int, *, is_effect: bool = False) -> Row:
        ask = partial(ask_followers, every=every)
        name = f"followers, {name}: a post every {every} days"
        return Row(name=name, account=account, ask=ask, judged=1, is_effect=is_effect)

    for every in (1, 3, 5, 10):
        for lag in (0.0, 0.5, 0.8):
            yield row(f"nothing, lag-1 {lag}", Simulated(lag=lag), every)
    for every in (2, 3, 5):
        for after_post in (10, 20, 40):
            account = Simulated(lag=0.3, after_post=after_post)
            yield row(f"+{after_post} after each post", account, every, is_effect=True)


def experiments() -> Iterator[Row]:
    """Yield accounts whose experiment is looked at after each pair of posts."""

    def row(name: str, luck: Simulated, pairs: int, *, same_day: bool, is_effect: bool = False) -> Row:
        return Row(
            name=f"experiment, {name}: {2 * pairs} posts, {'two' if same_day else 'one'} a day",
            account=luck,
            ask=partial(ask_experiment, pairs=pairs, same_day=same_day),
            judged=2,
            peer=partial(peers.experiment, pairs=pairs, same_day=same_day),
            is_effect=is_effect,
        )

    for same_day in (False, True):
        for day_sd in (0.0, 0.2, 0.3):
            name = f"nothing, days of luck sd {day_sd}"
            yield row(name, Simulated(day_sd=day_sd), 20, same_day=same_day)
        yield row("nothing, heavy tails", Simulated(heavy=True, day_sd=0.2), 20, same_day=same_day)
        for times in EFFECTS:
            name, luck = f"{percent(times)} in the second slot", Simulated(block=times, day_sd=0.2)
            yield row(name, luck, 20, same_day=same_day, is_effect=True)
    yield row("nothing, independent", Simulated(), 60, same_day=False)


def percent(times: float) -> str:
    return f"{100 * (times - 1):+.0f} %"


def bounds(count: float, n: int, *, chance: float) -> tuple[float, float]:
    """Return below and above which a rate lies in all but so many cases, at each end (Clopper, Pearson)."""
    # Shares of an account vary less than counts of 0 and 1, so that the bound is on the safe side of them.
    k = math.floor(count + 1e-9)
    low = float(_quantile_of_beta(k, n - k + 1, chance)) if k else 0.0
    high = float(_quantile_of_beta(k + 1, n - k, 1 - chance)) if k < n else 1.0
    return low, high


def describe(claim: Claim, tally: Tally, accounts: int, chance: float) -> tuple[str, list[str]]:
    """Return a line for a claim, and what is wrong with it. chance: that one bound is exceeded by chance."""
    problems = list[str]()
    if not tally.answered:
        return f"  {claim:24} gives no answer", problems
    promised, n = PROMISED[claim], tally.answered
    low, high = bounds(tally.wrong, n, chance=TOGETHER / 2)
    interval = f"({100 * low:.1f} to {100 * high:.1f})"
    line = (
        f"  {claim:24} promised {100 * promised:4.1f} %  wrong {100 * tally.wrong / n:5.1f} % {interval:15}"
    )
    if bounds(tally.wrong, n, chance=chance)[0] > promised:
        problems.append("ABOVE")
    if tally.misses:
        missed, stated = sum(tally.misses), min(tally.confidences)
        line += f"  holds {100 - 100 * missed / len(tally.misses):5.1f} of {100 * stated:.3g} %"
        if bounds(missed, len(tally.misses), chance=chance)[0] > 1 - stated + 1e-9:
            problems.append("MISSES")
    if tally.contradicts:
        problems.append(f"CONTRADICTS ({100 * tally.contradicts / n:.0f} %)")
    if tally.rights:
        line += f"  found {100 * sum(tally.rights) / len(tally.rights):5.1f} %"
    if tally.visible:
        line += f"  sees {median(tally.visible):.0f} %"
    if tally.beside:
        line += f"  beside {100 * sum(tally.beside) / len(tally.beside):5.1f} %"
    if n < accounts:
        line += f"  answers {n:,}"
    return "  ".join((line, *problems)), problems


def measure(chosen: Sequence[Row], accounts: int, jobs: int) -> Iterator[tuple[Row, int, dict[Claim, Tally]]]:
    """Yield the tallies of each row, in order."""
    with ProcessPoolExecutor(jobs) as pool:
        pending = list[tuple[Row, int, list[Any]]]()
        for row in chosen:
            n = max(1, accounts // EFFECTS_SHARE) if row.is_effect else accounts
            # Accounts of its own for each row: the same draws in all would be wrong together.
            first = zlib.crc32(row.name.encode())
            chunks = (range(first + at, first + min(at + CHUNK, n)) for at in range(0, n, CHUNK))
            pending.append((row, n, [pool.submit(count_verdicts, row, chunk) for chunk in chunks]))
        for row, n, chunks in pending:
            yield row, n, together(chunk.result() for chunk in chunks)


def together(parts: Iterable[Mapping[Claim, Tally]]) -> dict[Claim, Tally]:
    tallies = defaultdict[Claim, Tally](Tally)
    for part in parts:
        for claim, tally in part.items():
            tallies[claim].add(tally)
    return dict(tallies)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--accounts", type=int, default=ACCOUNTS, help="of a row of nothing")
    parser.add_argument("--rows", default="", help="only rows whose name contains this")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    options = parser.parse_args()
    chosen = [row for row in rows() if options.rows in row.name]
    if not chosen:
        parser.error(
            f"no row's name contains {options.rows!r}; there are: {', '.join(r.name for r in rows())}"
        )
    if not peers.HAS_STATSMODELS:
        print("statsmodels is not installed: best time and days stand beside nothing.\n")
    chance = 1 - (1 - TOGETHER) ** (1 / sum(row.judged for row in chosen))
    wrong = list[str]()
    for row, n, tallies in measure(chosen, options.accounts, options.jobs):
        print(f"{row.name}  ({n:,} accounts)")
        for claim, tally in tallies.items():
            line, problems = describe(claim, tally, n, chance)
            print(line, flush=True)
            wrong += [f"{problem}: {claim}, {row.name}" for problem in problems]
    print(f"\nNot as promised in {len(chosen)} rows: {len(wrong)}")
    print(*wrong, sep="\n")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
