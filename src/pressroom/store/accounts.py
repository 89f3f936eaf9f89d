"""Accounts and their logins: token bundles, publish times, and the lease for refreshing a token."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, RowMapping, bindparam, delete, exists, insert, or_, select, update

from pressroom.core.account import AccountId, shown_account, sign_in
from pressroom.core.errors import NotFound
from pressroom.core.remedies import Fix
from pressroom.core.stored_accounts import LoginDetails, RenewedToken, StoredAccount
from pressroom.graph.hosts import LoginType
from pressroom.graph.ids import UserId
from pressroom.store import tables as t
from pressroom.store.apps import SqlApps
from pressroom.store.identity import account_of, hold_names, login_of, merge_all, resolved
from pressroom.store.naming import require_login_name
from pressroom.store.pause_table import pauses
from pressroom.store.pauses import PAUSE_COLUMNS, PAUSED_ACCOUNTS, SqlPauses, pause_by_hand_in, pause_in
from pressroom.store.writing import ensure_account

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
_ALL = (
    select(t.logins, *PAUSE_COLUMNS)
    .select_from(PAUSED_ACCOUNTS)
    .join(t.logins, t.logins.c.account == t.accounts.c.id)
)
_LIST = _ALL.order_by(t.logins.c.name)
_GET = _ALL.where(t.logins.c.name == bindparam("name"))
_OF_ACCOUNT = _ALL.where(t.logins.c.name == login_of(account_of()))
# Locked, so that concurrent callers get different times. FOR NO KEY UPDATE, since a plain FOR UPDATE would
# block the insert of posts: their foreign key locks this row.
_SLOT = (
    select(t.accounts.c.last_slot_at)
    .where(t.accounts.c.id == bindparam("account"))
    .with_for_update(key_share=True)
)
_DETAILS: Final = msgspec.json.Decoder(LoginDetails)
_NOT_HELD: dict[str, Any] = {"refresh_worker": None, "refresh_until": None}


class SqlAccounts(SqlPauses, SqlApps):
    """The accounts that posts are published as, and their logins.

    `who` names an account by its id, its user id on Instagram, or the name of one of its logins. An unknown
    name stands for itself: a post may be planned for an account before anybody signs in.
    """

    def put(self, account: StoredAccount) -> None:
        """Store a bundle, replacing the one of that name. The pauses of its account stay.

        What was stored under the name before anybody signed in, and under the account's aliases, becomes the
        account's. A refresh of the replaced token that is under way stores nothing. A default replaces the
        earlier default. Raises Refused for an invalid name.
        """
        require_login_name(account.name, account.user_id)
        c = t.logins.c
        with self._database.writing() as connection:
            hold_names(connection, for_change=True)
            ensure_account(self._database, connection, account.account)
            # Posts planned under this name or number before anybody signed in belong to this account now.
            for called in (account.name, shown_account(account.account)):
                merge_all(connection, called, account.account)
            # First the old default loses the flag: uq_logins_default allows one at a time.
            if account.is_default:
                connection.execute(update(t.logins).where(c.is_default).values(is_default=False))
            bundle = {name: getattr(account, name) for name in _BUNDLE}
            bundle["details"] = msgspec.json.encode(account.details).decode()
            # Clearing the lease turns the `end_refresh` of a refresh under way into a no-op: its token may be
            # another user's.
            row = {**bundle, "account": account.account, **_NOT_HELD}
            if not connection.execute(update(t.logins).where(c.name == account.name).values(row)).rowcount:
                connection.execute(insert(t.logins).values(name=account.name, **row))

    def get(self, who: str) -> StoredAccount:
        """Return the bundle of a name, else the one an account uses: the default one, else the first.

        Raises NotFound when nobody is signed in.
        """
        with self._database.reading() as connection:
            row = connection.execute(_GET, {"name": who}).mappings().first()
            row = row or connection.execute(_OF_ACCOUNT, {"account": who}).mappings().first()
        if row is None:
            raise _unknown(who)
        return _account(row)

    def list(self) -> tuple[StoredAccount, ...]:
        """Return all bundles by name."""
        with self._database.reading() as connection:
            return tuple(_account(row) for row in connection.execute(_LIST).mappings())

    def ids(self) -> tuple[AccountId, ...]:
        """Return the id of each account that something is stored of; a name nobody signed in under, too."""
        with self._database.reading() as connection:
            return tuple(connection.execute(select(t.accounts.c.id).order_by(t.accounts.c.id)).scalars())

    def remove(self, name: str) -> bool:
        """Delete a bundle with its token; its posts stay. False when there was none."""
        with self._database.writing() as connection:
            hold_names(connection, for_change=True)
            account = resolved(connection, name)
            if not connection.execute(delete(t.logins).where(t.logins.c.name == name)).rowcount:
                return False
            self._forget_unused(connection, account)
            return True

    def _forget_unused(self, connection: Any, account: AccountId) -> None:  # noqa: ANN401  # SQLAlchemy's
        """Delete an account that has neither a login nor a post, and that nobody paused."""
        c = t.accounts.c
        is_used = or_(*(exists().where(table.c.account == c.id) for table in (t.logins, t.posts, pauses)))
        is_unused = (c.id == account) & ~is_used
        ids = select(c.id).where(is_unused)
        # Children first: their foreign keys are checked at each statement.
        for table in (t.quota_ledger, t.slots, t.slot_holds, t.account_aliases):
            connection.execute(delete(table).where(table.c.account.in_(ids)))
        connection.execute(delete(t.accounts).where(is_unused))

    def known(self, asked: AccountId) -> AccountId | None:
        """Return the account that an id is an alias of (`learn`), or that has a login; else None."""
        c = t.account_aliases.c
        with self._database.reading() as connection:
            found = connection.execute(select(c.account).where(c.alias == asked)).scalar()
            is_login = select(t.logins.c.account).where(t.logins.c.account == asked).limit(1)
            return found or connection.execute(is_login).scalar()

    def learn(self, account: AccountId, aliases: Sequence[AccountId]) -> None:
        """Store an account's aliases, and merge what was stored under them into it."""
        c = t.account_aliases.c
        with self._database.writing() as connection:
            hold_names(connection, for_change=True)
            ensure_account(self._database, connection, account)
            merge_all(connection, shown_account(account), account)
            # Its own id is an alias too, so that `known` answers for an account without a login.
            for alias in {account, *aliases}:
                merge_all(connection, alias, account)
                connection.execute(delete(t.account_aliases).where(c.alias == alias))
                connection.execute(insert(t.account_aliases).values(alias=alias, account=account))

    def choose_default(self, name: str) -> None:
        """Make a login the default one. Raises NotFound."""
        with self._database.writing() as connection:
            # First the old default loses the flag: uq_logins_default allows one at a time.
            connection.execute(update(t.logins).where(t.logins.c.is_default).values(is_default=False))
            self._change(connection, name, is_default=True)

    def set_timezone(self, name: str, timezone: str) -> None:
        """Change the zone that a login's times are shown in. Raises NotFound."""
        with self._database.writing() as connection:
            self._change(connection, name, timezone=timezone)

    def _change(self, connection: Connection, name: str, **values: Any) -> None:  # noqa: ANN401  # columns
        changed = connection.execute(update(t.logins).where(t.logins.c.name == name).values(values)).rowcount
        if not changed:  # the transaction is rolled back: by the id of an account no login is meant
            raise _unknown(name)

    def reserve_slot(self, who: str, *, not_before: datetime, gap_s: float) -> datetime:
        """Reserve the account's next time to publish: at least `gap_s` after the last reserved one."""
        with self._database.writing() as connection:
            account = ensure_account(self._database, connection, who)
            last: datetime | None = connection.execute(_SLOT, {"account": account}).scalar_one()
            slot = max(not_before, last + timedelta(seconds=gap_s)) if last else not_before
            is_it = t.accounts.c.id == account
            connection.execute(update(t.accounts).where(is_it).values(last_slot_at=slot))
            return slot

    def begin_refresh(self, name: str, worker: str, *, lease_s: float) -> StoredAccount | None:
        """Take the lease for refreshing a token and return the bundle; None when another worker has it."""
        c = t.logins.c
        taking = (
            update(t.logins)
            .where(c.name == name)
            .where(self._database.is_free(c.refresh_until))
            .values(refresh_worker=worker, refresh_until=self._database.lease_end(lease_s))
        )
        with self._database.writing() as connection:
            if not connection.execute(taking).rowcount:
                return None
            return _account(connection.execute(_GET, {"name": name}).mappings().one())

    def end_refresh(self, name: str, worker: str, renewed: RenewedToken | None = None) -> None:
        """Release the lease and store what was renewed; does nothing when the worker has lost the lease."""
        values = dict(_NOT_HELD)
        if renewed:
            values["sealed_token"] = renewed.sealed_token
            values["token_refreshed_at"] = renewed.refreshed_at
            values["token_expires_at"] = renewed.expires_at
        if renewed and renewed.details:
            values["details"] = msgspec.json.encode(renewed.details).decode()
        # A worker that overslept its lease holds an older token than the one its successor stored.
        is_held = (t.logins.c.name == name) & (t.logins.c.refresh_worker == worker)
        with self._database.writing() as connection:
            connection.execute(update(t.logins).where(is_held).values(values))


def _unknown(who: str) -> NotFound:
    return NotFound(
        f"There is no account {shown_account(who)!r} in the store.", fix=Fix.of("Sign in: {}.", sign_in(who))
    )


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
        pause=pause_in(row),
        pause_by_hand=pause_by_hand_in(row),
        is_default=row["is_default"],
        details=_DETAILS.decode(row["details"]) if row["details"] else LoginDetails(),
    )
