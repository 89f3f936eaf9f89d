"""A browser without a window: asks pages in-process, keeps cookies, and sends forms as a page has them."""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message

HOST = "127.0.0.1:8484"
_FORM = re.compile(r'<form method="post" action="([^"]+)"[^>]*>(.*?)</form>', re.DOTALL)
_INPUT = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
_TAGS = re.compile(r"<[^>]+>")


@dataclass(frozen=True, slots=True)
class Got:
    """An answer; the names of `headers` are lower case. cookies: each line that sets one."""

    status: int
    headers: Mapping[str, str]
    cookies: tuple[str, ...]
    body: bytes

    @property
    def html(self) -> str:
        return self.body.decode()

    @property
    def text(self) -> str:
        """What a reader sees, every run of blanks as one."""
        return " ".join(html.unescape(_TAGS.sub(" ", self.html)).split())

    @property
    def forms(self) -> dict[str, dict[str, str]]:
        """The hidden fields of each form, by its address."""
        return {action: dict(_INPUT.findall(inside)) for action, inside in _FORM.findall(self.html)}


@dataclass
class Visitor:
    app: ASGIApp
    cookies: dict[str, str] = field(default_factory=dict[str, str])
    host: str = HOST

    async def get(self, address: str, *, method: str = "GET", **headers: str) -> Got:
        return await self._ask(method, address, b"", headers)

    async def post(self, address: str, fields: Mapping[str, str], **headers: str) -> Got:
        given = {"content_type": "application/x-www-form-urlencoded", **headers}
        return await self._ask("POST", address, urlencode(fields).encode(), given)

    async def send(self, address: str, body: bytes, **headers: str) -> Got:
        """Send a body as a script of our pages does."""
        by_script = {"accept": "application/json", "content_length": str(len(body)), **headers}
        return await self._ask("POST", address, body, by_script)

    async def break_off(self, address: str, body: bytes, **headers: str) -> None:
        """Send the beginning of a body, and go, as a browser that is closed."""
        with pytest.raises(ClientDisconnect):
            await self._ask("POST", address, body, headers, is_cut=True)

    async def follow(self, link: str) -> Got:
        """Open a link that signs in, as a path, and press the button that its page has."""
        moved = await self.get(link)
        return await self.press(await self.get(moved.headers["location"]), "/sign-in")

    async def press(self, page: Got, action: str, **more: str) -> Got:
        """Send a form of a page."""
        return await self.post(action, {**page.forms[action], **more})

    async def _ask(
        self, method: str, address: str, body: bytes, headers: Mapping[str, str], *, is_cut: bool = False
    ) -> Got:
        parts = urlsplit(address)
        kept = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        named = {"host": self.host, **({"cookie": kept} if kept else {})}
        named |= {name.replace("_", "-"): text for name, text in headers.items()}
        scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": parts.path,
            "raw_path": parts.path.encode(),
            "query_string": parts.query.encode(),
            "root_path": "",
            "headers": [(name.encode(), text.encode()) for name, text in named.items()],
            "server": ("127.0.0.1", 8484),
        }
        got = await _answer(self.app, scope, body, is_cut=is_cut)
        for line in got.cookies:
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
            if "Max-Age=0" in line:
                del self.cookies[name]
        return got


async def _answer(app: ASGIApp, scope: dict[str, Any], body: bytes, *, is_cut: bool = False) -> Got:
    sent = list[Message]()
    coming: list[Message] = [{"type": "http.request", "body": body, "more_body": is_cut}]
    last: Message = {"type": "http.disconnect"} if is_cut else coming[0]

    async def receive() -> Message:
        return coming.pop() if coming else last

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    headers = [(name.decode(), text.decode()) for name, text in sent[0]["headers"]]
    cookies = tuple(text for name, text in headers if name == "set-cookie")
    return Got(sent[0]["status"], dict(headers), cookies, b"".join(one.get("body", b"") for one in sent[1:]))
