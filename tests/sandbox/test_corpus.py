"""Requests of published clients, as those clients send them, do what the clients expect.

Answers have the keys and types of those that others recorded, or the difference is explained.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from pressroom.sandbox.recording.shapes import shape_of
from pressroom.sandbox.settings import Processing, SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from scripts.recorded import Compared, compare, records, value_at
from tests.fakes.clock import FakeClock
from tests.sandbox.caller import Caller

CORPUS = sorted((Path(__file__).parent / "corpus").glob("*.jsonl"))
SESSIONS = {
    path.stem: [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] for path in CORPUS
}
TOKENS = {"instagram": "IGsandboxtoken", "facebook": "EAAsandboxtoken"}


def filled(value: Any, names: dict[str, str]) -> Any:
    """Put the ids and the token in where a text names them."""
    if isinstance(value, str):
        for name, known in names.items():
            value = value.replace("{" + name + "}", known)
    return value


def at(answer: Any, path: str) -> Any:
    """Follow a path such as `data.0.name`."""
    for part in path.split("."):
        answer = answer[int(part) if part.isdigit() else part]
    return answer


@pytest.mark.parametrize("name", SESSIONS)
async def test_a_client_is_understood(name: str) -> None:
    head, *requests = SESSIONS[name]
    settings = SandboxSettings(
        fetch="trust", token=TOKENS[head["login"]], media=1, processing=Processing.at_once()
    )
    sandbox = Sandbox(settings, clock=FakeClock())
    caller = Caller(sandbox, host=head["host"])
    page = sandbox.scene.world.accounts[sandbox.user_id].page_id
    names = {"user": sandbox.user_id, "token": sandbox.token, "page": page}
    for one in requests:
        headers = {header: filled(value, names) for header, value in one.get("headers", {}).items()}
        body = filled(one.get("body", ""), names).encode()
        got = await caller.raw(one["method"], filled(one["target"], names), body, headers)
        await sandbox.scene.fetching.settled()
        assert got.status == one["status"], (one, got.body)
        assert got.headers["content-type"] == "application/json; charset=UTF-8"
        if "keep" in one:
            names[one["keep"]] = got.id
        names |= {name: at(got.json, where) for name, where in one.get("keep_at", {}).items()}
        for where, wanted in one.get("has", {}).items():
            assert at(got.json, where) == filled(wanted, names), one
    published = [one for one in requests if one["target"].partition("?")[0].endswith("/media_publish")]
    assert len(sandbox.media) == 1 + len(published)


def test_over_a_dozen_clients_are_held_and_each_says_how_it_calls() -> None:
    heads = [session[0] for session in SESSIONS.values()]
    assert len({head["client"] for head in heads}) > 12
    assert all(head["how"] for head in heads)


NAMES = [f"{number}-{one['call']}-{one['corpus']}" for number, one in enumerate(records())]


@pytest.fixture(scope="module")
def compared() -> list[Compared]:
    return compare()


@pytest.mark.parametrize("name", NAMES)
def test_every_difference_to_a_recorded_answer_is_explained_and_no_other(
    name: str, compared: list[Compared]
) -> None:
    one = compared[NAMES.index(name)]
    assert {path: one.differs[path] for path in one.unexplained} == {}
    assert one.stale == set()
    assert one.unequal == {}


def test_values_that_a_record_names_are_compared() -> None:
    [record] = (one for one in records() if one["call"] == "ids")
    assert set(record["equal"]) == {"error.message", "error.code"}
    assert value_at({"error": {"code": 1}}, "error.code") == 1
    assert value_at({"error": None}, "error.code") is None


def test_shapes_are_compared_by_key_and_type() -> None:
    shape = shape_of({"data": [{"id": "1", "n": 1}], "ok": True, "none": None})
    assert shape == {
        "data": "list",
        "data[]": "object",
        "data[].id": "text",
        "data[].n": "number",
        "ok": "truth value",
        "none": "null",
    }
