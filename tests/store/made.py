"""A new SQLite store is migrated once in a process of tests: each later one gets what came of it."""

import sqlite3

from sqlalchemy import Connection

from pressroom.store.schema import OURS, History


def migrate_once() -> None:
    """Keep the statements that make a store as the first migration left it; an older store is migrated."""
    migrate, made = History.migrate, list[str]()

    def migrate_or_make(self: History, connection: Connection) -> None:
        if self is not OURS or not _is_new(connection):
            migrate(self, connection)
            return
        driver = _driver_of(connection)
        if made:
            for statement in made:
                driver.execute(statement)
        else:
            migrate(self, connection)
            made[:] = list(driver.iterdump())[1:-1]  # without its own transaction

    History.migrate = migrate_or_make


def _is_new(connection: Connection) -> bool:
    if connection.dialect.name != "sqlite":
        return False
    return connection.exec_driver_sql("SELECT count(*) FROM sqlite_schema").scalar() == 0


def _driver_of(connection: Connection) -> sqlite3.Connection:
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    return driver
