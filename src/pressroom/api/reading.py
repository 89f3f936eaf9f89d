"""Reads what a request says, strictly: what is not understood is refused by name, and nothing is dropped."""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Final, TypeVar, Union, cast, get_args, get_origin, get_type_hints

import msgspec
from starlette.datastructures import Headers, QueryParams
from starlette.requests import Request

from pressroom.api.misfits import misfit
from pressroom.api.operation import Fields
from pressroom.core.errors import Refused
from pressroom.serving.limits import body_of

MOST_BYTES: Final = 262_144
"""The most bytes of a body in JSON."""
_MOST_DEPTH: Final = 32
_JSON: Final = "application/json"
_VERSION: Final = re.compile(r'"([1-9][0-9]{0,17})"', re.ASCII)
_KEY: Final = re.compile(r"[\x21-\x7e]{1,200}", re.ASCII)
_TRUTHS: Final = {"true": True, "false": False}
FieldsT = TypeVar("FieldsT", bound=Fields)


class Unreadable(Refused):
    """A request that HTTP or JSON does not allow; the status says in which way."""

    def __init__(
        self, status: int, message: str, *, rule: str, value: object = None, limit: object = None, fix: str
    ) -> None:
        super().__init__(message, rule=rule, value=value, limit=limit, fix=fix)
        self.status = status


def read_query(kind: type[FieldsT], parameters: QueryParams) -> FieldsT:
    """Read a query. Raises Refused for a parameter that is unknown, given twice, or of a wrong value."""
    types = _query_types(kind)
    values = dict[str, Any]()
    for name, text in parameters.multi_items():
        if name not in types:
            names = ", ".join(types) or "none"
            raise _parameter_refused(name, "There is no such parameter.", names, "Leave it out.")
        if "\0" in text:
            raise _parameter_refused(name, "It holds a NUL.", "a text without it", "Leave it out.")
        if types[name].is_list:
            values.setdefault(name, []).append(_read(name, text, types[name].member))
        elif name in values:
            raise _parameter_refused(name, "It was given twice.", "once", "Give it once.")
        else:
            values[name] = _read(name, text, types[name].member)
    try:
        return msgspec.convert(values, kind)
    except msgspec.ValidationError as error:
        raise _refused_by(error, "query", kind) from None


class _Parameter(msgspec.Struct, frozen=True):
    member: Any
    is_list: bool


@cache
def _query_types(kind: type[Fields]) -> Mapping[str, _Parameter]:
    """Return the type of each parameter as a text can spell it: without None, and of a list its members'."""
    hints, parameters = get_type_hints(kind, include_extras=True), dict[str, _Parameter]()
    for declared in msgspec.structs.fields(kind):
        bare = _without_none(hints[declared.name])
        is_list = get_origin(_unannotated(bare)) is tuple
        member = get_args(_unannotated(bare))[0] if is_list else bare
        parameters[declared.encode_name] = _Parameter(member, is_list)
    return parameters


def _without_none(kind: Any) -> Any:  # noqa: ANN401  # any annotation
    # `?state=null` would be read as None, and nobody can say None in a query.
    if get_origin(kind) is Annotated:
        inner, *notes = get_args(kind)
        return Annotated[(_without_none(inner), *notes)]
    if get_origin(kind) in (Union, UnionType):
        return Union[tuple(member for member in get_args(kind) if member is not NoneType)]  # noqa: UP007
    return kind


def _unannotated(kind: Any) -> Any:  # noqa: ANN401  # any annotation
    return get_args(kind)[0] if get_origin(kind) is Annotated else kind


def _read(name: str, text: str, kind: Any) -> Any:  # noqa: ANN401  # any parameter
    if _unannotated(kind) is bool:
        if text not in _TRUTHS:
            raise _parameter_refused(
                name, f"{text!r} is neither true nor false.", "true, false", "Write one."
            )
        return _TRUTHS[text]
    try:
        value = msgspec.convert(text, kind, strict=False)
        # At the ends of the calendar there are moments that UTC cannot spell.
        return value.astimezone(UTC) if isinstance(value, datetime) else value
    except msgspec.ValidationError as error:
        raise _parameter_refused(name, f"{error}.", *misfit(error, kind)) from None
    except OverflowError as error:
        raise _parameter_refused(
            name, f"{error}.", "a moment in UTC", "Write an earlier or later one."
        ) from None


def _parameter_refused(name: str, message: str, limit: str | None, fix: str) -> Refused:
    return Refused(f"Parameter {name!r}: {message}", rule="parameter", value=name, limit=limit, fix=fix)


