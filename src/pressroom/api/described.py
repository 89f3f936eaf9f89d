"""What people read of the OpenAPI document: its operations by group, types in words, examples of bodies."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

Schema: TypeAlias = Mapping[str, Any]

_FORMATS: Final = {"date-time": "time", "binary": "bytes"}
_VALUES: Final[Schema] = {"string": "text", "integer": 1, "number": 1.5, "boolean": True, "object": {}}


class Described(NamedTuple):
    """An operation of the document. details: what the document says of it."""

    method: str
    path: str
    details: Schema


def operations_of(document: Schema, tag: str) -> Iterator[Described]:
    """Yield the operations of a group, in the order of the document."""
    for path, methods in document["paths"].items():
        for method, details in methods.items():
            if tag in details["tags"]:
                yield Described(method.upper(), path, details)


def kind_of(schema: Schema) -> str:
    """Return a type in words; names of other types, and words that are values, stand in backticks."""
    match schema:
        case {"$ref": _}:
            kind = f"`{_name(schema)}`"
        case {"enum": words}:
            kind = ", ".join(f"`{word}`" for word in words)
        case {"anyOf": members}:
            kind = " or ".join(map(kind_of, members))
        case {"prefixItems": members}:
            kind = f"list of {', '.join(map(kind_of, members))}"
        case {"items": member}:
            kind = f"list of {kind_of(member)}"
        case {"additionalProperties": {"type": _} | {"$ref": _} | {"anyOf": _} as member}:
            kind = f"object of {kind_of(member)}"
        case {"minimum": least, "maximum": most}:
            kind = f"{schema['type']} from {least} to {most}"
        case _:
            kind = _FORMATS.get(str(schema.get("format")), str(schema.get("type", "anything")))
    return kind


def words_of(schema: Schema) -> str:
    """Return what is said of a type, or of the one that it may be beside null; each paragraph is a line."""
    members: Sequence[Schema] = schema.get("anyOf", ())
    words = str(schema.get("description", "")) or next((text for text in map(words_of, members) if text), "")
    if default := schema.get("default"):
        words += f" Without it: `{default}`."
    return "\n".join(" ".join(paragraph.split()) for paragraph in words.split("\n\n"))


def choices_of(schema: Schema, schemas: Schema) -> list[str]:
    """Return the only words that a parameter may have, if there are some."""
    schema = schemas[_name(schema)] if "$ref" in schema else schema.get("items", schema)
    if "$ref" in schema:
        return choices_of(schema, schemas)
    return ["true", "false"] if schema.get("type") == "boolean" else schema.get("enum", [])


def example_of(schema: Schema, schemas: Schema) -> Any:  # noqa: ANN401  # any JSON
    """Return a value of a type: the example that it names, else its first; of an object what is needed."""
    match schema:
        case {"examples": [value, *_]} | {"enum": [value, *_]}:
            example = value
        case {"$ref": _}:
            example = example_of(schemas[_name(schema)], schemas)
        case {"anyOf": [member, *_]}:
            example = example_of(member, schemas)
        case {"prefixItems": members}:
            example = [example_of(member, schemas) for member in members]
        case {"items": member}:
            example = [example_of(member, schemas)]
        case {"properties": members}:
            needed = {*schema.get("required", ()), *(name for name in members if "examples" in members[name])}
            example = {name: example_of(members[name], schemas) for name in members if name in needed}
        case _:
            example = schema.get("minimum", _VALUES.get(schema.get("type", "null")))
    return example


def _name(schema: Schema) -> str:
    return schema["$ref"].rpartition("/")[2]
