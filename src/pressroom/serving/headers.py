"""The security headers of our pages: they load nothing from elsewhere, and are neither framed nor cached."""

from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

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
                given = list(message.get("headers", ()))
                names = {name.lower() for name, _ in given}
                message["headers"] = given + [one for one in self._headers if one[0] not in names]
            await send(message)

        await self._app(scope, receive, send_secured)
