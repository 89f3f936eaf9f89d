"""Requests with idempotency keys, each committed with its effect: docs/decisions/0041.

The service sets `running` while it carries a request out. Whatever inserts journal events or proposals calls
`note_effect` in its transaction, which fails where the request has passed to another run of it.
"""

from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from pressroom.core.actor import ActorId
from pressroom.core.consent import ProposalId
from pressroom.core.errors import KeyReused
from pressroom.core.requests import REQUEST_LIFETIME, RequestEffect, RequestName, RequestUnderWay
from pressroom.store import tables as t
from pressroom.store.columns import Row
from pressroom.store.database import Database

REQUEST_LEASE_S: Final = 15.0

_r = t.requests.c
_IS_IT = (
    _r.program == sa.bindparam("its_program"),
    _r.operation == sa.bindparam("its_operation"),
    _r.key == sa.bindparam("its_key"),
)
_IS_OURS = (*_IS_IT, _r.holder == sa.bindparam("its_holder"))
# The first effect stands. A proposal may come after it: of a draft that is let go once it is stored.
_NOTE = (
    sa.update(t.requests)
    .where(*_IS_OURS)
    .values(
        {
            name: sa.func.coalesce(_r[name], sa.bindparam(f"new_{name}"))
            for name in ("subject_kind", "subject_id", "proposal_id")
        }
    )
)
_SUBJECT = sa.select(_r.subject_id).where(*_IS_OURS)
_DROP = sa.delete(t.requests).where(*_IS_OURS, _r.subject_id.is_(None))


@dataclass(slots=True)
class Run:
    """One run of a request. holder: a name that no other run ever has.

    is_over: what inherited it, such as a task that outlives the request, has effects of its own.
    """

    request: RequestName
    holder: str
    is_over: bool = False

    @property
    def values(self) -> Row:
        """The parameters of conditions on its row."""
        names = {f"its_{name}": value for name, value in self.request._asdict().items()}
        return {**names, "its_holder": self.holder}


running: Final[ContextVar[Run | None]] = ContextVar("pressroom_request", default=None)


def note_effect(connection: sa.Connection, actor: ActorId | None, effect: RequestEffect) -> None:
    """Commit with the caller's transaction what the running request did, where it is this actor's.

    Raises RequestUnderWay, so that the transaction fails, where another run has taken the request over.
    """
    run = running.get()
    if run is None or run.is_over or actor != run.request.program:
        return
    if not connection.execute(_NOTE, {**run.values, **_named(effect)}).rowcount:
        raise RequestUnderWay(run.request)


class SqlRequests:
    """The requests of programs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, run: Run, content: str) -> RequestEffect | None:
        """Take a request for a run of it, or return the effect that it had.

        content: the hash of what is asked. Raises KeyReused where the key was used for other content within
        `REQUEST_LIFETIME`, RequestUnderWay where another run has it. One that ended before it had an effect
        is taken over when its lease is over.
        """
        now = self._database.clock.now()
        row: Row = {
            **run.request._asdict(),
            "content": content,
            "holder": run.holder,
            "leased_until": self._database.lease_end(REQUEST_LEASE_S),
            "begun_at": now,
        }
        with self._database.writing() as connection:
            # On PostgreSQL this waits for a concurrent transaction that inserts the same.
            taking = self._database.insert_missing(t.requests).values(row)
            if connection.execute(taking.returning(_r.key)).first():
                return None
            is_free = self._database.is_free(_r.leased_until).label("is_free")
            finding = sa.select(t.requests, is_free).where(*_IS_IT).with_for_update()
            standing = connection.execute(finding, run.values).first()
            if standing is None:  # it was refused, and forgotten, between the two statements
                raise RequestUnderWay(run.request)
            if standing.begun_at > now - REQUEST_LIFETIME:
                if standing.content != content:
                    raise _reused(run.request)
                if standing.subject_id is not None:
                    proposal = ProposalId(standing.proposal_id) if standing.proposal_id else None
                    return RequestEffect(
                        subject_kind=standing.subject_kind,
                        subject_id=standing.subject_id,
                        proposal_id=proposal,
                    )
                if not standing.is_free:
                    raise RequestUnderWay(run.request)
            anew: Row = dict.fromkeys(("subject_kind", "subject_id", "proposal_id"))
            taking_over = sa.update(t.requests).where(*_IS_IT).values(**row, **anew)
            connection.execute(taking_over, run.values)
            return None

    def renew(self, run: Run) -> bool:
        """Extend the lease of a run; False where it has passed to another one."""
        lease_end = self._database.lease_end(REQUEST_LEASE_S)
        renewing = sa.update(t.requests).where(*_IS_OURS).values(leased_until=lease_end)
        with self._database.writing() as connection:
            return bool(connection.execute(renewing, run.values).rowcount)

    def end(self, run: Run, subject: RequestEffect | None = None) -> None:
        """Keep what a run without an effect was about; where nobody says, forget the request.

        One that had an effect stays as it is.
        """
        # Looked at first: nearly every request had an effect, and a look waits for no other writer.
        with self._database.looking() as connection:
            row = connection.execute(_SUBJECT, run.values).first()
        if row is None or row.subject_id is not None:
            return
        with self._database.writing() as connection:
            if subject:
                connection.execute(_NOTE, {**run.values, **_named(subject)})
            else:
                connection.execute(_DROP, run.values)

    def delete_before(self, moment: datetime) -> int:
        """Delete requests that began before a moment; returns how many."""
        with self._database.writing() as connection:
            return connection.execute(sa.delete(t.requests).where(_r.begun_at < moment)).rowcount


def _named(effect: RequestEffect) -> Row:
    return {f"new_{name}": getattr(effect, name) for name in effect.__dataclass_fields__}


def _reused(request: RequestName) -> KeyReused:
    return KeyReused(
        f"The idempotency key {request.key!r} stands for another request of {request.operation}.",
        fix="Use a new key for a new request; a key is kept for 24 hours.",
    )
