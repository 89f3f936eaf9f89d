"""Serves the pages on a port of this machine, behind the guard; `table.PAGES` says who may do what.

Start at `serving`, which has beside the pages what else answers on the port.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncGenerator, Mapping
from importlib import import_module
from typing import Final
from urllib.parse import urlsplit

from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
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
from pressroom.web.page import endpoint
from pressroom.web.site import SIGN_IN_COMMAND, STATIC, PageRequest, Site, render, static_files
from pressroom.web.table import MENU, PAGES

# Deflated pages are a sixth as long. The level is what the processor is quick at; streams are left alone.
_WORTH_IT_BYTES: Final = 1_000
_FAST: Final = 4
# Mostly one of the requests that are being answered has ended by then.
_RETRY_AFTER_S: Final = "5"


@contextlib.asynccontextmanager
async def serving(
    pressroom: Pressroom,
    listener: socket.socket,
    *,
    clock: Clock,
    reach: Reach | None = None,
    keyed: Mapping[str, ASGIApp] | None = None,
    limits: Limits | None = None,
    sign_in_command: str = SIGN_IN_COMMAND,
) -> AsyncGenerator[str]:
    """Serve the pages on an open socket while the block runs, and yield their address.

    pressroom: a person's session; whoever signs in acts as that person. reach: None for the socket's own
    address. keyed: apps of programs, by the path at and below which each answers. limits: None for those of
    the settings. sign_in_command: the shell command that prints a link for signing in; the sign-in page shows
    it to everyone. Raises AnotherPage where a process serves this data
    directory's pages already, Refused where that cannot be written down.
    """
    reach = reach or Reach(address_of(listener))
    # Loaded now, in a thread: the first click would stall what else runs here.
    for name in ("pressroom.service.consent.approvals", "pressroom.service.posts.posts"):
        await asyncio.to_thread(import_module, name)
    pages = web_app(pressroom, clock=clock, reach=reach, sign_in_command=sign_in_command)
    app = Reached(beside(pages, keyed or {}), reach)
    async with running(app, listener, limited(limits or Limits.of(pressroom.settings))):
        with pressroom.pages.announce(reach.base_url):
            yield reach.base_url


def web_app(
    pressroom: Pressroom, *, clock: Clock, reach: Reach, sign_in_command: str = SIGN_IN_COMMAND
) -> ASGIApp:
    """Make the app of the pages.

    pressroom: an open session of a user; everyone who signs in acts as that user. sign_in_command: as in
    `serving`.
    """
    # Cookies know no port: two servers of this machine would else sign each other's visitors out.
    cookie = f"pressroom-{urlsplit(reach.base_url).port or 80}"
    if reach.is_secure:
        # Browsers take a cookie of this name by https alone, and from no neighbour of the same domain.
        cookie = f"__Host-{cookie}"
    site = Site(pressroom, clock, cookie=cookie, is_secure=reach.is_secure, sign_in_command=sign_in_command)
    router = Router(routes(site), redirect_slashes=False, default=_problem("There is no such page", 404))

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        http = Request(scope)
        visit = site.visit(http)
        if admit(scope, visit or "strangers"):
            return await router(scope, receive, send)
        request = PageRequest(http=http, visit=visit, form={}, menu=MENU, decides=True)
        text = "Nothing was changed. Wait for what is being loaded, and do it again."
        response = request.problem(429, "That was too much at once.", text)
        response.headers["retry-after"] = _RETRY_AFTER_S
        return await response(scope, receive, send)

    # Each session has its fair share of what is answered at once, and all strangers together have one.
    guarded = Guard(answer, reach.hosts, may_follow=True, refuse=lambda reason: _problem(reason, 403))
    return Secured(GZipMiddleware(guarded, _WORTH_IT_BYTES, _FAST), FORMS_POLICY)


def routes(site: Site) -> list[BaseRoute]:
    """List the routes: those of all pages, and the files of our own, since pages load nothing else."""
    pages = [Route(page.path, endpoint(site, page, MENU), methods=[page.method]) for page in PAGES]
    return [*pages, Mount(STATIC.rstrip("/"), app=_static)]


# Not the files' app itself: they are read with the first page, not with the list of routes.
async def _static(scope: Scope, receive: Receive, send: Send) -> None:
    await static_files()(scope, receive, send)


def _problem(title: str, status: int, text: str = "") -> ASGIApp:
    return render("problem.html", status=status, title=title, text=text)
