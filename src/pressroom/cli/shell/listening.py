"""Opens the port of a command that listens, on this machine alone, or behind a proxy that encrypts.

`reach_of` reads what the command line says of the proxy, and `origins_of` the sites whose pages may ask.
"""

import re
import socket
from collections.abc import Sequence
from ipaddress import ip_network
from typing import TYPE_CHECKING, Final

from pressroom.core.address import LOCAL_HOSTS, shown_address, without_sign_in
from pressroom.core.errors import SettingRefused
from pressroom.core.reading_settings import parts_of
from pressroom.core.shortage import raise_descriptor_limit

if TYPE_CHECKING:
    from pressroom.serving.reach import Network, Reach

# As browsers send it: lower case, other scripts as xn--, and no pattern.
_HOST: Final = re.compile(r"[a-z0-9.-]+|[0-9a-f:.]+")


def listening(host: str, port: int, *, is_behind_proxy: bool | None = None) -> "socket.socket":
    """Raise the process's limit of open files as far as the system allows, and open the port.

    is_behind_proxy: whether a proxy has the encryption; None where no command takes one.
    Raises SettingRefused where it is taken, and without a proxy for a host that others reach, too.
    """
    from pressroom.serving.sockets import cannot_listen, listen  # noqa: PLC0415  # with a server alone

    if host not in LOCAL_HOSTS and not is_behind_proxy:
        proxied = (
            ""
            if is_behind_proxy is None
            else " To be reached by others, put a proxy with https before it, and name both: "
            "`--base-url https://HOST --trusted-proxy NETWORK`."
        )
        raise SettingRefused(
            f"{host} is an address that other machines may reach, and there is no encryption here.",
            rule="host",
            value=host,
            limit=sorted(LOCAL_HOSTS),
            fix="Leave `--host` out; from another machine, forward the port: "
            f"`ssh -L {port}:127.0.0.1:{port}`.{proxied}",
        )
    raise_descriptor_limit()
    try:
        return listen(host, port)
    except OSError as error:
        raise cannot_listen(error, host, port, rule="port", fix="Name another one with `--port`.") from None


def reach_of(base_url: str | None, proxies: Sequence[str]) -> "Reach | None":
    """Read `--base-url` and `--trusted-proxy`; None where neither is named.

    Raises SettingRefused for what is no address or no network, and for the one without the other.
    """
    from pressroom.serving.reach import Reach  # noqa: PLC0415  # loads a server

    address = None if base_url is None else _site(base_url, "--base-url", rule="base_url")
    networks, is_secure = tuple(map(_network, proxies)), (address or "").startswith("https:")
    if is_secure and not networks:
        raise SettingRefused(
            f"{address} is encrypted, and this server is not: it is not said which proxy is before it.",
            rule="base_url",
            value=address,
            limit="an https address, and the proxy that has its certificate",
            fix="Name the address from which the proxy asks, such as `--trusted-proxy 127.0.0.1`.",
        )
    if networks and not is_secure:
        raise SettingRefused(
            "A proxy is trusted, and it is not said at which https address it is reached.",
            rule="base_url",
            value=address,
            limit="https://HOST",
            fix="Name it, such as `--base-url https://press.example.com`.",
        )
    return None if address is None else Reach(address, networks)


def origins_of(texts: Sequence[str]) -> frozenset[str]:
    """Read the sites of `--cors-origin`. Raises SettingRefused for what is no site, and for `*`."""
    return frozenset(_site(text, "--cors-origin", rule="cors_origin") for text in texts)


def _site(text: str, option: str, *, rule: str) -> str:
    """Read an address without a path, of https or of this machine, and spell it as browsers do."""
    parts = parts_of(text.removesuffix("/"))
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOCAL_HOSTS)
    is_alone = not (parts.path or parts.query or parts.fragment or parts.username is not None)
    if not (is_safe and is_alone and _HOST.fullmatch(parts.hostname or "")):
        seen = shown_address(without_sign_in(text))
        raise SettingRefused(
            f"{option} is {seen!r}, which is not the address of one site.",
            rule=rule,
            value=seen,
            limit="https://HOST or https://HOST:PORT, or http on this machine; no path, and no *",
            fix="Spell it like https://press.example.com.",
        )
    usual = {"https": ":443", "http": ":80"}[parts.scheme]
    return f"{parts.scheme}://{parts.netloc.lower().removesuffix(usual)}"


def _network(text: str) -> "Network":
    try:
        network = ip_network(text)
    except ValueError as error:
        why = f"{text!r} is no network: {error}."
    else:
        if network.prefixlen:
            return network
        why = f"{text} is every address there is: whoever comes by plain http could say that it was https."
    raise SettingRefused(
        why,
        rule="trusted_proxy",
        value=text,
        limit="an IP address, or a network such as 10.0.0.0/24",
        fix="Name the address from which the proxy asks.",
    )
