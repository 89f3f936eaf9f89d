"""The repository of deletions, each stored before Instagram is called, and what became of it after."""

from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from pressroom.core.deletion import Deletion, DeletionState
from pressroom.core.errors import Conflict
from pressroom.core.journal import JournalEvent
from pressroom.core.post import PostId
from pressroom.core.secret import redact_text
from pressroom.core.stored_posts import PostSave
from pressroom.graph.answers import MediaId
from pressroom.store import tables as t
from pressroom.store.columns import json_text
from pressroom.store.database import Database, Writes
from pressroom.store.events import append_events
from pressroom.store.identity import account_of, ensure_account
from pressroom.store.writing import update_post

_COLUMNS = ("account", "media_id", "post_id", "state")
_OF_MEDIA = sa.select(t.deletions).where(
    t.deletions.c.account == account_of(), t.deletions.c.media_id == sa.bindparam("media_id")
)
_POST = sa.select(t.posts.c.id).where(
    t.posts.c.account == account_of(), t.posts.c.media_id == sa.bindparam("media_id")
)

# At import, in one thread: see `store.post_rows`.
msgspec.json.Decoder(Deletion)


class SqlDeletions:
    """Deletions of published media, one row a media."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, account: str, media_id: MediaId) -> Deletion | None:
        """Return the latest deletion of a media; None where none was ever asked for."""
        with self._database.reading() as connection:
            row = connection.execute(_OF_MEDIA, {"account": account, "media_id": media_id}).mappings().first()
        if row is None:
            return None
        fields = msgspec.json.decode(row["details"], type=dict[str, Any])
        return msgspec.convert({**fields, **{name: row[name] for name in _COLUMNS}}, Deletion)

    def post_of(self, account: str, media_id: MediaId) -> PostId | None:
        """Name our post that is live as a media; None for a media that was posted elsewhere."""
        with self._database.reading() as connection:
            return connection.execute(_POST, {"account": account, "media_id": media_id}).scalar()

    def put(
        self, deletion: Deletion, events: Sequence[JournalEvent] = (), save: PostSave | None = None
    ) -> None:
        """Store a deletion in place of an earlier one of the media, with its events, in one commit.

        save: the post that it deletes, with events of its own. Raises Conflict, and stores nothing, for a
        post that was changed since it was read, and for a media that another process has deleted.
        """
        with self._database.writing() as connection:
            of_media = {"account": deletion.account, "media_id": deletion.media_id}
            standing = connection.execute(_OF_MEDIA, of_media).mappings().first()
            is_done = standing is not None and standing["state"] == DeletionState.DONE
            if is_done and deletion.state is not DeletionState.DONE:
                raise Conflict(f"Media {deletion.media_id} was deleted meanwhile.", fix="Look at it again.")
            # The post first: every transaction locks posts before what hangs on them.
            if save:
                update_post(self._database, connection, save)
            writes = Writes(self._database, connection)
            details = {
                name: getattr(deletion, name)
                for name in deletion.__dataclass_fields__
                if name not in _COLUMNS
            }
            # A host's words may quote a token.
            details["problem"] = redact_text(deletion.problem) if deletion.problem else None
            columns = {name: getattr(deletion, name) for name in _COLUMNS}
            columns["account"] = ensure_account(self._database, connection, deletion.account)
            writes.put(t.deletions, [{**columns, "details": json_text(details)}])
            writes.execute()
            append_events(self._database, connection, events)
