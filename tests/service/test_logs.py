"""A worker's log: one line an event, whole, and with no secret in it."""

import io
import json
import logging
from typing import Any

import pytest

from pressroom.core.settings import Mask
from pressroom.publish.manners.durable import StoreJournal, Turns
from pressroom.sandbox.faults import Fault, FaultKind
from pressroom.service.work.shapes import LogFormat, logging_by
from tests.cli.shapes import assert_documented
from tests.publish.durable_world import durable_world
from tests.store.posts import an_event

CANARY = "IGcanarycanarycanarycanarycanarycanary"


async def lines_of(style: LogFormat, *, level: int = logging.INFO) -> list[str]:
    """The log of a post that Instagram refuses once, quoting a token, and then takes."""
    stream = io.StringIO()
    with logging_by(logging.StreamHandler(stream), style, Mask(("own secret",)), level=level):
        async with durable_world() as world:
            text = f"Bad token {CANARY} in https://graph.instagram.com/me?access_token=short"
            world.sandbox.faults.add(Fault(on="create", kind=FaultKind.ERROR, code=190, message=text))
            post_id = world.schedule(in_s=60)
            await world.run(120)
            world.store.accounts.resume("default")
            await world.run(300)
            event = an_event(world.post(post_id), "warning", text=f"{CANARY}\nand own secret", code=None)
            await StoreJournal(world.store, world.post(post_id), Turns(), world.clock).append(event)
        try:
            int(f"inside\n{CANARY}")
        except ValueError:
            logging.getLogger("pressroom.dispatch").exception("a fault of Pressroom's own")
    return stream.getvalue().splitlines()


async def test_each_line_of_json_is_an_object_as_documented() -> None:
    lines = [json.loads(line) for line in await lines_of("json")]
    for line in lines:
        assert_documented("worker --log-format json", line)
    steps = [line["step"] for line in lines if line["step"]]
    assert steps[0] == "failed"
    assert "published" in steps
    failed, live, fault = lines[0], by_step(lines, "published"), lines[-1]
    assert (failed["level"], failed["code"], failed["account"]) == ("warning", 190, "default")
    assert failed["fbtrace_id"]
    assert (live["level"], live["post"], bool(live["media_id"])) == ("info", failed["post"], True)
    assert "Traceback" in fault["traceback"]
    assert fault["error"].startswith("ValueError: invalid literal")


def by_step(lines: list[dict[str, Any]], step: str) -> dict[str, Any]:
    return next(line for line in lines if line["step"] == step)


async def test_text_has_one_line_an_event_that_names_account_post_and_step() -> None:
    lines = await lines_of("text")
    assert all(line.split()[1] in ("INFO", "WARNING", "ERROR") for line in lines)
    live = next(line for line in lines if "step=published" in line)
    assert " INFO account=default post=post-" in live
    assert "The post is live. (media " in live
    assert lines[-1].endswith(
        "a fault of Pressroom's own ValueError: invalid literal for int() with base 10: 'inside\\n***'"
    )


@pytest.mark.parametrize("style", ["text", "json"])
def test_letters_that_work_unseen_are_shown(style: LogFormat) -> None:
    stream = io.StringIO()
    with logging_by(logging.StreamHandler(stream), style, str, level=logging.INFO):
        logging.getLogger("pressroom.worker").warning("cat\u202e\x1b[2J.jpg is gone")
    assert r"cat\u202e\u001b[2J.jpg is gone" in stream.getvalue()


async def test_a_pause_is_logged_with_its_account() -> None:
    assert [line for line in await lines_of("text") if "account=default The account is paused." in line]


@pytest.mark.parametrize("style", ["text", "json"])
async def test_no_line_holds_a_secret(style: LogFormat) -> None:
    text = "\n".join(await lines_of(style, level=logging.DEBUG))
    assert "media_publish" in text
    assert not [secret for secret in (CANARY, "own secret", "access_token=short") if secret in text]
    assert text.count("***") >= 4


async def test_what_went_well_is_left_out_above_its_level() -> None:
    assert not [line for line in await lines_of("text", level=logging.WARNING) if " INFO " in line]


def test_afterwards_the_log_is_as_it_was() -> None:
    logger = logging.getLogger("pressroom")
    before = logger.handlers, logger.level, logger.propagate
    with logging_by(logging.NullHandler(), "text", str, level=logging.DEBUG):
        assert logger.isEnabledFor(logging.DEBUG)
    assert (logger.handlers, logger.level, logger.propagate) == before
