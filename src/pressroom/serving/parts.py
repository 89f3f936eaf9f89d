"""Several apps on one port: the pages for people, and beside them what programs reach by a key.

`beside` leads each request to its app. `shared` lets pages of named origins use one.
"""

from collections.abc import Collection, Mapping
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

# What a page elsewhere may send along and read; all else browsers keep from it.
_SENT: Final = (
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "If-Match",
    "If-None-Match",
    "Last-Event-ID",
)
_READ: Final = ("ETag", "Location", "Retry-After")
_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
# How long a browser asks no second time whether it may: as long as any of them remembers it.
_REMEMBERED_S: Final = 7200


def beside(pages: ASGIApp, keyed: Mapping[str, ASGIApp]) -> ASGIApp:
    """Make the app that leads each path to whom it is for.

    keyed: the apps that look at keys, by the path at and below which each answers; all else is the pages'.
    The pages are shown no key and those apps no cookie, so neither can heed what is for the other.
    """

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        path = str(scope["path"])
        app = next((app for at, app in keyed.items() if path == at or path.startswith(f"{at}/")), None)
        kept_back = b"authorization" if app is None else b"cookie"
        headers = [header for header in scope["headers"] if header[0] != kept_back]
        await (app or pages)({**scope, "headers": headers}, receive, send)

    return answer


def shared(app: ASGIApp, origins: Collection[str]) -> ASGIApp:
    """Let pages of these origins use an app by script, with a key that they show themselves (CORS).

    The `Guard` before it has to let them through, too. No origins: the app as it is.
    """
    if not origins:
        return app
    from starlette.middleware.cors import CORSMiddleware  # noqa: PLC0415  # loads only where some are named

    return CORSMiddleware(
        app,
        allow_origins=origins,
        allow_methods=_METHODS,
        allow_headers=_SENT,
        expose_headers=_READ,
        max_age=_REMEMBERED_S,
    )
