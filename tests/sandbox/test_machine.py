"""Random days of a client's life: nothing is published twice or lost, and no answer is a failure of ours."""

import asyncio
import contextlib
import json
import tempfile
from collections import Counter
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import hypothesis
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, precondition, rule

from pressroom.sandbox.faults import ConnectionDropped, Effect, Fault, FaultKind
from pressroom.sandbox.settings import Processing, SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from tests.fakes.clock import FakeClock
from tests.sandbox.caller import FORM, Caller, Got

ResultT = TypeVar("ResultT")
JSON = "application/json"
TOKEN = "EAAsandboxtoken"  # invented
KINDS = {
    "photo": {"image_url": "https://example.com/a.jpg", "caption": "A @b #c"},
    "reel": {"media_type": "REELS", "video_url": "https://example.com/a.mp4"},
    "story": {"media_type": "STORIES", "image_url": "https://example.com/a.jpg"},
}
ITEM = {"image_url": "https://example.com/a.jpg", "is_carousel_item": "true"}
PATHS = st.lists(
    st.sampled_from(["me", "media", "v26.0", "v99.9", "comments", "0", "é", "%", "..", ""])
    | st.text(max_size=4),
    max_size=4,
).map("/".join)
HEADERS = st.dictionaries(
    st.sampled_from(
        ["content-type", "authorization", "host", "range", "x-hub-signature-256", "content-length"]
    ),
    st.sampled_from(
        [FORM, JSON, "multipart/form-data; boundary=", "Bearer", "Bearer  ", "OAuth é", "-1", "\x7f"]
    ),
)


class Days(RuleBasedStateMachine):
    """A client, the sandbox it calls, and what must be live. lost: containers whose answer never came."""

    containers = Bundle("containers")
    items = Bundle("items")
    media = Bundle("media")

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.directory = tempfile.TemporaryDirectory()
        self.clock = FakeClock()
        self.caller = self.begun()
        self.live: dict[str, str] = {}
        self.lost: set[str] = set()

    def begun(self) -> Caller:
        made = SandboxSettings(
            fetch="trust",
            token=TOKEN,
            processing=Processing.at_once(),
            state_file=Path(self.directory.name) / "state.json",
        )
        return Caller(Sandbox(made, clock=self.clock))

    def wait(self, work: Coroutine[Any, Any, ResultT]) -> ResultT:
        return self.runner.run(work)

    def post(self, path: str, **params: str) -> Got:
        got = self.wait(self.caller.post(path, **params))
        assert got.status < 500, got.body
        return got

    @property
    def account(self) -> str:
        return f"/{self.caller.sandbox.user_id}"

    @rule(target=containers, kind=st.sampled_from(sorted(KINDS)))
    def create(self, kind: str) -> str:
        return self.post(f"{self.account}/media", **KINDS[kind]).id

    @rule(target=items)
    def create_item(self) -> str:
        return self.post(f"{self.account}/media", **ITEM).id

    @rule(target=containers, items=st.lists(items, min_size=2, max_size=4))
    def gather(self, items: list[str]) -> str:
        return self.post(f"{self.account}/media", media_type="CAROUSEL", children=",".join(items)).id

    @rule(target=media, container=containers)
    def publish(self, container: str) -> str:
        got = self.post(f"{self.account}/media_publish", creation_id=container)
        if got.status != 200:
            return self.live.get(container, "0")
        assert container not in self.live, "published twice"
        self.live[container] = got.id
        return got.id

    @precondition(lambda self: self.live)
    @rule(data=st.data())
    def publish_again(self, data: st.DataObject) -> None:
        container = data.draw(st.sampled_from(sorted(self.live)))
        assert self.post(f"{self.account}/media_publish", creation_id=container).status == 400

    @rule(container=containers, effect=st.sampled_from(Effect), delay_s=st.integers(1, 50_000))
    def publish_and_lose_the_answer(self, container: str, effect: Effect, delay_s: int) -> None:
        self.caller.sandbox.faults.add(
            Fault(on="media_publish", kind=FaultKind.DROP, effect=effect, delay_s=delay_s)
        )
        with contextlib.suppress(ConnectionDropped):
            self.post(f"{self.account}/media_publish", creation_id=container)
        self.caller.sandbox.faults.clear()
        self.lost.add(container)

    @rule(one=media, text=st.sampled_from(["x", "#é @a", "", "\x00"]))
    def comment(self, one: str, text: str) -> None:
        got = self.post(f"/{one}/comments", message=text)
        if got.status == 200:
            self.post(f"/{got.id}/replies", message="thanks")

    @rule(one=media)
    def delete(self, one: str) -> None:
        got = self.wait(self.caller.delete(f"/{one}"))
        assert got.status < 500
        if got.status == 200:
            self.live = {container: held for container, held in self.live.items() if held != one}

    @rule(hours=st.integers(1, 30))
    def sleep(self, hours: int) -> None:
        self.clock.advance(hours * 3600)

    @rule(method=st.sampled_from(["GET", "POST", "DELETE", "PUT", ""]), path=PATHS, headers=HEADERS)
    def send_something_broken(self, method: str, path: str, headers: dict[str, str]) -> None:
        sent = {name: value.encode("utf-8", "replace").decode("latin-1") for name, value in headers.items()}
        body = b'{"a": [\xff' if "json" in sent.get("content-type", "") else b"%zz&=&children[0][1]=x"
        got = self.wait(self.caller.raw(method, f"/{path}", body, sent))
        assert got.status < 500, got.body
        assert got.status == 200 or "error" in got.json

    @rule()
    def restart(self) -> None:
        self.wait(self.caller.sandbox.aclose())
        self.caller = self.begun()

    @rule()
    def move_to_another(self) -> None:
        exported = self.caller.sandbox.export_state()
        settings = SandboxSettings(fetch="trust", token=TOKEN, random_seed=7, processing=Processing.at_once())
        other = Sandbox(settings, clock=self.clock)
        other.import_state(exported)
        assert json.loads(other.export_state())["media"] == json.loads(exported)["media"]
        self.caller.sandbox.import_state(other.export_state())

    @invariant()
    def nothing_is_live_twice_and_nothing_is_lost(self) -> None:
        found = self.caller.sandbox.media
        assert all(count == 1 for count in Counter(one.container_id for one in found).values())
        assert set(self.live.values()) <= {one.id for one in found}
        assert {str(one.container_id) for one in found} - set(self.live) <= self.lost

    def teardown(self) -> None:
        self.wait(self.caller.sandbox.aclose())
        self.runner.close()
        self.directory.cleanup()


TestDays = Days.TestCase
TestDays.settings = hypothesis.settings(max_examples=25, stateful_step_count=35, deadline=None)
