"""How a database would look for something, as it says itself."""

from collections.abc import Callable, Mapping
from typing import Any
from unittest import mock

from sqlalchemy import Dialect, event

from pressroom.store.database import Prepared
from pressroom.store.store import Store

SLOW = (
    "SCAN posts",
    "SCAN journal_events",
    "TEMP B-TREE",
    "Seq Scan on posts",
    "Seq Scan on journal_events",
    "Sort",
)


def queries(store: Store, look: Callable[[], object]) -> list[tuple[str, Any]]:
    """Give each query that `look` makes, with its parameters, whichever way it goes to the driver."""
    engine = store.database.engine
    asked: list[tuple[str, Any]] = []

    def note(_c: object, _cursor: object, statement: str, parameters: object, *_more: object) -> None:
        if statement.startswith("SELECT"):
            asked.append((statement, parameters))

    def for_driver(self: Prepared, dialect: Dialect, values: Mapping[str, Any]) -> Any:
        asked.append(_FOR_DRIVER(self, dialect, values))
        return asked[-1]

    event.listen(engine, "before_cursor_execute", note)
    with mock.patch.object(Prepared, "for_driver", for_driver):
        look()
    event.remove(engine, "before_cursor_execute", note)
    return asked


_FOR_DRIVER = Prepared.for_driver


def plans(store: Store, look: Callable[[], object]) -> list[str]:
    """Give the plan of each query that `look` makes."""
    asked = queries(store, look)
    how = "EXPLAIN QUERY PLAN" if store.database.engine.dialect.name == "sqlite" else "EXPLAIN"
    with store.database.writing() as connection:
        connection.exec_driver_sql("ANALYZE")
        return [
            "\n".join(str(row) for row in connection.exec_driver_sql(f"{how} {statement}", parameters))
            for statement, parameters in asked
        ]
