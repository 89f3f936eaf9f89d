"""The routes of the pages, behind the guard: who may read what, and who may change it."""

from functools import partial
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from pressroom.core.clock import Clock
from pressroom.service import Pressroom
from pressroom.serving.guard import Guard
from pressroom.serving.headers import FORMS_POLICY, Secured
from pressroom.serving.limits import admit
from pressroom.web import approvals, consents, posts, signing_in
from pressroom.web.media import clip_of, picture_of
from pressroom.web.rendering import STATIC, page, parts
from pressroom.web.site import Site, changing, open_to_all, signed_in
from pressroom.web.visits import Visits


def web_app(pressroom: Pressroom, *, clock: Clock, address: str) -> ASGIApp:
    """Make the app of the pages.

    pressroom: an open session of a person, who is whoever signs in. address: where it is served.
    """
    # Cookies know no port: two servers of this machine would else sign each other's visitors out.
    site = Site(pressroom, Visits(clock), clock, cookie=f"pressroom-{urlsplit(address).port or 80}")
    router = Router(routes(site), redirect_slashes=False, default=_nothing)
    guarded = Guard(_shared(site, router), may_follow=True, refuse=_refused)
    return Secured(guarded, FORMS_POLICY)


def routes(site: Site) -> list[BaseRoute]:
    """List the routes."""
    shows, listed, acts = partial(open_to_all, site), partial(signed_in, site), partial(changing, site)
    return [
        Route("/", _home),
        Route("/sign-in", shows(signing_in.sign_in)),
        Route("/sign-out", acts(signing_in.sign_out), methods=["POST"]),
        Route("/approvals", listed(approvals.list_all)),
        Route("/approvals/week", listed(approvals.show_week), methods=["GET"]),
        Route("/approvals/week", acts(approvals.approve_week), methods=["POST"]),
        Route("/approvals/{id}", shows(approvals.show)),
        Route("/approvals/{id}/approve", acts(approvals.approve), methods=["POST"]),
        Route("/approvals/{id}/decline", acts(approvals.decline), methods=["POST"]),
        Route("/approvals/{id}/files/{number}/picture", shows(picture_of(approvals.found))),
        Route("/approvals/{id}/files/{number}/clip", shows(clip_of(approvals.found))),
        Route("/posts/{id}", shows(posts.show)),
        Route("/posts/{id}/files/{number}/picture", shows(picture_of(posts.found))),
        Route("/posts/{id}/files/{number}/clip", shows(clip_of(posts.found))),
        Route("/consents", listed(consents.list_all), methods=["GET"]),
        Route("/consents", acts(consents.give), methods=["POST"]),
        Route("/consents/{id}/withdraw", acts(consents.withdraw), methods=["POST"]),
        Mount(STATIC.rstrip("/"), app=_static),
    ]


def _shared(site: Site, app: ASGIApp) -> ASGIApp:
    """Make an app that is shared fairly: by each browser session, and by all strangers together."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        visit = site.visit(Request(scope))
        text = "Nothing was changed. Wait for what is being loaded, and open the page anew."
        is_admitted = admit(scope, visit or "strangers")
        await (app if is_admitted else _problem("That was too much at once", 429, text))(scope, receive, send)

    return answer


async def _home(_request: Request) -> Response:
    return RedirectResponse("/approvals", 303)


async def _static(scope: Scope, receive: Receive, send: Send) -> None:
    await parts()(scope, receive, send)


async def _nothing(scope: Scope, receive: Receive, send: Send) -> None:
    await _problem("There is no such page", 404)(scope, receive, send)


def _refused(reason: str) -> ASGIApp:
    return _problem(reason, 403)


def _problem(title: str, status: int, text: str = "") -> ASGIApp:
    return page("problem.html", status=status, visit=None, here="/", title=title, text=text)
