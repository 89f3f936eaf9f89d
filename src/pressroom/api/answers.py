"""Answers that operations share: a post, what waits for a person, and a request that comes again."""

import contextlib
from typing import Any

import msgspec
from starlette.responses import Response

from pressroom.api.operation import BASE, Answer, Call, Operation
from pressroom.core.consent import Proposal, ProposalState
from pressroom.core.errors import NeedsApproval, NotFound
from pressroom.core.post import Post
from pressroom.core.requests import RequestEffect
from pressroom.service.consent.rules import NEW
from pressroom.service.shapes.posts import PostShape, ProposalShape


class ProposedShape(msgspec.Struct, frozen=True, kw_only=True):
    """A person has to approve it, and nothing has happened yet: ask how the proposal stands.

    post: that it is about, as it stands until then; it goes out meanwhile as it was approved before. address:
    of the page that shows it to a person, while one is served.
    """

    proposal: ProposalShape
    post: PostShape | None
    address: str | None


async def answer_proposal(call: Call[Any, Any], proposal: Proposal) -> Answer:
    """Answer with a proposal that waits for a person."""
    sessions, post = call.program.sessions, None
    pressroom = await sessions.of()
    # A deletion is about a media: its path says of which post.
    if post_id := proposal.subject_id or call.path.get("post_id"):
        with contextlib.suppress(NotFound):
            post = PostShape.of((await sessions.of_post(post_id))[1])
    shape = ProposedShape(
        proposal=ProposalShape.of(proposal), post=post, address=pressroom.approvals.address(proposal.id)
    )
    return Answer(shape, 202, {"location": f"{BASE}/proposals/{proposal.id}"})


def answer_post(post: Post, status: int = 200) -> Answer:
    """Answer with a post, and its version as the tag that `If-Match` takes."""
    headers = {"etag": f'"{post.version}"'}
    if status == 201:  # noqa: PLR2004  # Created
        headers["location"] = f"{BASE}/posts/{post.id}"
    return Answer(PostShape.of(post), status, headers)


async def answer_again(
    operation: Operation, call: Call[Any, Any], effect: RequestEffect
) -> Answer | Response:
    """Answer a request whose effect is there, as it stands now. Raises NeedsApproval if it was declined."""
    if effect.proposal_id:
        proposal = await call.program.sessions.proposal(effect.proposal_id)
        # The post that waits was changed at once, and waits as it is now.
        is_renewed = proposal.verb == NEW and not operation.lets_go
        if proposal.state is ProposalState.WAITING and not is_renewed:
            return await answer_proposal(call, proposal)
        if proposal.state is not ProposalState.APPROVED and not is_renewed:
            raise NeedsApproval(
                f"Proposal {proposal.id} is {proposal.state}.",
                fix="Ask the person; for another wish send another `Idempotency-Key`.",
                proposal_id=proposal.id,
                state=proposal.state,
            )
    if operation.again:
        return await operation.again(call, effect)
    _, post = await call.program.sessions.of_post(effect.subject_id)
    return answer_post(post, next(iter(operation.answers)))
