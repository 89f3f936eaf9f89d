"""A watched account: a sandbox and a store on one clock, and a collector that comes by."""

import io
import math
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from PIL import Image

from pressroom.client.transport_asgi import AsgiTransport
from pressroom.core.account import Account, AccountId, account_id
from pressroom.core.protocols import Reply, Request, Transport
from pressroom.core.readings import ALL_MEDIA, Collecting, MediaQuery, MissedReading, Reading
from pressroom.core.secret import Secret
from pressroom.core.settings import Settings
from pressroom.graph.answers import MediaId
from pressroom.graph.hosts import LoginType
from pressroom.insights import ages
from pressroom.insights.ages import LOOK_EVERY
from pressroom.sandbox.settings import SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from pressroom.sandbox.state.seeding import ByHand, publish_by_hand
from pressroom.sandbox.state.things import ContainerKind
from pressroom.service.ground.resources import Resources
from pressroom.service.insights.collecting import CollectingOffice, Run
from pressroom.store.store import Store, open_store
from tests.fakes.clock import FakeClock
from tests.publish.durable_world import InlineStore

BASE = "http://127.0.0.1:8001"
SIGNATURE = "00_AfSigned7c1e"


@cache
def small_picture() -> bytes:
    """A picture of one colour: drawing the sandbox's takes longer than all else that a test does."""
    out = io.BytesIO()
    Image.new("RGB", (40, 50), "teal").save(out, "JPEG")
    return out.getvalue()


@dataclass
class Network:
    """The way to the sandbox. fetched: the requests for pictures, whose addresses it signs as Instagram does.

    picture: what answers them, and may raise; None for `internet`, or the sandbox where that is None, too.
    """

    sandbox: Transport
    picture: Callable[[Request], Reply] | None = None
    fetched: list[Request] = field(default_factory=list[Request])
    internet: Transport | None = None

    async def send(self, request: Request) -> Reply:
        if "/_sandbox/" not in request.url:
            reply = await self.sandbox.send(request)
            signed = reply.body.replace(b'.jpg"', f'.jpg?oh={SIGNATURE}"'.encode())
            return replace(reply, body=signed)
        self.fetched.append(request)
        return self.picture(request) if self.picture else await (self.internet or self.sandbox).send(request)

    async def aclose(self) -> None:
        await self.sandbox.aclose()


def answering(body: bytes, status: int = 200) -> Callable[[Request], Reply]:
    """Answer every request for a picture alike."""
    return lambda _request: Reply(status=status, headers={}, body=body)


@dataclass
class Ahead:
    """Instagram's clock, where this machine's is behind it."""

    ours: FakeClock
    by_s: float

    def now(self) -> datetime:
        return self.ours.now() + timedelta(seconds=self.by_s)

    def monotonic(self) -> float:
        return self.ours.monotonic()

    async def sleep(self, seconds: float) -> None:
        await self.ours.sleep(seconds)


