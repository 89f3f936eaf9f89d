"""Search for audio that a reel may carry, whose id goes into `audio_configuration`. The sandbox makes it up.

Source: https://developers.facebook.com/documentation/instagram-platform/content-publishing/audio-api
"""

from typing import Any

from pressroom.graph.certainty import Certainty
from pressroom.graph.hosts import LoginType
from pressroom.graph.permissions import Permission
from pressroom.sandbox.calls.call import GraphCall
from pressroom.sandbox.calls.route import Route
from pressroom.sandbox.state.ids import found_id
from pressroom.sandbox.wire.refusals import invalid, not_found

_KINDS = ("original_sound", "music")
_FOUND = ("Morning", "Noon", "Night")
_LENGTH_MS = 30_000


def search(call: GraphCall) -> dict[str, Any]:
    """`GET /ig_audio?audio_type=&user_id=[&search_query=]`: without a query, what is popular now."""
    kind = call.needed("audio_type")
    if kind not in _KINDS:
        raise invalid(f"Param audio_type must be one of {{{', '.join(_KINDS)}}}")
    if call.needed("user_id") != call.account.id:
        raise not_found(call.needed("user_id"))
    word = (call.text("search_query") or "Trending").title()
    return {"audio": [_audio(call, kind, word, number) for number in range(len(_FOUND))]}


def _audio(call: GraphCall, kind: str, word: str, number: int) -> dict[str, Any]:
    found: dict[str, Any] = {
        "audio_id": found_id(f"{kind} {word}", number),
        "audio_type": kind,
        "title": f"{word} {_FOUND[number]}",
        "duration_in_ms": _LENGTH_MS * (number + 1),
    }
    picture = f"{call.public_base}/_sandbox/static/profile.svg"
    if kind == "music":
        # Labels let nobody download: null there, as live clients report.
        artist = {"display_artist": "The Pressmen", "cover_artwork_thumbnail_uri": picture}
        return {**found, **artist, "download_url": None}
    return {**found, "ig_username": "a.stranger", "profile_picture_url": picture}


ROUTES = (
    Route(
        "GET",
        "root",
        "ig_audio",
        "audio",
        search,
        need=Permission.BASIC,
        login=LoginType.FACEBOOK,
        mark=Certainty.DOCUMENTED,
    ),
)
