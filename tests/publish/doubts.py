"""One call whose answer cannot be trusted, against a host that lags, while others post the same words."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from pressroom.client.client import Client
from pressroom.client.transport_asgi import AsgiTransport
from pressroom.core.account import Account
from pressroom.core.errors import AnswerLost, OutcomeUnknown, PressroomError, TransportError
from pressroom.core.post import Post, PostId, PostKind
from pressroom.core.protocols import Reply, Request, Transport
from pressroom.core.secret import Secret
from pressroom.publish.context import Context
from pressroom.publish.machine.policy import CAREFUL, Policy
from pressroom.publish.manners.at_once import InMemoryJournal
from pressroom.publish.publisher import Publisher
from pressroom.publish.steps.preparation import Preparation
from pressroom.sandbox.faults import Effect, Fault, FaultKind
from pressroom.sandbox.settings import Hostility, Processing, SandboxSettings
from pressroom.sandbox.simulator import PublishedMedia, Sandbox
from pressroom.sandbox.state.things import ContainerKind, LatePost
from tests.fakes.clock import FakeClock
from tests.fakes.media import FakeDesk, FakeHost
from tests.publish.posts import a_post

Answer = Callable[[Request, FakeClock], Awaitable[Reply]]


def _reply(body: bytes | dict[str, Any], status: int = 200, kind: str = "application/json") -> Answer:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()

    async def answer(_request: Request, _clock: FakeClock) -> Reply:
        return Reply(status=status, headers={"content-type": kind}, body=content)

    return answer


def wrong(code: int, subcode: int | None = None, *, status: int = 400, is_transient: bool = False) -> Answer:
    """Answer with an error of Meta's shape."""
    told: dict[str, Any] = {"message": "No.", "type": "OAuthException", "code": code, "fbtrace_id": "A"}
    told |= {"is_transient": True} if is_transient else {}
    return _reply({"error": told | ({"error_subcode": subcode} if subcode else {})}, status)


async def _dropped(request: Request, _clock: FakeClock) -> Reply:
    raise AnswerLost(f"The connection ended without an answer ({request.place}).")


async def _hung(request: Request, clock: FakeClock) -> Reply:
    await clock.sleep(request.timeout_s)
    raise AnswerLost(f"No answer to {request.place} in time.")


# Every way an answer can be lost or wrong. A connection that is dropped, reset or cut in the middle of the
# answer is one and the same above the transport.
WRONG_ANSWERS: dict[str, Answer] = {
    "dropped, reset or cut": _dropped,
    "hung": _hung,
    "empty": _reply(b""),
    "500": wrong(2, status=500),
    "500 empty": _reply(b"", 500),
    "502 page": _reply(b"<html><title>502 Bad Gateway</title></html>", 502, "text/html"),
    "400": wrong(-1, 2207001),
    "400 fatal": wrong(-1, 2207085),
    "400 of an unknown code": wrong(77777, 9999999),
    "400 with a page": _reply(b"<html>Sorry</html>", 400, "text/html"),
    "spam protection": wrong(4, 2207051),
    "download timed out": wrong(-2, 2207003),
    "not found at all": wrong(100, 33),
    "not ready, with a 500": wrong(9007, 2207027, status=500),
    "gone, with a 500": wrong(24, 2207006, status=500),
    "app limit of an unknown subcode": wrong(4, 2207999),
    "app limit, with a 503": wrong(4, status=503),
    "custom limit, with a 500": wrong(613, status=500),
    "bad parameter, called transient": wrong(100, is_transient=True),
    "200 with a refusal": wrong(9007, 2207027, status=200),
    "200 with an error": wrong(1, 99, status=200),
    "200 without an id": _reply({}),
    "200 with an empty id": _reply({"id": ""}),
    "200 with a null id": _reply({"id": None}),
    "garbage": _reply(b"\x00\xff not JSON"),
    "truncated": _reply(b'{"id": "1789'),
    "a list": _reply(b'["17890000000000001"]'),
}
FORBIDS_ANOTHER = "spam protection"


class WrongAnswers:
    """A transport that carries out as much of chosen calls as it is told, and answers something else.

    effects: the answers to come for calls to `path`, each with what becomes of the call; then the truth.
    """

    def __init__(self, inner: Transport, sandbox: Sandbox | None, clock: FakeClock, path: str) -> None:
        self._inner = inner
        self._sandbox = sandbox
        self._clock = clock
        self._path = path
        self.effects: list[tuple[Answer, Effect, float]] = []
        self.before_call: Callable[[], object] = lambda: None
        self.count = 0

    async def send(self, request: Request) -> Reply:
        if request.method != "POST" or not request.url.partition("?")[0].endswith(self._path):
            return await self._inner.send(request)
        self.count += 1
        self.before_call()
        if not self.effects:
            return await self._inner.send(request)
        answer, effect, delay_s = self.effects.pop(0)
        await self._carry_out(request, effect, delay_s)
        return await answer(request, self._clock)

    async def _carry_out(self, request: Request, effect: Effect, delay_s: float) -> None:
        if effect is Effect.NONE:
            return
        if effect is Effect.LATER:
            assert self._sandbox is not None
            name = {"/media_publish": "media_publish", "/comments": "comments"}[self._path]
            fault = Fault(on=name, method="POST", kind=FaultKind.DROP, effect=effect, delay_s=delay_s)
            self._sandbox.faults.add(fault)
        try:
            await self._inner.send(request)
        except TransportError:
            assert effect is Effect.LATER

    async def aclose(self) -> None:
        await self._inner.aclose()


