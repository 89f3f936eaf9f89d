"""`pressroom publish`: its command for each kind of post, and what each of them takes.

What happens once the line is read stands in `publishing`, which loads the publisher; no help waits for that.
"""

from collections.abc import Callable
from typing import Any, Unpack

import click

from pressroom.cli.posts.options import Decorator, KindGroup, PublishOptions, content_options
from pressroom.cli.shell.command import Invocation
from pressroom.cli.shell.failures import ExitCode
from pressroom.cli.shell.parameters import account_option
from pressroom.core.post import PostKind


@click.group(cls=KindGroup)
def publish() -> None:
    r"""Publish a photo, reel, carousel or story now.

    Files are converted as far as Instagram needs it, and every change is reported; URLs go to Instagram as
    they are. With --json the answer is {"id", "permalink", "container_id", "media_product_type", "host"}.

    Where there is a store (`schedule` and a key make one) the post is stored before anything is sent: after a
    kill it is resumed by the next worker, or by the same command.

    Without a kind one picture is a photo, one clip a reel, and several are a carousel; which it was is said.

    \b
    pressroom publish holiday.mov --caption "Lofoten"
    """


def _options(kind: PostKind) -> Decorator:
    options = (
        account_option,
        click.option("--dry-run", is_flag=True, help="Check everything, print the calls, make none."),
        click.option(
            "--wait/--no-wait",
            default=True,
            help="Wait until it is live; else leave it to a worker, and end with 7.",
        ),
        click.option("--idempotency-key", metavar="KEY", help="Makes it safe to run this again."),
        click.option(
            "--again", is_flag=True, help="Publish it although the same went out less than ten minutes ago."
        ),
    )

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            function = option(function)
        return content_options(kind)(function)

    return decorate


@publish.command()
@_options(PostKind.PHOTO)
@click.pass_obj
async def photo(invocation: Invocation, **options: Unpack[PublishOptions]) -> ExitCode | None:
    r"""Publish a picture: a file in any usual format, or the URL of a JPEG.

    \b
    pressroom publish photo cat.heic --caption "Hello"
    pressroom publish photo cat.jpg --alt-text "A cat asleep" --user-tag anna:0.5,0.4
    pressroom publish photo https://example.com/cat.jpg --dry-run
    """
    return await _publish(invocation, PostKind.PHOTO, options)


@publish.command()
@_options(PostKind.REEL)
@click.pass_obj
async def reel(invocation: Invocation, **options: Unpack[PublishOptions]) -> ExitCode | None:
    r"""Publish a clip as a reel: a file in any usual format, or the URL of an MP4.

    \b
    pressroom publish reel trip.mov --caption-file trip.txt --cover cover.png
    pressroom publish reel trip.mov --start 1:30 --end 2:00 --no-share-to-feed
    """
    return await _publish(invocation, PostKind.REEL, options)


@publish.command()
@_options(PostKind.CAROUSEL)
@click.pass_obj
async def carousel(invocation: Invocation, **options: Unpack[PublishOptions]) -> ExitCode | None:
    r"""Publish 2 to 10 pictures and clips as one post, in the order given.

    \b
    pressroom publish carousel one.jpg two.png three.mov --caption "Three of a kind"
    """
    return await _publish(invocation, PostKind.CAROUSEL, options)


@publish.command()
@_options(PostKind.STORY)
@click.pass_obj
async def story(invocation: Invocation, **options: Unpack[PublishOptions]) -> ExitCode | None:
    r"""Publish a picture or clip as a story, which is gone after 24 hours.

    \b
    pressroom publish story poster.png --fit pad
    """
    return await _publish(invocation, PostKind.STORY, options)


async def _publish(invocation: Invocation, kind: PostKind, options: PublishOptions) -> ExitCode | None:
    from pressroom.cli.posts.publishing import publish  # noqa: PLC0415  # loads the publisher, which no help needs

    return await publish(invocation, kind, options)
