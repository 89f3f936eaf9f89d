"""What is published, and what goes wrong on the way."""

from dataclasses import replace
from pathlib import Path

from pressroom.core.errors import AnswerLost, NotSent
from pressroom.core.post import IfLate, Post, PostKind
from pressroom.core.protocols import Reply, Request, Transport
from pressroom.core.reading_settings import Way
from pressroom.graph.answers import ContainerStatus
from pressroom.sandbox.faults import Effect, Fault, FaultKind
from pressroom.sandbox.samples import make_photo
from tests.fakes.clock import FakeClock
from tests.golden.driving import Scene, Wire
from tests.publish.posts import a_post

PHOTO, CLIP = "https://example.com/a.jpg", "https://example.com/b.mp4"

POSTS: dict[str, Post] = {
    "photo from a URL": a_post(PostKind.PHOTO, caption="Hello @anna", alt_texts=("A cat",)),
    "reel from a URL": a_post(PostKind.REEL, caption="Hello", share_to_feed=False, thumb_offset_ms=1000),
    "carousel of a photo and a clip": a_post(PostKind.CAROUSEL, PHOTO, CLIP, caption="Two"),
    "story from a URL": a_post(PostKind.STORY),
    "story of a clip": a_post(PostKind.STORY, CLIP),
    "photo with a first comment": a_post(PostKind.PHOTO, caption="Hello", first_comment="First"),
}


def a_photo_file(home: Path) -> Scene:
    path = home / "cat.jpg"
    make_photo(path)
    return Scene(post=a_post(PostKind.PHOTO, str(path), caption="Hello"))


def a_clip_file(home: Path, *ways: Way) -> Scene:
    path = home / "cat.mp4"
    path.write_bytes(bytes(1000))
    post = a_post(PostKind.REEL, str(path), caption="Hello")
    return Scene(post=post, ways=ways, settings={"instagram_uploads": True})


def _on(on: str, code: int, subcode: int | None = None, **more: object) -> Fault:
    return Fault(on=on, kind=FaultKind.ERROR, code=code, subcode=subcode, **more)  # pyright: ignore[reportArgumentType]  # its own fields


def _lost(on: str, effect: Effect, **more: object) -> Fault:
    return Fault(on=on, kind=FaultKind.DROP, effect=effect, delay_s=20, **more)  # pyright: ignore[reportArgumentType]  # its own fields


class CutOff:
    """No connection opens, or no answer comes, for the first calls to an edge."""

    def __init__(self, inner: Transport, edge: str, times: int, error: type[NotSent | AnswerLost]) -> None:
        self._inner = inner
        self._edge = edge
        self._left = times
        self._error = error

    async def send(self, request: Request) -> Reply:
        if self._left and request.url.partition("?")[0].endswith(self._edge):
            self._left -= 1
            raise self._error("There is no network.")
        return await self._inner.send(request)

    async def aclose(self) -> None:
        await self._inner.aclose()


def _cut(edge: str, times: int, error: type[NotSent | AnswerLost] = NotSent) -> Wire:
    def wire(transport: Transport, _clock: FakeClock) -> Transport:
        return CutOff(transport, edge, times, error)

    return wire


def _faults() -> dict[str, tuple[Fault, ...]]:
    lost = {
        f"{on}: the answer is lost, carried out {effect}": (_lost(on, effect),)
        for on, effects in (("media_publish", tuple(Effect)), ("create", (Effect.NONE, Effect.DONE)))
        for effect in effects
    }
    comments = {
        f"comments: the answer is lost, carried out {effect}": (_lost("comments", effect, method="POST"),)
        for effect in Effect
    }
    broken = {
        f"{on}: HTTP 500 {times or 'for ever'}": (_on(on, 2, http_status=500, times=times),)
        for on, times in (
            ("create", 2),
            ("create", None),
            ("container_status", 2),
            ("media_publish", 2),
            ("media_publish", None),
            ("media_list", None),
            ("quota", None),
        )
    }
    token = {
        f"{on}: the token is over": (_on(on, 190, 463, times=None),)
        for on in ("create", "container_status", "media_publish")
    }
    limits = {
        f"{on}: rate limit {code}": (_on(on, code, times=None),)
        for on in ("create", "media_publish")
        for code in (4, 80002)
    }
    refused = {
        f"media_publish: {code}/{subcode} {times or 'for ever'}": (
            _on("media_publish", code, subcode, times=times),
        )
        for code, subcode, times in (
            (9, 2207042, None),
            (9007, 2207027, 3),
            (9007, 2207027, 20),
            (24, 2207006, 1),
            (24, 2207006, None),
            (25, 2207050, None),
            (368, None, None),
            (10, None, None),
            (4, 2207051, 1),
            (-1, 2207085, 2),
            (100, 33, 1),
        )
    }
    return lost | comments | broken | token | limits | refused | _of_containers()


def _of_containers() -> dict[str, tuple[Fault, ...]]:
    stuck = Fault(on="create", kind=FaultKind.CONTAINER, status=ContainerStatus.IN_PROGRESS, times=None)
    return {
        "create: the file cannot be fetched": (_on("fetch", 9004, 2207052, times=None),),
        "create: the container ends by chance": (
            Fault(on="create", kind=FaultKind.CONTAINER, subcode=2207082),
        ),
        "create: the container ends for a reason": (
            Fault(on="create", kind=FaultKind.CONTAINER, subcode=2207026, times=None),
        ),
        "create: the container expires": (
            Fault(on="create", kind=FaultKind.CONTAINER, status=ContainerStatus.EXPIRED),
        ),
        "create: the container is never ready": (stuck,),
        "container_status: 100/33 twice": (_on("container_status", 100, 33, times=2),),
    }


def outages() -> dict[str, Scene]:
    """Give the photo with a first comment through everything that goes wrong, on a hostile host."""
    usual = Scene(post=POSTS["photo with a first comment"], settings={"hostile": True})
    scenes = {name: replace(usual, faults=faults) for name, faults in _faults().items()}
    wires = {
        f"{edge}: {error.__name__} {times} times": replace(usual, wire=_cut(edge, times, error))
        for edge in ("/media", "/media_publish", "/content_publishing_limit")
        for times, error in ((2, NotSent), (20, NotSent), (2, AnswerLost))
    }
    more = {
        "the quota is full": replace(usual, settings={"hostile": True, "quota_total": 0}),
        "nothing can be read for a week": replace(usual, outage="reads-2026-05"),
        "late, and to be dropped": replace(
            usual,
            post=replace(usual.post, if_late=IfLate.DROP),
            faults=(_on("create", 2, http_status=500, times=None),),
        ),
    }
    return scenes | wires | more