KINDS = {
    PostKind.PHOTO: ContainerKind.PHOTO,
    PostKind.REEL: ContainerKind.REEL,
    PostKind.CAROUSEL: ContainerKind.CAROUSEL,
    PostKind.STORY: ContainerKind.STORY,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """What goes wrong, and what happens around it.

    later_s: how late an effect comes that comes later. copies: what else is posted with the same words:
    `ours` (another post of ours, before), `before` (by hand, seconds before the call), `between` (by hand,
    after the snapshot), `after` (by hand, seconds after the call). processing_s: how long Instagram needs for
    the container. jump_s: how far our clock is set forward or back right after the call.
    """

    kind: PostKind = PostKind.PHOTO
    answer: str = "dropped, reset or cut"
    effect: Effect = Effect.DONE
    later_s: float = 20.0
    copies: tuple[str, ...] = ()
    stale_s: float = 0.0
    lag_s: float = 0.0
    skew_s: float = 0.0
    processing_s: float = 0.0
    jump_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What came of it: the post, what is live of it, and how often it was sent. post: None when unknown."""

    post: Post | None
    ours: list[PublishedMedia]
    sends: int
    error: PressroomError | None = None


@dataclass(slots=True)
class Account1:
    """An account of a fresh sandbox, with the transport that gives the wrong answers."""

    doubt: Doubt
    policy: Policy = CAREFUL
    clock: FakeClock = field(default_factory=FakeClock)
    sandbox: Sandbox = field(init=False)
    wire: WrongAnswers = field(init=False)
    journal: InMemoryJournal = field(init=False)
    client: Client = field(init=False)

    def __post_init__(self) -> None:
        manners = Hostility(
            stale_status_s=self.doubt.stale_s,
            listing_lag_s=self.doubt.lag_s,
            date_skew_s=self.doubt.skew_s,
        )
        processing = Processing.after_seconds(self.doubt.processing_s)
        settings = SandboxSettings(hostile=True, hostility=manners, fetch="trust", processing=processing)
        self.sandbox = Sandbox(settings, clock=self.clock)
        inner = AsgiTransport(self.sandbox.app, clock=self.clock)
        self.wire = WrongAnswers(inner, self.sandbox, self.clock, "/media_publish")
        account = Account(
            token=Secret(self.sandbox.token), user_id=self.sandbox.user_id, api_base="http://127.0.0.1:1"
        )
        self.journal = InMemoryJournal(account, clock=self.clock)
        self.client = Client(account, self.wire, clock=self.clock)

    async def publish(self, name: str) -> Post:
        """Publish a post whose words are always the same."""
        words = {} if self.doubt.kind is PostKind.STORY else {"caption": "The same  words, @everybody"}
        post = replace(a_post(self.doubt.kind, **words), id=PostId(name))
        context = Context(client=self.client, journal=self.journal, policy=self.policy)
        return await Publisher(
            context=context, preparation=Preparation(desk=FakeDesk(), host=FakeHost())
        ).publish(post)

    def post_by_hand(self, at: float) -> None:
        """Somebody posts the same words with the app."""
        caption = None if self.doubt.kind is PostKind.STORY else "The same words, everybody"
        copy = LatePost(user_id=self.sandbox.user_id, kind=KINDS[self.doubt.kind], caption=caption)
        self.sandbox.scene.later(at, copy)

    def copy_what_is_sent(self) -> None:
        """At the moment of the call, let the others post around it."""
        self.wire.before_call = lambda: None
        now = self.sandbox.clock.unix()
        for copy, shift_s in (("between", 0.0), ("after", 5.0)):
            if copy in self.doubt.copies:
                self.post_by_hand(now + shift_s)
        self.sandbox.scene.settle()
        self.clock.start += timedelta(seconds=self.doubt.jump_s)


async def ending_of(doubt: Doubt) -> Ending:
    """Publish one post through the doubt, to its end."""
    there = Account1(doubt)
    if "ours" in doubt.copies:
        await there.publish("the other")
    if "before" in doubt.copies:
        there.post_by_hand(there.sandbox.clock.unix())
    before = there.wire.count
    there.wire.effects.append((WRONG_ANSWERS[doubt.answer], doubt.effect, doubt.later_s))
    there.wire.before_call = there.copy_what_is_sent
    post, error = None, None
    try:
        post = await there.publish("this")
    except OutcomeUnknown as unknown:
        error = unknown
    there.clock.advance(7200)
    container = there.journal.posts[PostId("this")].sends[0].container_id
    ours = [media for media in there.sandbox.media if media.container_id == container]
    await there.client.aclose()
    return Ending(post=post, ours=ours, sends=there.wire.count - before, error=error)
