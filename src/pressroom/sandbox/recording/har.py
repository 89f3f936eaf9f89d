"""Reads HAR files (HTTP Archive 1.2), as browsers and proxies write them: `read_har`.

Source: http://www.softwareishard.com/blog/har-12-spec/
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import msgspec

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

_FORM = "application/x-www-form-urlencoded"


class _Pair(msgspec.Struct):
    """A header, or a field of a form. value: absent for a file."""

    name: str
    value: str = ""


class _PostData(msgspec.Struct, rename="camel"):
    mime_type: str = ""
    text: str = ""
    encoding: str = ""  # not in the specification, yet written by some tools
    params: list[_Pair] = msgspec.field(default_factory=list[_Pair])


class _Content(msgspec.Struct, rename="camel"):
    text: str = ""
    encoding: str = ""


class _Request(msgspec.Struct, rename="camel"):
    method: str
    url: str
    headers: list[_Pair] = msgspec.field(default_factory=list[_Pair])
    post_data: _PostData | None = None
    body_size: float = 0


class _Response(msgspec.Struct, rename="camel"):
    status: int = 0
    headers: list[_Pair] = msgspec.field(default_factory=list[_Pair])
    content: _Content = msgspec.field(default_factory=_Content)


class _Entry(msgspec.Struct, rename="camel"):
    request: _Request
    response: _Response
    started_date_time: str


class _Log(msgspec.Struct):
    entries: list[msgspec.Raw]


class _Har(msgspec.Struct):
    log: _Log


def read_har(raw: bytes) -> Iterator[Exchange]:
    """Read the entries. Raises NotReadable, which names the entry."""
    try:
        log = msgspec.json.decode(raw, type=_Har).log
    except msgspec.DecodeError as error:
        raise NotReadable(f"it is no HAR file: {error}. Expected is log.entries, a list") from None
    check_number(len(log.entries))
    return (_exchange(number, entry) for number, entry in enumerate(log.entries, 1))


def _exchange(number: int, raw: msgspec.Raw) -> Exchange:
    where = f"log.entries, entry {number}"
    try:
        entry = msgspec.json.decode(raw, type=_Entry)
    except msgspec.DecodeError as error:
        raise NotReadable(f"{where}: {error}") from None
    request, response = entry.request, entry.response
    headers, answer_headers = _headers(request.headers), _headers(response.headers)
    body, body_bytes = _request_body(request, headers, f"{where}: the request's body")
    try:
        at = time_of(datetime.fromisoformat(entry.started_date_time))
    except ValueError:
        raise NotReadable(
            f"{where}: startedDateTime {entry.started_date_time!r} is no ISO 8601 time"
        ) from None
    content = response.content
    answer_where = f"{where}: the answer's body"
    answer = content.text.encode("utf-8", "replace")
    if content.encoding == "base64":
        answer = decode_base64(content.text, answer_where)
        answer = decompress(answer, answer_headers.get("content-encoding", ""), answer_where)
    check_size(len(answer), answer_where)
    return Exchange(
        number=number,
        at=at,
        method=request.method.upper(),
        url=request.url,
        headers=headers,
        body=body,
        body_bytes=body_bytes,
        # 0: a call that was blocked, or whose answer never came.
        status=response.status or None,
        answer=answer.decode("utf-8", "replace"),
    )


def _headers(pairs: list[_Pair]) -> dict[str, str]:
    return {pair.name.lower(): pair.value for pair in pairs}


def _request_body(request: _Request, headers: dict[str, str], where: str) -> tuple[str | None, int]:
    data = request.post_data
    if data is None or not (data.text or data.params):
        # A size without a text: bytes that the tool left out.
        size = max(0, int(request.body_size))
        return (None, size) if size else ("", 0)
    if data.mime_type:
        headers.setdefault("content-type", data.mime_type)
    if data.text:
        is_base64 = data.encoding == "base64"
        body = decode_base64(data.text, where) if is_base64 else data.text.encode("utf-8", "replace")
        check_size(len(body), where)
        return text_of(body)
    headers["content-type"] = _FORM
    return urlencode([(field.name, field.value) for field in data.params]), 0


def is_har(value: Any) -> bool:  # noqa: ANN401  # whatever JSON holds
    """Tell whether a JSON value has the form of a HAR file."""
    return isinstance(value, dict) and "log" in value
