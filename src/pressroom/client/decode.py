"""Decodes answers: the documented shape, one of Meta's three error envelopes, or neither."""

from functools import cache
from typing import Any, TypeVar

import msgspec

from pressroom.core.errors import UnexpectedAnswer
from pressroom.core.graph_errors import error_for
from pressroom.core.protocols import Reply
from pressroom.core.redact import redact_json
from pressroom.graph.answers import ErrorBody
from pressroom.graph.calls import Call

AnswerT = TypeVar("AnswerT")
_SUCCESS = range(200, 300)
_NOT_AUTHORIZED = "NotAuthorizedError"
_TOKEN_CODE = 190


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
        """Return the envelope's error as a Graph error; None for an answer without one."""
        if self.error is not None:
            return self.error
        if self.error_message is not None:
            # The login host's `code` is the HTTP status, not a Graph code, so it is dropped.
            return ErrorBody(message=self.error_message, type=self.error_type or "")
        if self.debug_info is not None:
            return _upload_error(self.debug_info)
        return None


def _upload_error(info: _DebugInfo) -> ErrorBody:
    # The upload host has no codes of its own: a refused token gets Graph's, so that it asks for a sign-in.
    code = _TOKEN_CODE if info.type == _NOT_AUTHORIZED else 0
    return ErrorBody(message=info.message, type=info.type, code=code, is_transient=info.retriable)


# Not strict: some answers spell numbers as text.
_ENVELOPE = msgspec.json.Decoder(_Envelope, strict=False)
_ERROR_MEMBERS = (b'"error"', b'"error_message"', b'"debug_info"')
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError)


@cache
def _decoder(answer: type[AnswerT]) -> msgspec.json.Decoder[AnswerT]:
    return msgspec.json.Decoder(answer)


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
    body = reply.body
    # Inside a JSON string quotes are escaped, so this finds members only, and a good answer is parsed once.
    if reply.status in _SUCCESS and not any(member in body for member in _ERROR_MEMBERS):
        return
    # The error gets no name: its traceback holds this frame, and the frame would hold it.
    if refusal := _refusal(reply):
        raise error_for(_masked(refusal, token), http_status=reply.status)
    if reply.status not in _SUCCESS:
        raise unexpected(call, reply, "no error body")


def _refusal(reply: Reply) -> ErrorBody | None:
    try:
        return _ENVELOPE.decode(reply.body.decode("utf-8", "replace")).body()
    except msgspec.DecodeError:
        return None


def _masked(body: ErrorBody, token: str) -> ErrorBody:
    """Mask secrets that Meta, or a proxy in between, quotes in an error."""
    return msgspec.convert(redact_json(msgspec.to_builtins(body), token), ErrorBody)


def unexpected(call: Call[Any], reply: Reply, reason: str) -> UnexpectedAnswer:
    """Make the error of an answer that the API does not document."""
    kind = reply.headers.get("content-type", "no type")
    return UnexpectedAnswer(
        f"{call.method} {call.path} was answered with HTTP {reply.status}, {kind}, which the API does not "
        f"document ({reason}).",
        fix="Check that INSTAGRAM_API_BASE is the API and that no proxy answers in its place.",
        http_status=reply.status,
    )
