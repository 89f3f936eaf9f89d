"""Keys of programs."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, insert, select, update

from pressroom.core.actor import ActorId, Key, KeyId, Scope
from pressroom.store import tables as t
from pressroom.store.consenting import ensure_actor
from pressroom.store.database import Database

_KEYS = select(t.keys).order_by(t.keys.c.created_at.desc(), t.keys.c.id)
_KEY = select(t.keys).where(t.keys.c.id == bindparam("id"))


class SqlKeys:
    """The keys of programs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, key: Key) -> None:
        """Store a key; its actor is stored, too, where it is not known yet."""
        row = {
            "id": key.id,
            "actor": key.actor,
            "digest": key.digest,
            "scopes": " ".join(key.scopes),
            "created_at": key.created_at,
            "expires_at": key.ends_at,
        }
        with self._database.writing() as connection:
            ensure_actor(self._database, connection, key.actor, key.created_at)
            connection.execute(insert(t.keys).values(row))

    def get(self, key_id: KeyId) -> Key | None:
        """Return a key; None where there is none."""
        with self._database.reading() as connection:
            row = connection.execute(_KEY, {"id": key_id}).first()
        return _key(row) if row else None

    def list(self) -> tuple[Key, ...]:
        """Return all keys, the newest first, revoked ones too."""
        with self._database.reading() as connection:
            return tuple(map(_key, connection.execute(_KEYS)))

    def revoke(self, key_id: KeyId, at: datetime) -> bool:
        """End a key; False for one that is ended already or is none."""
        is_that = (t.keys.c.id == key_id) & t.keys.c.revoked_at.is_(None)
        with self._database.writing() as connection:
            return bool(connection.execute(update(t.keys).where(is_that).values(revoked_at=at)).rowcount)

    def use(self, key_id: KeyId, at: datetime) -> None:
        """Note that a key was used."""
        with self._database.writing() as connection:
            connection.execute(update(t.keys).where(t.keys.c.id == key_id).values(last_used_at=at))


def _key(row: Row[Any]) -> Key:
    return Key(
        id=KeyId(row.id),
        actor=ActorId(row.actor),
        digest=row.digest,
        scopes=tuple(map(Scope, row.scopes.split())),
        created_at=row.created_at,
        ends_at=row.expires_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
    )
