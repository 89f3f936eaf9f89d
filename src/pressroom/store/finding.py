"""Finds records by the start of their ids: `core.stored_posts` has the rule by which one of them is meant."""

from typing import Any

from sqlalchemy import Column, ColumnElement, and_, bindparam

# Sorts behind every character of an id. A range uses the index; SQLite's LIKE, which ignores case, does not.
_ABOVE_ALL = "\uffff"


def starts_alike(column: Column[Any]) -> ColumnElement[bool]:
    """Build the condition for ids with the prefix that `bounds` sets."""
    return and_(column >= bindparam("prefix"), column < bindparam("end"))


def bounds(prefix: str) -> dict[str, str]:
    """Return the parameters of `starts_alike`."""
    return {"prefix": prefix, "end": prefix + _ABOVE_ALL}
