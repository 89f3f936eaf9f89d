"""`pressroom schedule show`: a post's story."""

import pytest

from pressroom.core.journal import JournalEvent
from pressroom.core.post import PostId, PostState
from pressroom.core.repositories import Pause
from tests.cli.conftest import Shell
from tests.cli.planning import change, leave_in_doubt, plan, store_of

pytestmark = pytest.mark.usefixtures("store")


def test_it_tells_what_was_done_what_happens_next_and_what_can_be_done(shell: Shell) -> None:
    post_id = plan(shell, "--tz", "Europe/Berlin", "--caption", "Hello\nworld")
    short = post_id[:8]
    shell("schedule", "move", post_id, "--at", "2026-12-24 18:00")
    assert shell("schedule", "show", short).out == (
        f"Photo {short} of account default: scheduled\n"
        "  due            2026-12-24 18:00 Europe/Berlin\n"
        "  if late        publish\n"
        "  files          https://example.com/a.jpg\n"
        "  caption        Hello world\n"
        "\n"
        "What happened (Europe/Berlin)\n"
        "  2026-11-24 13:00:00  It was planned.\n"
        "  2026-11-24 13:00:00  A person has moved it.\n"
        "\n"
        "What happens next\n"
        "  2026-12-24 17:45:00  Instagram is given its media.\n"
        "  2026-12-24 18:00:00  It is published.\n"
        "\n"
        "What you can do\n"
        f"  Give it another time  pressroom schedule move {short} --at WHEN\n"
        f"  Change its text       pressroom schedule edit {short} --caption TEXT\n"
        f"  Let it go             pressroom schedule cancel {short}\n"
    )


def test_what_instagram_said_is_shown_with_its_code_and_trace(shell: Shell) -> None:
    post_id = plan(shell)
    event = JournalEvent(
        post_id=PostId(post_id),
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


def test_a_paused_account_says_why_nothing_happens_and_until_when(shell: Shell) -> None:
    post_id = change(shell, plan(shell), state=PostState.PREPARING)
    until = shell.clock.now().replace(hour=16)
    with store_of(shell) as store:
        store.accounts.pause("default", Pause(until, "Instagram answered 4: too many calls."))
    shown = shell("schedule", "show", post_id, "--json").json
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
