"""`pressroom queue`: how the work stands, and what a person repairs."""

import os
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from pressroom.cli.shell.failures import ExitCode
from pressroom.core.account import UNTIL_RESUMED, Pause
from pressroom.core.post import Attention, PostState, SendState
from pressroom.core.settings import Settings
from pressroom.core.stored_posts import PostQuery
from pressroom.dispatch.locks import driver_lock
from pressroom.sandbox.faults import Effect, Fault, FaultKind
from pressroom.sandbox.simulator import Sandbox
from pressroom.sandbox.state.things import ContainerKind, LatePost
from tests.cli.conftest import PICTURE, Shell
from tests.cli.planning import change, leave_in_doubt, plan, sign_in, store_of, stored

NOT_LIVE = ("--not-published",)
pytestmark = pytest.mark.usefixtures("store")


def test_status_counts_what_waits_and_names_what_needs_a_person(shell: Shell) -> None:
    plan(shell)
    failed = change(shell, plan(shell), state=PostState.FAILED, problem="It could not be made.")
    shell.clock.advance(3 * 3600)
    seen = shell("queue", "status", "--json").json
    assert (seen["counts"], seen["overdue"]) == ({"scheduled": 1, "failed": 1}, 1)
    assert [post["post_id"] for post in seen["needs_person"]] == [failed]
    out = shell("queue", "status").out
    assert f"Photo {failed[:8]} needs a person: It could not be made." in out
    assert "Overdue: 1." in out


def test_status_says_what_converted_files_and_pictures_take_and_may_take(shell: Shell) -> None:
    plan(shell)
    shell.environ["PRESSROOM_RENDITIONS_MAX_GB"] = "0.5"
    renditions = Settings(home=shell.home).renditions
    renditions.mkdir()
    (renditions / "made.mp4").write_bytes(bytes(20_000_000))
    (renditions / "served.mp4").hardlink_to(renditions / "made.mp4")
    (renditions / "other.jpg").write_bytes(bytes(10_000_000))
    seen = shell("queue", "status", "--json").json["renditions"]
    assert seen == {"count": 2, "size_bytes": 30_000_000, "max_bytes": 500_000_000}
    pictures = Settings(home=shell.home).pictures
    pictures.mkdir()
    (pictures / "a.chip.jpg").write_bytes(bytes(10_000_000))
    out = shell("queue", "status").out
    assert "Renditions: 2 files, 0.03 GB of 0.5 GB." in out
    assert "Pictures: 1 files, 0.01 GB of 1 GB." in out
    assert "Uploads: 0 files, 0.00 GB of 20 GB." in out


def test_status_and_health_say_why_nothing_can_be_sent(shell: Shell) -> None:
    log = shell.home / f"pressroom.db.sends-{shell.clock.now():%Y-%m}"
    os.mkfifo(log)
    problem = shell("queue", "status", "--json").json["send_log_problem"]
    assert problem.startswith(f"{log} cannot be used as the send log: it is a FIFO")
    lines = shell("queue", "status").out.splitlines()
    assert lines[1] == f"Nothing is published. {problem}"
    health = shell("queue", "health")
    assert (health.code, lines[1] in health.out) == (ExitCode.FAILED, True)
    planned = shell("schedule", "add", "photo", PICTURE, "--at", "+2h", "--json")
    assert lines[1] in planned.json["warnings"]
    log.unlink()
    assert shell("queue", "status", "--json").json["send_log_problem"] is None


def test_status_says_which_process_works(shell: Shell) -> None:
    plan(shell)
    assert "Worker: none runs." in shell("queue", "status").out
    lock = driver_lock(Settings(home=shell.home))
    assert lock.take()
    try:
        assert "Worker: process " in shell("queue", "status").out
    finally:
        lock.release()


def test_health_ends_with_1_while_nobody_drives_or_a_post_is_overdue(shell: Shell) -> None:
    plan(shell)
    alone = shell("queue", "health", "--json")
    assert (alone.code, alone.json["worker_running"]) == (ExitCode.FAILED, False)
    lock = driver_lock(Settings(home=shell.home))
    assert lock.take()
    try:
        assert (shell("queue", "health").code, shell("queue", "health").out) == (0, "All is well.\n")
        shell.clock.advance(3 * 3600)
        late = shell("queue", "health")
    finally:
        lock.release()
    assert (late.code, late.out) == (
        ExitCode.FAILED,
        "Posts that are more than a minute past their time: 1.\n",
    )


