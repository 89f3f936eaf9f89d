"""The main job as a person does it: commands as processes of their own, over HTTP, on real files."""

import asyncio
import json
import shlex
import signal
import socket
import subprocess
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import HTTPCookieProcessor, ProxyHandler, build_opener, urlopen

import imageio_ffmpeg
import pytest

from pressroom.cli.shell.failures import ExitCode
from pressroom.core.actor import Actor, ActorKind
from pressroom.core.settings import Settings
from pressroom.sandbox.samples import make_poster
from pressroom.service import Pressroom
from tests.cli.processes import COMMAND, control, ended, environ, running
from tests.cli.shapes import assert_documented
from tests.patience import patience
from tests.web.opener import sign_in

TOKEN = "IGAArealrealrealrealrealreal"  # looks like a real one; invented


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """A clip Instagram would refuse: MPEG-4 part 2 in a .mov, lying on its side."""
    path = tmp_path / "any.mov"
    source = "-f lavfi -i testsrc2=s=320x180:r=25:d=3.2 -f lavfi -i sine=d=3.2 -c:v mpeg4 -shortest -v error"
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), *source.split(), str(path)], check=True)
    return path


def test_a_clip_becomes_a_live_reel_and_its_numbers_come_back(served: dict[str, str], clip: Path) -> None:
    done = ended("publish", "reel", clip, "--caption", "Günaydin", "--json", env=served)
    assert done.returncode == ExitCode.DONE, done.stderr
    answer = json.loads(done.stdout)
    assert list(answer) == ["id", "kind", "permalink", "container_id", "media_product_type", "host"]
    assert answer["media_product_type"] == "REELS"
    assert served["INSTAGRAM_API_BASE"] == f"http://{answer['host']}"
    with urlopen(answer["permalink"], timeout=patience(10)) as page:  # noqa: S310  # loopback
        assert answer["id"] in page.read().decode()

    control(served["INSTAGRAM_API_BASE"], "clock", {"advance_s": 7200})
    shown = ended("insights", "show", answer["id"], "--json", env=served)
    assert json.loads(shown.stdout)["media"][0]["metrics"]["views"] > 0
    listed = ended("media", "list", "--since", "1d", "--json", env=served)
    assert [one["caption"] for one in json.loads(listed.stdout)] == ["Günaydin"]


@pytest.mark.parametrize("closed", [">&-", "<&- >&- 2>&-"])
def test_a_closed_stream_does_not_make_a_live_post_look_failed(
    served: dict[str, str], tmp_path: Path, closed: str
) -> None:
    make_poster(tmp_path / "poster.png")
    line = shlex.join([*COMMAND, "publish", "photo", str(tmp_path / "poster.png"), "--json"])
    done = subprocess.run(["/bin/sh", "-c", f"{line} {closed}"], check=False, capture_output=True, env=served)
    assert (done.returncode, b"Traceback" in done.stderr) == (ExitCode.DONE, False)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
def test_an_answer_that_stdout_does_not_take_is_said_on_stderr(served: dict[str, str]) -> None:
    line = shlex.join([*COMMAND, "api", "GET", "me", "--json"])
    done = subprocess.run(
        ["/bin/sh", "-c", f"{line} >/dev/full"], check=False, capture_output=True, env=served
    )
    error = json.loads(done.stderr)["error"]
    assert (done.returncode, error["code"]) == (ExitCode.FAILED, "stdout")
    assert '"id": "' in error["message"]


def test_a_closed_pipe_changes_nothing_about_the_work(served: dict[str, str]) -> None:
    """As in `pressroom api ... | head -0`."""
    with running("api", "GET", "me", env=served) as process:
        assert process.stdout
        process.stdout.close()
        assert process.stderr
        err = process.stderr.read()
        assert (process.wait(timeout=patience(20)), err) == (ExitCode.DONE, "")


@pytest.mark.usefixtures("processes")
async def test_the_demo_needs_no_account_uses_none_and_leaves_nothing(tmp_path: Path) -> None:
    """With a real token exported, and a proxy that would see any call off this machine."""
    (tmp_path / "tmp").mkdir()
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        proxy.setblocking(False)
        address = f"http://127.0.0.1:{proxy.getsockname()[1]}"
        env = environ(
            tmp_path / "home",
            TMPDIR=str(tmp_path / "tmp"),
            INSTAGRAM_ACCESS_TOKEN=TOKEN,
            INSTAGRAM_API_BASE="https://graph.instagram.com",
            CLOUDINARY_URL="cloudinary://1:secret@cloud",
            PRESSROOM_PUBLIC_URL="https://example.com",
            HTTPS_PROXY=address,
            HTTP_PROXY=address,
            ALL_PROXY=address,
        )
        with running("demo", "--json", "--wait", env=env) as demo:
            assert demo.stdout
            answer = "".join(iter(demo.stdout.readline, "}\n")) + "}"
            (home,) = (tmp_path / "tmp").glob("pressroom-demo-*/home")
            month, numbers = await _pages_of(home, "/calendar/month", "/insights?rows=all")
            demo.send_signal(signal.SIGINT)
            rest, err = demo.communicate(timeout=patience(30))
        with pytest.raises(BlockingIOError):
            proxy.accept()
    assert (demo.returncode, rest) == (ExitCode.DONE, ""), err
    shown = json.loads(answer)
    states = ("scheduled", "published", "draft", "awaiting approval", "failed")
    assert [state for state in states if f">{state}<" not in month] == []
    # Nearly a month was watched, and each post read when it was a day old.
    assert "n = 27 of 28 days" in numbers or "n = 28 of 28 days" in numbers
    assert numbers.count(">24 h") >= 7
    assert_documented("demo", shown)
    assert [post["kind"] for post in shown["posts"]] == ["photo", "reel", "carousel", "story"]
    assert all(post["permalink"].startswith("http://127.0.0.1:") for post in shown["posts"])
    assert all(post["metrics"]["views"] > 0 for post in shown["posts"])
    assert shown["page"].endswith("/_sandbox/")
    assert "HEVC 10-bit HLG was turned into H.264 SDR (BT.709)." in err
    assert TOKEN not in answer + err
    assert not (tmp_path / "home").exists()
    assert list((tmp_path / "tmp").iterdir()) == []


async def _pages_of(home: Path, *paths: str) -> list[str]:
    """Sign in to the pages of a data directory as a person at a terminal does, and read some."""
    person = Actor(ActorKind.PERSON, "anna")
    async with Pressroom(settings=Settings(home=home), environ={}, actor=person) as pressroom:
        link = urlsplit((await pressroom.pages.link()).address)
    opener = build_opener(ProxyHandler({}), HTTPCookieProcessor())
    base = f"{link.scheme}://{link.netloc}"

    def read() -> list[str]:
        sign_in(opener, link.geturl())
        return [opener.open(f"{base}{path}", timeout=patience(10)).read().decode() for path in paths]

    return await asyncio.to_thread(read)
