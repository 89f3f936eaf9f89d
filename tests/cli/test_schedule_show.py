"""`pressroom schedule show`: a post's story."""

import os
import pwd
from dataclasses import replace
from datetime import timedelta

import pytest

from pressroom.core.account import UNTIL_RESUMED, Pause
from pressroom.core.journal import JournalEvent
from pressroom.core.post import Look, PostState
from pressroom.graph.answers import ContainerStatus, MediaId
from tests.cli.conftest import Shell
from tests.cli.planning import change, leave_in_doubt, plan, sign_in, store_of, stored

pytestmark = pytest.mark.usefixtures("store")

OWNER = f"person:{pwd.getpwuid(os.getuid()).pw_name}"


@pytest.fixture
def signed_in(account: Shell) -> Shell:
    """A machine whose default account is stored; its environment has no token."""
    sign_in(account, "--account", "default")
    return replace(account, environ={})


def test_it_tells_what_was_done_what_happens_next_and_what_can_be_done(signed_in: Shell) -> None:
    post_id = plan(signed_in, "--tz", "Europe/Berlin", "--caption", "Hello\nworld")
    short = post_id[:8]
    signed_in("schedule", "move", post_id, "--at", "2026-12-24 18:00")
    assert signed_in("schedule", "show", short).out == (
        f"Photo {short} of account default (@pressroom.sandbox): scheduled\n"
        "  version        2\n"
        "  due            2026-12-24 18:00 Europe/Berlin (in 30 days)\n"
        "  if late        it goes out up to an hour late; later you are asked\n"
        "  files          https://example.com/a.jpg\n"
        "  caption        Hello world\n"
        "\n"
        "What happened (Europe/Berlin)\n"
        f"  2026-11-24 13:00:00  It was planned. (by {OWNER})\n"
        "  2026-11-24 13:00:00  A person has moved it from 2026-11-24 15:00 Europe/Berlin "
        f"to 2026-12-24 18:00 Europe/Berlin. (by {OWNER})\n"
        "\n"
        "What happens next\n"
        "  2026-12-24 17:45:00  Instagram is given its media.\n"
        "  2026-12-24 18:00:00  It is published.\n"
        "\n"
        "What you can do\n"
        f"  Give it another time  pressroom schedule move {short} --at WHEN\n"
        f"  Change its text       pressroom schedule edit {short} --caption TEXT\n"
        f"  Call it off           pressroom schedule cancel {short}\n"
    )


def test_nothing_is_said_to_come_before_what_has_to_be_done_first(signed_in: Shell) -> None:
    later = signed_in.clock.now() + timedelta(hours=3)
    post_id = change(signed_in, plan(signed_in), not_before=later, wake_at=later)
    steps = signed_in("schedule", "show", post_id, "--json").json["next"]
    assert [step["at"] for step in steps] == [steps[0]["at"]] * 2


def test_nothing_is_promised_that_needs_a_token_which_is_not_there(shell: Shell) -> None:
    answer = shell("schedule", "show", plan(shell), "--json").json
    assert answer["next"] == [{"at": None, "text": "Nothing, until somebody signs in to account default."}]
    assert any("No token is stored" in warning for warning in answer["warnings"])


def test_what_instagram_said_is_shown_with_its_code_and_trace(shell: Shell) -> None:
    post_id = plan(shell)
    event = JournalEvent(
        subject_id=post_id,
        at=shell.clock.now(),
        step="failed",
        text="Instagram answered 190/463: expired.",
        code=190,
        subcode=463,
        fbtrace_id="Atrace",
    )
    with store_of(shell) as store:
        store.events.append(event)
    assert (
        "Instagram answered 190/463: expired. (code 190, subcode 463, fbtrace Atrace)"
        in shell("schedule", "show", post_id).out
    )


