"""What a command works with."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pressroom.cli.console import Console
from pressroom.cli.daily import is_first_today
from pressroom.cli.surroundings import Surroundings
from pressroom.core.account import Account
from pressroom.core.errors import NotSent, Refused
from pressroom.core.settings import (
    Settings,
    account_from_environment,
    default_home,
    settings_from_environment,
)
from pressroom.graph.versions import DEFAULT_VERSION, warning_for

if TYPE_CHECKING:
    from pressroom.service import Pressroom
    from pressroom.service.accounts import AccountDesk
    from pressroom.service.planning import Planner
    from pressroom.service.resolving import Resolver

_LEAVE_IT = "Leave it to a person, who runs the same at a terminal."
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """A command's console and surroundings, and the use-cases it may call."""

    console: Console
    around: Surroundings

    def account(self) -> Account:
        """Read the account from the environment, and warn about a version that is to end.

        Raises SignInRequired without a token, SettingRefused for a setting that cannot work.
        """
        account = account_from_environment(self.around.environ)
        # A sandbox takes any version; who sets one there means to use it elsewhere, too.
        if account.is_real or account.version != DEFAULT_VERSION or self._has_chosen_version():
            self._warn_of_version(account)
        return account

    def _has_chosen_version(self) -> bool:
        return bool(self.around.environ.get("INSTAGRAM_API_VERSION", "").strip())

    def _warn_of_version(self, account: Account) -> None:
        today = self.around.clock.now().date()
        warning = warning_for(account.version, today)
        if warning and is_first_today(self.settings().home, account.version, today):
            self.console.warn(warning)

    def require_terminal(self, fix: str = _LEAVE_IT) -> None:
        """Refuse to let something go out off a terminal, where PRESSROOM_REQUIRE_TERMINAL forbids that.

        fix: what may be done instead. Raises Refused.
        """
        if self.settings().requires_terminal and not self.around.is_attended():
            raise Refused(
                "This is not run at a terminal, and PRESSROOM_REQUIRE_TERMINAL lets nothing go out that no "
                "person there let go.",
                rule="require_terminal",
                limit="a person at a terminal",
                fix=fix,
            )

    async def chosen_account(self, name: str | None) -> str | None:
        """Name the stored account that a command acts for; None for the environment's.

        Without a name and without a token in the environment it is the store's default.
        """
        from pressroom.service import has_store  # noqa: PLC0415  # loads the publisher

        settings = self.settings()
        is_told = bool(self.around.environ.get("INSTAGRAM_ACCESS_TOKEN", "").strip())
        if name is not None or is_told or not has_store(settings):
            return name
        with self.planner() as planner:
            default = await planner.default_account()
            return default if await planner.account(default) else None

    async def account_named(self, name: str | None) -> Account:
        """Read a stored account, or without a name the one of `chosen_account`.

        Raises NotFound, or SignInRequired, for one whose token cannot be had.
        """
        name = await self.chosen_account(name)
        if name is None:
            return self.account()
        async with self.accounts() as desk:
            account = await desk.bundle(name)
        if account.is_real:
            self._warn_of_version(account)
        return account

    def settings(self) -> Settings:
        """Read the other settings from the environment. Raises SettingRefused."""
        return settings_from_environment(self.around.environ, default_home=default_home())

    def accounts(self) -> "AbstractAsyncContextManager[AccountDesk]":
        """Open the store with its accounts."""
        from pressroom.service.accounts import open_accounts  # noqa: PLC0415  # loads SQLAlchemy

        return open_accounts(self.settings(), clock=self.around.clock, transport=self.around.transport)

    def resolver(self) -> "AbstractAsyncContextManager[Resolver]":
        """Open the store to settle posts in doubt, with the environment's account where there is one."""
        from pressroom.service.resolving import open_resolver  # noqa: PLC0415  # loads SQLAlchemy

        is_told = bool(self.around.environ.get("INSTAGRAM_ACCESS_TOKEN", "").strip())
        own = self.account() if is_told else None
        around = self.around
        return open_resolver(self.settings(), own, clock=around.clock, transport=around.transport)

    def planner(self) -> "AbstractContextManager[Planner]":
        """Open the store with the posts that are planned."""
        from pressroom.service.planning import open_planner  # noqa: PLC0415  # loads SQLAlchemy

        return open_planner(self.settings(), clock=self.around.clock)

    @asynccontextmanager
    async def pressroom(
        self,
        *,
        account: Account | None = None,
        makes_calls: bool = True,
        **more: Any,  # noqa: ANN401  # Pressroom's own
    ) -> "AsyncGenerator[Pressroom]":
        """Give the use-cases of an account, by default the environment's.

        Raises NotSent when its sandbox does not run.
        """
        from pressroom.service import Pressroom  # noqa: PLC0415  # loads the publisher

        around, account = self.around, account or self.account()
        if makes_calls and around.transport is None:
            await _require_sandbox(account)
        async with Pressroom(
            account,
            self.settings(),
            transport=around.transport,
            clock=around.clock,
            pacing=around.pacing,
            policy=around.policy,
            **more,
        ) as pressroom:
            yield pressroom


async def _require_sandbox(account: Account) -> None:
    """Find out at once that a sandbox does not run, rather than after a long conversion."""
    parts = urlsplit(account.api_base)
    if parts.hostname not in LOOPBACK:
        return
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        _, writer = await asyncio.open_connection(parts.hostname, port)
    except OSError:
        raise NotSent(
            f"Nothing answers at {account.api_base}.",
            fix="Start it: `pressroom sandbox serve`; or correct INSTAGRAM_API_BASE.",
        ) from None
    writer.close()
    await writer.wait_closed()
