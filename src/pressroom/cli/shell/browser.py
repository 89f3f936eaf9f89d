"""Opens an address in the person's browser, where there is one."""

import sys
import threading
import webbrowser

from pressroom.cli.shell.invocation import Invocation

# Some browsers return only when they are closed.
_WAITED_S = 5.0


def has_browser(invocation: Invocation) -> bool:
    """Tell whether a browser with windows can be opened for whoever is at the terminal."""
    # Without a display a text browser would take the terminal over.
    environ = invocation.runtime.environ
    has_display = sys.platform != "linux" or environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY")
    return invocation.runtime.is_attended() and bool(has_display) and not environ.get("SSH_CONNECTION")


def open_in_browser(address: str, *, is_waited_for: bool = False) -> None:
    """Open an address. is_waited_for: a few seconds, where the process would else end before it is opened."""
    opening = threading.Thread(target=webbrowser.open, args=(address,), daemon=True)
    opening.start()
    if is_waited_for:
        opening.join(_WAITED_S)