def test_a_paused_account_is_named_until_a_person_lets_it_go_on(shell: Shell) -> None:
    plan(shell)
    with store_of(shell) as store:
        store.accounts.pause("default", Pause(UNTIL_RESUMED, "Instagram answered 190.", code=190))
    paused = shell("queue", "status", "--json").json["paused"]
    assert paused == [
        {"account": "default", "until": None, "reason": "Instagram answered 190.", "by": None, "at": None}
    ]
    assert shell("queue", "resume", "default").out == "Account default goes on.\n"
    assert shell("queue", "resume", "defualt").code == ExitCode.NOT_FOUND
    assert shell("queue", "status", "--json").json["paused"] == []


def logged(shell: Shell, *options: str) -> tuple[list[str], int | None]:
    """Give the steps of a page of the log, and where the next page begins."""
    page = shell("queue", "log", *options, "--json").json
    return [entry["step"] for entry in page["entries"]], page["next"]


def test_an_account_is_paused_with_a_reason_and_resumed_and_the_log_says_by_whom(shell: Shell) -> None:
    plan(shell)
    assert shell("queue", "pause", "default").code == ExitCode.USAGE
    paused = shell("queue", "pause", "default", "--reason", "On hold", "--json").json["paused"]
    assert (paused["reason"], paused["until"]) == ("On hold", None)
    assert paused["by"].startswith("person:")
    assert f"is paused until it is resumed, by {paused['by']}: On hold" in shell("queue", "status").out
    assert shell("queue", "resume", "default", "--json").json == {
        "account": "default",
        "was_paused": True,
        "still_paused": None,
        "overdue": 0,
    }
    assert logged(shell, "--account", "default")[0] == ["resumed", "paused", "planned"]
    steps, more = logged(shell, "--limit", "2")
    assert steps == ["resumed", "paused"]
    assert logged(shell, "--after", str(more)) == (["planned"], None)
    assert "has paused the account: On hold" in shell("queue", "log", "--since", "1h").out


def test_a_resume_says_how_many_posts_follow_their_late_rule_now(shell: Shell) -> None:
    for _ in range(2):
        plan(shell)
    shell("queue", "pause", "default", "--reason", "On hold")
    shell.clock.advance(3 * 3600)
    assert shell("queue", "resume", "default").out == (
        "Account default goes on. 2 posts are past their time, and follow their --if-late now.\n"
    )


SELECTING = (
    ("schedule", "list"),
    ("schedule", "cancel", "--yes"),
    ("schedule", "move", "--by", "+1d", "--yes"),
    ("queue", "retry", "--yes"),
    ("queue", "log"),
    ("approve", "--yes"),
)


@pytest.mark.parametrize("command", SELECTING, ids=" ".join)
def test_a_mistyped_account_selects_nothing_and_is_no_success(shell: Shell, command: tuple[str, ...]) -> None:
    plan(shell)
    result = shell(*command, "--account", "defualt", "--json")
    assert (result.code, result.out) == (ExitCode.NOT_FOUND, "")
    assert "'defualt'" in result.error["message"]


@pytest.mark.parametrize("command", SELECTING, ids=" ".join)
def test_two_accounts_are_refused_where_one_is_selected(shell: Shell, command: tuple[str, ...]) -> None:
    assert shell(*command, "--account", "a", "--account", "b").code == ExitCode.USAGE


def test_a_pause_by_hand_that_ends_shows_the_dead_token_behind_it(shell: Shell) -> None:
    plan(shell)
    shell("queue", "pause", "default", "--reason", "On hold")
    with store_of(shell) as store:
        store.accounts.pause("default", Pause(UNTIL_RESUMED, "Instagram answered 190.", code=190))
    assert shell("queue", "resume", "default").out == (
        "Account default was resumed, and is still paused: Instagram answered 190.\n"
    )


