"""Proposes, decides and uses grants, in the caller's transaction.

Lock order: rows of proposals and grants first, posts afterwards, here and when accounts are merged. Mixed
orders could deadlock.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, RowMapping, bindparam, delete, func, insert, select, update

from pressroom.core.actor import ActorId, actor_of
from pressroom.core.consent import (
    Claim,
    Consent,
    Decision,
    Grant,
    GrantUse,
    Proposal,
    ProposalId,
    ProposalState,
)
from pressroom.core.errors import Conflict, NotFound
from pressroom.core.journal import SubjectKind
from pressroom.core.post import PostId
from pressroom.core.secret import redact_json
from pressroom.store import tables as t
from pressroom.store.among import is_among
from pressroom.store.codec import Row
from pressroom.store.database import Database
from pressroom.store.identity import hold_names, resolved

_JSON = ("arguments", "summary", "outcome")
# The waiting proposal that blocked the insert may be decided before the select reads it.
_TRIES = 3

_p, _g, _u = t.proposals.c, t.grants.c, t.grant_uses.c
_BY_ID = select(t.proposals).where(_p.id == bindparam("id"))
_IS_SAME = (_p.actor == bindparam("who")) & (_p.content_hash == bindparam("content"))
# Locked until the end of the transaction: nobody decides it while it is returned or renewed.
_WAITING = select(t.proposals).where(_IS_SAME, _p.state == "waiting").with_for_update()
_GRANT = select(t.grants).where(_g.id == bindparam("id"))
_IS_REVOKED = select(t.actors.c.revoked_at.is_not(None)).where(t.actors.c.id == bindparam("id"))
# A post counts on the day it goes out as things stand, whoever moved it; a call when it was made.
_out_at = func.coalesce(t.posts.c.goes_out_at, _u.at)
_ON_DAY = (_out_at >= bindparam("day_start")) & (_out_at < bindparam("day_end"))
_OF_POSTS = t.grant_uses.outerjoin(t.posts, t.posts.c.id == _u.reference)
_USES = (
    select(func.count())
    .select_from(_OF_POSTS)
    # Those of the use's own post move along with it.
    .where(_u.grant_id == bindparam("id"), _ON_DAY | (t.posts.c.id == bindparam("reference")))
)
_IS_WITHDRAWN = _u.grant_id.in_(select(_g.id).where(_g.revoked_at.is_not(None)))
# State and expiry stand in the WHERE clause: of concurrent decisions one changes the row.
_DECIDE = update(t.proposals).where(
    _p.id == bindparam("that"), _p.state == "waiting", _p.expires_at > bindparam("moment")
)
# carried_out_at stays null until the first claim, so an approved call is made once.
_CLAIM = update(t.proposals).where(
    _p.id == bindparam("that"), _p.state == "approved", _p.carried_out_at.is_(None)
)


def take_consent(database: Database, connection: Connection, consent: Consent | None) -> None:
    """Store or use the consent for a change of a post. Raises Conflict for an invalid one, and NotFound."""
    match consent:
        case None:
            return
        case Proposal():
            ask(database, connection, consent)
        case Decision():
            decide(connection, consent, is_carried_out=True)
        case Claim():
            if not claim(connection, consent):
                raise _not_to_be_carried_out(connection, consent.proposal)
        case GrantUse():
            use_grant(connection, consent)


def ask(database: Database, connection: Connection, proposal: Proposal) -> Proposal:
    """Store a proposal, or return the waiting one for the same content."""
    ensure_actor(database, connection, proposal.actor, proposal.created_at)
    ours = replace(proposal, account=_account(connection, proposal.account))
    who = {"who": proposal.actor, "content": proposal.content_hash}
    for _ in range(_TRIES):
        # On PostgreSQL this waits for a concurrent transaction that inserts the same (uq_proposals_waiting).
        adding = database.insert_missing(t.proposals, proposal_row(ours)).returning(_p.id)
        if connection.execute(adding).first():
            return ours
        row = connection.execute(_WAITING, who).mappings().first()
        if row is not None:
            return _asked_anew(connection, read_proposal(row), ours)
    raise Conflict("The same was asked and decided at this moment.", fix="Look at it, then ask again.")


def ensure_actor(database: Database, connection: Connection, actor_id: ActorId, now: datetime) -> None:
    """Insert an actor that is not known yet. Raises Refused for a bad id."""
    actor = actor_of(actor_id)
    row = {"id": actor_id, "kind": actor.kind, "name": actor.name, "created_at": now}
    connection.execute(database.insert_missing(t.actors, row))


def _account(connection: Connection, who: str | None) -> str | None:
    if who is None:
        return None
    hold_names(connection)
    return resolved(connection, who)


def _asked_anew(connection: Connection, waiting: Proposal, ours: Proposal) -> Proposal:
    """Renew an expired proposal under its own id: a post may be waiting for that id."""
    if waiting.expires_at > ours.created_at:
        return waiting
    anew = replace(ours, id=waiting.id, subject_kind=waiting.subject_kind, subject_id=waiting.subject_id)
    connection.execute(update(t.proposals).where(_p.id == waiting.id).values(proposal_row(anew)))
    return anew


def decide(connection: Connection, decision: Decision, *, is_carried_out: bool = False) -> None:
    """Decide a waiting proposal. is_carried_out: the caller's transaction also makes the approved change."""
    assert decision.state in (ProposalState.APPROVED, ProposalState.DECLINED)
    values: Row = {"state": decision.state, "decided_by": decision.by, "decided_at": decision.at}
    if is_carried_out and decision.state is ProposalState.APPROVED:
        values["carried_out_at"] = decision.at
    if decision.outcome is not None:
        values["outcome"] = said(decision.outcome)
    given = {"that": decision.proposal, "moment": decision.at}
    if not connection.execute(_DECIDE.values(values), given).rowcount:
        raise _not_to_be_decided(proposal_of(connection, decision.proposal))


