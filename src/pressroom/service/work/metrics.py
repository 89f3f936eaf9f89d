"""Metrics of a worker and its store, in Prometheus' text format, and `/metrics` and `/healthz` over HTTP.

Counters count one worker since its start; everything else is read from the store at each scrape.
Source: https://prometheus.io/docs/practices/naming/
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from pressroom.client.client import ExchangeRecord
from pressroom.core.account import PausedAccount, StoredAccount
from pressroom.core.clock import Clock
from pressroom.core.errors import PressroomError
from pressroom.core.post import WAITING_STATES, Post, PostState
from pressroom.core.secret import redact_text
from pressroom.core.stored_posts import PostQuery
from pressroom.service.acting.obstacles import Health, health
from pressroom.service.work.shapes import HealthShape
from pressroom.serving.guard import Secured
from pressroom.serving.limits import limited
from pressroom.serving.runner import running
from pressroom.serving.sockets import address_of, cannot_listen, listen

if TYPE_CHECKING:
    from pressroom.store.store import Store


CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_DAY_S = timedelta(days=1).total_seconds()
_LATENESS_S = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 900, 3600)
_CALL_S = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60)
_ENDS = {
    PostState.PUBLISHED: ("pressroom_published", "Posts that went live."),
    PostState.FAILED: ("pressroom_failed", "Posts that were given up."),
    PostState.MISSED: ("pressroom_missed", "Posts that were dropped, being late."),
    PostState.NEEDS_ATTENTION: ("pressroom_needs_attention", "Posts that came to wait for a person."),
}


class Metrics:
    """Counts what one worker does. Accounts are the only label from a post: ids would make a series each."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._ends = {state: self._counter(name, text) for state, (name, text) in _ENDS.items()}
        self._sends = self._counter("pressroom_sends", "Publish calls that were begun.")
        self._doubts = self._counter(
            "pressroom_doubts", "Publish calls whose outcome was not learnt at once."
        )
        self._due_to_sent = Histogram(
            "pressroom_due_to_sent_seconds",
            "From the time a post was to go out at to the beginning of its first publish call.",
            ["account"],
            buckets=_LATENESS_S,
            registry=self._registry,
        )
        self._calls = Histogram(
            "pressroom_call_seconds",
            "How long Instagram took to answer, by what came of it: ok, or the class of the error.",
            ["method", "outcome"],
            buckets=_CALL_S,
            registry=self._registry,
        )

    def saved(self, was: Post, post: Post) -> None:
        """Count the events in a change of a post."""
        if post.state is not was.state and post.state in self._ends:
            self._ends[post.state].labels(post.account_name).inc()
        doubtful = {send.number for send in was.sends if send.doubtful_at}
        begun = {send.number for send in was.sends}
        for send in post.sends:
            if send.number not in begun:
                self._sends.labels(post.account_name).inc()
                # Only the first send since the post was due, or postponed to, tells how late it went out.
                due = was.goes_out_at
                if due is not None and not any(before.started_at >= due for before in was.sends):
                    late_s = max(0.0, (send.started_at - due).total_seconds())
                    self._due_to_sent.labels(was.account_name).observe(late_s)
            if send.doubtful_at and send.number not in doubtful:
                self._doubts.labels(post.account_name).inc()

    def called(self, record: ExchangeRecord) -> None:
        """Count and time a call."""
        self._calls.labels(record.method, record.error or "ok").observe(record.elapsed_s)

    def text(self, reading: "Reading") -> bytes:
        """Return counters and gauges as text."""
        text = generate_latest(self._registry) + generate_latest(_gauges(reading))
        return redact_text(text.decode()).encode()  # somebody may have pasted a token as an account's name

    def _counter(self, name: str, text: str) -> Counter:
        return Counter(name, text, ["account"], registry=self._registry)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The state of a store at a moment."""

    at: datetime
    health: Health
    counts: Mapping[PostState, int]
    next_goes_out_at: datetime | None
    accounts: Sequence[StoredAccount]
    paused: Sequence[PausedAccount]


async def read(store: "Store", clock: Clock, *, is_driven: bool) -> Reading:
    """Read the store. Raises StoreFailed."""
    now = clock.now()
    coming = await store.run(store.posts.list, PostQuery(states=WAITING_STATES, due_from=now, limit=1))
    return Reading(
        at=now,
        health=await health(store, clock, is_driven=is_driven),
        counts=await store.run(store.posts.counts),
        next_goes_out_at=coming.posts[0].goes_out_at if coming.posts else None,
        accounts=await store.run(store.accounts.list),
        paused=await store.run(store.accounts.paused, now),
    )


def _gauges(reading: Reading) -> CollectorRegistry:
    # A registry for each scrape: a gauge kept from the last one would still show an account that has gone.
    registry, state = CollectorRegistry(), reading.health

    def single(name: str, text: str, value: float) -> None:
        Gauge(name, text, registry=registry).set(value)

    def labelled(name: str, text: str, label: str, values: Mapping[str, float]) -> None:
        gauge = Gauge(name, text, [label], registry=registry)
        for of, value in values.items():
            gauge.labels(of).set(value)

    text = "1 when a worker drives, sends can be logged, and no post is overdue."
    single("pressroom_healthy", text, state.is_healthy)
    single("pressroom_driver_alive", "1 when a worker drives the store.", bool(state.is_driven))
    text = "1 while sends can be logged; while it is 0 nothing is published."
    single("pressroom_send_log_writable", text, state.send_log_failure is None)
    single("pressroom_posts_overdue", "Posts more than a minute past their time.", state.overdue)
    if reading.next_goes_out_at:
        text = "When the next post goes out, in seconds since 1970."
        single("pressroom_next_due_timestamp_seconds", text, reading.next_goes_out_at.timestamp())
    counts = {state.value: float(reading.counts.get(state, 0)) for state in PostState}
    labelled("pressroom_posts", "Posts in the store, by state.", "state", counts)
    days_left = {
        login.name: (login.access_ends_at - reading.at).total_seconds() / _DAY_S
        for login in reading.accounts
        if login.access_ends_at
    }
    text = "Days until an account's token ends; negative when it is over."
    labelled("pressroom_token_days_left", text, "account", days_left)
    # A pause is the account's: every login to it shows it.
    paused = {
        login.name: float(
            any(pause.until > reading.at for pause in (login.pause, login.pause_by_hand) if pause)
        )
        for login in reading.accounts
    }
    paused |= {account.account: 1.0 for account in reading.paused}
    labelled("pressroom_account_paused", "1 while an account starts nothing new.", "account", paused)
    return registry


_UNHEALTHY = 503


def metrics_app(
    store: "Callable[[], Awaitable[Store]]",
    clock: Clock,
    metrics: Metrics,
    is_driven: Callable[[], Awaitable[bool]],
) -> Starlette:
    """Make the app. Both routes answer 503 where the store does not answer."""

    async def healthz(_: Request) -> Response:
        is_worker_running = False
        try:
            is_worker_running = await is_driven()
            shape = HealthShape.of(await health(await store(), clock, is_driven=is_worker_running))
        except PressroomError as error:
            shape = HealthShape.unknown(error, is_driven=is_worker_running)
        return JSONResponse(msgspec.to_builtins(shape), 200 if shape.healthy else _UNHEALTHY)

    async def scrape(_: Request) -> Response:
        # 503 and not stale numbers: to Prometheus the target is then down, which an alert can see.
        try:
            reading = await read(await store(), clock, is_driven=await is_driven())
        except PressroomError as error:
            return Response(str(error), _UNHEALTHY, media_type="text/plain")
        return Response(metrics.text(reading), headers={"content-type": CONTENT_TYPE})

    routes = [Route("/healthz", healthz), Route("/metrics", scrape)]
    return Starlette(routes=routes, middleware=[Middleware(Secured)])


@asynccontextmanager
async def serving_metrics(app: ASGIApp, host: str, port: int) -> AsyncGenerator[str]:
    """Serve while the block runs; yields the base URL. Raises SettingRefused for a port that is taken."""
    try:
        listener = listen(host, port)
    except OSError as error:
        fix = "Give another port or host for the metrics."
        raise cannot_listen(error, host, port, rule="metrics_port", fix=fix) from None
    base_url = address_of(listener)
    async with running(app, listener, limited()):
        yield base_url
