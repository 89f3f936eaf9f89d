"""Notices for people, and whether each was delivered."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Update, delete, select, update

from pressroom.core.journal import ClaimedNotice, Notice
from pressroom.core.secret import redact_text
from pressroom.store import tables as t
from pressroom.store.codec import Row
from pressroom.store.database import Database


class SqlNotices:
    """Notices, and whether each was delivered."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, current: Sequence[Notice], channels: Collection[str], *, settled_s: float) -> None:
        """Replace the notices with the current ones: new ones wait for delivery, outdated ones are deleted.

        settled_s: outdated ones younger than this stay, since another worker may have seen more.
        """
        now, c = self._database.clock.now(), t.notices.c
        if self._stands(current, channels):
            return
        new: list[Row] = [
            {
                "key": one.key,
                "channel": name,
                "made_at": now,
                "body": redact_text(one.body),
                "try_at": now,
                "tries": 0,
            }
            for one in current
            for name in channels
        ]
        is_over = c.key.not_in([one.key for one in current])
        with self._database.writing() as connection:
            settled = now - timedelta(seconds=settled_s)
            # Young ones stay although they are not current: another worker may have seen more than this one.
            connection.execute(delete(t.notices).where(c.made_at <= settled, is_over))
            if new:
                connection.execute(self._database.insert_missing(t.notices, *new))

    def _stands(self, current: Sequence[Notice], channels: Collection[str]) -> bool:
        """Return whether exactly the current notices are stored; takes no write lock."""
        wanted = {(one.key, name) for one in current for name in channels}
        with self._database.reading() as connection:
            c = t.notices.c
            found = connection.execute(select(c.key, c.channel).where(c.channel.in_(sorted(channels))))
            return {(row.key, row.channel) for row in found} == wanted

    def claim(self, channels: Collection[str], *, lease_s: float) -> ClaimedNotice | None:
        """Claim a notice that is due on one of these channels, or None. After the lease it is due again."""
        now, c = self._database.clock.now(), t.notices.c
        found = (
            select(c.key, c.channel, c.body, c.tries)
            .where(c.try_at.is_not(None), c.try_at <= now, c.channel.in_(sorted(channels)))
            .order_by(c.try_at, c.key, c.channel)
            .limit(1)
        )
        # Read first: mostly nothing waits, and a reader takes no write lock.
        with self._database.reading() as connection:
            if connection.execute(found).first() is None:
                return None
        with self._database.writing() as connection:
            # SKIP LOCKED: two workers claim different notices instead of waiting for each other.
            row = connection.execute(found.with_for_update(skip_locked=True)).first()
            if row is None:
                return None
            taken = ClaimedNotice(key=row.key, channel=row.channel, body=row.body, tries=row.tries + 1)
            lease_end = now + timedelta(seconds=lease_s)
            # try_at is the lease too: a worker that dies leaves the notice due again when it ends.
            connection.execute(_that(taken).values(try_at=lease_end, tries=taken.tries))
            return taken

    def told(self, one: ClaimedNotice) -> None:
        """Mark a notice as delivered."""
        with self._database.writing() as connection:
            connection.execute(_that(one).values(try_at=None, told_at=self._database.clock.now()))

    def put_off(self, one: ClaimedNotice, try_at: datetime | None) -> None:
        """Schedule another try; None gives up."""
        with self._database.writing() as connection:
            connection.execute(_that(one).values(try_at=try_at))


def _that(one: ClaimedNotice) -> Update:
    return update(t.notices).where(t.notices.c.key == one.key, t.notices.c.channel == one.channel)
