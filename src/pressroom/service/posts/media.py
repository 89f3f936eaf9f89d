"""`MediaService`: checks files against Instagram's rules, converts them, and lists published media."""

import asyncio
import hashlib
import mimetypes
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from pressroom.core.account import require_capability
from pressroom.core.assets import (
    NO_EDITS,
    Action,
    Asset,
    Edits,
    Fit,
    MediaReport,
    MediaType,
    Progress,
    Rendition,
    Target,
    Wish,
)
from pressroom.core.consent import Proposal
from pressroom.core.errors import MediaRefused, Refused
from pressroom.core.post import Post, PostId
from pressroom.core.reading_settings import Way
from pressroom.core.secret import Secret
from pressroom.graph.answers import Media, MediaId
from pressroom.graph.capabilities import Capability
from pressroom.graph.limits import MediaUse
from pressroom.graph.reels import Audio, AudioType, search_audio
from pressroom.media.refusals import missing_file
from pressroom.publish.steps.preparation import name_in
from pressroom.publish.validation import check_source, media_type_of_url
from pressroom.service.acting.acting import Acting
from pressroom.service.consent.gate import CarryOut, Gate, Outcome, Request
from pressroom.service.ground.copies import is_content, keep_copy, with_content
from pressroom.service.ground.resources import Resources
from pressroom.service.posts.composing import Source, asset_of
from pressroom.service.posts.published import DELETE_MEDIA, listing

if TYPE_CHECKING:
    from pressroom.core.deletion import Deletion
    from pressroom.hosting.cloudinary import Uploaded
    from pressroom.media.desk import Desk
    from pressroom.service.posts.deleting import Deleting

_VISUAL = ("image", "video")
UPLOAD, DELETE_UPLOAD = "upload", "delete_upload"
_TYPES: dict[MediaUse, MediaType] = {MediaUse.PHOTO: "image", MediaUse.REEL: "video"}


