"""What `pressroom publish` does once its line is read: the post is published, or handed in, and told of."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from pressroom.cli.posts.listing import away, in_words, named, show_command
from pressroom.cli.posts.publish_options import Now, post_of
from pressroom.cli.posts.reporting import Reporter, plan_listener
from pressroom.cli.shell.failures import ExitCode, Interrupted, NotConfirmed
from pressroom.cli.shell.invocation import Invocation
from pressroom.cli.shell.terminal import confirmed, tracker
from pressroom.core.account import Account
from pressroom.core.errors import Refused
from pressroom.core.post import SHORT_ID, Post, PostKind, PostState
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.service import CallToMake, Pressroom
from pressroom.service.posts.planning import Planned
from pressroom.service.posts.storing import PublishedLately, published_at
from pressroom.service.shapes.posts import HandedInShape, PublishedShape, RehearsalShape


async def publish(invocation: Invocation, kind: PostKind, given: Now) -> ExitCode | None:
    """Publish a post of this kind."""
    post, key = post_of(kind, given), given["idempotency_key"]
    if given["dry_run"]:
        async with invocation.session(
            given["account_name"], listeners=plan_listener(invocation.console)
        ) as pressroom:
            _show_calls(invocation, await pressroom.posts.rehearse(post))
        return None
    with tracker(invocation.console) as shown:
        listeners = Reporter(shown).listeners
        async with invocation.session(given["account_name"], listeners=listeners) as pressroom:
            # First, for its error: without an account nothing is checked, stored or converted.
            account = await pressroom.accounts.acting()
            if not given["wait"]:
                return _hand_in(invocation, await _accepted(invocation, pressroom, post, given))
            if key is None and not await pressroom.keeps_posts():
                live, more = await _publish_or_learn(pressroom, post), {}
            else:
                kept = await _accepted(invocation, pressroom, post, given)
                live, more = await _by_the_store(pressroom, kept)
    _show(invocation, account, live, more)
    return None


async def _accepted(invocation: Invocation, pressroom: Pressroom, post: Post, given: Now) -> Planned:
    """Store a post to be published now; the same within ten minutes only where somebody says so."""
    key, is_left = given["idempotency_key"], not given["wait"]
    if key is not None or given["again"]:
        return await pressroom.posts.accept(post, idempotency_key=key, is_left=is_left)
    agreed = None
    while True:
        try:
            return await pressroom.posts.accept(post, is_left=is_left, is_once=True, but=agreed)
        except PublishedLately as found:
            await _require_another(invocation, found.twin)
            agreed = found.twin.id


async def _require_another(invocation: Invocation, twin: Post) -> None:
    """Ask before the same is published again so soon. Raises NotConfirmed, off a terminal Refused."""
    told = _told(twin, invocation.runtime.clock.now())
    if not invocation.runtime.is_attended():
        raise Refused(
            told,
            rule="published_lately",
            value=twin.permalink or twin.id,
            limit="the same once in ten minutes",
            fix="To publish it a second time add --again. A command that is to be repeated safely takes "
            "--idempotency-key.",
        )
    if not await confirmed(invocation.console, f"{told} Publish it again?"):
        raise NotConfirmed("Nothing was published.")


def _told(twin: Post, now: datetime) -> str:
    if twin.state is not PostState.PUBLISHED:
        return f"The same {twin.kind} is on its way already, as post {twin.id[:SHORT_ID]}."
    at = published_at(twin) or now
    when = f"{in_words(at, twin.timezone)} ({away(at, now)})"
    return f"The same {twin.kind} went out at {when}: {twin.permalink or 'its link is not known'}"


async def _publish_or_learn(pressroom: Pressroom, post: Post) -> Post:
    """Publish without a store; an interrupted post that went live all the same is a success.

    Raises OutcomeUnknown where that cannot be told, Interrupted where nothing is live.
    """
    try:
        return await pressroom.publish(post)
    except asyncio.CancelledError:
        reached = await pressroom.posts.reached(post)
        if reached.state is not PostState.PUBLISHED:
            raise Interrupted("Interrupted: nothing was published.") from None
        return reached


async def _by_the_store(pressroom: Pressroom, kept: Planned) -> tuple[Post, dict[str, Any]]:
    """Publish a stored post, so that a kill loses nothing; also returns the answer's extra fields."""
    more = {"post_id": kept.post.id, "replayed": kept.is_replay}
    try:
        return await pressroom.posts.see_through(kept.post.id), more
    except asyncio.CancelledError:
        # `see_through` has ended the post if it was not sent yet, and waited for an answer under way.
        return _kept_live(await pressroom.posts.reached(kept.post)), more


def _kept_live(reached: Post) -> Post:
    if reached.state is PostState.PUBLISHED:
        return reached
    # This command ends every post that it drives itself, so one that still waits belongs to another process.
    if reached.state.is_waiting:
        raise Interrupted(
            "Interrupted, and another process still carries the post: it may go live.",
            fix=Fix.of(
                "See: {}. To call it off: {}.",
                Remedy(RemedyKind.SHOW_POST, {"post": reached.id}),
                Remedy(RemedyKind.CANCEL_POST, {"post": reached.id}),
            ),
        ) from None
    raise Interrupted("Interrupted: nothing was published.")


def _hand_in(invocation: Invocation, kept: Planned) -> ExitCode:
    """Tell of a post that is left to a worker; ends with 7, not live yet, unless it is by its key."""
    is_live = kept.post.state is PostState.PUBLISHED
    if invocation.console.is_json:
        invocation.console.json(HandedInShape.of(kept))
    else:
        for warning in kept.warnings:
            invocation.console.warn(warning)
        again = "was handed in before with this key" if kept.is_replay else "is handed in"
        invocation.console.data(f"{named(kept.post)} {again}. See: {show_command(kept.post)}")
    return ExitCode.DONE if is_live else ExitCode.STILL_PROCESSING


def _show(invocation: Invocation, account: Account, post: Post, more: Mapping[str, Any]) -> None:
    for warning in _open_ends(post):
        invocation.console.warn(warning)
    # Nobody is to take a sandbox's post for one on Instagram.
    where = "" if account.is_real else f", on {urlsplit(account.api_base).netloc}"
    invocation.console.answer(
        PublishedShape.of(post, account, **more),
        f"The {post.kind} is live: {post.permalink or 'its link is not known'} "
        f"(id {post.media_id or 'not known'}{where})",
    )


def _open_ends(post: Post) -> list[str]:
    """Return warnings about what is missing of a live post."""
    found = list[str]()
    if post.media_id is None:
        found.append(
            "The post is live, and which media it is could not be told for sure: Instagram's answer "
            "was lost, and its lists name none or several that fit. Look at the profile. The container was "
            f"{post.container_id}."
        )
    if post.problem:
        found.append(post.problem)
    return found


def _show_calls(invocation: Invocation, calls: Sequence[CallToMake]) -> None:
    def show() -> None:
        for call in calls:
            invocation.console.data(f"{call.method} {call.url}")
            for name, value in call.params.items():
                invocation.console.data(f"    {name}={value}")

    invocation.console.answer(RehearsalShape.of(calls), show)
