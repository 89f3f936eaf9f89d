"""Which pauses of an account a new token ends."""

from pressroom.core.stored_accounts import UNTIL_RESUMED, Pause
from pressroom.graph.error_table import Retry, find


def is_of_token(pause: Pause) -> bool:
    """Return whether an account is paused because Instagram refused its token."""
    if pause.code is None or pause.until != UNTIL_RESUMED:
        return False
    row = find(pause.code, pause.subcode)
    return row is not None and row.retry is Retry.AFTER_SIGN_IN
