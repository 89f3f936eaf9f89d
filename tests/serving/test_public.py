"""The listener that strangers reach carries what is declared public, and never a page of ours."""

import aiohttp
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp

from pressroom.serving.guard import Guard
from pressroom.serving.public import PUBLIC_ROUTES, public_app, serving_public
from pressroom.serving.sockets import address_of, listen
from tests.serving.asking import ask

MEDIA = PlainTextResponse("media")
PAGE = PlainTextResponse("a page of ours")


@pytest.mark.parametrize("name", ["dashboard", "metrics", "healthz", "_sandbox", "", "Media"])
def test_a_route_that_is_not_declared_public_is_refused(name: str) -> None:
    assert name not in PUBLIC_ROUTES
    with pytest.raises(ValueError, match="strangers must not reach it"):
        public_app({"media": MEDIA, name: PAGE}, otherwise="media")


def test_a_page_of_ours_is_refused_under_any_name() -> None:
    with pytest.raises(ValueError, match="strangers must not reach it"):
        public_app({"media": Guard(PAGE)}, otherwise="media")


@pytest.mark.parametrize("routes", [{"metrics": PAGE}, {"media": Guard(PAGE)}])
def test_nothing_is_served_where_one_route_is_refused(routes: dict[str, ASGIApp]) -> None:
    with listen() as listener, pytest.raises(ValueError, match="strangers must not reach it"):
        serving_public(listener, routes, otherwise=next(iter(routes)))


@pytest.mark.parametrize("path", ["/media/x", "/behind/a/proxy/media/x", "/x", "/", "/metrics", "/_sandbox/"])
async def test_a_path_leads_to_the_route_it_names_and_any_other_to_the_one_that_is_chosen(path: str) -> None:
    assert (await ask(public_app({"media": MEDIA}, otherwise="media"), path)).body == b"media"


async def test_strangers_are_served_while_the_block_runs() -> None:
    listener = listen()
    url = address_of(listener)
    async with (
        serving_public(listener, {"media": MEDIA}, otherwise="media"),
        aiohttp.ClientSession() as session,
        session.get(f"{url}/media/x") as reply,
    ):
        assert await reply.text() == "media"
