"""A pytest plugin: `instagram_sandbox` is a fresh sandbox on a port, for any HTTP client.

`instagram_pressroom` makes sessions of the library on it.
"""

import warnings
from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

# pytest loads every installed plugin in every run, so nothing of the sandbox is imported before it is used.
if TYPE_CHECKING:
    import pluggy

    from pressroom import Pressroom
    from pressroom.sandbox.clock import SandboxClock
    from pressroom.sandbox.faults import Faults
    from pressroom.sandbox.settings import SandboxSettings
    from pressroom.sandbox.simulator import PublishedMedia, Sandbox
    from pressroom.sandbox.wire.log import CallRecord


_UNUSED = "instagram_sandbox_unused_faults"
_DID_PASS: pytest.StashKey[bool] = pytest.StashKey()
_PACE = 10.0  # fast, and slow enough that no call takes longer than its timeout on a busy machine


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

    def order(self, name: str, **order: Any) -> Any:  # noqa: ANN401  # what the control API documents
        """Give an order of the control API: `order("comments", media_id=..., text="Hi")`.

        Raises ValueError for an unknown or malformed one.
        """
        return self.sandbox.order(name, **order)

    def add_account(self, username: str, **seed: Any) -> "tuple[str, str]":  # noqa: ANN401  # as `AccountSeed` lists
        """Add an account, and give its id and token. Raises ValueError for a malformed seed."""
        account = self.sandbox.order("accounts", username=username, **seed)
        return account["user_id"], account["token"]

    def plant_year(self, **year: Any) -> dict[str, Any]:  # noqa: ANN401  # as `sandbox.state.seeding.Year` lists
        """Give the account a year of media, and tell the truth planted in it: `plant_year(effect=0.3)`.

        Raises ValueError for a malformed year.
        """
        return self.sandbox.order("seed", year=year)["planted"]

    def reset(self) -> None:
        """Return to the start: no posts, faults or calls, one account, the real time."""
        self.sandbox.reset()

    def calls(self, path_suffix: str | None = None, method: str | None = None) -> "list[CallRecord]":
        """Give the calls made so far, oldest first, narrowed to a path's end and a method."""
        return self.sandbox.calls(path_suffix, method)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the setting of pytest that says what a planned fault does which never happened."""
    words = "What a planned fault of `instagram_sandbox` does that never happened: fail, warn or ignore."
    parser.addini(_UNUSED, words, default="fail")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: "pytest.CallInfo[None]"
) -> "Generator[None, pluggy.Result[pytest.TestReport]]":
    """Note whether the test itself passed, for the fixture's end."""
    outcome = yield
    if call.when == "call":
        item.stash[_DID_PASS] = outcome.get_result().passed


@pytest.fixture
def instagram_sandbox_settings() -> "SandboxSettings":
    """Give the settings of `instagram_sandbox`; override it to change them."""
    from pressroom.sandbox.settings import SandboxSettings  # noqa: PLC0415  # loads only where it is used

    # Suites invent their URLs; `real` would fetch them and refuse every container. A client that publishes
    # a container twice makes two media here, so that a test can see it; Meta's answer is not known.
    return SandboxSettings(fetch="trust", republish="second_media")


@pytest.fixture
def instagram_sandbox(
    instagram_sandbox_settings: "SandboxSettings", request: pytest.FixtureRequest
) -> Generator[InstagramSandbox]:
    """Give a fresh sandbox on a port of this machine."""
    from pressroom.sandbox.server import serving_in_thread  # noqa: PLC0415
    from pressroom.sandbox.simulator import Sandbox  # noqa: PLC0415  # loads only where it is used

    with serving_in_thread(Sandbox(instagram_sandbox_settings)) as served:
        yield InstagramSandbox(served.base_url, served.sandbox)
    # A test that failed or was skipped before it met the fault has said why.
    node: pytest.Item = request.node
    how = str(request.config.getini(_UNUSED)) if node.stash.get(_DID_PASS, False) else "ignore"
    unused = ", ".join(planned.words for planned in served.sandbox.faults.unused())
    if unused and how != "ignore":
        # The test did not try what it seems to.
        clear = f"Clear it (`faults.clear()`), or set {_UNUSED} = ignore."
        text = f"A planned fault never happened: {unused}. {clear}"
        if how != "warn":
            pytest.fail(text, pytrace=False)
        warnings.warn(text, stacklevel=1)


@pytest.fixture
def instagram_pressroom(instagram_sandbox: InstagramSandbox, tmp_path: Path) -> "Callable[..., Pressroom]":
    """Give a function that makes a session of the library on the sandbox, to be entered by `async with`.

    They share an empty data directory and the sandbox's clock, which runs ten times as fast; nothing of the
    environment counts. Keywords are those of `Pressroom`, such as `works=True` or `actor`.
    """
    from pressroom import Pressroom  # noqa: PLC0415  # loads only where it is used

    instagram_sandbox.clock.run(_PACE)
    environ = {
        "INSTAGRAM_ACCESS_TOKEN": instagram_sandbox.token,
        "INSTAGRAM_USER_ID": instagram_sandbox.user_id,
        "INSTAGRAM_API_BASE": instagram_sandbox.url,
        "PRESSROOM_HOME": str(tmp_path / "pressroom"),
    }
    return partial(Pressroom, environ=environ, clock=instagram_sandbox.clock)
