"""What a person or a control program reaches: the page, permalinks, files, and the control API."""

from pressroom.sandbox.control.actions import ACTIONS
from pressroom.sandbox.control.app import PREFIX, ControlApp
from pressroom.sandbox.control.controls import Controls
from pressroom.sandbox.page.app import PageApp
from pressroom.sandbox.wire.answer import AsgiApp

_CONTROL_NAMES = frozenset(name for _, name in ACTIONS)


def front(controls: Controls, path: str) -> AsgiApp:
    """Give the app that answers a path which is not the Graph API's."""
    if path.removeprefix(PREFIX).strip("/") in _CONTROL_NAMES:
        return ControlApp(controls)
    return PageApp(controls)
