"""Accounts, their logins and pauses: token bundles, publish times, apps, the lease for refreshing a token.

`SqlAccounts` is the repository. An account may be paused by an error of Instagram's and by hand, both at
once.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from pressroom.core.account import (
    UNTIL_RESUMED,
    AccountId,
    LoginDetails,
    Pause,
    PausedAccount,
    RenewedToken,
    StoredAccount,
    StoredApp,
    shown_account,
    sign_in,
)
from pressroom.core.actor import ActorId
from pressroom.core.errors import NotFound
from pressroom.core.journal import FieldChange, JournalEvent, SubjectKind
from pressroom.core.remedies import Fix
from pressroom.graph.hosts import LoginType
from pressroom.store import tables as t
from pressroom.store.columns import json_text
from pressroom.store.database import Database
from pressroom.store.events import append_events
from pressroom.store.identity import (
    account_of,
    ensure_account,
    hold_names,
    login_of,
    merge_all,
    require_login_name,
    resolve_account,
)
from pressroom.store.insights.tables import collections

_a, _p = t.accounts.c, t.pauses.c
_PAUSE_COLUMNS = (
    _a.paused_until,
    _a.pause_reason,
    _a.pause_code,
    _a.pause_subcode,
    _p.reason.label("reason_by_hand"),
    _p.actor.label("paused_by"),
    _p.at.label("paused_at"),
)
"""The columns of `accounts`, joined with `pauses`, that `_pause_in` and `_pause_by_hand_in` read."""

_PAUSED_ACCOUNTS = t.accounts.outerjoin(t.pauses, _p.account == _a.id)

_PAUSES = sa.select(*_PAUSE_COLUMNS).select_from(_PAUSED_ACCOUNTS).where(_a.id == account_of())
# Callers that pause one account take turns. FOR NO KEY UPDATE does not block new posts.
_TURN = sa.select(_a.id).where(_a.id == sa.bindparam("account")).with_for_update(key_share=True)
_PAUSED = (
    sa.select(sa.func.coalesce(login_of(_a.id), _a.id).label("name"), *_PAUSE_COLUMNS)
    .select_from(_PAUSED_ACCOUNTS)
    .where(sa.or_(_a.paused_until.is_not(None), _p.account.is_not(None)))
    .order_by("name")
)

_BUNDLE = (
    "user_id",
    "login_type",
    "api_base",
    "version",
    "timezone",
    "language",
    "sealed_token",
    "token_obtained_at",
    "token_expires_at",
    "token_refreshed_at",
    "is_default",
)
_ALL = (
    sa.select(t.logins, *_PAUSE_COLUMNS)
    .select_from(_PAUSED_ACCOUNTS)
    .join(t.logins, t.logins.c.account == t.accounts.c.id)
)
_LIST = _ALL.order_by(t.logins.c.name)
_GET = _ALL.where(t.logins.c.name == sa.bindparam("name"))
_OF_ACCOUNT = _ALL.where(t.logins.c.name == login_of(account_of()))
# Locked, so that concurrent callers get different times. FOR NO KEY UPDATE, since a plain FOR UPDATE would
# block the insert of posts: their foreign key locks this row.
_SLOT = (
    sa.select(t.accounts.c.last_slot_at)
    .where(t.accounts.c.id == sa.bindparam("account"))
    .with_for_update(key_share=True)
)
_DETAILS: Final = msgspec.json.Decoder(LoginDetails)
_NOT_HELD: dict[str, Any] = {"refresh_worker": None, "refresh_until": None}


class SqlAccounts:
    """The accounts that posts are published as, and their logins.

    `who` names an account by its id, its user id on Instagram, or the name of one of its logins. An unknown
    name stands for itself: a post may be planned for an account before anybody signs in.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

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
                connection.execute(sa.update(t.logins).where(c.is_default).values(is_default=False))
            bundle = {name: getattr(account, name) for name in _BUNDLE}
            bundle["details"] = json_text(account.details)
            # Clearing the lease turns the `end_refresh` of a refresh under way into a no-op: its token may be
            # another user's.
            row = {**bundle, "account": account.account, **_NOT_HELD}
            if not connection.execute(sa.update(t.logins).where(c.name == account.name).values(row)).rowcount:
                connection.execute(sa.insert(t.logins).values(name=account.name, **row))

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
            return tuple(connection.execute(sa.select(t.accounts.c.id).order_by(t.accounts.c.id)).scalars())

    def remove(self, name: str, events: Sequence[JournalEvent] = ()) -> bool:
        """Delete a bundle with its token; its posts stay. False when there was none."""
        with self._database.writing() as connection:
            hold_names(connection, for_change=True)
            account = resolve_account(connection, name)
            if not connection.execute(sa.delete(t.logins).where(t.logins.c.name == name)).rowcount:
                return False
            append_events(self._database, connection, events)
            # An account that has no login, no post, no deletion and no insights, and that nobody paused, goes
            # too.
            users = (t.logins, t.posts, t.pauses, t.deletions, collections)
            is_used = sa.or_(*(sa.exists().where(table.c.account == _a.id) for table in users))
            is_unused = (_a.id == account) & ~is_used
            ids = sa.select(_a.id).where(is_unused)
            # Children first: their foreign keys are checked at each statement.
            for table in (t.quota_ledger, t.slots, t.slot_holds, t.account_aliases):
                connection.execute(sa.delete(table).where(table.c.account.in_(ids)))
            connection.execute(sa.delete(t.accounts).where(is_unused))
            return True

    def known(self, account_id: AccountId) -> AccountId | None:
        """Return the account that an id is an alias of (`learn`), or that has a login; else None."""
        c = t.account_aliases.c
        with self._database.reading() as connection:
            account = connection.execute(sa.select(c.account).where(c.alias == account_id)).scalar()
            with_login = sa.select(t.logins.c.account).where(t.logins.c.account == account_id).limit(1)
            return account or connection.execute(with_login).scalar()

    def usernames(self) -> Mapping[AccountId, str]:
        """Return the name on Instagram of each account of which it is known: of logins, and as learnt."""
        c = t.account_aliases.c
        with self._database.reading() as connection:
            rows = connection.execute(sa.select(c.account, c.alias).where(c.alias.startswith("@"))).all()
        learnt = {AccountId(account): alias.split("@")[1] for account, alias in rows}
        logins = [(login.account, login.details.username) for login in self.list()]
        return learnt | {account: username for account, username in logins if username}

    def learn(self, account: AccountId, aliases: Sequence[AccountId], *, username: str | None = None) -> None:
        """Store an account's aliases, and merge what was stored under them into it.

        username: its name on Instagram now, if known. No account is found by it: another may take the name.
        """
        c = t.account_aliases.c
        with self._database.writing() as connection:
            hold_names(connection, for_change=True)
            ensure_account(self._database, connection, account)
            merge_all(connection, shown_account(account), account)
            names = [AccountId(f"@{username}@{account}")] if username else []
            if names:
                is_old_name = (c.account == account) & c.alias.startswith("@")
                connection.execute(sa.delete(t.account_aliases).where(is_old_name))
            # Its own id is an alias too, so that `known` answers for an account without a login.
            for alias in {account, *aliases, *names}:
                merge_all(connection, alias, account)
                connection.execute(sa.delete(t.account_aliases).where(c.alias == alias))
                connection.execute(sa.insert(t.account_aliases).values(alias=alias, account=account))

    def choose_default(self, name: str) -> None:
        """Make a login the default one. Raises NotFound."""
        with self._database.writing() as connection:
            # First the old default loses the flag: uq_logins_default allows one at a time.
            connection.execute(sa.update(t.logins).where(t.logins.c.is_default).values(is_default=False))
            self._change(connection, name, is_default=True)

    def set_timezone(self, name: str, timezone: str) -> None:
        """Change the zone that a login's times are shown in. Raises NotFound."""
        with self._database.writing() as connection:
            self._change(connection, name, timezone=timezone)

    def set_language(self, name: str, language: str) -> None:
        """Change the language that an account's reports are written in. Raises NotFound."""
        with self._database.writing() as connection:
            self._change(connection, name, language=language)

    def _change(self, connection: sa.Connection, name: str, **values: Any) -> None:  # noqa: ANN401  # columns
        changed = connection.execute(
            sa.update(t.logins).where(t.logins.c.name == name).values(values)
        ).rowcount
        if not changed:  # the transaction is rolled back: by the id of an account no login is meant
            raise _unknown(name)

    def reserve_slot(self, who: str, *, not_before: datetime, gap_s: float) -> datetime:
        """Reserve the account's next time to publish: at least `gap_s` after the last reserved one."""
        with self._database.writing() as connection:
            account = ensure_account(self._database, connection, who)
            last: datetime | None = connection.execute(_SLOT, {"account": account}).scalar_one()
            slot = max(not_before, last + timedelta(seconds=gap_s)) if last else not_before
            is_it = t.accounts.c.id == account
            connection.execute(sa.update(t.accounts).where(is_it).values(last_slot_at=slot))
            return slot

    def begin_refresh(self, name: str, worker: str, *, lease_s: float) -> StoredAccount | None:
        """Take the lease for refreshing a token and return the bundle; None when another worker has it."""
        c = t.logins.c
        taking = (
            sa.update(t.logins)
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
            values["details"] = json_text(renewed.details)
        # A worker that overslept its lease holds an older token than the one its successor stored.
        is_held = (t.logins.c.name == name) & (t.logins.c.refresh_worker == worker)
        with self._database.writing() as connection:
            connection.execute(sa.update(t.logins).where(is_held).values(values))

    def reseal(
        self,
        token: Callable[[StoredAccount], bytes | None],
        secret: Callable[[StoredApp], bytes | None],
    ) -> int:
        """Replace sealed tokens and app secrets, all of them or none, and return the number of tokens.

        token, secret: what takes the place of a sealed one; None leaves it. What they raise undoes
        everything.
        """
        c, a, count = t.logins.c, t.apps.c, 0
        with self._database.writing() as connection:
            for app in [_app(row) for row in connection.execute(sa.select(t.apps)).mappings()]:
                if (new := secret(app)) is not None:
                    is_that = (a.login_type == app.login_type.value) & (a.place == app.place)
                    is_same = a.sealed_secret == app.sealed_secret
                    connection.execute(sa.update(t.apps).where(is_that, is_same).values(sealed_secret=new))
            for login in [_account(row) for row in connection.execute(_LIST).mappings()]:
                if (new := token(login)) is not None:
                    # On a server a worker may have stored a renewed token since the read: that one stays.
                    is_same = (c.name == login.name) & (c.sealed_token == login.sealed_token)
                    replacing = sa.update(t.logins).where(is_same).values(sealed_token=new)
                    count += connection.execute(replacing).rowcount
        return count

    # Pauses.

    def pause(self, who: str, pause: Pause, events: Sequence[JournalEvent] = ()) -> None:
        """Keep the account from starting anything new until the pause ends.

        Replaces an earlier pause of the same kind: with `by`, or without.
        """
        with self._database.writing() as connection:
            account = ensure_account(self._database, connection, who)
            if pause.by is None:
                values: dict[str, Any] = {
                    "paused_until": pause.until,
                    "pause_reason": pause.reason,
                    "pause_code": pause.code,
                    "pause_subcode": pause.subcode,
                }
                connection.execute(sa.update(t.accounts).where(_a.id == account).values(values))
            else:
                row = {"account": account, "reason": pause.reason, "actor": pause.by, "at": pause.at}
                connection.execute(_TURN, {"account": account})
                connection.execute(sa.delete(t.pauses).where(_p.account == account))
                connection.execute(sa.insert(t.pauses).values(row))
            append_events(self._database, connection, events or [self._pause_event(account, pause.reason)])

    def resume(self, who: str, events: Sequence[JournalEvent] = ()) -> bool:
        """End the pause that an error of Instagram's caused; False, and no events stored, without one."""
        with self._database.writing() as connection:
            is_paused = (_a.id == resolve_account(connection, who)) & _a.paused_until.is_not(None)
            values = dict.fromkeys(t.PAUSE_BY_ERROR)
            if not connection.execute(sa.update(t.accounts).where(is_paused).values(values)).rowcount:
                return False
            append_events(self._database, connection, events or [self._pause_event(who, None)])
            return True

    def _pause_event(self, account: str, reason: str | None) -> JournalEvent:
        """Build what followers are told of a pause that nobody made, or of its end."""
        return JournalEvent(
            subject_id=account,
            subject_kind=SubjectKind.ACCOUNT,
            at=self._database.clock.now(),
            step="paused" if reason else "resumed",
            changes=(FieldChange(name="pause", before=None, after=reason),),
        )

    def resume_by_hand(self, who: str, events: Sequence[JournalEvent] = ()) -> bool:
        """End the pause that somebody made; False, and no events stored, without one."""
        with self._database.writing() as connection:
            is_it = _p.account == resolve_account(connection, who)
            if not connection.execute(sa.delete(t.pauses).where(is_it)).rowcount:
                return False
            append_events(self._database, connection, events)
            return True

    def pause_of(self, who: str) -> Pause | None:
        """Return the pause that an error of Instagram's caused, even an expired one; None without one."""
        return next((pause for pause in self.pauses_of(who) if pause.by is None), None)

    def pauses_of(self, who: str) -> tuple[Pause, ...]:
        """Return an account's pauses, expired ones too; the one that somebody made comes first."""
        with self._database.looking() as connection:
            row = connection.execute(_PAUSES, {"account": who}).mappings().first()
            return _pauses_in(row) if row else ()

    def paused(self, now: datetime) -> tuple[PausedAccount, ...]:
        """Return the pauses in force, by the names people use for the accounts."""
        with self._database.reading() as connection:
            return tuple(
                PausedAccount(shown_account(row["name"]), pause)
                for row in connection.execute(_PAUSED).mappings()
                for pause in _pauses_in(row)
                if pause.until > now
            )

    # Apps that ask for consent.

    def put_app(self, app: StoredApp) -> None:
        """Store an app, replacing the one of that login type and place."""
        keys = {"login_type": app.login_type.value, "place": app.place}
        row = {"app_id": app.app_id, "sealed_secret": app.sealed_secret, "redirect_uri": app.redirect_uri}
        is_that = (t.apps.c.login_type == app.login_type.value) & (t.apps.c.place == app.place)
        with self._database.writing() as connection:
            if not connection.execute(sa.update(t.apps).where(is_that).values(row)).rowcount:
                connection.execute(sa.insert(t.apps).values(**keys, **row))

    def app(self, login_type: LoginType, place: str) -> StoredApp | None:
        """Return an app; None where there is none."""
        is_that = (t.apps.c.login_type == login_type.value) & (t.apps.c.place == place)
        with self._database.reading() as connection:
            row = connection.execute(sa.select(t.apps).where(is_that)).mappings().first()
        return _app(row) if row else None

    def apps(self) -> tuple[StoredApp, ...]:
        """Return every app."""
        with self._database.reading() as connection:
            return tuple(_app(row) for row in connection.execute(sa.select(t.apps)).mappings())


def _unknown(who: str) -> NotFound:
    return NotFound(
        f"There is no account {shown_account(who)!r} in the store.", fix=Fix.of("Sign in: {}.", sign_in(who))
    )


def _account(row: sa.RowMapping) -> StoredAccount:
    bundle: dict[str, Any] = {name: row[name] for name in ("name", *_BUNDLE)}
    bundle["login_type"] = LoginType(row["login_type"])
    bundle["details"] = _DETAILS.decode(row["details"]) if row["details"] else LoginDetails()
    return StoredAccount(**bundle, pause=_pause_in(row), pause_by_hand=_pause_by_hand_in(row))


def _pause_in(row: sa.RowMapping) -> Pause | None:
    """Read the pause of a row with `_PAUSE_COLUMNS` that an error caused."""
    if row["paused_until"] is None:
        return None
    code, subcode = row["pause_code"], row["pause_subcode"]
    return Pause(row["paused_until"], row["pause_reason"], code=code, subcode=subcode)


def _pause_by_hand_in(row: sa.RowMapping) -> Pause | None:
    """Read the pause of a row with `_PAUSE_COLUMNS` that somebody made."""
    if row["paused_by"] is None:
        return None
    return Pause(UNTIL_RESUMED, row["reason_by_hand"], ActorId(row["paused_by"]), row["paused_at"])


def _pauses_in(row: sa.RowMapping) -> tuple[Pause, ...]:
    return tuple(pause for pause in (_pause_by_hand_in(row), _pause_in(row)) if pause)


def _app(row: sa.RowMapping) -> StoredApp:
    values: dict[str, Any] = {**row, "login_type": LoginType(row["login_type"])}
    return StoredApp(**values)
