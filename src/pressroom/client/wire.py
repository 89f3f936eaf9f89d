"""Between a call and the network: a call becomes an HTTP request, and a reply an answer or an error.

`RequestBuilder` makes requests, for `client.Client`. `decode` reads the documented shape, or raises one of
Meta's three error envelopes. `time_limit` is the timeout of both transports, on a `core.clock.Clock`.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import cache
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import urlencode

import msgspec

from pressroom.client.pacing import RETRY_AFTER
from pressroom.core.account import Account
from pressroom.core.clock import Clock, SystemClock
from pressroom.core.errors import Refused, SettingRefused, UnexpectedAnswer
from pressroom.core.graph_errors import error_for
from pressroom.core.protocols import ByteStream, Reply, Request
from pressroom.core.secret import redact_json
from pressroom.graph.answers import ErrorBody
from pressroom.graph.call import Call, Effect, Endpoint
from pressroom.graph.limits import CONTAINER_LIFETIME_S
from pressroom.version import __version__

_FORM = "application/x-www-form-urlencoded"
_BYTES = "application/octet-stream"
TIMEOUT_S = 30.0
# Longer: Meta fetches an image before it answers a creation, and publishes before it answers that call.
WRITE_TIMEOUT_S = 60.0


class RequestBuilder:
    """Builds one account's requests: the token in a header, parameters in the query or a form body."""

    def __init__(self, account: Account) -> None:
        self._bases = {
            Endpoint.GRAPH: account.api_base,
            Endpoint.UPLOAD: account.upload_base,
            Endpoint.CODE: account.code_base,
        }
        self._version = account.version
        token = account.token.reveal()
        if not (token.isascii() and token.isprintable()):
            # Only of an account that a program handed in: all others are looked at when they are read.
            raise SettingRefused(
                "The token holds a control character, or a letter that no token has.",
                rule="token",
                limit="ASCII letters and digits",
                fix="Copy the token again, whole and alone.",
            )
        common = {"accept": "application/json", "user-agent": f"pressroom/{__version__}"}
        # The upload host expects Meta's older scheme name (Resumable Uploads).
        schemes = {Endpoint.GRAPH: "Bearer", Endpoint.UPLOAD: "OAuth"}
        self._plain_form = {**common, "content-type": _FORM}
        self._plain = common
        self._signed = {
            endpoint: {**common, "authorization": f"{scheme} {token}"} for endpoint, scheme in schemes.items()
        }
        self._forms = {
            endpoint: {**headers, "content-type": _FORM} for endpoint, headers in self._signed.items()
        }

    def __repr__(self) -> str:
        return f"RequestBuilder({self._bases[Endpoint.GRAPH]})"

    def build_upload(self, call: Call[Any], stream: ByteStream, headers: Mapping[str, str]) -> Request:
        """Build a request whose body is bytes. The caller, who sees the progress, limits its time."""
        return Request(
            method=call.method,
            url=self._bases[call.endpoint] + call.path,
            headers={**self._signed[call.endpoint], "content-type": _BYTES, **headers},
            stream=stream,
            timeout_s=float(CONTAINER_LIFETIME_S),
            needs_fresh_connection=True,
        )

    def build(
        self,
        call: Call[Any],
        before_bytes: Callable[[], None] | None = None,
        *,
        timeout_s: float | None = None,
        opens_for_write: bool = False,
    ) -> Request:
        """Build a call's request. Raises Refused for text that cannot be encoded as UTF-8.

        timeout_s: None for the default by the call's effect. opens_for_write: as of `Client.exchange`.
        """
        url = self._bases[call.endpoint]
        url = f"{url}/{self._version}{call.path}" if call.is_versioned else url + call.path
        try:
            encoded = urlencode(call.params, safe=",")  # lists of fields stay readable
        except UnicodeEncodeError:
            raise Refused(
                f"A text of {call.method} {call.path} holds half a character (a lone surrogate).",
                rule="text_encoding",
                limit="text that can be written as UTF-8",
                fix="Remove the broken character, usually half of an emoji.",
            ) from None
        default_s = TIMEOUT_S if call.effect is Effect.READ else WRITE_TIMEOUT_S
        if call.method == "POST":
            # In the body, not the URL: captions and secrets would end up in logs of proxies.
            headers = self._plain_form if call.secrets else self._forms[call.endpoint]
            body = encoded.encode("ascii")
        else:
            # A call with a secret among its parameters is Meta's token call, which takes no header for it.
            headers, body = self._plain if call.secrets else self._signed[call.endpoint], None
            url = f"{url}?{encoded}" if encoded else url
        return Request(
            method=call.method,
            url=url,
            headers=headers,
            body=body,
            timeout_s=default_s if timeout_s is None else timeout_s,
            before_bytes=before_bytes,
            # A write over a dead kept-alive connection would leave its outcome unknown.
            needs_fresh_connection=opens_for_write or call.effect is Effect.WRITE,
        )


