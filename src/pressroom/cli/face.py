"""What a command works with."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pressroom.cli.console import Console
from pressroom.cli.daily import is_first_today
from pressroom.cli.surroundings import Surroundings
from pressroom.core.settings import Settings, default_home, settings_from_environment

if TYPE_CHECKING:
    from pressroom.service import Listeners, Pressroom

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """A command's console and surroundings, and the session it works by."""

    console: Console
    around: Surroundings

    def session(
        self,
        account_name: str | None = None,
        *,
        listeners: "Listeners | None" = None,
    ) -> "Pressroom":
        """Make the session of a command, to be entered. account_name: the stored account it acts for."""
        from pressroom.service import Listeners, Pressroom  # noqa: PLC0415  # loads the publisher

        around = self.around
        return Pressroom(
            settings=self.settings(),
            account_name=account_name,
            environ=around.environ,
            transport=around.transport,
            clock=around.clock,
            pacing=around.pacing,
            policy=around.policy,
            is_attended=around.is_attended,
            listeners=replace(listeners or Listeners(), on_version=self._warn_of_version),
        )

    def _warn_of_version(self, version: str, warning: str) -> None:
        today = self.around.clock.now().date()
        if is_first_today(self.settings().home, version, today):
            self.console.warn(warning)

    def settings(self) -> Settings:
        """Read the settings from the environment. Raises SettingRefused."""
        return settings_from_environment(self.around.environ, default_home=default_home())
