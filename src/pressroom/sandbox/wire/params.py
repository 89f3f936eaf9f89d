"""Parses parameters wherever real clients put them: query, form, multipart, JSON body, or a mix.

`read_params` merges them; `text`, `flag`, `number`, `items`, `objects` and `mapping` read one of them, and
`parse_fields` parses `fields=` with its modifiers and nested fields, as in
`comments.limit(5){text},children{id}`. `tests/sandbox/corpus` holds the requests of clients that need each.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeAlias
from urllib.parse import parse_qsl

import msgspec

from pressroom.sandbox.wire.answer import GraphRefusal, invalid, refusal

Params = dict[str, Any]
_Tree: TypeAlias = "dict[str, str | _Tree]"
_TRUE = frozenset({"true", "1"})
_FALSE = frozenset({"false", "0", ""})
# `_grown` recurses; deeper keys are cut.
_MAX_DEPTH = 8
# 18 digits fit 64 bits. Not isdigit(): int() refuses some of its digits, and numbers of more than 4,300.
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
_BARE_KEY = re.compile(r"([{,]\s*)([A-Za-z_]\w*)\s*:")


def read_params(query: bytes, content_type: str, body: bytes) -> Params:
    """Merge query and body; the body wins. Raises GraphRefusal for a malformed body."""
    params: Params = {}
    if query:
        _merge_form(params, query)
    if body.strip():
        kind = content_type.partition(";")[0].strip().lower()
        if kind == "multipart/form-data":
            _merge_multipart(params, content_type, body)
        # JSON may come without its content type: fetch labels a string text/plain.
        elif kind.endswith("json") or (
            kind != "application/x-www-form-urlencoded" and body.lstrip()[:1] == b"{"
        ):
            try:
                value = msgspec.json.decode(body)
            except (msgspec.DecodeError, UnicodeDecodeError):
                raise invalid("The request body is not valid JSON") from None
            if not isinstance(value, dict):
                raise invalid("The request body must be a JSON object")
            # null is an absent parameter: it does not overrule the query's.
            for name, item in value.items():  # pyright: ignore[reportUnknownVariableType]  # JSON object keys are text
                if item is not None:
                    params[str(name)] = item  # pyright: ignore[reportUnknownArgumentType]
        else:
            _merge_form(params, body)
    return params


def _merge_form(params: Params, encoded: bytes) -> None:
    text = encoded.decode("utf-8", "replace")
    # Meta's own sample sends empty parameters: they are kept here, and `text` counts them as absent.
    _merge_pairs(params, parse_qsl(text, keep_blank_values=True, max_num_fields=1000))


def _merge_pairs(params: Params, pairs: Iterable[tuple[str, str]]) -> None:
    """Merge names and values; `children[0]=1` and `recipient[id]=2` become lists and objects, as in PHP.

    PHP's http_build_query and axios write them so.
    """
    trees: dict[str, _Tree] = {}
    for name, value in pairs:
        base, _, rest = name.partition("[")
        if base and rest.endswith("]"):
            branch, keys = trees.setdefault(base, {}), rest[:-1].split("][")[:_MAX_DEPTH]
            for key in keys[:-1]:
                # `a[]` appends.
                below = branch.setdefault(key or str(len(branch)), {})
                if not isinstance(below, dict):
                    break
                branch = below
            else:
                branch[keys[-1] or str(len(branch))] = value
        else:
            params[name] = value
    params.update((base, _grown(tree)) for base, tree in trees.items())


def _grown(tree: _Tree) -> dict[str, Any] | list[Any]:
    """Turn a tree into a list where its keys count from 0, else into an object."""
    grown = {key: _grown(branch) if isinstance(branch, dict) else branch for key, branch in tree.items()}
    places = [str(place) for place in range(len(grown))]
    return [grown[place] for place in places] if grown.keys() == set(places) else grown


def _merge_multipart(params: Params, content_type: str, body: bytes) -> None:
    from email.parser import BytesParser  # noqa: PLC0415  # few clients send multipart; it costs 10 ms to load

    message = BytesParser().parsebytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
    if not message.is_multipart():
        raise invalid("The multipart body cannot be read")
    pairs: list[tuple[str, str]] = []
    for part in message.walk():
        name = part.get_param("name", header="content-disposition")
        payload = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(payload, bytes):
            pairs.append((name, payload.decode("utf-8", "replace")))
    _merge_pairs(params, pairs)


def text(params: Params, name: str) -> str | None:
    """Give a parameter as text; None when absent or empty."""
    value = params.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    return msgspec.json.encode(value).decode()


def flag(params: Params, name: str) -> bool | None:
    """Give a boolean parameter: `true`, `True` as Python sends it, `1` or JSON.

    Raises GraphRefusal for other words.
    """
    value = text(params, name)
    if value is None:
        return None
    word = value.strip().lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise invalid(f"Param {name} must be a boolean")


def parse_integer(word: str) -> int | None:
    """Parse an integer of at most 18 plain digits; None for anything else."""
    return int(word) if _WHOLE.fullmatch(word) else None


def number(params: Params, name: str) -> int | None:
    """Give an integer parameter; None when absent. Raises GraphRefusal for anything else."""
    value = text(params, name)
    if value is None:
        return None
    parsed = parse_integer(value.strip())
    if parsed is None:
        raise invalid(f"Param {name} must be an integer")
    return parsed


def items(params: Params, name: str) -> list[str]:
    """Give a list of words: `a,b`, JSON text or a JSON list; Meta documents the first two for `children`."""
    value = params.get(name)
    if isinstance(value, str):
        stripped = value.strip()
        value = parse_json(stripped) if stripped.startswith("[") else stripped.split(",")
        if value is None:  # no JSON
            value = stripped.strip("[]").split(",")
    if value is None:
        return []
    if not isinstance(value, list):
        value = [value]
    return [
        item.strip(" \t\r\n\"'") if isinstance(item, str) else str(item)  # pyright: ignore[reportUnknownArgumentType]
        for item in value  # pyright: ignore[reportUnknownVariableType]
        if item not in (None, "")
    ]


def objects(params: Params, name: str) -> list[dict[str, Any]]:
    """Give a list of JSON objects, as in `user_tags`. Raises GraphRefusal for anything else."""
    value = params.get(name)
    if value is None or value == "":
        return []
    parsed = parse_json(value) if isinstance(value, str) else value
    if not isinstance(parsed, list) or not all(isinstance(item, dict) for item in parsed):  # pyright: ignore[reportUnknownVariableType]
        raise invalid(f"Param {name} must be an array of objects")
    return parsed  # pyright: ignore[reportUnknownVariableType]


def mapping(params: Params, name: str) -> Mapping[str, Any] | None:
    """Give one JSON object, as in `trial_params`. Raises GraphRefusal for anything else."""
    value = params.get(name)
    if value is None or value == "":
        return None
    parsed = parse_json(value) if isinstance(value, str) else value
    if not isinstance(parsed, dict):
        raise invalid(f"Param {name} must be a JSON object")
    return parsed  # pyright: ignore[reportUnknownVariableType]


def parse_json(value: str) -> Any:  # noqa: ANN401  # a parameter is whatever JSON can hold
    """Parse JSON, or the pseudo-JSON of Meta's samples (`[{username:'natgeo',x:0.5}]`); None for neither."""
    for spelling in (value, _BARE_KEY.sub(r'\1"\2":', value.replace("'", '"'))):
        try:
            return msgspec.json.decode(spelling)
        except (msgspec.DecodeError, UnicodeEncodeError):
            continue
    return None


