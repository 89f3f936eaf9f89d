"""Calls a sandbox in-process, as bare as a client can be."""

import json
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from pressroom.graph.hosts import LoginType
from pressroom.sandbox.calls.tokens import all_scopes
from pressroom.sandbox.simulator import Sandbox

Message = MutableMapping[str, Any]
FORM = "application/x-www-form-urlencoded"
BACK = "https://app.example/back/"
APP = {"client_id": "1500000000000001", "client_secret": "sandbox-app-secret"}


def consent_query(login: LoginType = LoginType.INSTAGRAM, back: str = BACK) -> dict[str, str]:
    """What an app that wants every permission of a login sends a browser to the dialog with."""
    scope = ",".join(all_scopes(login))
    return {"client_id": APP["client_id"], "redirect_uri": back, "response_type": "code", "scope": scope}


def exchange_form(code: str, back: str = BACK) -> dict[str, str]:
    """What an app exchanges a code with."""
    return {**APP, "grant_type": "authorization_code", "redirect_uri": back, "code": code}


@dataclass(frozen=True, slots=True)
class Got:
    """An answer. `json` is what its body holds; `headers` have lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> tuple[int, int | None]:
        """Code and subcode of an error answer."""
        body = self.json["error"]
        return body["code"], body.get("error_subcode")

    @property
    def message(self) -> str:
        return self.json["error"]["message"]

    @property
    def id(self) -> str:
        return self.json["id"]


class Caller:
    """Speaks for the sandbox's account: the token goes along unless told otherwise."""

    def __init__(
        self, sandbox: Sandbox, *, token: str | None = None, host: str = "sandbox.test", scheme: str = "http"
    ) -> None:
        self.sandbox = sandbox
        self.token = sandbox.token if token is None else token
        self.host = host
        self.scheme = scheme

    async def raw(
        self, method: str, target: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Got:
        """Send a request exactly as given. Raises what the app raises."""
        path, _, query = target.partition("?")
        if "://" in path:
            path = urlsplit(path).path
        sent = [(b"host", self.host.encode())]
        sent += [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "method": method,
            "scheme": self.scheme,
            "path": path,
            "query_string": query.encode(),
            "headers": sent,
        }
        messages: list[Message] = []
        inbox: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> Message:
            return inbox.pop(0) if inbox else {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            messages.append(message)

        await self.sandbox.app(scope, receive, send)
        start = messages[0]
        answer = b"".join(message.get("body", b"") for message in messages[1:])
        named = {name.decode(): value.decode() for name, value in start["headers"]}
        return Got(start["status"], named, answer)

    async def get(self, path: str, **params: Any) -> Got:
        """GET with everything in the query."""
        return await self.raw("GET", f"{path}?{self._encoded(params)}")

    async def delete(self, path: str, **params: Any) -> Got:
        return await self.raw("DELETE", f"{path}?{self._encoded(params)}")

    async def post(self, path: str, **params: Any) -> Got:
        """POST with everything in a form."""
        return await self.raw("POST", path, self._encoded(params).encode(), {"content-type": FORM})

    def _encoded(self, params: Mapping[str, Any]) -> str:
        return urlencode({"access_token": self.token, **params} if self.token else params)

    async def create(self, **params: Any) -> str:
        """Make a container, a photo unless told otherwise, and give its id."""
        wanted = params or {"image_url": "https://example.com/a.jpg"}
        got = await self.post(f"/{self.sandbox.user_id}/media", **wanted)
        assert got.status == 200, got.body
        return got.id

    async def publish(self, **params: Any) -> str:
        """Make a container, publish it and give the media's id; needs a sandbox that processes at once."""
        got = await self.post(
            f"/{self.sandbox.user_id}/media_publish", creation_id=await self.create(**params)
        )
        assert got.status == 200, got.body
        return got.id

    async def status(self, container: str) -> str:
        return (await self.get(f"/{container}", fields="status_code")).json["status_code"]
