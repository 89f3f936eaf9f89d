"""A condition on many ids at once whose SQL is the same however many they are.

`IN` with a parameter for each id is another statement for each count of them: SQLAlchemy writes it anew,
psycopg parses it anew, and the server plans it anew.
"""

from collections.abc import Collection
from typing import Any

import msgspec
from sqlalchemy import ARRAY, Boolean, ColumnElement, Dialect, String, Text, bindparam, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine


def is_among(column: ColumnElement[str], ids: str | Collection[str]) -> ColumnElement[bool]:
    """Build whether a column's value is one of many.

    ids: these, or the name of the parameter that has them.
    """
    given = bindparam(ids, type_=_Ids) if isinstance(ids, str) else literal(list(ids), _Ids)
    return _IsAmong(column, given)


class _Ids(TypeDecorator[list[str]]):
    """An array on PostgreSQL, JSON on SQLite."""

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = String
    cache_ok: bool | None = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        is_sqlite = dialect.name == "sqlite"
        return dialect.type_descriptor(String() if is_sqlite else ARRAY(Text))

    def process_bind_param(self, value: list[str] | None, dialect: Dialect) -> list[str] | str | None:
        if value is None or dialect.name != "sqlite":
            return value
        return msgspec.json.encode(value).decode()


class _IsAmong(FunctionElement[bool]):
    type = Boolean()
    inherit_cache = True


@compiles(_IsAmong, "postgresql")
def _on_postgresql(element: _IsAmong, compiler: SQLCompiler, **options: object) -> str:
    column, ids = (compiler.process(part, **options) for part in element.clauses)
    return f"{column} = ANY ({ids})"


@compiles(_IsAmong, "sqlite")
def _on_sqlite(element: _IsAmong, compiler: SQLCompiler, **options: object) -> str:
    column, ids = (compiler.process(part, **options) for part in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({ids}))"  # noqa: S608  # compiled parts
