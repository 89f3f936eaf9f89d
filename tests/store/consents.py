"""Proposals and grants that the store's tests need."""

import itertools
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from pressroom.core.actor import Actor, ActorId, ActorKind
from pressroom.core.consent import Decision, Grant, GrantId, GrantUse, Proposal, ProposalId, ProposalState
from pressroom.core.journal import SubjectKind
from pressroom.core.post import Post
from pressroom.store import tables as t
from pressroom.store.store import Store
from tests.store.posts import after

ANNA = Actor(ActorKind.PERSON, "anna").id
PLANNER = Actor(ActorKind.PROGRAM, "planner").id
OTHER = Actor(ActorKind.PROGRAM, "other").id
DAY_S = 86_400

_numbers = itertools.count(1)


def a_proposal(**fields: Any) -> Proposal:
    """What waits for an hour; of other content than any before."""
    number = next(_numbers)
    given: dict[str, Any] = {
        "id": ProposalId(f"{number:032x}"),
        "actor": PLANNER,
        "verb": "plan",
        "content_hash": f"content {number}",
        "arguments": {"caption": "Ünï\0", "when": None, "files": ["a.jpg"]},
        "summary": {"text": "A photo tomorrow."},
        "created_at": after(0),
        "expires_at": after(3600),
    }
    return Proposal(**{**given, **fields})


def about(post: Post, **fields: Any) -> Proposal:
    return a_proposal(subject_kind=SubjectKind.POST, subject_id=post.id, **fields)


def approved(proposal: Proposal, seconds: float = 1, **fields: Any) -> Decision:
    given: dict[str, Any] = {"state": ProposalState.APPROVED, "by": ANNA, "at": after(seconds)}
    return Decision(proposal=proposal.id, **{**given, **fields})


def declined(proposal: Proposal, seconds: float = 1) -> Decision:
    return approved(proposal, seconds, state=ProposalState.DECLINED)


def a_grant(store: Store, per_day: int = 2, **fields: Any) -> Grant:
    given: dict[str, Any] = {
        "id": GrantId(f"{next(_numbers):032x}"),
        "actor": PLANNER,
        "verbs": ("plan", "move"),
        "accounts": ("17841@instagram",),
        "per_day": per_day,
        "granted_by": ANNA,
        "created_at": after(0),
    }
    grant = Grant(**{**given, **fields})
    store.consents.grant(grant)
    return grant


def a_use(grant: Grant, seconds: float = 1, *, of: str | None = None, **fields: Any) -> GrantUse:
    """A use for what goes out some seconds after the start, on a day that begins there. of: a post."""
    day_start = after(seconds // DAY_S * DAY_S)
    given: dict[str, Any] = {
        "grant": grant.id,
        "at": after(seconds),
        "day_start": day_start,
        "day_end": day_start + timedelta(seconds=DAY_S),
        "reference": of or f"what {next(_numbers)}",
    }
    return GrantUse(**{**given, **fields})


def known_actors(store: Store) -> list[str]:
    with store.database.reading() as connection:
        return list(connection.execute(select(t.actors.c.id)).scalars())


def revoke(store: Store, actor: ActorId, at: datetime) -> None:
    """Take all rights from an actor, which nothing but the table offers yet."""
    with store.database.writing() as connection:
        connection.execute(update(t.actors).where(t.actors.c.id == actor).values(revoked_at=at))
