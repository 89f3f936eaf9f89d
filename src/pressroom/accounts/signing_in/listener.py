"""Gets the address of a redirect on this machine, in place of a person who pastes it."""

import asyncio
import contextlib
import hmac
import secrets
import ssl
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.util import find_spec
from socket import socket
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Receive, Scope, Send

from pressroom.core.address import LOOPBACK, LOOPBACK_6
from pressroom.core.errors import SettingRefused
from pressroom.core.installation import how_to_install
from pressroom.core.secret import Secret
from pressroom.serving.guard import Guard, Secured
from pressroom.serving.limits import limited
from pressroom.serving.runner import running
from pressroom.serving.sockets import address_of, cannot_listen, is_in_use, listen

_PATH_BYTES, _LAST_PAGE_S = 16, 2.0
_PATH, _END = "/callback", "/signed-in"
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>
<body><h1>{title}</h1><p>{text}</p></body></html>
"""
_GOT = _PAGE.format(title="Back to the terminal", text="Pressroom has the answer. You can close this page.")
_OTHER = _PAGE.format(title="Not this sign-in", text="This address answers no sign-in that is waiting.")


class Redirects:
    """Waits for one redirect. redirect_uri: to be registered for the app, byte for byte."""

    def __init__(self, redirect_uri: str) -> None:
        self.redirect_uri = redirect_uri
        self._state: Secret | None = None
        self._address = asyncio.get_running_loop().create_future()
        self._shown = asyncio.Event()

    def expect(self, state: Secret) -> None:
        """Take the answer to the question with this state, and no other."""
        self._state = state

    async def address(self) -> str:
        """Return the address that a browser was redirected to."""
        address = await self._address
        # The listener ends with the sign-in, which may be over before the browser has its last page.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LAST_PAGE_S):
                await self._shown.wait()
        return address

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002  # ASGI's
        """Answer one request: the redirect is taken once, whatever reloads or prefetches it."""
        if scope["path"] == _END:
            await _answer(send, 200, _GOT)
            self._shown.set()
            return
        query = scope["query_string"].decode("latin-1")
        state = next(iter(parse_qs(query).get("state", ())), "") if query.isascii() else ""
        expected = self._state.reveal() if self._state else ""
        # Others of this machine can call the listener: without the state they cannot end the wait.
        is_ours = bool(expected) and hmac.compare_digest(state.encode(), expected.encode())
        if scope["path"] == _PATH and is_ours:
            if not self._address.done():
                self._address.set_result(f"{self.redirect_uri}?{query}")
            # Away from the address at once, so that the browser's history keeps no code of ours.
            await _answer(send, 303, "", (b"location", _END.encode()))
        else:
            await _answer(send, 404, _OTHER)


async def _answer(send: Send, status: int, page: str, *headers: tuple[bytes, bytes]) -> None:
    html = (b"content-type", b"text/html; charset=utf-8")
    await send({"type": "http.response.start", "status": status, "headers": [html, *headers]})
    await send({"type": "http.response.body", "body": page.encode()})


@asynccontextmanager
async def receiving(port: int, *, is_https: bool) -> AsyncGenerator[Redirects]:
    """Listen on this machine while the block runs. is_https: with a throw-away certificate.

    Raises SettingRefused for a port that is taken, and for https without the extra `sandbox` (trustme).
    """
    tls = _throw_away_certificate() if is_https else None
    listeners = list[socket]()
    # On each address of `localhost`: on one that was left, another program could get the answer.
    for host in (LOOPBACK, LOOPBACK_6):
        try:
            listeners.append(listen(host, port))
        except OSError as error:
            if listeners and not is_in_use(error):
                break  # this machine has no IPv6
            for listener in listeners:
                listener.close()
            fix = "Give another port, and register its address for the app."
            raise cannot_listen(error, host, port, rule="port", fix=fix) from None
        port = listeners[0].getsockname()[1]
    redirects = Redirects(f"{'https' if is_https else 'http'}://localhost:{port}{_PATH}")
    # The redirect comes as a link that is followed from Meta's page.
    app: ASGIApp = Secured(Guard(redirects, may_follow=True))
    async with AsyncExitStack() as serving:
        for listener in listeners:
            await serving.enter_async_context(running(app, listener, limited(), tls=tls))
        yield redirects


@asynccontextmanager
async def leading_to(address: str) -> AsyncGenerator[str]:
    """Serve an address on this machine that leads to another one, once; yields it.

    For a browser's command line, which every user of this machine can read: it must not hold a `state`.
    """
    listener = listen()
    path = f"/{secrets.token_urlsafe(_PATH_BYTES)}"
    left = [address]

    async def lead(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001  # ASGI's
        # A browser may look at it first (HEAD), which must not use it up.
        is_read = scope["method"] == "GET"
        if left and is_read and hmac.compare_digest(str(scope["path"]).encode(), path.encode()):
            await _answer(send, 303, "", (b"location", left.pop().encode()))
        else:
            await _answer(send, 404, _OTHER)

    async with running(Secured(Guard(lead)), listener, limited()):
        yield f"{address_of(listener)}{path}"


def _throw_away_certificate() -> ssl.SSLContext:
    if find_spec("trustme") is None:
        raise SettingRefused(
            "A certificate for https on this machine needs a package that is not installed.",
            rule="extra",
            value="sandbox",
            fix=how_to_install("sandbox"),
        )
    import trustme  # noqa: PLC0415  # an extra

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # Its key and its authority's stay in memory, and end with the process.
    authority = trustme.CA(organization_name="Pressroom, for one sign-in")
    authority.issue_cert("localhost", LOOPBACK).configure_cert(context)  # pyright: ignore[reportUnknownMemberType]  # pyOpenSSL is not there
    return context
