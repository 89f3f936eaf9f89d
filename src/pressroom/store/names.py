"""Names for a shell that completes a word: read from the store's file by itself, since somebody is typing.

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
SELECT id, state, goes_out_at, json_extract(details, '$.kind'), json_extract(details, '$.options.caption')
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
    found = _rows(path, _POSTS, start, start, json.dumps(list(states)), _MOST)
    return [Named(row[0], _hint(*row[1:])) for row in found]


def proposal_ids(path: Path, start: str) -> list[Named]:
    """Return the waiting proposals whose id begins with `start`; none where the file cannot be read."""
    if not _is_hexadecimal(start):
        return []
    found = _rows(path, _PROPOSALS, start, start, _MOST)
    return [Named(name, f"a program wants: {verb}") for name, verb in found]


def login_names(path: Path, start: str) -> list[Named]:
    """Return the logins whose name begins with `start`; none where the file cannot be read."""
    return [Named(name) for (name,) in _rows(path, _LOGINS, start, start, _MOST)]


def _rows(path: Path, query: str, *values: object) -> list[tuple[str, ...]]:
    with contextlib.suppress(sqlite3.Error), closing(_opened(path)) as connection:
        return connection.execute(query, values).fetchall()
    return []


def _opened(path: Path) -> sqlite3.Connection:
    # As an address, since only that has a mode: a path alone would create the file.
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=_PATIENCE_S)


def _is_hexadecimal(start: str) -> bool:
    return all(letter in "0123456789abcdef" for letter in start)


def _hint(state: str, goes_out_at: str, kind: str, caption: str | None) -> str:
    words = f"{kind}, {state}, {goes_out_at[:16].replace('T', ' ')} UTC"
    return " ".join(f"{words} {caption or ''}".split())[:_HINT_LETTERS]
