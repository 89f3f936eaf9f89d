"""Proposals and grants: `SqlConsents`, the repository, and what changes them in the caller's transaction.

Lock order: rows of proposals and grants first, posts afterwards, here and when accounts are merged. Mixed
orders could deadlock.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from pressroom.core.account import AccountId
from pressroom.core.actor import ActorId, actor_of
from pressroom.core.consent import (
    Claim,
    Consent,
    Decision,
    Grant,
    GrantId,
    GrantUse,
    Proposal,
    ProposalId,
    ProposalState,
)
from pressroom.core.errors import Conflict, NotFound
from pressroom.core.journal import FieldChange, JournalEvent, SubjectKind
from pressroom.core.post import PostId, PostState
from pressroom.core.requests import RequestEffect
from pressroom.core.secret import redact_json
from pressroom.core.stored_posts import MOST_NAMED
from pressroom.store import tables as t
from pressroom.store.columns import Key, Row, UtcTime, bounds, is_among, json_text, starts_alike
from pressroom.store.database import Database
from pressroom.store.events import append_events
from pressroom.store.identity import hold_names, resolve_account
from pressroom.store.requests import note_effect, running

_JSON = ("arguments", "summary", "outcome")
# The waiting proposal that blocked the insert may be decided before the select reads it.
_TRIES = 3

_p, _g, _u = t.proposals.c, t.grants.c, t.grant_uses.c
_BY_ID = sa.select(t.proposals).where(_p.id == sa.bindparam("id"))
_IS_SAME = (_p.actor == sa.bindparam("who")) & (_p.content_hash == sa.bindparam("content"))
# Locked until the end of the transaction: nobody decides it while it is returned or renewed.
_WAITING = sa.select(t.proposals).where(_IS_SAME, _p.state == "waiting").with_for_update()
_GRANT = sa.select(t.grants).where(_g.id == sa.bindparam("id"))
_IS_REVOKED = sa.select(t.actors.c.revoked_at.is_not(None)).where(t.actors.c.id == sa.bindparam("id"))
# A post counts on the day that it is planned for now; a call on the day it was made.
_out_at = sa.func.coalesce(t.posts.c.goes_out_at, _u.at)
_ON_DAY = (_out_at >= sa.bindparam("day_start")) & (_out_at < sa.bindparam("day_end"))
_OF_POSTS = t.grant_uses.outerjoin(t.posts, t.posts.c.id == _u.reference)
_USES = (
    sa.select(sa.func.count())
    .select_from(_OF_POSTS)
    # An earlier use by the same post counts, too: the post moves to this day.
    .where(_u.grant_id == sa.bindparam("id"), _ON_DAY | (t.posts.c.id == sa.bindparam("reference")))
)
_IS_WITHDRAWN = _u.grant_id.in_(sa.select(_g.id).where(_g.revoked_at.is_not(None)))
# State and expiry stand in the WHERE clause: of concurrent decisions one changes the row.
_DECIDE = sa.update(t.proposals).where(
    _p.id == sa.bindparam("that"), _p.state == "waiting", _p.expires_at > sa.bindparam("moment")
)
# carried_out_at stays null until the first claim, so an approved call is made once.
_CLAIM = sa.update(t.proposals).where(
    _p.id == sa.bindparam("that"), _p.state == "approved", _p.carried_out_at.is_(None)
)
_LATEST = (
    sa.select(t.proposals)
    .where(
        _p.actor == sa.bindparam("who"),
        _p.content_hash == sa.bindparam("content"),
        _p.created_at >= sa.bindparam("since"),
    )
    .order_by(_p.created_at.desc(), _p.id.desc())
    .limit(1)
)
_RELEASED = (
    sa.select(t.posts.c.id, t.posts.c.state)
    .where(t.posts.c.id.in_(sa.select(_u.reference).where(_u.grant_id == sa.bindparam("grant"))))
    .order_by(t.posts.c.goes_out_at, t.posts.c.id)
)
_GRANTS_OF = (
    sa.select(t.grants)
    .where(_g.id.in_(sa.select(_u.grant_id).where(_u.reference == sa.bindparam("post"))))
    .order_by(_g.created_at, _g.id)
)


class SqlConsents:
    """Proposals and grants. Of concurrent changes to one, exactly one succeeds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def propose(self, proposal: Proposal, events: Sequence[JournalEvent] = ()) -> Proposal:
        """Store a proposal, or return the actor's waiting one for the same content and store no events.

        An expired one is renewed under its own id. Raises Refused for an invalid actor id.
        """
        with self._database.writing() as connection:
            waiting = propose(self._database, connection, proposal)
            if waiting.id == proposal.id:
                append_events(self._database, connection, events)
            return waiting

    def latest(self, actor: ActorId, content_hash: str, since: datetime) -> Proposal | None:
        """Return an actor's newest proposal for the same content made since a time, in whatever state."""
        values = {"who": actor, "content": content_hash, "since": since}
        with self._database.reading() as connection:
            row = connection.execute(_LATEST, values).mappings().first()
        return read_proposal(row) if row is not None else None

    def get(self, proposal_id: ProposalId) -> Proposal:
        """Return a proposal. Raises NotFound."""
        with self._database.reading() as connection:
            return proposal_of(connection, proposal_id)

    def starting(self, prefix: str) -> tuple[Proposal, ...]:
        """Return the first proposals whose ids have a prefix, by id: at most `MOST_NAMED`."""
        with self._database.reading() as connection:
            return tuple(map(read_proposal, connection.execute(_BY_PREFIX, bounds(prefix)).mappings()))

    def list(
        self,
        states: Collection[ProposalState] = (),
        *,
        actor: ActorId | None = None,
        accounts: Collection[AccountId] | None = None,
        subject_id: str | None = None,
        limit: int = 100,
        after: Proposal | None = None,
    ) -> tuple[Proposal, ...]:
        """Return proposals, the newest first.

        states: empty for all. accounts: only those about one of them; None for all. after: the last of the
        page before.
        """
        page = sa.select(t.proposals).order_by(_p.created_at.desc(), _p.id.desc()).limit(limit)
        if states:
            page = page.where(_p.state.in_(sorted(states)))
        if actor is not None:
            page = page.where(_p.actor == actor)
        if accounts is not None:
            page = page.where(is_among(_p.account, accounts))
        if subject_id is not None:
            page = page.where(_p.subject_id == subject_id)
        if after is not None:
            # Compared as a pair: a program proposes many at the same moment.
            place = sa.tuple_(sa.literal(after.created_at, UtcTime), sa.literal(after.id, Key))
            page = page.where(sa.tuple_(_p.created_at, _p.id) < place)
        with self._database.reading() as connection:
            return tuple(read_proposal(row) for row in connection.execute(page).mappings())

    def count_waiting(self, now: datetime, *, made_until: datetime | None = None) -> int:
        """Count the proposals that can be decided now. made_until: only those made then or before."""
        counting = sa.select(sa.func.count()).where(_p.state == ProposalState.WAITING, _p.expires_at > now)
        if made_until is not None:
            counting = counting.where(_p.created_at <= made_until)
        with self._database.reading() as connection:
            return connection.execute(counting).scalar_one()

    def decide(self, decision: Decision, events: Sequence[JournalEvent] = ()) -> Proposal:
        """Decide a proposal without changing its post; `SqlPosts.save` decides one that changes it.

        Raises Conflict for one that is not waiting or has expired, and NotFound.
        """
        with self._database.writing() as connection:
            # One transaction: a decision without its event, or the reverse, is never seen.
            decide(connection, decision)
            append_events(self._database, connection, events)
            return proposal_of(connection, decision.proposal)

    def claim(self, proposal_id: ProposalId, at: datetime) -> bool:
        """Claim an approved proposal to carry it out; False when it is claimed already or not approved."""
        with self._database.writing() as connection:
            return claim(connection, Claim(proposal=proposal_id, at=at))

    def finish(self, proposal_id: ProposalId, outcome: Mapping[str, Any]) -> None:
        """Store the outcome of a proposal; anything that looks like a token is masked."""
        with self._database.writing() as connection:
            is_that = _p.id == proposal_id
            connection.execute(sa.update(t.proposals).where(is_that).values(outcome=text_of_outcome(outcome)))

    def void(
        self, kind: SubjectKind, subject_id: str, at: datetime, *, spared: ProposalId | None = None
    ) -> tuple[Proposal, ...]:
        """End the waiting proposals about a subject that has changed; returns them in their new state.

        spared: the one that is not ended.
        """
        is_about_it = (_p.subject_kind == kind) & (_p.subject_id == subject_id) & (_p.id != (spared or ""))
        return self._end(_waiting(ProposalState.VOID, at).where(is_about_it))

    def expire(self, now: datetime) -> tuple[Proposal, ...]:
        """End the proposals that were not decided in time; returns them in their new state."""
        return self._end(_waiting(ProposalState.EXPIRED, now).where(_p.expires_at <= now))

    def _end(self, ending: sa.Update) -> tuple[Proposal, ...]:
        with self._database.writing() as connection:
            rows = connection.execute(ending.returning(*_p)).mappings()
            # RETURNING gives rows in no particular order.
            ended = sorted(map(read_proposal, rows), key=lambda proposal: (proposal.created_at, proposal.id))
            events = [
                JournalEvent(
                    subject_id=subject,
                    subject_kind=proposal.subject_kind or SubjectKind.ACCOUNT,
                    at=self._database.clock.now(),
                    step=proposal.state,
                    changes=(FieldChange(name="proposal", before=proposal.id, after=proposal.state),),
                )
                for proposal in ended
                if (subject := proposal.subject_id or proposal.account)
            ]
            append_events(self._database, connection, events)
            return tuple(ended)

    def grant(self, grant: Grant, events: Sequence[JournalEvent] = ()) -> None:
        """Store a grant, its accounts resolved to ids."""
        with self._database.writing() as connection:
            ensure_actor(self._database, connection, grant.actor, grant.created_at)
            hold_names(connection)
            row = {field.name: getattr(grant, field.name) for field in fields(grant)}
            accounts = [resolve_account(connection, who) for who in grant.accounts]
            row |= {"verbs": json_text(grant.verbs), "accounts": json_text(accounts)}
            connection.execute(sa.insert(t.grants).values(row))
            append_events(self._database, connection, events)

    def grants(self, actor: ActorId | None = None) -> tuple[Grant, ...]:
        """Return the grants in the order they were made, including those that have ended."""
        listing = sa.select(t.grants).order_by(_g.created_at, _g.id)
        if actor is not None:
            listing = listing.where(_g.actor == actor)
        with self._database.reading() as connection:
            return tuple(read_grant(row) for row in connection.execute(listing).mappings())

    def revoke(
        self, grant_id: GrantId, at: datetime, events: Sequence[JournalEvent] = (), *, leaves: bool = False
    ) -> Mapping[PostId, PostState] | None:
        """Revoke a grant and return what was let go under it, as `released` does.

        leaves: those posts go out all the same; else no send of one is opened from then on. None for an
        unknown grant and for one already revoked.
        """
        is_that = (_g.id == grant_id) & _g.revoked_at.is_(None)
        with self._database.writing() as connection:
            if not connection.execute(sa.update(t.grants).where(is_that).values(revoked_at=at)).rowcount:
                return None
            # Locked: a send that is committed at this moment is over before it, and seen here, or finds the
            # grant revoked.
            rows = connection.execute(_RELEASED.with_for_update(of=t.posts), {"grant": grant_id}).all()
            if leaves:
                connection.execute(sa.delete(t.grant_uses).where(_u.grant_id == grant_id))
            append_events(self._database, connection, events)
        return {PostId(row.id): PostState(row.state) for row in rows}

    def released(self, grant_id: GrantId) -> Mapping[PostId, PostState]:
        """Return the posts that were let go under a grant, with their present states."""
        with self._database.reading() as connection:
            rows = connection.execute(_RELEASED, {"grant": grant_id}).all()
        return {PostId(row.id): PostState(row.state) for row in rows}

    def grants_of(self, post_id: PostId) -> tuple[Grant, ...]:
        """Return the grants that a post was let go under, revoked ones too."""
        with self._database.reading() as connection:
            rows = connection.execute(_GRANTS_OF, {"post": post_id}).mappings()
            return tuple(read_grant(row) for row in rows)

    def use(self, use: GrantUse, events: Sequence[JournalEvent] = ()) -> None:
        """Count a use of a grant for something other than a change of a post.

        Raises Conflict when it is used up for the day or over, or its actor was revoked, and NotFound.
        """
        with self._database.writing() as connection:
            use_grant(connection, use)
            append_events(self._database, connection, events)

    def uses(self, use: GrantUse) -> int:
        """Count the uses of a grant on the day of a use, with that one."""
        with self._database.reading() as connection:
            return uses_of(connection, use)


