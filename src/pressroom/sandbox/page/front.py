"""What a person or a control program reaches: the page, permalinks, files, and the control API."""

from pressroom.sandbox.control.actions import ACTIONS
from pressroom.sandbox.control.app import PREFIX, ControlApp
from pressroom.sandbox.control.controls import Controls
from pressroom.sandbox.page.app import PageApp
from pressroom.sandbox.wire.answer import AsgiApp

_READS = ("GET", "HEAD")
_CONTROL_NAMES = frozenset(name for _, name in ACTIONS)


def front(controls: Controls, method: str, path: str) -> AsgiApp:
    """Give the app that answers a path which is not the Graph API's; what changes something is an order."""
    name = path.removeprefix(PREFIX).strip("/")
    if name in _CONTROL_NAMES or (name and path.startswith(PREFIX) and method not in _READS):
        return ControlApp(controls)
    return PageApp(controls)
