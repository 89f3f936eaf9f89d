"""One call and its answer as another tool recorded them, and the limits of such files.

`har` and `vcr` read files into exchanges; `importing` makes a recording of them. The files are not trusted:
every size is limited, also that of what is compressed.
"""

import base64
import binascii
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Final, cast
from urllib.parse import urlsplit

import msgspec

from pressroom.sandbox.calls.call import split_path
from pressroom.sandbox.wire.answer import GraphRefusal
from pressroom.sandbox.wire.params import read_params

MAX_FILE_BYTES: Final = 64 << 20
MAX_EXCHANGES: Final = 5_000
MAX_BODY_BYTES: Final = 4 << 20  # as the sandbox takes from a client
MAX_DEPTH: Final = 100
MAX_TOTAL_BYTES: Final = 128 << 20
_SCHEMES: Final = ("bearer", "oauth")
_OTHER_TOKENS: Final = ("input_token", "fb_exchange_token")
# Of the sandbox's clock; a file that says another time says none.
_EARLIEST, _LATEST = datetime(2001, 1, 1, tzinfo=UTC), datetime(2199, 1, 1, tzinfo=UTC)
_GZIP_OR_ZLIB: Final = 32 + zlib.MAX_WBITS  # zlib's flag for either header
_ENCODINGS: Final = frozenset({"gzip", "x-gzip", "deflate"})


class NotReadable(ValueError):
    """The file is not what its format demands; the text names the entry, and what is expected there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One call with its answer.

    number: in the file, from 1. at: unix seconds; None where the file does not say. headers: their names are
    lower-case. body: None for bytes that are not text, whose number is `body_bytes`.
    status: None without an answer.
    """

    number: int
    at: float | None
    method: str
    url: str
    headers: Mapping[str, str]
    body: str | None
    body_bytes: int = 0
    status: int | None
    answer: str

    @property
    def host(self) -> str:
        """The host's name; empty without one."""
        return urlsplit(self.url).hostname or ""

    @property
    def path(self) -> str:
        """The path, with the version."""
        return urlsplit(self.url).path or "/"

    @property
    def target(self) -> str:
        """The path and the query."""
        query = urlsplit(self.url).query
        return f"{self.path}?{query}" if query else self.path

    @property
    def segments(self) -> list[str]:
        """The parts of the path after the version."""
        return split_path(self.path)[0]

    @property
    def params(self) -> dict[str, Any]:
        """Every parameter, wherever it stood; none for a body that cannot be read."""
        query = urlsplit(self.url).query.encode("utf-8", "replace")
        try:
            return read_params(query, self.headers.get("content-type", ""), (self.body or "").encode())
        except GraphRefusal:
            return {}

    @property
    def tokens(self) -> list[str]:
        """The tokens it was sent with, the one that it was made with first."""
        params = self.params
        scheme, _, secret = self.headers.get("authorization", "").partition(" ")
        header = secret.strip() if scheme.lower() in _SCHEMES else None
        sent = [params.get("access_token"), header, *(params.get(name) for name in _OTHER_TOKENS)]
        return [token for token in sent if isinstance(token, str) and token]

    @property
    def is_done(self) -> bool:
        """Whether it was not refused."""
        return self.status == HTTPStatus.OK


def decode_base64(text: str, where: str) -> bytes:
    """Decode a body in base64. Raises NotReadable."""
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise NotReadable(f"{where} is not base64") from None


def decompress(body: bytes, encoding: str, where: str) -> bytes:
    """Undo the `Content-Encoding` of a body, where the tool kept it compressed.

    Raises NotReadable for an encoding other than gzip and deflate, and for more than `MAX_BODY_BYTES`.
    """
    encoding = encoding.strip().lower()
    # Tools that decompress leave the header as it was: text is text already.
    if encoding in ("", "identity") or text_of(body)[0] is not None:
        return body
    if encoding not in _ENCODINGS:
        raise NotReadable(
            f"{where} is compressed as {encoding}; gzip and deflate are read. Record it without compression, "
            "such as with decode_compressed_response=True in vcrpy"
        )
    for window_bits in (_GZIP_OR_ZLIB, -zlib.MAX_WBITS):
        try:
            plain = zlib.decompressobj(window_bits).decompress(body, MAX_BODY_BYTES + 1)
        except zlib.error:
            continue
        check_size(len(plain), where)
        return plain
    raise NotReadable(f"{where} is not {encoding}, as its Content-Encoding says")


def check_size(size: int, where: str) -> None:
    """Raise NotReadable for a body that is too long."""
    if size > MAX_BODY_BYTES:
        raise NotReadable(f"{where} is longer than {MAX_BODY_BYTES >> 20} MB")


def check_url(url: str, where: str) -> None:
    """Raise NotReadable for a text that is no URL."""
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = None
    if parts is None or not parts.scheme or not url.isprintable():
        # Not shown: it may be a token in the wrong place.
        raise NotReadable(f"{where}: its URL is none; expected is such as https://graph.instagram.com/me")


def check_number(count: int) -> None:
    """Raise NotReadable for too many calls."""
    if count > MAX_EXCHANGES:
        raise NotReadable(f"it holds {count:,} calls; {MAX_EXCHANGES:,} are read at most. Split it")


def time_of(moment: datetime | str) -> float | None:
    """Give unix seconds of a moment, or of a text as HTTP has it; None for what is none of this century."""
    try:
        when = parsedate_to_datetime(moment) if isinstance(moment, str) else moment
    except ValueError:
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return when.timestamp() if _EARLIEST <= when <= _LATEST else None


def limited(exchanges: Iterable[Exchange]) -> list[Exchange]:
    """Collect exchanges. Raises NotReadable when all bodies together are too long.

    A small file can hold long ones: compressed, or by a YAML alias the same one many times.
    """
    kept, size = list[Exchange](), 0
    for exchange in exchanges:
        check_url(exchange.url, f"entry {exchange.number}")
        for text, what in ((exchange.body or "", "request"), (exchange.answer, "answer")):
            size += len(text)
            _check_depth(text, f"entry {exchange.number}: the JSON of the {what}")
        if size > MAX_TOTAL_BYTES:
            raise NotReadable(f"its bodies are longer than {MAX_TOTAL_BYTES >> 20} MB together. Split it")
        kept.append(exchange)
    return kept


def _check_depth(text: str, where: str) -> None:
    """Raise NotReadable for JSON that is nested deeper than Python can follow."""
    try:
        pending: list[tuple[Any, int]] = [(msgspec.json.decode(text), 1)]
    except msgspec.DecodeError:
        return  # no JSON
    except RecursionError:
        pending = [([], MAX_DEPTH + 1)]
    while pending:
        value, depth = pending.pop()
        if depth > MAX_DEPTH:
            raise NotReadable(f"{where} is nested more than {MAX_DEPTH} deep")
        if isinstance(value, dict):
            value = list(cast("dict[str, Any]", value).values())
        if isinstance(value, list):
            pending += [(inner, depth + 1) for inner in cast("list[Any]", value)]


def text_of(body: bytes) -> tuple[str | None, int]:
    """Give a body as text, and the number of bytes that are not: one of the two is empty."""
    try:
        return body.decode(), 0
    except UnicodeDecodeError:
        return None, len(body)
