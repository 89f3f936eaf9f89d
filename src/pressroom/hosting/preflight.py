"""Asks for a URL as Instagram would, before Instagram does.

`preflight` fetches the beginning of somebody's URL, and checks it for what makes Instagram's fetch fail.
Instagram may reach what this machine cannot (another network, a proxy, a router that does not lead back in):
such a finding is advice and no reason to refuse. So is one that is merely unusual.

`ask_route` asks our own public address for a file, follows no redirect, and knows what has to come.
Source: https://developers.facebook.com/docs/instagram-platform/content-publishing/
"""

import asyncio
import hashlib
import re
import socket
from dataclasses import dataclass, field

import aiohttp

from pressroom.core.address import shown_address
from pressroom.core.assets import Finding, MediaType
from pressroom.core.errors import HostFailed, Refused
from pressroom.core.protocols import RouteAnswer
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.shortage import descriptor_share, shortage_of
from pressroom.graph.limits import COVER_LIMITS, IMAGE_LIMITS, MB, VIDEO_LIMITS, MediaUse
from pressroom.hosting.network import REDIRECTS, Network, joined, spelled
from pressroom.media.child import FairSemaphore
from pressroom.media.sniff import HEAD_BYTES, Kind, sniff

# Each is a connection of its own: the addresses of a crowd of posts are looked at by and by.
_LOOKS = FairSemaphore(descriptor_share(32, each=2))
_LONGEST_S = 10.0
# The total is `_LONGEST_S`, over all redirects and retries.
_TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=5, sock_read=5)
_MAX_REDIRECTS = 3
_OK, _PARTIAL, _NOT_SATISFIABLE = 200, 206, 416
# What hosts answer for a moment: a CDN that still prepares the file, or too many requests.
_BUSY = frozenset({423, 425, 429, 500, 502, 503, 504})
_WAITS_S = (1.0, 2.0)
# Meta's crawler: hosts may answer it otherwise than a browser.
_CRAWLER = {"user-agent": "facebookexternalhit/1.1", "accept": "*/*", "accept-encoding": "identity"}
_HEADERS = {**_CRAWLER, "range": f"bytes=0-{HEAD_BYTES - 1}"}
_KINDS: dict[MediaType, Kind] = {"image": Kind.IMAGE, "video": Kind.VIDEO}
# Why no answer came: rule and reason; the first type that fits, so subclasses come first.
_REASONS: tuple[tuple[type[Exception], str, str], ...] = (
    (TimeoutError, "reached", "no answer in time"),
    (aiohttp.ClientSSLError, "certificate", "it cannot be spoken to by TLS from here"),
    (aiohttp.ClientPayloadError, "answer", "its answer broke off, or cannot be unpacked"),
    (aiohttp.ClientResponseError, "answer", "its answer cannot be read as HTTP"),
    (aiohttp.ServerDisconnectedError, "answer", "it hung up without an answer"),
    (socket.gaierror, "name", "its name is not known here"),
    (Exception, "reached", "it cannot be reached from here"),
)
_PAGE = re.compile(rb"\s*(<!doctype html|<html|<head)", re.IGNORECASE)
_TOTAL = re.compile(r"bytes (?:\d+-\d+|\*)/(\d+)")
# Types that name no kind of file, and MP4's less usual one.
_VAGUE = ("application/octet-stream", "binary/octet-stream", "application/mp4")
_OPENS = "Use an address that opens from anywhere without signing in."


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    content_type: str
    length: int | None
    head: bytes
    encoding: str = ""
    is_challenge: bool = False


