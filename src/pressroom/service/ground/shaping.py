"""How the JSON of an answer is filled from a value: by the names of fields, moments and paths as texts."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from operator import attrgetter
from pathlib import Path
from types import NoneType
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
    nested, (names, attributes) = _nested_shapes(shape), _attributes_of(shape, tuple(others))
    fields = (
        dict(zip(names, attributes(values[0]), strict=True))
        if len(values) == 1
        else {name: _attribute(name, values) for name in names}
    )
    fields |= others
    for name, field in fields.items():
        if not _is_plain(type(field)):
            fields[name] = _as_shown(field, nested[name])
    return shape(**fields)


@cache
def _is_plain(kind: type) -> bool:
    """Tell whether JSON has a value of this class as it is; most are."""
    return issubclass(kind, (str, int, float, NoneType))


@cache
def _attributes_of(
    shape: type[msgspec.Struct], others: tuple[str, ...]
) -> tuple[tuple[str, ...], Callable[[object], tuple[object, ...]]]:
    """Return the fields that are attributes, and what gets all of them at once: lists show thousands."""
    names = tuple(name for name in _nested_shapes(shape) if name not in others)
    if len(names) > 1:
        return names, attrgetter(*names)
    return names, lambda value: tuple(getattr(value, name) for name in names)


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
    kind = cast("type[object]", type(value))
    # A named tuple is a value with fields of its own.
    if kind in (tuple, list):
        return tuple([_as_shown(each, shape) for each in value])
    if isinstance(value, Mapping):
        fields = cast("Mapping[Any, Any]", value)
        return {key: _as_shown(each, shape) for key, each in fields.items()}
    if shape is None or _is_plain(kind) or isinstance(value, shape):
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
    if moment is None:
        return None
    # By the moment in UTC: where a clock is set back, two moments an hour apart compare equal.
    return _spelled(moment.astimezone(UTC), timezone)


@lru_cache(1000)  # lists spell hundreds, and most of them again and again
def _spelled(moment: datetime, timezone: str) -> str:
    return moment.astimezone(ZoneInfo(timezone)).isoformat(timespec="seconds")
