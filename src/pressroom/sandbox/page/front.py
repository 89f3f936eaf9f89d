"""Routes everything but the Graph API: the page, permalinks, files, and the control API."""

from pressroom.sandbox.control.actions import ACTIONS
from pressroom.sandbox.control.app import PREFIX, ControlApp, refuse_order
from pressroom.sandbox.control.controls import Controls
from pressroom.sandbox.page.app import PageApp, is_open, is_page, refuse_page, wants_page
from pressroom.sandbox.wire.answer import AsgiApp, Scope
from pressroom.serving.guard import Guard

_INSTAGRAM = "www.instagram.com"
_READS = ("GET", "HEAD")
_CONTROL_NAMES = frozenset(name for _, name in ACTIONS)


def front(controls: Controls, scope: Scope) -> AsgiApp:
    """Give the app for a path that is not the Graph API's.

    Pages of other sites are kept from orders and pages; only the files of posts and pages are open to them.
    """
    method, path = scope["method"], scope["path"]
    name = path.removeprefix(PREFIX).strip("/")
    # Under /_sandbox/ what is no page is an order, also an unknown one: programs get its error as JSON.
    is_order = method not in _READS or not (is_page(name) or wants_page(scope))
    if name in _CONTROL_NAMES or (name and path.startswith(PREFIX) and is_order):
        return Guard(ControlApp(controls), controls.scene.names, refuse=refuse_order)
    page = PageApp(controls)
    if is_open(path):
        return page
    # A client that came by Meta's names was given permalinks of theirs.
    names = controls.scene.names
    hosts = names if path.startswith(PREFIX) else names.and_also(_INSTAGRAM)
    # may_follow: a permalink in another site's page, or in a mail, opens as on Instagram.
    return Guard(page, hosts, may_follow=True, refuse=refuse_page)
