"""Makes one container: first its files reachable, by another way where one fails, then the call."""

from pressroom.core.address import shown_address
from pressroom.core.errors import GraphError, HostFailed, MediaRefused, Refused
from pressroom.core.post import Post
from pressroom.graph.ids import ContainerId
from pressroom.publish.context import Context
from pressroom.publish.machine.events import ContainerCreated
from pressroom.publish.steps.containers import Hosted, create_call
from pressroom.publish.steps.placement import Placement
from pressroom.publish.steps.preparation import PreparedMedia


async def make(context: Context, post: Post, item: int | None, media: PreparedMedia) -> ContainerCreated:
    """Make the container of an item (None: of the post itself).

    Where Instagram cannot fetch a file the next way is tried, for this item only. Raises as the client does,
    and HostFailed.
    """
    # An address that cannot be fetched is found before the day's containers are spent on other items.
    if not post.containers:
        await _put_up_all(context, post, media)
    placements = media.placements(post, item)
    while True:
        try:
            return await _made(context, post, item, media)
        except GraphError as error:
            if not await another_way(context, post, item, placements, error.subcode):
                if not error.retry.is_about_account:
                    error.say_about(_subject(post, item))
                raise


async def _put_up_all(context: Context, post: Post, media: PreparedMedia) -> None:
    """Put up every file and look at each address before any container is made."""
    for index in range(len(post.assets)):
        item = index if len(post.assets) > 1 else None
        for placement in media.placements(post, item):
            await _hosted(context, post, item, placement, media)


async def _made(context: Context, post: Post, item: int | None, media: PreparedMedia) -> ContainerCreated:
    placements = media.placements(post, item)
    files = [await _hosted(context, post, item, placement, media) for placement in placements]
    client = context.client
    call = create_call(
        post,
        client.account.user,
        item,
        media={item or 0: files[0]} if files else {},
        children=_children(post),
        cover_url=files[1].url if len(files) > 1 else None,
    )
    # The client repeats this call even after a lost answer: a spare container is not published, and expires.
    exchange = await client.exchange(call)
    if exchange.answer.uri is not None:
        media.uris[exchange.answer.id] = exchange.answer.uri
    return ContainerCreated(
        id=exchange.answer.id, item=item, at=client.clock.now(), host_date=exchange.host_date
    )


def _subject(post: Post, item: int | None) -> str | None:
    """Name the file an error is about; an address without what may be secret in it."""
    if item is None and len(post.assets) > 1:
        return None
    asset = post.assets[item or 0]
    name = shown_address(asset.source) if asset.is_url else asset.name
    return name if item is None else f"Item {item + 1}, {name}"


async def another_way(
    context: Context, post: Post, item: int | None, placements: list[Placement], subcode: int | None
) -> bool:
    """Use the next way of each file that Instagram could not fetch. False when there is none."""
    able = [placement for placement in placements if placement.may_go_another_way(subcode)]
    for placement in able:
        given_up, found = placement.go_another_way()
        text = f"Instagram could not get {named(post, item)} by {given_up.words} ({subcode}): "
        await context.note(post, "way_changed", f"{text}trying {found.words}.")
    return bool(able)


async def _hosted(
    context: Context, post: Post, item: int | None, placement: Placement, media: PreparedMedia
) -> Hosted:
    """Put a file up, in the first of its ways that takes it and can be fetched from."""
    while True:
        try:
            hosted = await placement.hosted()
            await _inspect(context, post, placement, hosted, media)
        except (HostFailed, Refused) as error:
            if isinstance(error, MediaRefused) or len(placement.ways) < 2:  # noqa: PLR2004  # the one that failed
                raise
            text = error.message
        else:
            return hosted
        _, found = placement.go_another_way()
        await context.note(post, "way_changed", f"{text} Trying {found.words} for {named(post, item)}.")


async def _inspect(
    context: Context, post: Post, placement: Placement, hosted: Hosted, media: PreparedMedia
) -> None:
    """Look at an address once before Instagram does."""
    if placement.is_inspected or hosted.url is None:
        return
    for warning in await media.inspect(hosted.url, hosted.media_type, post.kind.media_use):
        await context.note(post, "warning", warning)
    placement.is_inspected = True


def named(post: Post, item: int | None) -> str:
    """Name an item of a post in a sentence."""
    return "the file" if len(post.assets) == 1 else f"item {(item or 0) + 1}"


def _children(post: Post) -> list[ContainerId]:
    records = (post.container(item) for item in range(len(post.assets)))
    return [record.id for record in records if record is not None]
