"""Addresses that Meta could never fetch are told from others; what the user gave as a URL is fetched."""

import asyncio
import socket
from collections.abc import Generator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pressroom.core.account import Account
from pressroom.core.errors import Refused
from pressroom.core.secret import Secret
from pressroom.hosting.network import Network, download, require_public
from tests.client.wire_app import WireApp, served
from tests.fakes.names import Names, resolve_to

REAL = Account(token=Secret("IGAAx"))
SANDBOX = replace(REAL, api_base="http://127.0.0.1:8055")
NEVER = [
    "http://localhost/a.jpg",
    "http://LOCALHOST:8000/a.jpg",
    "http://localhost./a.jpg",
    "http://app.localhost/a.jpg",
    "http://127.0.0.1/a.jpg",
    "http://127.1/a.jpg",
    "http://2130706433/a.jpg",
    "http://0x7f000001/a.jpg",
    "http://0.0.0.0/a.jpg",
    "http://[::1]/a.jpg",
    "http://[fe80::1]/a.jpg",
    "http://[fd00::1]/a.jpg",
    "http://[::ffff:127.0.0.1]/a.jpg",
    "http://10.1.2.3/a.jpg",
    "http://172.16.0.1/a.jpg",
    "http://192.168.1.20/a.jpg",
    "http://169.254.169.254/latest",
    "http://100.64.0.1/a.jpg",
    "https://nas.local/a.jpg",
    "https://intranet/a.jpg",
    "https://db.internal/a.jpg",
    "ftp://example.com/a.jpg",
    "file:///etc/passwd",
    "https:///a.jpg",
    "https://[oops/a.jpg",
    "https://224.0.0.1/a.jpg",
    "https://[ff02::1]/a.jpg",
    "https://[64:ff9b::10.0.0.1]/a.jpg",
    "https://[2002:7f00:1::]/a.jpg",
    "https://[::127.0.0.1]/a.jpg",
    "https://[::8.8.8.8]/a.jpg",
    "https://[::]/a.jpg",
    "https://[::ffff:0:127.0.0.1]/a.jpg",
    "https://[::ffff:0:8.8.8.8]/a.jpg",
    "https://[64:ff9b:1::7f00:1]/a.jpg",
    "https://[64:ff9b:1:7f00:0:100::]/a.jpg",
    "https://[2001:0:7f00:1::1]/a.jpg",
    "https://[2001:db8::1]/a.jpg",
    "https://[2002:a00:1::1]/a.jpg",
    "https://[fec0::1]/a.jpg",
    "https://[100::1]/a.jpg",
    "https://[4000::1]/a.jpg",
    "http://192.0.0.192/a.jpg",
    "http://192.88.99.1/a.jpg",
    "http://198.18.0.1/a.jpg",
    "http://255.255.255.255/a.jpg",
    "https://\uff11\uff12\uff17.0.0.1/a.jpg",
    "https://example.com:99999/a.jpg",
    "https://exa mple.com/a.jpg",
    "https://a..example.com/a.jpg",
]


def test_what_may_be_secret_in_an_address_is_not_shown() -> None:
    with pytest.raises(Refused) as caught:
        require_public("https://user:hidden@127.0.0.1:8/a@b.jpg?sig=hidden", REAL)
    assert caught.value.value == "https://127.0.0.1:8/a@b.jpg"
    assert "hidden" not in str(caught.value.as_json())


@pytest.mark.parametrize("url", NEVER)
def test_an_address_of_this_machine_or_network_is_refused(url: str) -> None:
    with pytest.raises(Refused, match="Instagram cannot fetch") as caught:
        require_public(url, REAL)
    assert caught.value.rule == "public_url"


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/a.jpg",
        "http://example.com:8080/a%20b.jpg?x=1",
        "https://8.8.8.8/a.jpg",
        "https://[2606:4700::1111]/a.jpg",
        "https://[64:ff9b::8.8.8.8]/a.jpg",
        "https://[::ffff:8.8.8.8]/a.jpg",
        "https://[2002:808:808::1]/a.jpg",
        "https://käse.example/a.jpg",
        "https://xn--bcher-kva.example/a.jpg",
        "https://localhost.example.com/a.jpg",
    ],
)
def test_an_address_on_the_internet_may_be_tried(url: str) -> None:
    require_public(url, REAL)


