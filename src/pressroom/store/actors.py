"""Actors: the people and programs that have acted on the store."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from pressroom.core.actor import Actor, ActorId, ActorKind, KnownActor, actor_of
from pressroom.core.errors import NotFound
from pressroom.store import tables as t
from pressroom.store.database import Database

_ACTORS = select(t.actors).order_by(t.actors.c.id)
_ACTOR = _ACTORS.where(t.actors.c.id == bindparam("id"))


def ensure_actor(database: Database, connection: Connection, actor_id: ActorId, now: datetime) -> None:
    """Insert an actor that is not known yet, in the caller's transaction. Raises Refused for a bad id."""
    actor = actor_of(actor_id)
    row = {"id": actor_id, "kind": actor.kind, "name": actor.name, "created_at": now}
    connection.execute(database.insert_missing(t.actors, row))


def _known(row: Row[Any]) -> KnownActor:
    actor = Actor(ActorKind(row.kind), row.name)
    return KnownActor(actor=actor, created_at=row.created_at, revoked_at=row.revoked_at)


class SqlActors:
    """The actors known to the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ensure(self, actor: Actor) -> KnownActor:
        """Store an actor that is not known yet, and return what is stored."""
        with self._database.writing() as connection:
            ensure_actor(self._database, connection, actor.id, self._database.clock.now())
            return _known(connection.execute(_ACTOR, {"id": actor.id}).one())

    def get(self, actor_id: ActorId) -> KnownActor:
        """Return an actor. Raises NotFound."""
        with self._database.reading() as connection:
            row = connection.execute(_ACTOR, {"id": actor_id}).first()
        if row is None:
            raise NotFound(f"{actor_id} has never acted here.", fix="Check the name.")
        return _known(row)

    def list(self) -> tuple[KnownActor, ...]:
        """Return all actors by id."""
        with self._database.reading() as connection:
            return tuple(map(_known, connection.execute(_ACTORS)))

    def revoke(self, actor_id: ActorId, at: datetime) -> bool:
        """Revoke an actor, with all its grants; False for an unknown actor and for one already revoked."""
        # The row stays: posts and journal events name their actor for good.
        is_that = (t.actors.c.id == actor_id) & t.actors.c.revoked_at.is_(None)
        with self._database.writing() as connection:
            return bool(connection.execute(update(t.actors).where(is_that).values(revoked_at=at)).rowcount)
