"""`Pressroom`: puts the rooms together and offers the use-cases. Every face calls this and nothing below it.

async with Pressroom.from_environment() as pressroom:
    post = await pressroom.publish(new_post(PostKind.PHOTO, ["cat.png"], caption="Hello"))
    print(post.permalink)
"""

import asyncio
import os
import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any, Self

from pressroom.client.client import Client
from pressroom.client.exchange import ExchangeRecord
from pressroom.client.pacing import ADAPTIVE, Pacing
from pressroom.core.account import Account
from pressroom.core.assets import (
    NO_EDITS,
    Asset,
    Edits,
    Finding,
    Fit,
    MediaReport,
    MediaType,
    Progress,
    Rendition,
    Seen,
    Target,
    Wish,
)
from pressroom.core.clock import SYSTEM_CLOCK, Clock
from pressroom.core.errors import PressroomError
from pressroom.core.journal import JournalEvent
from pressroom.core.post import Post, PostId, PostKind, PostOptions
from pressroom.core.protocols import Host, Journal, MediaDesk, Reply, Transport
from pressroom.core.settings import Settings, account_from_environment, settings_from_environment
from pressroom.core.ways import Way
from pressroom.graph import calls
from pressroom.graph.answers import Media, MediaProductType
from pressroom.graph.calls import Call, Method
from pressroom.graph.ids import MediaId
from pressroom.graph.limits import MediaUse
from pressroom.graph.metrics import metrics_for
from pressroom.insights.read import MediaInsights, media_insights
from pressroom.publish.context import Context
from pressroom.publish.journal import InMemoryJournal
from pressroom.publish.policy import CAREFUL, Policy
from pressroom.publish.preparation import Inspect, Preparation, ignore_progress, ignore_rendition, trust
from pressroom.publish.publisher import Publisher
from pressroom.publish.rehearsal import ignore_report, rehearse, reports_on
from pressroom.publish.validate import validate

LISTING_FIELDS = "id,media_type,media_product_type,caption,permalink,timestamp"


def new_post(kind: PostKind, sources: Sequence[str], **options: Any) -> Post:  # noqa: ANN401  # PostOptions' own
    """Make the post of files or URLs. `options` are the fields of `PostOptions`."""
    return Post(
        id=PostId(uuid.uuid4().hex),
        kind=kind,
        assets=tuple(Asset(source) for source in sources),
        options=PostOptions(**options),
    )


