"""`Pressroom`: puts the rooms together and offers the use-cases. Every face calls this and nothing below it.

async with Pressroom.from_environment() as pressroom:
    post = await pressroom.publish(new_post(PostKind.PHOTO, ["cat.png"], caption="Hello"))
    print(post.permalink)
"""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from pressroom.client.client import Client
from pressroom.client.pacing import ADAPTIVE, Pacing
from pressroom.core.account import Account
from pressroom.core.assets import NO_EDITS, Edits, Finding, Fit, MediaReport, MediaType, Target, Wish
from pressroom.core.clock import SYSTEM_CLOCK, Clock
from pressroom.core.errors import GraphError
from pressroom.core.post import IfLate, Post, PostId, PostState
from pressroom.core.protocols import Reply, Transport
from pressroom.core.repositories import PostQuery
from pressroom.core.settings import (
    Settings,
    account_from_environment,
    default_home,
    settings_from_environment,
)
from pressroom.core.ways import Way
from pressroom.graph import calls
from pressroom.graph.answers import Media, MediaProductType, Page
from pressroom.graph.calls import Call, Method
from pressroom.graph.ids import MediaId
from pressroom.graph.limits import MediaUse
from pressroom.graph.metrics import metrics_for, shared_metrics
from pressroom.insights.listed import listed_insights
from pressroom.insights.read import MediaInsights, media_insights
from pressroom.publish.context import Context
from pressroom.publish.journal import InMemoryJournal
from pressroom.publish.policy import CAREFUL, Policy
from pressroom.publish.publisher import Publisher
from pressroom.publish.rehearsal import rehearse, reports_on
from pressroom.publish.validate import validate
from pressroom.service.defaults import has_store
from pressroom.service.files import Files
from pressroom.service.listening import Listeners

if TYPE_CHECKING:
    from pressroom.service.keeping import Kept
    from pressroom.service.planning import Planned, Story
    from pressroom.store.store import Store

LISTING_FIELDS = "id,media_type,media_product_type,caption,permalink,timestamp"


@dataclass(frozen=True, slots=True)
class _Opened:
    """What stands while the block runs."""

    account: Account
    client: Client
    journal: InMemoryJournal


