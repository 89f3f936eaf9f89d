"""What a command finds around it: environment, clock, network. Tests hand in their own."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from pressroom.client.pacing import ADAPTIVE, Pacing
from pressroom.core.clock import SYSTEM_CLOCK, Clock
from pressroom.core.protocols import Transport
from pressroom.publish.policy import CAREFUL, Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Everything a command takes from outside of its command line.

    transport: carries the calls; None is the network.
    """

    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    clock: Clock = SYSTEM_CLOCK
    pacing: Pacing = ADAPTIVE
    policy: Policy = CAREFUL
    transport: Transport | None = None
