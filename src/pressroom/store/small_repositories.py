"""What a store keeps besides posts, accounts and consent: slots, quotas, jobs, notices, settings and keys.

Weekly slots and what is spent of the quotas say when an account may publish. A lease or a claim gives a
periodic job or a notice to one worker at a time. Each has a repository of its own.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from itertools import islice, takewhile
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from pressroom.core.account import AccountId, QuotaReading, Spending, shown_account
from pressroom.core.actor import ActorId, KeyId, Scope
from pressroom.core.consent import Key
from pressroom.core.journal import ClaimedNotice, FieldChange, JournalEvent, Notice, SubjectKind
from pressroom.core.post import PostId, PostState
from pressroom.core.protocols import PeriodicJob
from pressroom.core.secret import redact_text
from pressroom.core.slots import Slot, occurrences
from pressroom.store import tables as t
from pressroom.store.columns import Row, json_text
from pressroom.store.consent import ensure_actor
from pressroom.store.database import Database, Prepared
from pressroom.store.events import append_events
from pressroom.store.identity import account_of, ensure_account, hold_names, login_of, resolve_account

# Times checked in one query.
_CHUNK = 64
_LEAVES_ITS_SLOT = (PostState.CANCELLED, PostState.FAILED, PostState.MISSED)

_SLOTS = (
    sa.select(t.slots.c.weekday, t.slots.c.minute)
    .where(t.slots.c.account == account_of())
    .order_by(t.slots.c.weekday, t.slots.c.minute)
)
_ALL_SLOTS = sa.select(t.slots.c.account, t.slots.c.weekday, t.slots.c.minute)
_WITH_SLOTS = (
    sa.select(sa.func.coalesce(login_of(t.accounts.c.id), t.accounts.c.id).label("name"))
    .where(sa.exists().where(t.slots.c.account == t.accounts.c.id))
    .order_by("name")
)
# Callers that choose a slot of one account take turns. FOR NO KEY UPDATE does not block new posts.
_TURN = (
    sa.select(t.accounts.c.id)
    .where(t.accounts.c.id == sa.bindparam("account"))
    .with_for_update(key_share=True)
)
_DUE = sa.select(t.posts.c.goes_out_at).where(
    t.posts.c.account == account_of(),
    t.posts.c.goes_out_at.between(sa.bindparam("first"), sa.bindparam("last")),
    t.posts.c.state.not_in(_LEAVES_ITS_SLOT),
)
_ALL_DUE = sa.select(t.posts.c.account, t.posts.c.goes_out_at).where(
    t.posts.c.goes_out_at.between(sa.bindparam("first"), sa.bindparam("last")),
    t.posts.c.state.not_in(_LEAVES_ITS_SLOT),
)


class SqlSlots:
    """The weekly slots of accounts, and which of their times are free.

    A time is taken when a post of the account is due then, unless that post ended without being published,
    or when it is held for a post that is about to be stored.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        c = t.slot_holds.c
        self._held = sa.select(c.at).where(
            c.account == account_of(),
            c.at.between(sa.bindparam("first"), sa.bindparam("last")),
            ~database.is_free(c.until),
        )
        self._all_held = sa.select(c.account, c.at).where(
            c.at.between(sa.bindparam("first"), sa.bindparam("last")), ~database.is_free(c.until)
        )

    def set(self, account: str, slots: Collection[Slot], by: ActorId | None = None) -> None:
        """Replace an account's slots. by: who does it; None for nobody that acts."""
        with self._database.writing() as connection:
            ours = ensure_account(self._database, connection, account)
            earlier = [Slot(*row) for row in connection.execute(_SLOTS, {"account": ours})]
            later = sorted(frozenset(slots))
            connection.execute(sa.delete(t.slots).where(t.slots.c.account == ours))
            rows = [{"account": ours, "weekday": slot.weekday, "minute": slot.minute} for slot in later]
            if rows:
                connection.execute(sa.insert(t.slots), rows)
            if earlier != later:
                before, after = (", ".join(map(str, each)) or None for each in (earlier, later))
                event = JournalEvent(
                    subject_id=ours,
                    subject_kind=SubjectKind.ACCOUNT,
                    at=self._database.clock.now(),
                    step="slots_changed",
                    actor=by,
                    changes=(FieldChange(name="slots", before=before, after=after),),
                )
                append_events(self._database, connection, [event])

    def list(self, account: str) -> tuple[Slot, ...]:
        """Return an account's slots in the order of the week."""
        with self._database.reading() as connection:
            return tuple(
                Slot(row.weekday, row.minute) for row in connection.execute(_SLOTS, {"account": account})
            )

    def accounts(self) -> tuple[str, ...]:
        """Name the accounts that have slots."""
        with self._database.reading() as connection:
            return tuple(shown_account(name) for name in connection.execute(_WITH_SLOTS).scalars())

    def free(self, account: str, moments: Iterator[datetime], count: int) -> tuple[datetime, ...]:
        """Return the first free times. moments: in order, and endless."""
        with self._database.reading() as connection:
            return tuple(islice(self._free(connection, account, moments), count))

    def soonest(
        self, zones: Mapping[AccountId, tzinfo], *, after: datetime, until: datetime, most: int
    ) -> Mapping[AccountId, tuple[datetime, ...]]:
        """Return the first free times of each account's slots between two moments, `after` excluded.

        zones: of the accounts. most: so many of each.
        """
        span, slots = {"first": after, "last": until}, defaultdict[AccountId, list[Slot]](list)
        with self._database.reading() as connection:
            for account, weekday, minute in connection.execute(_ALL_SLOTS):
                slots[account].append(Slot(weekday, minute))
            # Of all accounts at once: a query for each would take longer than the page that shows them.
            queries = (_ALL_DUE, self._all_held) if slots else ()
            taken = {tuple(row) for query in queries for row in connection.execute(query, span)}
        soonest = dict[AccountId, tuple[datetime, ...]]()
        for account in slots.keys() & zones.keys():
            moments = occurrences(slots[account], after=after, zone=zones[account])
            ahead = takewhile(until.__gt__, moments)
            soonest[account] = tuple(
                islice((moment for moment in ahead if (account, moment) not in taken), most)
            )
        return soonest

    def hold(self, account: str, post_id: PostId, moments: Iterator[datetime], *, hold_s: float) -> datetime:
        """Hold the first free time for a post, so that no concurrent caller gets it. hold_s: how long."""
        c = t.slot_holds.c
        # Holds that lapsed, and an earlier one of this post: it holds one time at most.
        is_over = sa.or_(self._database.is_free(c.until), c.post_id == post_id)
        with self._database.writing() as connection:
            ours = ensure_account(self._database, connection, account)
            connection.execute(_TURN, {"account": ours})
            connection.execute(sa.delete(t.slot_holds).where(c.account == ours, is_over))
            moment = next(self._free(connection, ours, moments))
            until = self._database.lease_end(hold_s)
            connection.execute(
                sa.insert(t.slot_holds).values(account=ours, at=moment, post_id=post_id, until=until)
            )
            return moment

    def release(self, account: str, post_id: PostId) -> None:
        """Release the time held for a post: the post is stored by now, or will not be."""
        c = t.slot_holds.c
        with self._database.writing() as connection:
            held = sa.delete(t.slot_holds).where(c.account == account_of(), c.post_id == post_id)
            connection.execute(held, {"account": account})

    def _free(
        self, connection: sa.Connection, account: str, moments: Iterator[datetime]
    ) -> Iterator[datetime]:
        while chunk := tuple(islice(moments, _CHUNK)):
            span = {"account": account, "first": chunk[0], "last": chunk[-1]}
            due, held = (connection.execute(query, span).scalars() for query in (_DUE, self._held))
            taken = {*due, *held}
            yield from (moment for moment in chunk if moment not in taken)


