"""What all tables and queries share: schema, column types, and conditions on many ids.

The types and conditions mean the same on SQLite and PostgreSQL. `is_among` and `starts_alike` build
conditions.
"""

from collections.abc import Callable, Collection
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

SCHEMA = "pressroom"

Row: TypeAlias = dict[str, Any]
"""A row to be written, by column."""

# Fixed names, since migrations drop constraints by name and `RuleBroken` is told apart by it.
metadata: Final = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcTime(TypeDecorator[datetime]):
    """A moment. SQLite stores it as UTC text of fixed width, so that text order is time order."""

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = sa.DateTime
    cache_ok: bool | None = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> TypeEngine[datetime] | TypeEngine[str]:  # noqa: D102  # SQLAlchemy's
        if dialect.name == "sqlite":
            return dialect.type_descriptor(sa.String())
        return dialect.type_descriptor(sa.DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | str | None:  # pyright: ignore[reportIncompatibleMethodOverride]  # text on SQLite  # noqa: D102
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        # Six digits always: isoformat() drops zero microseconds, and the text order would break.
        moment = value.astimezone(UTC)
        return moment.isoformat(timespec="microseconds") if dialect.name == "sqlite" else moment

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Callable[[Any], datetime | None]:  # pyright: ignore[reportIncompatibleMethodOverride]  # noqa: ARG002, D102  # SQLAlchemy's
        # In place of `process_result_value`, which costs a question of thousands of rows two calls a cell.
        if dialect.name == "sqlite":
            return lambda value: None if value is None else datetime.fromisoformat(value)
        return lambda value: None if value is None else value.astimezone(UTC)


Key: Final = sa.String().with_variant(sa.String(collation="C"), "postgresql")
"""Text compared byte by byte, so that ids sort alike whatever collation the server has."""

Counter: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""A number the database assigns; SQLite does that for INTEGER primary keys only."""


def json_text(value: object) -> str:
    """Return a value as the JSON that a text column holds."""
    return msgspec.json.encode(value).decode()


def with_conditions(tables: sa.MetaData) -> sa.MetaData:
    """Tell each partial index its condition, for code that writes or compares the schema."""
    for index in (index for table in tables.tables.values() for index in table.indexes):
        if where := index.info.get("where"):
            index.dialect_kwargs.update(sqlite_where=sa.text(where), postgresql_where=sa.text(where))
    return tables


def is_among(column: sa.ColumnElement[str], ids: str | Collection[str]) -> sa.ColumnElement[bool]:
    """Build the condition that a column's value is one of many; its SQL is the same however many they are.

    ids: these, or the name of the parameter that has them.
    """
    # `IN` with a parameter for each id is another statement for each count of them: SQLAlchemy writes it
    # anew, psycopg parses it anew, and the server plans it anew.
    values = sa.bindparam(ids, type_=Ids) if isinstance(ids, str) else sa.literal(ids, Ids)
    # An operator, since of a function SQLAlchemy asks SQLite whether it `= 1`, which no index can answer.
    return column.bool_op("IN")(_Each(values))


class Ids(TypeDecorator[Collection[str]]):
    """Several ids: an array on PostgreSQL, JSON on SQLite."""

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = sa.String
    cache_ok: bool | None = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> TypeEngine[Any]:  # noqa: D102  # SQLAlchemy's
        is_sqlite = dialect.name == "sqlite"
        return dialect.type_descriptor(sa.String() if is_sqlite else sa.ARRAY(sa.Text))

    def process_bind_param(  # noqa: D102  # SQLAlchemy's
        self, value: Collection[str] | None, dialect: sa.Dialect
    ) -> list[str] | str | None:
        if value is None:
            return None
        ids = list(value)
        return json_text(ids) if dialect.name == "sqlite" else ids


class _Each(FunctionElement[str]):
    """The ids as rows."""

    inherit_cache = True


@compiles(_Each, "postgresql")
def _on_postgresql(element: _Each, compiler: SQLCompiler, **options: object) -> str:
    return f"(SELECT unnest({compiler.process(element.clauses, **options)}))"


@compiles(_Each, "sqlite")
def _on_sqlite(element: _Each, compiler: SQLCompiler, **options: object) -> str:
    return f"(SELECT value FROM json_each({compiler.process(element.clauses, **options)}))"  # noqa: S608  # a parameter


class JsonObject(FunctionElement[str]):
    """Columns by their names, as the text of a JSON object."""

    inherit_cache: bool | None = True
    type: TypeEngine[Any] = sa.Text()


@compiles(JsonObject, "postgresql")
def _object_on_postgresql(element: JsonObject, compiler: SQLCompiler, **options: object) -> str:
    return f"CAST(json_build_object({_pairs(element, compiler, options)}) AS text)"


@compiles(JsonObject, "sqlite")
def _object_on_sqlite(element: JsonObject, compiler: SQLCompiler, **options: object) -> str:
    return f"json_object({_pairs(element, compiler, options)})"


def _pairs(element: JsonObject, compiler: SQLCompiler, options: dict[str, object]) -> str:
    return ", ".join(f"'{column.name}', {compiler.process(column, **options)}" for column in element.clauses)


class TextWithin(FunctionElement[str]):
    """A text within the JSON of a column: the column, and the names on the way to it. NULL for none."""

    inherit_cache: bool | None = True
    type: TypeEngine[Any] = sa.Text()


@compiles(TextWithin, "postgresql")
def _within_on_postgresql(element: TextWithin, compiler: SQLCompiler, **options: object) -> str:
    text, *names = [compiler.process(part, **options) for part in element.clauses]
    # A server reads no JSON whose text has a NUL, which a caption may have.
    return f"(replace({text}, '\\u0000', '\\u0020')::json #>> ARRAY[{', '.join(names)}])"


@compiles(TextWithin, "sqlite")
def _within_on_sqlite(element: TextWithin, compiler: SQLCompiler, **options: object) -> str:
    text, *names = [compiler.process(part, **options) for part in element.clauses]
    path = " || '.' || ".join(["'$'", *names])
    # One that is damaged would end the whole statement.
    return f"CASE WHEN json_valid({text}) THEN json_extract({text}, {path}) END"


class IsIn(FunctionElement[bool]):
    """Whether a text has a part, in any case; of other than ASCII letters SQLite compares the case."""

    inherit_cache: bool | None = True
    type: TypeEngine[Any] = sa.Boolean()

    def __init__(self, part: str, text: sa.ColumnElement[Any]) -> None:
        escaped = part.replace("/", "//").replace("%", "/%").replace("_", "/_")
        super().__init__(text, sa.literal(f"%{escaped}%", sa.Text))


@compiles(IsIn, "postgresql")
def _is_in_on_postgresql(element: IsIn, compiler: SQLCompiler, **options: object) -> str:
    text, pattern = [compiler.process(part, **options) for part in element.clauses]
    return f"{text} ILIKE {pattern} ESCAPE '/'"


@compiles(IsIn, "sqlite")
def _is_in_on_sqlite(element: IsIn, compiler: SQLCompiler, **options: object) -> str:
    text, pattern = [compiler.process(part, **options) for part in element.clauses]
    return f"({text}) LIKE {pattern} ESCAPE '/'"


# Sorts behind every character of an id. A range uses the index; SQLite's LIKE, which ignores case, does not.
_ABOVE_ALL = "\uffff"


def starts_alike(column: sa.Column[Any]) -> sa.ColumnElement[bool]:
    """Build the condition for ids with the prefix that `bounds` sets."""
    return sa.and_(column >= sa.bindparam("prefix"), column < sa.bindparam("end"))


def bounds(prefix: str) -> dict[str, str]:
    """Return the parameters of `starts_alike`."""
    return {"prefix": prefix, "end": prefix + _ABOVE_ALL}
