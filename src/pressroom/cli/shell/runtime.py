"""What a command is run with: environment, clock, network. Tests pass their own."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pressroom.core.actor import Actor, is_attended
from pressroom.core.clock import SYSTEM_CLOCK, Clock

if TYPE_CHECKING:
    from pressroom.core.protocols import Transport
    from pressroom.service import Pacing, Policy


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
