"""`Pressroom`: the session. It wires the rooms together, opens each resource once, and offers the use-cases.

async with Pressroom() as pressroom:
    post = await pressroom.publish(new_post("photo", "cat.png", caption="Hello"))
    print(post.permalink)
"""

import asyncio
import os
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Self

from pressroom.client.pacing import ADAPTIVE, Pacing
from pressroom.core.account import Account
from pressroom.core.actor import Actor, is_attended
from pressroom.core.clock import SYSTEM_CLOCK, Clock
from pressroom.core.post import Post
from pressroom.core.protocols import Transport
from pressroom.core.settings import Settings, settings_from_environment
from pressroom.publish.machine.policy import CAREFUL, Policy
from pressroom.service.acting.acting import Acting
from pressroom.service.consent.gate import Gate
from pressroom.service.ground.resources import Listeners, Resources

if TYPE_CHECKING:
    from pressroom.service.accounts.accounts import AccountService
    from pressroom.service.consent.approvals import ApprovalService
    from pressroom.service.consent.keys import KeyService
    from pressroom.service.consent.pages import PageService
    from pressroom.service.consent.requests import RequestService
    from pressroom.service.insights.service import InsightService
    from pressroom.service.posts.at_once import AtOnce
    from pressroom.service.posts.feeds import FeedService
    from pressroom.service.posts.lists import PostLists
    from pressroom.service.posts.media import MediaService
    from pressroom.service.posts.posts import PostService
    from pressroom.service.posts.uploads import UploadService
    from pressroom.service.reports.reports import ReportService
    from pressroom.service.work.work import WorkService


class Session:
    """The use-cases, for one account and for a person or a program. A `Pressroom` is one that is opened."""

    def __init__(self, resources: Resources, acting: Acting, gate: Gate) -> None:
        self.settings: Settings = resources.settings
        self._resources = resources
        self._acting = acting
        self._gate = gate

    async def publish(self, post: Post, *, idempotency_key: str | None = None) -> Post:
        """Publish now and return the live post.

        With a store the post is stored before a byte leaves, and a running worker drives it if it can.

        idempotency_key: with the same content returns the same post, resumed where it stopped; with other
        content raises KeyReused.

        Raises Refused or MediaRefused before any call, GraphError, TransportError, HostFailed, Shortage,
        ContainerFailed or StillProcessing for a post that is not live, OutcomeUnknown for one that may be,
        StillWaiting where it goes out later by itself, NeedsApproval for a program, SignInRequired where
        there is no account to act for.
        """
        # A key creates the store: a promise that outlives the process has to be written down.
        if idempotency_key is None and not await self.keeps_posts():
            return await self._at_once.publish(post)
        accepted = await self.posts.accept(post, idempotency_key=idempotency_key)
        return await self.posts.see_through(accepted.post.id)

    async def keeps_posts(self) -> bool:
        """Tell whether `publish` goes by way of a store even without a key."""
        # A program needs one: its post is stored with its proposal until a person approves.
        return self._resources.works or self._resources.has_store or await self._gate.is_program()

    def acting_for(self, account: str) -> "Session":
        """Return a session of another account, by its id or its login's name, for the same person or program.

        All else is shared with this one, which ends it. What needs the account's token raises NotFound or
        SignInRequired where nobody is signed in to it.
        """
        return Session(self._resources, Acting(self._resources, None, account), self._gate)

    @cached_property
    def _at_once(self) -> "AtOnce":
        from pressroom.service.posts.at_once import AtOnce  # noqa: PLC0415  # loads the publisher

        return AtOnce(self._resources, self._acting)

    @cached_property
    def posts(self) -> "PostService":
        """Posts: publish, plan, change, approve and repair them."""
        from pressroom.service.posts.posts import PostService  # noqa: PLC0415  # loads SQLAlchemy

        return PostService(self._resources, self._acting, self._at_once, self._gate)

    @cached_property
    def lists(self) -> "PostLists":
        """Lists of posts, which `posts` offers, too: a command that lists loads nothing that publishes."""
        from pressroom.service.posts.lists import PostLists  # noqa: PLC0415  # loads the store's values

        return PostLists(self._resources, self._acting)

    @cached_property
    def feeds(self) -> "FeedService":
        """Calendars of what is planned, which calendar programs fetch."""
        from pressroom.service.posts.feeds import FeedService  # noqa: PLC0415  # where a page is served alone

        return FeedService(self._resources, self._gate, self.lists)

    @cached_property
    def accounts(self) -> "AccountService":
        """Accounts: sign them in and out, and tell which one this session acts for."""
        from pressroom.service.accounts.accounts import AccountService  # noqa: PLC0415  # loads the ciphers

        return AccountService(self._resources, self._acting, self._gate)

    @cached_property
    def approvals(self) -> "ApprovalService":
        """Proposals of programs, and people's decisions on them."""
        from pressroom.service.acting.obstacles import Obstacles  # noqa: PLC0415  # the same
        from pressroom.service.consent.approvals import ApprovalService  # noqa: PLC0415  # loads SQLAlchemy
        from pressroom.service.consent.changing import Changes  # noqa: PLC0415  # the same

        async def check(post: Post) -> object:
            from pressroom.service.posts.at_once import Checking  # noqa: PLC0415  # loads what decodes files

            return await Checking(self._acting).check_kept(post)

        changes = Changes(self._resources, self._gate, check)
        obstacles = Obstacles(self._resources, self._acting)
        return ApprovalService(changes, obstacles, lambda: {**self.accounts.carriers, **self.media.carriers})

    @cached_property
    def keys(self) -> "KeyService":
        """Keys by which programs come over HTTP."""
        from pressroom.service.consent.keys import KeyService  # noqa: PLC0415  # loads SQLAlchemy

        return KeyService(self._resources, self._gate)

    @cached_property
    def requests(self) -> "RequestService":
        """Requests of a program, which it may repeat when an answer was lost."""
        from pressroom.service.consent.requests import RequestService  # noqa: PLC0415  # loads SQLAlchemy

        return RequestService(self._resources, self._gate)

    @cached_property
    def pages(self) -> "PageService":
        """The pages that people look at and decide on: where they are, and who is let in."""
        from pressroom.service.consent.pages import PageService  # noqa: PLC0415  # where a page is served alone

        return PageService(self._resources, self._gate)

    @cached_property
    def media(self) -> "MediaService":
        """Check and convert files, and list published media."""
        from pressroom.service.posts.media import MediaService  # noqa: PLC0415  # loads the rules of files

        return MediaService(self._resources, self._acting, self._gate)

    @cached_property
    def uploads(self) -> "UploadService":
        """Files that programs send, for posts that are made of them within a day."""
        from pressroom.service.posts.uploads import UploadService  # noqa: PLC0415  # loads the rules of files

        return UploadService(self._resources, self._gate)

    @cached_property
    def insights(self) -> "InsightService":
        """The numbers of what is published."""
        from pressroom.service.insights.service import InsightService  # noqa: PLC0415  # questions that few ask

        return InsightService(self._acting)

    @cached_property
    def reports(self) -> "ReportService":
        """Reports that are asked for and fetched later."""
        from pressroom.service.reports.reports import ReportService  # noqa: PLC0415  # few ask for any

        return ReportService(self._acting, self._gate)

    @cached_property
    def work(self) -> "WorkService":
        """The worker, the state of its work, and upkeep of the store."""
        from pressroom.service.work.work import WorkService  # noqa: PLC0415  # loads SQLAlchemy

        return WorkService(self._resources, self._acting, self.lists, self._gate)


