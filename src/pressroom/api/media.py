"""Media: files are checked before a post is made of them, and what is published is listed and deleted."""

from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

import msgspec
from msgspec import Meta
from starlette.responses import Response

from pressroom.api.answers import ProposedShape
from pressroom.api.fields import AccountName, File, OfAccount
from pressroom.api.operation import Answer, Call, Fields, Operation
from pressroom.api.paging import After, Limit, Place, place_of
from pressroom.api.pictures import PICTURE, answer_picture
from pressroom.core.actor import Scope
from pressroom.core.address import shown_address
from pressroom.core.assets import Fit, Target
from pressroom.core.requests import RequestEffect
from pressroom.graph.answers import Media, timestamp_of
from pressroom.graph.limits import MediaUse
from pressroom.graph.reels import AudioType
from pressroom.service.shapes.media import AudioShape, DeletionShape, MediaShape, ReportShape


class CheckMedia(Fields, frozen=True, kw_only=True):
    """A file, and what is to be made of it."""

    file: Annotated[File, Meta(description="An upload, or what an address serves.")]
    use: Annotated[MediaUse, Meta(description="By default a photo or a reel, by the content.")] | None = None
    fit: Annotated[Fit, Meta(description="What is done when the shape does not fit.")] | None = None
    target: Annotated[Target, Meta(description="The limits that a clip is converted to.")] = Target.PLATFORM


async def check_media(call: Call[Fields, CheckMedia]) -> Answer:
    """Tell whether Instagram would take a file, and what would be done to it.

    Of an address the beginning is fetched, as Instagram would.
    """
    pressroom, body = await call.session(), call.body
    asset = await body.file.asset(pressroom)
    report = await pressroom.media.check(asset, use=body.use, fit=body.fit, target=body.target)
    name = shown_address(asset.source) if asset.is_url else asset.name
    return Answer(ReportShape.of(report, name), subject=("file", body.file.upload_id or name))


async def check_again(call: Call[Fields, CheckMedia], _effect: RequestEffect) -> Answer:
    """Answer a repeat: a check changes nothing."""
    return await check_media(call)


class MediaPage(msgspec.Struct, frozen=True, kw_only=True):
    """Published media, the newest first. next: the `after` of the next page; null on the last."""

    media: tuple[MediaShape, ...]
    next: str | None


class ListMedia(Fields, frozen=True, kw_only=True):
    """Which media to list."""

    account: AccountName | None = None
    since: Annotated[datetime, Meta(tz=True, description="Only what was published from then on.")] | None = (
        None
    )
    limit: Limit = 25
    after: After | None = None


