"""A pytest plugin: the fixture `instagram_sandbox` is a fresh sandbox on a port, for any HTTP client."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

# pytest loads every installed plugin in every run, so nothing of the sandbox is imported before it is used.
if TYPE_CHECKING:
    from pressroom.sandbox.clock import SandboxClock
    from pressroom.sandbox.faults import Faults
    from pressroom.sandbox.settings import SandboxSettings
    from pressroom.sandbox.simulator import PublishedMedia, Sandbox
    from pressroom.sandbox.wire.log import CallRecord


@dataclass(frozen=True, slots=True)
class InstagramSandbox:
    """The sandbox of one test. `url` has no version and no trailing slash; the token is invented."""

    url: str
    sandbox: "Sandbox"

    @property
    def token(self) -> str:
        """The account's token."""
        return self.sandbox.token

    @property
    def user_id(self) -> str:
        """The account's id."""
        return self.sandbox.user_id

    @property
    def faults(self) -> "Faults":
        """The faults to inject."""
        return self.sandbox.faults

    @property
    def clock(self) -> "SandboxClock":
        """The sandbox's clock."""
        return self.sandbox.clock

    @property
    def media(self) -> "list[PublishedMedia]":
        """The published media, newest first."""
        return self.sandbox.media

    def calls(self, path_suffix: str | None = None, method: str | None = None) -> "list[CallRecord]":
        """Give the calls made so far, oldest first, narrowed to a path's end and a method."""
        return self.sandbox.calls(path_suffix, method)


@pytest.fixture
def instagram_sandbox_settings() -> "SandboxSettings":
    """Give the settings of `instagram_sandbox`; override it to change them."""
    from pressroom.sandbox.settings import SandboxSettings  # noqa: PLC0415  # loads only where it is used

    # Suites invent their URLs; `real` would fetch them and refuse every container.
    return SandboxSettings(fetch="trust")


@pytest.fixture
def instagram_sandbox(instagram_sandbox_settings: "SandboxSettings") -> Generator[InstagramSandbox]:
    """Give a fresh sandbox on a port of this machine."""
    from pressroom.sandbox.simulator import Sandbox  # noqa: PLC0415  # loads only where it is used
    from pressroom.sandbox.threads import running  # noqa: PLC0415

    with running(Sandbox(instagram_sandbox_settings)) as served:
        yield InstagramSandbox(served.base_url, served.sandbox)
