"""Files made acceptable and reachable, before any call is made: start at `Preparation.prepare`.

`wish_for` says what the files of a post are to become. `Placement` is one file on its way to Instagram,
with the ways that are left when the first one fails.
"""

import asyncio
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from pressroom.core.assets import NO_EDITS, Asset, Fit, MediaReport, MediaType, Rendition, Seen, Wish
from pressroom.core.errors import MediaRefused
from pressroom.core.post import Post, PostKind
from pressroom.core.protocols import Host, MediaDesk
from pressroom.core.reading_settings import Way
from pressroom.graph.answers import ContainerId
from pressroom.graph.limits import CONTAINER_LIFETIME_S, IMAGE_LIMITS, MB, VIDEO_LIMITS, MediaUse
from pressroom.publish.context import ignore_progress, ignore_rendition
from pressroom.publish.validation import check_examined, kind_of_url, media_type_of_url

# Subcodes of a file that could not be fetched: answers to making a container and, later, in its status.
_NOT_FETCHED = frozenset({2207003, 2207052, 2207076, 2207077})
# Said of clips that Instagram cannot process, and of large ones whose fetch broke off: another way may help.
_PROCESSING_FAILED = 2207082
_LARGE_BYTES = 50 * MB


@dataclass(frozen=True, slots=True)
class Hosted:
    """A file that Instagram can fetch; `url` is None for a clip that is uploaded to it."""

    url: str | None
    media_type: MediaType


@dataclass(slots=True)
class Placement:
    """A file as it is given to Instagram: a URL of the user's, or a rendition put up when it is needed.

    owner: the post it is for. ways: those left, best first; none for a URL of the user's.
    """

    host: Host
    file: Rendition | Hosted
    owner: str
    ways: tuple[Way, ...] = ()
    is_inspected: bool = False
    _url: str = ""

    @property
    def is_uploaded(self) -> bool:
        """Whether its bytes are sent rather than fetched."""
        return bool(self.ways) and self.ways[0] is Way.UPLOAD

    async def hosted(self) -> Hosted:
        """Give an address that Instagram can fetch. Raises HostFailed."""
        if isinstance(self.file, Hosted):
            return self.file
        if self.is_uploaded:
            return Hosted(None, self.file.media_type)
        # Asked for each container: the host gives the same address for as long as it leads to the file.
        url = await self.host.put(
            self.file.path,
            content_type=self.file.content_type,
            lifetime_s=float(CONTAINER_LIFETIME_S),
            way=self.ways[0],
            owner=self.owner,
        )
        if url != self._url:
            self._url, self.is_inspected = url, False
        return Hosted(url, self.file.media_type)

    def may_go_another_way(self, subcode: int | None) -> bool:
        """Tell whether what Instagram said means that it could not get the file, and there is another way."""
        is_large = isinstance(self.file, Rendition) and self.file.size_bytes >= _LARGE_BYTES
        broke_off = subcode == _PROCESSING_FAILED and is_large
        return len(self.ways) > 1 and (subcode in _NOT_FETCHED or broke_off)

    def go_another_way(self) -> tuple[Way, Way]:
        """Give up the present way for the next one, and give both."""
        given_up, *left = self.ways
        self.ways, self._url, self.is_inspected = tuple(left), "", False
        return given_up, self.ways[0]


def wish_for(post: Post, ratio: Fraction | None = None) -> Wish:
    """Say what each file of the post is to become. ratio: as `carousel_ratio` gives it."""
    options = post.options
    return Wish(
        use=post.kind.media_use,
        target=options.target,
        fit=options.fit,
        quality=options.quality,
        edits=options.edits,
        ratio=ratio,
    )


def cover_wish(post: Post) -> Wish:
    """Say what the cover of a reel is to become: 9:16, as the reel."""
    options = post.options
    return Wish(use=MediaUse.STORY, target=options.target, fit=options.fit, edits=NO_EDITS)


def carousel_ratio(post: Post, seen: Sequence[Seen | None]) -> Fraction | None:
    """Give the one shape of a carousel: its first item's, by which Instagram crops all others.

    seen: what each item shows, None for a URL. Pictures are bounded to 4:5 and 1.91:1, so a carousel that has
    any is bounded as a whole. None when each item keeps its own: for `keep`, other kinds, and behind a URL.
    Source: IG User Media, "Create a carousel container": images are cropped by the first one's ratio.
    """
    first = seen[0]
    if post.kind is not PostKind.CAROUSEL or post.options.fit is Fit.KEEP or first is None:
        return None
    has_picture = any(
        (look.media_type if look else media_type_of_url(asset.source)) != "video"
        for asset, look in zip(post.assets, seen, strict=True)
    )
    limits = (IMAGE_LIMITS if has_picture else VIDEO_LIMITS)[MediaUse.CAROUSEL_ITEM]
    lowest, highest = limits.min_ratio or first.ratio, limits.max_ratio or first.ratio
    return max(lowest, min(highest, first.ratio))


