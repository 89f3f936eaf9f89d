"""Asks our own public address for a file, as Instagram would, and follows no redirect.

Unlike `preflight`, which judges other people's addresses, it knows what has to come.
"""

import asyncio
import hashlib
import socket

import aiohttp

from pressroom.core.errors import HostFailed
from pressroom.core.ways import RouteAnswer
from pressroom.hosting.network import Network, spelled

_LONGEST_S = 10.0
_TIMEOUT = aiohttp.ClientTimeout(total=_LONGEST_S, sock_connect=5, sock_read=5)
_CRAWLER = {"user-agent": "facebookexternalhit/1.1", "accept": "*/*", "accept-encoding": "identity"}
_FIRST_BYTE = {**_CRAWLER, "range": "bytes=0-0"}
# More than the file that is asked for has: a page in its place may be of any size.
_MOST_BYTES = 65_536
# Why no answer came; the first type that fits.
_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (TimeoutError, "nothing came in time"),
    (aiohttp.ClientSSLError, "it cannot be spoken to by TLS from here"),
    (aiohttp.ClientConnectorDNSError, "its name is not known here"),
    (socket.gaierror, "its name is not known here"),
    (Exception, "it cannot be reached from here"),
)


async def ask_route(url: str, *, sha256: str, network: Network) -> RouteAnswer:
    """Ask for a file by GET, by a part of it and by HEAD, within ten seconds. sha256: of the file.

    Raises HostFailed where no answer comes.
    """
    try:
        async with asyncio.timeout(_LONGEST_S):
            # Resolves the name, so that the connection goes to the very address that is judged.
            reason = await network.unreachable_reason(url)
            if reason is None:
                return await _asked(url, sha256, network)
    except aiohttp.ClientConnectorCertificateError:
        return RouteAnswer(status=0, content_type="", is_ours=False, is_trusted=False)
    except (aiohttp.ClientError, OSError, ValueError) as error:  # a TimeoutError is an OSError
        reason = next(words for kind, words in _REASONS if isinstance(error, kind))
    raise HostFailed(
        f"It gave no answer: {reason}.",
        fix="Open the address from another network; where the tunnel is down, start it again.",
    )


async def _asked(url: str, sha256: str, network: Network) -> RouteAnswer:
    async with aiohttp.ClientSession(
        connector=network.connector(),
        timeout=_TIMEOUT,
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=True,
    ) as session:
        async with session.get(spelled(url), headers=_CRAWLER, allow_redirects=False) as reply:
            body = await reply.content.read(_MOST_BYTES)
            status, content_type = reply.status, reply.content_type.lower()
        async with session.get(spelled(url), headers=_FIRST_BYTE, allow_redirects=False) as part:
            range_status = part.status
        async with session.head(spelled(url), headers=_CRAWLER, allow_redirects=False) as head:
            head_status = head.status
    return RouteAnswer(
        status=status,
        content_type=content_type,
        is_ours=hashlib.sha256(body).hexdigest() == sha256,
        range_status=range_status,
        head_status=head_status,
    )
