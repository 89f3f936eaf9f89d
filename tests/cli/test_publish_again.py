"""The same content twice within ten minutes: a person is asked and others are refused, without --again."""

import asyncio
import os
import pty
import sys
from collections.abc import Generator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pressroom.cli.shell import terminal as asking
from pressroom.cli.shell.console import Console
from pressroom.cli.shell.failures import ExitCode
from pressroom.core.post import PostId, PostState
from pressroom.core.settings import Mask
from pressroom.dispatch.locks import carriage
from pressroom.sandbox.faults import Fault, FaultKind
from pressroom.sandbox.simulator import Sandbox
from pressroom.sandbox.state.seeding import AccountSeed
from tests.cli.conftest import PICTURE, Shell
from tests.cli.planning import change, sign_in, store_of, stored

pytestmark = pytest.mark.usefixtures("store")
PHOTO = ("publish", "photo", PICTURE, "--caption", "Hello")
MINUTE_S, HOUR_S = 60, 3600


@pytest.fixture
def person(account: Shell) -> Shell:
    """A shell at a terminal."""
    return replace(account, is_attended=True)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.jpg"
    Image.new("RGB", (800, 800), "teal").save(path)
    return path


def added(sandbox: Sandbox) -> int:
    return len(sandbox.media) - 3


def test_off_a_terminal_it_is_refused_before_any_call_with_the_way_out(
    account: Shell, sandbox: Sandbox
) -> None:
    first = account(*PHOTO, "--json").json
    account.clock.advance(3 * MINUTE_S)
    calls = len(sandbox.calls())
    result = account(*PHOTO, "--json")
    assert (result.code, result.error["code"]) == (ExitCode.REFUSED, "published_lately")
    assert f"(3 minutes ago): {first['permalink']}" in result.error["message"]
    assert "--again" in result.error["fix"]
    assert "--idempotency-key" in result.error["fix"]
    assert (len(sandbox.calls()), added(sandbox)) == (calls, 1)


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("yes\n", 0), ("n\n", 1), ("\n", 1), ("", 1)])
def test_a_person_is_asked_and_shown_the_first(
    person: Shell, sandbox: Sandbox, answer: str, code: int
) -> None:
    first = person(*PHOTO, "--json").json
    result = person(*PHOTO, stdin=answer)
    assert result.code == code
    assert first["permalink"] in result.err
    assert "Publish it again? [y/N]" in result.err
    assert added(sandbox) == (1 if code else 2)


@pytest.mark.parametrize("more", [("--again",), ("--idempotency-key", "two")])
def test_who_means_it_is_not_asked(person: Shell, account: Shell, sandbox: Sandbox, more: Any) -> None:
    account(*PHOTO)
    for number, shell in enumerate((person, account)):
        given = (more[0], f"{more[1]}-{number}") if more[1:] else more
        result = shell(*PHOTO, *given)
        assert (result.code, "Publish it again?" in result.err) == (ExitCode.DONE, False)
    assert added(sandbox) == 3


def test_after_ten_minutes_it_is_published(account: Shell, sandbox: Sandbox) -> None:
    account(*PHOTO)
    account.clock.advance(9 * MINUTE_S)
    assert account(*PHOTO).code == ExitCode.REFUSED
    account.clock.advance(MINUTE_S)
    assert account(*PHOTO).code == ExitCode.DONE
    assert added(sandbox) == 2


@pytest.mark.parametrize(
    "other",
    [
        ("publish", "photo", PICTURE, "--caption", "Another"),
        ("publish", "photo", PICTURE),
        ("publish", "story", PICTURE),
        ("publish", "photo", "https://example.com/b.jpg", "--caption", "Hello"),
    ],
)
def test_other_content_is_published(account: Shell, other: tuple[str, ...]) -> None:
    account(*PHOTO)
    assert account(*other).code == ExitCode.DONE


def test_a_file_counts_by_what_is_in_it(account: Shell, file: Path) -> None:
    same, changed = file.with_name("same.jpg"), file
    same.write_bytes(file.read_bytes())
    assert account("publish", "photo", file).code == ExitCode.DONE
    assert account("publish", "photo", same).code == ExitCode.REFUSED
    Image.new("RGB", (800, 800), "red").save(changed)
    assert account("publish", "photo", changed).code == ExitCode.DONE


def test_what_did_not_go_out_does_not_count(account: Shell, sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(on="create", kind=FaultKind.ERROR, code=100, times=None))
    assert account(*PHOTO).code == ExitCode.FAILED
    sandbox.faults.clear()
    assert account(*PHOTO).code == ExitCode.DONE
    assert added(sandbox) == 1


