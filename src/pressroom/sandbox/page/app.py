"""Answers a person's browser: pages, their parts, files. Nothing comes from elsewhere; a policy says so."""

import re
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import msgspec

from pressroom.sandbox.control.controls import Controls
from pressroom.sandbox.control.guard import NotAllowed, check
from pressroom.sandbox.page import art
from pressroom.sandbox.page.view import feed_mark, find_post, post_of, profile_of, rows_of
from pressroom.sandbox.wire.answer import Answer, Receive, Scope, Send, send_answer

if TYPE_CHECKING:
    from jinja2 import Environment

_HTML = b"text/html; charset=utf-8"
_FILE = re.compile(r"[0-9a-f]{24}(\.poster)?\.(jpg|mp4|mov)")
_ART = re.compile(r"(\d{1,20})(\.tall)?\.jpg")
_TYPES = {"css": b"text/css; charset=utf-8", "js": b"text/javascript; charset=utf-8", "svg": b"image/svg+xml"}
_POLICY = (
    b"default-src 'none'; img-src 'self'; media-src 'self'; style-src 'self'; script-src 'self'; "
    b"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_SAFE = [
    (b"content-security-policy", _POLICY),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
]
_FOR_A_DAY = [(b"cache-control", b"max-age=86400"), (b"x-content-type-options", b"nosniff")]
_OPEN = ("files/", "art/", "static/")


class PageApp:
    """Pages under `/_sandbox/` and the permalinks of media."""

    def __init__(self, controls: Controls) -> None:
        self._controls = controls

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        name = scope["path"].removeprefix("/_sandbox/")
        if scope["method"] not in ("GET", "HEAD"):
            await send_answer(send, _page(405, "problem.html", problem="Pages are only read."))
        elif name.startswith("files/"):
            await self._file(name.removeprefix("files/"), scope, receive, send)
        else:
            answer = self._guarded(scope, name)
            if scope["method"] == "HEAD":
                answer.body = b""
            await send_answer(send, answer)

    def _guarded(self, scope: Scope, name: str) -> Answer:
        if not name.startswith(_OPEN):
            headers: Mapping[bytes, bytes] = dict(scope["headers"])
            try:
                check(headers, self._controls.scene.settings.public_base)
            except NotAllowed as error:
                return _page(403, "problem.html", problem=str(error))
        return self._answer(scope, name)

    def _answer(self, scope: Scope, name: str) -> Answer:
        if name in ("", "/_sandbox"):
            return _page(200, "profile.html", **profile_of(self._controls))
        if name == "live":
            return self._live(scope)
        if name.startswith("static/"):
            return _static(name.removeprefix("static/"))
        if name.startswith("art/"):
            return _art(name.removeprefix("art/"))
        return self._post(scope["path"])

    def _post(self, path: str) -> Answer:
        now = self._controls.scene.settle()
        media = find_post(self._controls, path)
        if media is None:
            return _page(404, "problem.html", problem="There is no such post here.")
        shown = {**profile_of(self._controls), "post": post_of(self._controls, media, now)}
        return _page(200, "post.html", **shown)

    def _live(self, scope: Scope) -> Answer:
        """Give what is new: rows of the log after a number, and a mark that changes with the profile."""
        given = parse_qs(scope["query_string"].decode("latin-1")).get("since", ["0"])[0]
        rows = rows_of(self._controls, since=int(given) if given.isdigit() else 0)
        html = _environment().get_template("rows.html").render(rows=rows)
        last = rows[0].number if rows else None
        body = msgspec.json.encode({"rows": html, "last": last, "mark": feed_mark(self._controls)})
        return Answer(200, body, headers=list(_SAFE))

    async def _file(self, name: str, scope: Scope, receive: Receive, send: Send) -> None:
        from starlette.responses import FileResponse  # noqa: PLC0415  # loads only when a file is looked at

        path = self._controls.scene.home() / name
        if _FILE.fullmatch(name) is None or not path.is_file():
            await send_answer(send, _page(404, "problem.html", problem="There is no such file here."))
            return
        await FileResponse(path, headers={"x-content-type-options": "nosniff"})(scope, receive, send)


@lru_cache(maxsize=1)
def _environment() -> "Environment":
    from jinja2 import Environment, PackageLoader  # noqa: PLC0415  # loads only when a page is looked at

    loader = PackageLoader("pressroom.sandbox.page", "templates")
    return Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)


def _page(status: int, template: str, **shown: Any) -> Answer:  # noqa: ANN401  # what a template shows
    html = _environment().get_template(template).render(**shown)
    return Answer(status, html.encode(), _HTML, headers=list(_SAFE))


@lru_cache(maxsize=16)
def _read_static(name: str) -> bytes:
    return files("pressroom.sandbox.page").joinpath("static", name).read_bytes()


def _static(name: str) -> Answer:
    ending = name.rpartition(".")[2]
    if name not in ("page.css", "page.js", "profile.svg"):
        return _page(404, "problem.html", problem="There is no such file here.")
    return Answer(200, _read_static(name), _TYPES[ending], headers=list(_FOR_A_DAY))


def _art(name: str) -> Answer:
    found = _ART.fullmatch(name)
    if found is None:
        return _page(404, "problem.html", problem="There is no such picture here.")
    picture = art.draw(found.group(1), is_tall=found.group(2) is not None)
    return Answer(200, picture, b"image/jpeg", headers=list(_FOR_A_DAY))