def default_home() -> Path:
    """Give the data directory used without PRESSROOM_HOME."""
    import platformdirs  # noqa: PLC0415  # only when no directory is set

    return platformdirs.user_data_path("pressroom", appauthor=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listeners:
    """Who is told of what happens meanwhile. All are called on the event loop and must return at once."""

    on_event: Callable[[JournalEvent], None] | None = None
    on_exchange: Callable[[ExchangeRecord], None] | None = None
    on_rendition: Callable[[Asset, Rendition], None] = ignore_rendition
    on_report: Callable[[Asset, MediaReport], None] = ignore_report
    on_progress: Callable[[Asset, float], None] = ignore_progress
    on_upload: Callable[[Asset, float], None] = ignore_progress


class Pressroom:
    """One account with everything needed to publish and measure. Use as an async context manager."""

    def __init__(
        self,
        account: Account,
        settings: Settings,
        *,
        transport: Transport | None = None,
        clock: Clock = SYSTEM_CLOCK,
        pacing: Pacing = ADAPTIVE,
        policy: Policy = CAREFUL,
        journal: Journal | None = None,
        listeners: Listeners | None = None,
    ) -> None:
        self.account = account
        self.settings = settings
        self._listeners = listeners or Listeners()
        self._policy = policy
        self._clock = clock
        self._journal = journal or InMemoryJournal(account, clock=clock, on_event=self._listeners.on_event)
        self._stack = AsyncExitStack()
        self._client = Client(
            account,
            transport or _network(clock),
            clock=clock,
            pacing=pacing,
            on_exchange=self._listeners.on_exchange,
        )

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None, **more: Any) -> Self:  # noqa: ANN401
        """Read account and settings from the environment; `more` goes to the constructor.

        Raises SignInRequired without a token, SettingRefused for a setting that cannot work.
        """
        env = os.environ if environ is None else environ
        return cls(
            account_from_environment(env), settings_from_environment(env, default_home=default_home()), **more
        )

    async def __aenter__(self) -> Self:
        self._stack.push_async_callback(self._client.aclose)
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self._stack.aclose()

    async def publish(self, post: Post) -> Post:
        """Publish now and give the live post; see `Publisher.publish` for what it raises."""
        self._check_urls(post)
        validate(post)
        async with AsyncExitStack() as stack:
            has_files = _has_files(post)
            preparation = Preparation(
                desk=self._desk() if has_files else _NO_FILES,
                host=self._hosts(stack) if has_files else _NO_FILES,
                inspect=inspector(self.account),
                on_rendition=self._listeners.on_rendition,
                on_progress=self._listeners.on_progress,
                on_upload=self._listeners.on_upload,
            )
            context = Context(client=self._client, journal=self._journal, policy=self._policy)
            post = await self._with_downloads(post, stack)
            return await Publisher(context=context, preparation=preparation).publish(post)

    async def rehearse(self, post: Post) -> list[Call[Any]]:
        """Check a post as publishing would and describe the calls it would make, in order. Makes none."""
        from pressroom.hosting.ways import ways_for  # noqa: PLC0415

        self._check_urls(post)
        validate(post)
        reports = await reports_on(post, self._check)
        for asset, report in reports.items():
            self._listeners.on_report(asset, report)
        return rehearse(
            post,
            self.account.user_id,
            reports,
            takes_snapshot=self._policy.takes_snapshot,
            is_uploaded=Way.UPLOAD in ways_for("video/mp4", self.account, self.settings)[:1],
        )

    async def check(
        self,
        path: Path,
        *,
        use: MediaUse | None = None,
        target: Target = Target.PLATFORM,
        fit: Fit = Fit.BLUR,
        ratio: Fraction | None = None,
        edits: Edits = NO_EDITS,
    ) -> MediaReport:
        """Hold Instagram's rules against a file. Raises MediaRefused when there is no file to look at.

        ratio: width : height that all items of a carousel share.
        """
        from pressroom.media.report import check  # noqa: PLC0415  # loads the decoders

        return await asyncio.to_thread(check, path, use=use, target=target, fit=fit, ratio=ratio, edits=edits)

    async def preflight(
        self, url: str, *, expects: MediaType | None = None, use: MediaUse | None = None
    ) -> tuple[Finding, ...]:
        """Fetch the beginning of a URL as Instagram would, and say what would make Instagram's fetch fail.

        expects, use: what it is to be; by default what its first bytes are, as a photo or a reel.
        """
        from pressroom.hosting.preflight import preflight  # noqa: PLC0415  # loads the HTTP client

        return (await preflight(url, expects=expects, use=use)).findings

    async def media(self, *, since: datetime | None = None, limit: int | None = None) -> AsyncIterator[Media]:
        """Give the account's published media, newest first, stories left out."""
        unix = int(since.timestamp()) if since else None
        call = calls.media_list(self.account.user_id, fields=LISTING_FIELDS, since=unix)
        async for media in self._client.pages(call, limit=limit):
            yield media

    async def insights(self, media_id: MediaId, metrics: Sequence[str] | None = None) -> MediaInsights:
        """Read a media's metrics; without names, all that its kind offers (one more call finds the kind)."""
        if metrics is None:
            media = await self._client.send(calls.media(media_id, fields="id,media_product_type"))
            metrics = metrics_for(media.media_product_type or MediaProductType.FEED, self.account.login_type)
        return await media_insights(self._client, media_id, metrics)

    async def raw(self, method: Method, path: str, params: Mapping[str, str]) -> Reply:
        """Send any call; secrets are masked in the answer."""
        return await self._client.raw(method, path, params)

    def _desk(self) -> MediaDesk:
        from pressroom.media.desk import Desk  # noqa: PLC0415  # loads the decoders

        return Desk(self.settings.renditions, ffmpeg_path=self.settings.ffmpeg_path)

    def _hosts(self, stack: AsyncExitStack) -> Host:
        from pressroom.hosting.ways import Hosts  # noqa: PLC0415  # loads a server

        hosts = Hosts(self.account, self.settings, clock=self._clock)
        stack.push_async_callback(hosts.aclose)
        return hosts

    def _check_urls(self, post: Post) -> None:
        from pressroom.hosting.ways import require_public  # noqa: PLC0415

        for asset in (*post.assets, *([post.options.cover] if post.options.cover else [])):
            if asset.is_url and not post.options.convert:
                require_public(asset.source, self.account)

    async def _with_downloads(self, post: Post, stack: AsyncExitStack) -> Post:
        """Replace URLs that are to be converted by files that are gone when publishing is over."""
        if not post.options.convert:
            return post
        from pressroom.hosting.download import download  # noqa: PLC0415  # loads the HTTP client

        async def local(asset: Asset) -> Asset:
            if not asset.is_url:
                return asset
            path = await download(asset.source, self.settings.home / "downloads")
            stack.callback(path.unlink, missing_ok=True)
            return Asset(str(path))

        cover = await local(post.options.cover) if post.options.cover else None
        assets = tuple([await local(asset) for asset in post.assets])
        return replace(post, assets=assets, options=replace(post.options, cover=cover))

    async def _check(self, path: Path, wish: Wish) -> MediaReport:
        return await self.check(
            path, use=wish.use, target=wish.target, fit=wish.fit, ratio=wish.ratio, edits=wish.edits
        )


def _network(clock: Clock) -> Transport:
    from pressroom.client.transport_aiohttp import AiohttpTransport  # noqa: PLC0415  # loads the HTTP client

    return AiohttpTransport(clock=clock)


def inspector(account: Account) -> Inspect:
    """Look at addresses before the real Instagram does. A sandbox judges them itself."""
    return _inspect if account.is_real else trust


async def _inspect(url: str, media_type: MediaType, use: MediaUse) -> Sequence[str]:
    from pressroom.hosting.preflight import require_fetchable  # noqa: PLC0415  # loads the HTTP client

    return await require_fetchable(url, expects=media_type, use=use)


def _has_files(post: Post) -> bool:
    cover = post.options.cover
    files = [*post.assets, *([cover] if cover else [])]
    return bool(post.options.convert) or any(not asset.is_url for asset in files)


class _NoFiles:
    """Stands for media desk and host where every source is a URL: neither is loaded."""

    async def examine(self, asset: Asset, wish: Wish) -> Seen:
        raise PressroomError(f"{asset.source} is no file ({wish}).")

    async def prepare(self, asset: Asset, wish: Wish, *, progress: Progress | None = None) -> Rendition:
        raise PressroomError(f"{asset.source} is no file ({wish}, {progress}).")

    async def ways(self, content_type: str) -> Sequence[Way]:
        raise PressroomError(f"There is no file to put up ({content_type}).")

    async def put(self, path: Path, *, content_type: str, lifetime_s: float, way: Way) -> str:
        raise PressroomError(f"{path.name} has no address ({content_type}, {lifetime_s:.0f} s, {way}).")

    async def release(self, url: str) -> None:
        """Nothing was put up."""

    async def aclose(self) -> None:
        """Nothing to stop."""


_NO_FILES = _NoFiles()
