"""What the sandbox's tests share: a clock that stands still, and callers."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from pressroom.sandbox.settings import Processing, SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from tests.fakes.clock import FakeClock
from tests.sandbox.caller import Caller

Make = Callable[..., Caller]
PLAIN = SandboxSettings(fetch="trust", processing=Processing.at_once())


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def make(clock: FakeClock) -> Make:
    """Make a caller of a sandbox that takes URLs on trust and processes at once, unless told otherwise."""

    def build(**settings: Any) -> Caller:
        return Caller(Sandbox(replace(PLAIN, **settings), clock=clock))

    return build


@pytest.fixture
def caller(make: Make) -> Caller:
    return make()