@dataclass(slots=True)
class _Look:
    """One check of a URL: the findings so far. expects: None until the first bytes have told the type."""

    expects: MediaType | None
    use: MediaUse | None
    network: Network
    is_busy: bool = False
    findings: list[Finding] = field(default_factory=list[Finding])

    def note(self, rule: str, value: str, limit: str, *, is_met: bool, fix: Fix | str = _OPENS) -> bool:
        advice = fix if isinstance(fix, Fix) else Fix(fix)
        self.findings.append(
            Finding(
                rule=rule, value=value, limit=limit, is_met=is_met, fix=advice.text, remedies=advice.remedies
            )
        )
        return is_met

    def advise(self, rule: str, value: str, limit: str, fix: str) -> None:
        self.findings.append(
            Finding(rule=rule, value=value, limit=limit, is_met=False, fix=fix, is_advice=True)
        )


@dataclass(frozen=True, slots=True)
class Preflight:
    """The findings at a URL, in the order of the checks.

    media_type: what it was taken for; None when no bytes came. A finding with `is_advice` is no reason to
    refuse. is_busy: whether a later fetch may succeed.
    """

    media_type: MediaType | None
    findings: tuple[Finding, ...]
    is_busy: bool = False

    @property
    def broken(self) -> Finding | None:
        """The first rule that makes Instagram's fetch fail."""
        return next((finding for finding in self.findings if not (finding.is_met or finding.is_advice)), None)

    @property
    def advice(self) -> tuple[Finding, ...]:
        """The findings that refuse nothing."""
        return tuple(finding for finding in self.findings if finding.is_advice)


async def preflight(
    url: str,
    *,
    expects: MediaType | None = None,
    use: MediaUse | None = None,
    network: Network | None = None,
) -> Preflight:
    """Fetch the first kilobyte of a URL and check it, within ten seconds.

    Asks a host that is busy three times. Stops at a broken rule after which there is nothing left to check.
    expects, use: what the file is to be; by default what its first bytes say, as a photo or a reel.
    Raises Shortage.
    """
    look = _Look(expects, use, network or Network())
    try:
        async with _LOOKS.turn(), asyncio.timeout(_LONGEST_S):
            answer = await _fetch(look, url)
    except aiohttp.ClientConnectorCertificateError:
        look.note("certificate", "its certificate is not trusted", "a valid certificate", is_met=False)
    except (aiohttp.ClientError, OSError) as error:  # a TimeoutError is an OSError
        if shortage := shortage_of(error):
            raise shortage from None
        # As advice: the cause may be this machine's network, not the host.
        rule, reason = next(cause for kind, *cause in _REASONS if isinstance(error, kind))
        look.advise(rule, reason, "an answer", "Open the address from another network to be sure.")
    else:
        if answer is not None:
            _judge(look, answer)
    return Preflight(look.expects, tuple(look.findings), look.is_busy)


async def require_fetchable(
    url: str,
    *,
    expects: MediaType | None = None,
    use: MediaUse | None = None,
    network: Network | None = None,
) -> list[str]:
    """Give the advice on a URL as texts. Raises Refused, naming the check, when its fetch would fail."""
    report = await preflight(url, expects=expects, use=use, network=network)
    address, broken = shown_address(url), report.broken
    if broken is not None:
        refusal = Refused(
            f"Instagram would fail to fetch {address}: {broken.value} (needed: {broken.limit}).",
            rule=f"url_{broken.rule}",
            value=broken.value,
            limit=broken.limit,
            fix=Fix(broken.fix, broken.remedies),
        )
        refusal.retryable = report.is_busy
        raise refusal
    return [f"{address}: {advice.value} (usual: {advice.limit}). {advice.fix}" for advice in report.advice]


async def _fetch(look: _Look, url: str) -> _Answer | None:
    """Fetch a URL, and retry a host that is busy; None when a rule is broken on the way."""
    async with aiohttp.ClientSession(
        connector=look.network.connector(),
        timeout=_TIMEOUT,
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=True,
    ) as session:
        for wait_s in _WAITS_S:
            answer = await _follow(look, session, url)
            if answer is None or answer.status not in _BUSY:
                return answer
            await look.network.pause(wait_s)
            look.findings.clear()  # the next try notes the same rules
        return await _follow(look, session, url)