def test_a_postponed_post_shows_both_times_wherever_it_is_listed(shell: Shell) -> None:
    post_id = plan(shell, "--tz", "Europe/Berlin")
    later = shell.clock.now() + timedelta(days=1)
    why = "The account's quota is full."
    change(shell, post_id, postponed_to=later, postponed_because=why, wake_at=later)
    planned, later_on = "2026-11-24 15:00", "postponed to 2026-11-25 13:00"
    both = f"{planned} Europe/Berlin, {later_on}"
    assert (
        f"goes out later than planned: {both}. The account's quota is full." in shell("queue", "status").out
    )
    assert f"{planned}, {later_on}" in shell("schedule", "list").out
    assert "postponed      to 2026-11-25 13:00 Europe/Berlin (in " in shell("schedule", "show", post_id).out
    (listed,) = shell("schedule", "list", "--json").json
    assert (listed["due_local"], listed["postponed_local"], listed["postponed_to"]) == (
        "2026-11-24T15:00:00+01:00",
        "2026-11-25T13:00:00+01:00",
        "2026-11-25T12:00:00+00:00",
    )
    status = shell("queue", "status", "--json").json
    assert [post["post_id"] for post in status["postponed"]] == [post_id]
    assert (status["overdue"], status["next_goes_out_at"]) == (0, "2026-11-25T12:00:00+00:00")


@pytest.mark.parametrize("state", [PostState.FAILED, PostState.MISSED])
def test_retry_tries_again_at_once(shell: Shell, state: PostState) -> None:
    post_id = change(shell, plan(shell), state=state)
    answer = shell("queue", "retry", post_id, "--json").json
    assert (answer["state"], answer["due_at"]) == ("scheduled", shell.clock.now().isoformat())


def test_a_post_that_waits_is_not_tried_again(shell: Shell) -> None:
    assert shell("queue", "retry", plan(shell)).code == ExitCode.REFUSED


def test_a_persons_word_that_it_is_live_ends_the_doubt(shell: Shell) -> None:
    post_id = leave_in_doubt(shell, plan(shell))
    answer = shell("queue", "resolve", post_id, "--published", "17900000000000001", "--json").json
    assert (answer["state"], answer["media_id"]) == ("published", "17900000000000001")


def test_a_persons_word_that_it_is_not_live_publishes_it_with_a_new_container(shell: Shell) -> None:
    post_id = leave_in_doubt(shell, plan(shell))
    assert shell("queue", "resolve", post_id, *NOT_LIVE, "--unchecked", "--json").json["state"] == "scheduled"
    post = stored(shell, post_id)
    assert (post.sends[0].state, post.container(None)) == (SendState.NOT_DONE, None)


def doubtful(account: Shell, sandbox: Sandbox, **effect: Any) -> str:
    """Publish a photo whose answer forbids another try, so that nobody knows more after half an hour."""
    sandbox.faults.add(Fault(on="media_publish", kind=FaultKind.ERROR, code=4, subcode=2207051, **effect))
    told = account("publish", "photo", PICTURE, "--caption", "Hello", "--json")
    assert told.code == ExitCode.OUTCOME_UNKNOWN
    with store_of(account) as store:
        return store.posts.list(PostQuery()).posts[0].id


def assert_still_in_doubt(account: Shell, post_id: str) -> None:
    assert stored(account, post_id).attention is Attention.OUTCOME_UNKNOWN


@pytest.mark.parametrize("is_stored", [True, False])
def test_the_word_that_it_is_not_live_is_believed_when_instagram_shows_nothing_of_it(
    account: Shell, sandbox: Sandbox, *, is_stored: bool
) -> None:
    if is_stored:
        sign_in(account)
        account = replace(account, environ={})
    post_id = doubtful(account, sandbox)
    answer = account("queue", "resolve", post_id, *NOT_LIVE, "--json")
    assert (answer.code, stored(account, post_id).container(None)) == (ExitCode.DONE, None)
    assert answer.json["state"] == "scheduled"


