"""Files made acceptable and reachable, before any call is made."""

import asyncio
from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from pressroom.core.assets import Asset, MediaType, Rendition, Seen, Wish
from pressroom.core.errors import MediaRefused
from pressroom.core.post import Post, PostKind
from pressroom.core.protocols import Host, MediaDesk
from pressroom.graph.ids import ContainerId
from pressroom.graph.limits import MediaUse
from pressroom.publish.checks.examined import check_examined, kind_of_url
from pressroom.publish.ignoring import ignore_progress, ignore_rendition
from pressroom.publish.steps.containers import Hosted
from pressroom.publish.steps.placement import Placement
from pressroom.publish.steps.wishes import carousel_ratio, cover_wish, wish_for

RenditionMade = Callable[[Asset, Rendition], None]
Progress = Callable[[Asset, float], None]


Inspect = Callable[[str, MediaType, MediaUse], Awaitable[Sequence[str]]]
"""Looks at a URL before Instagram does: raises Refused for one it could not fetch, and gives warnings."""


async def trust(_url: str, _media_type: MediaType, _use: MediaUse) -> Sequence[str]:
    """Trust the address."""
    return ()


async def at_once() -> None:
    """Let the making begin at once."""


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

    before_making: called once the files have passed every check, where any is to be made acceptable.
    Raises MediaRefused or Refused, naming the rule.
    """

    desk: MediaDesk
    host: Host
    inspect: Inspect = trust
    before_making: Callable[[], Awaitable[None]] = at_once
    on_rendition: RenditionMade = ignore_rendition
    on_progress: Progress = ignore_progress
    on_upload: Progress = ignore_progress

    async def prepare(self, post: Post) -> PreparedMedia:
        """Make every file of the post acceptable, one after another."""
        wish = await self._examined(post)
        # One after another: a conversion takes two cores, and a carousel has up to ten files.
        files = [await self._file(post, asset, wish) for asset in post.assets]
        cover = post.options.cover
        made = await self._file(post, cover, cover_wish(post), must_be="image") if cover else None
        return PreparedMedia(
            files=tuple([await self._placement(post, file) for file in files]),
            cover=await self._placement(post, made) if made else None,
            inspect=self.inspect,
            on_upload=lambda index, share: self.on_upload(post.assets[index], share),
        )

    async def _examined(self, post: Post) -> Wish:
        """Refuse what cannot be made acceptable before minutes of converting, and find a carousel's shape."""
        wish = wish_for(post)
        seen = [await self._seen(post, asset, wish) for asset in post.assets]
        check_examined(post, seen)
        if any(seen):
            # Raises when there is no way at all: converting would be for nothing.
            await self.host.ways("image/jpeg" if post.kind is PostKind.PHOTO else "video/mp4")
            await self.before_making()
        return wish_for(post, carousel_ratio(post, seen))

    async def _seen(self, post: Post, asset: Asset, wish: Wish) -> Seen | None:
        if asset.is_url and not post.options.convert:
            return None
        with named(asset):
            return await self.desk.examine(asset, wish)

    async def _placement(self, post: Post, file: Rendition | Hosted) -> Placement:
        ways = await self.host.ways(file.content_type) if isinstance(file, Rendition) else ()
        return Placement(self.host, file, post.id, tuple(ways))

    async def _file(
        self, post: Post, asset: Asset, wish: Wish, *, must_be: MediaType | None = None
    ) -> Rendition | Hosted:
        if asset.is_url and not post.options.convert:
            return Hosted(asset.source, must_be or kind_of_url(post.kind, asset.source))
        return await self._rendition(asset, wish)

    async def _rendition(self, asset: Asset, wish: Wish) -> Rendition:
        def tell(share: float) -> None:
            self.on_progress(asset, share)

        with named(asset):
            rendition = await self.desk.prepare(asset, wish, progress=tell)
        self.on_rendition(asset, rendition)
        return rendition


@contextmanager
def named(asset: Asset) -> Generator[None]:
    """Name a file in a refusal as its owner does: our copy has a name of its own."""
    try:
        yield
    except MediaRefused as error:
        if asset.copy:
            error.message = error.message.replace(asset.copy, asset.source)
            error.message = error.message.replace(asset.path.name, asset.name)
        raise