_SPENT = (
    sa.select(t.quota_ledger.c.at)
    .where(
        t.quota_ledger.c.account == account_of(),
        t.quota_ledger.c.what == sa.bindparam("what"),
        t.quota_ledger.c.at >= sa.bindparam("since"),
    )
    .order_by(t.quota_ledger.c.at)
)
_READING = sa.select(t.accounts.c.quota_total, t.accounts.c.quota_usage, t.accounts.c.quota_read_at).where(
    t.accounts.c.id == account_of(), t.accounts.c.quota_read_at.is_not(None)
)


class SqlQuotaLedger:
    """What each account spent of its quotas: saving a post records it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def spent(self, account: str, what: Spending, since: datetime) -> tuple[datetime, ...]:
        """Return the times of spending since a time, oldest first; each frees a place after 24 hours."""
        with self._database.reading() as connection:
            values = {"account": account, "what": what, "since": since}
            return tuple(connection.execute(_SPENT, values).scalars())

    def note_reading(self, account: str, reading: QuotaReading) -> None:
        """Store a reading unless a newer one is stored."""
        c = t.accounts.c
        noting = (
            sa.update(t.accounts)
            # Two workers may store their readings in the other order than they got them.
            .where(sa.or_(c.quota_read_at.is_(None), c.quota_read_at <= reading.read_at))
            .values(quota_total=reading.total, quota_usage=reading.usage, quota_read_at=reading.read_at)
        )
        with self._database.writing() as connection:
            ours = ensure_account(self._database, connection, account)
            connection.execute(noting.where(c.id == ours))

    def reading(self, account: str) -> QuotaReading | None:
        """Return the latest reading; None when there was none."""
        with self._database.reading() as connection:
            row = connection.execute(_READING, {"account": account}).first()
            return QuotaReading(total=row[0], usage=row[1], read_at=row[2]) if row else None

    def delete_before(self, moment: datetime) -> int:
        """Delete records before a moment; returns how many."""
        with self._database.writing() as connection:
            return connection.execute(sa.delete(t.quota_ledger).where(t.quota_ledger.c.at < moment)).rowcount


_JOBS = sa.select(t.periodic_jobs.c.name, t.periodic_jobs.c.next_run_at).order_by(
    t.periodic_jobs.c.next_run_at, t.periodic_jobs.c.name
)


class SqlPeriodicJobs:
    """When each periodic job runs next, and who holds its lease."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ensure(self, name: str, first_run_at: datetime) -> None:
        """Store a job; a known one keeps its time."""
        row = {"name": name, "next_run_at": first_run_at}
        with self._database.writing() as connection:
            connection.execute(self._database.insert_missing(t.periodic_jobs, row))

    def claim(self, name: str, now: datetime, worker: str, *, lease_s: float) -> bool:
        """Take the lease of a job; False when it is not due, or another worker has the lease.

        worker: a name unique to this run of the worker.
        """
        c = t.periodic_jobs.c
        lease = {"lease_worker": worker, "lease_until": self._database.lease_end(lease_s)}
        is_free = self._database.is_free(c.lease_until)
        # One UPDATE with its condition: of workers that claim at once, one changes the row.
        taken = sa.update(t.periodic_jobs).where(c.name == name, c.next_run_at <= now, is_free).values(lease)
        return self._is_changed(taken)

    def renew(self, name: str, worker: str, *, lease_s: float) -> bool:
        """Extend a lease, counted from now; False when another worker has taken it."""
        return self._is_changed(_held(name, worker).values(lease_until=self._database.lease_end(lease_s)))

    def done(self, name: str, worker: str, next_run_at: datetime) -> bool:
        """Set the next run and release the lease; False when another worker has taken it."""
        free = {"next_run_at": next_run_at, "lease_worker": None, "lease_until": None}
        return self._is_changed(_held(name, worker).values(free))

    def list(self) -> tuple[PeriodicJob, ...]:
        """Return all jobs, the next to run first."""
        with self._database.reading() as connection:
            return tuple(PeriodicJob(row.name, row.next_run_at) for row in connection.execute(_JOBS))

    def _is_changed(self, change: sa.Update) -> bool:
        with self._database.writing() as connection:
            return connection.execute(change).rowcount > 0


