"""Refuses what pages of other sites ask of servers on this machine, which a browser here can reach."""

from collections.abc import Callable, Container, Mapping
from typing import Final
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from pressroom.core.address import LOCAL_HOSTS

_OWN_SITES: Final = frozenset({b"same-origin", b"none"})  # none: typed in, or a bookmark
# What a browser sends when a link opens a page, as opposed to a frame, a script or a fetch.
_FOLLOWED: Final = (b"navigate", b"document")
_READS: Final = ("GET", "HEAD")


def hostname(host: bytes) -> str:
    """Read the name off a `Host` header: lower case, without port and brackets; empty for what is none."""
    try:
        return urlsplit(f"//{host.decode('latin-1')}").hostname or ""
    except ValueError:
        return ""


def refuse_plainly(reason: str) -> ASGIApp:
    """Make the app that answers 403 with the reason as text."""
    from starlette.responses import PlainTextResponse  # noqa: PLC0415  # loads only where one is refused

    return PlainTextResponse(f"{reason}\n", 403, {"x-content-type-options": "nosniff"})


class Guard:
    """Passes to `app` only what a program, a page of ours or a person asks; 403 for all else.

    hosts: the allowed host names, without a port. may_follow: whether a link on another site may open
    the app, whose pages that site can neither read nor frame. refuse: makes the app that answers, from the
    reason.
    """

    def __init__(
        self,
        app: ASGIApp,
        hosts: Container[str] = LOCAL_HOSTS,
        *,
        may_follow: bool = False,
        refuse: Callable[[str], ASGIApp] = refuse_plainly,
    ) -> None:
        self._app = app
        self._hosts = hosts
        self._may_follow = may_follow
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it before its body is read."""
        reason = None if scope["type"] == "lifespan" else self._reason(scope, dict(scope["headers"]))
        app = self._app if reason is None else self._refuse(reason)
        await app(scope, receive, send)

    def _reason(self, scope: Scope, headers: Mapping[bytes, bytes]) -> str | None:
        """Say why a request is refused; None lets it through."""
        host = headers.get(b"host", b"")
        # A site can point a name of its own at this machine (DNS rebinding), and is same-origin then.
        if hostname(host) not in self._hosts:
            return "This is not a host name of this server."
        # A form of another site opens a page, too, and changes something by it.
        if self._may_follow and scope.get("method") in _READS and _is_followed(headers):
            return None
        if headers.get(b"sec-fetch-site", b"none") not in _OWN_SITES:
            return "Pages of other sites cannot use this server."
        # Browsers without Sec-Fetch-Site still send Origin with requests that change something.
        if b"origin" in headers and headers[b"origin"].partition(b"://")[2] != host:
            return "Pages of other origins cannot use this server."
        return None


def _is_followed(headers: Mapping[bytes, bytes]) -> bool:
    return (headers.get(b"sec-fetch-mode"), headers.get(b"sec-fetch-dest")) == _FOLLOWED