@pytest.mark.parametrize("url", NEVER)
def test_a_sandbox_may_fetch_from_anywhere(url: str) -> None:
    require_public(url, SANDBOX)


def test_the_refusal_leaves_out_the_query_which_may_be_a_signature() -> None:
    with pytest.raises(Refused) as caught:
        require_public("http://localhost/a.jpg?sig=secret", REAL)
    assert "secret" not in str(caught.value.as_json())


OWN = Network(is_own=True)
REDIRECTS = {
    "/once": "/file.mp4",
    "/nowhere": "",
    "/round": "/round",
    "/inside": "http://inside.example.com/file.mp4",
    "/loopback": "http://127.0.0.1:{port}/file.mp4",
    "/translated": "http://[::ffff:0:127.0.0.1]:{port}/file.mp4",
    "/file": "file:///etc/passwd",
    **{f"/hops/{left}": f"/hops/{left - 1}" for left in range(1, 20)},
    "/hops/0": "/file.mp4",
}


class Stranger:
    """A host that answers `/file.mp4` and `/endless`, and redirects the rest."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        host = dict(scope["headers"])[b"host"].decode().partition(":")[0]
        self.asked.append(f"{host}{scope['path']}")
        location = REDIRECTS.get(scope["path"], "").format(port=scope["server"][1])
        status = 302 if scope["path"] in REDIRECTS else 200
        headers = [(b"location", location.encode())] if location else []
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send(
            {"type": "http.response.body", "body": b"a clip", "more_body": scope["path"] == "/endless"}
        )
        while scope["path"] == "/endless" and (await _told(receive)) != "http.disconnect":
            await send({"type": "http.response.body", "body": b"more", "more_body": True})


async def _told(receive: Any) -> str:
    """Wait a moment for word that the other side has hung up."""
    try:
        return (await asyncio.wait_for(receive(), 0.005))["type"]
    except TimeoutError:
        return ""


@pytest.fixture(scope="module")
def base() -> Generator[str]:
    with served(WireApp()) as base:
        yield base


@pytest.fixture(scope="module")
def running() -> Generator[tuple[Stranger, str]]:
    stranger = Stranger()
    with served(stranger) as base:
        yield stranger, f"http://files.example.com:{base.rpartition(':')[2]}"


@pytest.fixture
def stranger(running: tuple[Stranger, str]) -> Stranger:
    running[0].asked.clear()
    return running[0]


@pytest.fixture
def outside(running: tuple[Stranger, str], stranger: Stranger) -> str:
    """The stranger's address on the internet."""
    assert stranger
    return running[1]


def left_in(directory: Path) -> list[Path]:
    return list(directory.iterdir())


async def test_a_url_becomes_a_file_that_keeps_its_ending(base: str, tmp_path: Path) -> None:
    path = await download(f"{base}/pieces", tmp_path / "new" / "dir", network=OWN)

    assert path.read_bytes() == b"one two three"
    assert path.parent == tmp_path / "new" / "dir"


@pytest.mark.parametrize(
    ("path", "reason"),
    [("/clip.mp4?sig=secret", "HTTP 201"), ("/cut", "the answer broke off")],
)
async def test_what_cannot_be_fetched_is_refused_and_leaves_nothing(
    base: str, tmp_path: Path, path: str, reason: str
) -> None:
    with pytest.raises(Refused, match=reason) as caught:
        await download(f"{base}{path}", tmp_path, network=OWN)

    assert left_in(tmp_path) == []
    assert caught.value.rule == "url_unreachable"
    assert "secret" not in str(caught.value.as_json())


