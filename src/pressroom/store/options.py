"""Settings stored in the store."""

from collections.abc import Mapping

from sqlalchemy import delete, select, update

from pressroom.store import tables as t
from pressroom.store.database import Database


class SqlOptions:
    """Settings by name, which hold for every process that uses the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, name: str) -> str | None:
        """Return a setting's value; None when it is not set."""
        return self.all().get(name)

    def set(self, name: str, value: str | None) -> None:
        """Set a setting; None deletes it."""
        is_that = t.options.c.name == name
        with self._database.writing() as connection:
            if value is None:
                connection.execute(delete(t.options).where(is_that))
                return
            row = {"name": name, "value": value}
            connection.execute(self._database.insert_missing(t.options, row))
            connection.execute(update(t.options).where(is_that).values(value=value))

    def all(self) -> Mapping[str, str]:
        """Return every setting that is set."""
        with self._database.reading() as connection:
            return {row.name: row.value for row in connection.execute(select(t.options))}