async def _follow(look: _Look, session: aiohttp.ClientSession, url: str) -> _Answer | None:
    """Follow redirects to the answer, checking each address; None when a rule is broken on the way."""
    for redirects in range(_MAX_REDIRECTS + 1):
        # Before anything is sent there, to each address that a redirect leads to as well.
        scheme = url.partition(":")[0].strip().lower()
        if not look.note("https", scheme or "none", "https", is_met=scheme == "https"):
            return None
        reason = await look.network.unreachable_reason(url)
        limit = "an address on the internet"
        if not look.note("public_address", reason or "public", limit, is_met=not reason):
            return None
        async with session.get(spelled(url), headers=_HEADERS, allow_redirects=False) as reply:
            try:
                if reply.status not in REDIRECTS:
                    if redirects:
                        look.note("redirects", f"{redirects} on the way", f"{_MAX_REDIRECTS}", is_met=True)
                    return await _read(reply)
                url = joined(url, reply.headers.get("location", ""))
            finally:
                # Its beginning is read, and closing a TLS connection would wait for the host.
                if reply.connection and reply.connection.transport:
                    reply.connection.transport.abort()
        if not url:
            look.note("redirects", "one that leads nowhere", "an address in Location", is_met=False)
            return None
    look.note(
        "redirects", f"more than {_MAX_REDIRECTS} on the way", f"{_MAX_REDIRECTS} at most", is_met=False
    )
    return None


async def _read(reply: aiohttp.ClientResponse) -> _Answer:
    head = b""
    while len(head) < HEAD_BYTES and (piece := await reply.content.read(HEAD_BYTES - len(head))):
        head += piece
    headers = reply.headers
    # Of a partial answer the Content-Length is that of the part.
    total = _TOTAL.fullmatch(headers.get("content-range", ""))
    length = int(total[1]) if total else reply.content_length if reply.status == _OK else None
    return _Answer(
        reply.status,
        reply.content_type.lower(),
        length,
        head,
        encoding=headers.get("content-encoding", "identity").lower(),
        is_challenge="cf-mitigated" in headers,
    )


def _judge(look: _Look, answer: _Answer) -> None:
    if not _judge_status(look, answer):
        return
    sniffed, content_type = sniff(answer.head), answer.content_type
    is_clip = sniffed.kind is Kind.VIDEO or (
        sniffed.kind is not Kind.IMAGE and content_type.startswith("video/")
    )
    expects = look.expects = look.expects or ("video" if is_clip else "image")
    # Sign-in pages and Google Drive's previews come with HTTP 200.
    if content_type in ("text/html", "application/xhtml+xml") or _PAGE.match(answer.head):
        look.note("page", "a web page, such as one to sign in", f"the {expects} itself", is_met=False)
        return
    limit = "image/jpeg" if expects == "image" else "video/mp4 or video/quicktime"
    fix = f"Let the host say {limit} in its Content-Type header."
    if content_type in _VAGUE:
        look.advise("content_type", content_type, limit, fix)
    else:
        is_met = content_type.startswith(f"{expects}/")
        look.note("content_type", content_type, limit, is_met=is_met, fix=fix)
    if answer.encoding != "identity":
        fix = "Let the host serve media as they are."
        look.advise("encoding", answer.encoding, "no Content-Encoding", fix)
    _judge_length(look, answer.length, expects)
    if expects == "video":
        has_range = answer.status == _PARTIAL
        value = "honoured" if has_range else "ignored"
        fix = "Use a host that answers HTTP Range requests: Instagram reads clips in parts."
        look.note("range", value, "HTTP Range honoured", is_met=has_range, fix=fix)
    is_as_named = content_type != "image/jpeg" or sniffed.decoder == "JPEG"
    is_met = sniffed.kind is _KINDS[expects] and is_as_named
    value = sniffed.decoder or sniffed.kind.name.lower()
    limit = "JPEG" if expects == "image" else "an MP4 or MOV clip"
    fix = Fix.of("Convert the file, or correct what the host serves: {}.", Remedy(RemedyKind.CONVERT_FILE))
    look.note("first_bytes", value, limit, is_met=is_met, fix=fix)


