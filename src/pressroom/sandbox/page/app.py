"""Answers a browser: pages, scripts, styles, files; every path that is not the Graph API's.

Start at `front`: it chooses between the page and the control API, and guards both against pages of other
sites. `PageApp` must be behind that guard.
"""

import hashlib
import io
import re
import secrets
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import msgspec

from pressroom.core.spelling import visible_part
from pressroom.sandbox.control.actions import ACTIONS
from pressroom.sandbox.control.app import PREFIX, ControlApp, refuse_order
from pressroom.sandbox.control.controls import Controls
from pressroom.sandbox.page.posts import find_post, neighbours_of, post_of, threads_of
from pressroom.sandbox.page.profile import TABS, frame_of, mark_of, profile_of
from pressroom.sandbox.page.visit import ROOT, Visit, plans_of, rows_of
from pressroom.sandbox.state.snapshot import FILE_NAME
from pressroom.sandbox.wire.answer import (
    AsgiApp,
    GraphRefusal,
    HttpAnswer,
    Receive,
    Scope,
    Send,
    page_parts,
    send_answer,
)
from pressroom.sandbox.wire.params import parse_integer
from pressroom.serving.guard import NO_SNIFF, SECURE, Guard

if TYPE_CHECKING:
    from jinja2 import Environment

_HTML = b"text/html; charset=utf-8"
_PLACE = re.compile(
    r"(?:accounts/(?P<account>[0-9]{1,20})/?)?(?P<inbox>inbox(?:/(?P<person>[0-9]{1,20}))?/?)?"
)
_ART = re.compile(r"([0-9]{1,20})(\.tall)?\.jpg")
_FOR_A_DAY = [(b"cache-control", b"max-age=86400"), NO_SNIFF]
# Answers of the API name it, so its URL has no hash.
_PROFILE_PICTURE = "static/profile.svg"
_LIVE = "live"
# Not guarded: a client's own page on another origin shows the pictures whose URLs the API gave it.
_OPEN = ("files/", "art/", "static/")
_READS = ("GET", "HEAD")
_CONTROL_NAMES = frozenset(name for _, name in ACTIONS)


def front(controls: Controls, scope: Scope) -> AsgiApp:
    """Give the app for a path that is not the Graph API's.

    Pages of other sites are kept from orders and pages; only the files of posts and pages are open to them.
    """
    method, path = scope["method"], scope["path"]
    name = path.removeprefix(PREFIX).strip("/")
    # Under /_sandbox/ what is no page is an order, also an unknown one: programs get its error as JSON.
    is_page = name == _LIVE or name.startswith(_OPEN) or _PLACE.fullmatch(name) is not None
    is_order = method not in _READS or not (is_page or wants_page(scope))
    if name in _CONTROL_NAMES or (name and path.startswith(PREFIX) and is_order):
        return Guard(ControlApp(controls), controls.scene.names, refuse=refuse_order)
    page = PageApp(controls)
    if is_open(path):
        return page
    # A client that came by Meta's names was given permalinks of theirs.
    names = controls.scene.names
    hosts = names if path.startswith(PREFIX) else names.and_also("www.instagram.com")
    # may_follow: a permalink in another site's page, or in a mail, opens as on Instagram.
    return Guard(page, hosts, may_follow=True, refuse=refuse_page)


