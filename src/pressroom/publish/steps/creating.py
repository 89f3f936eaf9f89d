"""One container: `make` makes it, `bring` uploads a clip's bytes into it, `poll` reads it until it is done.

Before a container is made its files are put where Instagram can fetch them, by another way where one fails.
`create_call` says which call makes which container.
"""

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TypedDict

from pressroom.client.client import Client
from pressroom.client.pacing import PollSchedule
from pressroom.client.upload import Upload
from pressroom.core.address import shown_address
from pressroom.core.assets import Rendition
from pressroom.core.errors import (
    GraphError,
    HostFailed,
    MediaRefused,
    PressroomError,
    Refused,
    StillProcessing,
    TransportError,
    UnexpectedAnswer,
)
from pressroom.core.graph_errors import ObjectNotFound
from pressroom.core.post import ContainerRecord, Post, PostKind, PostOptions
from pressroom.core.post_options import POST_OPTIONS
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.graph import calls, error_table
from pressroom.graph.answers import Container, ContainerId, ContainerStatus, Created, UserId
from pressroom.graph.call import Call, wire_params
from pressroom.graph.error_table import Retry
from pressroom.publish.context import Context
from pressroom.publish.machine.events import ContainerCreated, ContainerSettled
from pressroom.publish.steps.preparation import Hosted, Placement, PreparedMedia


async def make(context: Context, post: Post, item: int | None, media: PreparedMedia) -> ContainerCreated:
    """Make the container of an item (None: of the post itself).

    Where Instagram cannot fetch a file the next way is tried, for this item only. Raises as the client does,
    and HostFailed.
    """
    if not post.containers:
        # An address that cannot be fetched is found before the day's containers are spent on other items.
        for index in range(len(post.assets)):
            number = index if len(post.assets) > 1 else None
            for placement in media.placements(post, number):
                await _put_up(context, post, number, placement, media)
    placements = media.placements(post, item)
    while True:
        try:
            return await _make_once(context, post, item, media)
        except GraphError as error:
            if await use_next_ways(context, post, item, placements, error.subcode):
                continue
            # A carousel's own container has no file that the error could be about.
            if not error.retry.is_about_account and (item is not None or len(post.assets) == 1):
                asset = post.assets[item or 0]
                # Of an address, without what may be secret in it.
                name = shown_address(asset.source) if asset.is_url else asset.name
                error.say_about(name if item is None else f"Item {item + 1}, {name}")
            raise


async def _make_once(
    context: Context, post: Post, item: int | None, media: PreparedMedia
) -> ContainerCreated:
    placements = media.placements(post, item)
    files = [await _put_up(context, post, item, placement, media) for placement in placements]
    client = context.client
    children = (post.container(index) for index in range(len(post.assets)))
    call = create_call(
        post,
        client.account.user,
        item,
        media={item or 0: files[0]} if files else {},
        children=[record.id for record in children if record is not None],
        cover_url=files[1].url if len(files) > 1 else None,
    )
    # The client repeats this call even after a lost answer: a spare container is not published, and expires.
    exchange = await client.exchange(call)
    if exchange.answer.uri is not None:
        media.uris[exchange.answer.id] = exchange.answer.uri
    return ContainerCreated(
        id=exchange.answer.id, item=item, at=client.clock.now(), host_date=exchange.host_date
    )


async def use_next_ways(
    context: Context, post: Post, item: int | None, placements: list[Placement], subcode: int | None
) -> bool:
    """Use the next way of each file that Instagram could not fetch. False when there is none."""
    able = [placement for placement in placements if placement.may_go_another_way(subcode)]
    for placement in able:
        given_up, next_way = placement.go_another_way()
        text = f"Instagram could not get {_words_for(post, item)} by {given_up.words} ({subcode}): "
        await context.note(post, "way_changed", f"{text}trying {next_way.words}.")
    return bool(able)


