"""The rules of consent, as pure functions: why a program's request waits, and what answers it.

`would_publish` tells which change of a post makes something go out. A `Request` is what a program asks for;
its content hash finds the proposal of the same request. `covers` says what a standing consent is for, and
`still_answers` how long a person's decision answers a repeat. `gate` applies them to a session.
Why they are as they are: docs/decisions/0014-consent.md.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from pressroom.core.consent import Grant, Proposal
from pressroom.core.errors import Refused
from pressroom.core.post import Post, PostState
from pressroom.core.stored_posts import shown_hash
from pressroom.service.consent.summaries import summary_of

NEW = "publish"
"""The verb of a new post."""
SOON = timedelta(minutes=1)
"""A due time nearer than this means now: checking and copying files takes a while."""
LIVES = timedelta(hours=24)
"""How long a proposal without a due time can be decided, and how long a decision answers the same request."""

_GOING_OUT = frozenset(
    {PostState.SCHEDULED, PostState.PREPARING, PostState.READY, PostState.PUBLISHING, PostState.PUBLISHED}
)


def would_publish(before: Post | None, after: Post) -> bool:
    """Tell whether a change of a post makes something go out. before: None for a new post."""
    # Told from the post before and after, not from the command: a list of dangerous commands had a hole with
    # each new one, such as a move to now, which sends a post as a retry does.
    if before is not None and not before.state.is_held and shown_hash(before) != shown_hash(after):
        return True
    if after.state not in _GOING_OUT:
        return False
    if before is None or before.state not in _GOING_OUT:
        return True
    return is_sooner(before, after)


def is_sooner(before: Post, after: Post) -> bool:
    """Tell whether a post is brought forward. A post without a due time is due at once."""
    at_once = datetime.min.replace(tzinfo=UTC)
    return (after.goes_out_at or at_once) < (before.goes_out_at or at_once)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a program asks for.

    arguments: for the code that carries it out. summary: for the person who decides. stands: a mark of the
    post's present state, where the same verb may be requested of it again later.
    """

    verb: str
    arguments: Mapping[str, Any]
    summary: Mapping[str, Any]
    account: str | None = None
    post: Post | None = None
    stands: str | None = None
    earliest_at: datetime | None = None
    is_grantable: bool = True

    @property
    def content_hash(self) -> str:
        """Digest of the verb, arguments, account and everything that is shown, each file by its bytes."""
        # A new post's own id is left out: a program that repeats its command makes a post with another id,
        # and must be answered by the proposal of the first.
        shown = (shown_hash(self.post), self.post.id) if self.post and self.verb != NEW else None
        content = shown_hash(self.post) if self.post and self.verb == NEW else None
        parts = (self.verb, self.account, self.arguments, shown, content, self.stands)
        return hashlib.sha256(msgspec.json.encode(parts, order="sorted")).hexdigest()


def new_post_request(post: Post, *, is_grantable: bool = True) -> Request:
    """Return what a program asks for with a new post: that it goes out at its due time or later.

    The due time to the minute and the key are part of it, so either makes it another request. A post that is
    due at once has no time in it: repeated later it is the same request.
    """
    is_planned = post.due_at and post.created_at and abs(post.due_at - post.created_at) > SOON
    at = post.due_at.isoformat(timespec="minutes") if is_planned and post.due_at else None
    return Request(
        verb=NEW,
        arguments={"at": at, "key": post.idempotency_key},
        summary=summary_of(post),
        account=post.account,
        post=post,
        earliest_at=post.goes_out_at,
        is_grantable=is_grantable,
    )


def still_describes(proposal: Proposal, request: Request, after: Post) -> bool:
    """Tell whether a proposal is for a request as it is now. after: the post as the request would make it."""
    return request.content_hash == proposal.content_hash and not is_early(proposal, after)


def is_early(proposal: Proposal, post: Post) -> bool:
    """Tell whether a post would go out before the time that its proposal names."""
    earliest = proposal.earliest_at
    return earliest is not None and post.goes_out_at is not None and post.goes_out_at < earliest


def still_answers(proposal: Proposal, now: datetime) -> bool:
    """Tell whether a decision still answers its request: a repeat would else be carried out a second time."""
    moments = [moment for moment in (proposal.decided_at, proposal.earliest_at) if moment]
    return bool(moments) and max(moments) >= now - LIVES


def covers(grant: Grant, verb: str, account: str | None, at: datetime) -> bool:
    """Tell whether a standing consent is for what goes out at a time."""
    is_over = grant.revoked_at is not None or (grant.ends_at is not None and grant.ends_at <= at)
    return not is_over and verb in grant.verbs and account in grant.accounts


def require_grant_sense(verbs: Sequence[str], accounts: Sequence[str], per_day: int) -> None:
    """Raise Refused for a standing consent that names no verb, no account or no use a day."""
    if verbs and accounts and per_day > 0:
        return
    raise Refused(
        "A standing consent names what may be done, for which accounts, and how often a day.",
        rule="standing_consent",
        value=[list(verbs), list(accounts), per_day],
        limit="one verb, one account and once a day at least",
        fix="Name all three.",
    )


def require_known_verbs(verbs: Sequence[str], known_verbs: Sequence[str]) -> None:
    """Raise Refused for a standing consent to verbs that no program asks for."""
    if strange := [verb for verb in verbs if verb not in known_verbs]:
        raise Refused(
            f"Nothing that programs ask for is called {', '.join(strange)}.",
            rule="standing_consent",
            value=strange,
            limit=[str(verb) for verb in known_verbs],
            fix=f"Name some of: {', '.join(known_verbs)}.",
        )
