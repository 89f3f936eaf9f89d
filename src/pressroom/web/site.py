"""What the answers of all pages share: the request, who is signed in, the form, and the templates.

An answer is a function of a `Site` and a `PageRequest`. `open_to_all`, `signed_in` and `changing` make an
endpoint of it, which first checks who asks. A PressroomError becomes a page that says it in words.
"""

import hashlib
import hmac
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final, TypeAlias
from urllib.parse import parse_qs

from jinja2 import Environment
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response

from pressroom.core.clock import Clock
from pressroom.core.errors import NeedsApproval, NotFound, PressroomError, Refused, StoreFailed
from pressroom.core.remedies import by_command
from pressroom.service import Pressroom
from pressroom.serving.limits import body_of
from pressroom.serving.static import StaticFiles
from pressroom.serving.templates import templates_of

log: Final = logging.getLogger("pressroom.web")

STATIC: Final = "/static/"
# In memory alone: when the page ends, so do all sign-ins. See docs/decisions/0025.
SIGNED_IN_FOR: Final = timedelta(hours=12)

_TOKEN_BYTES: Final = 32
_MOST_BYTES: Final = 65_536
_STATUS: Final[Mapping[type[PressroomError], int]] = {
    NotFound: 404,
    StoreFailed: 503,
    NeedsApproval: 403,
    Refused: 422,
}
_OTHER_STATUS: Final = 409
# Under `no-referrer` browsers send forms with `Origin: null`, as those of a stranger's page.
_OWN_REFERRER: Final = {"referrer-policy": "same-origin"}


@dataclass(frozen=True, slots=True)
class Visit:
    """The session of a browser that is signed in. csrf: what each of its forms sends along."""

    csrf: str
    ends_at: datetime


class Visits:
    """The sessions of one server, each under the hash of its cookie; in memory, so that all end with it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._open = dict[str, Visit]()

    def begin(self) -> str:
        """Begin a session, and return the value of its cookie."""
        now, token = self._clock.now(), secrets.token_urlsafe(_TOKEN_BYTES)
        self._open = {key: visit for key, visit in self._open.items() if visit.ends_at > now}
        # The token of the forms is drawn for itself: it stands in pages, from which no cookie may follow.
        self._open[_hash(token)] = Visit(secrets.token_urlsafe(_TOKEN_BYTES), now + SIGNED_IN_FOR)
        return token

    def find(self, token: str) -> Visit | None:
        """Return the session of a cookie; None for one that is unknown or over."""
        visit = self._open.get(_hash(token))
        return visit if visit and visit.ends_at > self._clock.now() else None

    def end(self, token: str) -> None:
        """End a session."""
        self._open.pop(_hash(token), None)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Site:
    """One server.

    pressroom: a person's session. cookie: the name of the cookie of whoever is signed in. is_secure: whether
    it is for https alone.
    """

    pressroom: Pressroom
    visits: Visits
    clock: Clock
    cookie: str
    is_secure: bool = False

    def visit(self, http: Request) -> Visit | None:
        """Return the session of a request; None where nobody is signed in."""
        return self.visits.find(http.cookies.get(self.cookie, ""))


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A request for a page. visit: None where nobody is signed in. form: the fields that were sent."""

    http: Request
    visit: Visit | None
    form: Mapping[str, str]

    def path_part(self, name: str) -> str:
        """Return what the path has in the place of a name of its route."""
        return str(self.http.path_params[name])

    def page(self, template: str, *, status: int = 200, **shown: Any) -> Response:  # noqa: ANN401  # what a template shows
        """Render a page for whoever asks."""
        return page(template, status=status, visit=self.visit, here=self.http.url.path, **shown)

    def problem(self, status: int, title: str, text: str = "") -> Response:
        """Render a page that says why there is nothing else."""
        return self.page("problem.html", status=status, title=title, text=text)


PageAnswer: TypeAlias = Callable[[Site, PageRequest], Awaitable[Response]]


def open_to_all(site: Site, answer: PageAnswer) -> Callable[[Request], Awaitable[Response]]:
    """Make an endpoint that anybody on this machine may read."""

    async def endpoint(http: Request) -> Response:
        return await _answer_safely(site, PageRequest(http, site.visit(http), {}), answer)

    return endpoint


def signed_in(site: Site, answer: PageAnswer) -> Callable[[Request], Awaitable[Response]]:
    """Make an endpoint for whoever is signed in."""

    async def endpoint(http: Request) -> Response:
        request = PageRequest(http, site.visit(http), {})
        if request.visit is None:
            return request.page("signing_in.html", status=401, title="Sign in first")
        return await _answer_safely(site, request, answer)

    return endpoint


def changing(site: Site, answer: PageAnswer) -> Callable[[Request], Awaitable[Response]]:
    """Make an endpoint that changes something: for whoever is signed in, by a form of a page of theirs."""

    async def endpoint(http: Request) -> Response:
        visit = site.visit(http)
        request = PageRequest(http, visit, {})
        if visit is None:
            return request.page("signing_in.html", status=401, title="Sign in first")
        form = await _read_form(http)
        if form is None:
            return request.problem(413, "That was too much", "Nothing was changed.")
        # Each form of our pages sends the session's token along: docs/decisions/0025.
        if not hmac.compare_digest(form.get("csrf", "").encode(), visit.csrf.encode()):
            text = "Nothing was changed. Open the page anew, and decide there."
            return request.problem(403, "This form is not from a page of yours", text)
        return await _answer_safely(site, PageRequest(http, visit, form), answer)

    return endpoint


async def _read_form(http: Request) -> Mapping[str, str] | None:
    """Read the fields of a form, of each the last; empty for another type, None for too long a body."""
    if http.headers.get("content-type", "").partition(";")[0] != "application/x-www-form-urlencoded":
        return {}
    body = await body_of(http, _MOST_BYTES)
    if body is None:
        return None
    try:
        fields = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=100)
    except ValueError:  # not UTF-8, or too many fields
        return {}
    return {name: values[-1] for name, values in fields.items()}


async def _answer_safely(site: Site, request: PageRequest, answer: PageAnswer) -> Response:
    """Answer; what goes wrong becomes a page that says it in words."""
    try:
        return await answer(site, request)
    except PressroomError as error:
        status = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), _OTHER_STATUS)
        return request.problem(status, *in_words(site, error))
    except ClientDisconnect:
        raise
    except Exception as error:  # whatever it is, a person gets a sentence
        log.error("The page met a fault of Pressroom's own (%s).", type(error).__name__)  # noqa: TRY400  # without its values
        log.debug("The fault:", exc_info=True)
        text = "It is not known whether anything was changed. Open the page anew to see."
        return request.problem(500, "Pressroom made a mistake", text)


def in_words(site: Site, error: PressroomError) -> tuple[str, str]:
    """Return what happened and what to do about it, without secrets."""
    mask = site.pressroom.pages.mask
    return mask(error.message), mask(error.fix_by(by_command))


def page(template: str, *, status: int = 200, **shown: Any) -> Response:  # noqa: ANN401  # what a template shows
    """Render a template. All that it shows is escaped and made visible: programs wrote it."""
    return HTMLResponse(_environment().get_template(template).render(**shown), status, _OWN_REFERRER)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return templates_of("pressroom.web", static_files())


@lru_cache(maxsize=1)
def static_files() -> StaticFiles:
    """Give the app that serves the pages' styles, and knows their addresses."""
    return StaticFiles(files("pressroom.web") / "static", STATIC)
