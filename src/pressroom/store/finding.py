"""Finds one record by a prefix of its id."""

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

from sqlalchemy import Column, ColumnElement, and_, bindparam

from pressroom.core.errors import NotFound
from pressroom.core.remedies import Fix

MOST_NAMED = 5
"""How many candidates are read, to be named when a prefix is ambiguous."""

# Sorts behind every character of an id. A range uses the index; SQLite's LIKE, which ignores case, does not.
_ABOVE_ALL = "\uffff"


class _HasId(Protocol):
    @property
    def id(self) -> str: ...


Found = TypeVar("Found", bound=_HasId)


def starts_alike(column: Column[Any]) -> ColumnElement[bool]:
    """Build the condition for ids with the prefix that `bounds` sets."""
    return and_(column >= bindparam("prefix"), column < bindparam("end"))


def bounds(prefix: str) -> dict[str, str]:
    """Return the parameters of `starts_alike`."""
    return {"prefix": prefix, "end": prefix + _ABOVE_ALL}


def the_one(found: Sequence[Found], prefix: str, kind: str, *, fix: str | Fix) -> Found:
    """Return the only one found, or the one whose id equals the prefix.

    kind: the record's name in messages, one word. fix: what to do when there is none.
    Raises NotFound for none and for several, naming them.
    """
    exact = [one for one in found if one.id == prefix]
    if len(found) == 1 or exact:
        return (exact or found)[0]
    if not found:
        raise NotFound(f"There is no {kind} {prefix}.", fix=fix)
    raise NotFound(
        f"Several {kind}s start with {prefix!r}: {', '.join(one.id for one in found)}"
        f"{', ...' if len(found) == MOST_NAMED else ''}.",
        fix="Give more of the id.",
        is_ambiguous=True,
    )
