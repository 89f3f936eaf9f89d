"""Chooses the sandbox's port. A command does so before it loads a server, so this file imports little."""

from typing import Final

from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.serving.sockets import cannot_listen, is_in_use, listen

USUAL_PORT: Final = 8378


def free_port(host: str, port: int | None) -> int:
    """Choose a port: the requested one; else the usual one, or 0 for any when that is in use.

    Raises SettingRefused when the requested one cannot be opened.
    """
    chosen = USUAL_PORT if port is None else port
    try:
        # Only a check: should another program take the port before the server does, that raises OSError.
        listen(host, chosen).close()
    except OSError as error:
        if port is None and is_in_use(error):
            return 0
        fix = Fix.of(
            "Choose another one (0 takes any), or end a sandbox that runs there: {}.",
            Remedy(RemedyKind.STOP_SANDBOX),
        )
        raise cannot_listen(error, host, chosen, rule="port", fix=fix) from error
    return chosen
