"""What makes Instagram's fetch fail is found before Instagram is asked."""

import asyncio
import errno
import gzip
import os
import socket
import ssl
import threading
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import trustme
import uvicorn

from pressroom.core.assets import Finding, MediaType
from pressroom.core.errors import Refused, Shortage
from pressroom.graph.limits import MediaUse
from pressroom.hosting.network import Network
from pressroom.hosting.preflight import max_bytes, preflight, require_fetchable
from tests.client.wire_app import WireApp, served
from tests.fakes.names import Names, resolve_to

JPEG = b"\xff\xd8\xff\xe0" + bytes(3000)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(3000)
CLIP = b"\x00\x00\x00\x18ftypmp42" + bytes(3000)
PAGE = b"<!DOCTYPE html><title>Sign in</title>"
Answer = tuple[int, dict[str, str], bytes]


class Site:
    """Answers each path as it is told. Ranges are honoured unless the path says that they are not."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.busy = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await receive()
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.asked.append((scope["path"], headers))
        status, sent, body = self.answer(scope["path"])
        if self.busy > 0:
            self.busy -= 1
            status, sent, body = 503, {}, b""
        if status == 206:
            sent = {**sent, "content-range": f"bytes 0-1023/{len(body)}"}
            body = body[:1024]
        pairs = [(name.encode(), value.encode()) for name, value in sent.items()]
        await send({"type": "http.response.start", "status": status, "headers": pairs})
        await send({"type": "http.response.body", "body": body})

    def answer(self, path: str) -> Answer:
        jpeg, mp4 = {"content-type": "image/jpeg"}, {"content-type": "video/mp4"}
        return {
            "/cat.jpg": (206, jpeg, JPEG),
            "/whole.jpg": (200, {**jpeg, "content-length": str(len(JPEG))}, JPEG),
            "/clip.mp4": (206, mp4, CLIP),
            "/norange.mp4": (200, {**mp4, "content-length": str(len(CLIP))}, CLIP),
            "/untyped.jpg": (206, {"content-type": "application/octet-stream"}, JPEG),
            "/unsized.jpg": (200, jpeg, JPEG),
            "/text.jpg": (206, {"content-type": "text/plain"}, JPEG),
            "/login": (200, {"content-type": "text/html"}, PAGE),
            "/sly.jpg": (200, jpeg, PAGE),
            "/really-png.jpg": (206, jpeg, PNG),
            "/clip.jpg": (206, jpeg, CLIP),
            "/huge.jpg": (
                200,
                {**jpeg, "content-length": "9000000"},
                bytes(JPEG) + bytes(9_000_000 - len(JPEG)),
            ),
            "/once": (302, {"location": "/cat.jpg"}, b""),
            "/sign-in": (302, {"location": "/login"}, b""),
            "/nowhere": (302, dict[str, str](), b""),
            "/crooked": (302, {"location": "https://[crooked"}, b""),
            "/port": (302, {"location": "https://files.example.com:99999/cat.jpg"}, b""),
            "/carried": (302, {"location": "https://[64:ff9b::7f00:1]/cat.jpg"}, b""),
            "/empty.jpg": (416, {"content-range": "bytes */0"}, b""),
            "/packed.jpg": (200, {**jpeg, "content-encoding": "gzip"}, gzip.compress(JPEG)),
            "/torn.jpg": (200, {**jpeg, "content-encoding": "gzip"}, b"torn"),
            "/challenge.jpg": (403, {"cf-mitigated": "challenge", "content-type": "text/html"}, PAGE),
            "/clip.m4a": (206, {"content-type": "application/mp4"}, CLIP),
            "/round": (302, {"location": "/round"}, b""),
            "/downgrade": (302, {"location": "http://files.example.com/cat.jpg"}, b""),
            "/inside": (302, {"location": "https://inside.example.com/cat.jpg"}, b""),
            "/metadata": (302, {"location": "https://169.254.169.254/latest"}, b""),
        }.get(path, (404, {}, b""))


class Staged(Names):
    """It may fail, and waits no real time."""

    def __init__(self, trusted: ssl.SSLContext | None) -> None:
        super().__init__(trusted)
        self.paused_s: list[float] = []
        self.fails: OSError | None = None

    async def addresses(self, host: str, port: int) -> Sequence[str]:
        if self.fails:
            raise self.fails
        return await super().addresses(host, port)

    async def pause(self, seconds: float) -> None:
        self.paused_s.append(seconds)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def running(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Generator[tuple[Site, int]]:
    pem: Path = tmp_path_factory.mktemp("tls") / "site.pem"
    authority.issue_cert("files.example.com").private_key_and_cert_chain_pem.write_to_path(pem)
    site = Site()
    config = uvicorn.Config(
        site, port=0, lifespan="off", log_config=None, ssl_certfile=pem, log_level="critical"
    )
    listener = config.bind_socket()
    listener.listen()
    server = uvicorn.Server(config)
    thread = threading.Thread(target=asyncio.run, args=(server.serve(sockets=[listener]),))
    thread.start()
    yield site, listener.getsockname()[1]
    server.should_exit = True
    thread.join()
    listener.close()


@pytest.fixture
def network(authority: trustme.CA) -> Staged:
    context = ssl.create_default_context()
    authority.configure_trust(context)  # pyright: ignore[reportUnknownMemberType]  # its OpenSSL half
    return Staged(context)


@pytest.fixture
def base(running: tuple[Site, int]) -> str:
    running[0].asked.clear()
    return f"https://files.example.com:{running[1]}"


def broken(findings: Sequence[Finding]) -> list[str]:
    return [one.rule for one in findings if not one.is_met and not one.is_advice]


def advice(findings: Sequence[Finding]) -> list[str]:
    return [one.rule for one in findings if one.is_advice]


@pytest.mark.parametrize(
    ("path", "expects"),
    [("/cat.jpg", "image"), ("/whole.jpg", "image"), ("/clip.mp4", "video"), ("/once", "image")],
)
async def test_a_file_that_is_served_well_meets_every_rule(
    base: str, network: Network, path: str, expects: MediaType
) -> None:
    findings = (await preflight(base + path, expects=expects, network=network)).findings

    assert all(one.is_met for one in findings), findings
    rules = {one.rule for one in findings}
    assert {"https", "public_address", "status", "content_type", "length", "first_bytes"} <= rules


async def test_few_bytes_are_asked_for_as_instagram_would(
    running: tuple[Site, int], base: str, network: Network
) -> None:
    await preflight(f"{base}/cat.jpg?a=%2F&b=%20", expects="image", network=network)

    [(path, headers)] = running[0].asked
    assert path == "/cat.jpg"
    assert headers["range"] == "bytes=0-1023"
    assert "facebookexternalhit" in headers["user-agent"]


@pytest.mark.parametrize(
    ("path", "expects", "rule"),
    [
        ("/missing.jpg", "image", "status"),
        ("/login", "image", "page"),
        ("/sign-in", "image", "page"),
        ("/sly.jpg", "image", "page"),
        ("/text.jpg", "image", "content_type"),
        ("/cat.jpg", "video", "content_type"),
        ("/huge.jpg", "image", "length"),
        ("/norange.mp4", "video", "range"),
        ("/really-png.jpg", "image", "first_bytes"),
        ("/clip.jpg", "image", "first_bytes"),
        ("/round", "image", "redirects"),
        ("/downgrade", "image", "https"),
        ("/inside", "image", "public_address"),
        ("/metadata", "image", "public_address"),
        ("/nowhere", "image", "redirects"),
        ("/crooked", "image", "public_address"),
        ("/port", "image", "public_address"),
        ("/carried", "image", "public_address"),
        ("/empty.jpg", "image", "length"),
    ],
)
async def test_the_check_that_fails_is_named(
    base: str, network: Network, path: str, expects: MediaType, rule: str
) -> None:
    findings = (await preflight(base + path, expects=expects, network=network)).findings
    assert rule in broken(findings)

    with pytest.raises(Refused) as caught:
        await require_fetchable(f"{base}{path}?sig=secret", expects=expects, network=network)
    assert caught.value.rule == f"url_{broken(findings)[0]}"
    assert caught.value.fix
    assert "secret" not in str(caught.value.as_json())


@pytest.mark.parametrize(
    ("media_type", "use", "limit"),
    [
        ("image", MediaUse.PHOTO, 8_000_000),
        ("image", MediaUse.STORY, 8_000_000),
        ("image", MediaUse.REEL, 8_000_000),
        ("video", MediaUse.STORY, 100_000_000),
        ("video", MediaUse.CAROUSEL_ITEM, 300_000_000),
        ("video", None, 300_000_000),
    ],
)
def test_what_a_file_may_weigh_depends_on_its_use(
    media_type: MediaType, use: MediaUse | None, limit: int
) -> None:
    assert max_bytes(media_type, use) == limit


@pytest.mark.parametrize(("path", "kind"), [("/cat.jpg", "image"), ("/clip.mp4", "video")])
async def test_what_nobody_named_is_taken_for_what_it_is(
    base: str, network: Network, path: str, kind: MediaType
) -> None:
    found = await preflight(base + path, network=network)
    assert (found.media_type, found.broken) == (kind, None)


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("http://files.example.com/cat.jpg", "https"),
        ("https://127.0.0.1/cat.jpg", "public_address"),
        ("https://[::ffff:0:127.0.0.1]/cat.jpg", "public_address"),
        ("https://[fec0::1]/cat.jpg", "public_address"),
        ("https://inside.example.com/cat.jpg", "public_address"),
        ("ftp://files.example.com/cat.jpg", "https"),
        ("https://[files.example.com/cat.jpg", "public_address"),
        ("https://files.example.com:99999/cat.jpg", "public_address"),
        ("https://files..example.com/cat.jpg", "public_address"),
    ],
)
async def test_an_address_nobody_outside_can_fetch_is_never_asked(
    running: tuple[Site, int], base: str, network: Network, url: str, rule: str
) -> None:
    assert base
    findings = (await preflight(url, expects="image", network=network)).findings

    assert broken(findings) == [rule]
    assert not running[0].asked


@pytest.mark.parametrize(
    ("path", "rules"),
    [
        ("/untyped.jpg", ["content_type"]),
        ("/unsized.jpg", ["length"]),
        ("/packed.jpg", ["encoding", "length"]),
        ("/torn.jpg", ["answer"]),
        ("/challenge.jpg", ["status"]),
    ],
)
async def test_what_is_merely_unusual_is_advice(
    base: str, network: Network, path: str, rules: list[str]
) -> None:
    findings = (await preflight(base + path, expects="image", network=network)).findings

    assert (broken(findings), advice(findings)) == ([], rules)
    texts = await require_fetchable(base + path, expects="image", network=network)
    assert len(texts) == len(rules)
    assert path in texts[0]


async def test_mp4s_less_usual_type_is_advice(base: str, network: Network) -> None:
    found = await preflight(f"{base}/clip.m4a", expects="video", network=network)
    assert (found.broken, advice(found.findings)) == (None, ["content_type"])


async def test_a_host_that_is_busy_is_asked_again(
    running: tuple[Site, int], base: str, network: Staged
) -> None:
    """What is written on demand, such as a CDN's first copy, is there a moment later."""
    running[0].busy = 2
    found = await preflight(f"{base}/cat.jpg", expects="image", network=network)

    assert (found.broken, found.is_busy, network.paused_s) == (None, False, [1.0, 2.0])


