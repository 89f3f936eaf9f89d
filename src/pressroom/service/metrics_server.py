"""`/metrics` and `/healthz` of one worker, over HTTP."""

import contextlib
import socket
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pressroom.core.clock import Clock
from pressroom.core.errors import PressroomError, SettingRefused
from pressroom.core.repositories import Repositories
from pressroom.hosting.server import running
from pressroom.service.health import health
from pressroom.service.metrics import CONTENT_TYPE, Metrics, read
from pressroom.service.shapes.health import HealthShape

_UNHEALTHY = 503


def metrics_app(
    store: Repositories, clock: Clock, metrics: Metrics, is_driving: Callable[[], bool]
) -> Starlette:
    """Make the app. A store that does not answer is no health, and has no metrics."""

    async def healthz(_: Request) -> Response:
        try:
            seen = await health(store, clock, is_driven=is_driving())
        except PressroomError as error:
            told = HealthShape.unknown(error, is_driven=is_driving())
        else:
            told = HealthShape.of(seen)
        return JSONResponse(msgspec.to_builtins(told), 200 if told.healthy else _UNHEALTHY)

    async def scrape(_: Request) -> Response:
        try:
            reading = await read(store, clock, is_driven=is_driving())
        except PressroomError as error:
            return Response(str(error), _UNHEALTHY, media_type="text/plain")
        return Response(metrics.text(reading), headers={"content-type": CONTENT_TYPE})

    return Starlette(routes=[Route("/healthz", healthz), Route("/metrics", scrape)])


@asynccontextmanager
async def serving_metrics(app: Starlette, host: str, port: int) -> AsyncGenerator[str]:
    """Serve while the block runs, and give the base URL. Raises SettingRefused for a port that is taken."""
    with contextlib.closing(_listen(host, port)) as listener:
        async with running(app, listener):
            shown = f"[{host}]" if ":" in host else host
            yield f"http://{shown}:{listener.getsockname()[1]}"


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise SettingRefused(
            f"The metrics cannot be served at {host}, port {port}: {error.strerror}.",
            rule="metrics_port",
            value=port,
            limit="a free port, and an address of this machine",
            fix="Give another --metrics-port or --metrics-host.",
        ) from None
