"""What a page of ours is sent with."""

from starlette.responses import PlainTextResponse

from pressroom.serving.headers import SECURE, Secured
from tests.serving.asking import ask


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
