"""Why a change of a post is refused because of how the post stands by now."""

from pressroom.core.consent import Proposal, ProposalState
from pressroom.core.errors import Conflict, Refused
from pressroom.core.post import Post
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.service.ground.copies import is_fixed

_IS = {ProposalState.WAITING: "waits for approval", ProposalState.APPROVED: "was approved today"}


def require_as_seen(seen: Post, post: Post) -> None:
    """Raise Conflict for a post that was edited or moved since: the change would undo that."""
    one, other = ((post.options, post.assets, post.due_at, post.timezone) for post in (seen, post))
    if one != other:
        raise Conflict(f"Post {post.id} was edited or moved meanwhile.", fix="Look at it again, then decide.")


def require_kept(post: Post) -> None:
    """Raise Refused for a file that is not our copy: its bytes could change between approval and send."""
    loose = next((one for one in post.files if not (one.is_url or is_fixed(one, post.options))), None)
    if loose is not None:
        raise Refused(
            f"{loose.name} is not kept by its content.",
            rule="kept_copy",
            value=loose.name,
            limit="our copy of the file",
            fix="Edit the post by its files, of which copies are kept.",
        )


def changed_since(post: Post, asked: Proposal) -> Refused:
    """Say that a program changed a post since a person may have seen it, and what it shows now."""
    known = {"proposal": asked.id}
    return Refused(
        f"Post {post.id} was changed by a program, and what it shows now is proposal {asked.id}.",
        rule="proposal",
        value=post.id,
        limit=asked.id,
        fix=Fix.of(
            "Look at it, then let it go: {}, {}.",
            Remedy(RemedyKind.SHOW_PROPOSAL, known),
            Remedy(RemedyKind.APPROVE, known),
        ),
    )


def shown_by(other: Proposal, post: Post) -> Refused:
    """Say that another post shows the same, and waits or was approved."""
    return Refused(
        f"Post {other.subject_id} shows the same at the same time, and {_IS[other.state]}.",
        rule="proposal",
        value=post.id,
        limit=other.subject_id,
        fix=Fix.of("Call this one off, or change it: {}.", Remedy(RemedyKind.CANCEL_POST, {"post": post.id})),
    )
