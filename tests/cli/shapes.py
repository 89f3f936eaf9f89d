"""The JSON that docs/reference/cli.md shows and docs/reference/schemas.json describes, by command."""

import json
import re
from pathlib import Path
from typing import Any, cast

import msgspec
from jsonschema_rs import validator_for

from pressroom.cli.answers import ANSWERS

REFERENCE = Path(__file__).parents[2] / "docs/reference"
PAGE = (REFERENCE / "cli.md").read_text(encoding="utf-8")
SCHEMAS: dict[str, Any] = json.loads((REFERENCE / "schemas.json").read_text(encoding="utf-8"))
_BLOCK = re.compile(r"^```json ([^\n]+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
SHAPES: dict[str, Any] = {name: json.loads(text) for name, text in _BLOCK.findall(PAGE)}
# What these hold depends on the media or the call.
_OPEN = ("metrics", "totals", "params", "counts", "answer", "outcome", "facts")
_NUMBERS = (int, float)


def assert_documented(name: str, actual: Any) -> None:
    """Hold an answer against the page: the same members in the same order, of the same types, or null."""
    _assert_same(SHAPES[name], actual, name)
    if name in ANSWERS:
        assert_described(name, actual)


def assert_described(name: str, actual: Any) -> None:
    """Hold an answer against its schema, and against its struct, which has each of its members."""
    validator_for({**SCHEMAS["answers"][name], "$defs": SCHEMAS["$defs"]}).validate(actual)
    held = msgspec.convert(actual, ANSWERS[name])
    assert json.loads(msgspec.json.encode(held)) == actual, name


def _assert_same(documented: Any, actual: Any, where: str) -> None:
    if documented is None or actual is None:
        return
    if type(documented) in _NUMBERS:
        assert type(actual) in _NUMBERS, where
        return
    assert type(actual) is type(documented), where
    if isinstance(documented, dict) and not where.endswith(_OPEN):
        shown, found = cast("dict[str, Any]", documented), cast("dict[str, Any]", actual)
        assert list(found) == list(shown), where
        for member, value in found.items():
            _assert_same(shown[member], value, f"{where}.{member}")
    elif isinstance(documented, list) and documented:
        for value in cast("list[Any]", actual):
            _assert_same(documented[0], value, f"{where}[]")
