"""The limits that hold for an hour or a second, beside the allowance of a day.

Source: https://developers.facebook.com/docs/graph-api/overview/rate-limiting/
"""

from pressroom.sandbox.calls.call import GraphCall
from pressroom.sandbox.wire.refusals import refusal

_HOUR_S = 3600.0
_SECOND_S = 1.0
_DISCOVERY_EACH = 200
_CONVERSATIONS, _TEXTS, _RECORDINGS, _PRIVATE_REPLIES = 2, 100, 10, 750
_APP, _CUSTOM = 4, 613


def count_discovery(call: GraphCall) -> None:
    """Count a look at other accounts or hashtags: 200 an hour for each account of the app."""
    most = _DISCOVERY_EACH * len(call.scene.world.accounts)
    _count(call, "discovery", most, _HOUR_S, _APP)


def count_conversations(call: GraphCall) -> None:
    """Count a look at conversations: 2 a second."""
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
