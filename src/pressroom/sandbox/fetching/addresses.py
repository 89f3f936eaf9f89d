"""Where files may be fetched from: the public network and this machine's loopback, no other local address.

A caller's URL must not make the sandbox read a cloud's metadata or a neighbour's router (SSRF). Loopback is
allowed, since tests and demos serve their files there.
"""

import errno
import ipaddress
import socket
from typing import Any, Final

AddrInfo = tuple[int, int, int, str, tuple[Any, ...]]
# Site-local networks and addresses of clouds' metadata services that `is_global` counts as public.
_LOCAL: Final = tuple(map(ipaddress.ip_network, ("192.0.0.0/24", "168.63.129.16/32", "fec0::/10")))
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
_LAST_32_BITS: Final = 0xFFFF_FFFF


class NotFetchedFrom(OSError):
    """The address belongs to a local network. The text names none: a host name may have several."""

    def __init__(self) -> None:
        text = "an address of a local network, which Instagram cannot reach; to take it: --fetch anywhere"
        super().__init__(errno.EACCES, text)


def is_fetched_from(address: str) -> bool:
    """Tell whether an IP address is public, or this machine's loopback."""
    given = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(given, ipaddress.IPv6Address):
        given = given.ipv4_mapped or given  # ::ffff:10.0.0.1 connects to 10.0.0.1
    return given.is_loopback or _is_public(given)


def _is_public(given: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Tell whether an address, or the IPv4 address that it embeds (NAT64, 6to4), is public."""
    if given in _NAT64:
        given = ipaddress.IPv4Address(int(given) & _LAST_32_BITS)
    elif isinstance(given, ipaddress.IPv6Address):
        given = given.sixtofour or given
    is_special = given.is_multicast or given.is_reserved or any(given in one for one in _LOCAL)
    return given.is_global and not is_special


def open_socket(target: AddrInfo) -> socket.socket:
    """Open the socket for a connection to an address. Raises NotFetchedFrom."""
    # The check is here and not on the host name: a second look-up, or a redirect, could give another address.
    family, kind, protocol, _, address = target
    if not is_fetched_from(str(address[0])):
        raise NotFetchedFrom
    return socket.socket(family, kind, protocol)
