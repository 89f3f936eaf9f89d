"""The sandbox's own clock: it follows another clock, faster, slower or not at all."""

from datetime import UTC, datetime, timedelta

from pressroom.core.clock import Clock

# Seconds of the base clock. While frozen there is no moment to sleep until, so a sleeper polls for `advance`.
_FROZEN_POLL_S = 0.02
# Well inside datetime's range: lifetimes of tokens and containers are added to the time without a check.
_EARLIEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
_FASTEST = 100_000  # a day in a second


class SandboxClock:
    """A `core.clock.Clock` over another one: real, fast by a factor, or frozen and advanced by hand."""

    def __init__(self, base: Clock) -> None:
        self._base = base
        self._factor = 1.0
        self._anchor_s = 0.0
        self._base_anchor_s = base.monotonic()
        self._start = base.now()

    @property
    def factor(self) -> float:
        """Seconds of this clock per second of the base clock; 0 is frozen."""
        return self._factor

    def elapsed_s(self) -> float:
        """Seconds passed since the sandbox was made."""
        return self._anchor_s + (self._base.monotonic() - self._base_anchor_s) * self._factor

    def now(self) -> datetime:
        """Wall-clock time, aware, in UTC."""
        return self._start + timedelta(seconds=self.elapsed_s())

    def unix(self) -> float:
        """Wall-clock time in unix seconds."""
        return self._start.timestamp() + self.elapsed_s()

    def monotonic(self) -> float:
        """Seconds since the sandbox was made, at this clock's pace; `set` does not move them."""
        return self.elapsed_s()

    async def sleep(self, seconds: float) -> None:
        """Wait for so many seconds of this clock. `advance` ends the wait early only while it is frozen."""
        due = self.elapsed_s() + seconds
        # A loop: the pace may change during the wait, and then the base clock's seconds do not suffice.
        while (left := due - self.elapsed_s()) > 0:
            await self._base.sleep(left / self._factor if self._factor else _FROZEN_POLL_S)

    def advance(self, seconds: float) -> None:
        """Move the clock forward. Raises ValueError for a negative span, and for one beyond the year 2199."""
        if not seconds >= 0:  # `not >=` rather than `<`: it refuses NaN too
            raise ValueError("time does not go back")
        if not seconds <= _LATEST.timestamp() - self.unix():
            raise ValueError(f"time ends at {_LATEST:%Y-%m-%d} here")
        self._anchor_s += seconds

    def set(self, moment: datetime) -> None:
        """Set the wall-clock time, forward or back, as a test of a past day needs.

        A moment without a time zone is UTC. Raises ValueError for one outside 2000 to 2199.
        """
        there = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        if not _EARLIEST <= there <= _LATEST:
            raise ValueError(f"time lies between {_EARLIEST:%Y-%m-%d} and {_LATEST:%Y-%m-%d} here")
        # Only the origin moves: elapsed_s and monotonic never go back, so running timeouts still hold.
        self._start = there.astimezone(UTC) - timedelta(seconds=self.elapsed_s())

    def run(self, factor: float = 1.0) -> None:
        """Run `factor` times as fast as the base clock; 0 freezes it.

        Raises ValueError for a negative factor, and for one beyond 100,000.
        """
        if not factor >= 0:
            raise ValueError("time does not go back")
        if factor > _FASTEST:
            raise ValueError(f"time passes at most {_FASTEST:,} times as fast: advance it instead")
        # Both anchors first: the time passed so far counts at the old pace, so that the clock does not jump.
        self._anchor_s = self.elapsed_s()
        self._base_anchor_s = self._base.monotonic()
        self._factor = factor

    def reset(self) -> None:
        """Go on with the base clock's time, at its pace. `monotonic` does not go back."""
        self.run()
        self._start = self._base.now() - timedelta(seconds=self.elapsed_s())

    def freeze(self) -> None:
        """Stop the clock; only `advance` and `set` move it then."""
        self.run(0.0)
