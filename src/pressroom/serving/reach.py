"""Where clients reach a server of ours: on this machine, or by a proxy that has the encryption.

`Reach` is what the server knows of that. `Reached` heeds what a proxy says of a request, and refuses what
came by another way than it should.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from pressroom.core.address import LOCAL_HOSTS
from pressroom.serving.guard import hostname, refuse_as_problem

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Reach:
    """Where clients reach a server.

    base_url: the address that we give out, without a slash at its end. proxies: the networks from which
    `X-Forwarded-Proto` and `X-Forwarded-Host` are heeded.
    """

    base_url: str
    proxies: tuple[Network, ...] = ()

    @property
    def is_secure(self) -> bool:
        """Whether clients elsewhere come by https."""
        return self.base_url.startswith("https://")

    @property
    def host(self) -> str:
        """The address's host name."""
        return urlsplit(self.base_url).hostname or ""

    @property
    def hosts(self) -> frozenset[str]:
        """The host names that a request may have: the address's own, and those of this machine."""
        return LOCAL_HOSTS | {self.host}


class Reached:
    """Passes on what this machine's own clients and the proxies ask; 403 for all else.

    A request from elsewhere, and one that came to a proxy without encryption, shows its key to the network.
    """

    def __init__(self, app: ASGIApp, reach: Reach) -> None:
        self._app = app
        self._reach = reach

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it before its body is read."""
        peer = ip_address((scope.get("client") or ("127.0.0.1", 0))[0].partition("%")[0])
        headers: Mapping[bytes, bytes] = dict(scope["headers"])
        is_proxied = any(peer in network for network in self._reach.proxies)
        forwarded = _forwarded(headers) if is_proxied else {}
        scheme = forwarded.get("proto", scope.get("scheme", "http"))
        host = forwarded.get("host", headers.get(b"host", b"").decode("latin-1"))
        # A proxy that was told no host name asks under one of this machine's.
        is_public = "proto" in forwarded or hostname(host.encode("latin-1")) == self._reach.host
        app = self._app
        if not (is_proxied or peer.is_loopback):
            app = refuse_as_problem("This server is reached by its proxy alone.")
        elif self._reach.is_secure and is_public and scheme != "https":
            app = refuse_as_problem("This server is reached by https alone, and the proxy has to say so.")
        elif forwarded:
            others = [header for header in scope["headers"] if header[0] != b"host"]
            named = [(b"host", host.encode("latin-1")), *others]
            scope = {**scope, "scheme": scheme, "headers": named}
        await app(scope, receive, send)


def _forwarded(headers: Mapping[bytes, bytes]) -> dict[str, str]:
    """Read what a proxy says of how the client asked it: `proto` and `host`."""
    # Each proxy of a row adds its own at the end, and only the last one is known.
    texts = {
        name: headers.get(f"x-forwarded-{name}".encode(), b"").decode("latin-1").rpartition(",")[2].strip()
        for name in ("proto", "host")
    }
    return {name: text.lower() for name, text in texts.items() if text}