def _held(name: str, worker: str) -> sa.Update:
    c = t.periodic_jobs.c
    return sa.update(t.periodic_jobs).where(c.name == name, c.lease_worker == worker)


class SqlNotices:
    """Notices, and whether each was delivered."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, current: Sequence[Notice], channels: Collection[str], *, settled_s: float) -> None:
        """Replace the notices with the current ones: new ones wait for delivery, outdated ones are deleted.

        settled_s: outdated ones younger than this stay, since another worker may have seen more.
        """
        now, c = self._database.clock.now(), t.notices.c
        # Read first: mostly nothing has changed, and a reader takes no write lock.
        of_channels = sa.select(c.key, c.channel).where(c.channel.in_(sorted(channels)))
        with self._database.reading() as connection:
            stored = {(row.key, row.channel) for row in connection.execute(of_channels)}
        if stored == {(notice.key, channel) for notice in current for channel in channels}:
            return
        times = {"made_at": now, "try_at": now, "tries": 0}
        new: list[Row] = [
            {"key": notice.key, "channel": channel, "body": redact_text(notice.body), **times}
            for notice in current
            for channel in channels
        ]
        is_over = c.key.not_in([notice.key for notice in current])
        with self._database.writing() as connection:
            settled = now - timedelta(seconds=settled_s)
            # Young ones stay although they are not current: another worker may have seen more than this one.
            connection.execute(sa.delete(t.notices).where(c.made_at <= settled, is_over))
            if new:
                connection.execute(self._database.insert_missing(t.notices, *new))

    def claim(self, channels: Collection[str], *, lease_s: float) -> ClaimedNotice | None:
        """Claim a notice that is due on one of these channels, or None. After the lease it is due again."""
        now, c = self._database.clock.now(), t.notices.c
        due = (
            sa.select(c.key, c.channel, c.body, c.tries)
            .where(c.try_at.is_not(None), c.try_at <= now, c.channel.in_(sorted(channels)))
            .order_by(c.try_at, c.key, c.channel)
            .limit(1)
        )
        # Read first: mostly nothing waits, and a reader takes no write lock.
        with self._database.reading() as connection:
            if connection.execute(due).first() is None:
                return None
        with self._database.writing() as connection:
            # SKIP LOCKED: two workers claim different notices instead of waiting for each other.
            row = connection.execute(due.with_for_update(skip_locked=True)).first()
            if row is None:
                return None
            taken = ClaimedNotice(key=row.key, channel=row.channel, body=row.body, tries=row.tries + 1)
            lease_end = now + timedelta(seconds=lease_s)
            # try_at is the lease too: a worker that dies leaves the notice due again when it ends.
            connection.execute(_that(taken).values(try_at=lease_end, tries=taken.tries))
            return taken

    def told(self, notice: ClaimedNotice) -> None:
        """Mark a notice as delivered."""
        with self._database.writing() as connection:
            connection.execute(_that(notice).values(try_at=None, told_at=self._database.clock.now()))

    def put_off(self, notice: ClaimedNotice, try_at: datetime | None) -> None:
        """Schedule another try; None gives up."""
        with self._database.writing() as connection:
            connection.execute(_that(notice).values(try_at=try_at))


def _that(notice: ClaimedNotice) -> sa.Update:
    return sa.update(t.notices).where(t.notices.c.key == notice.key, t.notices.c.channel == notice.channel)


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
                connection.execute(sa.delete(t.options).where(is_that))
                return
            row = {"name": name, "value": value}
            connection.execute(self._database.insert_missing(t.options, row))
            connection.execute(sa.update(t.options).where(is_that).values(value=value))

    def all(self) -> Mapping[str, str]:
        """Return every setting that is set."""
        with self._database.reading() as connection:
            return {row.name: row.value for row in connection.execute(sa.select(t.options))}


_KEYS = sa.select(t.keys).order_by(t.keys.c.created_at.desc(), t.keys.c.id)
# Prepared: each request of a program reads one.
_KEY = Prepared(sa.select(t.keys).where(t.keys.c.id == sa.bindparam("id")))


class SqlKeys:
    """The keys of programs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, key: Key, events: Sequence[JournalEvent] = ()) -> Key:
        """Store a key and return it, its accounts resolved to ids; its actor is stored where it is not."""
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
            hold_names(connection)
            # Two logins may be of one account.
            accounts = dict.fromkeys(resolve_account(connection, who) for who in key.accounts)
            row["accounts"] = json_text(list(accounts)) if accounts else None
            connection.execute(sa.insert(t.keys).values(row))
            append_events(self._database, connection, events)
        return replace(key, accounts=tuple(accounts))

    def get(self, key_id: KeyId) -> Key | None:
        """Return a key; None where there is none."""
        with self._database.looking() as connection:
            rows = _KEY.rows(connection, {"id": key_id})
        return _key(rows[0]) if rows else None

    def list(self) -> tuple[Key, ...]:
        """Return all keys, the newest first, revoked ones too."""
        with self._database.reading() as connection:
            return tuple(map(_key, connection.execute(_KEYS)))

    def revoke(self, key_id: KeyId, at: datetime, events: Sequence[JournalEvent] = ()) -> bool:
        """End a key; False, and no events stored, for one that is ended already or is none."""
        is_that = (t.keys.c.id == key_id) & t.keys.c.revoked_at.is_(None)
        with self._database.writing() as connection:
            if not connection.execute(sa.update(t.keys).where(is_that).values(revoked_at=at)).rowcount:
                return False
            append_events(self._database, connection, events)
            return True

    def use(self, key_id: KeyId, at: datetime) -> None:
        """Note that a key was used."""
        with self._database.writing() as connection:
            connection.execute(sa.update(t.keys).where(t.keys.c.id == key_id).values(last_used_at=at))


_KEYS_ACCOUNTS: Final = msgspec.json.Decoder(tuple[AccountId, ...])


def _key(row: sa.Row[*tuple[Any, ...]]) -> Key:
    # Times are texts where the driver gave them so.
    created_at, ends_at, last_used_at, revoked_at = (
        datetime.fromisoformat(at) if isinstance(at, str) else at
        for at in (row.created_at, row.expires_at, row.last_used_at, row.revoked_at)
    )
    return Key(
        id=row.id,
        actor=row.actor,
        digest=row.digest,
        scopes=tuple(map(Scope, row.scopes.split())),
        accounts=_KEYS_ACCOUNTS.decode(row.accounts or "[]"),
        created_at=created_at,
        ends_at=ends_at,
        last_used_at=last_used_at,
        revoked_at=revoked_at,
    )
