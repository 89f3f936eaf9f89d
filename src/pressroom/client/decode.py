"""Reads answers: the documented shape, one of Meta's three error envelopes, or neither."""

from functools import cache
from typing import Any, TypeVar

import msgspec

from pressroom.core.errors import GraphError, UnexpectedAnswer
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
    """The three hosts' error members: `error` (Graph), `error_message` (login), `debug_info` (upload)."""

    error: ErrorBody | None = None
    error_type: str | None = None
    error_message: str | None = None
    code: int | None = None
    debug_info: _DebugInfo | None = None

    def body(self) -> ErrorBody | None:
        """Give what the envelope holds as a Graph error; None for an answer that is no error."""
        if self.error is not None:
            return self.error
        if self.error_message is not None:
            # The login host puts the HTTP status where a Graph code would be: it says nothing.
            return ErrorBody(message=self.error_message, type=self.error_type or "")
        if self.debug_info is not None:
            return _upload_error(self.debug_info)
        return None


def _upload_error(info: _DebugInfo) -> ErrorBody:
    code = _TOKEN_CODE if info.type == _NOT_AUTHORIZED else 0
    return ErrorBody(message=info.message, type=info.type, code=code, is_transient=info.retriable)


_ENVELOPE = msgspec.json.Decoder(_Envelope, strict=False)
_ERROR_MEMBERS = (b'"error"', b'"error_message"', b'"debug_info"')
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError)


@cache
def _decoder(answer: type[AnswerT]) -> msgspec.json.Decoder[AnswerT]:
    return msgspec.json.Decoder(answer)


def decode(call: Call[AnswerT], reply: Reply, *, token: str) -> AnswerT:
    """Read the answer of `call`.

    Raises the GraphError that the body names, whatever the HTTP status says, and UnexpectedAnswer for what is
    neither an error nor the documented shape. `token` is masked in an error that quotes it.
    """
    check(call, reply, token=token)
    try:
        return _decoder(call.answer).decode(reply.body)
    except _UNREADABLE as error:
        # The decoder names places and types, never values.
        reason = str(error) if isinstance(error, msgspec.ValidationError) else "not JSON"
    raise unexpected(call, reply, reason)


def check(call: Call[Any], reply: Reply, *, token: str) -> None:
    """Raise the error that the reply holds, if it holds one."""
    body = reply.body
    # Inside a text the name is spelled \"error\" on the wire: this sees members only, without parsing twice.
    if reply.status in _SUCCESS and not any(member in body for member in _ERROR_MEMBERS):
        return
    error = _graph_error(reply, token)
    if error is not None:
        raise error
    if reply.status not in _SUCCESS:
        raise unexpected(call, reply, "no error body")


def _graph_error(reply: Reply, token: str) -> GraphError | None:
    try:
        body = _ENVELOPE.decode(reply.body.decode("utf-8", "replace")).body()
    except msgspec.DecodeError:
        return None
    return error_for(_masked(body, token), http_status=reply.status) if body else None


def _masked(body: ErrorBody, token: str) -> ErrorBody:
    """Hide what Meta, or who stands between, quotes of ours and of others."""
    return msgspec.convert(redact_json(msgspec.to_builtins(body), token), ErrorBody)


def unexpected(call: Call[Any], reply: Reply, reason: str) -> UnexpectedAnswer:
    """Make the error of an answer that is not what the API documents."""
    kind = reply.headers.get("content-type", "no type")
    return UnexpectedAnswer(
        f"{call.method} {call.path} was answered with HTTP {reply.status}, {kind}, which the API does not "
        f"document ({reason}).",
        fix="Check that INSTAGRAM_API_BASE is the API and that no proxy answers in its place.",
        http_status=reply.status,
    )
