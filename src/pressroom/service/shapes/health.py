"""The shape of whether the work gets done."""

import msgspec

from pressroom.core.errors import PressroomError
from pressroom.service.health import Health


class HealthShape(msgspec.Struct, frozen=True, kw_only=True):
    """The state of the work.

    overdue: posts more than a minute past their time, null where the store does not answer. reasons: what is
    wrong, one sentence each.
    """

    healthy: bool
    worker_running: bool
    overdue: int | None
    reasons: tuple[str, ...]

    @classmethod
    def of(cls, seen: Health) -> "HealthShape":
        """Build the shape of what was read."""
        return cls(
            healthy=seen.is_healthy,
            worker_running=seen.is_driven,
            overdue=seen.overdue,
            reasons=seen.reasons,
        )

    @classmethod
    def unknown(cls, error: PressroomError, *, is_driven: bool) -> "HealthShape":
        """Build the shape of a store that does not answer, with the reason."""
        return cls(healthy=False, worker_running=is_driven, overdue=None, reasons=(str(error),))
