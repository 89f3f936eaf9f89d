"""Files made acceptable and reachable, before any call is made."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from pressroom.core.assets import Asset, MediaType, Rendition, Wish
from pressroom.core.errors import Refused
from pressroom.core.post import Post, PostKind
from pressroom.core.protocols import Host, MediaDesk
from pressroom.graph.ids import ContainerId
from pressroom.graph.limits import MediaUse
from pressroom.publish.containers import Hosted
from pressroom.publish.placement import Placement
from pressroom.publish.validate import media_type_of_url
from pressroom.publish.wishes import carousel_ratio, cover_wish, wish_for

RenditionMade = Callable[[Asset, Rendition], None]
Progress = Callable[[Asset, float], None]


Inspect = Callable[[str, MediaType, MediaUse], Awaitable[Sequence[str]]]
"""Looks at a URL before Instagram does: raises Refused for one it could not fetch, and gives warnings."""


async def trust(_url: str, _media_type: MediaType, _use: MediaUse) -> Sequence[str]:
    """Look at nothing."""
    return ()


def ignore_rendition(asset: Asset, rendition: Rendition) -> None:
    """Listen to nothing."""


def ignore_progress(asset: Asset, share: float) -> None:
    """Listen to nothing."""


@dataclass(slots=True)
class PreparedMedia:
    """The files of one post, each on its way to Instagram.

    on_upload: told how far the upload of a file is. line: held by the upload that is running.
    uris: where the bytes of the containers made by this process go.
    """

    files: tuple[Placement, ...]
    cover: Placement | None = None
    inspect: Inspect = trust
    on_upload: Callable[[int, float], None] = lambda _index, _share: None
    line: asyncio.Lock = field(default_factory=asyncio.Lock)
    uris: dict[ContainerId, str] = field(default_factory=dict[ContainerId, str])

    def media_type(self, index: int) -> MediaType:
        """Tell whether a file is a picture or a clip."""
        return self.files[index].file.media_type

    def placements(self, post: Post, item: int | None) -> list[Placement]:
        """List what a container is made from: its file, and the cover of a reel. A parent has no file."""
        if item is None and len(post.assets) > 1:
            return []
        return [self.files[item or 0], *([self.cover] if self.cover else [])]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparation:
    """Turns a post's assets into prepared media.

    Raises MediaRefused or Refused, naming the rule.
    """

    desk: MediaDesk
    host: Host
    inspect: Inspect = trust
    on_rendition: RenditionMade = ignore_rendition
    on_progress: Progress = ignore_progress
    on_upload: Progress = ignore_progress

    async def prepare(self, post: Post) -> PreparedMedia:
        """Make every file of the post acceptable, one after another."""
        wish = await self._examined(post)
        files = [await self._file(post, asset, wish) for asset in post.assets]
        _check_first_tag(post, files[0])
        _check_thumb_offset(post, files[0])
        cover = post.options.cover
        made = await self._file(post, cover, cover_wish(post), must_be="image") if cover else None
        return PreparedMedia(
            files=tuple([await self._placement(post, file) for file in files]),
            cover=await self._placement(post, made) if made else None,
            inspect=self.inspect,
            on_upload=lambda index, share: self.on_upload(post.assets[index], share),
        )

    async def _examined(self, post: Post) -> Wish:
        """Refuse what cannot be made acceptable before minutes of converting, and find the common shape."""
        wish = wish_for(post)
        seen = [
            await self.desk.examine(asset, wish) if not asset.is_url or post.options.convert else None
            for asset in post.assets
        ]
        if any(seen):
            # Without any way converting would be for nothing.
            await self.host.ways("image/jpeg" if post.kind is PostKind.PHOTO else "video/mp4")
        return wish_for(post, carousel_ratio(post, seen))

    async def _placement(self, post: Post, file: Rendition | Hosted) -> Placement:
        ways = await self.host.ways(file.content_type) if isinstance(file, Rendition) else ()
        return Placement(self.host, file, post.id, tuple(ways))

    async def _file(
        self, post: Post, asset: Asset, wish: Wish, *, must_be: MediaType | None = None
    ) -> Rendition | Hosted:
        if asset.is_url and not post.options.convert:
            return Hosted(asset.source, must_be or _kind_of_url(post.kind, asset.source))
        return await self._rendition(asset, wish)

    async def _rendition(self, asset: Asset, wish: Wish) -> Rendition:
        def tell(share: float) -> None:
            self.on_progress(asset, share)

        rendition = await self.desk.prepare(asset, wish, progress=tell)
        self.on_rendition(asset, rendition)
        return rendition


def _kind_of_url(kind: PostKind, url: str) -> MediaType:
    if kind is PostKind.REEL:
        return "video"
    return media_type_of_url(url) or "image"


def _check_first_tag(post: Post, first: Rendition | Hosted) -> None:
    if post.kind is PostKind.CAROUSEL and post.options.user_tags and first.media_type == "video":
        raise Refused(
            "Accounts are tagged on a carousel's first item, and this one is a video, which takes no tags.",
            rule="user_tags",
            value="video",
            limit="image",
            fix="Put a picture first, or leave the tags out.",
        )


def _check_thumb_offset(post: Post, file: Rendition | Hosted) -> None:
    offset_ms = post.options.thumb_offset_ms
    duration_s = file.duration_s if isinstance(file, Rendition) else None
    if offset_ms is None or duration_s is None or offset_ms < duration_s * 1000:
        return
    raise Refused(
        f"The thumbnail offset, {offset_ms} ms, lies behind the clip's end ({duration_s * 1000:.0f} ms).",
        rule="thumb_offset",
        value=offset_ms,
        limit=f"0 to {duration_s * 1000:.0f} ms",
        fix="Use a moment inside the clip.",
    )
