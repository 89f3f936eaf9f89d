"""Servers of the API as processes that are killed with a request half done, and a client that repeats it."""

import contextlib
import hashlib
import json
import os
import subprocess
import sys
import uuid
from collections import Counter
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from signal import SIGKILL
from typing import Any, Final, NamedTuple

from pressroom.api.operation import BASE
from tests.api.house import Got
from tests.attack.lost_answers import end_leases, is_under_way
from tests.attack.wishes import picture
from tests.patience import patience
from tests.service.road import Road

_MAIN = Path(__file__).with_name("mortal_main.py")


@dataclass
class Served:
    """A road's API, in a process after the other. token: a program's key."""

    road: Road
    token: str
    process: "subprocess.Popen[str] | None" = None
    port: int = 0

    def start(self) -> None:
        url = self.road.settings.database_url
        args = [str(self.road.settings.home), *([url.reveal()] if url else [])]
        env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        self.process = subprocess.Popen(
            [sys.executable, str(_MAIN), *args], stdout=subprocess.PIPE, text=True, env=env
        )
        assert self.process.stdout
        self.port = int(self.process.stdout.readline())

    def ask(
        self, method: str, path: str, body: Any = None, *, content: bytes | None = None, **headers: Any
    ) -> Got | None:
        """Ask for something; None where the server went without an answer, and a new one was started."""
        assert self.process
        named = {"authorization": f"Bearer {self.token}"}
        named |= {name.replace("_", "-"): str(value) for name, value in headers.items()}
        if body is not None:
            content, named["content-type"] = json.dumps(body).encode(), "application/json"
        with contextlib.closing(HTTPConnection("127.0.0.1", self.port, timeout=patience(30))) as connection:
            try:
                connection.request(method, BASE + path, content, named)
                response = connection.getresponse()
                told = {name.lower(): text for name, text in response.headers.items()}
                return Got(response.status, told, response.read())
            except (HTTPException, ConnectionError):
                self.process.communicate(timeout=patience(30))
                assert self.process.returncode == -SIGKILL
                self.start()
                return None

    def facts(self) -> Counter[str]:
        """Count what there is, and what the program did."""
        store, posts = self.road.store, self.road.posts
        events = [event for post in posts for event in store.events.list(post.id)]
        steps = Counter(event.step for event in events if event.actor)
        return steps + Counter(posts=len(posts), proposals=len(store.consents.list()))


@contextmanager
def served(road: Road, token: str) -> Generator[Served]:
    """Serve a road's API. token: of a program's key."""
    server = Served(road, token)
    try:
        server.start()
        yield server
    finally:
        if server.process:
            server.process.kill()
            server.process.communicate()


class Killing(NamedTuple):
    """A request about a draft, and what it leaves, once. after: what follows the draft's path."""

    method: str
    after: str
    body: Any
    status: int
    left: Mapping[str, int]


KILLINGS: Final[Mapping[str, Killing]] = {
    "patch": Killing("PATCH", "", {"caption": "Two"}, 200, {"edited": 1}),
    "duplicate": Killing("POST", "/duplicate", None, 201, {"posts": 1, "planned": 1}),
    "release": Killing("POST", "/release", {"at": "now"}, 202, {"proposals": 1, "proposed": 1, "moved": 1}),
    "cancel": Killing("POST", "/cancel", None, 200, {"cancelled": 1}),
}


def kill(server: Served, name: str, at: int | str) -> bool:
    """Have the server killed at a moment of a request, repeat it, and judge; tells whether it was killed."""
    draft = a_draft(server)
    method, after, body, status, left = KILLINGS[name]
    before = server.facts()
    headers = {"If_Match": f'"{draft["version"]}"', "Idempotency_Key": uuid.uuid4().hex}
    ask = partial(server.ask, method, f"/posts/{draft['post_id']}{after}", body, **headers)
    first = ask(Killed_At=at)
    answer = ask()
    assert answer
    if is_under_way(answer):
        end_leases(server.road.store)
        answer = ask()
    assert answer
    post = answer.of(status).get("post") or answer.json
    done = server.facts()
    done.subtract(before)
    assert {what: count for what, count in done.items() if count} == left, (name, at, done)
    now = server.ask("GET", f"/posts/{post['post_id']}")
    assert now
    assert now.of(200) == post
    again = ask()
    assert again
    assert (again.status, again.json) == (answer.status, answer.json)
    return first is None


def a_draft(server: Served) -> dict[str, Any]:
    """Send a file and make a draft of it; that a server is killed at it, too, makes no second one."""
    content, upload_id, key = picture(), str(uuid.uuid4()), uuid.uuid4().hex
    path = f"/uploads/{upload_id}?sha256={hashlib.sha256(content).hexdigest()}"
    sent = server.ask("PUT", path, content=content)
    assert sent
    sent.of(201)
    body = {"kind": "photo", "files": [{"upload_id": upload_id}], "caption": upload_id}
    made = server.ask("POST", "/posts", body, Idempotency_Key=key)
    assert made
    shown = server.ask("GET", f"/posts/{made.of(201)['post_id']}")
    assert shown
    return shown.of(200)