Check = Callable[[Path, Wish], Awaitable[MediaReport]]


async def reports_on(post: Post, check: Check) -> dict[Asset, MediaReport]:
    """Check each file of a post against the rules; the files of a carousel share one shape."""

    async def on(asset: Asset, wish: Wish) -> MediaReport:
        with named(asset):
            report = await check(asset.path, wish)
        if report.refusal:
            name_in(report.refusal, asset)
        return report

    local = [asset for asset in post.assets if not asset.is_url]
    reports = {asset: await on(asset, wish_for(post)) for asset in local}
    ratio = carousel_ratio(post, seen_in(post, reports))
    if ratio is not None:
        # The first item's shape is known only now, and it is a rule for all of them.
        reports = {asset: await on(asset, wish_for(post, ratio)) for asset in local}
    cover = post.options.cover
    if cover and not cover.is_url:
        reports[cover] = await on(cover, cover_wish(post))
    return reports


def seen_in(post: Post, reports: Mapping[Asset, MediaReport]) -> list[Seen | None]:
    """Give what each file of a post shows, as reports on them have it; None where there is none."""
    return [reports[asset].seen if asset in reports else None for asset in post.assets]


RenditionMade = Callable[[Asset, Rendition], None]
Progress = Callable[[Asset, float], None]


Inspect = Callable[[str, MediaType, MediaUse], Awaitable[Sequence[str]]]
"""Looks at a URL before Instagram does: raises Refused for one it could not fetch, and gives warnings."""


async def trust(_url: str, _media_type: MediaType, _use: MediaUse) -> Sequence[str]:
    """Trust the address."""
    return ()


async def _begin_at_once() -> None:
    """Let nothing happen before files are made acceptable."""


@dataclass(slots=True)
class PreparedMedia:
    """The files of one post, each on its way to Instagram.

    on_upload: called with a file's index and the share that is uploaded. line: held by the upload that runs.
    uris: where the bytes of the containers made by this process go.
    """

    files: tuple[Placement, ...]
    cover: Placement | None = None
    inspect: Inspect = trust
    on_upload: Callable[[int, float], None] = lambda _index, _share: None
    line: asyncio.Lock = field(default_factory=asyncio.Lock)
    uris: dict[ContainerId, str] = field(default_factory=dict[ContainerId, str])

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
    before_making: Callable[[], Awaitable[None]] = _begin_at_once
    on_rendition: RenditionMade = ignore_rendition
    on_progress: Progress = ignore_progress
    on_upload: Progress = ignore_progress

    async def prepare(self, post: Post) -> PreparedMedia:
        """Make every file of the post acceptable, one after another."""
        wish = wish_for(post)
        seen = list[Seen | None]()
        for asset in post.assets:
            if asset.is_url and not post.options.convert:
                seen.append(None)
                continue
            with named(asset):
                seen.append(await self.desk.examine(asset, wish))
        check_examined(post, seen)
        if any(seen):
            # Raises when there is no way at all: converting would be for nothing.
            await self.host.ways("image/jpeg" if post.kind is PostKind.PHOTO else "video/mp4")
            await self.before_making()
        wish = wish_for(post, carousel_ratio(post, seen))
        # One after another: a conversion takes two cores, and a carousel has up to ten files.
        files = [await self._file(post, asset, wish) for asset in post.assets]
        cover = post.options.cover
        cover_file = await self._file(post, cover, cover_wish(post), must_be="image") if cover else None
        return PreparedMedia(
            files=tuple([await self._placement(post, file) for file in files]),
            cover=await self._placement(post, cover_file) if cover_file else None,
            inspect=self.inspect,
            on_upload=lambda index, share: self.on_upload(post.assets[index], share),
        )

    async def _placement(self, post: Post, file: Rendition | Hosted) -> Placement:
        ways = await self.host.ways(file.content_type) if isinstance(file, Rendition) else ()
        return Placement(self.host, file, post.id, tuple(ways))

    async def _file(
        self, post: Post, asset: Asset, wish: Wish, *, must_be: MediaType | None = None
    ) -> Rendition | Hosted:
        if asset.is_url and not post.options.convert:
            return Hosted(asset.source, must_be or kind_of_url(post.kind, asset.source))
        with named(asset):
            rendition = await self.desk.prepare(
                asset, wish, progress=lambda share: self.on_progress(asset, share)
            )
        self.on_rendition(asset, rendition)
        return rendition


@contextmanager
def named(asset: Asset) -> Generator[None]:
    """Name a file in what is refused within as its owner does."""
    try:
        yield
    except MediaRefused as error:
        name_in(error, asset)
        raise


def name_in(refusal: MediaRefused, asset: Asset) -> None:
    """Name a file in a refusal as its owner does: our copy has a name of its own."""
    if asset.copy:
        refusal.message = refusal.message.replace(asset.copy, asset.source)
        refusal.message = refusal.message.replace(asset.path.name, asset.name)
