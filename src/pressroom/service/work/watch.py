"""`Watch`: observes a worker: serves metrics and health over HTTP, and sends notices to people."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from pressroom.client.client import ExchangeRecord
from pressroom.core.clock import SYSTEM_CLOCK, Clock
from pressroom.core.post import Post
from pressroom.core.settings import Settings
from pressroom.service.ground.served import address_of
from pressroom.service.work.notify import TOLD, Teller
from pressroom.service.work.ways import Channel, Command, Webhook
from pressroom.store.store import Store, open_store

if TYPE_CHECKING:
    from pressroom.service.work.metrics import Metrics


def channels_of(settings: Settings, environ: Mapping[str, str]) -> tuple[Channel, ...]:
    """Return the channels that are set up. environ: of the program that is run; holds no secret of ours.

    Loads Apprise where it is asked for. Raises SettingRefused where that is not installed, or does not know
    an address.
    """
    channels = list[Channel]()
    if settings.notify_command:
        channels.append(Command(settings.notify_command, environ))
    if settings.notify_url:
        channels.append(Webhook(settings.notify_url, settings.notify_secret))
    if settings.notify_apprise:
        from pressroom.service.work.apprise import apprise_channels  # noqa: PLC0415  # where it is set alone

        channels.extend(apprise_channels(settings.notify_apprise))
    return tuple(channels)


class Address(NamedTuple):
    """Where metrics are served; port 0 is any free one."""

    host: str
    port: int


@dataclass(slots=True, kw_only=True)
class Watch:
    """Watches one worker, which calls `saved` and `called`.

    environ: of the program that takes notices; holds no secret of ours. mask: hides secrets in notices.
    metrics_at: None serves nothing. is_driving: set by whoever starts the worker.
    """

    settings: Settings
    environ: Mapping[str, str]
    mask: Callable[[str], str]
    clock: Clock = SYSTEM_CLOCK
    metrics_at: Address | None = None
    is_driving: bool = False
    _metrics: "Metrics | None" = field(default=None, init=False)
    _teller: Teller | None = field(default=None, init=False)

    def saved(self, was: Post, post: Post) -> None:
        """Count a change of a post; have a person told at once where it needs one."""
        if self._metrics:
            self._metrics.saved(was, post)
        if self._teller and post.state is not was.state and post.state in TOLD:
            self._teller.soon.set()

    def called(self, record: ExchangeRecord) -> None:
        """Count a call."""
        if self._metrics:
            self._metrics.called(record)

    @asynccontextmanager
    async def beside(self) -> AsyncGenerator[str | None]:
        """Watch while the block runs; yields the base URL of the metrics, None when they are not served.

        Raises SettingRefused, StoreRefused or StoreFailed.
        """
        # In a thread: loading Apprise and its services would stall the event loop.
        channels = await asyncio.to_thread(channels_of, self.settings, self.environ)
        async with AsyncExitStack() as stack:
            if not channels and not self.metrics_at:
                yield None
                return
            # A second opening on purpose: with connections of its own a slow listener holds up no post.
            store = stack.enter_context(open_store(self.settings.store, clock=self.clock))
            if channels:
                await stack.enter_async_context(self._telling(store, channels))
            yield await stack.enter_async_context(self._serving(store)) if self.metrics_at else None

    @asynccontextmanager
    async def _telling(self, store: Store, channels: tuple[Channel, ...]) -> AsyncGenerator[None]:
        self._teller = Teller(
            store=store,
            clock=self.clock,
            channels=channels,
            mask=self.mask,
            page=lambda: address_of(self.settings, "/approvals"),
        )
        task = asyncio.create_task(self._teller.run(), name="notices")
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    @asynccontextmanager
    async def _serving(self, store: Store) -> AsyncGenerator[str]:
        from pressroom.service.work.metrics import (  # noqa: PLC0415  # where metrics are asked for alone
            Metrics,
            metrics_app,
            serving_metrics,
        )

        assert self.metrics_at
        self._metrics = Metrics()
        app = metrics_app(store, self.clock, self._metrics, lambda: self.is_driving)
        async with serving_metrics(app, *self.metrics_at) as url:
            yield url
