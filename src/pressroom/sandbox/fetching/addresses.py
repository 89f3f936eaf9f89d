"""Where files are fetched from: the public network and this machine's loopback, no other local address."""

import errno
import ipaddress
import socket
from typing import Any, Final

AddrInfo = tuple[int, int, int, str, tuple[Any, ...]]
# Sites' own addresses, and what clouds tell a machine about itself, where Python takes them for public.
_LOCAL: Final = tuple(map(ipaddress.ip_network, ("192.0.0.0/24", "168.63.129.16/32", "fec0::/10")))
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
_LAST_32_BITS: Final = 0xFFFF_FFFF


class NotFetchedFrom(OSError):
    """The address is one of a local network. All have the same text: a name may have several."""

    def __init__(self) -> None:
        text = "an address of a local network, which Instagram cannot reach; to take it: --fetch anywhere"
        super().__init__(errno.EACCES, text)


def is_fetched_from(address: str) -> bool:
    """Tell whether an IP address is public, or this machine's loopback."""
    given = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(given, ipaddress.IPv6Address):
        given = given.ipv4_mapped or given
    return given.is_loopback or _is_public(given)


def _is_public(given: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Judge an address by the IPv4 address that it may lead to."""
    if given in _NAT64:
        given = ipaddress.IPv4Address(int(given) & _LAST_32_BITS)
    elif isinstance(given, ipaddress.IPv6Address):
        given = given.sixtofour or given
    is_special = given.is_multicast or given.is_reserved or any(given in one for one in _LOCAL)
    return given.is_global and not is_special


def open_socket(target: AddrInfo) -> socket.socket:
    """Open the socket for an address, the very one that is connected to. Raises NotFetchedFrom."""
    family, kind, protocol, _, address = target
    if not is_fetched_from(str(address[0])):
        raise NotFetchedFrom
    return socket.socket(family, kind, protocol)
