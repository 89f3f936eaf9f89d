"""Small pictures of media, kept when they are listed: Instagram's addresses of them end after some days."""

import asyncio
import io
import logging
import zlib
from collections.abc import Callable
from datetime import timedelta

import pytest
from PIL import Image

from pressroom.client.transport_aiohttp import AiohttpTransport
from pressroom.core.errors import AnswerLost, NotSent
from pressroom.core.protocols import Reply, Request
from pressroom.graph.answers import Media, MediaId, MediaType
from pressroom.graph.hosts import DEFAULT_BASE
from pressroom.insights.collecting import thumbnails
from pressroom.insights.collecting.thumbnails import address_of, may_be_fetched
from tests.fakes.names import resolve_to
from tests.insights.watch import SIGNATURE, Watch, answering, small_picture, watch

ALBUM = MediaType.CAROUSEL_ALBUM.value
SEEDED_EVERY = timedelta(hours=19)
CDN = "https://scontent-arn2-1.cdninstagram.com"


def size(jpeg: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(jpeg)) as image:
        assert image.format == "JPEG"
        return image.size


async def test_photos_reels_and_stories_have_one_from_their_first_listing_on() -> None:
    async with watch(draws=True) as seen:
        kinds = {seen.post(kind): kind for kind in ("photo", "reel", "story")}
        await seen.look()
        kept = seen.thumbnails()
        sizes = {"photo": (256, 320), "reel": (180, 320), "story": (180, 320)}
        assert {kinds[media_id]: size(jpeg) for media_id, jpeg in kept.items()} == sizes
        assert len(set(kept.values())) == 3


async def test_a_carousel_has_that_of_its_first_item() -> None:
    async with watch(draws=True, media=5) as seen:
        await seen.look()
        albums = [one for one in seen.store.readings.newest(seen.account, 5) if one.media_type == ALBUM]
        world = seen.sandbox.controls.scene.world
        for album in albums:
            assert size(seen.thumbnails()[album.id]) == (256, 320)
            shown = world.media(album.id)
            assert shown
            assert any(shown.children[0] in request.url for request in seen.network.fetched)
        assert albums


async def test_each_is_fetched_once_however_often_its_media_is_read() -> None:
    async with watch(media=10) as seen:
        posts = {seen.post("photo"), seen.post("story")}
        await seen.look()
        assert len(seen.network.fetched) == 12
        await seen.hours(26)
        assert posts <= seen.thumbnails().keys()
        assert len(seen.network.fetched) == 12


async def test_media_older_than_ninety_days_have_none() -> None:
    async with watch(media=130) as seen:
        await seen.look()
        young = timedelta(days=90) // SEEDED_EVERY
        assert len(seen.readings()) == 130
        assert len(seen.thumbnails()) == len(seen.network.fetched) == young


async def test_they_are_no_calls_of_the_api() -> None:
    async with watch(media=60) as seen:
        run = await seen.look()
        assert seen.calls("/media") == 2
        assert run.calls == seen.calls() == seen.collecting.calls
        assert seen.calls("_sandbox") == 0


async def test_they_are_asked_for_without_the_token_and_within_a_time() -> None:
    async with watch() as seen:
        seen.post()
        await seen.look()
        (request,) = seen.network.fetched
        assert (request.method, request.headers, request.body) == ("GET", {}, None)
        assert request.url.endswith(f".jpg?oh={SIGNATURE}")
        assert request.timeout_s == 15


def _lost(request: Request) -> Reply:
    raise AnswerLost(f"The answer to {request.url} was lost.")


def _unreadable(request: Request) -> Reply:
    raise ValueError(f"{request.url} is no address")


def _redirect(request: Request) -> Reply:
    return Reply(status=302, headers={"location": request.url}, body=small_picture())


def _png(width: int, height: int) -> bytes:
    """A picture of very many pixels in few bytes."""
    out = io.BytesIO()
    Image.new("1", (width, height)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    "answer",
    [
        _lost,
        _unreadable,
        _redirect,
        answering(small_picture(), status=403),
        answering(b"<html>URL signature expired</html>"),
        answering(b""),
        answering(small_picture()[:200]),
        answering(_png(12_000, 12_000)),
        answering(zlib.compress(bytes(1 << 20))),
    ],
    ids=["lost", "unreadable", "redirect", "expired", "page", "empty", "damaged", "bomb", "bytes"],
)
async def test_one_that_cannot_be_had_is_tried_at_the_next_listing_and_no_reading_suffers(
    answer: Callable[[Request], Reply],
) -> None:
    async with watch() as seen:
        seen.network.picture = answer
        post, story = seen.post(), seen.post("story")
        run = await seen.look()
        assert (run.problem, seen.thumbnails()) == (None, {})
        assert {one.media_id for one in seen.readings()} == {post, story}
        await seen.hours(2)
        seen.network.picture = answering(small_picture())
        await seen.hours(2)
        assert seen.thumbnails().keys() == {post, story}
        assert seen.slots(post) == [1, 3]
        assert seen.missed() == []


async def test_a_host_that_is_down_is_asked_three_times_or_as_often_as_at_once() -> None:
    async with watch(media=40) as seen:
        seen.network.picture = _lost
        await seen.look()
        assert len(seen.readings()) == 40
        assert 3 <= len(seen.network.fetched) <= 6


