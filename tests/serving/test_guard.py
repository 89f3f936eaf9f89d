"""Who gets through to what is served here, and the headers that a page of ours is sent with."""

import pytest
from starlette.responses import PlainTextResponse

from pressroom.serving.guard import SECURE, Guard, Secured, hostname
from tests.serving.asking import ask

OURS = PlainTextResponse("ours")
FOLLOWED = {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate", "sec_fetch_dest": "document"}


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1:8000", "[::1]", "[::1]:8000"])
async def test_the_names_of_loopback_are_let_through(host: str) -> None:
    assert (await ask(Guard(OURS), host=host)).body == b"ours"


@pytest.mark.parametrize(
    "host",
    ["evil.example.com", "evil.example.com:8000", "127.0.0.1.evil.com", "localhost.evil.com", "", "[", "a@b"],
)
async def test_another_host_name_is_refused(host: str) -> None:
    got = await ask(Guard(OURS), "/", "POST", host=host)
    assert (got.status, got.body, got.read) == (403, b"This is not a host name of this server.\n", 0)


async def test_other_names_are_let_through_once_they_are_named_and_no_others() -> None:
    guard = Guard(OURS, frozenset({"box.example.org"}))
    assert (await ask(guard, host="Box.example.org:80")).status == 200
    assert (await ask(guard, host="localhost")).status == 403


@pytest.mark.parametrize(
    "origin", ["http://evil.example.com", "http://localhost:9999", "http://localhost", "null", "", "http://["]
)
async def test_an_origin_that_differs_from_the_host_is_refused(origin: str) -> None:
    assert (await ask(Guard(OURS), "/", "POST", host="localhost:8000", origin=origin)).status == 403


async def test_a_page_of_ours_is_let_through() -> None:
    headers = {"origin": "http://localhost:8000", "sec_fetch_site": "same-origin"}
    assert (await ask(Guard(OURS), "/", "POST", host="localhost:8000", **headers)).status == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site", "what-else"])
async def test_a_page_of_another_site_is_refused(site: str) -> None:
    assert (await ask(Guard(OURS), sec_fetch_site=site)).status == 403


async def test_a_link_of_another_site_is_followed_only_where_it_may_be() -> None:
    assert (await ask(Guard(OURS), **FOLLOWED)).status == 403
    assert (await ask(Guard(OURS, may_follow=True), **FOLLOWED)).status == 200


@pytest.mark.parametrize("differs", [{"sec_fetch_dest": "iframe"}, {"sec_fetch_mode": "cors"}])
async def test_a_frame_or_a_script_of_another_site_follows_no_link(differs: dict[str, str]) -> None:
    assert (await ask(Guard(OURS, may_follow=True), **{**FOLLOWED, **differs})).status == 403


async def test_a_link_leads_to_no_other_host_name() -> None:
    assert (await ask(Guard(OURS, may_follow=True), host="evil.com", **FOLLOWED)).status == 403


async def test_an_app_says_no_in_its_own_words() -> None:
    guard = Guard(OURS, refuse=lambda reason: PlainTextResponse(reason.upper(), 418))
    assert (await ask(guard, host="evil.com")).status == 418


def test_what_is_no_host_has_no_name() -> None:
    assert [hostname(one) for one in (b"", b"[", b":80", b"A:80", b"[::1]:80")] == ["", "", "", "a", "::1"]


async def test_every_answer_gets_the_headers_that_keep_a_page_safe() -> None:
    got = (await ask(Secured(PlainTextResponse("ours")))).headers
    assert {name.decode(): text.decode() for name, text in SECURE}.items() <= got.items()
    assert "default-src 'none'" in got["content-security-policy"]
    assert "frame-ancestors 'none'" in got["content-security-policy"]
    assert "unsafe" not in got["content-security-policy"]
    assert got["x-content-type-options"] == "nosniff"
    assert got["referrer-policy"] == "no-referrer"


async def test_a_header_that_an_answer_has_stays_its_own() -> None:
    kept = PlainTextResponse("kept", headers={"Cache-Control": "max-age=1"})
    assert (await ask(Secured(kept))).headers["cache-control"] == "max-age=1"
