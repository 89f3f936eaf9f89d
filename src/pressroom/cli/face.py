"""What a command works with."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pressroom.cli.console import Console
from pressroom.cli.surroundings import Surroundings
from pressroom.core.account import Account
from pressroom.core.errors import NotSent
from pressroom.core.settings import Settings, account_from_environment, settings_from_environment
from pressroom.graph.versions import warning_for
from pressroom.service import Pressroom, default_home

if TYPE_CHECKING:
    from pressroom.service.accounts import AccountDesk
    from pressroom.service.planning import Planner

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
        self._warn_of_version(account)
        return account

    def _warn_of_version(self, account: Account) -> None:
        if warning := warning_for(account.version, self.around.clock.now().date()):
            self.console.warn(warning)

    async def account_named(self, name: str | None) -> Account:
        """Read a stored account, or without a name the environment's.

        Raises NotFound, or SignInRequired, for one whose token cannot be had.
        """
        if name is None:
            return self.account()
        async with self.accounts() as desk:
            account = await desk.bundle(name)
        self._warn_of_version(account)
        return account

    def settings(self) -> Settings:
        """Read the other settings from the environment. Raises SettingRefused."""
        return settings_from_environment(self.around.environ, default_home=default_home())

    def accounts(self) -> "AbstractAsyncContextManager[AccountDesk]":
        """Open the store with its accounts."""
        from pressroom.service.accounts import open_accounts  # noqa: PLC0415  # loads SQLAlchemy

        return open_accounts(self.settings(), clock=self.around.clock, transport=self.around.transport)

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
    ) -> AsyncGenerator[Pressroom]:
        """Give the use-cases of an account, by default the environment's.

        Raises NotSent when its sandbox does not run.
        """
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