AnswerT = TypeVar("AnswerT")
_SUCCESS = range(200, 300)
_NOT_AUTHORIZED = "NotAuthorizedError"
_TOKEN_CODE = 190


def decode(call: Call[AnswerT], reply: Reply, *, token: str) -> AnswerT:
    """Decode the answer of `call`.

    Raises the GraphError that the body contains, whatever the HTTP status, and UnexpectedAnswer for what is
    neither an error nor the documented shape. `token` is masked in an error that quotes it.
    """
    check(call, reply, token=token)
    try:
        return _decoder(call.answer).decode(reply.body)
    except _UNREADABLE as error:
        # msgspec's message names members and types, never values.
        reason = str(error) if isinstance(error, msgspec.ValidationError) else "not JSON"
    raise unexpected(call, reply, reason)


def check(call: Call[Any], reply: Reply, *, token: str) -> None:
    """Raise the error that the reply contains, if any."""
    # Inside a JSON string quotes are escaped, so this finds members only, and a good answer is parsed once.
    if reply.status in _SUCCESS and not any(member in reply.body for member in _ERROR_MEMBERS):
        return
    try:
        body = _ENVELOPE.decode(reply.body.decode("utf-8", "replace")).body()
    except msgspec.DecodeError:
        body = None
    is_limit = reply.status == HTTPStatus.TOO_MANY_REQUESTS or (
        reply.status == HTTPStatus.SERVICE_UNAVAILABLE and RETRY_AFTER in reply.headers
    )
    if is_limit and not body:
        body = ErrorBody(message="No more calls are taken for now")
    if body:
        # Meta, or a proxy in between, may quote the token in its words. The error gets no name: its traceback
        # holds this frame, and the frame would hold it.
        masked = msgspec.convert(redact_json(msgspec.to_builtins(body), token), ErrorBody)
        raise error_for(masked, http_status=reply.status, is_limit=is_limit)
    if reply.status not in _SUCCESS:
        raise unexpected(call, reply, "no error body")


def unexpected(call: Call[Any], reply: Reply, reason: str) -> UnexpectedAnswer:
    """Make the error of an answer that the API does not document."""
    kind = reply.headers.get("content-type", "no type")
    return UnexpectedAnswer(
        f"{call.method} {call.path} was answered with HTTP {reply.status}, {kind}, which the API does not "
        f"document ({reason}).",
        fix="Check that INSTAGRAM_API_BASE is the API and that no proxy answers in its place.",
        http_status=reply.status,
    )


class _DebugInfo(msgspec.Struct, frozen=True):
    """The upload host's error."""

    type: str = ""
    message: str = ""
    retriable: bool = False


class _Envelope(msgspec.Struct, frozen=True):
    """The error members of Meta's hosts: `error` (Graph), `error_message` (login), `debug_info` (upload)."""

    error: ErrorBody | None = None
    error_type: str | None = None
    error_message: str | None = None
    code: int | None = None
    debug_info: _DebugInfo | None = None

    def body(self) -> ErrorBody | None:
        """Return the error as a Graph error, whichever host it is of; None for an answer without an error."""
        if self.error is not None:
            return self.error
        if self.error_message is not None:
            # The login host's `code` is the HTTP status, not a Graph code, so it is dropped.
            return ErrorBody(message=self.error_message, type=self.error_type or "")
        if (info := self.debug_info) is not None:
            # The upload host has no codes of its own: a refused token gets Graph's, so that it asks for a
            # sign-in.
            code = _TOKEN_CODE if info.type == _NOT_AUTHORIZED else 0
            return ErrorBody(message=info.message, type=info.type, code=code, is_transient=info.retriable)
        return None


# Not strict: some answers spell numbers as text.
_ENVELOPE = msgspec.json.Decoder(_Envelope, strict=False)
_ERROR_MEMBERS = (b'"error"', b'"error_message"', b'"debug_info"')
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError)


@cache
def _decoder(answer: type[AnswerT]) -> msgspec.json.Decoder[AnswerT]:
    return msgspec.json.Decoder(answer)


def time_limit(clock: Clock, seconds: float) -> AbstractAsyncContextManager[object]:
    """Cancel the block after this many seconds on the clock, and raise TimeoutError."""
    if isinstance(clock, SystemClock):
        # The loop's own timer needs no extra task per call.
        return asyncio.timeout(seconds)
    return _limit_by(clock, seconds)


@asynccontextmanager
async def _limit_by(clock: Clock, seconds: float) -> AsyncGenerator[None]:
    # asyncio.timeout does the cancelling, so that only our own cancellation becomes a TimeoutError.
    async with asyncio.timeout(None) as limit:

        async def expire() -> None:
            await clock.sleep(seconds)
            limit.reschedule(0.0)

        watch = asyncio.create_task(expire())
        try:
            yield
        finally:
            watch.cancel()
