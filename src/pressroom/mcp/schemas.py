"""JSON schemas of arguments and answers, written out in place and without what says nothing."""

from collections.abc import Mapping
from typing import Any, cast

import msgspec

# What a model has no use for: names of our classes, their docstrings, and values that are left out.
_SILENT = frozenset({"title", "default"})


def schema_of(shape: type[msgspec.Struct]) -> dict[str, Any]:
    """Return the schema of a struct as one object, without references."""
    (schema,), parts = msgspec.json.schema_components((shape,), ref_template="{name}")
    found = cast("dict[str, Any]", _plain(schema, parts))
    found.pop("description", None)
    return found


def _plain(node: Any, parts: Mapping[str, Any]) -> Any:  # noqa: ANN401  # any part of a schema
    if isinstance(node, list):
        return [_plain(one, parts) for one in cast("list[Any]", node)]
    if not isinstance(node, dict):
        return node
    whole = cast("dict[str, Any]", node)
    if "$ref" in whole:
        part = cast("dict[str, Any]", _plain(parts[whole["$ref"]], parts))
        part.pop("description", None)
        return part | {name: value for name, value in whole.items() if name != "$ref"}
    if "enum" in whole:
        whole = {"type": "string", **whole}  # which some clients ask for
    spoken = {name: value for name, value in whole.items() if name not in _SILENT and value != []}
    said = {name: _named(name, value, parts) for name, value in spoken.items()}
    return _without_null(said)


def _named(name: str, value: Any, parts: Mapping[str, Any]) -> Any:  # noqa: ANN401  # the same
    if name == "properties":
        return {field: _plain(one, parts) for field, one in value.items()}
    return _plain(value, parts)


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Leave out that a value may be null: an argument that is not given, and an answer that is not known."""
    if "anyOf" not in schema:
        return schema
    kinds = [one for one in schema["anyOf"] if one != {"type": "null"}]
    if {"type": "number"} in kinds:  # of which an integer is one
        kinds = [one for one in kinds if one != {"type": "integer"}]
    rest = {name: value for name, value in schema.items() if name != "anyOf"}
    return rest | kinds[0] if len(kinds) == 1 else rest | {"anyOf": kinds}
