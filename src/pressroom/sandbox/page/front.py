"""What a person or a control program reaches: the page, permalinks, files, and the control API."""

from pressroom.sandbox.control.actions import ACTIONS
from pressroom.sandbox.control.app import PREFIX, ControlApp, refuse_order
from pressroom.sandbox.control.controls import Controls
from pressroom.sandbox.page.app import PageApp, is_open, refuse_page
from pressroom.sandbox.wire.answer import AsgiApp
from pressroom.serving.guard import Guard

_READS = ("GET", "HEAD")
_CONTROL_NAMES = frozenset(name for _, name in ACTIONS)


def front(controls: Controls, method: str, path: str) -> AsgiApp:
    """Give the app that answers a path which is not the Graph API's; what changes something is an order.

    Pages of other sites reach neither orders nor pages, but for the files that posts and pages are made of.
    """
    name = path.removeprefix(PREFIX).strip("/")
    if name in _CONTROL_NAMES or (name and path.startswith(PREFIX) and method not in _READS):
        return Guard(ControlApp(controls), controls.scene.names, refuse=refuse_order)
    page = PageApp(controls)
    if is_open(path):
        return page
    return Guard(page, controls.scene.names, may_follow=True, refuse=refuse_page)
