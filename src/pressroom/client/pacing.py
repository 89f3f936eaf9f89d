"""When a call of an account may go: the gap after the last one, and the wait before a retry.

`Pacer` holds the gaps of an account across all clients, event loops and threads of the process: a call
reserves its slot under a lock, then waits for it on the clock. It learns from Meta's usage headers
(`usage_of`). `RetryPolicy` says which failed calls are retried. Start at `Pacing`, the settings.
Source: https://developers.facebook.com/docs/graph-api/overview/rate-limiting/
"""

import math
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from random import Random
from threading import Lock
from weakref import WeakKeyDictionary

import msgspec

from pressroom.core.account import AccountId
from pressroom.core.clock import Clock
from pressroom.core.errors import (
    AnswerLost,
    GraphError,
    NotSent,
    PressroomError,
    RateLimitHolds,
    UnexpectedAnswer,
)
from pressroom.graph.call import Effect, Pace
from pressroom.graph.error_table import Retry


@dataclass(frozen=True, slots=True)
class Usage:
    """percent: of the most used limit; may exceed 100. regain_s: seconds until calls are accepted again."""

    percent: float
    regain_s: float = 0.0


_FULL_PERCENT = 100.0
# The longest gap below the limit, in seconds; at the limit the account is held instead.
_LONGEST_GAP_S = 10.0
# Used when Meta does not say when calls are accepted again; calls made while throttled lengthen the block.
_UNSAID_HOLD_S = 60.0


@dataclass(frozen=True, slots=True)
class PollSchedule:
    """When a container is polled: after each of `delays_s`, the last one repeating.

    Ends after `max_attempts` reads or when the waits would exceed `budget_s`; None for no limit.
    """

    delays_s: tuple[float, ...]
    max_attempts: int | None = None
    budget_s: float | None = None

    def delays(self) -> Iterator[float]:
        """Yield the wait in seconds before each read, including the first."""
        waited_s, attempts = 0.0, 0
        while self.max_attempts is None or attempts < self.max_attempts:
            delay_s = self.delays_s[min(attempts, len(self.delays_s) - 1)]
            waited_s += delay_s
            if self.budget_s is not None and waited_s > self.budget_s:
                return
            yield delay_s
            attempts += 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Pacing:
    """Gaps between calls of one account, and when its containers are polled.

    An adaptive pacing follows the usage headers: gaps grow above `slow_above_percent`; at 100 %, or while
    Meta names a time to regain access, the account is held. longest_hold_s: a call that is held for longer
    raises RateLimitHolds; None lets it wait.
    """

    container_gap_s: float
    insights_gap_s: float
    video_poll: PollSchedule
    image_poll: PollSchedule
    slow_above_percent: float = 80.0
    is_adaptive: bool = True
    longest_hold_s: float | None = None

    def gap_s(self, pace: Pace | None) -> float:
        """Return the minimum seconds between two calls of this kind."""
        if pace is Pace.CONTAINER:
            return self.container_gap_s
        return self.insights_gap_s if pace is Pace.INSIGHTS else 0.0

    def usage_gap_s(self, percent: float) -> float:
        """Return the gap in seconds between any two calls: 0 up to the threshold, then quadratic."""
        if not self.is_adaptive or percent <= self.slow_above_percent:
            return 0.0
        share = min(1.0, (percent - self.slow_above_percent) / (_FULL_PERCENT - self.slow_above_percent))
        return _LONGEST_GAP_S * share**2

    def hold_s(self, usage: Usage) -> float:
        """Return for how many seconds the account is held after an answer with this usage."""
        if not self.is_adaptive:
            return 0.0
        return usage.regain_s or (_UNSAID_HOLD_S if usage.percent >= _FULL_PERCENT else 0.0)


