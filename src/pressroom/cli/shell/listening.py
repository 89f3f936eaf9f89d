"""Opens the port of a command that listens, on this machine alone."""

import socket

from pressroom.core.address import LOCAL_HOSTS
from pressroom.core.errors import SettingRefused


def listening(host: str, port: int) -> "socket.socket":
    """Open the port. Raises SettingRefused where it is taken, and for a host that others reach, too."""
    from pressroom.serving.sockets import cannot_listen, listen  # noqa: PLC0415  # with a server alone

    if host not in LOCAL_HOSTS:
        raise SettingRefused(
            f"{host} is an address that other machines may reach, and there is no encryption here.",
            rule="host",
            value=host,
            limit=sorted(LOCAL_HOSTS),
            fix="Leave `--host` out; from another machine, forward the port: "
            f"`ssh -L {port}:127.0.0.1:{port}`.",
        )
    try:
        return listen(host, port)
    except OSError as error:
        raise cannot_listen(error, host, port, rule="port", fix="Name another one with `--port`.") from None