async def test_a_host_that_stays_busy_is_refused_for_now(
    running: tuple[Site, int], base: str, network: Staged
) -> None:
    running[0].busy = 3
    with pytest.raises(Refused, match="HTTP 503") as caught:
        await require_fetchable(f"{base}/cat.jpg", expects="image", network=network)
    assert (caught.value.rule, caught.value.retryable) == ("url_status", True)

    with pytest.raises(Refused, match="HTTP 404") as caught:
        await require_fetchable(f"{base}/missing.jpg", expects="image", network=network)
    assert not caught.value.retryable


async def test_an_address_may_hold_letters_that_no_request_line_takes(
    running: tuple[Site, int], base: str, network: Network
) -> None:
    for path in ("/cat.jpg?name=käse", "/cat.jpg?name=two words"):
        assert (await preflight(base + path, expects="image", network=network)).broken is None
    assert [path for path, _ in running[0].asked] == ["/cat.jpg"] * 2

    names = Unknown()
    await preflight("https://käse.example.com/cat.jpg", expects="image", network=names)
    assert names.resolved == ["xn--kse-qla.example.com"]


class Unknown(Network):
    """Knows no name."""

    def __init__(self) -> None:
        super().__init__()
        self.resolved: list[str] = []

    async def addresses(self, host: str, port: int) -> Sequence[str]:
        self.resolved.append(host)
        raise socket.gaierror(socket.EAI_NONAME, f"no such name: {host}:{port}")