class Pressroom:
    """One account with everything needed to publish and measure. Use as an async context manager.

    account: None is the one of the environment, else the store's default. account_name: the stored account
    of that name. settings: None are the environment's. works: publish what is due and keep tokens alive
    meanwhile; of several processes on one store one does, and another takes over within seconds when it is
    gone. What needs a person is told as the settings say. A store is made when something is to be kept in it.
    Entering raises SignInRequired without an account, NotFound, StoreRefused or StoreFailed.
    """

    def __init__(
        self,
        account: Account | None = None,
        settings: Settings | None = None,
        *,
        account_name: str | None = None,
        works: bool = False,
        transport: Transport | None = None,
        clock: Clock = SYSTEM_CLOCK,
        pacing: Pacing = ADAPTIVE,
        policy: Policy = CAREFUL,
        listeners: Listeners | None = None,
    ) -> None:
        self.settings = settings or settings_from_environment(os.environ, default_home=default_home())
        self.clock = clock
        self._given = account
        self._account_name = account_name
        self._works = works
        self._transport = transport
        self._pacing = pacing
        self._policy = policy
        self._listeners = listeners or Listeners()
        self._stack = AsyncExitStack()
        self._opened: _Opened | None = None
        self._store: Store | None = None
        self._kept: Kept | None = None
        self._opening = asyncio.Lock()

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
        try:
            account = self._given or await self._found_account()
            self._opened = _Opened(account, self._client_of(account), self._journal_of(account))
            self._stack.push_async_callback(self._opened.client.aclose)
            if self._works:
                await self._start_working()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self._stack.aclose()

    @property
    def account(self) -> Account:
        """Whom it acts for."""
        return self._now.account

    @property
    def rides_store(self) -> bool:
        """Whether a post that is published now goes by way of a store, without a key too."""
        return self._works or has_store(self.settings)

    async def publish(self, post: Post, *, idempotency_key: str | None = None) -> Post:
        """Publish now and give the live post; see `Publisher.publish` for what it raises.

        With a store the post is kept before a byte leaves, and a running worker carries it if it can.
        idempotency_key: the same content answers with the same post, which is set going again where it
        stopped; other content raises KeyReused. May raise StillWaiting: the post goes out later by itself.
        """
        if idempotency_key is not None or self.rides_store:
            accepted = await self.accept(post, idempotency_key=idempotency_key)
            return await self.see_through(accepted.post.id)
        self._check_urls(post)
        async with AsyncExitStack() as stack:
            context = Context(client=self._now.client, journal=self._now.journal, policy=self._policy)
            preparation = self._files.preparation(post, stack)
            return await Publisher(context=context, preparation=preparation).publish(post)

    async def accept(
        self, post: Post, *, idempotency_key: str | None = None, is_left: bool = False
    ) -> "Planned":
        """Keep a post that is due now, for `see_through`; the two make up `publish` by way of the store.

        is_left: to a worker, in place of `see_through`.
        """
        return await (await self._place()).carrier.accept(post, idempotency_key, is_left=is_left)

    async def see_through(self, post_id: PostId) -> Post:
        """Bring a kept post live, or wait for the worker that does. Raises Refused for another account's."""
        return await (await self._place()).carrier.see_through(post_id)

    async def submit(
        self,
        post: Post,
        *,
        at: datetime | str = "now",
        timezone: str | None = None,
        if_late: IfLate = IfLate.PUBLISH,
        needs_approval: bool = False,
        idempotency_key: str | None = None,
    ) -> "Planned":
        """Keep a post for a worker, which publishes it when it is due.

        at: an aware time, or words such as `tomorrow 09:00` or `next slot`. timezone: of the words, IANA;
        None is the account's. Raises Refused for what Instagram would refuse, KeyReused as `publish` does.
        """
        place = await self._place()
        state = PostState.AWAITING_APPROVAL if needs_approval else PostState.SCHEDULED
        return await place.submit(
            post, at, timezone, state=state, if_late=if_late, idempotency_key=idempotency_key
        )

    async def show(self, post_id: str) -> "Story":
        """Give a post, named by the start of its id, with its history and what comes. Raises NotFound."""
        return await (await self._place()).planner.story(post_id)

    async def move(self, post_id: str, at: datetime | str, *, timezone: str | None = None) -> Post:
        """Give a post another due time. Raises NotFound, or Refused where it is too late."""
        return await (await self._place()).move(post_id, at, timezone)

    async def cancel(self, post_id: str) -> Post:
        """End a post that is not live. Raises NotFound, or Refused for one that is, or is on its way."""
        return await (await self._place()).planner.schedule.cancel(post_id)

    async def approve(self, post_id: str) -> Post:
        """Let a post that is held back go out. Raises NotFound, Refused."""
        return await (await self._place()).planner.schedule.approve(post_id)

    async def wait_for(self, post_id: PostId) -> Post:
        """Wait until nothing more happens to a post, whatever became of it: its `state` tells.

        A worker has to run, this one (`works`) or another; `listeners` are told when none goes on with it.
        A cancellation ends the waiting alone.
        """
        return await (await self._place()).carrier.wait_for(post_id)

    async def worker_pid(self) -> int | None:
        """Give the process that works on the store of this machine; None when none does."""
        return await (await self._place()).planner.worker_pid()

    def reached(self, post: Post) -> Post:
        """Give how far a post came that was published without a store, also when that was interrupted."""
        return self._now.journal.posts.get(post.id, post)

    async def rehearse(self, post: Post) -> Sequence[Call[Any]]:
        """Check a post as publishing would and describe the calls it would make, in order. Makes none."""
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
            uploaded={asset for asset, report in reports.items() if self._is_uploaded(report.media_type)},
        )

    def _is_uploaded(self, media_type: MediaType) -> bool:
        """Tell whether such a file is sent rather than fetched. Raises Refused where no way is set up."""
        from pressroom.hosting.ways import ways_for  # noqa: PLC0415  # loads a server

        return ways_for(f"{media_type}/*", self.account, self.settings)[0] is Way.UPLOAD

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
        from pressroom.media.report import check  # noqa: PLC0415  # loads the media desk

        return await check(path, use=use, target=target, fit=fit, ratio=ratio, edits=edits)

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
        async for media in self._now.client.pages(self._listing(since), limit=limit):
            yield media

    def _listing(self, since: datetime | None) -> Call[Page[Media]]:
        unix = int(since.timestamp()) if since else None
        return calls.media_list(self.account.user_id, fields=LISTING_FIELDS, since=unix)

    async def insights(self, media_id: MediaId, metrics: Sequence[str] | None = None) -> MediaInsights:
        """Read a media's metrics; without names, all that its kind offers (one more call finds the kind)."""
        if metrics is None:
            media = await self._now.client.send(calls.media(media_id, fields="id,media_product_type"))
            metrics = metrics_for(media.media_product_type or MediaProductType.FEED, self.account.login_type)
        return await media_insights(self._now.client, media_id, metrics)

    async def all_insights(
        self, *, since: datetime | None = None
    ) -> AsyncIterator[tuple[Media, MediaInsights | GraphError]]:
        """Give all media with the metrics that feed posts and reels share, newest first, 50 to a call.

        An error stands for a media that cannot be read. Stories are left out.
        """
        metrics = shared_metrics(self.account.login_type)
        async for found in listed_insights(self._now.client, self._listing(since), metrics):
            yield found

    async def raw(self, method: Method, path: str, params: Mapping[str, str]) -> Reply:
        """Send any call; secrets are masked in the answer."""
        return await self._now.client.raw(method, path, params)

    async def list(self, *states: PostState, limit: int = 100) -> tuple[Post, ...]:
        """Give the account's posts in these states, or in all, by due time."""
        place = await self._place()
        query = PostQuery(states=states, account=place.identity.account, limit=limit)
        return (await place.planner.schedule.page(query)).posts

    def _check_urls(self, post: Post) -> None:
        from pressroom.hosting.ways import require_public  # noqa: PLC0415

        for asset in (*post.assets, *([post.options.cover] if post.options.cover else [])):
            if asset.is_url and not post.options.convert:
                require_public(asset.source, self.account)

    async def _found_account(self) -> Account:
        """Give the named account, else the environment's, else the store's default."""
        is_told = bool(os.environ.get("INSTAGRAM_ACCESS_TOKEN", "").strip())
        if self._account_name is None and (is_told or not has_store(self.settings)):
            return account_from_environment(os.environ)
        from pressroom.service import keeping  # noqa: PLC0415  # loads SQLAlchemy

        store = await self._opened_store()
        name = self._account_name or await keeping.default_name(store, self.settings, self.clock)
        account = await keeping.stored_account(store, self.settings, name)
        self._account_name = name
        return account

    async def _opened_store(self) -> "Store":
        from pressroom.service import keeping  # noqa: PLC0415  # loads SQLAlchemy

        if self._store is None:
            self._store = await self._stack.enter_async_context(
                keeping.opened_store(self.settings, self.clock)
            )
        return self._store

    async def _place(self) -> "Kept":
        """Give the account's place in the store, which is made when there is none."""
        from pressroom.service import keeping  # noqa: PLC0415  # loads SQLAlchemy

        async with self._opening:
            if self._kept is None:
                self._kept = await keeping.kept(
                    self.account,
                    self._account_name,
                    store=await self._opened_store(),
                    client=self._now.client,
                    files=self._files,
                    policy=self._policy,
                    works=self._works,
                )
            return self._kept

    async def _start_working(self) -> None:
        # The decoders and servers that a worker loads must not hold up the loop.
        await asyncio.to_thread(import_module, "pressroom.service.keeping")
        place = await self._place()
        await self._stack.enter_async_context(place.working(self._policy))

    @property
    def _now(self) -> _Opened:
        assert self._opened is not None, "use it in an `async with` block"
        return self._opened

    @property
    def _files(self) -> Files:
        return Files(
            account=self.account, settings=self.settings, clock=self.clock, listeners=self._listeners
        )

    def _client_of(self, account: Account) -> Client:
        return Client(
            account,
            self._transport or _network(self.clock),
            clock=self.clock,
            pacing=self._pacing,
            on_exchange=self._listeners.on_exchange,
        )

    def _journal_of(self, account: Account) -> InMemoryJournal:
        return InMemoryJournal(account, clock=self.clock, on_event=self._listeners.on_event)

    async def _check(self, path: Path, wish: Wish) -> MediaReport:
        return await self.check(
            path, use=wish.use, target=wish.target, fit=wish.fit, ratio=wish.ratio, edits=wish.edits
        )


def _network(clock: Clock) -> Transport:
    from pressroom.client.transport_aiohttp import AiohttpTransport  # noqa: PLC0415  # loads the HTTP client

    return AiohttpTransport(clock=clock)
