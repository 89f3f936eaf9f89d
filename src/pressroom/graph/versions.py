"""Graph API versions that serve Instagram, with the end date of each.

Source: https://developers.facebook.com/docs/graph-api/guides/versioning
"""

import re
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Version:
    """One version of the Graph API. `ends`: None while Meta has not set a date."""

    name: str
    released: date
    ends: date | None = None

    @property
    def number(self) -> tuple[int, int]:
        """The version as comparable numbers: `v21.0` is (21, 0)."""
        major, minor = self.name.removeprefix("v").split(".")
        return int(major), int(minor)


VERSIONS = (
    Version("v21.0", date(2024, 10, 2), date(2027, 1, 21)),
    Version("v22.0", date(2025, 1, 21), date(2027, 5, 20)),
    Version("v23.0", date(2025, 5, 29), date(2027, 10, 8)),
    Version("v24.0", date(2025, 10, 8), date(2028, 2, 18)),
    Version("v25.0", date(2026, 2, 18), date(2028, 7, 29)),
    Version("v26.0", date(2026, 7, 29)),
)
OLDEST, NEWEST = VERSIONS[0], VERSIONS[-1]
DEFAULT_VERSION = "v21.0"

_WELL_FORMED = re.compile(r"v\d{1,3}\.\d{1,2}")
_BY_NAME = {version.name: version for version in VERSIONS}
_NEAR_DAYS = 90
_SERVED_INSTEAD = (
    f"Meta now serves the oldest usable version instead. Set INSTAGRAM_API_VERSION={NEWEST.name}."
)


def is_well_formed(text: str) -> bool:
    """Return whether `text` has the form of a version (`v26.0`), known or not."""
    return _WELL_FORMED.fullmatch(text) is not None


def known(name: str) -> Version | None:
    """Find a version in the table; None for one this release does not know."""
    return _BY_NAME.get(name)


def warning_for(name: str, today: date) -> str | None:
    """Return a warning about a well-formed version on a day; None when it is fine.

    Meta does not refuse an expired version: it serves the oldest one still usable (Versioning).
    """
    if Version(name, OLDEST.released).number < OLDEST.number:
        return f"{name} has ended: {_SERVED_INSTEAD}"
    version = known(name)
    if version is None:
        return f"{name} is unknown to this release ({OLDEST.name} to {NEWEST.name}); it is used as given."
    if version.ends is None or (version.ends - today).days > _NEAR_DAYS:
        return None
    if version.ends <= today:
        return f"{name} ended on {version.ends}: {_SERVED_INSTEAD}"
    return (
        f"{name} ends on {version.ends} and Meta will silently serve a later one. "
        f"Set INSTAGRAM_API_VERSION={NEWEST.name}."
    )