async def test_a_file_without_end_is_refused_at_a_limit(base: str, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="larger than"):
        await download(f"{base}/pieces", tmp_path, max_bytes=5, network=OWN)
    assert left_in(tmp_path) == []


async def test_a_host_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="no server answers there"):
        await download("http://127.0.0.1:1/clip.mp4", tmp_path, network=OWN)


async def test_a_file_that_never_stops_coming_is_given_up_in_time(outside: str, tmp_path: Path) -> None:
    """Each byte of it comes in time."""
    with pytest.raises(Refused, match="it took longer than"):
        await download(f"{outside}/endless", tmp_path, network=Names(), longest_s=0.2)
    assert left_in(tmp_path) == []


@pytest.mark.parametrize("path", ["/file.mp4", "/once", "/hops/9"])
async def test_a_redirect_is_followed_to_the_file(outside: str, tmp_path: Path, path: str) -> None:
    fetched = await download(f"{outside}{path}", tmp_path, network=Names())
    assert fetched.read_bytes() == b"a clip"


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/inside", "inside.example.com leads to 192.168.0.4, an address of this network"),
        ("/loopback", "127.0.0.1 is an address of this machine or network"),
        ("/translated", "an address of this machine or network"),
        ("/file", r"it is not an http\(s\) address"),
        ("/round", "redirected again and again"),
        ("/hops/10", "redirected again and again"),
        ("/nowhere", "HTTP 302"),
    ],
)
async def test_a_redirect_leads_nobody_into_this_network_nor_round_in_circles(
    outside: str, stranger: Stranger, tmp_path: Path, path: str, reason: str
) -> None:
    with pytest.raises(Refused, match=reason):
        await download(f"{outside}{path}", tmp_path, network=Names())
    assert left_in(tmp_path) == []
    assert {one.partition("/")[0] for one in stranger.asked} == {"files.example.com"}
    assert len(stranger.asked) <= 11


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "inside.example.com", "[::1]", "[::ffff:0:7f00:1]"])
async def test_an_address_of_this_network_is_never_asked(
    outside: str, stranger: Stranger, tmp_path: Path, host: str
) -> None:
    port = outside.rpartition(":")[2]
    with pytest.raises(Refused, match=r"of this (machine or )?network"):
        await download(f"http://{host}:{port}/file.mp4", tmp_path, network=Names())
    assert stranger.asked == []


async def test_a_name_that_leads_here_once_it_is_connected_to_is_said_so(
    outside: str, stranger: Stranger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve_to(monkeypatch, "1.1.1.1", "127.0.0.1")
    with pytest.raises(Refused, match=r"files\.example\.com leads to 127\.0\.0\.1"):
        await download(f"{outside}/file.mp4", tmp_path, network=Network())
    assert stranger.asked == []


class Unknown(Network):
    async def addresses(self, host: str, port: int) -> Sequence[str]:
        raise socket.gaierror(socket.EAI_NONAME, f"no such name: {host}:{port}")


async def test_a_name_that_nobody_knows_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="its name cannot be resolved"):
        await download("http://files.example.com/file.mp4", tmp_path, network=Unknown())


async def test_a_proxy_resolves_names_and_is_asked_for_nothing_of_this_network(
    outside: str, stranger: Stranger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may stand in this network itself, and is known by its name."""
    monkeypatch.setenv("http_proxy", f"http://localhost:{outside.rpartition(':')[2]}")
    path = await download("http://files.example.com/file.mp4", tmp_path, network=Unknown())
    assert path.read_bytes() == b"a clip"
    with pytest.raises(Refused, match="of this machine or network"):
        await download("http://10.0.0.1/file.mp4", tmp_path, network=Unknown())
    assert stranger.asked == ["files.example.com/file.mp4"]
