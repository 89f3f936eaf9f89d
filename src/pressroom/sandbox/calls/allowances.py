"""The limits per hour and per second, beside the allowance of 24 hours. Off unless `short_limits` is set.

Source: https://developers.facebook.com/docs/graph-api/overview/rate-limiting/
"""

from pressroom.sandbox.calls.call import GraphCall
from pressroom.sandbox.wire.refusals import refusal

_HOUR_S = 3600.0
_SECOND_S = 1.0
# Rate Limiting: 200 calls times users in a rolling hour per app, as platform limit rather than BUC.
_DISCOVERY_EACH = 200
# Rate Limiting, messaging: calls a second per account, and private replies an hour for posts and reels.
_CONVERSATIONS, _TEXTS, _RECORDINGS, _PRIVATE_REPLIES = 2, 100, 10, 750
_APP, _CUSTOM = 4, 613  # inferred: the page names the limits but no error for them


def count_discovery(call: GraphCall) -> None:
    """Count a call on other accounts or hashtags: 200 an hour times the accounts of the app."""
    most = _DISCOVERY_EACH * len(call.scene.world.accounts)
    _count(call, "discovery", most, _HOUR_S, _APP)


def count_conversations(call: GraphCall) -> None:
    """Count a read of conversations: 2 a second."""
    _count(call, f"conversations {call.account.id}", _CONVERSATIONS, _SECOND_S, _CUSTOM)


def count_message(call: GraphCall, *, is_recording: bool, is_private_reply: bool) -> None:
    """Count a message: 100 a second, 10 with sound or video, 750 private replies an hour."""
    name = "recordings" if is_recording else "texts"
    most = _RECORDINGS if is_recording else _TEXTS
    _count(call, f"{name} {call.account.id}", most, _SECOND_S, _CUSTOM)
    if is_private_reply:
        _count(call, f"private {call.account.id}", _PRIVATE_REPLIES, _HOUR_S, _CUSTOM)


def _count(call: GraphCall, name: str, most: int, window_s: float, code: int) -> None:
    scene = call.scene
    if scene.settings.short_limits and not scene.allowances.take(name, most, window_s, call.now):
        raise refusal(code)