def _waiting(state: ProposalState, at: datetime) -> sa.Update:
    return sa.update(t.proposals).where(_p.state == "waiting").values(state=state, decided_at=at)


def take_consent(database: Database, connection: sa.Connection, consent: Consent | None) -> None:
    """Store or use the consent for a change of a post. Raises Conflict for an invalid one, and NotFound."""
    match consent:
        case None:
            return
        case Proposal():
            propose(database, connection, consent)
        case Decision():
            decide(connection, consent, is_carried_out=True)
        case Claim():
            if not claim(connection, consent):
                proposal = proposal_of(connection, consent.proposal)
                how = "was carried out already" if proposal.carried_out_at else f"is {proposal.state}"
                raise Conflict(f"Proposal {proposal.id} {how}.", fix="Look at it again.")
        case GrantUse():
            use_grant(connection, consent)


def propose(database: Database, connection: sa.Connection, proposal: Proposal) -> Proposal:
    """Store a proposal, or return the waiting one for the same content; either is a request's effect."""
    ensure_actor(database, connection, proposal.actor, proposal.created_at)
    ours, values = proposal, {"who": proposal.actor, "content": proposal.content_hash}
    if proposal.account is not None:
        hold_names(connection)
        ours = replace(proposal, account=resolve_account(connection, proposal.account))
    for _ in range(_TRIES):
        # On PostgreSQL this waits for a concurrent transaction that inserts the same (uq_proposals_waiting).
        adding = database.insert_missing(t.proposals, proposal_row(ours)).returning(_p.id)
        if connection.execute(adding).first():
            stored = ours
        elif row := connection.execute(_WAITING, values).mappings().first():
            stored = read_proposal(row)
            if stored.expires_at <= ours.created_at:
                # An expired one is renewed under its own id: a post may be waiting for that id.
                names = {name: getattr(stored, name) for name in ("id", "subject_kind", "subject_id")}
                stored = replace(ours, **names)
                is_it = _p.id == stored.id
                connection.execute(sa.update(t.proposals).where(is_it).values(proposal_row(stored)))
        else:
            continue
        # One that waited already, too: whoever repeats the request asks what became of it.
        if running.get():
            kind, subject = stored.subject_kind or "proposal", stored.subject_id or stored.id
            effect = RequestEffect(subject_kind=kind, subject_id=subject, proposal_id=stored.id)
            note_effect(connection, stored.actor, effect)
        return stored
    raise Conflict("The same was asked and decided at this moment.", fix="Look at it, then ask again.")


