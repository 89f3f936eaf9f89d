"""Answers a browser: pages, scripts, styles, files. It must be behind a guard, as in `front`."""

import re
import secrets
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import msgspec

from pressroom.core.visible import visible_part
from pressroom.sandbox.control.controls import Controls
from pressroom.sandbox.page import art
from pressroom.sandbox.page.calls import rows_of
from pressroom.sandbox.page.inbox import thread_with, threads_of
from pressroom.sandbox.page.plans import plans_of
from pressroom.sandbox.page.posts import find_post, neighbours_of, post_of
from pressroom.sandbox.page.profile import TABS, frame_of, mark_of, profile_of
from pressroom.sandbox.page.visit import ROOT, Visit
from pressroom.sandbox.parts import parts
from pressroom.sandbox.state.files import FILE_NAME
from pressroom.sandbox.wire.answer import Answer, AsgiApp, Receive, Scope, Send, send_answer
from pressroom.sandbox.wire.params import whole
from pressroom.sandbox.wire.refusals import GraphRefusal
from pressroom.serving.headers import NO_SNIFF, SECURE

if TYPE_CHECKING:
    from jinja2 import Environment

_HTML = b"text/html; charset=utf-8"
_PLACE = re.compile(
    r"(?:accounts/(?P<account>[0-9]{1,20})/?)?(?P<inbox>inbox(?:/(?P<person>[0-9]{1,20}))?/?)?"
)
_ART = re.compile(r"([0-9]{1,20})(\.tall)?\.jpg")
_FOR_A_DAY = [(b"cache-control", b"max-age=86400"), NO_SNIFF]
_PROFILE_PICTURE = "static/profile.svg"  # answers of the API name it, so its URL has no hash
# Not guarded: a client's own page on another origin shows the pictures whose URLs the API gave it.
_LIVE = "live"
_OPEN = ("files/", "art/", "static/")


class PageApp:
    """Pages under `/_sandbox/` and the permalinks of media."""

    def __init__(self, controls: Controls) -> None:
        self._controls = controls

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        name = _name(scope["path"])
        # Whatever changes something goes to the control API, which demands JSON.
        if scope["method"] not in ("GET", "HEAD"):
            await send_answer(send, _problem(scope, 405, "Pages are only read."))
        elif name.startswith("files/"):
            await self._file(name.removeprefix("files/"), scope, receive, send)
        elif name.startswith("static/") and name != _PROFILE_PICTURE:
            await parts()(scope, receive, send)
        else:
            await _send(scope, send, self._answer(scope, name))

    def _answer(self, scope: Scope, name: str) -> Answer:
        if name == _LIVE:
            return self._live(scope)
        if name == _PROFILE_PICTURE:
            return Answer(200, _profile_picture(), b"image/svg+xml", headers=list(_FOR_A_DAY))
        if name.startswith("art/"):
            return _art(name.removeprefix("art/"))
        if scope["path"].startswith(ROOT.rstrip("/")):
            return self._account_page(scope, name)
        return self._post(scope)

    def _account_page(self, scope: Scope, name: str) -> Answer:
        """Answer an account's profile, its inbox, or one conversation."""
        found = _PLACE.fullmatch(name)
        visit = self._visit(found.group("account") if found else "")
        if found is None or visit is None:
            return _page(404, "problem.html", problem="There is no such page here.")
        if not found.group("inbox"):
            tab = _asked(scope, "show")
            skip = _count(_asked(scope, "skip"))
            return _page(200, "profile.html", **profile_of(visit, tab if tab in TABS else TABS[0], skip))
        return _inbox(visit, found.group("person"))

    def _visit(self, user_id: str | None) -> Visit | None:
        # settle: a page shows what is due by now, although no call was made.
        account = self._controls.account if user_id is None else self._controls.scene.world.account(user_id)
        return None if account is None else Visit(self._controls, account, self._controls.scene.settle())

    def _post(self, scope: Scope) -> Answer:
        found = find_post(self._controls, scope["path"])
        if found is None:
            return _problem(scope, 404, "There is no such post here.")
        visit, media = found
        shown = {**frame_of(visit), "post": post_of(visit, media), "where": neighbours_of(visit, media)}
        return _page(200, "post.html", **shown)

    def _live(self, scope: Scope) -> Answer:
        """Give the log's rows after a number, the time, and a mark that changes with anything else shown.

        The page asks every second, and loads itself again only when the mark changes.
        """
        user_id = _asked(scope, "account") or None
        visit = self._visit(user_id)
        if visit is None:
            return _page(404, "problem.html", problem="There is no such account here.")
        rows = rows_of(self._controls, since=_count(_asked(scope, "since")))
        news = {
            "rows": _environment().get_template("rows.html").render(rows=rows),
            "last": rows[0].number if rows else None,
            "top": self._controls.scene.log.last,
            "wrote": any(row.method != "GET" for row in rows),
            "mark": mark_of(visit),
            "now": plans_of(visit)["today"],
        }
        return Answer(200, msgspec.json.encode(news), headers=list(SECURE))

    async def _file(self, name: str, scope: Scope, receive: Receive, send: Send) -> None:
        from starlette.responses import FileResponse  # noqa: PLC0415  # loads only when a file is looked at

        path = self._controls.scene.home() / name
        # Only names the sandbox makes: `../` leads nowhere, and recordings in the directory are not served.
        if FILE_NAME.fullmatch(name) is None or not path.is_file():
            await send_answer(send, _page(404, "problem.html", problem="There is no such file here."))
            return
        await FileResponse(path, headers={"x-content-type-options": "nosniff"})(scope, receive, send)


