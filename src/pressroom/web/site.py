"""What the answers of all pages share: the request, who asks, the form, and the templates.

An answer is a function of a `Site` and a `PageRequest`; `page.Page` has it under an address.
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final
from urllib.parse import quote, unquote, urlsplit

from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from pressroom.core.clock import Clock
from pressroom.core.errors import NotFound, PressroomError, Refused
from pressroom.core.post import WHOLE_ID
from pressroom.core.remedies import Remedy, RemedyKind, by_command, command_of
from pressroom.service import Pressroom, Session
from pressroom.service.insights.pulling import Pulled, PullProgress
from pressroom.serving.static import StaticFiles
from pressroom.serving.templates import templates_of
from pressroom.web.reader import COOKIE, Reader, reader_of
from pressroom.web.visits import Visit

log: Final = logging.getLogger("pressroom.web")

STATIC: Final = "/static/"
HOME: Final = "/"
SIGN_IN_COMMAND: Final = command_of(Remedy(RemedyKind.SIGN_IN_TO_PAGE))
_VERSION_DIGITS: Final = 10
# How long a sign-in returns to the page that was requested before.
_REMEMBERED_FOR: Final = timedelta(minutes=30)
_LONGEST_PATH: Final = 1_000
# Under `no-referrer` browsers send forms with `Origin: null`, as those of a stranger's page.
_OWN_REFERRER: Final = {"referrer-policy": "same-origin"}


@dataclass(slots=True)
class RunningPull:
    """A pull of insights that a page started. progress: None until the first media were read."""

    progress: PullProgress | None = None
    task: asyncio.Task[Pulled] | None = None

    def note(self, progress: PullProgress) -> None:
        """Remember how far the pull is."""
        self.progress = progress

    @property
    def is_running(self) -> bool:
        """Whether it has started and not ended."""
        return self.task is not None and not self.task.done()

    @property
    def error(self) -> PressroomError | None:
        """The error that ended it; None if it runs, or ended well."""
        if self.task is None or not self.task.done() or self.task.cancelled():
            return None
        error = self.task.exception()
        return error if isinstance(error, PressroomError) else None


@dataclass(frozen=True, slots=True)
class Site:
    """The state that the pages of one web server share.

    pressroom: the session that acts for the signed-in user. cookie: name of the sign-in cookie. is_secure:
    True if browsers send that cookie over https only. sign_in_command: the shell command that prints a link
    for signing in. pulls: the last pull of insights that a page started, by the account's name.
    """

    pressroom: Pressroom
    clock: Clock
    cookie: str
    is_secure: bool = False
    sign_in_command: str = SIGN_IN_COMMAND
    pulls: "dict[str, RunningPull]" = field(default_factory=dict[str, "RunningPull"])

    def session_of(self, account: str) -> Session:
        """Return a session of one account, by its id or its login's name, such as for its numbers."""
        return self.pressroom.acting_for(account)

    def visit(self, http: Request) -> Visit | None:
        """Return the session of a request; None where nobody is signed in."""
        cookie = http.cookies.get(self.cookie, "")
        ends_at = self.pressroom.pages.signed_in_until(cookie)
        return Visit.of(cookie, ends_at, self.pressroom.pages.user) if ends_at else None

    @property
    def _return_cookie(self) -> str:
        return f"{self.cookie}-return"

    def keep(self, response: Response, name: str, value: str, lives: timedelta) -> None:
        """Set a cookie of this site, which no script reads."""
        response.set_cookie(
            name,
            value,
            max_age=int(lives.total_seconds()),
            path="/",
            secure=self.is_secure,
            httponly=True,
            # Lax: a link in a mail or a chat opens a page for a signed-in user. No GET changes anything, and
            # a form of another site is sent without the cookie.
            samesite="lax",
        )

    def drop(self, response: Response, name: str) -> None:
        """Delete a cookie of this site."""
        response.delete_cookie(name, path="/", secure=self.is_secure, httponly=True, samesite="lax")

    def remember_page(self, path: str, response: Response) -> None:
        """Remember the page that was requested without a session, so that signing in returns to it."""
        if len(path) <= _LONGEST_PATH:
            self.keep(response, self._return_cookie, quote(path, safe=""), _REMEMBERED_FOR)

    def remembered_page(self, http: Request) -> str:
        """Return the path of the page that was requested before the sign-in; the start page if none was."""
        # Checked like any text from outside: other servers of this host can set our cookies.
        return own_path(unquote(http.cookies.get(self._return_cookie, "")), HOME)

    def forget_page(self, response: Response) -> None:
        """Delete what `remember_page` kept."""
        self.drop(response, self._return_cookie)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequest:
    """A request for a page.

    visit: None where nobody is signed in. form: the fields that were sent. menu: names of pages by their
    paths. decides: whether the page is one of those that let something out, which have no script. cursor:
    where the journal ended before anything was read, from which the page follows it.
    """

    http: Request
    visit: Visit | None
    form: Mapping[str, str]
    menu: Mapping[str, str]
    decides: bool
    cursor: str = ""

    @property
    def csrf(self) -> str:
        """What the forms of this page send along; empty where nobody is signed in."""
        if self.visit is None:
            return ""
        return self.visit.deciding_csrf if self.decides else self.visit.csrf

    @property
    def page_of_form(self) -> str:
        """The path of the page whose form was sent, by the Referer header; empty if it is of another site."""
        url, own = urlsplit(self.http.headers.get("referer", "")), self.http.url
        is_own = (url.scheme, url.netloc) == (own.scheme, own.netloc)
        return own_path(url._replace(scheme="", netloc="", fragment="").geturl(), "") if is_own else ""

    @property
    def wants_json(self) -> bool:
        """Whether a script of ours asks, which shows the answer on the page where it is."""
        return self.http.headers.get("accept", "").startswith("application/json")

    def path_part(self, name: str) -> str:
        """Return what the path has in the place of a name of its route."""
        return str(self.http.path_params[name])

    def whole_id(self, name: str = "id") -> str:
        """Return the whole id that the path has. Raises NotFound for what is none."""
        return require_whole(self.path_part(name))

    def asked(self, name: str) -> str:
        """Return a parameter of the address; empty where it is not there."""
        return self.http.query_params.get(name, "").strip()

    def version(self) -> int:
        """Return the version of a post that the form was made for. Raises Refused for a form without one."""
        return require_version(self.form.get("version", ""))

    async def reader(self, site: Site) -> Reader:
        """Tell in which zone, and from which day of the week, is read. Raises Refused for no such zone."""
        return reader_of(
            self.http.cookies.get(COOKIE, ""),
            self.http.headers.get("accept-language", ""),
            await site.pressroom.posts.zone(),
            self.asked("zone") or None,
        )

    def page(self, template: str, *, status: int = 200, **shown: Any) -> Response:  # noqa: ANN401  # what a template shows
        """Render a page for whoever asks."""
        return render(template, status=status, request=self, **shown)

    def problem(self, status: int, title: str, text: str = "") -> Response:
        """Say why there is nothing else, on a page, or as JSON to a script of ours."""
        if self.wants_json:
            return JSONResponse({"title": title, "text": text}, status)
        return self.page("problem.html", status=status, title=title, text=text)


