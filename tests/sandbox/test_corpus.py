"""Requests of published clients, as those clients send them, do what the clients expect."""

import json
from pathlib import Path
from typing import Any

import pytest

from pressroom.sandbox.settings import Processing, SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from tests.fakes.clock import FakeClock
from tests.sandbox.caller import Caller

CORPUS = sorted((Path(__file__).parent / "corpus").glob("*.jsonl"))
TOKENS = {"instagram": "IGsandboxtoken", "facebook": "EAAsandboxtoken"}


def filled(text: str, names: dict[str, str]) -> str:
    for name, value in names.items():
        text = text.replace("{" + name + "}", value)
    return text


def at(answer: Any, path: str) -> Any:
    """Follow a path such as `data.0.name`."""
    for part in path.split("."):
        answer = answer[int(part)] if isinstance(answer, list) else answer[part]
    return answer


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
async def test_a_client_is_understood(path: Path) -> None:
    head, *requests = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    settings = SandboxSettings(
        fetch="trust", token=TOKENS[head["login"]], media=1, processing=Processing.at_once()
    )
    sandbox = Sandbox(settings, clock=FakeClock())
    caller = Caller(sandbox, host=head["host"])
    names = {
        "user": sandbox.user_id,
        "token": sandbox.token,
        "page": sandbox.scene.world.accounts[sandbox.user_id].page_id,
    }
    for one in requests:
        headers = {name: filled(value, names) for name, value in one.get("headers", {}).items()}
        body = filled(one.get("body", ""), names).encode()
        got = await caller.raw(one["method"], filled(one["target"], names), body, headers)
        assert got.status == one["status"], (one, got.body)
        assert got.headers["content-type"] == "application/json; charset=UTF-8"
        if "keep" in one:
            names[one["keep"]] = got.id
        for where, wanted in one.get("has", {}).items():
            assert at(got.json, where) == (filled(wanted, names) if isinstance(wanted, str) else wanted), one
    published = sum(
        one["target"].partition("?")[0].endswith("/media_publish") and one["method"] == "POST"
        for one in requests
    )
    assert len(sandbox.media) == 1 + published


def test_over_a_dozen_clients_are_held_and_each_says_how_it_calls() -> None:
    heads = [json.loads(path.read_text(encoding="utf-8").partition("\n")[0]) for path in CORPUS]
    assert len({head["client"] for head in heads}) >= 13
    assert all(head["how"] for head in heads)
