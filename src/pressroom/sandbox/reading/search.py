"""Look-ups beyond accounts and media: places for `location_id`, audio for `audio_configuration`, and oEmbed.

Places and audio are made up from the words of the search. Sources:
https://developers.facebook.com/docs/pages-api/search-pages and
https://developers.facebook.com/documentation/instagram-platform/content-publishing/audio-api
"""

import contextlib
import re
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import urlsplit

import msgspec

from pressroom.graph.certainty import Certainty
from pressroom.graph.hosts import LoginType
from pressroom.sandbox.calls.call import BareCall, GraphCall, OpenRoutes, Routes
from pressroom.sandbox.calls.nodes import EdgeQuery, NodeType, render_list
from pressroom.sandbox.calls.tokens import check_alive
from pressroom.sandbox.state.ids import media_id_of, search_result_id
from pressroom.sandbox.state.world import Shelf
from pressroom.sandbox.wire.answer import HttpAnswer, invalid, not_found, refusal

_CITIES = (
    ("Berlin", "Germany", 52.52, 13.405),
    ("London", "United Kingdom", 51.507, -0.128),
    ("New York", "United States", 40.713, -74.006),
)
ROUTES = Routes(login=LoginType.FACEBOOK, mark=Certainty.DOCUMENTED)
OPEN_ROUTES = OpenRoutes()


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One Page with a location."""

    id: str
    name: str
    city: str
    country: str
    latitude: float
    longitude: float


PLACE: NodeType[Place] = NodeType(
    wire_name="Page",
    fields={
        "id": lambda _, place: place.id,
        "name": lambda _, place: place.name,
        "location": lambda _, place: {
            "city": place.city,
            "country": place.country,
            "latitude": place.latitude,
            "longitude": place.longitude,
        },
        "link": lambda _, place: f"https://www.facebook.com/{place.id}",
        "verification_status": lambda _, __: "not_verified",
    },
)


@ROUTES.answers("GET", "root", "pages/search", "places", need=None, mark=Certainty.GENERAL)
def search_places(call: GraphCall) -> dict[str, Any]:
    """`GET /pages/search?q=`: Pages with a location, by name."""
    word = call.needed("q")
    # Unlike other lists, the search gives the name without being asked for it.
    call.params.setdefault("fields", "id,name")
    query = EdgeQuery.of_call(call)

    places = Shelf[Place]()
    for number, (city, country, latitude, longitude) in enumerate(_CITIES):
        name = f"{word.title()}, {city}"
        place = Place(
            id=search_result_id(word, number),
            name=name,
            city=city,
            country=country,
            latitude=latitude,
            longitude=longitude,
        )
        # A shelf gives the highest key first.
        places.add((0.0, -number), place)
    return render_list(call, PLACE, places.cut(query.window(call)), ("pages", "search"), query)


_KINDS = ("original_sound", "music")
_TIMES_OF_DAY = ("Morning", "Noon", "Night")
_LENGTH_MS = 30_000


@ROUTES.answers("GET", "root", "ig_audio", "audio")
def search_audio(call: GraphCall) -> dict[str, Any]:
    """`GET /ig_audio?audio_type=&user_id=[&search_query=]`: without a query, what is popular now."""
    kind = call.needed("audio_type")
    if kind not in _KINDS:
        raise invalid(f"Param audio_type must be one of {{{', '.join(_KINDS)}}}")
    if call.needed("user_id") != call.account.id:
        raise not_found(call.needed("user_id"))
    word = (call.text("search_query") or "Trending").title()
    picture = f"{call.public_base}/_sandbox/static/profile.svg"
    author: dict[str, Any] = {"ig_username": "a.stranger", "profile_picture_url": picture}
    if kind == "music":
        author = {"display_artist": "The Pressmen", "cover_artwork_thumbnail_uri": picture}
        # Labels let nobody download: null there, as live clients report.
        author["download_url"] = None
    return {
        "audio": [
            {
                "audio_id": search_result_id(f"{kind} {word}", number),
                "audio_type": kind,
                "title": f"{word} {time_of_day}",
                "duration_in_ms": _LENGTH_MS * (number + 1),
                **author,
            }
            for number, time_of_day in enumerate(_TIMES_OF_DAY)
        ]
    }


_WIDTH = 658
# The forms of a permalink, with or without the username before it.
_PATH = re.compile(r"/+(?:[\w.]+/)?(?:p|reel|reels|tv)/([\w-]+)/*")
_INSTAGRAM = ("instagram.com", "www.instagram.com")
# Characters of a shortcode on Instagram; the sandbox's own are shorter.
_THEIR_CODE = 11


@OPEN_ROUTES.answers("GET", "instagram_oembed", "oembed")
def oembed(call: BareCall) -> HttpAnswer:
    """`GET /instagram_oembed?url=`: the HTML to embed; `author_*` and `thumbnail_*` went in November 2025."""
    # Refuse a call without a valid token (104, 190); an app's own, `id|secret`, is enough.
    text = call.arrival.token
    if text is None:
        raise refusal(104, message="(#104) An access token is required to request this resource.")
    token = call.scene.world.tokens.get(text)
    if token is None and "|" not in text:
        raise refusal(190)
    if token is not None:
        check_alive(token, call.now)

    address, host, code = call.needed("url"), None, ""
    with contextlib.suppress(ValueError):
        url = urlsplit(address)
        match = _PATH.fullmatch(url.path)
        host, code = url.hostname, match.group(1) if match else ""
    # Posts on Instagram itself cannot be looked up here, so any code of their length counts as one.
    is_somebodys = host in _INSTAGRAM and len(code) == _THEIR_CODE
    if not is_somebodys and call.scene.world.media(media_id_of(code[:20])) is None:
        raise refusal(100, message="(#100) Invalid parameter: url")
    # The address goes into HTML of the caller's page.
    quoted = escape(address.partition("?")[0])
    body = {
        "version": "1.0",
        "provider_name": "Instagram",
        "provider_url": "https://www.instagram.com/",
        "type": "rich",
        "width": min(call.number("maxwidth") or _WIDTH, _WIDTH),
        "html": f'<blockquote class="instagram-media" data-instgrm-permalink="{quoted}"></blockquote>',
    }
    return HttpAnswer(200, msgspec.json.encode(body))