def is_page(name: str) -> bool:
    """Tell whether a path under `/_sandbox/`, given without it, is a page's or a file's."""
    return name == _LIVE or name.startswith(_OPEN) or _PLACE.fullmatch(name) is not None


def wants_page(scope: Scope) -> bool:
    """Tell whether a browser asks, rather than a program."""
    headers: Mapping[bytes, bytes] = dict(scope["headers"])
    return b"text/html" in headers.get(b"accept", b"")


def is_open(path: str) -> bool:
    """Tell whether a path is a picture's, a clip's or a style's, which pages of other sites may show."""
    return _name(path).startswith(_OPEN)


def refuse_page(reason: str) -> AsgiApp:
    """Make the app that refuses a request the guard does not let through."""

    async def refuse(scope: Scope, _receive: Receive, send: Send) -> None:
        await _send(scope, send, _page(403, "problem.html", problem=reason))

    return refuse


def _name(path: str) -> str:
    return path.removeprefix("/_sandbox").removeprefix("/")


async def _send(scope: Scope, send: Send, answer: Answer) -> None:
    if scope["method"] == "HEAD":  # HTTP allows no body here
        answer.body = b""
    await send_answer(send, answer)


def _asked(scope: Scope, name: str) -> str:
    return parse_qs(scope["query_string"].decode("latin-1")).get(name, [""])[0]


def _count(text: str) -> int:
    return max(0, whole(text) or 0)


def _inbox(visit: Visit, person_id: str | None) -> Answer:
    if person_id is None:
        return _page(200, "inbox.html", **frame_of(visit), threads=threads_of(visit))
    thread = thread_with(visit, person_id)
    if thread is None:
        return _page(404, "problem.html", problem="There is no such conversation here.")
    return _page(200, "chat.html", **frame_of(visit), thread=thread)


@lru_cache(maxsize=1)
def _environment() -> "Environment":
    from jinja2 import Environment, PackageLoader  # noqa: PLC0415  # loads only when a page is looked at

    loader = PackageLoader("pressroom.sandbox.page", "templates")
    # autoescape: captions, comments and call parameters are whatever a client or stranger sent.
    made = Environment(
        loader=loader, autoescape=True, finalize=visible_part, trim_blocks=True, lstrip_blocks=True
    )
    made.globals["part"] = parts().address  # pyright: ignore[reportArgumentType]  # inferred from its own
    return made


@lru_cache(maxsize=1)
def _profile_picture() -> bytes:
    return (files("pressroom.sandbox.page") / "profile.svg").read_bytes()


def _page(status: int, template: str, **shown: Any) -> Answer:  # noqa: ANN401  # what a template shows
    html = _environment().get_template(template).render(**shown)
    return Answer(status, html.encode(), _HTML, headers=list(SECURE))


def _problem(scope: Scope, status: int, text: str) -> Answer:
    """Answer a permalink without a post: a browser gets a page, a program the API's error."""
    if wants_page(scope):
        return _page(status, "problem.html", problem=text)
    envelope = GraphRefusal(803, message=text).envelope(f"A{secrets.token_urlsafe(16)}")
    return Answer(status, msgspec.json.encode(envelope), headers=list(SECURE))


def _art(name: str) -> Answer:
    found = _ART.fullmatch(name)
    if found is None:
        return _page(404, "problem.html", problem="There is no such picture here.")
    picture = art.draw(found.group(1), is_tall=found.group(2) is not None)
    return Answer(200, picture, b"image/jpeg", headers=list(_FOR_A_DAY))
