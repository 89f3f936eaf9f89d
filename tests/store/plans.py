"""How a database would look for something, as it says itself."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import event

from pressroom.store.store import Store

SLOW = (
    "SCAN posts",
    "SCAN journal_events",
    "TEMP B-TREE",
    "Seq Scan on posts",
    "Seq Scan on journal_events",
    "Sort",
)


def plans(store: Store, look: Callable[[], object]) -> list[str]:
    """Give the plan of each query that `look` makes."""
    engine = store.database.engine
    asked: list[tuple[str, Any]] = []

    def note(_c: object, _cursor: object, statement: str, parameters: object, *_more: object) -> None:
        if statement.startswith("SELECT"):
            asked.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    look()
    event.remove(engine, "before_cursor_execute", note)
    how = "EXPLAIN QUERY PLAN" if engine.dialect.name == "sqlite" else "EXPLAIN"
    with store.database.writing() as connection:
        connection.exec_driver_sql("ANALYZE")
        return [
            "\n".join(str(row) for row in connection.exec_driver_sql(f"{how} {statement}", parameters))
            for statement, parameters in asked
        ]
