"""Which process of this user serves our pages from a data directory, and where: a locked file says it."""

import contextlib
import json
import os
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pressroom.core import flock
from pressroom.core.errors import PressroomError
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.settings import Settings

_MOST_BYTES: Final = 1000


@dataclass(frozen=True, slots=True)
class PageServer:
    """A process that serves our pages. address: without a trailing slash."""

    address: str
    pid: int


class AnotherPage(PressroomError):
    """Another process serves the pages of this data directory."""

    code: int | str | None = "another_page"

    @classmethod
    def of(cls, other: PageServer | None) -> "AnotherPage":
        """Name the process; other: None where it is not known yet."""
        who = f"Process {other.pid} serves" if other else "Another process serves"
        where = f", at {other.address}" if other else ""
        return cls(
            f"{who} the pages of this data directory already{where}.",
            fix=Fix.of(
                "For a link that signs you in there, run {} in a terminal. "
                "To serve the pages here, stop that process first.",
                Remedy(RemedyKind.SIGN_IN_TO_PAGE),
            ),
        )


def find_page_server(settings: Settings) -> PageServer | None:
    """Return who serves the pages of this data directory; None where nobody does."""
    path = _path(settings)
    # The lock tells, not the file: that stays behind when a server is killed.
    try:
        if not flock.is_locked(path):
            return None
        with path.open("rb") as file:
            content = json.loads(file.read(_MOST_BYTES))
        return PageServer(str(content["address"]), int(content["pid"]))
    except (OSError, ValueError, TypeError, KeyError):  # unreadable, or locked and not written yet
        return None


def address_of(settings: Settings, path: str) -> str | None:
    """Return the address of a page's path; None where no page is served."""
    if settings.web_url:
        return f"{settings.web_url}{path}"
    server = find_page_server(settings)
    return f"{server.address}{path}" if server else None


@contextlib.contextmanager
def announce_page(settings: Settings, address: str) -> Generator[None]:
    """Write down for other processes where the pages are, while the block runs.

    Raises AnotherPage where another process serves them, OSError where the file cannot be written.
    """
    path = _path(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = flock.open_lock_file(path)
    try:
        if not flock.try_lock(descriptor):
            raise AnotherPage.of(find_page_server(settings))
        os.ftruncate(descriptor, 0)
        os.write(descriptor, json.dumps({"address": address, "pid": os.getpid()}).encode())
        yield
    finally:
        # Not deleted: whoever opened it meanwhile would lock a file that nobody finds.
        os.close(descriptor)


def _path(settings: Settings) -> Path:
    return settings.home / "page.lock"
