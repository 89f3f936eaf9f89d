"""Which failed calls are retried, and after how long."""

from dataclasses import dataclass
from random import Random

from pressroom.core.errors import AnswerLost, GraphError, NotSent, PressroomError, UnexpectedAnswer
from pressroom.graph.calls import Effect
from pressroom.graph.error_table import Retry

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
        return _passes(error) and tried < self._allowed(error)

    def delay_s(self, tried: int, random: Random) -> float:
        """Draw the seconds to wait after `tried` failures."""
        # Full jitter: clients that failed together do not come back together.
        return random.uniform(0, min(self.longest_delay_s, self.first_delay_s * 2 ** (tried - 1)))

    def _allowed(self, error: PressroomError) -> int:
        if not isinstance(error, GraphError):
            return self.tries
        return min(self.tries, _FEW_TRIES.get((error.body.code, error.body.error_subcode or 0), self.tries))


def _passes(error: PressroomError) -> bool:
    if isinstance(error, GraphError):
        return error.retry is Retry.SOON
    # A 4xx that is not an API answer is a proxy's or a wrong address: it does not pass.
    if isinstance(error, UnexpectedAnswer):
        return (error.http_status or 0) >= _SERVER_ERROR
    return isinstance(error, NotSent | AnswerLost)
