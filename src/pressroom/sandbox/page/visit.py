"""One request for a page: the account it shows, and the time."""

from dataclasses import dataclass

from pressroom.sandbox.calls.scene import Scene
from pressroom.sandbox.control.controls import Controls
from pressroom.sandbox.state.things import Account
from pressroom.sandbox.state.world import World

ROOT = "/_sandbox/"
_DAY_S, _HOUR_S, _MINUTE_S = 86_400, 3_600, 60


@dataclass(frozen=True, slots=True)
class Visit:
    """One request for a page of an account. now: unix seconds of the sandbox's clock."""

    controls: Controls
    account: Account
    now: float

    @property
    def scene(self) -> Scene:
        """What the sandbox's calls share."""
        return self.controls.scene

    @property
    def world(self) -> World:
        """Everything that exists."""
        return self.controls.scene.world

    @property
    def is_main(self) -> bool:
        """Whether the account is the sandbox's own, which the control API acts for unless told otherwise."""
        return self.account.id == self.controls.user_id

    @property
    def home(self) -> str:
        """The path of the account's profile."""
        return ROOT if self.is_main else f"{ROOT}accounts/{self.account.id}/"

    def of(self, account: Account) -> "Visit":
        """Give the same request for another account."""
        return Visit(self.controls, account, self.now)


def age_of(seconds: float) -> str:
    """Format an age as a phone does, as in `3 d`."""
    for unit_s, name in ((_DAY_S, "d"), (_HOUR_S, "h"), (_MINUTE_S, "min")):
        if seconds >= unit_s:
            return f"{int(seconds // unit_s)} {name}"
    return "now"