# Instagram refuses moments that are centuries away; nothing was published before it began.
_BEFORE_ALL, _BEHIND_ALL = datetime(2010, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


async def list_media(call: Call[ListMedia, None]) -> Answer:
    """List what is published at Instagram, as Instagram tells it now; without stories."""
    query = call.query
    pressroom = await call.session(query.account)
    page, after = list[Media](), place_of(query.after) if query.after else None
    # Several may be of the second at which the page before ended.
    until = min(after.at, _BEHIND_ALL) + timedelta(seconds=1) if after else None
    is_behind = after is None
    since = query.since and min(max(query.since, _BEFORE_ALL), _BEHIND_ALL)
    async with aclosing(pressroom.media.list(since=since, until=until)) as published:
        async for media in published:
            if after and not is_behind and _at(media) >= after.at:
                is_behind = media.id == after.id
                continue
            page.append(media)
            # One more shows whether another page follows.
            if len(page) > query.limit:
                break
    last = page[query.limit - 1] if len(page) > query.limit else None
    shapes = tuple(map(MediaShape.of, page[: query.limit]))
    return Answer(MediaPage(media=shapes, next=str(Place(_at(last), last.id)) if last else None))


def _at(media: Media) -> datetime:
    # Instagram has always told it.
    return timestamp_of(media.timestamp or "1970-01-01T00:00:00+0000")


class SearchAudio(Fields, frozen=True, kw_only=True):
    """Which audio to search for."""

    account: AccountName | None = None
    query: Annotated[str, Meta(max_length=100, description="Words; without any, what is trending.")] = ""
    audio_type: Annotated[AudioType, Meta(description="Music, or sounds of others' reels.")] = "music"


class AudioFound(msgspec.Struct, frozen=True, kw_only=True):
    """What a search found."""

    audio: tuple[AudioShape, ...]


async def search_audio(call: Call[SearchAudio, None]) -> Answer:
    """Search for music or sounds that a reel may have. The account is signed in by Facebook Login."""
    query = call.query
    pressroom = await call.session(query.account)
    audio = await pressroom.media.search_audio(query.query, query.audio_type)
    return Answer(AudioFound(audio=tuple(map(AudioShape.of, audio))))


async def get_media_picture(call: Call[OfAccount, None]) -> Response:
    """Return the small picture of a published media that insights keep."""
    media_id = call.path["media_id"]
    pressroom = await call.session(call.query.account)
    return answer_picture(await pressroom.media.picture(media_id), f"media {media_id}")


class DeletePost(Fields, frozen=True, kw_only=True):
    """How it is deleted."""

    dry_run: Annotated[bool, Meta(description="Tell what would be deleted; delete nothing.")] = False


async def delete_post(call: Call[DeletePost, None]) -> Answer:
    """Delete a live post at Instagram, which cannot be undone. The account is signed in by Facebook Login.

    Where Instagram's answer is lost the media is looked for, for two minutes at most. Where that settles
    nothing the answer is a 502 of the type `OutcomeUnknown`. The same request with its `Idempotency-Key` then
    tells what is known, and asks nothing; one without it looks for the media again, first of all. A draft, or
    a post that is planned, is cancelled instead.
    """
    pressroom, post = await call.program.sessions.of_post(call.path["post_id"])
    if call.query.dry_run:
        return Answer(DeletionShape.of(await pressroom.media.rehearse_deletion(post.id)))
    return Answer(DeletionShape.of(await pressroom.media.delete(post.id)))


async def show_deletion(call: Call[DeletePost, None], _effect: RequestEffect) -> Answer:
    """Answer a repeat: how the deletion stands."""
    # What a person decided on is a call, whose proposal is about no post.
    pressroom, post = await call.program.sessions.of_post(call.path["post_id"])
    deletion = await pressroom.media.deletion(post.id)
    # Without any, what a person approved failed before Instagram was asked: that is told.
    return Answer(DeletionShape.of(deletion)) if deletion else await delete_post(call)


_TAG: Final = "media"

OPERATIONS: Final = (
    Operation(
        method="POST",
        path="/media/check",
        run=check_media,
        tag=_TAG,
        scope=Scope.READ,
        body=CheckMedia,
        answers={200: ReportShape},
        again=check_again,
    ),
    Operation(
        method="GET",
        path="/media",
        run=list_media,
        tag=_TAG,
        scope=Scope.READ,
        query=ListMedia,
        answers={200: MediaPage},
        errors=(409, 502),
    ),
    Operation(
        method="GET",
        path="/audio",
        run=search_audio,
        tag=_TAG,
        scope=Scope.READ,
        query=SearchAudio,
        answers={200: AudioFound},
        errors=(409, 502),
    ),
    Operation(
        method="GET",
        path="/media/{media_id}/picture",
        run=get_media_picture,
        tag=_TAG,
        scope=Scope.READ,
        query=OfAccount,
        answers={200: PICTURE},
    ),
    Operation(
        method="DELETE",
        path="/posts/{post_id}",
        run=delete_post,
        tag="posts",
        scope=Scope.PUBLISH,
        query=DeletePost,
        answers={200: DeletionShape, 202: ProposedShape},
        errors=(502,),
        again=show_deletion,
    ),
)
