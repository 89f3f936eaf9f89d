"""What a command's function works with: its console, its runtime, and the way to its session.

A `Runtime` is all that comes from outside the command line: environment, clock, network. Tests pass their
own.
"""

import contextlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pressroom.cli.shell.console import Console
from pressroom.core.actor import Actor, is_attended
from pressroom.core.clock import SYSTEM_CLOCK, Clock
from pressroom.core.settings import Settings, settings_from_environment

if TYPE_CHECKING:
    from pressroom.core.protocols import Transport
    from pressroom.service import Listeners, Pacing, Policy, Pressroom


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """Everything that a command takes from outside its command line.

    transport: carries the calls; None is the network. pacing, policy: None are the session's defaults.
    is_attended: whether a person is at a terminal. program: whoever runs it said that it is that program.
    """

    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    clock: Clock = SYSTEM_CLOCK
    pacing: "Pacing | None" = None
    policy: "Policy | None" = None
    transport: "Transport | None" = None
    is_attended: Callable[[], bool] = is_attended
    program: Actor | None = None


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
        # Who is a program already, such as an agent, stays that one under `--as`, too.
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
        """Warn once a day: commands that run from cron each minute would otherwise repeat it all day."""
        home = self.settings().home
        # Keyed by version, so that a change of INSTAGRAM_API_VERSION is warned about on the same day.
        record, warned = home / "version-warned", f"{version} {self.runtime.clock.now().date()}"
        with contextlib.suppress(OSError, UnicodeDecodeError):
            if record.read_text(encoding="utf-8") == warned:
                return
        # Where the data directory cannot be written, it is said each time.
        with contextlib.suppress(OSError):
            home.mkdir(mode=0o700, parents=True, exist_ok=True)
            record.write_text(warned, encoding="utf-8")
        self.console.warn(warning)

    def settings(self) -> Settings:
        """Read the settings from the environment. Raises SettingRefused."""
        return settings_from_environment(self.runtime.environ)