def ensure_actor(database: Database, connection: sa.Connection, actor_id: ActorId, now: datetime) -> None:
    """Insert an actor that is not known yet. Raises Refused for a bad id."""
    actor = actor_of(actor_id)
    row = {"id": actor_id, "kind": actor.kind, "name": actor.name, "created_at": now}
    connection.execute(database.insert_missing(t.actors, row))


def decide(connection: sa.Connection, decision: Decision, *, is_carried_out: bool = False) -> None:
    """Decide a waiting proposal. is_carried_out: the caller's transaction also makes the approved change."""
    assert decision.state in (ProposalState.APPROVED, ProposalState.DECLINED)
    values: Row = {"state": decision.state, "decided_by": decision.by, "decided_at": decision.at}
    if is_carried_out and decision.state is ProposalState.APPROVED:
        values["carried_out_at"] = decision.at
    if decision.outcome is not None:
        values["outcome"] = text_of_outcome(decision.outcome)
    that = {"that": decision.proposal, "moment": decision.at}
    if not connection.execute(_DECIDE.values(values), that).rowcount:
        proposal = proposal_of(connection, decision.proposal)
        how = "was not decided in time" if proposal.state is ProposalState.WAITING else f"is {proposal.state}"
        raise Conflict(
            f"Proposal {proposal.id} {how}: it cannot be decided any more.", fix="Look at it again."
        )


