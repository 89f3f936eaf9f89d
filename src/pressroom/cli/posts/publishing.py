"""What `pressroom publish` does once its line is read: the post is published, or handed in, and told of."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from pressroom.cli.posts.listing import away, in_words, named, show_command
from pressroom.cli.posts.options import PublishOptions, post_of
from pressroom.cli.posts.reporting import Reporter, plan_listener
from pressroom.cli.shell.command import Invocation
from pressroom.cli.shell.failures import ExitCode, Interrupted, NotConfirmed
from pressroom.cli.shell.terminal import confirmed, tracker
from pressroom.core.account import Account
from pressroom.core.errors import Refused
from pressroom.core.post import SHORT_ID, Post, PostKind, PostState
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.stored_posts import PublishedLately, published_at
from pressroom.service import CallToMake, Pressroom
from pressroom.service.posts.planning import Planned
from pressroom.service.shapes.posts import HandedInShape, PublishedShape, RehearsalShape


async def publish(invocation: Invocation, kind: PostKind, options: PublishOptions) -> ExitCode | None:
    """Publish a post of this kind, or tell with `--dry-run` what would be done."""
    post, console = post_of(kind, options), invocation.console
    # Nothing is stored and no call is made; what would be done to each file is told as it is checked.
    if options["dry_run"]:
        async with invocation.session(options["account_name"], listeners=plan_listener(console)) as pressroom:
            _show_calls(invocation, await pressroom.posts.rehearse(post))
        return None
    with tracker(console) as shown:
        listeners = Reporter(shown).listeners
        async with invocation.session(options["account_name"], listeners=listeners) as pressroom:
            # First, for its error: without an account nothing is checked, stored or converted.
            account = await pressroom.accounts.acting()
            if not options["wait"]:
                return _show_handed_in(invocation, await _store(invocation, pressroom, post, options))
            kept, more = None, dict[str, Any]()
            # Without a store a kill loses what was under way; a key makes one, since it has to be
            # remembered.
            if options["idempotency_key"] is not None or await pressroom.keeps_posts():
                kept = await _store(invocation, pressroom, post, options)
                more = {"post_id": kept.post.id, "replayed": kept.is_replay}
            live = await _publish_or_learn(pressroom, post, kept)
    _show_live(invocation, account, live, more)
    return None


def _show_calls(invocation: Invocation, calls: Sequence[CallToMake]) -> None:
    lines = list[str]()
    for call in calls:
        lines += [f"{call.method} {call.url}", *(f"    {name}={text}" for name, text in call.params.items())]
    invocation.console.answer(RehearsalShape.of(calls), lines)


async def _store(
    invocation: Invocation, pressroom: Pressroom, post: Post, options: PublishOptions
) -> Planned:
    """Store a post to be published now; the same within ten minutes only where somebody says so."""
    key, is_left = options["idempotency_key"], not options["wait"]
    if key is not None or options["again"]:
        return await pressroom.posts.accept(post, idempotency_key=key, is_left=is_left)
    agreed = None
    # Each turn names a twin that the person agreed to: another process may have published one more meanwhile.
    while True:
        try:
            return await pressroom.posts.accept(post, is_left=is_left, is_once=True, but=agreed)
        except PublishedLately as error:
            await _require_another(invocation, error)
            agreed = error.twin.id


async def _require_another(invocation: Invocation, lately: PublishedLately) -> None:
    """Ask before the same is published again so soon. Raises NotConfirmed, off a terminal Refused."""
    twin, now = lately.twin, invocation.runtime.clock.now()
    at, name = published_at(twin) or now, f"post {twin.id[:SHORT_ID]}"
    when = f"{in_words(at, twin.timezone)} ({away(at, now)})"
    question = "Publish it again?"
    fix: Fix | str = (
        "To publish it a second time add --again. A command that is to be repeated safely takes "
        "--idempotency-key."
    )
    if twin.state.went_live:
        words = f"The same {twin.kind} went out at {when}: {twin.permalink or 'its link is not known'}"
    elif lately.is_idle:
        words = f"The same {twin.kind} is stored already, as {name}: it goes out as soon as a worker runs."
        question = "Publish it a second time?"
        fix = Fix.of(f"Start one: {{}}. {fix}", Remedy(RemedyKind.START_WORKER))
    elif at > now:
        words = f"The same {twin.kind} is planned already for {when}, as {name}."
    else:
        words = f"The same {twin.kind} is on its way already, as {name}."
    if not invocation.runtime.is_attended():
        raise Refused(
            words,
            rule="published_lately",
            value=twin.permalink or twin.id,
            limit="the same once in ten minutes",
            fix=fix,
        )
    if not await confirmed(invocation.console, f"{words} {question}"):
        raise NotConfirmed("Nothing was published.")


async def _publish_or_learn(pressroom: Pressroom, post: Post, kept: Planned | None) -> Post:
    """Publish a post; an interrupted one that went live all the same is a success.

    kept: the post as it was stored, so that a kill loses nothing; None without a store.
    Raises OutcomeUnknown where that cannot be told, Interrupted where nothing is live.
    """
    try:
        return await (pressroom.posts.see_through(kept.post.id) if kept else pressroom.publish(post))
    except asyncio.CancelledError:
        # `see_through` has ended the post if it was not sent yet, and waited for an answer under way.
        reached = await pressroom.posts.reached(kept.post if kept else post)
        if reached.state is PostState.PUBLISHED:
            return reached
        # This command ends every post that it drives itself, so one that still waits belongs to another
        # process.
        if kept and reached.state.is_waiting:
            raise Interrupted(
                "Interrupted, and another process still carries the post: it may go live.",
                fix=Fix.of(
                    "See: {}. To call it off: {}.",
                    Remedy(RemedyKind.SHOW_POST, {"post": reached.id}),
                    Remedy(RemedyKind.CANCEL_POST, {"post": reached.id}),
                ),
            ) from None
        raise Interrupted("Interrupted: nothing was published.") from None


def _show_handed_in(invocation: Invocation, kept: Planned) -> ExitCode:
    """Tell of a post that is left to a worker; ends with 7, not live yet, unless it is by its key."""
    if invocation.console.is_json:
        invocation.console.json(HandedInShape.of(kept))
    else:
        for warning in kept.warnings:
            invocation.console.warn(warning)
        again = "was handed in before with this key" if kept.is_replay else "is handed in"
        invocation.console.data(f"{named(kept.post)} {again}. See: {show_command(kept.post)}")
    # By its key the post may have gone out in an earlier run.
    return ExitCode.DONE if kept.post.state is PostState.PUBLISHED else ExitCode.STILL_PROCESSING


def _show_live(invocation: Invocation, account: Account, post: Post, more: Mapping[str, Any]) -> None:
    """Show a live post, and what is not known of it. more: what the answer says of the store's post."""
    if post.media_id is None:
        invocation.console.warn(
            "The post is live, and which media it is could not be told for sure: Instagram's answer "
            "was lost, and its lists name none or several that fit. Look at the profile. The container was "
            f"{post.container_id}."
        )
    if post.problem:
        invocation.console.warn(post.problem)
    # Nobody is to take a sandbox's post for one on Instagram.
    where = "" if account.is_real else f", on {urlsplit(account.api_base).netloc}"
    invocation.console.answer(
        PublishedShape.of(post, account, **more),
        f"The {post.kind} is live: {post.permalink or 'its link is not known'} "
        f"(id {post.media_id or 'not known'}{where})",
    )
