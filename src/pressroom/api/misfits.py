"""Tells what is allowed in the place of a value that does not fit, as the schema of the operation has it."""

import re
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

import msgspec

_Schema: TypeAlias = Mapping[str, Any]
_PLACE: Final = re.compile(r" - at `\$([^`]*)`$")
_STEP: Final = re.compile(r"\.(\w+)|\[[^]]*\]")
_NOTHING: Final[_Schema] = {}
_ENDS: Final = {"min": "least", "max": "most"}  # as the names of bounds begin


def misfit(error: msgspec.ValidationError, kind: Any) -> tuple[str | None, str]:  # noqa: ANN401  # any type
    """Return what is allowed where the error is, None where that is not bounded, and the fix."""
    (schema,), parts = msgspec.json.schema_components((kind,), ref_template="{name}")
    named = _PLACE.search(str(error))
    allowed = _plain(schema, parts)
    for step in _STEP.finditer(named[1] if named else ""):
        inner = allowed.get("properties", _NOTHING).get(step[1]) if step[1] else allowed.get("items")
        allowed = _plain(inner or _NOTHING, parts)
    words, said = allowed.get("description", ""), str(error)
    if "missing required" in said:
        return ", ".join(allowed.get("required", ())), "Give it."
    if "unknown field" in said:
        return ", ".join(allowed.get("properties", ())), "Leave it out, or correct its name."
    if "enum" in allowed:
        return ", ".join(map(str, allowed["enum"])), "Give one of those that are allowed."
    if " matching regex " in said:
        return allowed.get("pattern"), f"Give what it is: {words}" if words else "Give what is allowed."
    ends = {_ENDS[name[:3]]: end for name, end in allowed.items() if name[:3] in _ENDS}
    if ends and "= " in said:
        bounds = [f"at {side} {ends[side]:,}" for side in ("least", "most") if side in ends]
        return ", ".join(bounds), "Keep to what is allowed."
    return allowed.get("type"), f"Give what it is: {words}" if words else "Give what is allowed."


def _plain(schema: _Schema, parts: Mapping[str, _Schema]) -> _Schema:
    # null, by which a field is cleared, is nothing to tell here; words of the outside go before inner ones.
    outside = {"description": schema["description"]} if "description" in schema else _NOTHING
    if "$ref" in schema:
        return {**_plain(parts[schema["$ref"]], parts), **outside}
    for member in schema.get("anyOf", ()):
        if member.get("type") != "null":
            return {**_plain(member, parts), **outside}
    return schema
