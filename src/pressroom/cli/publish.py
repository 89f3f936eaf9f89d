"""`pressroom publish`: a file or URL becomes a live post."""

import asyncio
from typing import Any, Unpack
from urllib.parse import urlsplit

import click

from pressroom.cli.command import Group
from pressroom.cli.face import Face
from pressroom.cli.failures import Interrupted
from pressroom.cli.progress import tracker
from pressroom.cli.publish_options import Given, post_of, publish_options
from pressroom.cli.reporting import Reporter, plan_listener
from pressroom.client.redact import redact_params
from pressroom.client.request import RequestBuilder
from pressroom.core.account import Account
from pressroom.core.post import Post, PostKind, PostState
from pressroom.graph.calls import Call
from pressroom.publish.journal import InMemoryJournal
from pressroom.publish.publisher import outcome_unknown
from pressroom.service import Pressroom


@click.group(cls=Group)
def publish() -> None:
    """Publish a photo, reel, carousel or story now.

    Files are converted as far as Instagram needs it, and every change is said; URLs go to Instagram as they
    are. With --json the answer is {"id", "permalink", "container_id", "media_product_type", "host"}.
    """


@publish.command()
@publish_options(PostKind.PHOTO)
@click.pass_obj
async def photo(face: Face, **given: Unpack[Given]) -> None:
    """Publish a picture: a file in any usual format, or the URL of a JPEG."""
    await _publish(face, PostKind.PHOTO, given)


@publish.command()
@publish_options(PostKind.REEL)
@click.pass_obj
async def reel(face: Face, **given: Unpack[Given]) -> None:
    """Publish a clip as a reel: a file in any usual format, or the URL of an MP4."""
    await _publish(face, PostKind.REEL, given)


@publish.command()
@publish_options(PostKind.CAROUSEL)
@click.pass_obj
async def carousel(face: Face, **given: Unpack[Given]) -> None:
    """Publish 2 to 10 pictures and clips as one post, in the order given."""
    await _publish(face, PostKind.CAROUSEL, given)


@publish.command()
@publish_options(PostKind.STORY)
@click.pass_obj
async def story(face: Face, **given: Unpack[Given]) -> None:
    """Publish a picture or clip as a story, which is gone after 24 hours."""
    await _publish(face, PostKind.STORY, given)


async def _publish(face: Face, kind: PostKind, given: Given) -> None:
    post = post_of(kind, given)
    account = await face.account_named(given["account_name"])
    if given["dry_run"]:
        listeners = plan_listener(face.console)
        async with face.pressroom(account=account, makes_calls=False, listeners=listeners) as pressroom:
            _show_calls(face, account, await pressroom.rehearse(post))
        return
    face.require_terminal("A person lets it go: `pressroom schedule add photo FILE --at now --approval`.")
    with tracker(face.console) as shown:
        reporter = Reporter(shown)
        journal = InMemoryJournal(account, clock=face.around.clock, on_event=reporter.event)
        async with face.pressroom(
            account=account, journal=journal, listeners=reporter.listeners
        ) as pressroom:
            post = await _publish_or_learn(pressroom, journal, post)
    _show(face, account, post)


async def _publish_or_learn(pressroom: Pressroom, journal: InMemoryJournal, post: Post) -> Post:
    """Publish; when interrupted, tell how far it came: a post that is live all the same is a success.

    Raises OutcomeUnknown where that cannot be told, Interrupted where nothing is live.
    """
    try:
        return await pressroom.publish(post)
    except asyncio.CancelledError:
        reached = journal.posts.get(post.id, post)
    if reached.state is PostState.PUBLISHED:
        return reached
    if reached.open_send:
        raise outcome_unknown(reached)
    raise Interrupted("Interrupted: nothing was published.")


def _show(face: Face, account: Account, post: Post) -> None:
    for warning in _open_ends(post):
        face.console.warn(warning)
    host = urlsplit(account.api_base).netloc
    if face.console.is_json:
        face.console.json(
            {
                "id": post.media_id,
                "permalink": post.permalink,
                "container_id": post.container_id,
                "media_product_type": post.media_product_type,
                "host": host,
            }
        )
        return
    where = "" if account.is_real else f", on {host}"
    face.console.data(
        f"The {post.kind} is live: {post.permalink or 'its link is not known'} "
        f"(id {post.media_id or 'not known'}{where})"
    )


def _open_ends(post: Post) -> list[str]:
    """Say what is missing of a post that is live."""
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


def _show_calls(face: Face, account: Account, calls: list[Call[Any]]) -> None:
    builder, token = RequestBuilder(account), account.token.reveal()
    urls = [builder.build(call).url.partition("?")[0] for call in calls]
    params = [redact_params(call.params, call.secrets, token) for call in calls]
    if face.console.is_json:
        listed = [
            {"method": call.method, "url": url, "params": given}
            for call, url, given in zip(calls, urls, params, strict=True)
        ]
        face.console.json({"calls": listed})
        return
    for call, url, given in zip(calls, urls, params, strict=True):
        face.console.data(f"{call.method} {url}")
        for name, value in given.items():
            face.console.data(f"    {name}={value}")