def render(template: str, *, status: int = 200, request: PageRequest | None = None, **shown: Any) -> Response:  # noqa: ANN401  # what a template shows
    """Render a template. All that it shows is escaped and made visible: programs wrote it.

    request: None for a stranger's, of which nothing is known.
    """
    context = {
        "visit": request and request.visit,
        "here": request.http.url.path if request else "/",
        "menu": request.menu if request else None,
        "csrf": request.csrf if request else "",
        "cursor": request.cursor if request else "",
        "has_script": request is not None and not request.decides,
    }
    html = _environment().get_template(template).render(**context, **shown)
    return HTMLResponse(html, status, _OWN_REFERRER)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return templates_of("pressroom.web", static_files())


@lru_cache(maxsize=1)
def static_files() -> StaticFiles:
    """Give the app that serves the pages' styles and scripts, and knows their addresses."""
    return StaticFiles(files("pressroom.web") / "static", STATIC)


def require_whole(text: str) -> str:
    """Return a whole id. Raises NotFound for anything else."""
    # The start of an id may be another post's tomorrow, and an address must not change what it names.
    if not WHOLE_ID.fullmatch(text):
        raise NotFound(
            "There is no such item here. Its address holds the whole id of a proposal or of a post."
        )
    return text


def require_version(text: str) -> int:
    """Return the version of a post that a field has. Raises Refused for what is none."""
    if not (text.isascii() and text.isdigit() and len(text) < _VERSION_DIGITS):
        raise Refused(
            "The form does not say which version of the post it was made for.",
            rule="version",
            value=text[:20],
            limit="the version that the page showed",
            fix="Open the page anew.",
        )
    return int(text)


def own_path(text: str, otherwise: str) -> str:
    """Return a path of this site that a form or an address names; `otherwise` for what leads elsewhere."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return otherwise
    # Browsers read a backslash as a slash, and `//host` as another site.
    is_own = text.startswith("/") and not text.startswith("//") and "\\" not in text and text.isprintable()
    return text if is_own and not parts.scheme and not parts.netloc else otherwise


def in_words(site: Site, error: PressroomError) -> tuple[str, str]:
    """Return what happened and what to do about it, without secrets."""
    mask = site.pressroom.pages.mask
    return mask(error.message), mask(error.fix_by(by_command))
