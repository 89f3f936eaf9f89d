"""What the pages for n8n, WordPress and Ghost have programs send is what the API takes.

None of the three runs here. n8n's requests are read from the workflow that the page offers. WordPress's is
the one that its snippet made in PHP 8.3, on stand-ins of WordPress's functions. Ghost's webhook has the shape
that Ghost's own tests record (ghost/core/test/e2e-webhooks).
"""

import hashlib
import hmac
import json
import re
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from examples.api.ghost import LONGEST_CAPTION, Webhook, is_from_ghost, wish_of
from pressroom.api.operation import BASE
from pressroom.sandbox.samples import make_photo
from tests.api.house import Client, Got

ROOT = Path(__file__).parents[2]
SECRET = "a-secret"
PICTURE = "https://site.example/content/images/2026/11/harbour.jpg"
WORDPRESS = {
    "kind": "photo",
    "files": [{"url": "https://site.example/a.jpg"}],
    "caption": "Winter\u2019s light & the harbour\n\nWhat the harbour looks like at 7 \u2026\n\n"
    "https://site.example/winters-light/",
    "alt_texts": ["Boats in ice"],
    "at": "now",
}
GHOST: dict[str, Any] = {
    "post": {
        "current": {
            "id": "6745f0c2a1b2c3d4e5f60718",
            "title": "Winter's light",
            "slug": "winters-light",
            "status": "published",
            "visibility": "public",
            "feature_image": PICTURE,
            "feature_image_alt": "Boats in ice",
            "custom_excerpt": None,
            "excerpt": "What the harbour looks like at 7.",
            "published_at": "2026-11-30T07:00:00.000Z",
            "tags": [],
            "url": "https://site.example/winters-light/",
        },
        "previous": {"published_at": None, "status": "draft"},
    }
}


class Workflow:
    """An n8n workflow, whose nodes' parameters are resolved by what nodes before them gave."""

    def __init__(self) -> None:
        text = (ROOT / "examples" / "api" / "n8n.json").read_text(encoding="utf-8")
        self._parameters = {node["name"]: node["parameters"] for node in json.loads(text)["nodes"]}

    async def send(self, name: str, client: Client, item: Mapping[str, Any], file: bytes = b"") -> Got:
        """Send what an HTTP Request node sends for an item."""
        node = self._parameters[name]
        assert (node["authentication"], node["genericAuthType"]) == (
            "genericCredentialType",
            "httpBearerAuth",
        )
        content = None
        if node.get("contentType") == "binaryData":
            content = file
        elif node.get("contentType") == "json":
            content = _resolved(node["jsonBody"], item).encode()
        headers = _pairs(node.get("headerParameters"), item)
        if content is not None:
            headers["content-type"] = "image/png" if file else "application/json"
        path = _resolved(node["url"], item).removeprefix("https://press.example.com" + BASE)
        query = _pairs(node.get("queryParameters"), item)
        return await client.ask(node["method"], path, headers=headers, content=content, **query)


def _resolved(text: str, item: Mapping[str, Any]) -> str:
    """Resolve n8n's expressions, of which these nodes use paths and `||` alone."""
    if not text.startswith("="):
        return text
    known = {"$json": item, "$execution": {"id": "7"}, "$itemIndex": 0}

    def value_of(expression: re.Match[str]) -> str:
        for path in expression[1].split("||"):
            value: Any = known
            for name in path.strip().split("."):
                value = value.get(name) if value else None
            if value is not None:
                return str(value)
        raise AssertionError(expression[0])

    return re.sub(r"\{\{ (.*?) \}\}", value_of, text[1:])


def _pairs(parameters: Mapping[str, Any] | None, item: Mapping[str, Any]) -> dict[str, str]:
    pairs = (parameters or {}).get("parameters", ())
    return {pair["name"]: _resolved(pair["value"], item) for pair in pairs}