FIXED_PACING = Pacing(
    container_gap_s=2.0,
    insights_gap_s=0.3,
    video_poll=PollSchedule((10.0,), max_attempts=30),
    image_poll=PollSchedule((1.0, 2.0, 3.0, 5.0), budget_s=300.0),
    is_adaptive=False,
)
ADAPTIVE = Pacing(
    container_gap_s=0.0,
    insights_gap_s=0.0,
    video_poll=PollSchedule((2.0, 3.0, 5.0, 8.0, 10.0, 15.0, 20.0, 25.0, 30.0), budget_s=1800.0),
    image_poll=PollSchedule((1.0, 2.0, 3.0, 5.0), budget_s=300.0),
)


class Pacer:
    """Reserves slots for one account. All times are on one clock's `monotonic`."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._free_at: dict[Pace | None, float] = {}
        self._held_until = 0.0
        self._regains_at = 0.0
        self._percent = 0.0

    async def take(
        self, pace: Pace | None, pacing: Pacing, clock: Clock, *, deadline: float | None = None
    ) -> None:
        """Wait for the next slot. Raises at once NotSent past the deadline, RateLimitHolds in a long hold."""
        while True:
            held_s = self._held_until - clock.monotonic()
            if pacing.longest_hold_s is not None and held_s > pacing.longest_hold_s:
                raise RateLimitHolds(
                    f"Instagram takes no more calls of this account for {math.ceil(held_s / 60)} min.",
                    fix="Wait until then: calls made while throttled lengthen the block.",
                )
            with self._lock:
                # None is the gap between any two calls, whatever their kind.
                free_at = max(self._free_at.get(None, 0.0), self._free_at.get(pace, 0.0))
                at = max(clock.monotonic(), self._held_until, free_at)
                for kind, gap_s in self._gaps(pace, pacing):
                    self._free_at[kind] = at + gap_s
            if (now := clock.monotonic()) >= at:
                return
            if deadline is not None and at >= deadline:
                self._give_back(pace, pacing, at)
                raise NotSent("The account's pacing leaves no slot before the deadline.")
            try:
                await clock.sleep(at - now)
            except BaseException:
                self._give_back(pace, pacing, at)
                raise
            # Again after the wait: the account may have been held meanwhile, which moves the slot.
            if self._held_until <= at:
                return

    def learn(self, usage: Usage | None, pacing: Pacing, now: float) -> None:
        """Learn from an answer's usage. None means little use: Meta sends headers only after enough calls."""
        with self._lock:
            self._percent = usage.percent if usage else 0.0
            if usage:
                # max: a later answer with less to say must not end a hold that is known.
                self._held_until = max(self._held_until, now + pacing.hold_s(usage))
                self._regains_at = max(self._regains_at, now + usage.regain_s)

    def hold(self, pacing: Pacing, now: float, wait_s: float | None = None) -> None:
        """Hold the account after Meta refused a call for its rate; never shortens a hold.

        wait_s: for how long, where the answer said that.
        """
        if pacing.is_adaptive:
            with self._lock:
                self._held_until = max(self._held_until, now + (wait_s or _UNSAID_HOLD_S))
                self._regains_at = max(self._regains_at, now + (wait_s or 0.0))

    def regain_s(self, now: float) -> float | None:
        """Return the seconds until calls are accepted again, as Meta said; None where it said nothing."""
        return self._regains_at - now if self._regains_at > now else None

    def _give_back(self, pace: Pace | None, pacing: Pacing, at: float) -> None:
        """Free an unused slot, unless a later one was reserved behind it."""
        with self._lock:
            for kind, gap_s in self._gaps(pace, pacing):
                if self._free_at.get(kind) == at + gap_s:
                    self._free_at[kind] = at

    def _gaps(self, pace: Pace | None, pacing: Pacing) -> Iterator[tuple[Pace | None, float]]:
        """Yield the gaps after a slot. Zero gaps are left out: other calls would wait for this one."""
        if usage_gap_s := pacing.usage_gap_s(self._percent):
            yield None, usage_gap_s
        if gap_s := pacing.gap_s(pace):
            yield pace, gap_s


