"""What the control API acts on, and the conversion of its orders."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

import msgspec

from pressroom.sandbox.calls.scene import Scene
from pressroom.sandbox.recording.recorder import Recorder
from pressroom.sandbox.recording.replay import Replay
from pressroom.sandbox.settings import Fetch
from pressroom.sandbox.state.seeding import AccountSeed
from pressroom.sandbox.state.things import Account


class Owner(Protocol):
    """The part of the sandbox that the control API needs: `simulator` stands above it and is not imported."""

    scene: Scene
    token: str
    recorder: Recorder | None

    @property
    def user_id(self) -> str:
        """The id of the sandbox's own account."""
        ...

    def reset(self) -> None:
        """Return to the start."""
        ...

    def add_account(self, seed: AccountSeed) -> tuple[str, str]:
        """Add an account, and give its id and token. Raises ValueError for an id that is taken."""
        ...

    def record(self, path: Path | None) -> None:
        """Write every call from now on to a file; None stops."""
        ...

    async def replay(self, path: Path, *, fetch: Fetch | None) -> Replay:
        """Make the calls of a recording again, on a sandbox beside this one."""
        ...

    def export_state(self) -> bytes:
        """Give everything that exists as JSON."""
        ...

    def import_state(self, raw: bytes) -> None:
        """Replace everything by an exported state. Raises ValueError for anything else."""
        ...


class BadRequest(Exception):
    """The order is malformed or names something unknown; the text says what."""


@dataclass(frozen=True, slots=True)
class Controls:
    """What the control API acts on."""

    owner: Owner

    @property
    def scene(self) -> Scene:
        """What its calls share."""
        return self.owner.scene

    @property
    def user_id(self) -> str:
        """The id of the account that is shown and acted for."""
        return self.owner.user_id

    @property
    def token(self) -> str:
        """The account's own token."""
        return self.owner.token

    @property
    def account(self) -> Account:
        """The account that is shown and acted for."""
        return self.scene.world.accounts[self.user_id]

    def named(self, user_id: str | None) -> Account:
        """Find the account an order names; None is the sandbox's own. Raises BadRequest."""
        account = self.account if user_id is None else self.scene.world.account(user_id)
        if account is None:
            raise BadRequest(f"there is no account {user_id}")
        return account


Body = Mapping[str, Any]
Query = Mapping[str, str]
Action = Callable[[Controls, Query, Body], Any | Awaitable[Any]]
ActionT = TypeVar("ActionT", bound=Action)


class Actions(dict[tuple[str, str], Action]):
    """What the control API does, by method and name; each is put there by its function."""

    def orders(self, method: str, name: str) -> Callable[[ActionT], ActionT]:
        """Make the decorator of the function that an order calls."""

        def register(action: ActionT) -> ActionT:
            self[method, name] = action
            return action

        return register


def convert(body: Body, kind: type[Any]) -> Any:  # noqa: ANN401  # the kind asked for
    """Convert an order to its struct. Raises BadRequest."""
    try:
        return msgspec.convert(body, kind)
    except (msgspec.ValidationError, ValueError) as error:
        raise BadRequest(str(error)) from None