def plan(account: Shell, at: str) -> str:
    return account("schedule", "add", *PHOTO[1:], "--at", at, "--json").json["post_id"]


def test_what_is_planned_for_later_does_not_count(account: Shell) -> None:
    plan(account, "+2h")
    assert account(*PHOTO, "--no-wait", "--json").code == ExitCode.STILL_PROCESSING


def test_what_is_planned_for_the_next_minutes_is_told_with_its_time(account: Shell) -> None:
    post_id = plan(account, "+5m")
    result = account(*PHOTO, "--json")
    assert result.code == ExitCode.REFUSED
    assert "is planned already for" in result.error["message"]
    assert f"(in 5 minutes), as post {post_id[:8]}." in result.error["message"]


def test_what_another_process_publishes_is_on_its_way(account: Shell, sandbox: Sandbox) -> None:
    post_id = plan(account, "now")
    with carriage(account.home, PostId(post_id)):
        result = account(*PHOTO, "--json")
    assert result.code == ExitCode.REFUSED
    assert f"on its way already, as post {post_id[:8]}" in result.error["message"]
    assert added(sandbox) == 0


def test_what_nobody_publishes_is_left_to_no_worker_twice_and_the_missing_worker_is_named(
    account: Shell, person: Shell
) -> None:
    post_id = account(*PHOTO, "--no-wait", "--json").json["post_id"]
    result = account(*PHOTO, "--no-wait", "--json")
    assert result.code == ExitCode.REFUSED
    assert f"as post {post_id[:8]}: it goes out as soon as a worker runs." in result.error["message"]
    assert "`pressroom worker`" in result.error["fix"]
    # Who takes it for stuck must not publish it twice.
    question = person(*PHOTO, "--no-wait", stdin="n\n").err
    assert "it goes out as soon as a worker runs. Publish it a second time? [y/N]" in question


@pytest.mark.parametrize("late_s", [0, 10, 3600])
def test_what_a_process_that_is_gone_left_behind_is_brought_to_its_end_by_the_same_command(
    account: Shell, sandbox: Sandbox, late_s: int
) -> None:
    post_id = account(*PHOTO, "--no-wait", "--json").json["post_id"]
    account.clock.advance(late_s)
    result = account(*PHOTO, "--json")
    assert (result.code, result.json["post_id"], result.json["replayed"]) == (ExitCode.DONE, post_id, True)
    assert f"stored as post {post_id[:8]}, and no process publishes it" in result.err
    assert added(sandbox) == 1
    assert account(*PHOTO).code == ExitCode.REFUSED


def test_a_late_post_counts_from_when_it_went_out(account: Shell) -> None:
    post = stored(account, account(*PHOTO, "--json").json["post_id"])
    with store_of(account) as store:
        due_at = post.sends[-1].started_at - timedelta(minutes=50)
        store.posts.save(replace(post, due_at=due_at, revision=post.revision + 1), post)
    assert account(*PHOTO).code == ExitCode.REFUSED


def test_another_account_is_another_matter(account: Shell, sandbox: Sandbox) -> None:
    user_id, token = sandbox.add_account(AccountSeed(username="other"))
    other = {"INSTAGRAM_USER_ID": user_id, "INSTAGRAM_ACCESS_TOKEN": token}
    assert account(*PHOTO).code == ExitCode.DONE
    assert account(*PHOTO, **other).code == ExitCode.DONE
    assert account(*PHOTO, **other).code == ExitCode.REFUSED


def test_one_account_is_the_same_by_each_of_its_names(account: Shell) -> None:
    assert account(*PHOTO).code == ExitCode.DONE
    sign_in(account, "--account", "ana")
    assert account(*PHOTO, "--account", "ana").code == ExitCode.REFUSED


def test_a_rehearsal_asks_nothing(person: Shell) -> None:
    person(*PHOTO)
    assert "Publish it again?" not in person(*PHOTO, "--dry-run").err


def test_without_a_store_nothing_is_remembered(account: Shell, sandbox: Sandbox) -> None:
    (account.home / "pressroom.db").unlink()
    for _ in range(2):
        assert account(*PHOTO).code == ExitCode.DONE
    assert added(sandbox) == 2


def test_a_programs_repeat_is_answered_with_its_proposal(account: Shell) -> None:
    program = replace(account, environ={**account.environ, "PRESSROOM_REQUIRE_TERMINAL": "1"})
    person = replace(program, is_attended=True)
    asked = program(*PHOTO, "--json")
    assert asked.code == ExitCode.NEEDS_APPROVAL
    assert person("approve", asked.error["proposal_id"]).code == ExitCode.DONE
    for _ in range(2):
        assert program(*PHOTO, "--json").code == ExitCode.DONE


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Generator[int]:
    """A terminal for stdin; gives the end at which a person types."""
    typed, read = pty.openpty()
    with os.fdopen(read) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        yield typed
    os.close(typed)


