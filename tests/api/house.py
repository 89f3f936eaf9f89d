"""The API over a road, asked in-process by clients that show keys."""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from starlette.types import ASGIApp, Message

from pressroom.api.app import api_app
from pressroom.api.operation import BASE
from pressroom.core.actor import Actor, Scope
from pressroom.core.settings import Mask
from pressroom.service import Pressroom
from pressroom.service.programs.programs import Programs
from pressroom.service.reports.reports import Makes, ReportService
from tests.service.consenting import person
from tests.service.road import Road


@dataclass(frozen=True, slots=True)
class Got:
    """An answer; the names of `headers` are lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.content)

    def of(self, status: int) -> Any:
        """Return what it says, if it has this status."""
        assert self.status == status, (self.status, self.content[:2000])
        return self.json if self.content else None


@dataclass(frozen=True, slots=True)
class Client:
    """A program with a key. always: headers of each request."""

    app: ASGIApp
    token: str | None = None
    always: Mapping[str, str] = field(default_factory=dict[str, str])

    async def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        /,
        *,
        headers: Mapping[str, str | Sequence[str]] | None = None,
        content: bytes | None = None,
        **query: Any,
    ) -> Got:
        """Ask for a path below the API's. body: as JSON; content: as bytes. query: None is left out.

        headers: several texts of a name are a header each.
        """
        named: dict[str, str | Sequence[str]] = {"host": "localhost", **self.always}
        if self.token:
            named["authorization"] = f"Bearer {self.token}"
        if body is not None:
            named["content-type"], content = "application/json", json.dumps(body).encode()
        named |= {name.lower(): text for name, text in (headers or {}).items()}
        given = {name: value for name, value in query.items() if value is not None}
        scope: dict[str, Any] = {
            "type": "http",
            "method": method,
            "path": BASE + path,
            "query_string": urlencode(given, doseq=True).encode(),
            "headers": [
                (name.encode(), text.encode())
                for name, texts in named.items()
                for text in ([texts] if isinstance(texts, str) else texts)
            ],
        }
        return await answered(self.app, scope, content or b"")

    async def get(self, path: str, /, **query: Any) -> Any:
        return (await self.ask("GET", path, **query)).of(200)

    async def post(
        self, path: str, body: object = None, /, *, seen: int | None = None, **headers: str
    ) -> Got:
        """seen: the version for `If-Match`. `_` in a header's name stands for `-`."""
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        if seen is not None:
            named["if-match"] = f'"{seen}"'
        return await self.ask("POST", path, body, headers=named)


async def answered(app: ASGIApp, scope: dict[str, Any], content: bytes) -> Got:
    sent, is_streamed = list[Message](), asyncio.Event()
    waiting: list[Message] = [{"type": "http.request", "body": content, "more_body": False}]

    async def receive() -> Message:
        if waiting:
            return waiting.pop()
        await is_streamed.wait()  # who gets a stream reads its beginning, and goes
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)
        if message.get("more_body"):
            is_streamed.set()

    await app(scope, receive, send)
    told = {name.decode(): text.decode() for name, text in sent[0]["headers"]}
    return Got(sent[0]["status"], told, b"".join(each.get("body", b"") for each in sent[1:]))


@dataclass(frozen=True, slots=True)
class House:
    """The API of a road. owner: a person's session, by which keys are made and proposals decided."""

    road: Road
    app: ASGIApp
    owner: Pressroom

    async def client(self, name: str = "shop", *scopes: Scope, **more: Any) -> Client:
        new = await self.owner.keys.add(name, scopes=scopes or tuple(Scope), **more)
        return Client(self.app, new.token.reveal())


@asynccontextmanager
async def a_house(
    road: Road, *, takes: Any = None, makes: Makes | None = None, is_given: bool = False
) -> AsyncGenerator[House]:
    """makes: what makes reports, in place of a process. is_given: it acts for the road's account."""

    def opens(actor: Actor, account: str | None) -> Pressroom:
        more = {} if is_given else {"account_name": account}
        session = road.pressroom(actor=actor, **more)
        if makes:
            vars(session)["reports"] = ReportService(session._acting, session._gate, makes=makes)
        return session

    async with person(road, account_name=None) as owner:
        programs = Programs(owner, opens)
        try:
            yield House(road, api_app(programs, mask=Mask(), takes=takes), owner)
        finally:
            await programs.aclose()