async def read_body(kind: type[FieldsT], request: Request) -> FieldsT:
    """Read a body in JSON. Raises Unreadable, and Refused for a field that is unknown or of a wrong value."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != _JSON:
        raise Unreadable(
            415,
            f"The body is said to be {media_type or 'of no type'}.",
            rule="content_type",
            value=media_type,
            limit=_JSON,
            fix=f"Send JSON, with the header `Content-Type: {_JSON}`.",
        )
    body = await body_of(request, MOST_BYTES)
    if body is None:
        raise Unreadable(
            413,
            f"The body has more than {MOST_BYTES:,} bytes.",
            rule="body_bytes",
            limit=MOST_BYTES,
            fix="Send less; files go by uploads of their own.",
        )
    _require_plain(body)
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise _refused_by(error, "body", kind) from None
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise _no_json(str(error)) from None


async def require_no_body(request: Request) -> None:
    """Raise Refused for a body that nobody would read. An empty object is none."""
    if "content-length" not in request.headers and "transfer-encoding" not in request.headers:
        return
    body = await body_of(request, MOST_BYTES)
    if body is None or body.strip() not in {b"", b"{}"}:
        raise Refused(
            "This operation takes no body.",
            rule="body",
            limit="none",
            fix="Leave it out; the description of the operation tells which parameters there are.",
        )


def _require_plain(body: bytes) -> None:
    """Raise Unreadable for JSON that readers take differently: names given twice, half characters, NaN."""
    try:
        value = json.loads(body.decode(), object_pairs_hook=_unique, parse_constant=_no_number)
        _require_shallow(value, _MOST_DEPTH)
    except (ValueError, RecursionError) as error:
        raise _no_json("it is nested too deep" if isinstance(error, RecursionError) else str(error)) from None


def _unique(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        (twice, _), *_ = Counter(name for name, _ in pairs).most_common(1)
        raise ValueError(f"{twice[:80]!r} is given twice")
    return members


def _no_number(word: str) -> float:
    raise ValueError(f"{word} is no number of JSON")


def _require_shallow(value: Any, depth: int) -> None:  # noqa: ANN401  # any JSON
    if isinstance(value, str):
        if "\0" in value:
            raise ValueError("a text holds a NUL")
        value.encode()  # half a character of a pair cannot be
    elif isinstance(value, (dict, list)):
        if not depth:
            raise ValueError(f"it is nested deeper than {_MOST_DEPTH}")
        members = cast("dict[str, Any] | list[Any]", value)
        for member in [*members, *members.values()] if isinstance(members, dict) else members:
            _require_shallow(member, depth - 1)


def _no_json(why: str) -> Unreadable:
    return Unreadable(
        400,
        f"The body is no JSON that can be used: {why.rstrip('.')}.",
        rule="json",
        limit="an object of RFC 8259 in UTF-8, each name once",
        fix="Send it as a JSON library writes it.",
    )


def _refused_by(error: msgspec.ValidationError, where: str, kind: type[Fields]) -> Refused:
    # msgspec names the field: "Object contains unknown field `x`", "... - at `$.files[0]`".
    limit, fix = misfit(error, kind)
    return Refused(
        f"The {where} is not what this operation takes: {error}.",
        rule=where,
        value=str(error),
        limit=limit,
        fix=fix,
    )


def read_version(headers: Headers) -> int | None:
    """Read the version that `If-Match` names; None for `*`. Raises Unreadable."""
    named = headers.getlist("if-match")
    if not named:
        raise Unreadable(
            428,
            "The version that was seen is not named, and somebody may have changed it since.",
            rule="if_match",
            limit='the header `If-Match: "VERSION"`',
            fix="Read it first: `ETag` has its version. `If-Match: *` changes whatever is there.",
        )
    if named == ["*"]:
        return None
    seen = _VERSION.fullmatch(named[0].strip()) if len(named) == 1 else None
    if seen is None:
        raise Unreadable(
            400,
            f"`If-Match` names no version: {', '.join(named)[:80]!r}.",
            rule="if_match",
            value=named[0][:80],
            limit='"VERSION" or *',
            fix="Send the `ETag` of the answer that was seen.",
        )
    return int(seen[1])


def read_key(headers: Headers) -> str | None:
    """Read the `Idempotency-Key`; None for none. Raises Unreadable."""
    named = headers.getlist("idempotency-key")
    if not named:
        return None
    key = named[0].strip()
    # The draft of the IETF says it is a quoted string; most clients send it bare.
    if len(key) > 1 and key[0] == key[-1] == '"':
        key = key[1:-1]
    if len(named) > 1 or not _KEY.fullmatch(key):
        raise Unreadable(
            400,
            "The `Idempotency-Key` cannot be used.",
            rule="idempotency_key",
            value=key[:80],
            limit="one, of 1 to 200 visible ASCII characters",
            fix="Send a random one, such as a UUID, for each new wish.",
        )
    return key
