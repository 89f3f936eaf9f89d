"""oEmbed: the HTML with which other sites embed a post."""

import re
from html import escape
from urllib.parse import urlsplit

import msgspec

from pressroom.graph.certainty import Certainty
from pressroom.sandbox.calls.call import BareCall
from pressroom.sandbox.calls.route import OpenRoute
from pressroom.sandbox.calls.tokens import check_alive
from pressroom.sandbox.state.ids import media_id_of
from pressroom.sandbox.wire.answer import Answer
from pressroom.sandbox.wire.refusals import refusal

_WIDTH = 658
# The forms of a permalink, with or without the username before it.
_PATH = re.compile(r"/+(?:[\w.]+/)?(?:p|reel|reels|tv)/([\w-]+)/*")
_INSTAGRAM = ("instagram.com", "www.instagram.com")
_THEIR_CODE = 11  # characters of a shortcode on Instagram; the sandbox's own are shorter


def oembed(call: BareCall) -> Answer:
    """`GET /instagram_oembed?url=`: the HTML to embed; `author_*` and `thumbnail_*` went in November 2025."""
    _check_reader(call)
    address = call.needed("url")
    if not _is_post(call, address):
        raise refusal(100, message="(#100) Invalid parameter: url")
    quoted = escape(address.partition("?")[0])  # it goes into HTML of the caller's page
    body = {
        "version": "1.0",
        "provider_name": "Instagram",
        "provider_url": "https://www.instagram.com/",
        "type": "rich",
        "width": min(call.number("maxwidth") or _WIDTH, _WIDTH),
        "html": f'<blockquote class="instagram-media" data-instgrm-permalink="{quoted}"></blockquote>',
    }
    return Answer(200, msgspec.json.encode(body))


def _check_reader(call: BareCall) -> None:
    """Refuse a call without a valid token (104, 190); an app's own, `id|secret`, is enough."""
    text = call.arrival.token
    if text is None:
        raise refusal(104, message="(#104) An access token is required to request this resource.")
    token = call.scene.world.tokens.get(text)
    if token is None and "|" not in text:
        raise refusal(190)
    if token is not None:
        check_alive(token, call.now)


def _is_post(call: BareCall, address: str) -> bool:
    """Tell whether an URL is a post that is live here, or looks like somebody's on instagram.com."""
    try:
        url = urlsplit(address)
    except ValueError:
        return False
    found = _PATH.fullmatch(url.path)
    if found is None:
        return False
    code = found.group(1)
    # Posts on Instagram itself cannot be looked up here, so any code of their length counts as one.
    is_somebodys = url.hostname in _INSTAGRAM and len(code) == _THEIR_CODE
    return is_somebodys or call.scene.world.media(media_id_of(code[:20])) is not None


OPEN_ROUTES = (OpenRoute("GET", "instagram_oembed", "oembed", oembed, mark=Certainty.DOCUMENTED),)
