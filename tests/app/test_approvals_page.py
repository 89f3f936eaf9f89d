"""The page of approvals is a face of its own: it runs as it is written, on nothing but the use-cases."""

import ast
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

from pressroom import PostKind, Pressroom, new_post
from pressroom.core.actor import Actor, ActorKind
from pressroom.core.errors import NeedsApproval
from pressroom.sandbox.settings import Processing
from pressroom.sandbox.simulator import Sandbox
from tests.app.serving import served
from tests.app.world import PHOTO, PLAIN, environment
from tests.patience import patience
from tests.ports import free_port

pytestmark = pytest.mark.usefixtures("real_time")

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "examples" / "approvals_page.py"
MARKUP = '<script>alert(1)</script> & "it\'s"'
LONGEST_S = 30.0


@dataclass
class Site:
    """The page in a process of its own, over a sandbox."""

    url: str
    sandbox: Sandbox
    environ: dict[str, str]

    def get(self, path: str = "/") -> str:
        with urlopen(self.url + path, timeout=patience(LONGEST_S)) as answer:  # noqa: S310  # loopback
            return answer.read().decode()

    def send(self, **form: str) -> str:
        """Send a form, and give the page that comes then."""
        with urlopen(self.url, urlencode(form).encode(), timeout=patience(LONGEST_S)) as answer:  # noqa: S310  # loopback
            return answer.read().decode()

    def get_with(self, words: str, path: str = "/") -> str:
        """Get a page until it says something."""
        end = time.monotonic() + patience(LONGEST_S)
        while words not in (page := self.get(path)):
            assert time.monotonic() < end, page
        return page

    @contextmanager
    def listening(self) -> Generator["Ear"]:
        """Follow the changes as the page does from now on."""
        (address,) = re.findall(r'EventSource\("([^"]+)"\)', self.get())
        with urlopen(self.url + address, timeout=patience(LONGEST_S)) as answer:  # noqa: S310  # loopback
            assert answer.headers.get_content_type() == "text/event-stream"
            yield Ear(answer)


@dataclass
class Ear:
    lines: Iterator[bytes]

    def wait_for(self, step: str) -> None:
        """Listen until a step is told."""
        assert f"data: {step}\n".encode() in self.lines


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Generator[Site]:
    port = free_port()
    with served(replace(PLAIN, processing=Processing.at_once())) as (sandbox, base_url):
        ours = environment(sandbox, base_url, tmp_path_factory.mktemp("page"))
        command = [sys.executable, "-W", "error", "-m", "examples.approvals_page", str(port)]
        with subprocess.Popen(command, cwd=ROOT, env={**os.environ, **ours}) as server:
            try:
                yield started(Site(f"http://127.0.0.1:{port}", sandbox, ours))
            finally:
                server.terminate()


def started(site: Site) -> Site:
    end = time.monotonic() + patience(LONGEST_S)
    while time.monotonic() < end:
        try:
            site.get()
        except URLError:
            continue
        return site
    raise AssertionError


def waiting_in(page: str, caption: str) -> list[str]:
    """Give the ids of what waits with a caption."""
    forms = re.findall(r"<form method=post.*?</form>", page, re.DOTALL)
    ours = " ".join(form for form in forms if f": {escaped(caption)} " in form)
    approve, decline = (re.findall(rf'name="{said}" value="(\w+)"', ours) for said in ("approve", "decline"))
    assert approve == decline
    return approve


def escaped(text: str) -> str:
    return escape(text).replace("&quot;", "&#34;").replace("&#x27;", "&#39;")


def test_what_a_person_plans_waits_until_it_is_approved_and_is_published_then(site: Site) -> None:
    planned = site.send(source=PHOTO, caption="Approve me", at="now")
    (waiting,) = waiting_in(planned, "Approve me")
    assert "photo, awaiting_approval: Approve me" in planned
    with site.listening() as ear:
        site.send(approve=waiting)
        ear.wait_for("approved")
        ear.wait_for("published")
    site.get_with("photo, published: Approve me")
    assert [media.caption for media in site.sandbox.media].count("Approve me") == 1
    story = site.get(f"/{waiting}")
    assert (
        story.index("It was planned.") < story.index("A person has approved it.") < story.index("it is live.")
    )


def test_what_is_declined_is_called_off(site: Site) -> None:
    (waiting,) = waiting_in(site.send(source=PHOTO, caption="Decline me", at="+1h"), "Decline me")
    page = site.send(decline=waiting)
    assert "photo, cancelled: Decline me" in page
    assert waiting_in(page, "Decline me") == []


async def test_what_a_program_plans_elsewhere_is_told_shown_and_let_go(site: Site) -> None:
    with site.listening() as ear:
        async with Pressroom(environ=site.environ, actor=Actor(ActorKind.PROGRAM, "planner")) as program:
            with pytest.raises(NeedsApproval) as held:
                await program.posts.submit(new_post(PostKind.PHOTO, [PHOTO], caption="From a program"))
        ear.wait_for("planned")
        page = site.get()
        assert waiting_in(page, "From a program") == [held.value.proposal_id]
        site.send(approve=str(held.value.proposal_id))
        ear.wait_for("published")
    site.get_with("photo, published: From a program")


def test_a_caption_with_markup_is_shown_as_it_was_written(site: Site) -> None:
    page = site.send(source=PHOTO, caption=MARKUP, at="+1h")
    (waiting,) = waiting_in(page, MARKUP)
    for shown in (page, site.get(f"/{waiting}"), site.send(decline=waiting)):
        assert "alert(1)" in shown
        assert MARKUP not in shown
        assert escaped(MARKUP) in shown


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"source": "<b>.jpg", "at": "now"}, "&lt;b&gt;.jpg"),
        ({"source": PHOTO, "at": "<b>"}, "&lt;b&gt;"),
        ({"at": "now"}, "role=alert"),
        ({"approve": "<b>"}, "&lt;b&gt;"),
    ],
)
def test_what_is_refused_is_said_on_the_page(site: Site, form: dict[str, str], said: str) -> None:
    with pytest.raises(HTTPError) as refused:
        site.send(**form)
    page = refused.value.read().decode()
    assert refused.value.code == 422
    assert said in page
    assert "<b>" not in page


def test_it_is_reached_from_this_machine_alone_and_says_so(site: Site) -> None:
    port = int(site.url.rpartition(":")[2])
    for other in ("127.0.0.2", "::1"):
        with pytest.raises(OSError), socket.create_connection((other, port), timeout=2):  # noqa: PT011
            pass
    assert "it binds to 127.0.0.1 alone" in (ast.get_docstring(ast.parse(PAGE.read_text())) or "")


def test_it_is_short_and_knows_nothing_below_the_use_cases() -> None:
    text = PAGE.read_text()
    assert len(text.splitlines()) < 80
    names = {node.module or "" for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom)}
    names |= {
        name.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Import) for name in node.names
    }
    rooms = {name.split(".")[1] for name in names if name.startswith("pressroom.")}
    assert rooms <= {"graph", "core", "service"}