async def test_what_n8ns_nodes_send_uploads_a_picture_asks_for_a_post_and_waits(
    shop: Client, tmp_path: Path
) -> None:
    workflow, upload_id = Workflow(), "3df5287b-71f6-4d41-ab51-dd9d1c618d2c"
    make_photo(tmp_path / "a.png")
    picture = (tmp_path / "a.png").read_bytes()
    both = {"upload_id": upload_id, "sha256": hashlib.sha256(picture).hexdigest()}
    upload = (await workflow.send("Upload", shop, both, picture)).of(201)
    asked = (await workflow.send("Plan", shop, upload)).of(202)
    again = (await workflow.send("Plan", shop, upload)).of(202)
    assert again["proposal"] == asked["proposal"], "as a node that tries again gets it"
    post_id = asked["post"]["post_id"]
    (await shop.post(f"/posts/{post_id}/cancel", seen=1)).of(200)
    for planned in (asked, {"post_id": post_id}):
        assert (await workflow.send("Wait", shop, planned)).of(200)["state"] == "cancelled"


async def test_what_the_snippet_for_wordpress_sends_asks_for_a_post_once(shop: Client) -> None:
    page = (ROOT / "docs" / "howto" / "api-cms.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\t\t'(\w+)' +=>", page, re.MULTILINE)) == set(WORDPRESS)
    headers = {"Idempotency-Key": "wordpress-17"}
    asked = [(await shop.ask("POST", "/posts", WORDPRESS, headers=headers)).of(202) for _ in range(2)]
    assert asked[0]["proposal"] == asked[1]["proposal"]
    bare = {**WORDPRESS, "alt_texts": None}
    (await shop.ask("POST", "/posts", bare, headers={"Idempotency-Key": "wordpress-18"})).of(202)


async def test_what_the_receiver_makes_of_ghosts_webhook_asks_for_a_post(shop: Client) -> None:
    wish = wish_of(GHOST["post"]["current"])
    assert wish
    asked = (await shop.ask("POST", "/posts", wish)).of(202)["post"]
    assert asked["caption"] == (
        "Winter's light\n\nWhat the harbour looks like at 7.\n\nhttps://site.example/winters-light/"
    )
    assert asked["sources"]


def test_a_post_of_ghosts_without_a_picture_asks_for_nothing_and_a_long_one_is_cut_before_its_address() -> (
    None
):
    current = GHOST["post"]["current"]
    assert wish_of({**current, "feature_image": None}) is None
    wish = wish_of({**current, "custom_excerpt": "x" * 5000, "feature_image_alt": None})
    assert wish
    assert len(wish["caption"]) == LONGEST_CAPTION
    assert wish["caption"].endswith(f"\n\n{current['url']}")
    assert "alt_texts" not in wish


@pytest.mark.parametrize("signature", ["", "sha256=", "t=1", "sha256=00, t=1", "sha256=\u00e9, t=1", ","])
def test_a_webhook_that_ghost_did_not_sign_is_not_taken(signature: str) -> None:
    assert not is_from_ghost(b"{}", signature, SECRET)


@pytest.mark.usefixtures("real_time")
def test_the_receiver_asks_for_what_ghost_tells_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Over sockets, before a stand-in of the API that keeps what it is asked."""
    asked = list[tuple[str, Any, Any]]()

    class Api(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            asked.append((self.path, self.headers, json.loads(body)))
            self.send_response(202)
            self.end_headers()

    api, receiver = HTTPServer(("127.0.0.1", 0), Api), HTTPServer(("127.0.0.1", 0), Webhook)
    monkeypatch.setenv("PRESSROOM_API", f"http://127.0.0.1:{api.server_port}{BASE}")
    monkeypatch.setenv("PRESSROOM_KEY", "prk_1")
    monkeypatch.setenv("GHOST_SECRET", SECRET)
    body = json.dumps(GHOST).encode()
    signed = hmac.new(SECRET.encode(), body + b"1764486000000", hashlib.sha256).hexdigest()
    headers = {"X-Ghost-Signature": f"sha256={signed}, t=1764486000000"}
    threads = [threading.Thread(target=server.handle_request) for server in (api, receiver)]
    for thread in threads:
        thread.start()
    with urlopen(Request(f"http://127.0.0.1:{receiver.server_port}", body, headers), timeout=10) as answer:
        assert answer.status == 202
    for thread, server in zip(threads, (api, receiver), strict=True):
        thread.join()
        server.server_close()
    ((path, sent, wish),) = asked
    assert (path, wish) == (f"{BASE}/posts", wish_of(GHOST["post"]["current"]))
    assert sent["Authorization"] == "Bearer prk_1"
    assert sent["Idempotency-Key"] == "ghost-6745f0c2a1b2c3d4e5f60718"
