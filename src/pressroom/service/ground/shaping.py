"""How the JSON of an answer is filled from a value: by the names of fields, moments and paths as texts."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Generic, Self, TypeAlias, TypeVar, cast, get_args, overload
from zoneinfo import ZoneInfo

import msgspec

from pressroom.core.errors import ErrorShape

Value = TypeVar("Value")
StructT = TypeVar("StructT", bound=msgspec.Struct)

_FORMAT: dict[str, Any] = {"format": "date-time"}
InUtc: TypeAlias = Annotated[
    str, msgspec.Meta(description="ISO 8601 to the second, in UTC.", extra_json_schema=_FORMAT)
]
InZone: TypeAlias = Annotated[
    str, msgspec.Meta(description="ISO 8601 to the second, in the zone beside it.", extra_json_schema=_FORMAT)
]


class Shape(msgspec.Struct, Generic[Value], frozen=True):
    """The documented JSON of a value, whose class stands in brackets: `class KeyShape(Shape[Key])`."""

    @classmethod
    def of(cls, value: Value, /) -> Self:
        """Build the shape. A subclass overrides this where a field is not an attribute of the value."""
        return shape_of(cls, value)


def shape_of(shape: type[StructT], *values: object, **others: object) -> StructT:
    """Build a shape: each field is the attribute of that name of the first value that has it.

    others: fields that the values lack, or have under another name. All are shown as JSON has them: a moment
    in UTC, a day and a path as texts, and a value in its shape where the field's type is a shape.
    Raises AttributeError for a field that is nowhere. tests/service/test_shapes.py finds one without running
    the code, as a type checker would.
    """
    nested = _nested_shapes(shape)
    fields = {name: _attribute(name, values) for name in nested if name not in others} | others
    return shape(**{name: _as_shown(field, nested[name]) for name, field in fields.items()})


def _attribute(name: str, values: tuple[object, ...]) -> object:
    *firsts, last = values
    for value in firsts:
        if hasattr(value, name):
            return getattr(value, name)
    return getattr(last, name)


@cache
def _nested_shapes(shape: type[msgspec.Struct]) -> Mapping[str, type[msgspec.Struct] | None]:
    return {field.name: find_shape(field.type) for field in msgspec.structs.fields(shape)}


def find_shape(kind: Any) -> type[msgspec.Struct] | None:  # noqa: ANN401  # any annotation
    """Find the shape that a field's annotation names, be it in a union, a tuple or a mapping."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return kind
    return next(filter(None, map(find_shape, get_args(kind))), None)


def _as_shown(value: Any, shape: type[msgspec.Struct] | None) -> Any:  # noqa: ANN401  # any field
    if isinstance(value, Mapping):
        fields = cast("Mapping[Any, Any]", value)
        return {key: _as_shown(each, shape) for key, each in fields.items()}
    # A named tuple is a value with fields of its own.
    if type(value) in (tuple, list):
        return tuple(_as_shown(each, shape) for each in value)
    if shape is None or value is None or isinstance(value, shape):
        return _as_json(value)
    if shape is ErrorShape:
        return value.shape()
    if issubclass(shape, Shape):
        return cast("type[Shape[Any]]", shape).of(value)
    return shape_of(shape, value)


def _as_json(value: Any) -> Any:  # noqa: ANN401  # any field
    if isinstance(value, datetime):
        return spelled(value, "UTC")
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Path) else value


@overload
def spelled(moment: datetime, timezone: str) -> str: ...
@overload
def spelled(moment: datetime | None, timezone: str) -> str | None: ...
def spelled(moment: datetime | None, timezone: str) -> str | None:
    """Spell a moment as ISO 8601 in a zone, to the second."""
    return None if moment is None else moment.astimezone(ZoneInfo(timezone)).isoformat(timespec="seconds")
