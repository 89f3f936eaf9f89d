"""`/metrics` and `/healthz` of one worker, over HTTP."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import msgspec
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pressroom.core.clock import Clock
from pressroom.core.errors import PressroomError
from pressroom.service.health import health
from pressroom.service.metrics import CONTENT_TYPE, Metrics, read
from pressroom.service.shapes.work import HealthShape
from pressroom.serving.guard import Secured
from pressroom.serving.limits import limited
from pressroom.serving.runner import running
from pressroom.serving.sockets import address_of, cannot_listen, listen

if TYPE_CHECKING:
    from pressroom.store.store import Store

_UNHEALTHY = 503


def metrics_app(store: "Store", clock: Clock, metrics: Metrics, is_driving: Callable[[], bool]) -> Starlette:
    """Make the app. Both routes answer 503 where the store does not answer."""

    async def healthz(_: Request) -> Response:
        try:
            seen = await health(store, clock, is_driven=is_driving())
        except PressroomError as error:
            told = HealthShape.unknown(error, is_driven=is_driving())
        else:
            told = HealthShape.of(seen)
        return JSONResponse(msgspec.to_builtins(told), 200 if told.healthy else _UNHEALTHY)

    async def scrape(_: Request) -> Response:
        # 503 and not stale numbers: to Prometheus the target is then down, which an alert can see.
        try:
            reading = await read(store, clock, is_driven=is_driving())
        except PressroomError as error:
            return Response(str(error), _UNHEALTHY, media_type="text/plain")
        return Response(metrics.text(reading), headers={"content-type": CONTENT_TYPE})

    routes = [Route("/healthz", healthz), Route("/metrics", scrape)]
    return Starlette(routes=routes, middleware=[Middleware(Secured)])


@asynccontextmanager
async def serving_metrics(app: Starlette, host: str, port: int) -> AsyncGenerator[str]:
    """Serve while the block runs; yields the base URL. Raises SettingRefused for a port that is taken."""
    try:
        listener = listen(host, port)
    except OSError as error:
        fix = "Give another port or host for the metrics."
        raise cannot_listen(error, host, port, rule="metrics_port", fix=fix) from None
    base_url = address_of(listener)
    async with running(app, listener, limited()):
        yield base_url
