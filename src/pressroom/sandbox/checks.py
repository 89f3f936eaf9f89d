"""Checks what Python hands over as the control API checks its orders, and names what was probably meant."""

from collections.abc import Iterable
from dataclasses import Field, fields
from difflib import get_close_matches
from functools import lru_cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints


def did_you_mean(word: str, names: Iterable[str]) -> str:
    """Ask for the name that is nearest to a word, with a space before; empty where none is near."""
    # Sorted: of two names that are equally near it is always the same.
    matches = get_close_matches(word, sorted(names), n=1)
    return f" Did you mean {matches[0]}?" if matches else ""


def check_types(checked: Any) -> None:  # noqa: ANN401  # any dataclass
    """Raise ValueError for a field of a dataclass that holds a value of another type than its own."""
    hints = _hints(checked.__class__)
    every: tuple[Field[Any], ...] = fields(checked)
    for name in (field.name for field in every):
        value, hint = getattr(checked, name), hints[name]
        if _fits(value, hint):
            continue
        meant = did_you_mean(value, _words(hint)) if isinstance(value, str) else ""
        classes = [kind for kind in _kinds(hint) if isinstance(kind, type)]
        own = next((kind for kind in classes if kind.__module__.startswith("pressroom.")), None)
        if isinstance(value, str) and own is not None:
            # A text can also have meant a maker of the class, as `Processing.at_once()`.
            makers = [maker for maker, member in vars(own).items() if isinstance(member, classmethod)]
            matches = get_close_matches(value, makers, n=1)
            meant = f" Did you mean {own.__name__}.{matches[0]}()?" if matches else ""
        raise ValueError(f"{name} is {' or '.join(_words(hint))}, not {value!r}.{meant}")


@lru_cache
def _hints(kind: type[Any]) -> dict[str, Any]:
    return get_type_hints(kind)


def _fits(value: object, hint: Any) -> bool:  # noqa: ANN401  # whatever an annotation can be
    origin = get_origin(hint)
    if origin is Literal:
        return value in get_args(hint)
    if origin in (Union, UnionType):
        return any(_fits(value, kind) for kind in get_args(hint))
    if origin is tuple:
        return isinstance(value, tuple | list) and all(_fits(item, get_args(hint)[0]) for item in value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    kind = getattr(hint, "__supertype__", hint)  # of a NewType
    if kind in (int, float):  # a truth value is an int to Python, and a mistake here
        return isinstance(value, int | float if kind is float else int) and not isinstance(value, bool)
    return isinstance(value, kind)


def _kinds(hint: Any) -> tuple[Any, ...]:  # noqa: ANN401
    return get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)


def _words(hint: Any) -> list[str]:  # noqa: ANN401
    words = list[str]()
    for kind in _kinds(hint):
        if get_origin(kind) is Literal:
            words += [str(value) for value in get_args(kind)]
        elif get_origin(kind) is tuple:
            words.append(f"a tuple of {get_args(kind)[0].__name__}")
        else:
            words.append("None" if kind is NoneType else getattr(kind, "__supertype__", kind).__name__)
    return words
