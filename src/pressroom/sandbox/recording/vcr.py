"""Reads cassettes of VCR: those of vcrpy (Python) and of VCR (Ruby), in YAML or JSON: `read_vcr`.

Sources: https://vcrpy.readthedocs.io/en/latest/usage.html and https://benoittgt.github.io/vcr/#/
"""

from collections.abc import Iterator
from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final, cast

import msgspec

from pressroom.core.errors import SettingRefused
from pressroom.core.installation import how_to_install
from pressroom.sandbox.recording.exchanges import (
    Exchange,
    NotReadable,
    check_number,
    check_size,
    decode_base64,
    decompress,
    text_of,
    time_of,
)

# A cassette nests its mappings seven deep; deeper ones would only exhaust the stack of the parser.
_DEEPEST: Final = 40
_MAX_YAML_BYTES: Final = 16 << 20  # YAML is slow to parse
_LISTS: Final = {"interactions": "vcrpy", "http_interactions": "VCR for Ruby"}


class _Body(msgspec.Struct):
    """The body as an object. encoding: of Ruby's strings, which are UTF-8 here already."""

    string: Any = None
    base64_string: str | None = None
    encoding: str | None = None


_Headers = dict[str, list[str] | str | None]


class _Request(msgspec.Struct):
    method: str
    uri: str
    headers: _Headers | None = None
    body: Any = None


class _Status(msgspec.Struct):
    code: int


class _Response(msgspec.Struct):
    status: _Status
    headers: _Headers | None = None
    body: Any = None


class _Interaction(msgspec.Struct):
    request: _Request
    response: _Response
    recorded_at: Any = None  # a text, or what YAML takes for a time


def read_vcr(raw: bytes, *, is_json: bool) -> Iterator[Exchange]:
    """Read the interactions. Raises NotReadable, which names the interaction or the line of the YAML.

    Raises SettingRefused for YAML without the extra `sandbox`.
    """
    value: Any = msgspec.json.decode(raw) if is_json else _parse_yaml(raw)
    cassette = cast("dict[Any, Any]", value) if isinstance(value, dict) else {}
    name = next((name for name in _LISTS if isinstance(cassette.get(name), list)), None)
    if name is None:
        wanted = " or ".join(f"{name!r} ({tool})" for name, tool in _LISTS.items())
        raise NotReadable(f"it is no cassette of VCR, which has a list {wanted}")
    interactions: list[Any] = cassette[name]
    check_number(len(interactions))
    return (_exchange(number, item, name) for number, item in enumerate(interactions, 1))


def is_cassette(value: Any) -> bool:  # noqa: ANN401  # whatever JSON holds
    """Tell whether a JSON value has the form of a cassette."""
    return isinstance(value, dict) and any(name in value for name in _LISTS)


def _parse_yaml(raw: bytes) -> Any:  # noqa: ANN401  # what YAML holds
    if find_spec("yaml") is None:
        raise SettingRefused(
            "Cassettes in YAML need a package that is not installed.",
            rule="extra",
            value="sandbox",
            fix=how_to_install("sandbox"),
        )
    yaml: Any = import_module("yaml")  # an extra

    if len(raw) > _MAX_YAML_BYTES:
        raise NotReadable(f"it is longer than {_MAX_YAML_BYTES >> 20} MB, the most for YAML. Split it")
    # Safe: it makes only plain values, never objects of a class that the file names.
    base = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class Loader(base):  # of its own, so that nothing is added to the library's
        pass

    # Ruby writes bytes with a tag of its own.
    Loader.add_constructor("!binary", base.construct_yaml_binary)
    try:
        _check_depth(yaml.parse(raw, Loader=base))
        return yaml.load(raw, Loader=Loader)
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise NotReadable(f"it is no YAML that is read here{line}: {error.problem}") from None
    except (yaml.YAMLError, ValueError, UnicodeDecodeError) as error:
        raise NotReadable(f"it is no YAML: {error}") from None


def _check_depth(events: Any) -> None:  # noqa: ANN401  # the library's events
    """Raise NotReadable for nesting that no cassette has: the library would exhaust its stack on it."""
    depth = 0
    for event in events:
        name = type(event).__name__
        depth += name.endswith(("MappingStartEvent", "SequenceStartEvent"))
        depth -= name.endswith(("MappingEndEvent", "SequenceEndEvent"))
        if depth > _DEEPEST:
            line = event.start_mark.line + 1
            raise NotReadable(f"line {line} is nested more than {_DEEPEST} deep, which no cassette is")


def _exchange(number: int, value: Any, name: str) -> Exchange:  # noqa: ANN401  # what the file holds
    where = f"{name}, item {number}"
    try:
        interaction = msgspec.convert(value, _Interaction)
    except msgspec.ValidationError as error:
        raise NotReadable(f"{where}: {error}") from None
    headers, answer_headers = _headers(interaction.request.headers), _headers(interaction.response.headers)
    # Only Ruby's cassettes have the time of an interaction; the others have the answer's.
    recorded_at = interaction.recorded_at or answer_headers.get("date", "")
    body, body_bytes = text_of(_bytes(interaction.request.body, f"{where}: the request's body"))
    answer_where = f"{where}: the answer's body"
    answer = decompress(
        _bytes(interaction.response.body, answer_where),
        answer_headers.get("content-encoding", ""),
        answer_where,
    )
    return Exchange(
        number=number,
        at=time_of(recorded_at if isinstance(recorded_at, datetime) else str(recorded_at)),
        method=interaction.request.method.upper(),
        url=interaction.request.uri,
        headers=headers,
        body=body,
        body_bytes=body_bytes,
        status=interaction.response.status.code,
        answer=answer.decode("utf-8", "replace"),
    )


def _bytes(body: Any, where: str) -> bytes:  # noqa: ANN401  # vcrpy writes a text, bytes, an object or nothing
    if isinstance(body, dict):
        try:
            parts = msgspec.convert(body, _Body)
        except msgspec.ValidationError as error:
            raise NotReadable(f"{where}: {error}") from None
        encoded = parts.base64_string
        body = parts.string if encoded is None else decode_base64(encoded, where)
    if body is None:
        return b""
    if not isinstance(body, str | bytes):
        raise NotReadable(
            f"{where} is {type(body).__name__}; expected is text, bytes, or an object with `string`"
        )
    plain = body.encode("utf-8", "replace") if isinstance(body, str) else body
    check_size(len(plain), where)
    return plain


def _headers(headers: _Headers | None) -> dict[str, str]:
    return {
        name.lower(): ", ".join(values) if isinstance(values, list) else values or ""
        for name, values in (headers or {}).items()
    }