class PageApp:
    """Pages under `/_sandbox/` and the permalinks of media."""

    def __init__(self, controls: Controls) -> None:
        self._controls = controls

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        name = _name(scope["path"])
        # Whatever changes something goes to the control API, which demands JSON.
        if scope["method"] not in _READS:
            await send_answer(send, _problem(scope, 405, "Pages are only read."))
        elif name.startswith("files/"):
            await self._file(name.removeprefix("files/"), scope, receive, send)
        elif name.startswith("static/") and name != _PROFILE_PICTURE:
            await page_parts()(scope, receive, send)
        elif name == _LIVE:
            await _send(scope, send, self._live(scope))
        else:
            await _send(scope, send, self._answer(scope, name))

    def _answer(self, scope: Scope, name: str) -> HttpAnswer:
        if name == _PROFILE_PICTURE:
            picture = (files("pressroom.sandbox.page") / "profile.svg").read_bytes()
            return HttpAnswer(200, picture, b"image/svg+xml", headers=list(_FOR_A_DAY))
        if name.startswith("art/"):
            # Drawn for a media that has no file: a seeded one, or one that was not fetched.
            match = _ART.fullmatch(name.removeprefix("art/"))
            if match is None:
                return _page(404, "problem.html", problem="There is no such picture here.")
            picture = draw_picture(match.group(1), is_tall=match.group(2) is not None)
            return HttpAnswer(200, picture, b"image/jpeg", headers=list(_FOR_A_DAY))
        if scope["path"].startswith(ROOT.rstrip("/")):
            return self._account_page(scope, name)

        # Answer a permalink.
        visit_and_media = find_post(self._controls, scope["path"])
        if visit_and_media is None:
            return _problem(scope, 404, "There is no such post here.")
        visit, media = visit_and_media
        shown = {**frame_of(visit), "post": post_of(visit, media), "where": neighbours_of(visit, media)}
        return _page(200, "post.html", **shown)

    def _account_page(self, scope: Scope, name: str) -> HttpAnswer:
        """Answer an account's profile, its inbox, or one conversation."""
        match = _PLACE.fullmatch(name)
        visit = self._visit(match.group("account") if match else "")
        if match is None or visit is None:
            return _page(404, "problem.html", problem="There is no such page here.")
        if not match.group("inbox"):
            tab, skip = _parameter(scope, "show"), _count(_parameter(scope, "skip"))
            return _page(200, "profile.html", **profile_of(visit, tab if tab in TABS else TABS[0], skip))
        threads, person_id = threads_of(visit), match.group("person")
        if person_id is None:
            return _page(200, "inbox.html", **frame_of(visit), threads=threads)
        thread = next((thread for thread in threads if thread.person_id == person_id), None)
        if thread is None:
            return _page(404, "problem.html", problem="There is no such conversation here.")
        return _page(200, "chat.html", **frame_of(visit), thread=thread)

    def _visit(self, user_id: str | None) -> Visit | None:
        # settle: a page shows what is due by now, although no call was made.
        account = self._controls.account if user_id is None else self._controls.scene.world.account(user_id)
        return None if account is None else Visit(self._controls, account, self._controls.scene.settle())

    def _live(self, scope: Scope) -> HttpAnswer:
        """Give the log's rows after a number, the time, and a mark that changes with anything else shown.

        The page asks every second, and loads itself again only when the mark changes.
        """
        visit = self._visit(_parameter(scope, "account") or None)
        if visit is None:
            return _page(404, "problem.html", problem="There is no such account here.")
        rows = rows_of(self._controls, since=_count(_parameter(scope, "since")))
        news = {
            "rows": _environment().get_template("rows.html").render(rows=rows),
            "last": rows[0].number if rows else None,
            "top": self._controls.scene.log.last,
            "wrote": any(row.method != "GET" for row in rows),
            "mark": mark_of(visit),
            "now": plans_of(visit)["today"],
        }
        return HttpAnswer(200, msgspec.json.encode(news), headers=list(SECURE))

    async def _file(self, name: str, scope: Scope, receive: Receive, send: Send) -> None:
        from starlette.responses import FileResponse  # noqa: PLC0415  # loads only when a file is looked at

        path = self._controls.scene.home() / name
        # Only names the sandbox makes: `../` leads nowhere, and recordings in the directory are not served.
        if FILE_NAME.fullmatch(name) is None or not path.is_file():
            await send_answer(send, _page(404, "problem.html", problem="There is no such file here."))
            return
        await FileResponse(path, headers={"x-content-type-options": "nosniff"})(scope, receive, send)


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


