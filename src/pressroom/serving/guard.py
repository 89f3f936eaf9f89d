"""Protects the pages and apps that we serve on this machine from the other sites that a browser opens.

`Guard` refuses what pages of other sites ask: a browser here can reach every port of this machine. `Secured`
adds the headers by which our pages load nothing from elsewhere, and are neither framed nor cached.
"""

from collections.abc import Callable, Container, Mapping
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pressroom.core.address import LOCAL_HOSTS

_OWN_SITES: Final = frozenset({b"same-origin", b"none"})  # none: typed in, or a bookmark
# What a browser sends when a link opens a page, as opposed to a frame, a script or a fetch.
_FOLLOWED: Final = (b"navigate", b"document")
_READS: Final = ("GET", "HEAD")
_BY_ITS_OWN: Final = (
    "Ask by the server's own address, from a program or from a site that the server was told to let in."
)


def hostname(host: bytes) -> str:
    """Read the name off a `Host` header: lower case, without port and brackets; empty for what is none."""
    try:
        return urlsplit(f"//{host.decode('latin-1')}").hostname or ""
    except ValueError:
        return ""


def refuse_as_problem(reason: str, status: int = 403, fix: str = _BY_ITS_OWN) -> ASGIApp:
    """Make the app that answers with the reason as problem details (RFC 9457)."""
    from starlette.responses import JSONResponse  # noqa: PLC0415  # loads only where one is refused

    title = HTTPStatus(status).phrase
    problem = {"type": "about:blank", "title": title, "status": status, "detail": reason, "fix": fix}
    return JSONResponse(problem, status, {"x-content-type-options": "nosniff"}, "application/problem+json")


def refuse_plainly(reason: str) -> ASGIApp:
    """Make the app that answers 403 with the reason as text."""
    from starlette.responses import PlainTextResponse  # noqa: PLC0415  # loads only where one is refused

    return PlainTextResponse(f"{reason}\n", 403, {"x-content-type-options": "nosniff"})


class Guard:
    """Passes to `app` only what a program, a page of ours or a person asks; 403 for all else.

    hosts: the allowed host names, without a port. may_follow: whether a link on another site may open
    the app, whose pages that site can neither read nor frame. origins: other sites whose pages may use the
    app by script. refuse: makes the app that answers, from the reason.
    """

    def __init__(
        self,
        app: ASGIApp,
        hosts: Container[str] = LOCAL_HOSTS,
        *,
        may_follow: bool = False,
        origins: Container[str] = (),
        refuse: Callable[[str], ASGIApp] = refuse_plainly,
    ) -> None:
        self._app = app
        self._hosts = hosts
        self._may_follow = may_follow
        self._origins = origins
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it before its body is read."""
        reason = None if scope["type"] == "lifespan" else self._refusal_of(scope, dict(scope["headers"]))
        app = self._app if reason is None else self._refuse(reason)
        await app(scope, receive, send)

    def _refusal_of(self, scope: Scope, headers: Mapping[bytes, bytes]) -> str | None:
        """Say why a request is refused; None lets it through."""
        host = headers.get(b"host", b"")
        # A site can point a name of its own at this machine (DNS rebinding), and is same-origin then.
        if hostname(host) not in self._hosts:
            return "This is not a host name of this server."
        # Browsers send it with every request that a script makes of another site, and a script cannot set it.
        if headers.get(b"origin", b"").decode("latin-1") in self._origins:
            return None
        # A form of another site opens a page, too, and changes something by it.
        navigation = (headers.get(b"sec-fetch-mode"), headers.get(b"sec-fetch-dest"))
        if self._may_follow and scope.get("method") in _READS and navigation == _FOLLOWED:
            return None
        if headers.get(b"sec-fetch-site", b"none") not in _OWN_SITES:
            return "Pages of other sites cannot use this server."
        # Browsers without Sec-Fetch-Site still send Origin with requests that change something.
        if b"origin" in headers and headers[b"origin"].partition(b"://")[2] != host:
            return "Pages of other origins cannot use this server."
        return None


# Starts from `none`: what is not listed is refused.
POLICY: Final = (
    b"default-src 'none'; img-src 'self'; media-src 'self'; style-src 'self'; script-src 'self'; "
    b"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# For pages whose buttons are forms, and that have no script.
FORMS_POLICY: Final = (
    b"default-src 'none'; img-src 'self'; media-src 'self'; style-src 'self'; "
    b"base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
# For pages of forms that also have scripts of ours.
LIVE_POLICY: Final = (
    b"default-src 'none'; img-src 'self' blob:; media-src 'self' blob:; style-src 'self'; script-src 'self'; "
    b"connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
NO_SNIFF: Final = (b"x-content-type-options", b"nosniff")
NO_STORE: Final = (b"cache-control", b"no-store")
SECURE: Final = (
    (b"content-security-policy", POLICY),
    (b"referrer-policy", b"no-referrer"),
    NO_SNIFF,
    NO_STORE,
)


class Secured:
    """Adds `SECURE` to every answer of an app, except the headers that the answer has already.

    policy: the content security policy in place of `POLICY`.
    """

    def __init__(self, app: ASGIApp, policy: bytes = POLICY) -> None:
        self._app = app
        self._headers = (*SECURE[1:], (SECURE[0][0], policy))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""

        async def send_secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = list(message.get("headers", ()))
                names = {name.lower() for name, _ in own}
                message["headers"] = own + [header for header in self._headers if header[0] not in names]
            await send(message)

        await self._app(scope, receive, send_secured)