async def test_what_is_connected_to_is_judged_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that leads elsewhere when it is asked for again gets nobody into this network."""
    stranger = WireApp()
    with served(stranger) as site:
        resolve_to(monkeypatch, "1.1.1.1", "127.0.0.1")
        network, url = Network(), f"http://files.example.com:{site.rpartition(':')[2]}/"
        assert await network.unreachable_reason(url) is None
        async with aiohttp.ClientSession(connector=network.connector()) as session:
            with pytest.raises(aiohttp.ClientConnectorDNSError) as caught:
                await session.get(url)
    assert str(caught.value.os_error) == ("files.example.com leads to 127.0.0.1, an address of this network")


async def test_a_certificate_that_is_not_trusted_is_refused(base: str) -> None:
    assert broken((await preflight(f"{base}/cat.jpg", expects="image", network=Staged(None))).findings) == [
        "certificate"
    ]


async def test_what_this_machine_cannot_reach_is_advice_and_blocks_nothing(network: Staged) -> None:
    """Instagram may reach it all the same."""
    nobody = await require_fetchable("https://files.example.com:1/cat.jpg", expects="image", network=network)
    network.fails = OSError("no such name")
    unnamed = await require_fetchable("https://files.example.com/cat.jpg", expects="image", network=network)

    network.fails = socket.gaierror(socket.EAI_NONAME, "no such name")
    found = await preflight("https://files.example.com/cat.jpg", expects="image", network=network)

    assert len(nobody) == len(unnamed) == 1
    assert "cannot be reached from here" in nobody[0]
    assert advice(found.findings) == ["name"]


async def test_what_a_shortage_keeps_this_machine_from_reaching_waits(network: Staged) -> None:
    network.fails = OSError(errno.EMFILE, os.strerror(errno.EMFILE))
    with pytest.raises(Shortage, match="at once"):
        await preflight("https://files.example.com/cat.jpg", expects="image", network=network)


class Crowded(Staged):
    """Counts how many ask at once."""

    count = most = 0

    async def addresses(self, host: str, port: int) -> Sequence[str]:
        self.count += 1
        self.most = max(self.most, self.count)
        await asyncio.sleep(0)
        self.count -= 1
        raise OSError(host, port)


async def test_the_addresses_of_a_crowd_are_looked_at_by_and_by() -> None:
    network = Crowded(None)
    address = "https://files.example.com/cat.jpg"
    await asyncio.gather(*(preflight(address, expects="image", network=network) for _ in range(100)))
    assert network.most <= 32
