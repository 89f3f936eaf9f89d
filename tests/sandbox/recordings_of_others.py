"""Calls to "the real API" as other tools record them: a sandbox of its own plays the API."""

import gzip
import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import yaml

from pressroom.sandbox.settings import Processing, SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from tests.fakes.clock import FakeClock
from tests.sandbox.caller import FORM, Caller

REAL = "IGAAthatIsARealTokenOfSomebody0123456789"
SECRETS = (REAL, "s3cretOfTheApp", "sessionid=abcdef", "IGAAanotherTokenInAText0123456789abc", "c0okie")


@dataclass(frozen=True)
class Call:
    """One call with its answer, as it went over the wire."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes
    status: int
    answer_headers: dict[str, str]
    answer: bytes
    unix: float


class Client:
    """Calls the API as an app does, with cookies and an app secret, and keeps what went over the wire."""

    def __init__(self, host: str = "graph.instagram.com", **settings: Any) -> None:
        self.clock = FakeClock()
        wanted: dict[str, Any] = {
            "token": REAL,
            "user_id": "17841455555555555",
            "media": 2,
            "random_seed": 7,
        } | settings
        sandbox = Sandbox(
            SandboxSettings(fetch="trust", processing=Processing.at_once(), **wanted), clock=self.clock
        )
        self.sandbox, self.host = sandbox, host
        self.caller = Caller(sandbox, host=host, scheme="https")
        self.calls = list[Call]()

    async def call(self, method: str, path: str, **params: str) -> Any:
        """Make one call by an OAuth header or, for a POST, a form, and give what is answered."""
        cookies = {"cookie": "sessionid=abcdef", "x-secret": "c0okie"}
        sent = {**cookies, "accept-encoding": "gzip"}
        query, body = urlencode(params), b""
        if method == "POST":
            query, body = "", urlencode({**params, "access_token": self.caller.token}).encode()
            sent["content-type"] = FORM
        else:
            sent["authorization"] = f"Bearer {self.caller.token}"
        target = path + (f"?{query}" if query else "")
        got = await self.caller.raw(method, target, body, sent)
        self.clock.advance(2)
        unix = self.sandbox.clock.unix()
        answer_headers = {**got.headers, "set-cookie": "sessionid=abcdef"}
        url = f"https://{self.host}{target}"
        self.calls.append(Call(method, url, sent, body, got.status, answer_headers, got.body, unix))
        return json.loads(got.body)

    async def publish(self) -> str:
        """Publish a photo as clients do, read it back, and give its id."""
        user = self.sandbox.user_id
        made = await self.call(
            "POST", f"/v25.0/{user}/media", image_url="https://a.example/a.jpg", caption="Hi"
        )
        await self.call("GET", f"/v25.0/{made['id']}", fields="status_code")
        media = (await self.call("POST", f"/v25.0/{user}/media_publish", creation_id=made["id"]))["id"]
        await self.call("GET", f"/v25.0/{media}", fields="id,caption,media_type,permalink,timestamp")
        await self.call("GET", f"/v25.0/{media}/insights", metric="reach,likes")
        await self.call("POST", f"/v25.0/{media}/comments", message="First")
        return media


def har(calls: list[Call]) -> bytes:
    """As a browser exports it."""
    return json.dumps({"log": {"version": "1.2", "creator": {}, "entries": [*_entries(calls)]}}).encode()


def har_in_base64(calls: list[Call]) -> bytes:
    """As some proxies export it: the bodies of answers in base64."""
    entries = [*_entries(calls)]
    for entry in entries:
        content = entry["response"]["content"]
        content |= {"text": b64encode(content["text"].encode()).decode(), "encoding": "base64"}
    return json.dumps({"log": {"version": "1.2", "entries": entries}}).encode()


def _entries(calls: list[Call]) -> Iterator[dict[str, Any]]:
    for call in calls:
        request: dict[str, Any] = {"method": call.method, "url": call.url, "headers": _pairs(call.headers)}
        request["cookies"] = [{"name": "sessionid", "value": "abcdef"}]
        if call.body:
            fields = [pair.split("=") for pair in call.body.decode().split("&")]
            request["postData"] = {
                "mimeType": FORM,
                "text": call.body.decode(),
                "params": [{"name": name, "value": value} for name, value in fields],
            }
        response = {
            "status": call.status,
            "headers": _pairs(call.answer_headers),
            "content": {"mimeType": "application/json", "text": call.answer.decode()},
        }
        started = f"2026-12-0{1 + int(call.unix) % 2}T10:00:00.000Z"
        yield {"startedDateTime": started, "time": 12, "request": request, "response": response}


def _pairs(headers: dict[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers.items()]


def vcrpy(calls: list[Call]) -> bytes:
    """As vcrpy writes YAML: bodies as texts, headers as lists."""
    return yaml.safe_dump({"interactions": [*_interactions(calls)], "version": 1}).encode()


def vcrpy_in_bytes(calls: list[Call]) -> bytes:
    """As vcrpy writes what came compressed: `!!binary`, with the header that says so."""
    interactions = [*_interactions(calls)]
    for one in interactions:
        one["response"]["body"] = {"string": gzip.compress(one["response"]["body"]["string"].encode())}
        one["response"]["headers"]["Content-Encoding"] = ["gzip"]
        body = one["request"]["body"]
        one["request"]["body"] = body.encode() if body else None
    return yaml.safe_dump({"interactions": interactions, "version": 1}).encode()


def vcrpy_json(calls: list[Call]) -> bytes:
    """As vcrpy writes JSON."""
    return json.dumps({"version": 1, "interactions": [*_interactions(calls)]}).encode()


def _interactions(calls: list[Call]) -> Iterator[dict[str, Any]]:
    for call in calls:
        request = {
            "method": call.method,
            "uri": call.url,
            "body": call.body.decode() or None,
            "headers": {name.title(): [value] for name, value in call.headers.items()},
        }
        response = {
            "status": {"code": call.status, "message": "OK"},
            "headers": {name.title(): [value] for name, value in call.answer_headers.items()},
            "body": {"string": call.answer.decode()},
        }
        yield {"request": request, "response": response}


def ruby(calls: list[Call]) -> bytes:
    """As VCR for Ruby writes it: methods in small letters, bodies as objects, some of them in base64."""
    interactions = [*_interactions(calls)]
    for one in interactions:
        one["request"]["method"] = one["request"]["method"].lower()
        one["request"]["body"] = {"encoding": "UTF-8", "string": one["request"]["body"] or ""}
        text = one["response"]["body"]["string"]
        one["response"]["body"] = {"encoding": "UTF-8", "base64_string": b64encode(text.encode()).decode()}
        one["recorded_at"] = "Tue, 01 Dec 2026 10:00:00 GMT"
    return yaml.safe_dump({"http_interactions": interactions, "recorded_with": "VCR 6.3.1"}).encode()


FORMATS: dict[str, Callable[[list[Call]], bytes]] = {
    "har": har,
    "har_in_base64": har_in_base64,
    "vcrpy": vcrpy,
    "vcrpy_in_bytes": vcrpy_in_bytes,
    "vcrpy_json": vcrpy_json,
    "ruby": ruby,
}
