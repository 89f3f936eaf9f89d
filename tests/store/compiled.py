"""Statements are compiled once in a process of tests: SQLAlchemy does it anew for each store, and slowly."""

from typing import Any

from sqlalchemy import Connection, Engine, event


class Compiled(dict[Any, Any]):
    """What SQLAlchemy compiled, by the kind of database where it goes by the one engine's dialect."""

    def get(self, key: Any, default: Any = None, /) -> Any:
        return super().get((key[0].name, *key[1:]), default)

    def __setitem__(self, key: Any, value: Any, /) -> None:
        super().__setitem__((key[0].name, *key[1:]), value)


def compile_once() -> None:
    compiled = Compiled()

    def share(connection: Connection) -> None:
        connection.execution_options(compiled_cache=compiled)

    event.listen(Engine, "engine_connect", share)
