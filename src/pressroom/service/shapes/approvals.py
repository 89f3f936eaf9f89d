"""Shapes of consent: proposals, decisions, and standing consents."""

from collections.abc import Mapping
from typing import Any

import msgspec

from pressroom.core.consent import Grant, Proposal, ProposalState
from pressroom.service.approvals import Approved, Waiting
from pressroom.service.shapes.moments import InUtc, spelled
from pressroom.service.shapes.posts import PostShape
from pressroom.service.standing_consents import Released


class ProposalShape(msgspec.Struct, frozen=True, kw_only=True):
    """A program's proposal, which a person decides.

    actor: the program. verb: what is to be done. post_id: null where it is about no post. expires_at: until
    when it can be decided. decided_by: the person. outcome: the result once it was carried out.
    """

    proposal_id: str
    actor: str
    verb: str
    account: str | None
    post_id: str | None
    state: ProposalState
    created_at: InUtc
    expires_at: InUtc
    decided_by: str | None
    outcome: Mapping[str, Any] | None

    @classmethod
    def of(cls, proposal: Proposal) -> "ProposalShape":
        """Build the shape of a proposal."""
        return cls(
            proposal_id=proposal.id,
            actor=proposal.actor,
            verb=proposal.verb,
            account=proposal.account,
            post_id=proposal.subject_id,
            state=proposal.state,
            created_at=spelled(proposal.created_at, "UTC"),
            expires_at=spelled(proposal.expires_at, "UTC"),
            decided_by=proposal.decided_by,
            outcome=proposal.outcome,
        )


class WaitingShape(msgspec.Struct, frozen=True, kw_only=True):
    """Something that waits for a person, with all of its details.

    id: what `approve` takes. summary: what it shows and when. proposal: null for a post that a person held
    back, which is in `post` then.
    """

    id: str
    summary: Mapping[str, Any]
    proposal: ProposalShape | None
    post: PostShape | None

    @classmethod
    def of(cls, waiting: Waiting) -> "WaitingShape":
        """Build the shape of what waits."""
        return cls(
            id=waiting.id,
            summary=waiting.summary,
            proposal=ProposalShape.of(waiting.proposal) if waiting.proposal else None,
            post=PostShape.of(waiting.post) if waiting.post else None,
        )


class ApprovedShape(msgspec.Struct, frozen=True, kw_only=True):
    """What was approved or declined: a post in its new state, or a proposal about no post.

    warnings: what still keeps the post from going out.
    """

    post: PostShape | None
    proposal: ProposalShape | None
    warnings: tuple[str, ...]

    @classmethod
    def of(cls, approved: Approved) -> "ApprovedShape":
        """Build the shape of what was decided."""
        return cls(
            post=PostShape.of(approved.post) if approved.post else None,
            proposal=ProposalShape.of(approved.proposal) if approved.proposal else None,
            warnings=approved.warnings,
        )


class GrantShape(msgspec.Struct, frozen=True, kw_only=True):
    """What a program may do without asking. accounts: by their ids. ends_at: null until it is withdrawn."""

    grant_id: str
    actor: str
    verbs: tuple[str, ...]
    accounts: tuple[str, ...]
    per_day: int
    granted_by: str
    ends_at: InUtc | None
    revoked_at: InUtc | None

    @classmethod
    def of(cls, grant: Grant) -> "GrantShape":
        """Build the shape of a standing consent."""
        return cls(
            grant_id=grant.id,
            actor=grant.actor,
            verbs=grant.verbs,
            accounts=grant.accounts,
            per_day=grant.per_day,
            granted_by=grant.granted_by,
            ends_at=spelled(grant.ends_at, "UTC"),
            revoked_at=spelled(grant.revoked_at, "UTC"),
        )


class WithdrawnShape(msgspec.Struct, frozen=True, kw_only=True):
    """A standing consent that has ended, and what became of the posts that went under it.

    held: they wait for a person now. unsent: they go out all the same, since they were left. sent: the ids of
    those that are live, or were being sent.
    """

    grant_id: str
    held: tuple[PostShape, ...]
    unsent: tuple[PostShape, ...]
    sent: tuple[str, ...]

    @classmethod
    def of(cls, grant_id: str, released: Released) -> "WithdrawnShape":
        """Build the shape of what became of them."""
        return cls(
            grant_id=grant_id,
            held=tuple(map(PostShape.of, released.held)),
            unsent=tuple(map(PostShape.of, released.unsent)),
            sent=released.sent,
        )


class TerminalShape(msgspec.Struct, frozen=True, kw_only=True):
    """Whether everybody without a terminal counts as a program."""

    require_terminal: bool


class AgentShellsShape(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a known agent's shell counts as a program."""

    agent_shells: bool
