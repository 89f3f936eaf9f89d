"""A sandbox with everything on it that a page can show, made through its own API as a client would."""

import json
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from pressroom.graph.hosts import LoginType
from pressroom.sandbox import samples
from pressroom.sandbox.calls.tokens import all_scopes
from pressroom.sandbox.server import serving_in_thread
from pressroom.sandbox.settings import Processing, SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from tests.media.clips import RECIPES
from tests.patience import patience

HOSTILE_TEXT = "<script>window.hacked=1</script><img src=x onerror='window.hacked=1'>\"' {{7*7}}"
CAPTION = "Open studio on Saturday, from ten until the ink runs out. #print #letterpress with @anna.k"


@dataclass(frozen=True, slots=True)
class Scene:
    """The sandbox, its address, and the paths of its pages by name."""

    sandbox: Sandbox
    url: str
    paths: dict[str, str]

    def order(self, name: str, **body: Any) -> Any:
        """Tell the control API something."""
        return _read(
            urllib.request.Request(  # noqa: S310  # loopback
                f"{self.url}/_sandbox/{name}",
                json.dumps(body).encode(),
                {"content-type": "application/json"},
            )
        )

    def call(self, method: str, path: str, **params: Any) -> Any:
        """Call the API with the account's token; a refusal is an answer too."""
        encoded = urlencode({"access_token": self.sandbox.token, **params})
        if method == "POST":
            request = urllib.request.Request(f"{self.url}{path}", encoded.encode())  # noqa: S310  # loopback
        else:
            request = urllib.request.Request(f"{self.url}{path}?{encoded}", method=method)  # noqa: S310
        return _read(request)


def _read(request: urllib.request.Request) -> Any:
    try:
        with urllib.request.urlopen(request, timeout=patience(20)) as reply:  # noqa: S310  # loopback
            return json.load(reply)
    except urllib.error.HTTPError as refused:
        with refused:
            body = refused.read()
            return json.loads(body) if body.startswith(b"{") else body


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the standard library's signature
        """Say nothing."""


