"""Serves the pages on a port of this machine: the routes, behind the guard, and signing in and out.

The table of `routes` says who may read what, and who may change it. Start at `serving`, which has beside the
pages what else answers on the port.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncGenerator, Mapping
from functools import partial
from importlib import import_module
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from pressroom.core.clock import Clock
from pressroom.service import Pressroom
from pressroom.serving.guard import FORMS_POLICY, Guard, Secured
from pressroom.serving.limits import Limits, admit, limited
from pressroom.serving.parts import beside
from pressroom.serving.reach import Reach, Reached
from pressroom.serving.runner import running
from pressroom.serving.sockets import address_of
from pressroom.web import pages
from pressroom.web.site import (
    SIGNED_IN_FOR,
    STATIC,
    PageRequest,
    Site,
    Visits,
    changing,
    open_to_all,
    page,
    signed_in,
    static_files,
)

_HOME: Final = "/approvals"


@contextlib.asynccontextmanager
async def serving(
    pressroom: Pressroom,
    listener: socket.socket,
    *,
    clock: Clock,
    reach: Reach | None = None,
    keyed: Mapping[str, ASGIApp] | None = None,
    limits: Limits | None = None,
) -> AsyncGenerator[str]:
    """Serve the pages on an open socket while the block runs, and yield their address.

    pressroom: a person's session; whoever signs in acts as that person. reach: None for the socket's own
    address. keyed: apps of programs, by the path at and below which each answers. limits: None for those of
    the settings. Raises AnotherPage where a process serves this data directory's pages already, Refused where
    that cannot be written down.
    """
    reach = reach or Reach(address_of(listener))
    # Loaded now, in a thread: the first click would stall what else runs here.
    await asyncio.to_thread(import_module, "pressroom.service.consent.approvals")
    app = Reached(beside(web_app(pressroom, clock=clock, reach=reach), keyed or {}), reach)
    async with running(app, listener, limited(limits or Limits.of(pressroom.settings))):
        with pressroom.pages.announce(reach.base_url):
            yield reach.base_url


def web_app(pressroom: Pressroom, *, clock: Clock, reach: Reach) -> ASGIApp:
    """Make the app of the pages. pressroom: an open session of a person, who is whoever signs in."""
    # Cookies know no port: two servers of this machine would else sign each other's visitors out.
    cookie = f"pressroom-{urlsplit(reach.base_url).port or 80}"
    if reach.is_secure:
        # Browsers take a cookie of this name by https alone, and from no neighbour of the same domain.
        cookie = f"__Host-{cookie}"
    site = Site(pressroom, Visits(clock), clock, cookie=cookie, is_secure=reach.is_secure)
    router = Router(routes(site), redirect_slashes=False, default=_problem("There is no such page", 404))

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        visit = site.visit(Request(scope))
        text = "Nothing was changed. Wait for what is being loaded, and open the page anew."
        is_admitted = admit(scope, visit or "strangers")
        await (router if is_admitted else _problem("That was too much at once", 429, text))(
            scope, receive, send
        )

    # Each session has its fair share of what is answered at once, and all strangers together have one.
    guarded = Guard(answer, reach.hosts, may_follow=True, refuse=lambda reason: _problem(reason, 403))
    return Secured(guarded, FORMS_POLICY)


def routes(site: Site) -> list[BaseRoute]:
    """List the routes: what is open shows a single thing under an id that cannot be guessed, or signs in."""
    shows, lists, acts = partial(open_to_all, site), partial(signed_in, site), partial(changing, site)
    find_item, find_post = pages.find_item, pages.find_post
    return [
        Route("/", _home),
        Route("/sign-in", shows(sign_in)),
        Route("/sign-out", acts(sign_out), methods=["POST"]),
        # A list would show what others proposed, so it takes a sign-in.
        Route("/approvals", lists(pages.list_waiting)),
        Route("/approvals/week", lists(pages.show_week), methods=["GET"]),
        Route("/approvals/week", acts(pages.approve_week), methods=["POST"]),
        # A whole id is 128 random bits, and who proposed has it anyway: a program can hand a person a link.
        Route("/approvals/{id}", shows(pages.show_item)),
        Route("/approvals/{id}/approve", acts(pages.approve), methods=["POST"]),
        Route("/approvals/{id}/decline", acts(pages.decline), methods=["POST"]),
        Route("/approvals/{id}/files/{number}/picture", shows(pages.picture_of(find_item))),
        Route("/approvals/{id}/files/{number}/clip", shows(pages.clip_of(find_item))),
        Route("/posts/{id}", shows(pages.show_post)),
        Route("/posts/{id}/files/{number}/picture", shows(pages.picture_of(find_post))),
        Route("/posts/{id}/files/{number}/clip", shows(pages.clip_of(find_post))),
        Route("/consents", lists(pages.list_consents), methods=["GET"]),
        Route("/consents", acts(pages.give_consent), methods=["POST"]),
        Route("/consents/{id}/withdraw", acts(pages.withdraw_consent), methods=["POST"]),
        # Files of our own: the pages' policy loads nothing from elsewhere.
        Mount(STATIC.rstrip("/"), app=_static),
    ]


async def _home(_request: Request) -> Response:
    return RedirectResponse(_HOME, 303)


# Not the files' app itself: they are read with the first page, not with the list of routes.
async def _static(scope: Scope, receive: Receive, send: Send) -> None:
    await static_files()(scope, receive, send)


def _problem(title: str, status: int, text: str = "") -> ASGIApp:
    return page("problem.html", status=status, visit=None, here="/", title=title, text=text)


async def sign_in(site: Site, request: PageRequest) -> Response:
    """Let in whoever has a code, and lead on without it; else say how to get a link from a terminal."""
    code = request.http.query_params.get("code", "")
    # A HEAD is a look, by a program that checks links: it must not use the code up.
    if not code or request.http.method != "GET":
        return request.page("signing_in.html", title="Sign in")
    if not await site.pressroom.pages.use_code(code):
        refusal = request.page("signing_in.html", status=403, title="This link is used up or too old")
        refusal.headers["referrer-policy"] = "no-referrer"  # the address has a code
        return refusal
    response = RedirectResponse(_HOME, 303)
    response.set_cookie(
        site.cookie,
        site.visits.begin(),
        max_age=int(SIGNED_IN_FOR.total_seconds()),
        path="/",
        secure=site.is_secure,
        httponly=True,
        # Strict: a link in a page of another site shows an item as to a stranger.
        samesite="strict",
    )
    return response


async def sign_out(site: Site, request: PageRequest) -> Response:
    """End the session."""
    site.visits.end(request.http.cookies.get(site.cookie, ""))
    response = RedirectResponse("/sign-in", 303)
    response.delete_cookie(site.cookie, path="/", secure=site.is_secure, httponly=True, samesite="strict")
    return response