def claim(connection: sa.Connection, consent: Claim) -> bool:
    """Mark an approved proposal as being carried out; False when it is not approved, or marked already."""
    claiming = _CLAIM.values(carried_out_at=consent.at)
    return bool(connection.execute(claiming, {"that": consent.proposal}).rowcount)


def use_grant(connection: sa.Connection, use: GrantUse) -> None:
    """Count one use of a grant. Raises Conflict when it is used up, over or revoked, and NotFound."""
    # Locked before the uses are counted: two processes could otherwise both take the last one.
    row = connection.execute(_GRANT.with_for_update(), {"id": use.grant}).mappings().first()
    if row is None:
        raise NotFound(f"There is no grant {use.grant}.", fix="Ask a person for consent.")
    grant, why = read_grant(row), None
    if grant.revoked_at is not None:
        why = "was revoked"
    elif grant.ends_at is not None and grant.ends_at <= use.at:
        why = "is over by then"
    elif uses_of(connection, use) > grant.per_day:
        why = f"was used {grant.per_day} times for that day, which is all"
    # Revoking an actor leaves the rows of its grants unchanged, so both are checked.
    elif connection.execute(_IS_REVOKED, {"id": grant.actor}).scalar_one():
        why = f"is of {grant.actor}, who may do nothing any more"
    if why is not None:
        raise Conflict(f"Grant {grant.id} {why}.", fix="Ask a person for consent.")
    if not use.is_anew:
        values = {"grant_id": grant.id, "at": use.at, "reference": use.reference}
        connection.execute(sa.insert(t.grant_uses).values(values))


