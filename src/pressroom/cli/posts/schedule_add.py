"""`pressroom schedule add`: plans a post."""

from typing import Unpack

import click

from pressroom.cli.posts.kinds import KindGroup
from pressroom.cli.posts.listing import named, standing
from pressroom.cli.posts.publish_options import Content, Decorator, content_options, post_of
from pressroom.cli.shell.invocation import Invocation
from pressroom.core.post import IfLate, PostKind, PostState
from pressroom.core.when import WHEN_HELP
from pressroom.service.posts.planning import Planned
from pressroom.service.shapes.posts import PlannedShape


class Given(Content):
    """The options and arguments of a planned post."""

    at: str
    tz: str | None
    if_late: IfLate
    approval: bool
    draft: bool
    idempotency_key: str | None
    account: str | None


@click.group(cls=KindGroup)
def add() -> None:
    """Plan a photo, reel, carousel or story.

    It is checked at once, and ends with 3 when Instagram would refuse it. Pressroom keeps copies of the
    files, so yours may be deleted. A worker publishes it: `pressroom worker`. Without a kind one picture is a
    photo, one clip a reel, and several are a carousel; which it was is said.
    """


def _planning(kind: PostKind) -> Decorator:
    options = (
        click.option("--at", required=True, metavar="WHEN", help=WHEN_HELP),
        click.option("--tz", metavar="ZONE", help="Zone of WHEN: Europe/Istanbul; else the account's."),
        click.option(
            "--if-late",
            type=click.Choice(IfLate, case_sensitive=False),
            default=IfLate.PUBLISH,
            show_default=IfLate.PUBLISH.value,
            help="What is done when it could not go out in time; publish asks after an hour.",
        ),
        click.option("--approval", is_flag=True, help="Hold it back until somebody approves it."),
        click.option("--draft", is_flag=True, help="Keep it as a draft."),
        click.option("--idempotency-key", metavar="KEY", help="Makes it safe to run this again."),
        click.option("--account", metavar="NAME", help="Stored account it is published as."),
    )

    def decorate(function: Decorator) -> Decorator:
        for option in reversed(options):
            function = option(function)
        return content_options(kind)(function)

    return decorate


@add.command()
@_planning(PostKind.PHOTO)
@click.pass_obj
async def photo(invocation: Invocation, **given: Unpack[Given]) -> None:
    r"""Plan a picture.

    \b
    pressroom schedule add photo cat.jpg --caption "Hello" --at "tomorrow 09:00" --tz Europe/Istanbul
    """
    await _add(invocation, PostKind.PHOTO, given)


@add.command()
@_planning(PostKind.REEL)
@click.pass_obj
async def reel(invocation: Invocation, **given: Unpack[Given]) -> None:
    r"""Plan a clip as a reel.

    \b
    pressroom schedule add reel trip.mov --at +2h --approval
    """
    await _add(invocation, PostKind.REEL, given)


@add.command()
@_planning(PostKind.CAROUSEL)
@click.pass_obj
async def carousel(invocation: Invocation, **given: Unpack[Given]) -> None:
    r"""Plan 2 to 10 pictures and clips as one post.

    \b
    pressroom schedule add carousel one.jpg two.jpg --at "next slot"
    """
    await _add(invocation, PostKind.CAROUSEL, given)


@add.command()
@_planning(PostKind.STORY)
@click.pass_obj
async def story(invocation: Invocation, **given: Unpack[Given]) -> None:
    r"""Plan a picture or clip as a story.

    \b
    pressroom schedule add story poster.png --at 2026-12-24T18:00+03:00 --if-late drop
    """
    await _add(invocation, PostKind.STORY, given)


async def _add(invocation: Invocation, kind: PostKind, given: Given) -> None:
    if given["approval"] and given["draft"]:
        raise click.UsageError("--approval and --draft exclude each other.")
    content = post_of(kind, given)
    async with invocation.session(given["account"]) as pressroom:
        planned = await pressroom.posts.submit(
            content,
            at=given["at"],
            timezone=given["tz"],
            if_late=given["if_late"],
            state=_state(given),
            idempotency_key=given["idempotency_key"],
        )
        # Also in the answer as a field, beside the warning: a script should not have to read sentences.
        is_worker_running = await pressroom.work.is_worker_running()
    _show(invocation, planned, is_worker_running=is_worker_running)


def _state(given: Given) -> PostState:
    if given["draft"]:
        return PostState.DRAFT
    return PostState.AWAITING_APPROVAL if given["approval"] else PostState.SCHEDULED


def _show(invocation: Invocation, planned: Planned, *, is_worker_running: bool) -> None:
    post = planned.post
    if invocation.console.is_json:
        invocation.console.json(PlannedShape.of(planned, is_worker_running=is_worker_running))
        return
    for warning in planned.warnings:
        invocation.console.warn(warning)
    again = "was planned before with this key" if planned.is_replay else "is planned"
    invocation.console.data(f"{named(post)} {again}. {standing(post, invocation.runtime.clock.now())}")
