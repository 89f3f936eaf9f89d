"""The shape of a pause, which accounts and the state of the work have in common."""

import msgspec

from pressroom.core.pauses import Pause
from pressroom.service.shapes.moments import InUtc, end_of, spelled


class PauseShape(msgspec.Struct, frozen=True, kw_only=True):
    """The pause of an account, during which it starts nothing new. until: null until a person resumes it.

    by, at: who paused it, and when; null for a pause by an error of Instagram's.
    """

    account: str
    until: InUtc | None
    reason: str
    by: str | None
    at: InUtc | None

    @classmethod
    def of(cls, account: str, pause: Pause) -> "PauseShape":
        """Build the shape of a pause."""
        return cls(
            account=account,
            until=end_of(pause),
            reason=pause.reason,
            by=pause.by,
            at=spelled(pause.at, "UTC"),
        )