class MediaService:
    """The use-cases of files, which need no account, and of published media."""

    def __init__(self, resources: Resources, acting: Acting, gate: Gate) -> None:
        self._resources = resources
        self._acting = acting
        self._gate = gate

    async def check(
        self,
        source: Source,
        *,
        opened: BinaryIO | None = None,
        use: MediaUse | None = None,
        target: Target = Target.PLATFORM,
        fit: Fit | None = None,
        edits: Edits = NO_EDITS,
        header_only: bool = False,
    ) -> MediaReport:
        """Check a file against Instagram's rules; of a URL the beginning is fetched, as Instagram would.

        Of bytes and objects no copy is kept, and the report's `path` is their name.

        opened: the file itself, where its path may lead elsewhere by now; a copy of it is kept, as by `keep`.
        use: by default photo or reel, by the content. fit: None as in `Wish`. header_only: do not decode a
        picture that `convert` will decode; it raises for a damaged one. Raises MediaRefused when there is no
        file to look at, Refused for a source that is none, is too large or cannot be fetched.
        """
        asset = asset_of("source", source)
        if not is_content(asset):
            check_source(asset.source, as_it_is=True)
        if asset.is_url:
            return await _preflight(asset, use)
        from pressroom.media.probe import look_at  # noqa: PLC0415  # loads the media desk
        from pressroom.media.report import check, unusable  # noqa: PLC0415  # the same

        looks = self._resources.looks
        report_on = partial(
            check, use=use, target=target, fit=fit, edits=edits, looks=looks, header_only=header_only
        )
        if is_content(asset):
            return await self._check_content(asset, report_on)
        if opened:
            try:
                await asyncio.to_thread(look_at, opened, asset.path)
            except MediaRefused as refusal:
                return unusable(asset.path, refusal)
            asset = await self.keep(opened, asset.path)
        report = await report_on(asset.path)
        if report.refusal:
            name_in(report.refusal, asset)
        return report

    async def _check_content(
        self, asset: Asset, report_on: Callable[[Path], Awaitable[MediaReport]]
    ) -> MediaReport:
        """Report on bytes or an object by a copy that is not kept, and under their own name."""
        from pressroom.media.report import unusable  # noqa: PLC0415  # loads the media desk
        from pressroom.service.ground.contents import name_of  # noqa: PLC0415  # for such assets alone

        async with AsyncExitStack() as stack:
            try:
                copied = await with_content(asset, self._resources.settings, stack)
            except MediaRefused as refusal:
                return unusable(Path(name_of(asset)), refusal)
            report = await report_on(copied.path)
        if report.refusal:
            name_in(report.refusal, copied)
        return replace(report, path=Path(copied.name))

    async def check_post(self, post: Post) -> tuple[str, ...]:
        """Check a post against Instagram's rules, its files by their content; return the warnings.

        Raises Refused for what Instagram would refuse. Makes no call.
        """
        from pressroom.service.posts.at_once import Checking  # noqa: PLC0415  # loads the publisher

        return await Checking(self._acting).check(post)

    async def check_files(self, post: Post) -> Mapping[Asset, MediaReport]:
        """Check each file of a post as part of it: as its kind, by its options, in a carousel's one shape.

        Addresses are left out. Raises MediaRefused where there is no file to look at. Makes no call.
        """
        from pressroom.service.posts.at_once import Checking  # noqa: PLC0415  # loads the publisher

        return await Checking(self._acting).reports(post)

    async def is_visual(self, path: Path) -> bool:
        """Tell whether a file is a picture or clip by its name or first bytes, be it one that is refused.

        Raises MediaRefused for one that cannot be read.
        """
        from pressroom.media.probe import is_visual  # noqa: PLC0415  # loads the media desk

        named = (mimetypes.guess_type(path.name)[0] or "").partition("/")[0]
        return named in _VISUAL or await asyncio.to_thread(is_visual, path)

    async def keep(self, file: BinaryIO, path: Path) -> Asset:
        """Copy an open file, for a post that sends just what is open now. path: what it is called.

        A copy that no post was made of within a day may be deleted. Raises MediaRefused for what begins like
        no picture and no clip, and where the copy cannot be stored.
        """
        from pressroom.media.probe import look_at  # noqa: PLC0415  # loads the media desk

        await asyncio.to_thread(look_at, file, path)
        copy = await keep_copy(path, self._resources.settings.assets, opened=file)
        return Asset(str(path), str(copy))

    async def prepare(self, source: Source, wish: Wish, *, progress: Progress | None = None) -> Rendition:
        """Return the rendition of a file: the file itself when it complies. Raises MediaRefused."""
        return await self._desk().prepare(await self._file(source), wish, progress=progress)

    async def _file(self, source: Source) -> Asset:
        """Return a source as a path can be read of it; of bytes and objects a copy is kept, as by `keep`."""
        return await with_content(asset_of("source", source), self._resources.settings)

    async def convert(
        self,
        source: Source,
        wish: Wish,
        *,
        output: Path | None = None,
        overwrite: bool = False,
        progress: Progress | None = None,
    ) -> Rendition:
        """Write a file that Instagram accepts; with `output` there, even if it is only a copy.

        A still is converted as a photo when its use is REEL. overwrite: replace what is at `output`, which
        may never be the input. Raises MediaRefused, naming the rule.
        """
        file = (await self._file(source)).path
        return await self._desk().convert(file, wish, output=output, overwrite=overwrite, progress=progress)

    async def cover(
        self, source: Source, *, at_s: float, fit: Fit | None = None, output: Path, overwrite: bool = False
    ) -> Rendition:
        """Take one frame of a clip as a reel's cover. Raises MediaRefused, Refused as `convert` does."""
        file = (await self._file(source)).path
        return await self._desk().cover(file, at_s=at_s, fit=fit, output=output, overwrite=overwrite)

    async def list(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int | None = None,
    ) -> AsyncGenerator[Media]:
        """Yield the account's published media, newest first, without stories.

        since, until: limits of when it went out, to the second, as Instagram takes them.
        """
        client = await self._acting.client()
        async for media in client.pages(listing(client.account, since, until), limit=limit):
            yield media

    async def search_audio(self, query: str = "", audio_type: AudioType = "music") -> tuple[Audio, ...]:
        """Search for music or sounds that a reel may have (its option `audio`); without a query what trends.

        Raises Refused before any call for a login that is not Facebook Login's; GraphError, TransportError.
        """
        account = await self._acting.account()
        require_capability(account.login_type, Capability.REELS_AUDIO, rule="audio")
        client = await self._acting.client()
        return (await client.send(search_audio(account.user, audio_type, query.strip()))).audio

    async def picture(self, media_id: str) -> bytes | None:
        """Return the picture of a published media of the account that insights keep; None for none.

        It is a JPEG of at most 320 pixels on the longer side. Makes no call.
        """
        store, account = await self._resources.store(), (await self._acting.identity()).account
        jpegs = await store.run(store.readings.thumbnails, account, [MediaId(media_id)])
        return jpegs.get(MediaId(media_id))

    async def upload(self, path: Path, media_type: MediaType) -> "Uploaded":
        """Upload a file to the account of CLOUDINARY_URL, where it stays.

        Raises SettingRefused, MediaRefused for a file that is not there, HostFailed for what Cloudinary
        refuses, NeedsApproval for a program.
        """
        if await self._gate.is_program():
            arguments = await asyncio.to_thread(_arguments_of_upload, path, media_type)
            done = await self._gate.find_outcome_or_allow(
                Request(verb=UPLOAD, arguments=arguments, summary={"asks": f"upload {path}", **arguments})
            )
            if done is not None:
                from pressroom.hosting.cloudinary import Uploaded  # noqa: PLC0415  # loads the HTTP client

                return Uploaded(done["url"], done["public_id"])
        return await self._upload(path, media_type)

    async def delete_upload(self, public_id: str) -> bool:
        """Delete at Cloudinary what `upload` put there. False when there is none. Raises as `upload` does."""
        if await self._gate.is_program():
            arguments, summary = {"public_id": public_id}, {"asks": f"delete {public_id}"}
            done = await self._gate.find_outcome_or_allow(
                Request(verb=DELETE_UPLOAD, arguments=arguments, summary=summary)
            )
            if done is not None:
                return bool(done.get("is_deleted"))
        return await self._delete_upload(public_id)

    async def delete(self, name: str) -> "Deletion":
        """Delete at Instagram a post that is live, or any media of the account; it cannot be undone.

        name: a post's id or the start of it, or a media's id. What is deleted already stays so. Raises
        NotFound, Refused where it cannot be deleted, as under Instagram Login, GraphError where Instagram
        refuses, TransportError where it was not asked, OutcomeUnknown where nobody knows, and then a repeat
        looks before it asks again; NeedsApproval for a program.
        """
        return await self._deleting.delete(name)

    async def delete_soon(self, post_id: str) -> "asyncio.Task[Deletion]":
        """Begin to delete a post, which goes on when its caller is gone, or return what is under way.

        post_id: the whole id.

        It ends with the session, and what is open then a repeat looks for. It raises what `delete` does.
        """
        # Opened before the task is: what is open then stays so until the task has ended.
        await self._resources.store()
        deleting = partial(self._deleting.delete_on_record, PostId(post_id))
        return self._resources.in_background(f"delete {post_id}", deleting)

    async def rehearse_deletion(self, name: str) -> "Deletion":
        """Return what `delete` would delete; deletes nothing. Raises what it raises before it deletes."""
        return await self._deleting.rehearse(name)

    async def deletion(self, name: str) -> "Deletion | None":
        """Return what is known of a deletion; asks Instagram nothing. None where none was asked for.

        name: as `delete` takes it. `open` is under way, or nobody knows what came of it. Raises NotFound.
        """
        return await self._deleting.deletables.known(name)

    @property
    def carriers(self) -> Mapping[str, CarryOut]:
        """Functions that carry out an approved proposal about uploads and published media, by its verb."""
        return {
            UPLOAD: self._carry_upload,
            DELETE_UPLOAD: self._carry_deletion,
            DELETE_MEDIA: self._deleting.carry,
        }

    @cached_property
    def _deleting(self) -> "Deleting":
        from pressroom.service.posts.deleting import Deleting  # noqa: PLC0415  # few sessions delete

        return Deleting(self._resources, self._acting, self._gate)

    async def _carry_upload(self, proposal: Proposal) -> Outcome:
        await self._gate.require_person("Only a person's session carries out what a person approved.")
        arguments = proposal.arguments
        path = Path(arguments["path"])
        # A copy is compared and sent, so that a file swapped between the two is not uploaded.
        copy = await keep_copy(path, self._resources.settings.assets)
        if copy.name.partition(".")[0] != arguments["sha256"]:
            raise Refused(
                f"{path.name} is not any more what was proposed.",
                rule="proposal",
                value=str(path),
                limit="the bytes that were proposed",
                fix="Have it proposed anew.",
            )
        uploaded = await self._upload(copy, arguments["media_type"])
        return {"url": uploaded.url, "public_id": uploaded.public_id}

    async def _carry_deletion(self, proposal: Proposal) -> Outcome:
        await self._gate.require_person("Only a person's session carries out what a person approved.")
        return {"is_deleted": await self._delete_upload(proposal.arguments["public_id"])}

    @property
    def _cloudinary_url(self) -> Secret | None:
        return self._resources.settings.remote_hosts.get(Way.CLOUDINARY)

    async def _upload(self, path: Path, media_type: MediaType) -> "Uploaded":
        from pressroom.hosting import cloudinary  # noqa: PLC0415  # loads the HTTP client

        return await cloudinary.upload(path, media_type, url=self._cloudinary_url)

    async def _delete_upload(self, public_id: str) -> bool:
        from pressroom.hosting import cloudinary  # noqa: PLC0415  # loads the HTTP client

        return await cloudinary.delete(public_id, url=self._cloudinary_url)

    def _desk(self) -> "Desk":
        from pressroom.media.desk import Desk  # noqa: PLC0415  # loads the media desk

        ours, settings = self._resources, self._resources.settings
        return Desk(settings.renditions, ffmpeg_path=settings.ffmpeg_path, looks=ours.looks)


def _arguments_of_upload(path: Path, media_type: MediaType) -> dict[str, Any]:
    """Return the arguments of an upload's proposal: the file's path and digest. Raises MediaRefused."""
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        raise missing_file(path) from None
    return {"path": str(path.absolute()), "media_type": media_type, "sha256": digest}


async def _preflight(asset: Asset, use: MediaUse | None) -> MediaReport:
    from pressroom.hosting.preflight import preflight  # noqa: PLC0415  # loads the HTTP client

    expects = _TYPES.get(use or MediaUse.STORY) or media_type_of_url(asset.source)
    answer = await preflight(asset.source, expects=expects, use=use)
    return MediaReport(
        path=Path(asset.name),
        media_type=answer.media_type or "image",
        findings=answer.findings,
        action=Action.REFUSE if answer.broken else Action.AS_IS,
        warnings=tuple(f"{advice.value} (usual: {advice.limit}). {advice.fix}" for advice in answer.advice),
        error_code=f"url_{answer.broken.rule}" if answer.broken else None,
    )
