"""Which pauses of an account a new token ends."""

import re

from pressroom.core.pauses import UNTIL_RESUMED, Pause
from pressroom.graph.error_table import Retry, find

_ANSWERED = re.compile(r"Instagram answered (\d+)(?:/(\d+))?")


def is_of_token(pause: Pause) -> bool:
    """Return whether an account is paused because Instagram refused its token."""
    # A pause keeps the error as text, which `GraphError` begins with the numbers of Instagram's answer.
    found = _ANSWERED.search(pause.reason)
    if found is None or pause.by or pause.until != UNTIL_RESUMED:
        return False
    row = find(int(found[1]), int(found[2]) if found[2] else None)
    return row is not None and row.retry is Retry.AFTER_SIGN_IN
