"""The one listener for the internet, which reaches it through a tunnel or a proxy."""

import socket
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from pressroom.serving.guard import Guard
from pressroom.serving.limits import LIMITS, Limits, limited
from pressroom.serving.runner import running

PUBLIC_ROUTES: Final = frozenset({"media"})
"""The routes that the internet may reach, by the path segment that names each; never a page of ours."""


def serving_public(
    listener: socket.socket, routes: Mapping[str, ASGIApp], *, otherwise: str, limits: Limits = LIMITS
) -> AbstractAsyncContextManager[None]:
    """Serve `public_app` while the block runs. Raises ValueError as it does."""
    return running(public_app(routes, otherwise=otherwise), listener, limited(limits))


def public_app(routes: Mapping[str, ASGIApp], *, otherwise: str) -> ASGIApp:
    """Make the app that hands a path to the route which its first known segment names.

    otherwise: the route that gets a path without one, since a proxy may cut a path short.
    Raises ValueError for a route that is not in `PUBLIC_ROUTES`, and for an app behind a `Guard`, as every
    page of ours is.
    """
    for name, app in routes.items():
        if name not in PUBLIC_ROUTES or isinstance(app, Guard):
            raise ValueError(f"{name!r} is not declared public, or is a page: strangers must not reach it")
    fallback = routes[otherwise]

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        segments = str(scope["path"]).split("/")
        app = next((routes[one] for one in segments if one in routes), fallback)
        await app(scope, receive, send)

    return answer
