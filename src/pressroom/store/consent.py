"""Proposals and grants."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, Update, bindparam, delete, func, insert, literal, select, tuple_, update

from pressroom.core.actor import ActorId
from pressroom.core.consent import (
    Claim,
    Decision,
    Grant,
    GrantId,
    GrantUse,
    Proposal,
    ProposalId,
    ProposalState,
)
from pressroom.core.journal import JournalEvent, SubjectKind
from pressroom.core.post import PostId, PostState
from pressroom.core.stored_posts import MOST_NAMED
from pressroom.store import tables as t
from pressroom.store.columns import Key, UtcTime
from pressroom.store.consenting import (
    ask,
    claim,
    decide,
    ensure_actor,
    grant_row,
    proposal_of,
    read_grant,
    read_proposal,
    said,
    use_grant,
    uses_of,
)
from pressroom.store.database import Database
from pressroom.store.events import append_events
from pressroom.store.finding import bounds, starts_alike

_p, _g, _u = t.proposals.c, t.grants.c, t.grant_uses.c
_BY_PREFIX = select(t.proposals).where(starts_alike(_p.id)).order_by(_p.id).limit(MOST_NAMED)
_LATEST = (
    select(t.proposals)
    .where(
        _p.actor == bindparam("who"),
        _p.content_hash == bindparam("content"),
        _p.created_at >= bindparam("since"),
    )
    .order_by(_p.created_at.desc(), _p.id.desc())
    .limit(1)
)
_RELEASED = (
    select(t.posts.c.id, t.posts.c.state)
    .where(t.posts.c.id.in_(select(_u.reference).where(_u.grant_id == bindparam("grant"))))
    .order_by(t.posts.c.goes_out_at, t.posts.c.id)
)
_GRANTS_OF = (
    select(t.grants)
    .where(_g.id.in_(select(_u.grant_id).where(_u.reference == bindparam("post"))))
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
            asked = ask(self._database, connection, proposal)
            if asked.id == proposal.id:
                append_events(self._database, connection, events)
            return asked

    def latest(self, actor: ActorId, content_hash: str, since: datetime) -> Proposal | None:
        """Return an actor's newest proposal for the same content made since a time, in whatever state."""
        wanted = {"who": actor, "content": content_hash, "since": since}
        with self._database.reading() as connection:
            row = connection.execute(_LATEST, wanted).mappings().first()
        return read_proposal(row) if row is not None else None

    def get(self, proposal_id: ProposalId) -> Proposal:
        """Return a proposal. Raises NotFound."""
        with self._database.reading() as connection:
            return proposal_of(connection, proposal_id)

    def starting(self, prefix: str) -> tuple[Proposal, ...]:
        """Return the first proposals whose ids have a prefix, by id: `MOST_NAMED` at most."""
        with self._database.reading() as connection:
            return tuple(map(read_proposal, connection.execute(_BY_PREFIX, bounds(prefix)).mappings()))

    def list(
        self,
        states: Collection[ProposalState] = (),
        *,
        actor: ActorId | None = None,
        subject_id: str | None = None,
        limit: int = 100,
        after: Proposal | None = None,
    ) -> tuple[Proposal, ...]:
        """Return proposals, the newest first. states: empty for all. after: the last of the page before."""
        wanted = _listing(states, actor, subject_id, after).limit(limit)
        with self._database.reading() as connection:
            return tuple(read_proposal(row) for row in connection.execute(wanted).mappings())

    def count_waiting(self, now: datetime, *, made_until: datetime | None = None) -> int:
        """Count the proposals that can be decided now. made_until: only those made then or before."""
        counting = select(func.count()).where(_p.state == ProposalState.WAITING, _p.expires_at > now)
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
            connection.execute(update(t.proposals).where(is_that).values(outcome=said(outcome)))

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

    def _end(self, ending: Update) -> tuple[Proposal, ...]:
        with self._database.writing() as connection:
            rows = connection.execute(ending.returning(*_p)).mappings()
            # RETURNING gives rows in no particular order.
            return tuple(sorted(map(read_proposal, rows), key=lambda one: (one.created_at, one.id)))

    def grant(self, grant: Grant) -> None:
        """Store a grant."""
        with self._database.writing() as connection:
            ensure_actor(self._database, connection, grant.actor, grant.created_at)
            connection.execute(insert(t.grants).values(grant_row(connection, grant)))

    def grants(self, actor: ActorId | None = None) -> tuple[Grant, ...]:
        """Return the grants in the order they were made, including those that have ended."""
        listing = select(t.grants).order_by(_g.created_at, _g.id)
        if actor is not None:
            listing = listing.where(_g.actor == actor)
        with self._database.reading() as connection:
            return tuple(read_grant(row) for row in connection.execute(listing).mappings())

    def revoke(
        self, grant_id: GrantId, at: datetime, *, leaves: bool = False
    ) -> Mapping[PostId, PostState] | None:
        """Revoke a grant and return what was let go under it, as `released` does.

        leaves: those posts go out all the same; else no send of one is opened from then on. None for an
        unknown grant and for one already revoked.
        """
        is_that = (_g.id == grant_id) & _g.revoked_at.is_(None)
        with self._database.writing() as connection:
            if not connection.execute(update(t.grants).where(is_that).values(revoked_at=at)).rowcount:
                return None
            # Locked: a send that is committed at this moment is over before it, and seen here, or finds the
            # grant revoked.
            rows = connection.execute(_RELEASED.with_for_update(of=t.posts), {"grant": grant_id}).all()
            if leaves:
                connection.execute(delete(t.grant_uses).where(_u.grant_id == grant_id))
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


def _waiting(state: ProposalState, at: datetime) -> Update:
    return update(t.proposals).where(_p.state == "waiting").values(state=state, decided_at=at)


def _listing(
    states: Collection[ProposalState], actor: ActorId | None, subject_id: str | None, after: Proposal | None
) -> Select[*tuple[Any, ...]]:
    found = select(t.proposals).order_by(_p.created_at.desc(), _p.id.desc())
    if states:
        found = found.where(_p.state.in_(sorted(states)))
    if actor is not None:
        found = found.where(_p.actor == actor)
    if subject_id is not None:
        found = found.where(_p.subject_id == subject_id)
    if after is not None:
        # Compared as a pair: a program proposes many at the same moment.
        place = tuple_(literal(after.created_at, UtcTime), literal(after.id, Key))
        found = found.where(tuple_(_p.created_at, _p.id) < place)
    return found