async def _put_up(
    context: Context, post: Post, item: int | None, placement: Placement, media: PreparedMedia
) -> Hosted:
    """Put a file where Instagram can get it, in the first of its ways that takes it."""
    while True:
        try:
            hosted = await placement.hosted()
            if hosted.url is not None and not placement.is_inspected:
                # Once, before Instagram does.
                for warning in await media.inspect(hosted.url, hosted.media_type, post.kind.media_use):
                    await context.note(post, "warning", warning)
                placement.is_inspected = True
        except (HostFailed, Refused) as error:
            if isinstance(error, MediaRefused) or len(placement.ways) < 2:  # noqa: PLR2004  # the one that failed
                raise
            text = error.message
        else:
            return hosted
        await _try_next_way(context, post, item, placement, text)


async def _try_next_way(
    context: Context, post: Post, item: int | None, placement: Placement, problem: str
) -> None:
    _, next_way = placement.go_another_way()
    text = f"{problem} Trying {next_way.words} for {_words_for(post, item)}."
    await context.note(post, "way_changed", text)


def _words_for(post: Post, item: int | None) -> str:
    return "the file" if len(post.assets) == 1 else f"item {(item or 0) + 1}"


def create_call(
    post: Post,
    user: UserId,
    item: int | None,
    *,
    media: Mapping[int, Hosted],
    children: Sequence[ContainerId] = (),
    cover_url: str | None = None,
) -> Call[Created]:
    """Describe the container of an item (None: of the post itself); `media` holds the files it needs."""
    options = post.options
    feed: _Feed = {
        "caption": options.caption or None,
        "location_id": options.location_id,
        # Instagram refuses the leading `@` in names.
        "collaborators": [name.removeprefix("@") for name in options.collaborators],
    }
    tags = options.user_tags
    match post.kind:
        case PostKind.PHOTO:
            image_url = media[0].url
            assert image_url is not None, "only clips are uploaded"
            alt_text = _alt_text(post, 0)
            call = calls.create_photo(user, image_url=image_url, alt_text=alt_text, user_tags=tags, **feed)
        case PostKind.REEL:
            call = calls.create_reel(
                user,
                video_url=media[0].url,
                # Meta documents no default, so ours is always said.
                share_to_feed=True if options.share_to_feed is None else options.share_to_feed,
                cover_url=cover_url,
                thumb_offset_ms=options.thumb_offset_ms,
                user_tags=tags,
                **feed,
            )
        case PostKind.STORY:
            call = calls.create_story(user, **_url(media[0]), user_tags=tags)
        case PostKind.CAROUSEL if item is not None:
            call = _item(post, user, item, media[item])
        case PostKind.CAROUSEL:
            call = calls.create_carousel(user, children=children, **feed)
    if item is None:
        call = call.with_params(**_passed_on(options))
    is_uploaded = any(file.url is None for file in media.values())
    return calls.resumable(call) if is_uploaded else call


def _passed_on(options: PostOptions) -> dict[str, str]:
    """Return the parameters of the options that go to Instagram as they are given."""
    return wire_params(
        **{
            option.parameter.name: option.parameter.value(value)
            for option in POST_OPTIONS
            if option.parameter and (value := option.value_in(options)) is not None
        }
    )


class _Feed(TypedDict):
    caption: str | None
    location_id: str | None
    collaborators: Sequence[str]


def _item(post: Post, user: UserId, item: int, media: Hosted) -> Call[Created]:
    is_image = media.media_type == "image"
    return calls.create_carousel_item(
        user,
        **_url(media),
        alt_text=_alt_text(post, item) if is_image else None,
        user_tags=post.options.user_tags if item == 0 and is_image else (),
    )


class _Url(TypedDict, total=False):
    image_url: str | None
    video_url: str | None


def _url(media: Hosted) -> _Url:
    return {"image_url": media.url} if media.media_type == "image" else {"video_url": media.url}


def _alt_text(post: Post, index: int) -> str | None:
    texts = post.options.alt_texts
    return texts[index] or None if index < len(texts) else None


