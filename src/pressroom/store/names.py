"""Names for a shell that completes a word, read from the store's file directly: somebody is typing.

Importing SQLAlchemy takes longer than such a question may. Nothing is created, migrated or waited for.
"""

import contextlib
import json
import sqlite3
from collections.abc import Collection
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from pressroom.core.post import PostState

_MOST = 100
_PATIENCE_S = 0.05
_HINT_LETTERS = 70
# The newest that were stored first: an order that costs nothing, however many there are.
_POSTS = """
SELECT id, state,
CASE "when" WHEN 'open' THEN 'open' WHEN 'day' THEN day
ELSE replace(substr(goes_out_at, 1, 16), 'T', ' ') || ' UTC' END,
json_extract(details, '$.kind'), json_extract(details, '$.options.caption')
FROM posts WHERE id >= ? AND id < ? || 'g' AND state IN (SELECT value FROM json_each(?))
ORDER BY rowid DESC LIMIT ?
"""
_LOGINS = "SELECT name FROM logins WHERE substr(name, 1, length(?)) = ? ORDER BY name LIMIT ?"
_PROPOSALS = """
SELECT id, verb FROM proposals
WHERE state = 'waiting' AND id >= ? AND id < ? || 'g' ORDER BY rowid DESC LIMIT ?
"""


class Named(NamedTuple):
    """An id or a name, and what it stands for."""

    name: str
    hint: str = ""


def post_ids(path: Path, start: str, states: Collection[PostState] = tuple(PostState)) -> list[Named]:
    """Return the posts in these states whose id begins with `start`; none where the file cannot be read."""
    if not _is_hexadecimal(start):
        return []
    names = list[Named]()
    rows = _rows(path, _POSTS, start, start, json.dumps(list(states)), _MOST)
    for post_id, state, when, kind, caption in rows:
        words = f"{kind}, {state}, {when} {caption or ''}"
        names.append(Named(post_id, " ".join(words.split())[:_HINT_LETTERS]))
    return names


def proposal_ids(path: Path, start: str) -> list[Named]:
    """Return the waiting proposals whose id begins with `start`; none where the file cannot be read."""
    if not _is_hexadecimal(start):
        return []
    rows = _rows(path, _PROPOSALS, start, start, _MOST)
    return [Named(name, f"a program wants: {verb}") for name, verb in rows]


def login_names(path: Path, start: str) -> list[Named]:
    """Return the logins whose name begins with `start`; none where the file cannot be read."""
    return [Named(name) for (name,) in _rows(path, _LOGINS, start, start, _MOST)]


def _rows(path: Path, query: str, *values: object) -> list[tuple[str, ...]]:
    # An address rather than a path, since only an address has a mode: a path alone would create the file.
    address = f"{path.absolute().as_uri()}?mode=ro"
    with (
        contextlib.suppress(sqlite3.Error),
        closing(sqlite3.connect(address, uri=True, timeout=_PATIENCE_S)) as connection,
    ):
        return connection.execute(query, values).fetchall()
    return []


def _is_hexadecimal(start: str) -> bool:
    return all(letter in "0123456789abcdef" for letter in start)