CONSOLE = Console(mask=Mask(("invented-token",)), environ={})


@pytest.mark.parametrize(("text", "is_yes"), [(b"y\n", True), (b"No\n", False), (b"\x04", False)])
async def test_an_answer_is_read_from_a_terminal(terminal: int, text: bytes, *, is_yes: bool) -> None:
    os.write(terminal, text)
    assert await asking.confirmed(CONSOLE, "Again?") is is_yes


async def test_no_secret_is_in_a_question(terminal: int, capsys: pytest.CaptureFixture[str]) -> None:
    os.write(terminal, b"y\n")
    assert await asking.confirmed(CONSOLE, "Publish invented-token again?")
    assert capsys.readouterr().err == "Publish *** again? [y/N]\n"


async def test_ctrl_c_ends_the_waiting_for_an_answer(terminal: int) -> None:
    assert terminal
    asked = asyncio.create_task(asking.confirmed(CONSOLE, "Again?"))
    await asyncio.sleep(0)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked


@pytest.fixture
def failed(account: Shell, sandbox: Sandbox) -> str:
    """A post that failed, after which the same command published another one."""
    sandbox.faults.add(Fault(on="create", kind=FaultKind.ERROR, code=100, times=None))
    assert account(*PHOTO).code == ExitCode.FAILED
    sandbox.faults.clear()
    post_id = account("queue", "status", "--json").json["needs_person"][0]["post_id"]
    account.clock.advance(HOUR_S)
    assert account(*PHOTO).code == ExitCode.DONE
    account.clock.advance(HOUR_S)
    return post_id


RETRY, RESCHEDULE = ("queue", "retry"), ("schedule", "reschedule")


@pytest.mark.parametrize("way", [RETRY, (*RESCHEDULE, "--at", "+2h"), (*RETRY, "--dry-run")])
def test_what_went_out_since_a_post_failed_is_not_published_by_trying_that_one_again(
    account: Shell, failed: str, way: tuple[str, ...]
) -> None:
    result = account(*way, failed, "--json")
    error = result.json[0]["error"] if "--dry-run" in way else result.error
    assert (result.code, error["code"]) == (ExitCode.REFUSED, "published_lately")
    assert "went out at" in error["message"]
    assert "/p/" in error["message"]
    assert f"queue retry {failed} --again" in error["fix"]
    assert stored(account, failed).state is PostState.FAILED
    assert account(*way, failed, "--again").code == ExitCode.DONE


def test_the_key_of_a_failed_post_does_not_publish_what_went_out_since(
    account: Shell, sandbox: Sandbox
) -> None:
    sandbox.faults.add(Fault(on="create", kind=FaultKind.ERROR, code=100, times=None))
    assert account(*PHOTO, "--idempotency-key", "k1").code == ExitCode.FAILED
    sandbox.faults.clear()
    account.clock.advance(HOUR_S)
    assert account(*PHOTO).code == ExitCode.DONE
    account.clock.advance(HOUR_S)
    result = account(*PHOTO, "--idempotency-key", "k1", "--json")
    assert (result.code, result.error["code"]) == (ExitCode.REFUSED, "published_lately")
    assert added(sandbox) == 1


@pytest.mark.parametrize(("answer", "state"), [("y\n", PostState.SCHEDULED), ("n\n", PostState.FAILED)])
def test_a_person_is_asked_before_a_failed_post_shows_the_same_again(
    person: Shell, failed: str, answer: str, state: PostState
) -> None:
    assert "Publish it again? [y/N]" in person(*RETRY, failed, stdin=answer).err
    assert stored(person, failed).state is state


def test_of_several_that_failed_only_those_are_tried_again_that_did_not_go_out(
    account: Shell, failed: str
) -> None:
    other = change(account, plan(account, "+2h"), state=PostState.FAILED)
    with store_of(account) as store:
        was = store.posts.get(PostId(other))
        options = replace(was.options, caption="Another")
        store.posts.save(replace(was, options=options, revision=was.revision + 1), was)
    result = account(*RETRY, "--all", "--yes", "--json")
    assert {row["post_id"]: bool(row["error"]) for row in result.json} == {failed: True, other: False}


def test_a_failed_post_whose_content_is_live_is_to_be_called_off(account: Shell, failed: str) -> None:
    shown = account("schedule", "show", failed).out
    assert "The same went out at" in shown
    assert shown.index(f"schedule cancel {failed[:8]}") < shown.index(f"queue retry {failed[:8]}")
    assert f"Call this one off: pressroom schedule cancel {failed[:8]}" in account("queue", "status").out
