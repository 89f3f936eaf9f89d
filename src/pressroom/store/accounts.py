"""Account bundles, pauses, pacing slots and whose turn it is to refresh a token."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import RowMapping, bindparam, delete, exists, or_, select, update

from pressroom.core.errors import NotFound
from pressroom.core.repositories import Pause, RenewedToken, StoredAccount
from pressroom.graph.hosts import LoginType
from pressroom.graph.ids import UserId
from pressroom.store import tables as t
from pressroom.store.database import Database
from pressroom.store.writing import ensure_accounts

_BUNDLE = (
    "user_id",
    "login_type",
    "api_base",
    "version",
    "timezone",
    "sealed_token",
    "token_obtained_at",
    "token_expires_at",
    "token_refreshed_at",
    "is_default",
)
_GET = select(t.accounts).where(
    t.accounts.c.name == bindparam("name"), t.accounts.c.sealed_token.is_not(None)
)
_LIST = select(t.accounts).where(t.accounts.c.sealed_token.is_not(None)).order_by(t.accounts.c.name)
_PAUSE = select(t.accounts.c.paused_until, t.accounts.c.pause_reason).where(
    t.accounts.c.name == bindparam("name"), t.accounts.c.paused_until.is_not(None)
)
# The weaker lock: posts that refer to the account are added meanwhile.
_SLOT = (
    select(t.accounts.c.last_slot_at)
    .where(t.accounts.c.name == bindparam("name"))
    .with_for_update(key_share=True)
)
_PAUSED = select(t.accounts.c.name, t.accounts.c.paused_until, t.accounts.c.pause_reason).order_by(
    t.accounts.c.name
)
_CHANGE = update(t.accounts).where(t.accounts.c.name == bindparam("account"))
_NOT_HELD: dict[str, Any] = {"refresh_worker": None, "refresh_until": None}
_FORGOTTEN: dict[str, Any] = {**dict.fromkeys(_BUNDLE), "is_default": False, **_NOT_HELD}


class SqlAccounts:
    """`core.repositories.Accounts` over SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, account: StoredAccount) -> None:
        """Store a bundle in place of the one with its name; a refresh of that one's token ends."""
        with self._database.writing() as connection:
            ensure_accounts(self._database, connection, [account.name])
            if account.is_default:
                connection.execute(update(t.accounts).where(t.accounts.c.is_default).values(is_default=False))
            bundle = {name: getattr(account, name) for name in _BUNDLE}
            connection.execute(_CHANGE, {"account": account.name, **bundle, **_NOT_HELD})

    def get(self, name: str) -> StoredAccount:
        """Give a bundle."""
        with self._database.reading() as connection:
            row = connection.execute(_GET, {"name": name}).mappings().first()
        if row is None:
            raise NotFound(
                f"There is no account {name!r} in the store.",
                fix=f"Sign in: `pressroom auth login --token-stdin --account {name}`.",
            )
        return _account(row)

    def list(self) -> tuple[StoredAccount, ...]:
        """Give all bundles by name."""
        with self._database.reading() as connection:
            return tuple(_account(row) for row in connection.execute(_LIST).mappings())

    def remove(self, name: str) -> bool:
        """Forget a bundle with its token."""
        c = t.accounts.c
        is_there = (c.name == name) & c.sealed_token.is_not(None)
        has_posts = exists().where(t.posts.c.account == c.name)
        with self._database.writing() as connection:
            if not connection.execute(update(t.accounts).where(is_there).values(_FORGOTTEN)).rowcount:
                return False
            is_unused = (c.name == name) & ~has_posts
            for table in (t.quota_ledger, t.slots, t.slot_holds):
                connection.execute(delete(table).where(table.c.account.in_(_names(is_unused))))
            connection.execute(delete(t.accounts).where(is_unused))
            return True

    def pause(self, name: str, pause: Pause) -> None:
        """Let the account start nothing new for a while."""
        with self._database.writing() as connection:
            ensure_accounts(self._database, connection, [name])
            values = {"paused_until": pause.until, "pause_reason": pause.reason}
            connection.execute(_CHANGE, {"account": name, **values})

    def resume(self, name: str) -> bool:
        """End a pause."""
        with self._database.writing() as connection:
            was_paused = connection.execute(_PAUSE, {"name": name}).first() is not None
            connection.execute(_CHANGE, {"account": name, "paused_until": None, "pause_reason": None})
            return was_paused

    def pause_of(self, name: str) -> Pause | None:
        """Give the pause of an account."""
        with self._database.reading() as connection:
            row = connection.execute(_PAUSE, {"name": name}).first()
            return Pause(until=row.paused_until, reason=row.pause_reason) if row else None

    def paused(self, now: datetime) -> Mapping[str, Pause]:
        """Give the pauses that hold, by the accounts' names."""
        with self._database.reading() as connection:
            rows = connection.execute(_PAUSED.where(t.accounts.c.paused_until > now))
            return {row.name: Pause(until=row.paused_until, reason=row.pause_reason) for row in rows}

    def reserve_slot(self, name: str, *, not_before: datetime, gap_s: float) -> datetime:
        """Take the account's next moment to publish."""
        with self._database.writing() as connection:
            ensure_accounts(self._database, connection, [name])
            last: datetime | None = connection.execute(_SLOT, {"name": name}).scalar_one()
            slot = max(not_before, last + timedelta(seconds=gap_s)) if last else not_before
            connection.execute(_CHANGE, {"account": name, "last_slot_at": slot})
            return slot

    def begin_refresh(self, name: str, worker: str, *, lease_s: float) -> StoredAccount | None:
        """Let one worker alone refresh the token, and give the bundle."""
        c = t.accounts.c
        taking = (
            update(t.accounts)
            .where(c.name == name, c.sealed_token.is_not(None))
            .where(or_(c.refresh_until.is_(None), c.refresh_until <= self._database.lease_now()))
            .values(refresh_worker=worker, refresh_until=self._database.lease_end(lease_s))
        )
        with self._database.writing() as connection:
            if not connection.execute(taking).rowcount:
                return None
            return _account(connection.execute(_GET, {"name": name}).mappings().one())

    def end_refresh(self, name: str, worker: str, renewed: RenewedToken | None = None) -> None:
        """Let go, storing what came back."""
        values = dict(_NOT_HELD)
        if renewed:
            values["sealed_token"] = renewed.sealed_token
            values["token_refreshed_at"] = renewed.refreshed_at
            values["token_expires_at"] = renewed.expires_at
        is_held = (t.accounts.c.name == name) & (t.accounts.c.refresh_worker == worker)
        with self._database.writing() as connection:
            connection.execute(update(t.accounts).where(is_held).values(values))


def _names(condition: Any) -> Any:  # noqa: ANN401  # SQL expressions
    return select(t.accounts.c.name).where(condition)


def _account(row: RowMapping) -> StoredAccount:
    return StoredAccount(
        name=row["name"],
        user_id=UserId(row["user_id"]),
        login_type=LoginType(row["login_type"]),
        api_base=row["api_base"],
        version=row["version"],
        timezone=row["timezone"],
        sealed_token=row["sealed_token"],
        token_obtained_at=row["token_obtained_at"],
        token_expires_at=row["token_expires_at"],
        token_refreshed_at=row["token_refreshed_at"],
        pause=Pause(row["paused_until"], row["pause_reason"]) if row["paused_until"] else None,
        is_default=row["is_default"],
    )