async def bring(
    context: Context, post: Post, record: ContainerRecord, media: PreparedMedia, turn: asyncio.Semaphore
) -> ContainerSettled | None:
    """Upload the bytes that a container lacks; do nothing for one that fetches its file, or has all bytes.

    One upload of a post runs at a time. When Instagram does not take the bytes and another way is left, the
    container counts as failed, so that the next one uses that way. Raises as `Upload.run` does.
    turn: limits the uploads of all posts.
    """
    index = record.item or 0
    placement = media.files[index]
    if not placement.is_uploaded or not isinstance(placement.file, Rendition):
        return None
    upload = Upload(
        context.client,
        record.id,
        placement.file.path,
        uri=media.uris.get(record.id),
        on_progress=lambda share: media.on_upload(index, share),
    )
    # Side by side they would only share the line.
    async with media.line, turn:
        try:
            await upload.run()
        except (GraphError, UnexpectedAnswer) as error:
            is_its_fault = not isinstance(error, GraphError) or not error.retry.is_about_account
            if not is_its_fault or len(placement.ways) == 1:
                raise
            text = error.message
        else:
            return None
    await _try_next_way(context, post, record.item, placement, text)
    return ContainerSettled(id=record.id, status=ContainerStatus.ERROR)


async def poll(
    client: Client,
    record: ContainerRecord,
    schedule: PollSchedule,
    *,
    usual_s: float,
    on_read: Callable[[Container], None],
) -> ContainerSettled:
    """Read a container at the schedule's pace until Instagram is done with it.

    An unreadable container of a readable account is an outage on Instagram's side: after twice `usual_s` the
    event says so (status None) and publishing is tried, since a container that is not ready is refused.
    Raises StillProcessing when the schedule ends, and what the table calls final.
    """
    started = client.clock.monotonic()
    problem: PressroomError | None = None
    for delay_s in schedule.delays():
        await client.clock.sleep(delay_s)
        try:
            container = await client.send(calls.container_status(record.id))
        except (GraphError, TransportError) as error:
            await _raise_if_final(client, error)
            problem = error
        else:
            problem = None
            on_read(container)
            if container.status_code not in (ContainerStatus.IN_PROGRESS, ContainerStatus.UNRECOGNISED):
                return _settled_event(record, container)
        # 100/33 is also said of containers that stand there: for a week in May 2026 none could be read.
        is_outage = isinstance(problem, ObjectNotFound)
        if is_outage and client.clock.monotonic() - started >= 2 * usual_s:
            return ContainerSettled(id=record.id, status=None)
    raise problem or StillProcessing(
        f"Instagram is still processing container {record.id}; nothing is published yet.",
        container_id=record.id,
        fix=Fix.of(
            "Ask later: {}; once it is FINISHED: {}.",
            Remedy(RemedyKind.READ_CONTAINER, {"container": record.id, "fields": "status_code,status"}),
            Remedy(RemedyKind.PUBLISH_CONTAINER, {"user": client.account.user_id, "container": record.id}),
        ),
    )


# Meta gives the subcode of a failed container in the prose of its `status` alone.
_SUBCODE = re.compile(r"\b(2207\d{3})\b")


def _settled_event(record: ContainerRecord, container: Container) -> ContainerSettled:
    match = _SUBCODE.search(container.status or "")
    subcode = int(match.group(1)) if match else None
    row = error_table.find(None, subcode) if subcode else None
    return ContainerSettled(
        id=record.id,
        status=container.status_code,
        subcode=subcode,
        may_rebuild=row is None or row.retry is not Retry.AFTER_FIX,
    )


async def _raise_if_final(client: Client, error: GraphError | TransportError) -> None:
    if isinstance(error, TransportError):
        return
    if not error.retry.is_same_call:
        raise error
    if isinstance(error, ObjectNotFound):
        # When the account cannot be read either, access is lost, and this raises the reason.
        await client.send(calls.user(client.account.user, fields="id"))