def _judge_status(look: _Look, answer: _Answer) -> bool:
    """Check the status; tell whether there is a body to check."""
    status, limit = f"HTTP {answer.status}", "HTTP 200 or 206"
    # What hosts answer to a range of an empty file.
    if answer.status == _NOT_SATISFIABLE and answer.length == 0:
        _judge_length(look, 0, look.expects or "image")
        return False
    if answer.is_challenge:
        # Cloudflare challenges this fetch, but knows Instagram's.
        fix = "Let Cloudflare's bot protection leave out the addresses of media, to be sure."
        look.advise("status", f"{status}, a check for bots", limit, fix)
        return False
    look.is_busy = answer.status in _BUSY
    return look.note("status", status, limit, is_met=answer.status in (_OK, _PARTIAL))


def max_bytes(media_type: MediaType, use: MediaUse | None) -> int:
    """Give the most bytes a file may have; a picture for a reel is its cover."""
    if media_type == "image":
        return IMAGE_LIMITS.get(use or MediaUse.PHOTO, COVER_LIMITS).max_bytes
    return VIDEO_LIMITS.get(use or MediaUse.REEL, VIDEO_LIMITS[MediaUse.REEL]).max_bytes


def _judge_length(look: _Look, length: int | None, expects: MediaType) -> None:
    most = max_bytes(expects, look.use)
    limit = f"1 byte to {most // MB} MB"
    if length is None:
        look.advise("length", "not said", limit, "Let the host send a Content-Length header.")
    else:
        fix = Fix.of("Make the file smaller: {}.", Remedy(RemedyKind.CONVERT_FILE))
        look.note("length", f"{length:,} bytes", limit, is_met=0 < length <= most, fix=fix)


_ROUTE_TIMEOUT = aiohttp.ClientTimeout(total=_LONGEST_S, sock_connect=5, sock_read=5)
_FIRST_BYTE = {**_CRAWLER, "range": "bytes=0-0"}
# More than the file that is asked for has: a page in its place may be of any size.
_MOST_BYTES = 65_536
# Why no answer came; the first type that fits.
_ROUTE_REASONS: tuple[tuple[type[Exception], str], ...] = (
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
        async with (
            asyncio.timeout(_LONGEST_S),
            aiohttp.ClientSession(
                connector=network.connector(),
                timeout=_ROUTE_TIMEOUT,
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=True,
            ) as session,
        ):
            # Resolves the name, so that the connection goes to the very address that is judged.
            reason = await network.unreachable_reason(url)
            if reason is None:
                async with session.get(spelled(url), headers=_CRAWLER, allow_redirects=False) as reply:
                    body = await reply.content.read(_MOST_BYTES)
                async with session.get(spelled(url), headers=_FIRST_BYTE, allow_redirects=False) as part:
                    range_status = part.status
                async with session.head(spelled(url), headers=_CRAWLER, allow_redirects=False) as head:
                    head_status = head.status
                return RouteAnswer(
                    status=reply.status,
                    content_type=reply.content_type.lower(),
                    is_ours=hashlib.sha256(body).hexdigest() == sha256,
                    range_status=range_status,
                    head_status=head_status,
                )
    except aiohttp.ClientConnectorCertificateError:
        return RouteAnswer(status=0, content_type="", is_ours=False, is_trusted=False)
    except (aiohttp.ClientError, OSError, ValueError) as error:  # a TimeoutError is an OSError
        reason = next(words for kind, words in _ROUTE_REASONS if isinstance(error, kind))
    raise HostFailed(
        f"It gave no answer: {reason}.",
        fix="Open the address from another network; where the tunnel is down, start it again.",
    )