async def _send(scope: Scope, send: Send, answer: HttpAnswer) -> None:
    if scope["method"] == "HEAD":  # HTTP allows no body here
        answer.body = b""
    await send_answer(send, answer)


def _parameter(scope: Scope, name: str) -> str:
    return parse_qs(scope["query_string"].decode("latin-1")).get(name, [""])[0]


def _count(text: str) -> int:
    return max(0, parse_integer(text) or 0)


@lru_cache(maxsize=1)
def _environment() -> "Environment":
    from jinja2 import Environment, PackageLoader  # noqa: PLC0415  # loads only when a page is looked at

    loader = PackageLoader("pressroom.sandbox.page", "templates")
    # autoescape: captions, comments and call parameters are whatever a client or stranger sent.
    environment = Environment(
        loader=loader, autoescape=True, finalize=visible_part, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals["part"] = page_parts().address  # pyright: ignore[reportArgumentType]  # inferred from its own
    return environment


def _page(status: int, template: str, **shown: Any) -> HttpAnswer:  # noqa: ANN401  # what a template shows
    html = _environment().get_template(template).render(**shown)
    return HttpAnswer(status, html.encode(), _HTML, headers=list(SECURE))


def _problem(scope: Scope, status: int, text: str) -> HttpAnswer:
    """Answer a permalink without a post: a browser gets a page, a program the API's error."""
    if wants_page(scope):
        return _page(status, "problem.html", problem=text)
    envelope = GraphRefusal(803, message=text).envelope(f"A{secrets.token_urlsafe(16)}")
    return HttpAnswer(status, msgspec.json.encode(envelope), headers=list(SECURE))


# Pairs of a dark and a light colour.
_PAIRS = (
    ("#1f2a44", "#f2b880"),
    ("#26413c", "#d9e4a7"),
    ("#4a1942", "#f7c1bb"),
    ("#143642", "#8fd6c8"),
    ("#5b2a1a", "#f4d58d"),
    ("#2b2d66", "#c3b1e1"),
    ("#3d3b30", "#e7e5c8"),
    ("#6a2135", "#ffb997"),
)
_SHAPES = 5


# A profile shows 60 at once, and again with each refresh; 512 pictures take about 9 MB.
@lru_cache(maxsize=512)
def draw_picture(media_id: str, *, is_tall: bool) -> bytes:
    """Draw a JPEG that is always the same for one id; 9:16 when tall, else 4:5."""
    from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps  # noqa: PLC0415  # only when drawn

    # From the id, not the random seed: the URL holds the id alone, and browsers keep the picture for a day.
    dice = hashlib.blake2b(media_id.encode(), digest_size=32).digest()
    size = (540, 960) if is_tall else (640, 800)
    dark, light = _PAIRS[dice[0] % len(_PAIRS)]
    down = Image.linear_gradient("L")
    across = down.transpose(Image.Transpose.ROTATE_90)
    tones = Image.blend(down, across, dice[1] / 255).resize(size)  # pyright: ignore[reportUnknownMemberType]  # Pillow leaves it open
    shapes = Image.new("L", size, 0)
    pen = ImageDraw.Draw(shapes)
    for place in range(_SHAPES):
        x, y, reach, tone = dice[2 + 4 * place : 6 + 4 * place]
        radius = size[0] * (0.1 + reach / 700)
        centre = (size[0] * x / 255, size[1] * y / 255)
        box = (centre[0] - radius, centre[1] - radius, centre[0] + radius, centre[1] + radius)
        pen.ellipse(box, fill=60 + tone // 2)
    softened = shapes.filter(ImageFilter.GaussianBlur(2 + dice[30] % 24))
    picture = ImageOps.colorize(ImageChops.add(tones, softened, scale=1.6), dark, light)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=86)
    return out.getvalue()
