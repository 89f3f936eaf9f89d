"""What all tables share: their schema, and column types that mean the same on SQLite and PostgreSQL."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, MetaData, String, text
from sqlalchemy.types import TypeDecorator, TypeEngine

SCHEMA = "pressroom"

# Fixed names, since migrations drop constraints by name and `RuleBroken` is told apart by it.
metadata: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcTime(TypeDecorator[datetime]):
    """A moment. SQLite stores it as UTC text of fixed width, so that text order is time order."""

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = DateTime
    cache_ok: bool | None = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[datetime] | TypeEngine[str]:  # noqa: D102  # SQLAlchemy's
        if dialect.name == "sqlite":
            return dialect.type_descriptor(String())
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | str | None:  # pyright: ignore[reportIncompatibleMethodOverride]  # text on SQLite  # noqa: D102
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        # Six digits always: isoformat() drops zero microseconds, and the text order would break.
        moment = value.astimezone(UTC)
        return moment.isoformat(timespec="microseconds") if dialect.name == "sqlite" else moment

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None]:  # pyright: ignore[reportIncompatibleMethodOverride]  # noqa: ARG002, D102  # SQLAlchemy's
        # In place of `process_result_value`, which costs a question of thousands of rows two calls a cell.
        return _from_text if dialect.name == "sqlite" else _in_utc


def _from_text(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)


def _in_utc(value: datetime | None) -> datetime | None:
    return None if value is None else value.astimezone(UTC)


Key: Final = String().with_variant(String(collation="C"), "postgresql")
"""Text compared byte by byte, so that ids sort alike whatever collation the server has."""

Counter: Final = BigInteger().with_variant(Integer(), "sqlite")
"""A number the database assigns; SQLite does that for INTEGER primary keys only."""


def with_conditions(tables: MetaData) -> MetaData:
    """Tell each partial index its condition, for whoever writes or compares the schema itself."""
    for index in (index for table in tables.tables.values() for index in table.indexes):
        if where := index.info.get("where"):
            index.dialect_kwargs.update(sqlite_where=text(where), postgresql_where=text(where))
    return tables
