"""Parses `fields=`: names, modifiers and nested fields, as in `comments.limit(5){text},children{id}`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from pressroom.sandbox.wire.refusals import GraphRefusal, refusal

_NAME = re.compile(r"\s*([A-Za-z_]\w*)\s*")
_MAX_DEPTH = 8  # the parser recurses: without a limit a long `a{a{a{` would end in RecursionError


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
    return _whole(text, 0)


def _whole(text: str, depth: int) -> tuple[Field, ...]:
    reader = _Reader(text)
    found = reader.fields(depth)
    if reader.place != len(text):
        raise reader.broken("end of string")
    return found


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.place = 0

    def broken(self, expected: str) -> GraphRefusal:
        seen = self.text[self.place : self.place + 1] or "end of string"
        message = (
            f'Syntax error "Expected {expected} instead of "{seen}"." at character {self.place}: {self.text}'
        )
        return refusal(2500, message=message)

    def fields(self, depth: int) -> tuple[Field, ...]:
        if depth > _MAX_DEPTH:
            raise self.broken("fewer nested fields")
        found: list[Field] = []
        while self.skip_space() not in ("", "}"):
            if self.skip(","):
                continue
            found.append(self.field(depth))
            if self.skip_space() not in ("", ",", "}"):
                raise self.broken("end of string")
        return tuple(found)

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
        found = _NAME.match(self.text, self.place)
        if found is None:
            raise self.broken("string")
        self.place = found.end()
        return found.group(1)

    def field(self, depth: int) -> Field:
        name, args = self.name(), dict[str, str]()
        while self.skip("."):
            modifier = self.name()
            args[modifier] = self.argument()
        if "fields" in args:  # `comments.fields(text)`, the older spelling of `comments{text}`
            return Field(name, args, _whole(args["fields"], depth + 1), args["fields"])
        if not self.skip("{"):
            return Field(name, args)
        start = self.place
        inner = self.fields(depth + 1)
        text = self.text[start : self.place]
        if not self.skip("}"):
            raise self.broken('"}"')
        return Field(name, args, inner, text)

    def argument(self) -> str:
        if not self.skip("("):
            raise self.broken('"("')
        # Counts brackets, since an argument may hold some: `media.fields(insights.metric(reach))`.
        start, depth = self.place, 1
        while self.place < len(self.text):
            depth += {"(": 1, ")": -1}.get(self.text[self.place], 0)
            self.place += 1
            if depth == 0:
                return self.text[start : self.place - 1].strip()
        raise self.broken('")"')
