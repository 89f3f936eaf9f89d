"""The host names that a sandbox answers to.

A web page of any site can make a name of its own resolve to this machine (DNS rebinding), so only names
that no other site can have are answered.
"""

import ipaddress
import secrets
from collections.abc import Iterable
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

import msgspec

from pressroom.graph.hosts import META_HOSTS
from pressroom.sandbox.wire.answer import GraphRefusal, HttpAnswer, Scope
from pressroom.serving.guard import NO_SNIFF, hostname

# Reserved by RFC 2606 and RFC 6761: nobody can register them, so no web page can be served from them.
_RESERVED: Final = (".localhost", ".test", ".invalid", ".example")
_MOST_SHOWN: Final = 100


class HostNames:
    """The host names that no other site can have: IP addresses, reserved and bare names, and allowed ones.

    allowed: further names, without a port. public_base: its host is allowed too.
    """

    def __init__(self, allowed: Iterable[str], public_base: str | None) -> None:
        base = None if public_base is None else urlsplit(public_base).hostname
        self._allowed = frozenset(name.lower() for name in (*allowed, base) if name)

        def judge(host: bytes) -> bool:
            name = hostname(host)
            return name in self or name in META_HOSTS

        # Asked for every call, and a client uses one or two names; 256 bounds what strangers can fill in.
        self._is_served = lru_cache(maxsize=256)(judge)

    def and_also(self, name: str) -> "HostNames":
        """Give these names and another one."""
        return HostNames((*self._allowed, name), None)

    def are_served(self, host: bytes) -> bool:
        """Tell whether a `Host` header is answered: an own name, or Meta's, which the proxy passes on."""
        return self._is_served(host)

    def __contains__(self, name: object) -> bool:
        """Tell whether a host name, without its port, is an own one."""
        if not isinstance(name, str):
            return False
        if name in self._allowed or name.endswith(_RESERVED):
            return True
        if "." not in name and ":" not in name:  # a bare name, as in Docker's networks
            return bool(name)
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True


def host_of(scope: Scope) -> bytes:
    """Give the `Host` header; empty without one."""
    return next((value for name, value in scope["headers"] if name == b"host"), b"")


def unknown_host_answer(host: bytes, path: str) -> HttpAnswer:
    """Make the 403 for a host name that is not answered, in the control API's or the Graph API's format."""
    shown_host = host.decode("latin-1")[:_MOST_SHOWN] or "none"
    text = (
        f"The sandbox does not answer to this host name: {shown_host}. It takes IP addresses, localhost, "
        "names without a dot and Meta's own. If the name is yours: pressroom sandbox serve --allow-host NAME."
    )
    refused = GraphRefusal(100, message=text, meta_type="GraphMethodException")
    envelope = refused.envelope(f"A{secrets.token_urlsafe(16)}")
    body = {"error": text} if path.startswith("/_sandbox/") else envelope
    return HttpAnswer(403, msgspec.json.encode(body), headers=[NO_SNIFF])
