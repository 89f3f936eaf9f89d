"""Thousands of posts that wait, each with a proposal of one of many programs: copies of one, made at once."""

import sqlite3
from contextlib import closing
from pathlib import Path

_NUMBERS = """
WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count})
INSERT INTO {table} ({columns}) SELECT {values} FROM numbers, {table} AS model WHERE model.{key} = ?
"""
_SUBJECT = "SELECT subject_id FROM proposals WHERE id = ?"
_NEW_ACTOR = """
INSERT INTO actors (id, kind, name, created_at)
SELECT 'program:' || ?1, 'program', ?1, max(created_at) FROM actors
"""
_ID, _ACTOR = "printf('%032x', n)", "'program:bot ' || (n % {programs})"


def a_crowd(file: Path, proposal_id: str, *, count: int, programs: int) -> dict[str, str]:
    """Copy a waiting proposal and its post so often; gives who asked for each post, by its id."""
    actor = _ACTOR.format(programs=programs)
    with closing(sqlite3.connect(file)) as connection, connection:
        (model,) = connection.execute(_SUBJECT, [proposal_id]).fetchone()
        connection.executemany(_NEW_ACTOR, [(f"bot {number}",) for number in range(programs)])
        _copy(connection, "posts", ("id", model), count, id=_ID, actor=actor)
        _copy(connection, "assets", ("post_id", model), count, post_id=_ID)
        summary = f"json_set(model.summary, '$.asked_by', substr({actor}, 9), '$.post_id', {_ID})"
        _copy(
            connection,
            "proposals",
            ("id", proposal_id),
            count,
            id="printf('f%031x', n)",
            actor=actor,
            subject_id=_ID,
            content_hash=_ID,
            summary=summary,
        )
    return {f"{number:032x}": f"program:bot {number % programs}" for number in range(1, count + 1)}


def _copy(
    connection: sqlite3.Connection, table: str, model: tuple[str, str], count: int, **others: str
) -> None:
    key, value = model
    # Quoted: `when` is a word of SQL.
    names = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    columns = [f'"{name}"' for name in names]
    values = ", ".join(others.get(name, f'model."{name}"') for name in names)
    order = _NUMBERS.format(count=count, table=table, columns=", ".join(columns), values=values, key=key)
    connection.execute(order, [value])
