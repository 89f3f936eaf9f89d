"""What a user is told about the time at which a post is planned, one sentence each."""

from datetime import datetime, timedelta
from typing import Final

from pressroom.core.post import IfLate, PostState
from pressroom.core.when import in_words, repeated_hour
from pressroom.publish.machine.events import QuotaFull
from pressroom.publish.machine.policy import CAREFUL
from pressroom.publish.machine.timing import state_when_late

# A due time less far in the past counts as now: checking and copying files takes a while.
_NOW: Final = timedelta(minutes=1)
_WHEN_LATE: Final = {
    PostState.SCHEDULED: "it goes out at once, or as was said for a late post.",
    PostState.NEEDS_ATTENTION: "it does not go out by itself, and you are asked.",
    PostState.MISSED: "it is dropped, as was said for a late post.",
}


def moment_warnings(
    due_at: datetime, timezone: str, if_late: IfLate, now: datetime, *, is_held: bool
) -> list[str]:
    """Say what becomes of a post whose due time is over, and which of two equal times is meant."""
    warnings, late = list[str](), now - due_at
    if late > _NOW:
        when_late = _WHEN_LATE[state_when_late(if_late, late.total_seconds(), CAREFUL)]
        becomes = "it is approved with another." if is_held else when_late
        warnings.append(f"That time is over: {becomes}")
    if twice := repeated_hour(due_at, timezone):
        warnings.append(twice)
    return warnings


def full_warning(later: QuotaFull, timezone: str) -> str:
    """Say when a post goes out whose day is full."""
    when = in_words(later.free_at, timezone)
    return f"{later.why} With what is planned it goes out at about {when}: choose another time."


def local_zone_warning(timezone: str) -> str:
    """Say that a time was read in the zone of this machine."""
    return (
        f"The time is in the time zone of this machine, {timezone}: the token of the environment comes with "
        "none. To use another one, give it with the time."
    )