async def test_a_slow_host_makes_no_reading_late() -> None:
    async with watch(media=100) as seen:
        post, started = seen.posted("photo", 53 / 60), seen.now

        def slowly(_request: Request) -> Reply:
            seen.clock.advance(14)
            return Reply(status=200, headers={}, body=small_picture())

        seen.network.picture = slowly
        await seen.look()
        assert len(seen.readings()) == 101
        assert 0 < len(seen.thumbnails()) < 60
        assert seen.now - started <= thumbnails.MOST_TIME + 4 * timedelta(seconds=14)
        await seen.hours(3)
        assert (seen.slots(post), seen.missed()) == ([1, 3], [])


async def test_readings_are_stored_before_the_first_picture_is_asked_for() -> None:
    async with watch(media=60) as seen:
        stored = list[int]()

        def interrupt(_request: Request) -> Reply:
            stored.append(len(seen.readings()))
            looking.cancel()
            return Reply(status=200, headers={}, body=small_picture())

        seen.network.picture = interrupt
        looking = asyncio.create_task(seen.look())
        with pytest.raises(asyncio.CancelledError):
            await looking
        assert stored[0] == 50
        seen.network.picture = answering(small_picture())
        await seen.look()
        assert len(seen.readings()) == 60


@pytest.mark.parametrize(
    ("base", "public_base", "is_fetched"),
    [
        (DEFAULT_BASE, CDN, True),
        (DEFAULT_BASE, "http://scontent-arn2-1.cdninstagram.com", False),
        (DEFAULT_BASE, "https://127.0.0.1:8001", False),
        (DEFAULT_BASE, "http://127.0.0.1:8001", False),
        ("http://127.0.0.1:8001", "http://127.0.0.1:8001", True),
        ("http://127.0.0.1:8001", "http://127.0.0.1:8002", False),
    ],
)
async def test_a_picture_is_fetched_over_https_from_the_internet_or_from_the_apis_own_origin(
    base: str, public_base: str, is_fetched: bool
) -> None:
    async with watch(base=base, public_base=public_base) as seen:
        post = seen.post()
        await seen.look()
        assert bool(seen.network.fetched) is (post in seen.thumbnails()) is is_fetched
        assert len(seen.readings(post)) == 1


@pytest.mark.parametrize(
    "address",
    [
        "https://localhost/a.jpg",
        "https://192.168.0.1/a.jpg",
        "https://0x7f000001/a.jpg",
        "https://[::1]/a.jpg",
        "https://169.254.169.254/latest",
        "https://printer.local/a.jpg",
        "https://me:secret@scontent.cdninstagram.com/a.jpg",
        "https://127.0.0.1\\@scontent.cdninstagram.com/a.jpg",
        "https://scontent.cdninstagram.com:x/a.jpg",
        "https:///a.jpg",
        "file:///etc/passwd",
        "ftp://scontent.cdninstagram.com/a.jpg",
        "//scontent.cdninstagram.com/a.jpg",
        "https://scontent.cdninstagram.com/a b\n.jpg",
        "",
    ],
)
def test_no_answer_chooses_what_is_reached_in_the_users_network(address: str) -> None:
    assert not may_be_fetched(address, DEFAULT_BASE)
    assert may_be_fetched(f"{CDN}/v/t51/1.jpg?oh=1", DEFAULT_BASE)


async def test_nor_does_the_name_in_an_answer_that_leads_to_this_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    connected = list[object]()

    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connected.append(writer.get_extra_info("peername"))
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with watch(base=DEFAULT_BASE, public_base=f"https://pictures.example.com:{port}") as seen:
            seen.network.picture, seen.network.internet = None, AiohttpTransport()
            post = seen.post()
            resolve_to(monkeypatch, "127.0.0.1")
            await seen.look()
            await seen.network.internet.aclose()
            assert post not in seen.thumbnails()
    assert [request.url.partition("/_")[0] for request in seen.network.fetched] == [
        f"https://pictures.example.com:{port}"
    ]
    assert connected == []


def test_a_clip_is_never_fetched_for_its_picture() -> None:
    clip, picture = f"{CDN}/o1/a.mp4?efg=1", f"{CDN}/v/a.jpg?oh=1"
    one = MediaId("1")
    video = Media(id=one, media_type=MediaType.VIDEO, media_url=clip, thumbnail_url=picture)
    assert address_of(video) == picture
    assert address_of(Media(id=one, media_type=MediaType.VIDEO, media_url=picture)) is None
    assert address_of(Media(id=one, media_type=MediaType.CAROUSEL_ALBUM, media_url=clip)) is None
    assert address_of(Media(id=one, media_type=MediaType.IMAGE, media_url=picture)) == picture


async def _told(seen: Watch, answer: Callable[[Request], Reply] | None) -> None:
    seen.network.picture = answer
    seen.post()
    seen.pass_by(hours=1)
    await seen.look()


async def test_the_signed_address_is_in_no_log_and_in_no_error(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    def down(request: Request) -> Reply:
        raise NotSent(f"{request.url} could not be sent.")

    async with watch(draws=True) as seen:
        for answer in (None, _lost, down, _unreadable, _redirect, answering(b"?")):
            await _told(seen, answer)
        said = caplog.text + repr(seen.collecting) + repr(seen.network.fetched)
    assert "no thumbnail of media" in caplog.text
    assert SIGNATURE not in said
    assert "_sandbox" not in caplog.text
