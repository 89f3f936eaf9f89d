"""Pauses of accounts: by an error of Instagram's, and by hand. Both may hold at once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, bindparam, delete, func, insert, or_, select, update

from pressroom.core.account import shown_account
from pressroom.core.actor import ActorId
from pressroom.core.journal import JournalEvent
from pressroom.core.stored_accounts import UNTIL_RESUMED, Pause, PausedAccount
from pressroom.store import tables as t
from pressroom.store.database import Database
from pressroom.store.events import append_events
from pressroom.store.identity import account_of, login_of, resolved
from pressroom.store.pause_table import PAUSE_BY_ERROR, pauses
from pressroom.store.writing import ensure_account

_a, _p = t.accounts.c, pauses.c
PAUSE_COLUMNS = (
    _a.paused_until,
    _a.pause_reason,
    _a.pause_code,
    _a.pause_subcode,
    _p.reason.label("reason_by_hand"),
    _p.actor.label("paused_by"),
    _p.at.label("paused_at"),
)
"""The columns of `accounts`, joined with `pauses`, that `pause_in` and `pause_by_hand_in` read."""

PAUSED_ACCOUNTS = t.accounts.outerjoin(pauses, _p.account == _a.id)

_OF_ACCOUNT = select(*PAUSE_COLUMNS).select_from(PAUSED_ACCOUNTS).where(_a.id == account_of())
# Callers that pause one account take turns. FOR NO KEY UPDATE does not block new posts.
_TURN = select(_a.id).where(_a.id == bindparam("account")).with_for_update(key_share=True)
_ALL = (
    select(func.coalesce(login_of(_a.id), _a.id).label("name"), *PAUSE_COLUMNS)
    .select_from(PAUSED_ACCOUNTS)
    .where(or_(_a.paused_until.is_not(None), _p.account.is_not(None)))
    .order_by("name")
)


class SqlPauses:
    """The part of `SqlAccounts` about pauses. `who` names an account as there."""

    def __init__(self, database: Database) -> None:
        self._database = database

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
                connection.execute(update(t.accounts).where(_a.id == account).values(values))
            else:
                row = {"account": account, "reason": pause.reason, "actor": pause.by, "at": pause.at}
                connection.execute(_TURN, {"account": account})
                connection.execute(delete(pauses).where(_p.account == account))
                connection.execute(insert(pauses).values(row))
            append_events(self._database, connection, events)

    def resume(self, who: str, events: Sequence[JournalEvent] = ()) -> bool:
        """End the pause that an error of Instagram's caused; False, and no events stored, without one."""
        with self._database.writing() as connection:
            is_paused = (_a.id == resolved(connection, who)) & _a.paused_until.is_not(None)
            values = dict.fromkeys(PAUSE_BY_ERROR)
            if not connection.execute(update(t.accounts).where(is_paused).values(values)).rowcount:
                return False
            append_events(self._database, connection, events)
            return True

    def resume_by_hand(self, who: str, events: Sequence[JournalEvent] = ()) -> bool:
        """End the pause that somebody made; False, and no events stored, without one."""
        with self._database.writing() as connection:
            is_it = _p.account == resolved(connection, who)
            if not connection.execute(delete(pauses).where(is_it)).rowcount:
                return False
            append_events(self._database, connection, events)
            return True

    def pause_of(self, who: str) -> Pause | None:
        """Return the pause that an error of Instagram's caused, even an expired one; None without one."""
        return next((pause for pause in self.pauses_of(who) if pause.by is None), None)

    def pauses_of(self, who: str) -> tuple[Pause, ...]:
        """Return an account's pauses, expired ones too; the one that somebody made comes first."""
        with self._database.reading() as connection:
            row = connection.execute(_OF_ACCOUNT, {"account": who}).mappings().first()
            return _pauses_in(row) if row else ()

    def paused(self, now: datetime) -> tuple[PausedAccount, ...]:
        """Return the pauses in force, by the names people use for the accounts."""
        with self._database.reading() as connection:
            return tuple(
                PausedAccount(shown_account(row["name"]), pause)
                for row in connection.execute(_ALL).mappings()
                for pause in _pauses_in(row)
                if pause.until > now
            )


def pause_in(row: RowMapping) -> Pause | None:
    """Read the pause of a row with `PAUSE_COLUMNS` that an error caused."""
    if row["paused_until"] is None:
        return None
    code, subcode = row["pause_code"], row["pause_subcode"]
    return Pause(row["paused_until"], row["pause_reason"], code=code, subcode=subcode)


def pause_by_hand_in(row: RowMapping) -> Pause | None:
    """Read the pause of a row with `PAUSE_COLUMNS` that somebody made."""
    if row["paused_by"] is None:
        return None
    return Pause(UNTIL_RESUMED, row["reason_by_hand"], ActorId(row["paused_by"]), row["paused_at"])


def _pauses_in(row: RowMapping) -> tuple[Pause, ...]:
    return tuple(pause for pause in (pause_by_hand_in(row), pause_in(row)) if pause)
