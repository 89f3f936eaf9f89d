"""Finding one thing by the start of its id."""

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

from sqlalchemy import Column, ColumnElement, and_, bindparam

from pressroom.core.errors import NotFound
from pressroom.core.remedies import Fix

MOST_NAMED = 5
"""So many are asked for, to be named where several start alike."""

_ABOVE_ALL = "\uffff"


class _HasId(Protocol):
    @property
    def id(self) -> str: ...


Found = TypeVar("Found", bound=_HasId)


def starts_alike(column: Column[Any]) -> ColumnElement[bool]:
    """Describe the ids that start with the prefix of `bounds`."""
    return and_(column >= bindparam("prefix"), column < bindparam("end"))


def bounds(prefix: str) -> dict[str, str]:
    """Give the parameters of `starts_alike`."""
    return {"prefix": prefix, "end": prefix + _ABOVE_ALL}


def the_one(found: Sequence[Found], prefix: str, kind: str, *, fix: str | Fix) -> Found:
    """Give the one whose id starts so, or is so. Raises NotFound for none and for several, naming them.

    kind: what it is, in one word. fix: what to do where there is none.
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
