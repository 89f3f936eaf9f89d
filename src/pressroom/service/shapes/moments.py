"""How moments are spelled in JSON."""

from datetime import datetime
from typing import Annotated, Any, TypeAlias, overload
from zoneinfo import ZoneInfo

import msgspec

from pressroom.core.pauses import UNTIL_RESUMED, Pause

_FORMAT: dict[str, Any] = {"format": "date-time"}
InUtc: TypeAlias = Annotated[
    str, msgspec.Meta(description="ISO 8601 to the second, in UTC.", extra_json_schema=_FORMAT)
]
InZone: TypeAlias = Annotated[
    str, msgspec.Meta(description="ISO 8601 to the second, in the zone beside it.", extra_json_schema=_FORMAT)
]


@overload
def spelled(moment: datetime, timezone: str) -> str: ...
@overload
def spelled(moment: datetime | None, timezone: str) -> str | None: ...
def spelled(moment: datetime | None, timezone: str) -> str | None:
    """Spell a moment as ISO 8601 in a zone, to the second."""
    return None if moment is None else moment.astimezone(ZoneInfo(timezone)).isoformat(timespec="seconds")


def end_of(pause: Pause) -> str | None:
    """Spell when a pause ends, in UTC; None for one that a person ends."""
    return None if pause.until == UNTIL_RESUMED else spelled(pause.until, "UTC")
