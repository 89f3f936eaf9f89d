"""Consent: what waits for a person, what a person said, and what programs may do unasked."""

from collections.abc import Mapping
from typing import Any

import msgspec

from pressroom.core.consent import Grant, Proposal, ProposalState
from pressroom.service.approvals import Approved, Waiting
from pressroom.service.shapes.moments import InUtc, spelled
from pressroom.service.shapes.posts import PostShape


class ProposalShape(msgspec.Struct, frozen=True, kw_only=True):
    """What a program wants and a person decides.

    actor: the program. verb: what is to be done. post_id: the post that it is about, if it is about one.
    expires_at: until when it can be decided. decided_by: the person. outcome: what came of it, once it was
    carried out.
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
        """Give a proposal's."""
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
    """Something that waits for a person, whole.

    id: what is approved by. summary: what it shows and when. proposal: null for a post that a person held
    back, which is `post` then.
    """

    id: str
    summary: Mapping[str, Any]
    proposal: ProposalShape | None
    post: PostShape | None

    @classmethod
    def of(cls, waiting: Waiting) -> "WaitingShape":
        """Give the shape of what waits."""
        return cls(
            id=waiting.id,
            summary=waiting.summary,
            proposal=ProposalShape.of(waiting.proposal) if waiting.proposal else None,
            post=PostShape.of(waiting.post) if waiting.post else None,
        )


class ApprovedShape(msgspec.Struct, frozen=True, kw_only=True):
    """What was let out or declined: a post as it stands now, or a proposal about no post.

    warnings: what keeps the post from going out all the same.
    """

    post: PostShape | None
    proposal: ProposalShape | None
    warnings: tuple[str, ...]

    @classmethod
    def of(cls, approved: Approved) -> "ApprovedShape":
        """Give the shape of what was decided."""
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
        """Give a standing consent's."""
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
    """A standing consent that has ended."""

    grant_id: str


class TerminalShape(msgspec.Struct, frozen=True, kw_only=True):
    """Whether whoever is not at a terminal is a program."""

    require_terminal: bool