def test_a_doubt_is_settled_by_the_commands_it_names(shell: Shell) -> None:
    post_id = leave_in_doubt(shell, plan(shell))
    commands = [choice["command"] for choice in shell("schedule", "show", post_id, "--json").json["choices"]]
    short = post_id[:8]
    assert commands == [
        f"pressroom queue resolve {short} --published ID",
        f"pressroom queue resolve {short} --not-published",
        f"pressroom schedule cancel {short}",
        f"pressroom queue reconcile {short}",
    ]


def test_looks_at_a_lost_send_are_told_once_each_with_what_they_meant(shell: Shell) -> None:
    """Three that brought nothing are one line; the last one says what came of it."""
    post_id, now = leave_in_doubt(shell, plan(shell)), shell.clock.now()
    asked = [(2, ContainerStatus.FINISHED), (5, ContainerStatus.FINISHED), (10, ContainerStatus.FINISHED)]
    looks = [Look(at=now + timedelta(seconds=after), status=status) for after, status in asked]
    last = Look(
        at=now + timedelta(minutes=30), status=None, candidates=frozenset({MediaId("1"), MediaId("2")})
    )
    (send,) = stored(shell, post_id).sends
    change(shell, post_id, sends=(replace(send, looks=(*looks, last)),))
    out = shell("schedule", "show", post_id).out
    assert (
        "  2026-11-24 12:00:02  Instagram was asked whether it is live: its container says that it is not "
        "published. Asked 3 times until 12:00:10. (container 17880000000000001)\n"
        "  2026-11-24 12:30:00  Instagram was asked whether it is live: nothing could be read, and its lists "
        "show several that could be it. That could not be told in time: a person has to say. "
        "(container 17880000000000001)\n"
    ) in out
    steps = [event["step"] for event in shell("schedule", "show", post_id, "--json").json["events"]]
    assert steps == ["planned", "looked", "looked", "looked", "looked"]


def test_a_pause_that_a_person_ends_comes_with_the_ways_to_end_it(shell: Shell) -> None:
    post_id = change(shell, plan(shell), state=PostState.PREPARING)
    with store_of(shell) as store:
        store.accounts.pause("default", Pause(UNTIL_RESUMED, "Instagram answered 190.", code=190))
    shown = shell("schedule", "show", post_id, "--json").json
    assert [choice["command"] for choice in shown["choices"]][:2] == [
        "pressroom auth login --account default",
        "pressroom queue resume default",
    ]
    assert not [warning for warning in shown["warnings"] if "190" in warning]


@pytest.mark.parametrize(
    ("at", "words"), [("+30m", "in 30 minutes"), ("+1h", "in 1 hour"), ("+3d", "in 3 days"), ("now", "now")]
)
def test_how_far_its_time_is_away_is_said(shell: Shell, at: str, words: str) -> None:
    assert f"({words})\n" in shell("schedule", "show", plan(shell, "--at", at)).out


def test_a_paused_account_says_why_nothing_happens_and_until_when(signed_in: Shell) -> None:
    post_id = change(signed_in, plan(signed_in), state=PostState.PREPARING)
    until = signed_in.clock.now().replace(hour=16)
    with store_of(signed_in) as store:
        store.accounts.pause("default", Pause(until, "Instagram answered 4: too many calls."))
    shown = signed_in("schedule", "show", post_id, "--json").json
    assert shown["next"][0] == {
        "at": "2026-11-24T16:00:00+00:00",
        "text": "Account default rests until then. Instagram answered 4: too many calls.",
    }
    assert all(step["at"] >= "2026-11-24T16:00:00+00:00" for step in shown["next"])


def test_a_post_that_is_over_says_that_nothing_follows(shell: Shell) -> None:
    post_id = plan(shell)
    shell("schedule", "cancel", post_id)
    shown = shell("schedule", "show", post_id, "--json").json
    assert (shown["next"], shown["choices"]) == ([{"at": None, "text": "Nothing: it was cancelled."}], [])