def test_a_post_whose_container_is_published_is_not_published_again_on_a_persons_word(
    account: Shell, sandbox: Sandbox
) -> None:
    post_id = doubtful(account, sandbox, effect=Effect.LATER, delay_s=7200)
    account.clock.advance(7200)
    refused = account("queue", "resolve", post_id, *NOT_LIVE, "--json")
    assert (refused.code, refused.error["type"], refused.error["code"]) == (3, "Refused", "not_live")
    assert refused.error["value"] == ["PUBLISHED", sandbox.media[0].id]
    assert f"queue resolve {post_id} --published {sandbox.media[0].id}" in refused.error["fix"]
    assert f"queue reconcile {post_id}" in refused.error["fix"]
    assert_still_in_doubt(account, post_id)


def test_nor_is_one_of_which_something_is_listed_unless_a_person_looked_at_it(
    account: Shell, sandbox: Sandbox
) -> None:
    """Somebody may have posted the same words by hand: that only a person can see."""
    post_id = doubtful(account, sandbox)
    copy = LatePost(user_id=sandbox.user_id, kind=ContainerKind.PHOTO, caption="Hello")
    sandbox.scene.later(sandbox.clock.unix(), copy)
    refused = account("queue", "resolve", post_id, *NOT_LIVE, "--json")
    assert (refused.error["code"], refused.error["value"]) == ("not_live", ["FINISHED", sandbox.media[0].id])
    assert_still_in_doubt(account, post_id)
    assert account("queue", "resolve", post_id, *NOT_LIVE, "--unchecked").code == ExitCode.DONE


@pytest.mark.parametrize(
    "fault",
    [
        Fault(on="container_status", kind=FaultKind.ERROR, code=190, subcode=463),
        Fault(on="container_status", kind=FaultKind.ERROR, code=100, subcode=33, times=None),
        Fault(on="container_status", kind=FaultKind.DROP, times=None),
        Fault(on="media_list", kind=FaultKind.ERROR, code=10),
        None,
    ],
    ids=["token over", "gone", "network", "not listed", "no token"],
)
def test_nor_is_one_of_which_nothing_can_be_read(
    account: Shell, sandbox: Sandbox, fault: Fault | None
) -> None:
    post_id = doubtful(account, sandbox)
    if fault:
        sandbox.faults.add(fault)
    else:
        account = replace(account, environ={})
    refused = account("queue", "resolve", post_id, *NOT_LIVE, "--json")
    assert (refused.code, refused.error["code"]) == (ExitCode.REFUSED, "unread")
    assert "--unchecked" in refused.error["fix"]
    assert_still_in_doubt(account, post_id)


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--published", "1", "--not-published"),
        ("--published", "https://instagram.com/p/x"),
        ("--published", "1", "--unchecked"),
        ("--unchecked",),
    ],
)
def test_resolve_takes_one_clear_word(shell: Shell, options: tuple[str, ...]) -> None:
    post_id = leave_in_doubt(shell, plan(shell))
    assert shell("queue", "resolve", post_id, *options).code == ExitCode.USAGE


def test_only_a_doubt_is_resolved(shell: Shell) -> None:
    assert shell("queue", "resolve", plan(shell), "--not-published").code == ExitCode.REFUSED


def test_reconcile_opens_every_doubt_for_one_more_look(shell: Shell) -> None:
    post_id = leave_in_doubt(shell, plan(shell))
    plan(shell)
    result = shell("queue", "reconcile", "--json")
    assert [post["post_id"] for post in result.json] == [post_id]
    assert "No worker runs, so nobody asks." in result.err
    post = stored(shell, post_id)
    assert post.open_send is not None
    assert not post.open_send.may_resend
    assert post.wake_at is not None


def test_reconcile_asks_about_one_post_of_an_account_at_a_time_and_says_which_wait(shell: Shell) -> None:
    for _ in range(2):
        leave_in_doubt(shell, plan(shell))
    first = shell("queue", "reconcile", "--json")
    assert (first.code, len(first.json)) == (ExitCode.DONE, 1)
    assert "has to wait, ask again later" in first.err
    again = shell("queue", "reconcile")
    assert (again.code, again.out) == (ExitCode.DONE, "")
    assert "No post is in doubt" not in again.err
