"""A condition on many ids at once whose SQL is the same however many they are.

`IN` with a parameter for each id is another statement for each count of them: SQLAlchemy writes it anew,
psycopg parses it anew, and the server plans it anew.
"""

from collections.abc import Collection
from typing import Any

import msgspec
from sqlalchemy import ARRAY, ColumnElement, Dialect, String, Text, bindparam, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine


def is_among(column: ColumnElement[str], ids: str | Collection[str]) -> ColumnElement[bool]:
    """Build whether a column's value is one of many.

    ids: these, or the name of the parameter that has them.
    """
    given = bindparam(ids, type_=_Ids) if isinstance(ids, str) else literal(list(ids), _Ids)
    # An operator, since of a function SQLAlchemy asks SQLite whether it `= 1`, which no index can answer.
    return column.bool_op("IN")(_Each(given))


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


class _Each(FunctionElement[str]):
    """The ids as rows."""

    inherit_cache = True


@compiles(_Each, "postgresql")
def _on_postgresql(element: _Each, compiler: SQLCompiler, **options: object) -> str:
    return f"(SELECT unnest({compiler.process(element.clauses, **options)}))"


@compiles(_Each, "sqlite")
def _on_sqlite(element: _Each, compiler: SQLCompiler, **options: object) -> str:
    return f"(SELECT value FROM json_each({compiler.process(element.clauses, **options)}))"  # noqa: S608  # a parameter
