"""Publishing now: one post, to its end, in this process; start at `Publisher`.

`rehearse` lists the calls that publishing a post would make, and sends none of them.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from pressroom.core.assets import Asset, MediaReport
from pressroom.core.errors import OutcomeUnknown, PressroomError
from pressroom.core.post import Attention, Followup, Post, PostKind, PostState
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.graph import calls
from pressroom.graph.answers import ContainerId, MediaId, UserId
from pressroom.graph.call import Call
from pressroom.publish.context import Context
from pressroom.publish.machine import events as ev
from pressroom.publish.manners.at_once import AtOnce
from pressroom.publish.run import Run
from pressroom.publish.steps.creating import create_call
from pressroom.publish.steps.preparation import Hosted, Preparation, seen_in
from pressroom.publish.validation import check_examined, kind_of_url, validate


async def _leave_to_run(_post: Post) -> None:
    """Do nothing: without a store no other process is known, and the run waits by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    """Publishes posts of one account. when_busy: waits for another post of it that is being published."""

    context: Context
    preparation: Preparation
    when_busy: Callable[[Post], Awaitable[None]] = _leave_to_run

    async def publish(self, post: Post) -> Post:
        """Publish now, waiting for as long as it takes, and give the published post.

        Its `media_id` stays None when it cannot be proven.
        Raises Refused (before any call), GraphError, TransportError, ContainerFailed, StillProcessing or
        OutcomeUnknown. Cancelling passes through; the journal then holds how far the post came.
        """
        for warning in validate(post):
            await self.context.note(post, "warning", warning)
        run = self._run(post)
        # Before the first save: a file that is refused leaves no post behind.
        await run.prepare()
        return _require_published(await run.go(ev.Submitted()), run.error)

    async def go_on(self, post: Post) -> Post:
        """Resume a stored post, with the answer and the errors of `publish`; the error is stored with it."""
        run = self._run(post)
        if post.state is PostState.SCHEDULED and not post.may_be_live:
            try:
                await run.prepare()
            except PressroomError as error:
                await run.take(error)
                raise
        return _require_published(await run.go(ev.Woken(at=self.context.client.clock.now())), run.error)

    def _run(self, post: Post) -> Run:
        manner = AtOnce(self.context.client.clock, self.when_busy)
        return Run(context=self.context, preparation=self.preparation, manner=manner, post=post)


def _require_published(done: Post, error: PressroomError | None) -> Post:
    if done.state is PostState.NEEDS_ATTENTION and done.attention is Attention.OUTCOME_UNKNOWN:
        raise outcome_unknown(done, error)
    if done.state is not PostState.PUBLISHED:
        raise error or PressroomError(done.problem or "The post was not published.")
    return done


def outcome_unknown(post: Post, error: PressroomError | None = None) -> OutcomeUnknown:
    """Describe a doubtful send so that a person can find out by hand. The message names the container."""
    if not post.sends:
        return OutcomeUnknown(
            post.problem or "It may have been published already.",
            container_id=post.container_id,
            fix=Fix.of(
                "Look at the profile, then say: {}.", Remedy(RemedyKind.RESOLVE_POST, {"post": post.id})
            ),
        )
    container = post.sends[-1].container_id
    why = f" Instagram's last word: {error.message}" if error else ""
    return OutcomeUnknown(
        f"Container {container} was sent to be published, and whether it is live could not be learnt.{why}",
        container_id=container,
        fix=Fix.of(
            "Look at the profile, or ask: {} (PUBLISHED: it is live; FINISHED for over five minutes: it is "
            "not). Do not publish again before.",
            Remedy(RemedyKind.READ_CONTAINER, {"container": container, "fields": "status_code"}),
        ),
    )


def rehearse(
    post: Post,
    user: UserId,
    reports: Mapping[Asset, MediaReport],
    *,
    takes_snapshot: bool,
    uploaded: Collection[Asset] = (),
) -> list[Call[Any]]:
    """List the calls in order; ids and addresses that do not exist yet stand in angle brackets.

    uploaded: the files that are sent to Instagram rather than fetched. Each status read stands for as many as
    it takes. Raises MediaRefused for a file that cannot be made fit, Refused for one an option does not suit.
    """
    media = {
        index: _hosted(post, asset, reports, is_uploaded=asset in uploaded)
        for index, asset in enumerate(post.assets)
    }
    check_examined(post, seen_in(post, reports))
    cover = post.options.cover
    cover_url = _hosted(post, cover, reports, is_uploaded=False).url if cover else None
    items: list[int | None] = list(range(len(post.assets))) if post.kind is PostKind.CAROUSEL else []
    children = [ContainerId(f"<container id {item + 1}>") for item in range(len(items))]
    listed: list[Call[Any]] = [create_call(post, user, item, media=media) for item in items]
    listed += [calls.container_status(child) for child in children]
    listed.append(create_call(post, user, None, media=media, children=children, cover_url=cover_url))
    container = ContainerId("<container id>")
    listed.append(calls.container_status(container))
    if takes_snapshot:
        is_story = post.kind is PostKind.STORY
        listed += [calls.stories(user) if is_story else calls.media_list(user), calls.publishing_quota(user)]
    listed.append(calls.publish(user, container))
    media_id = MediaId("<media id>")
    if Followup.PERMALINK in post.followups:
        listed.append(calls.media(media_id))
    if post.options.first_comment:
        listed.append(calls.comment(media_id, post.options.first_comment))
    return listed


def _hosted(post: Post, asset: Asset, reports: Mapping[Asset, MediaReport], *, is_uploaded: bool) -> Hosted:
    if asset.is_url:
        return Hosted(asset.source, kind_of_url(post.kind, asset.source))
    report = reports[asset]
    if report.refusal is not None:
        raise report.refusal
    assert report.media_type is not None  # None is said of refused files alone
    return Hosted(None if is_uploaded else f"<address of {asset.path.name}>", report.media_type)