def _not_to_be_decided(proposal: Proposal) -> Conflict:
    how = "was not decided in time" if proposal.state is ProposalState.WAITING else f"is {proposal.state}"
    return Conflict(f"Proposal {proposal.id} {how}: it cannot be decided any more.", fix="Look at it again.")


def claim(connection: Connection, consent: Claim) -> bool:
    """Mark an approved proposal as being carried out; False when it is not approved, or marked already."""
    given = {"that": consent.proposal}
    return bool(connection.execute(_CLAIM.values(carried_out_at=consent.at), given).rowcount)


def _not_to_be_carried_out(connection: Connection, proposal_id: ProposalId) -> Conflict:
    proposal = proposal_of(connection, proposal_id)
    how = "was carried out already" if proposal.carried_out_at else f"is {proposal.state}"
    return Conflict(f"Proposal {proposal.id} {how}.", fix="Look at it again.")


def use_grant(connection: Connection, use: GrantUse) -> None:
    """Count one use of a grant. Raises Conflict when it is used up, over or revoked, and NotFound."""
    # Locked before the uses are counted: two processes could otherwise both take the last one.
    row = connection.execute(_GRANT.with_for_update(), {"id": use.grant}).mappings().first()
    if row is None:
        raise NotFound(f"There is no grant {use.grant}.", fix="Ask a person for consent.")
    grant = read_grant(row)
    why = _why_not(grant, use, uses_of(connection, use))
    # Revoking an actor leaves the rows of its grants unchanged, so both are checked.
    if why is None and connection.execute(_IS_REVOKED, {"id": grant.actor}).scalar_one():
        why = f"is of {grant.actor}, who may do nothing any more"
    if why is not None:
        raise Conflict(f"Grant {grant.id} {why}.", fix="Ask a person for consent.")
    if not use.is_anew:
        values = {"grant_id": grant.id, "at": use.at, "reference": use.reference}
        connection.execute(insert(t.grant_uses).values(values))


def _why_not(grant: Grant, use: GrantUse, uses: int) -> str | None:
    if grant.revoked_at is not None:
        return "was revoked"
    if grant.ends_at is not None and grant.ends_at <= use.at:
        return "is over by then"
    return f"was used {grant.per_day} times for that day, which is all" if uses > grant.per_day else None


def forget_withdrawn(connection: Connection, posts: Sequence[PostId]) -> None:
    """Let posts that are let go anew be held back no more by what was withdrawn before."""
    if posts:
        connection.execute(delete(t.grant_uses).where(is_among(_u.reference, posts), _IS_WITHDRAWN))


def proposal_of(connection: Connection, proposal_id: str) -> Proposal:
    """Return a proposal. Raises NotFound."""
    row = connection.execute(_BY_ID, {"id": proposal_id}).mappings().first()
    if row is None:
        raise NotFound(f"There is no proposal {proposal_id}.", fix="Look at those that wait.")
    return read_proposal(row)


def waiting_about(connection: Connection, post_id: PostId) -> ProposalId | None:
    """Return the newest waiting proposal about a post."""
    found = select(_p.id).where(_p.subject_kind == "post", _p.subject_id == post_id, _p.state == "waiting")
    return connection.execute(found.order_by(_p.created_at.desc()).limit(1)).scalar()


def proposal_row(proposal: Proposal) -> Row:
    """Return the row of a proposal."""
    row = {field.name: getattr(proposal, field.name) for field in fields(proposal)}
    return {**row, **{name: _text(row[name]) for name in _JSON if row[name] is not None}}


def read_proposal(row: RowMapping) -> Proposal:
    """Return the proposal of a row."""
    found: dict[str, Any] = {field.name: row[field.name] for field in fields(Proposal)}
    found |= {name: msgspec.json.decode(found[name]) for name in _JSON if found[name] is not None}
    kind = found["subject_kind"]
    found |= {"state": ProposalState(found["state"]), "subject_kind": SubjectKind(kind) if kind else None}
    return Proposal(**found)


def grant_row(connection: Connection, grant: Grant) -> Row:
    """Return the row of a grant, its accounts resolved to ids."""
    row = {field.name: getattr(grant, field.name) for field in fields(grant)}
    hold_names(connection)
    accounts = [resolved(connection, who) for who in grant.accounts]
    return {**row, "verbs": _text(grant.verbs), "accounts": _text(accounts)}


def read_grant(row: RowMapping) -> Grant:
    """Return the grant of a row."""
    found: dict[str, Any] = {field.name: row[field.name] for field in fields(Grant)}
    found |= {name: tuple(msgspec.json.decode(found[name])) for name in ("verbs", "accounts")}
    return Grant(**found)


def uses_of(connection: Connection, use: GrantUse) -> int:
    """Count the uses of a grant on the day of a use, with that one."""
    wanted = {"id": use.grant, "day_start": use.day_start, "day_end": use.day_end}
    spent = connection.execute(_USES, {**wanted, "reference": use.reference}).scalar_one()
    return spent if use.is_anew else spent + 1


def said(outcome: Mapping[str, Any]) -> str:
    """Serialize an outcome, secrets masked."""
    return _text(redact_json(msgspec.to_builtins(outcome)))


def _text(value: object) -> str:
    return msgspec.json.encode(value).decode()