def forget_withdrawn(connection: sa.Connection, posts: Sequence[PostId]) -> None:
    """Free posts that are let go anew from grants that were revoked before, which would hold them back."""
    if posts:
        connection.execute(sa.delete(t.grant_uses).where(is_among(_u.reference, posts), _IS_WITHDRAWN))


def proposal_of(connection: sa.Connection, proposal_id: str) -> Proposal:
    """Return a proposal. Raises NotFound."""
    row = connection.execute(_BY_ID, {"id": proposal_id}).mappings().first()
    if row is None:
        raise NotFound(f"There is no proposal {proposal_id}.", fix="Look at those that wait.")
    return read_proposal(row)


def waiting_about(connection: sa.Connection, post_id: PostId) -> ProposalId | None:
    """Return the newest waiting proposal about a post."""
    waiting = sa.select(_p.id).where(
        _p.subject_kind == "post", _p.subject_id == post_id, _p.state == "waiting"
    )
    return connection.execute(waiting.order_by(_p.created_at.desc()).limit(1)).scalar()


def proposal_row(proposal: Proposal) -> Row:
    """Return the row of a proposal."""
    row = {field.name: getattr(proposal, field.name) for field in fields(proposal)}
    return {**row, **{name: json_text(row[name]) for name in _JSON if row[name] is not None}}


def read_proposal(row: sa.RowMapping) -> Proposal:
    """Return the proposal of a row."""
    values: dict[str, Any] = {field.name: row[field.name] for field in fields(Proposal)}
    values |= {name: msgspec.json.decode(values[name]) for name in _JSON if values[name] is not None}
    kind = values["subject_kind"]
    values |= {"state": ProposalState(values["state"]), "subject_kind": SubjectKind(kind) if kind else None}
    return Proposal(**values)


def read_grant(row: sa.RowMapping) -> Grant:
    """Return the grant of a row."""
    values: dict[str, Any] = {field.name: row[field.name] for field in fields(Grant)}
    values |= {name: tuple(msgspec.json.decode(values[name])) for name in ("verbs", "accounts")}
    return Grant(**values)


def uses_of(connection: sa.Connection, use: GrantUse) -> int:
    """Count the uses of a grant on the day of a use, with that one."""
    values = {"id": use.grant, "day_start": use.day_start, "day_end": use.day_end, "reference": use.reference}
    spent = connection.execute(_USES, values).scalar_one()
    return spent if use.is_anew else spent + 1


def text_of_outcome(outcome: Mapping[str, Any]) -> str:
    """Serialize an outcome, secrets masked."""
    return json_text(redact_json(msgspec.to_builtins(outcome)))


_BY_PREFIX = sa.select(t.proposals).where(starts_alike(_p.id)).order_by(_p.id).limit(MOST_NAMED)
