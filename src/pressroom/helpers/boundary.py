"""Turns every exception into `{"success": False, "error": text}`."""

import logging
import os
import re
import traceback
from collections.abc import Awaitable
from typing import Any, Final

from pressroom.core.errors import NeedsApproval, OutcomeUnknown, PressroomError
from pressroom.core.masking import Mask
from pressroom.graph.error_table import HelperPrefix

log: Final = logging.getLogger("pressroom.helpers")

# Callers look for these names in the text, so they are removed where they are not meant: Meta sends the first
# as the `type` of nearly every error.
_PREFIXES = re.compile("|".join(HelperPrefix), re.IGNORECASE)


_OURS: dict[type[Exception], str] = {OutcomeUnknown: "OutcomeUnknown", NeedsApproval: "NeedsApproval"}


async def answered(work: Awaitable[dict[str, Any]]) -> dict[str, Any]:
    """Give the result of the work, or the dictionary of its error. A cancellation passes through."""
    try:
        return await work
    except Exception as error:  # noqa: BLE001  # the helpers' contract: nothing is raised
        return failure(error)


def failure(error: Exception) -> dict[str, Any]:
    """Give the dictionary of an error."""
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
        name, text = None, _unexpected(error)
    text = _PREFIXES.sub("error", Mask.of(os.environ)(text))
    return f"{name}: {text}" if name else text


def _unexpected(error: Exception) -> str:
    # Only the frames are logged: the error's own text may quote a secret.
    log.error(
        "unexpected %s, raised at\n%s",
        type(error).__name__,
        "".join(traceback.format_tb(error.__traceback__)),
    )
    return (
        f"{type(error).__name__}: {error}. This was not expected: check what was passed; "
        "the log of pressroom.helpers says where it happened."
    )