@dataclass
class Watch:
    """One account, and everything that reads it. `store` may be closed and opened under it."""

    sandbox: Sandbox
    store: Store
    clock: FakeClock
    office: CollectingOffice
    account: AccountId
    paths: list[str]
    network: Network

    async def look(self) -> Run:
        """Let the collector come by once."""
        return await self.office.run(self.account)

    async def hours(self, count: float) -> None:
        """Let it come by every minute; minutes in which nothing is due are skipped."""
        end = self.now + timedelta(hours=count)
        while self.now < end:
            at = min(self._next_due(), end)
            minutes = max(1, math.ceil((at - self.now).total_seconds() / 60))
            self.clock.advance(60 * minutes)
            await self.look()

    def _next_due(self) -> datetime:
        readings, found = self.store.readings, self.collecting
        planned = [readings.next_due(self.account, stories=stories) for stories in (False, True)]
        looks = [at + LOOK_EVERY for at in (found.listed_at, found.stories_listed_at) if at]
        due = min((at for at in (*planned, *looks) if at is not None), default=self.now)
        # Its moments are Instagram's, and this machine's clock may be off.
        return max(due, found.held_until or due) + timedelta(seconds=found.skew_s)

    def pass_by(self, **span: float) -> None:
        """Let time pass in which no worker runs."""
        self.clock.advance(timedelta(**span).total_seconds())

    def post(self, kind: str = "photo", **more: Any) -> MediaId:
        """Publish something in the app, by hand."""
        self.sandbox.order("media", kind=kind, **more)
        world, user_id = self.sandbox.controls.scene.world, self.sandbox.user_id
        feed = (world.stories if kind == "story" else world.feeds)[user_id]
        return MediaId(max(feed, key=lambda media: media.number).id)

    @property
    def now(self) -> datetime:
        return self.clock.now()

    @property
    def collecting(self) -> Collecting:
        found = self.store.readings.collecting(self.account)
        assert found
        return found

    def readings(self, media_id: str | None = None) -> list[Reading]:
        found = [one.reading for one in self.store.readings.aged(self.account, ALL_MEDIA)]
        return [one for one in found if media_id in (None, one.media_id)]

    def slots(self, media_id: str) -> list[float]:
        """The ages in hours near which it was read."""
        query = MediaQuery(ids=[MediaId(media_id)])
        (product,) = (one.product_type for one in self.store.readings.media(self.account, query))
        read = [one.age_s for one in self.readings(media_id)]
        return [
            age_s / 3600
            for age_s in ages.ages_of(product)
            if any(abs(one - age_s) <= ages.tolerance_s(age_s, product) for one in read)
        ]

    def at(self, hours: float) -> dict[str, Reading]:
        """The first reading after an age, by media."""
        after = [one for one in self.readings() if hours <= one.age_s / 3600 < hours + 1.2]
        return {one.media_id: one for one in reversed(after)}

    def thumbnails(self) -> dict[MediaId, bytes]:
        ids = [one.id for one in self.store.readings.media(self.account, ALL_MEDIA)]
        return dict(self.store.readings.thumbnails(self.account, ids))

    def missed(self, media_id: str | None = None) -> list[MissedReading]:
        found = self.store.readings.missed(self.account, ALL_MEDIA)
        return [one for one in found if media_id in (None, one.media_id)]

    def calls(self, part: str = "") -> int:
        """Count the calls so far whose path holds a text."""
        return sum(part in path for path in self.paths)

    def posted(self, kind: str, hours_ago: float) -> MediaId:
        """Publish something in the past."""
        controls, at = self.sandbox.controls, self.now.timestamp() - 3600 * hours_ago
        order = ByHand(kind=ContainerKind(kind))
        return MediaId(publish_by_hand(controls.scene.world, controls.account, order, at).id)


@asynccontextmanager
async def watch(
    *,
    address: str = ":memory:",
    login: LoginType = LoginType.INSTAGRAM,
    base: str = BASE,
    draws: bool = False,
    behind_s: float = 0.0,
    **settings: Any,
) -> AsyncGenerator[Watch]:
    """Open one. draws: let the sandbox draw each picture. behind_s: this machine's clock."""
    clock = FakeClock()
    token = "IGAAwatched0123456789abcdef" if login is LoginType.INSTAGRAM else "EAAwatched0123456789abcdef"
    sandbox = Sandbox(
        SandboxSettings(token=token, login=login, fetch="trust", **settings),
        clock=Ahead(clock, behind_s) if behind_s else clock,
    )
    transport = Network(
        AsgiTransport(sandbox.app, clock=clock), None if draws else answering(small_picture())
    )
    account = Account(
        token=Secret(token), user_id=sandbox.user_id, login_type=login, api_base=base, version="v25.0"
    )

    async def account_of(_account: AccountId) -> Account:
        return account

    resources = Resources(settings=Settings(home=None), clock=clock, transport=transport)  # type: ignore[arg-type]
    with open_store(address, clock=clock) as opened:
        store = InlineStore(opened.database)
        paths = list[str]()
        office = CollectingOffice(
            resources=resources,
            store=store,
            account_of=account_of,
            on_exchange=lambda record: paths.append(record.path),
        )
        yield Watch(sandbox, store, clock, office, account_id(sandbox.user_id, base), paths, transport)
    await resources.aclose()
    await sandbox.aclose()
