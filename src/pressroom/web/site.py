"""What all answers of one server share, and how an answer is made of a request."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias
from urllib.parse import parse_qs

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from pressroom.core.clock import Clock
from pressroom.core.errors import NeedsApproval, NotFound, PressroomError, Refused, StoreFailed
from pressroom.core.remedies import by_command
from pressroom.service import Pressroom
from pressroom.serving.bodies import body_of
from pressroom.web.rendering import page
from pressroom.web.visits import Visit, Visits

log: Final = logging.getLogger("pressroom.web")

_MOST_BYTES: Final = 65_536
_STATUS: Final[Mapping[type[PressroomError], int]] = {
    NotFound: 404,
    StoreFailed: 503,
    NeedsApproval: 403,
    Refused: 422,
}
_OTHERWISE: Final = 409


@dataclass(frozen=True, slots=True)
class Site:
    """One server. pressroom: a person's session. cookie: the name of the cookie of whoever is signed in."""

    pressroom: Pressroom
    visits: Visits
    clock: Clock
    cookie: str

    def visit(self, request: Request) -> Visit | None:
        """Return the session of a request; None where nobody is signed in."""
        return self.visits.find(request.cookies.get(self.cookie, ""))


@dataclass(frozen=True, slots=True)
class Asked:
    """One request. visit: None where nobody is signed in. form: the fields that were sent."""

    request: Request
    visit: Visit | None
    form: Mapping[str, str]

    def named(self, name: str) -> str:
        """Return a part of the path."""
        return str(self.request.path_params[name])

    def page(self, template: str, *, status: int = 200, **shown: Any) -> Response:  # noqa: ANN401  # what a template shows
        """Render a page for whoever asks."""
        here = self.request.url.path
        return page(template, status=status, visit=self.visit, here=here, **shown)

    def problem(self, status: int, title: str, text: str = "") -> Response:
        """Render a page that says why there is nothing else."""
        return self.page("problem.html", status=status, title=title, text=text)


Answer: TypeAlias = Callable[[Site, Asked], Awaitable[Response]]


def open_to_all(site: Site, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
    """Make an endpoint that anybody on this machine may read."""

    async def endpoint(request: Request) -> Response:
        asked = Asked(request, site.visit(request), {})
        return await _safely(site, asked, answer)

    return endpoint


def signed_in(site: Site, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
    """Make an endpoint for whoever is signed in."""

    async def endpoint(request: Request) -> Response:
        asked = Asked(request, site.visit(request), {})
        if asked.visit is None:
            return asked.page("signing_in.html", status=401, title="Sign in first")
        return await _safely(site, asked, answer)

    return endpoint


def changing(site: Site, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
    """Make an endpoint that changes something: for whoever is signed in, by a form of a page of theirs."""

    async def endpoint(request: Request) -> Response:
        visit = site.visit(request)
        asked = Asked(request, visit, {})
        if visit is None:
            return asked.page("signing_in.html", status=401, title="Sign in first")
        form = await _form_of(request)
        if form is None:
            return asked.problem(413, "That was too much", "Nothing was changed.")
        if not visit.accepts(form.get("csrf", "")):
            why = "Nothing was changed. Open the page anew, and decide there."
            return asked.problem(403, "This form is not from a page of yours", why)
        return await _safely(site, Asked(request, visit, form), answer)

    return endpoint


async def _form_of(request: Request) -> Mapping[str, str] | None:
    """Read the fields of a form, of each the last; empty for another type, None for too long a body."""
    if request.headers.get("content-type", "").partition(";")[0] != "application/x-www-form-urlencoded":
        return {}
    body = await body_of(request, _MOST_BYTES)
    if body is None:
        return None
    try:
        found = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=100)
    except ValueError:  # not UTF-8, or too many fields
        return {}
    return {name: values[-1] for name, values in found.items()}


async def _safely(site: Site, asked: Asked, answer: Answer) -> Response:
    """Answer; what goes wrong becomes a page that says it in words."""
    try:
        return await answer(site, asked)
    except PressroomError as error:
        status = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), _OTHERWISE)
        return asked.problem(status, *in_words(site, error))
    except ClientDisconnect:
        raise
    except Exception as error:  # whatever it is, a person gets a sentence
        log.error("The page met a fault of Pressroom's own (%s).", type(error).__name__)  # noqa: TRY400  # without its values
        log.debug("The fault:", exc_info=True)
        text = "It is not known whether anything was changed. Open the page anew to see."
        return asked.problem(500, "Pressroom made a mistake", text)


def in_words(site: Site, error: PressroomError) -> tuple[str, str]:
    """Return what happened and what to do about it, without secrets."""
    mask = site.pressroom.pages.mask
    return mask(error.message), mask(error.fix_by(by_command))
