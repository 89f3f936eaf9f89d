"""Models over HTTP, in both forms of an API, against one on loopback that does what a script says."""

import asyncio
from pathlib import Path

import pytest

from evals.finding import find
from evals.models.anthropic import anthropic
from evals.models.choosing import chosen
from evals.models.driving import Driver
from evals.models.messages import Model
from evals.models.openai import openai
from evals.models.sending import ModelFailed, Sender, Waits
from evals.play import Played, play
from evals.task import Task
from tests.evals.fake_model import KEY, FakeModel, Step, serving

TASKS = {task.name: task for task in find()}
FORMS = ("anthropic", "openai")
STEPS: list[Step] = [("list_posts", {})] * 6
QUAY: list[Step] = [
    (
        "create_draft",
        {
            "kind": "photo",
            "sources": ["quay.jpg"],
            "caption": "Evening at the quay",
            "first_comment": "#quay #evening",
        },
    ),
    ("publish_post", {"post_id": "{post_id}", "confirm": True}),
    ("publish_post", {"post_id": "{post_id}"}),
    "It waits for your approval.",
    ("get_post", {"post_id": "{post_id}"}),
]


def model_of(form: str, served: FakeModel, waits: Waits = asyncio.sleep) -> Model:
    if form == "anthropic":
        return anthropic("fake", KEY, served.base_url, waits)
    return openai("fake", KEY, f"{served.base_url}/v1", waits)


async def played(task: Task, form: str, served: FakeModel, directory: Path) -> tuple[Played, Driver]:
    driver = Driver(model_of(form, served), most_turns=6)
    return await play(task, driver, directory), driver


@pytest.mark.parametrize("form", FORMS)
async def test_a_model_plays_a_task_with_a_person_who_approves(form: str, tmp_path: Path) -> None:
    said = "It is live: http://127.0.0.1:1/p/_m5fYEzFg/\nANSWER: yes"
    async with serving([*QUAY, said]) as served:
        done, driver = await played(TASKS["publish-once-approved"], form, served, tmp_path)
    assert (done.wrong, done.forbidden) == ((), ())
    assert (len(done.calls), done.tool_errors) == (4, 1)
    assert (driver.tokens_in, driver.tokens_out) == (6 * 120, 6 * 7)
    assert served.keys == {KEY}


@pytest.mark.parametrize("form", FORMS)
async def test_a_model_is_told_of_every_tool_the_day_and_the_resources(form: str, tmp_path: Path) -> None:
    steps: list[Step] = [("read_resource", {"uri": "pressroom://definitions/reach"}), "ANSWER: no"]
    async with serving(steps) as served:
        done, _ = await played(TASKS["what-a-metric-means"], form, served, tmp_path)
    assert done.has_passed
    sent = served.requests[0]
    system = sent["system"] if form == "anthropic" else sent["messages"][0]["content"]
    assert "Tuesday, 24 November 2026, 13:00 (Europe/Berlin)" in system
    assert "no argument stands for their consent" in system
    told = str(sent["tools"])
    assert all(name in told for name in ("create_draft", "get_best_time", "pressroom://limits"))
    assert "adds_up" in str(served.requests[1]["messages"])


@pytest.mark.parametrize("form", FORMS)
async def test_an_error_of_a_tool_goes_back_to_the_model(form: str, tmp_path: Path) -> None:
    steps: list[Step] = [("approve_post", {"tool": "x"}), ("read_resource", {"uri": "pressroom://no"}), ""]
    async with serving(steps) as served:
        done, _ = await played(TASKS["draft"], form, served, tmp_path)
    assert (done.tool_errors, bool(done.wrong)) == (2, True)
    last = str(served.requests[-1]["messages"])
    assert "There is no tool 'approve_post'" in last
    assert "There is no resource pressroom://no" in last


async def test_arguments_that_are_no_object_are_told_and_not_called(tmp_path: Path) -> None:
    async with serving([("list_posts", "[1]"), ("list_posts", "{"), "Sorry."]) as served:
        done, _ = await played(TASKS["draft"], "openai", served, tmp_path)
    assert done.calls == ()
    assert "no JSON object" in str(served.requests[-1]["messages"])


@pytest.mark.parametrize("form", FORMS)
async def test_a_model_that_never_ends_is_stopped(form: str, tmp_path: Path) -> None:
    async with serving(STEPS) as served:
        done, _ = await played(TASKS["how-many-wait"], form, served, tmp_path)
    assert done.said == ("(stopped: too many turns)",)
    assert len(served.requests) == 6


@pytest.mark.parametrize("form", FORMS)
async def test_a_model_that_says_nothing_can_be_spoken_to_again(form: str, tmp_path: Path) -> None:
    async with serving(["", "ANSWER: no"]) as served:
        done, _ = await played(TASKS["nobody-approved"], form, served, tmp_path)
    assert len(done.said) == 2


@pytest.mark.parametrize("form", FORMS)
async def test_what_passes_is_tried_again_and_what_does_not_is_told(form: str) -> None:
    waited = list[float]()

    async def wait(seconds: float) -> None:
        waited.append(seconds)

    async with serving(["Hello"], failing=[529, 429, 500]) as served:
        model = model_of(form, served, wait)
        assert (await model.reply("", [], [])).text == "Hello"
        served.failing[:] = [401, 200]
        with pytest.raises(ModelFailed, match="401: overloaded"):
            await model.reply("", [], [])
        assert served.failing == [200]
    assert waited == [2.0, 4.0, 8.0]


async def test_an_api_that_is_not_there_is_told_without_the_key() -> None:
    async def at_once(_seconds: float) -> None: ...

    sender = Sender("http://127.0.0.1:9/v1/messages", {"x-api-key": KEY}, at_once)
    with pytest.raises(ModelFailed) as failed:
        await sender.post({})
    assert KEY not in str(failed.value)


def test_the_environment_names_the_model() -> None:
    assert chosen({}) is None
    assert chosen({"PRESSROOM_EVAL_BASE_URL": "http://x"}) is None
    assert chosen({"PRESSROOM_EVAL_MODEL": "m"}) is None
    ours = {"PRESSROOM_EVAL_BASE_URL": "http://x/v1/", "PRESSROOM_EVAL_MODEL": "m"}
    assert chosen(ours) == openai("m", "", "http://x/v1")
    assert chosen({"ANTHROPIC_API_KEY": KEY, "PRESSROOM_EVAL_MODEL": "n"}) == anthropic("n", KEY)
    assert chosen({"ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": "http://y"}) == anthropic(
        "claude-sonnet-4-5", KEY, "http://y"
    )
