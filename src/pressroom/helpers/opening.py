"""Opens the `Pressroom` that a helper works with."""

import asyncio
import logging
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final

from pressroom.core.clock import SYSTEM_CLOCK, Clock

if TYPE_CHECKING:
    from pressroom.service import Pressroom

log: Final = logging.getLogger("pressroom.helpers")
_warnings_given: set[str] = set()  # by the process, since each call of a helper opens a session

Source = str | os.PathLike[str]

clock: ContextVar[Clock] = ContextVar("clock", default=SYSTEM_CLOCK)
"""The clock of the helpers. Set it to a sandbox's, and their waits pass as fast as its time."""


def load() -> None:
    """Import what the helpers work with; an import of a helper module alone stays cheap."""
    from pressroom.service import load_ahead  # noqa: PLC0415  # a second and 50 MB

    load_ahead()


def from_environment(**more: Any) -> "Pressroom":  # noqa: ANN401  # the constructor's own
    """Make a `Pressroom` like the helpers' own: with fixed pacing and as few calls as possible.

    `more` goes to the constructor. Raises SettingRefused.
    """
    from pressroom.service import FEWEST_CALLS, FIXED_PACING, Listeners, Pressroom  # noqa: PLC0415  # see load

    listeners = Listeners(on_version=_warn_of_version)
    ours: dict[str, Any] = {
        "clock": clock.get(),
        "pacing": FIXED_PACING,
        "policy": FEWEST_CALLS,
        "listeners": listeners,
    }
    return Pressroom(**(ours | more))


@asynccontextmanager
async def opened(client: "Pressroom | None") -> AsyncGenerator["Pressroom"]:
    """Give the caller's own `Pressroom`, left open, or a new one of the environment, closed at the end."""
    # In a thread, since importing would stall the caller's event loop at the first call.
    await asyncio.to_thread(load)
    if client is not None:
        yield client
        return
    async with from_environment() as own:
        yield own


def _warn_of_version(_version: str, warning: str) -> None:
    """Log once per process that the API's version ends, or that this release does not know it."""
    if warning not in _warnings_given:
        _warnings_given.add(warning)
        log.warning(warning)