@contextmanager
def serving_with(handler: Callable[..., BaseHTTPRequestHandler]) -> Generator[str]:
    """Serve something of the test's own on loopback while the block runs, and give its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def make_files(directory: Path, ffmpeg: Path) -> None:
    """Make the pictures and the clip that are published."""
    samples.make_photo(directory / "first.jpg")
    samples.make_second_photo(directory / "second.jpg")
    samples.make_story_picture(directory / "story.jpg")
    command = [str(ffmpeg), "-nostdin", "-v", "error", "-y", *RECIPES["house"].words.split()]
    subprocess.run([*command, str(directory / "clip.mp4")], check=True, timeout=patience(60))


@contextmanager
def scene(files: Path) -> Generator[Scene]:
    """Serve the whole scene while the block runs."""
    settings = SandboxSettings(media=20, processing=Processing.at_once())
    with (
        serving_with(partial(QuietHandler, directory=str(files))) as base,
        serving_in_thread(Sandbox(settings)) as served,
    ):
        made = Scene(served.sandbox, served.base_url, {})
        _publish_everything(made, base)
        made.call("DELETE", "/_sandbox/requests")  # a short log, for axe reads every row
        _meet_people(made)
        _go_wrong(made)
        yield made


def _publish(scene: Scene, **params: Any) -> str:
    container = scene.call("POST", "/v25.0/me/media", **params)["id"]
    while scene.call("GET", f"/v25.0/{container}", fields="status_code")["status_code"] == "IN_PROGRESS":
        pass
    return scene.call("POST", "/v25.0/me/media_publish", creation_id=container)["id"]


def _publish_everything(scene: Scene, base: str) -> None:
    clip = {"media_type": "REELS", "video_url": f"{base}/clip.mp4"}
    item = {"is_carousel_item": "true"}
    items = [
        scene.call("POST", "/v25.0/me/media", **item, image_url=f"{base}/{name}")["id"]
        for name in ("first.jpg", "second.jpg")
    ]
    made = {
        "reel": _publish(scene, **clip, caption="Four pulls a minute, in step. #press"),
        "carousel": _publish(scene, media_type="CAROUSEL", children=",".join(items), caption=CAPTION),
        "hostile": _publish(
            scene, image_url=f"{base}/second.jpg", caption=HOSTILE_TEXT, alt_text=HOSTILE_TEXT
        ),
        "photo": _publish(scene, image_url=f"{base}/first.jpg", caption=CAPTION, alt_text="Hills at dawn"),
        "story": _publish(scene, media_type="STORIES", image_url=f"{base}/story.jpg"),
    }
    _publish(scene, media_type="STORIES", image_url=f"{base}/first.jpg")
    ids = {str(one.id): one.permalink_path for one in scene.sandbox.media}
    scene.paths.update({name: ids[media_id] for name, media_id in made.items()})
    scene.sandbox.clock.advance(3 * 3600)


def _name_the_pages(scene: Scene, person: str) -> None:
    scene.order("mentions", username="tom_r", text="Printed by @pressroom.sandbox, and it smells of ink")
    second = scene.order("accounts", username="second.account", login="facebook", media=5)["user_id"]
    ask = {
        "client_id": "1500000000000001",
        "redirect_uri": "https://example.com/back",
        "response_type": "code",
        "scope": ",".join(all_scopes(LoginType.INSTAGRAM)),
    }
    scene.paths.update(
        profile="/_sandbox/",
        reels="/_sandbox/?show=reels",
        tagged="/_sandbox/?show=tagged",
        controls="/_sandbox/#tab=play",
        webhooks="/_sandbox/#tab=webhooks",
        inbox="/_sandbox/inbox",
        chat=f"/_sandbox/inbox/{person}",
        second=f"/_sandbox/accounts/{second}/",
        nothing="/p/nothing/",
        consent=f"/oauth/authorize?{urlencode(ask)}",
    )


def _meet_people(scene: Scene) -> None:
    by_path = {one.permalink_path: one.id for one in scene.sandbox.media}
    for name in ("photo", "reel", "carousel", "hostile"):
        media = by_path[scene.paths[name]]
        scene.order(
            "comments", media_id=media, username="anna.k", text="Which paper is that? @pressroom.sandbox"
        )
        scene.order("comments", media_id=media, username="tom_r", text="See you on Saturday!")
    hostile = by_path[scene.paths["hostile"]]
    scene.order("comments", media_id=hostile, username=HOSTILE_TEXT[:40], text=HOSTILE_TEXT)
    first = scene.call("GET", f"/v25.0/{by_path[scene.paths['photo']]}/comments")["data"][-1]["id"]
    scene.call("POST", f"/v25.0/{first}/replies", message="120 g, uncoated. Come and feel it.")
    scene.order("messages", username="tom_r", text="Is the workshop still on?")
    person = scene.order("messages", username="anna.k", text="Do you ship to Norway?")["person_id"]
    scene.call(
        "POST",
        "/v25.0/me/messages",
        recipient=json.dumps({"id": person}),
        message=json.dumps({"text": "We do, within a week. Which print would you like?"}),
    )
    scene.order("messages", username="anna.k", text="The harbour, please. " + "A long wish. " * 12)
    scene.order("messages", username="mallory", text=HOSTILE_TEXT)
    _name_the_pages(scene, person)


def _go_wrong(scene: Scene) -> None:
    scene.call("GET", "/v25.0/me", fields="user_id,username,nonsense")
    scene.order("faults", on="media_publish", kind="error", code=4, subcode=2207051)
    scene.order("faults", on="insights", kind="slow", delay_s=2, times=3)
    scene.order("faults", on="create", kind="gateway", times=1)
    scene.call("POST", "/v25.0/me/media", image_url="https://example.com/a.jpg")