# By clock too: times of a sandbox's clock and the real one cannot be compared. Pacers end with their clock.
_pacers: WeakKeyDictionary[Clock, dict[AccountId, Pacer]] = WeakKeyDictionary()
_pacers_lock = Lock()


def pacer_for(key: AccountId, clock: Clock) -> Pacer:
    """Return the pacer of an account (`Account.key`), shared by all clients on the same clock."""
    with _pacers_lock:
        return _pacers.setdefault(clock, {}).setdefault(key, Pacer())


RETRY_AFTER = "retry-after"
# Whatever an answer says: a proxy's wrong date must not hold an account for years.
_LONGEST_WAIT_S = 24 * 3600.0


def retry_after_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """Parse the wait that an answer asks for, in seconds or as a date; None when missing or unreadable."""
    text = headers.get(RETRY_AFTER, "").strip()
    if text.isdecimal():
        wait_s = float(text)
    else:
        try:
            date = parsedate_to_datetime(text)
        except ValueError:
            return None
        wait_s = ((date if date.tzinfo else date.replace(tzinfo=UTC)) - now).total_seconds()
    return min(wait_s, _LONGEST_WAIT_S) if wait_s > 0 else None


APP = "x-app-usage"
USE_CASE = "x-business-use-case-usage"


class _Counters(msgspec.Struct, frozen=True):
    type: str = ""
    call_count: float = 0
    total_time: float = 0
    total_cputime: float = 0
    estimated_time_to_regain_access: float = 0  # minutes

    @property
    def percent(self) -> float:
        return max(self.call_count, self.total_time, self.total_cputime)


# The header is decoration: one that cannot be parsed must not fail a call that succeeded.
_APP = msgspec.json.Decoder(_Counters)
_USE_CASES = msgspec.json.Decoder(dict[str, list[_Counters]])
_INSTAGRAM = ("", "instagram")


def usage_of(headers: Mapping[str, str]) -> Usage | None:
    """Parse the usage headers of an answer; None when missing or unreadable."""
    counters = list[_Counters]()
    with suppress(msgspec.DecodeError):
        counters.append(_APP.decode(headers.get(APP, "")))
    with suppress(msgspec.DecodeError):
        groups = _USE_CASES.decode(headers.get(USE_CASE, "")).values()
        # Other products' limits do not affect our calls.
        counters += [entry for group in groups for entry in group if entry.type in _INSTAGRAM]
    if not counters:
        return None
    return Usage(
        percent=max(counter.percent for counter in counters),
        regain_s=60 * max(counter.estimated_time_to_regain_access for counter in counters),
    )


_SERVER_ERROR = 500
# Sometimes transient, but mostly final: a fetch that failed, and an object that is not found.
_FEW_TRIES = {(9004, 2207052): 3, (100, 33): 3}


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Exponential backoff with full jitter. Delays in seconds; `tries` includes the first attempt."""

    tries: int = 4
    first_delay_s: float = 0.5
    longest_delay_s: float = 8.0

    def may_repeat(self, effect: Effect, error: PressroomError, tried: int) -> bool:
        """Return whether a call that failed `tried` times is retried. A write never is: it could go twice."""
        if effect is Effect.WRITE:
            return False
        match error:
            case GraphError():
                code = (error.body.code, error.body.error_subcode or 0)
                most = min(self.tries, _FEW_TRIES.get(code, self.tries))
                return error.retry is Retry.SOON and tried < most
            case UnexpectedAnswer():
                # A 4xx that is not an API answer is a proxy's or a wrong address: it does not pass.
                return (error.http_status or 0) >= _SERVER_ERROR and tried < self.tries
            case _:
                return isinstance(error, NotSent | AnswerLost) and tried < self.tries

    def delay_s(self, tried: int, random: Random) -> float:
        """Draw the seconds to wait after `tried` failures."""
        # Full jitter: clients that failed together do not come back together.
        return random.uniform(0, min(self.longest_delay_s, self.first_delay_s * 2 ** (tried - 1)))
