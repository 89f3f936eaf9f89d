"""What the control API works on, and how its orders are read."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from pressroom.sandbox.scene import Scene
from pressroom.sandbox.state.things import Account


class BadRequest(Exception):
    """The control call makes no sense; the text says why."""


@dataclass(frozen=True, slots=True)
class Controls:
    """What the control API works on."""

    scene: Scene
    user_id: str
    token: str
    reset: Callable[[], None]

    @property
    def account(self) -> Account:
        """The account shown and acted for."""
        return self.scene.world.accounts[self.user_id]


Body = Mapping[str, Any]
Query = Mapping[str, str]
Action = Callable[[Controls, Query, Body], Any | Awaitable[Any]]


def convert(body: Body, kind: type[Any]) -> Any:  # noqa: ANN401  # the kind asked for
    """Read an order. Raises BadRequest."""
    try:
        return msgspec.convert(body, kind)
    except (msgspec.ValidationError, ValueError) as error:
        raise BadRequest(str(error)) from None
