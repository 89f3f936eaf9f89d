"""`Files`: what prepares the files of a post; media desk and hosts load only where a post has files."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from pressroom.core.account import Account
from pressroom.core.assets import Asset, MediaType, Progress, Rendition, Seen, Wish
from pressroom.core.clock import Clock
from pressroom.core.errors import PressroomError
from pressroom.core.post import Post
from pressroom.core.protocols import Host, MediaDesk
from pressroom.core.reading_settings import Way
from pressroom.core.settings import Settings
from pressroom.graph.limits import MediaUse
from pressroom.media.looks import Looks
from pressroom.publish.steps.preparation import Inspect, Preparation, trust
from pressroom.service.ground.copies import DeskOfCopies
from pressroom.service.ground.resources import Listeners, Resources


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Prepares the posts of one account. looks: a cache of what was found in files."""

    account: Account
    settings: Settings
    clock: Clock
    listeners: Listeners
    looks: Looks = field(default_factory=Looks)

    @classmethod
    def of(cls, resources: Resources, account: Account) -> "Files":
        """Make them of a session's resources."""
        return cls(
            account=account,
            settings=resources.settings,
            clock=resources.clock,
            listeners=resources.listeners,
            looks=resources.looks,
        )

    def preparation(self, post: Post, stack: AsyncExitStack) -> Preparation:
        """Return what prepares a post. What it opens is closed with the stack."""
        desk: MediaDesk = _NO_FILES
        host: Host = _NO_FILES
        # A post of addresses alone loads neither decoders nor a server, which keeps its command quick to
        # start.
        if post.options.convert or any(not asset.is_url for asset in post.files):
            from pressroom.hosting.ways import Hosts  # noqa: PLC0415  # loads a server
            from pressroom.media.desk import Desk  # noqa: PLC0415  # loads the media desk

            desk = Desk(self.settings.renditions, ffmpeg_path=self.settings.ffmpeg_path, looks=self.looks)
            fetching = _Downloading(desk, self.settings.home / "downloads", stack, self.account)
            desk = DeskOfCopies(fetching, self.settings.assets, self.looks)
            on_tunnel = self.listeners.on_tunnel
            host = Hosts(self.account, self.settings, clock=self.clock, on_tunnel=on_tunnel)
            stack.push_async_callback(host.aclose)
        return Preparation(
            desk=desk,
            host=host,
            inspect=inspector(self.account),
            on_rendition=self.listeners.on_rendition,
            on_progress=self.listeners.on_progress,
            on_upload=self.listeners.on_upload,
        )


def inspector(account: Account) -> Inspect:
    """Return what checks addresses before the real Instagram fetches them. A sandbox checks them itself."""

    async def inspect(url: str, media_type: MediaType, use: MediaUse) -> Sequence[str]:
        from pressroom.hosting.preflight import require_fetchable  # noqa: PLC0415  # loads the HTTP client

        return await require_fetchable(url, expects=media_type, use=use)

    return inspect if account.is_real else trust


class _Downloading:
    """A media desk that downloads URLs to be converted, each once; the stack deletes the files."""

    def __init__(self, desk: MediaDesk, directory: Path, stack: AsyncExitStack, account: Account) -> None:
        self._desk = desk
        self._directory = directory
        self._stack = stack
        self._account = account
        self._fetched: dict[str, Asset] = {}

    async def examine(self, asset: Asset, wish: Wish) -> Seen:
        return await self._desk.examine(await self._local(asset), wish)

    async def prepare(self, asset: Asset, wish: Wish, *, progress: Progress | None = None) -> Rendition:
        return await self._desk.prepare(await self._local(asset), wish, progress=progress)

    async def _local(self, asset: Asset) -> Asset:
        if not asset.is_url or asset.copy:
            return asset
        if asset.source not in self._fetched:
            from pressroom.hosting.network import Network, download  # noqa: PLC0415  # loads the HTTP client

            network = Network(is_own=not self._account.is_real)
            path = await download(asset.source, self._directory, network=network)
            self._stack.callback(path.unlink, missing_ok=True)
            self._fetched[asset.source] = replace(asset, copy=str(path))
        return self._fetched[asset.source]


class _NoFiles:
    """Stands in for media desk and host where every source is a URL, so that neither is loaded."""

    async def examine(self, asset: Asset, wish: Wish) -> Seen:
        raise PressroomError(f"{asset.source} is no file ({wish}).")

    async def prepare(self, asset: Asset, wish: Wish, *, progress: Progress | None = None) -> Rendition:
        raise PressroomError(f"{asset.source} is no file ({wish}, {progress}).")

    async def ways(self, content_type: str) -> Sequence[Way]:
        raise PressroomError(f"There is no file to put up ({content_type}).")

    async def put(self, path: Path, *, content_type: str, lifetime_s: float, way: Way, owner: str) -> str:
        raise PressroomError(f"{path.name} has no address ({content_type}, {lifetime_s}, {way}, {owner}).")

    async def end_fetch(self, owner: str) -> None:
        """Nothing is open."""

    async def release(self, owner: str) -> None:
        """Nothing was put up."""

    async def aclose(self) -> None:
        """Nothing to stop."""


_NO_FILES = _NoFiles()
