"""The time zone of this machine, by its IANA name."""

import os
from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

_FOLDER = "zoneinfo/"


def find_local_zone(environ: Mapping[str, str], root: Path = Path("/")) -> str | None:
    """Return the name of the machine's time zone, such as `Europe/Berlin`; None where it is not found.

    It comes from the variable TZ, else from the link /etc/localtime (Linux and macOS), else from the file
    /etc/timezone (Debian and its images). A TZ that names no zone, such as `CET-1CEST`, counts as not found:
    the machine's other programs follow it. root: of the file system.
    """
    if named := environ.get("TZ", "").removeprefix(":"):
        return _checked(named.rpartition(_FOLDER)[2])
    # Links may lead to links: NixOS has /etc/zoneinfo in between.
    target = os.path.realpath(root / "etc/localtime")
    if _FOLDER in target and (name := _checked(target.rpartition(_FOLDER)[2])):
        return name
    try:
        return _checked((root / "etc/timezone").read_text(encoding="utf-8").strip())
    except (OSError, UnicodeDecodeError):
        return None


def _checked(name: str) -> str | None:
    try:
        return ZoneInfo(name.removeprefix("posix/")).key
    # A name may be a path, a folder, or none at all.
    except (ValueError, OSError, LookupError):
        return None
