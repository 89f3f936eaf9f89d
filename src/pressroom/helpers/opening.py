"""What every helper works with: the `Pressroom` of the environment, and the dictionary that an error becomes.

`opened` gives a session for one call, `from_environment` one for many calls. `answered` turns every exception
into `{"success": False, "error": text}`.
"""

import asyncio
import logging
import os
import re
import traceback
from collections.abc import AsyncGenerator, Awaitable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final

from pressroom.core.clock import SYSTEM_CLOCK, Clock
from pressroom.core.errors import NeedsApproval, OutcomeUnknown, PressroomError
from pressroom.core.settings import Mask
from pressroom.graph.error_table import HelperPrefix

if TYPE_CHECKING:
    from pressroom.service import Pressroom


log: Final = logging.getLogger("pressroom.helpers")
# By the process, since each call of a helper opens a session.
_logged_warnings: set[str] = set()
# Callers look for these names in the text, so they are removed where they are not meant: Meta sends the first
# as the `type` of nearly every error.
_PREFIXES = re.compile("|".join(HelperPrefix), re.IGNORECASE)
_OURS: dict[type[Exception], str] = {OutcomeUnknown: "OutcomeUnknown", NeedsApproval: "NeedsApproval"}

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
    if warning not in _logged_warnings:
        _logged_warnings.add(warning)
        log.warning(warning)


async def answered(work: Awaitable[dict[str, Any]]) -> dict[str, Any]:
    """Give the result of the work, or the dictionary of its error. A cancellation passes through."""
    try:
        return await work
    except Exception as error:  # noqa: BLE001  # the helpers' contract: nothing is raised
        return {"success": False, "error": text_of(error)}


def text_of(error: Exception) -> str:
    """Word an error: `NAME: what happened. What to do.`; most errors have no name.

    The named ones are the table's three, `OutcomeUnknown` and `NeedsApproval`. No other text contains the
    table's names.
    """
    if isinstance(error, PressroomError):
        name = _OURS.get(type(error)) or error.helper_prefix
        text = str(error)
    else:
        # Only the frames are logged: the error's own text may quote a secret.
        frames = "".join(traceback.format_tb(error.__traceback__))
        log.error("unexpected %s, raised at\n%s", type(error).__name__, frames)
        name = None
        text = (
            f"{type(error).__name__}: {error}. This was not expected: check what was passed; "
            "the log of pressroom.helpers says where it happened."
        )
    text = _PREFIXES.sub("error", Mask.of(os.environ)(text))
    return f"{name}: {text}" if name else text
