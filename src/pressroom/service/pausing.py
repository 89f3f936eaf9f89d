"""Pauses of accounts that somebody makes, and what they keep from going out."""

from datetime import datetime
from typing import TYPE_CHECKING

from pressroom.core.account import shown_account
from pressroom.core.actor import Actor, ActorId
from pressroom.core.errors import Refused
from pressroom.core.journal import JournalEvent, SubjectKind
from pressroom.core.post import Attention, Post, PostState
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.stored_accounts import Pause
from pressroom.core.stored_posts import PostQuery
from pressroom.publish.machine.transitions import FINAL_STATES
from pressroom.service.acting import Acting

if TYPE_CHECKING:
    from pressroom.store.store import Store

LONGEST_REASON = 200
_WAITS = tuple(state for state in PostState if state not in FINAL_STATES)
_PAGE = 500


def reason_of(text: str) -> str:
    """Return why an account is paused as one line. Raises Refused for an empty text, and for a long one."""
    line = " ".join(text.split())
    if 0 < len(line) <= LONGEST_REASON:
        return line
    raise Refused(
        "A pause needs a reason, in a line or two." if line else "A pause needs a reason.",
        rule="pause_reason",
        value=line[:LONGEST_REASON],
        limit=f"1 to {LONGEST_REASON} characters",
        fix="Say why the account is paused, for whoever finds it so.",
    )


def paused_in_words(account: str, pause: Pause) -> str:
    """Say that an account is paused: why, by whom, and what ends it."""
    if pause.by is None:
        return f"Account {account!r} is paused: {pause.reason}"
    to_resume = Remedy(RemedyKind.RESUME_ACCOUNT, {"account": account})
    said = Fix.of(" Let it go on: {}.", to_resume)
    return f"Account {account!r} is paused by {pause.by}: {pause.reason.rstrip('.')}.{said}"


def pause_event(account: str, actor: Actor, now: datetime, reason: str | None) -> JournalEvent:
    """Build the event of a pause; reason: None for its end."""
    who = f"{actor.kind.capitalize()} {actor.shown}"
    return JournalEvent(
        subject_id=account,
        subject_kind=SubjectKind.ACCOUNT,
        at=now,
        step="paused" if reason else "resumed",
        text=f"{who} has paused the account: {reason}" if reason else f"{who} has resumed the account.",
        actor=actor.id,
    )


async def has_posts_of_others(store: "Store", account: str, actor: ActorId) -> bool:
    """Tell whether posts of an account that are not over are of anybody but an actor."""
    query = PostQuery(states=_WAITS, account=account, limit=_PAGE)
    while True:
        page = await store.run(store.posts.list, query)
        if any(post.actor != actor for post in page.posts):
            return True
        if page.next is None:
            return False
        query = PostQuery(states=_WAITS, account=account, limit=_PAGE, after=page.next)


async def pause_now(store: "Store", account: str, now: datetime) -> Pause | None:
    """Return the pause in force of an account; of two the one that somebody made."""
    pauses = await store.run(store.accounts.pauses_of, account)
    return next((pause for pause in pauses if pause.until > now), None)


async def is_paused_by_hand(store: "Store", account: str) -> bool:
    """Tell whether somebody has paused an account."""
    return any(pause.by for pause in await store.run(store.accounts.pauses_of, account))


async def require_not_paused(store: "Store", acting: Acting, key: str | None) -> None:
    """Raise Refused where somebody has paused the session's account, for a post that goes out now.

    Not for an idempotency key whose post was sent: what became of it is told all the same.
    """
    account = (await acting.identity()).account
    pauses = await store.run(store.accounts.pauses_of, account)
    pause = next((one for one in pauses if one.by), None)
    if pause is None:
        return
    held = await store.run(store.posts.held_key, account, key) if key else None
    if held is None or not _was_sent(await store.run(store.posts.get, held.post_id)):
        stored = await acting.login(account)
        raise _paused(stored.name if stored else shown_account(account), pause)


def _was_sent(post: Post) -> bool:
    is_in_doubt = post.open_send or post.attention is Attention.OUTCOME_UNKNOWN
    return bool(is_in_doubt) or post.state is PostState.PUBLISHED


def _paused(called: str, pause: Pause) -> Refused:
    return Refused(
        f"Account {called!r} is paused by {pause.by}: {pause.reason}",
        rule="paused",
        value=called,
        limit="an account that is not paused",
        fix=Fix.of(
            "Let it go on: {}; or plan the post: it waits until then.",
            Remedy(RemedyKind.RESUME_ACCOUNT, {"account": called}),
        ),
    )