_FIELD_NAME = re.compile(r"\s*([A-Za-z_]\w*)\s*")
# The parser recurses: without a limit a long `a{a{a{` would end in RecursionError.
_DEEPEST_FIELD = 8


@dataclass(frozen=True, slots=True)
class Field:
    """One requested field. `inner`: the nested fields, None without any; `inner_text`: as written."""

    name: str
    args: Mapping[str, str] = field(default_factory=dict[str, str])
    inner: tuple["Field", ...] | None = None
    inner_text: str = ""


# Clients repeat the same few field lists, above all while they poll.
@lru_cache(maxsize=1024)
def parse_fields(text: str) -> tuple[Field, ...]:
    """Parse a `fields` parameter. Raises GraphRefusal (2500) for a syntax error."""
    return _FieldReader(text).whole(0)


class _FieldReader:
    """Parses by recursive descent; each method consumes what it is named after, from `place` on."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.place = 0

    def whole(self, depth: int) -> tuple[Field, ...]:
        fields = self.fields(depth)
        if self.place != len(self.text):
            raise self.syntax_error("end of string")
        return fields

    def syntax_error(self, expected: str) -> GraphRefusal:
        seen = self.text[self.place : self.place + 1] or "end of string"
        message = (
            f'Syntax error "Expected {expected} instead of "{seen}"." at character {self.place}: {self.text}'
        )
        return refusal(2500, message=message)

    def fields(self, depth: int) -> tuple[Field, ...]:
        if depth > _DEEPEST_FIELD:
            raise self.syntax_error("fewer nested fields")
        fields: list[Field] = []
        while self.skip_space() not in ("", "}"):
            if self.skip(","):
                continue
            fields.append(self.field(depth))
            if self.skip_space() not in ("", ",", "}"):
                raise self.syntax_error("end of string")
        return tuple(fields)

    def skip_space(self) -> str:
        """Skip white space and give the next character without consuming it; empty at the end."""
        while self.text[self.place : self.place + 1].isspace():
            self.place += 1
        return self.text[self.place : self.place + 1]

    def skip(self, sign: str) -> bool:
        if self.text.startswith(sign, self.place):
            self.place += 1
            return True
        return False

    def name(self) -> str:
        match = _FIELD_NAME.match(self.text, self.place)
        if match is None:
            raise self.syntax_error("string")
        self.place = match.end()
        return match.group(1)

    def field(self, depth: int) -> Field:
        name, args = self.name(), dict[str, str]()
        while self.skip("."):
            modifier = self.name()
            args[modifier] = self.argument()
        # `comments.fields(text)`, the older spelling of `comments{text}`.
        if "fields" in args:
            return Field(name, args, _FieldReader(args["fields"]).whole(depth + 1), args["fields"])
        if not self.skip("{"):
            return Field(name, args)
        start = self.place
        inner = self.fields(depth + 1)
        text = self.text[start : self.place]
        if not self.skip("}"):
            raise self.syntax_error('"}"')
        return Field(name, args, inner, text)

    def argument(self) -> str:
        if not self.skip("("):
            raise self.syntax_error('"("')
        # Counts brackets, since an argument may hold some: `media.fields(insights.metric(reach))`.
        start, depth = self.place, 1
        while self.place < len(self.text):
            depth += {"(": 1, ")": -1}.get(self.text[self.place], 0)
            self.place += 1
            if depth == 0:
                return self.text[start : self.place - 1].strip()
        raise self.syntax_error('")"')
