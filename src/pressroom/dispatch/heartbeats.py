"""Whether any worker of a cluster lives, by the heartbeats that procrastinate writes on the server."""

from sqlalchemy import text

from pressroom.store.database import Database

SCHEMA = "pressroom_queue"
# A heartbeat comes every ten seconds, and a worker is taken for dead after thirty without one.
_FRESH_S = 30.0

_IS_MADE = text(f"SELECT to_regclass('{SCHEMA}.procrastinate_workers') IS NOT NULL")
_IS_ALIVE = text(
    f"SELECT EXISTS (SELECT FROM {SCHEMA}.procrastinate_workers"  # noqa: S608  # a constant
    " WHERE last_heartbeat > now() - make_interval(secs => :fresh_s))"
)


def is_any_worker_alive(database: Database) -> bool:
    """Tell whether a worker of any machine wrote a heartbeat lately. Raises StoreFailed."""
    with database.reading() as connection:
        if not connection.execute(_IS_MADE).scalar_one():
            return False  # no worker ever ran
        return bool(connection.execute(_IS_ALIVE, {"fresh_s": _FRESH_S}).scalar_one())
