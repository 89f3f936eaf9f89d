"""What a command's function works with."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pressroom.cli.shell.console import Console
from pressroom.cli.shell.once_a_day import is_first_today
from pressroom.cli.shell.runtime import Runtime
from pressroom.core.actor import Actor
from pressroom.core.settings import Settings, settings_from_environment

if TYPE_CHECKING:
    from pressroom.service import Listeners, Pressroom


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """A command's console and runtime, and the way to its session."""

    console: Console
    runtime: Runtime

    def session(
        self,
        account_name: str | None = None,
        *,
        listeners: "Listeners | None" = None,
        actor: Actor | None = None,
        works: bool = False,
    ) -> "Pressroom":
        """Build the session of a command, to be entered.

        account_name: the stored account it acts for. actor: who acts; None is whoever ran the command. With
        `--as` no person does. works: run a worker inside.
        """
        from pressroom.service import Listeners, Pressroom  # noqa: PLC0415  # loads the publisher

        runtime = self.runtime
        if actor is None or not actor.is_program:
            actor = runtime.program or actor
        return Pressroom(
            settings=self.settings(),
            account_name=account_name,
            actor=actor,
            works=works,
            environ=runtime.environ,
            transport=runtime.transport,
            clock=runtime.clock,
            pacing=runtime.pacing,
            policy=runtime.policy,
            is_attended=runtime.is_attended,
            listeners=replace(listeners or Listeners(), on_version=self._warn_of_version),
        )

    def _warn_of_version(self, version: str, warning: str) -> None:
        # Commands that run from cron each minute would otherwise repeat it all day.
        today = self.runtime.clock.now().date()
        if is_first_today(self.settings().home, version, today):
            self.console.warn(warning)

    def settings(self) -> Settings:
        """Read the settings from the environment. Raises SettingRefused."""
        return settings_from_environment(self.runtime.environ)