class Pressroom(Session):
    """Everything needed to publish and measure. Use as an async context manager; it opens without an account.

    account, account_name: acts for the stored account of that name; else for `account`, or that of a token in
    the environment; else for the store's default. settings: None reads them from the environment. works: run
    a worker inside, which publishes due posts, renews tokens and sends notices as the settings say. Of
    several processes on one store one works, and another takes over within seconds when it ends. transport,
    clock, pacing, policy, listeners: used by everything inside, the worker too. pacing: None is as fast as
    Meta's usage headers allow. policy: None is the careful one. actor: who acts; None is the owner of the
    process, who counts as a program where is_attended says that nobody is at a terminal, and
    PRESSROOM_REQUIRE_TERMINAL or the store requires one. In a known agent's shell it is the agent, a program,
    at a terminal too; not on a sandbox. find_local_zone: gives the name of the machine's time zone, in which
    planned times without a zone are read for the account of the environment; None refuses them. locale: such
    as `en_GB`, decides whether a time such as 12/10 is day first or month first; "" refuses it.

    The store is created when something is first stored. Constructing raises SettingRefused; entering with
    works raises StoreRefused or StoreFailed.
    """

    def __init__(
        self,
        account: Account | None = None,
        settings: Settings | None = None,
        *,
        account_name: str | None = None,
        environ: Mapping[str, str] | None = None,
        works: bool = False,
        transport: Transport | None = None,
        clock: Clock = SYSTEM_CLOCK,
        pacing: Pacing | None = None,
        policy: Policy | None = None,
        listeners: Listeners | None = None,
        actor: Actor | None = None,
        is_attended: Callable[[], bool] = is_attended,
        find_local_zone: Callable[[], str | None] | None = None,
        locale: str = "",
    ) -> None:
        env = os.environ if environ is None else environ
        resources = Resources(
            settings=settings or settings_from_environment(env),
            environ=env,
            clock=clock,
            pacing=pacing or ADAPTIVE,
            policy=policy or CAREFUL,
            listeners=listeners or Listeners(),
            transport=transport,
            works=works,
            find_local_zone=find_local_zone,
            locale=locale,
        )
        gate = Gate(resources, actor, is_attended, account.api_base if account else None)
        super().__init__(resources, Acting(resources, account, account_name), gate)
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        # First on the stack, so last to run: the worker inside still needs the store when it stops.
        self._stack.push_async_callback(self._resources.aclose)
        if self._resources.works:
            try:
                # In a thread: importing a worker's decoders and servers would stall the event loop.
                await asyncio.to_thread(import_module, "pressroom.service.work.worker")
                await self._stack.enter_async_context(self.work.beside())
            except BaseException:
                await self._stack.aclose()
                raise
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self._stack.aclose()
