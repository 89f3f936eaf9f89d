"""`pressroom approve`: what a person reads of what programs want, and what is said to an answer."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from pressroom.cli.posts.listing import state_in_words
from pressroom.cli.shell.console import Console
from pressroom.cli.shell.failures import ExitCode
from pressroom.core.account import UNTIL_RESUMED, Pause
from pressroom.core.post import PostOptions, PostState
from pressroom.graph.answers import UserId
from pressroom.sandbox.simulator import Sandbox
from pressroom.service.consent.gate import owner
from tests.cli.conftest import PICTURE, Shell
from tests.cli.planning import ADD, AT, change, plan, sign_in, store_of, stored
from tests.service.consenting import a_file

pytestmark = pytest.mark.usefixtures("store")
ALLOW = ("approve", "allow", "planner", "--account", "default", "--per-day", "3", "--until", "2026-12-31")


@pytest.fixture
def person(account: Shell) -> Shell:
    """A shell at a terminal, with an account that is signed in."""
    person = replace(
        account, environ={**account.environ, "PRESSROOM_REQUIRE_TERMINAL": "1"}, is_attended=True
    )
    sign_in(person)
    return person


@pytest.fixture
def agent(person: Shell) -> Shell:
    """The same shell off a terminal."""
    return replace(person, is_attended=False)


def ask(agent: Shell, *args: str) -> str:
    """Have a program want something, and give the proposal's id."""
    result = agent(*args, "--json")
    assert result.code == ExitCode.NEEDS_APPROVAL, result.err
    return result.error["proposal_id"]


def ask_for_post(agent: Shell, caption: str = "Hello") -> str:
    return ask(agent, *ADD, PICTURE, *AT, "--caption", caption)


def ask_for_comment(agent: Shell, media_id: str) -> str:
    return ask(agent, "api", "POST", f"{media_id}/comments", "-f", "message=Hi")


def test_the_list_shows_what_programs_want_and_what_people_held_back(
    person: Shell, agent: Shell, sandbox: Sandbox
) -> None:
    assert person("approve", "list").err.strip() == "Nothing waits for approval."
    me = owner()
    proposal, call = ask_for_post(agent), ask_for_comment(agent, sandbox.media[0].id)
    held = plan(person, "--approval", "--caption", "Held")
    head, *rows = person("approve", "list").out.splitlines()
    assert head.split() == ["id", "what", "account", "asked", "by", "when", "shows"]
    when, shown = "2026-11-24 14:00 UTC", "default (@pressroom.sandbox)"
    assert sorted(" ".join(row.split()) for row in rows) == sorted(
        [
            f"{proposal[:8]} publish photo {shown} program {me} {when} Hello",
            f"{call[:8]} call {shown} program {me} - POST {sandbox.media[0].id}/comments message=Hi",
            f"{held[:8]} photo, held back {shown} {me} {when} Held",
        ]
    )


def test_a_proposal_is_shown_whole_with_what_it_may_not_show(person: Shell, agent: Shell) -> None:
    proposal = ask_for_post(agent)
    shown = person("approve", "show", proposal[:8])
    words = dict(line.split("  ", 1) for line in shown.out.splitlines())
    assert {
        "id",
        "state",
        "until",
        "what",
        "asked by",
        "account",
        "due at",
        "caption",
        "files",
    } <= words.keys()
    assert (words["id"].strip(), words["caption"].strip()) == (proposal, "Hello")
    assert "it may show something else" in shown.err


def test_a_call_is_shown_with_its_account_and_all_that_it_sends(
    person: Shell, agent: Shell, sandbox: Sandbox
) -> None:
    media_id = sandbox.media[0].id
    shown = person("approve", "show", ask_for_comment(agent, media_id)).out
    lines = [" ".join(line.split()) for line in shown.splitlines()]
    assert "account default" in lines
    assert f"asks POST {media_id}/comments message=Hi" in lines


def test_several_are_approved_at_once_and_each_is_said(person: Shell, agent: Shell, sandbox: Sandbox) -> None:
    post, call = ask_for_post(agent), ask_for_comment(agent, sandbox.media[0].id)
    first, second = person("approve", post, call, "--yes").out.splitlines()
    assert first == f"Proposal {call[:8]} (call) was approved."
    assert second.endswith("was approved. It is scheduled, for 2026-11-24 14:00 UTC.")


def test_a_cancellation_that_is_approved_is_called_one_and_shown(person: Shell, agent: Shell) -> None:
    post = plan(person, "--caption", "Hello")
    asked = agent("schedule", "cancel", post, "--json").error
    assert "To stop it" not in asked["fix"], "to ask for it again stops nothing"
    proposal = asked["proposal_id"]
    approved = person("approve", proposal)
    program = f"program {owner()}"
    assert (
        approved.out
        == f"The cancellation of photo {post[:8]}, by {program}, was approved: it is cancelled.\n"
    )
    head, *facts = approved.err.splitlines()
    assert head.endswith(f"cancel photo {proposal[:8]} for account default, asked by {program}")
    assert any(line.split() == ["caption", "Hello"] for line in facts)


def test_the_history_says_whose_edit_a_person_approved(person: Shell, agent: Shell) -> None:
    post = plan(person, "--caption", "Hello")
    assert person("approve", ask(agent, "schedule", "edit", post, "--caption", "Other")).code == ExitCode.DONE
    edited = f"The program {owner()} has edited it, as a person approved: caption from “Hello” to “Other”."
    assert f"{edited} (by person:{owner()})" in person("schedule", "show", post).out


def test_of_an_hour_that_comes_twice_it_is_said_which_is_asked_for(person: Shell, agent: Shell) -> None:
    asked = agent(*ADD, PICTURE, "--at", "2027-10-31 02:30", "--tz", "Europe/Berlin", "--json").error
    assert "comes twice in Europe/Berlin, where the clocks are put back: the first is" in asked["message"]
    shown = person("approve", "show", asked["proposal_id"])
    assert "2027-10-31 02:30 (+02:00) Europe/Berlin" in shown.out
    assert "Warning: 2027-10-31 02:30 comes twice" in shown.err


def test_what_is_to_be_approved_is_the_last_to_be_left_out(
    person: Shell, agent: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = plan(person, "--caption", "A caption that is longer than a row of any table. " * 3)
    ask(agent, "schedule", "move", post, "--at", "now")
    monkeypatch.setattr(Console, "width", 80)
    shown = person("approve", "list")
    assert " what " in shown.out.splitlines()[0]
    assert "move photo" in shown.out
    assert "what" not in shown.err


def test_a_week_is_approved_in_one_step_with_all_of_it_in_view_in_the_order_of_its_times(
    person: Shell, agent: Shell
) -> None:
    captions = [f"Day {day}, with a caption that is longer than a row of any table. " * 3 for day in range(5)]
    for day in (3, 0, 4, 2, 1):
        ask(agent, *ADD, PICTURE, "--at", f"+{day + 1}d", "--caption", captions[day])
    asked = person("approve", "--all", "--quiet", stdin="n\n")
    lines = [line.strip() for line in asked.err.splitlines()]
    shown = [line.split(maxsplit=1)[1] for line in lines if line.startswith("caption")]
    assert shown == [text.strip() for text in captions]
    assert asked.err.count(f"asked by program {owner()}") == 5
    assert "Approve these 5? [y/N]" in asked.err
    assert (asked.code, len(person("approve", "list", "--json").json)) == (ExitCode.FAILED, 5)
    assert len(person("approve", "--all", stdin="y\n").out.splitlines()) == 5


def test_what_was_changed_since_it_was_shown_is_not_approved_with_the_others(
    person: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (plan(person, "--approval", "--caption", text) for text in ("One", "Two"))

    async def meanwhile(*_: object) -> bool:
        change(person, second, options=PostOptions(caption="Other"))
        return True

    monkeypatch.setattr("pressroom.cli.posts.bulk.confirmed", meanwhile)
    done = person("approve", "--all")
    assert f"Error: {second}: {second} was changed since it was shown." in done.err
    assert (stored(person, first).state, stored(person, second).state) == (
        PostState.SCHEDULED,
        PostState.AWAITING_APPROVAL,
    )


def test_a_proposed_move_and_edit_show_before_and_after_in_the_zone_of_the_post(
    person: Shell, agent: Shell
) -> None:
    post = plan(person, "--tz", "Europe/Istanbul", "--caption", "Hello")
    moved = ask(agent, "schedule", "move", post, "--at", "2026-11-24 15:30")
    edited, emptied = (ask(agent, "schedule", "edit", post, "--caption", text) for text in ("Goodbye", ""))
    words = [" ".join(line.split()) for line in person("approve", "show", moved).out.splitlines()]
    assert "due at 2026-11-24 15:30 Europe/Istanbul (in 30 minutes)" in words
    assert "due at before 2026-11-24 17:00 Europe/Istanbul" in words
    assert not any(word.startswith("caption before") for word in words)
    words = [" ".join(line.split()) for line in person("approve", "show", edited).out.splitlines()]
    assert {"caption Goodbye", "caption before Hello"} <= set(words)
    words = [" ".join(line.split()) for line in person("approve", "show", emptied).out.splitlines()]
    assert {"caption nothing", "caption before Hello"} <= set(words)
    assert person("approve", "show", edited, "--json").json["summary"]["was"] == {"caption": "Hello"}


def test_what_is_past_its_time_is_not_said_to_go_out_then(person: Shell, agent: Shell) -> None:
    ask_for_post(agent)
    held = plan(person, "--approval", "--caption", "Held")
    person.clock.advance(3 * 3600)
    listed = person("approve", "list")
    assert listed.out.count("past: 2026-11-24 14:00 UTC") == 2
    assert "What is past its time is given another: pressroom schedule approve ID --at WHEN." in listed.err
    assert "past: 2026-11-24 14:00 UTC (1 hour ago)" in person("approve", "show", held).out
    assert "is due" not in person("schedule", "edit", held, "--caption", "Later").out


def test_what_goes_out_at_once_is_never_past_its_time(person: Shell) -> None:
    held = person(*ADD, PICTURE, "--at", "now", "--approval", "--json").json["post_id"]
    person.clock.advance(3600)
    listed = person("approve", "list")
    assert ("at once" in listed.out, "past" in listed.out + listed.err) == (True, False)
    assert person("approve", held).code == 0


def test_every_line_about_a_programs_post_names_the_program(person: Shell, agent: Shell) -> None:
    proposal, mine = ask_for_post(agent), plan(person, "--caption", "Mine")
    post = person("approve", "show", proposal, "--json").json["proposal"]["post_id"]
    named = f"Photo {post[:8]} (program {owner()})"
    rows = {row[:8]: row for row in person("schedule", "list").out.splitlines()}
    assert f"program {owner()}" in rows[post[:8]]
    assert "program" not in rows[mine[:8]]
    assert person("approve", proposal).out.startswith(named)
    assert person("schedule", "show", post).out.startswith(named)
    change(person, post, state=PostState.FAILED, problem="It could not be made.")
    assert f"{named} needs a person" in person("queue", "status").out
    assert {one["actor"] for one in person("schedule", "list", "--json").json} == {
        f"program:{owner()}",
        f"person:{owner()}",
    }


def test_too_little_of_an_id_decides_nothing_and_several_that_are_meant_are_named(
    person: Shell, agent: Shell
) -> None:
    proposal = ask_for_post(agent)
    for command in ("approve", "approve decline", "approve show", "schedule show", "schedule cancel"):
        result = person(*command.split(), "" if "show" in command else proposal[:3], "--json")
        assert (result.code, result.error["code"]) == (ExitCode.REFUSED, "id"), command
    assert len(person("approve", "list", "--json").json) == 1


def test_what_waits_is_selected_by_account_and_days_a_call_by_its_account_alone(
    person: Shell, agent: Shell, sandbox: Sandbox
) -> None:
    post, call = ask_for_post(agent), ask_for_comment(agent, sandbox.media[0].id)
    held = plan(person, "--approval", "--caption", "Held")
    later = person(*ADD, PICTURE, "--at", "+3d", "--approval", "--json").json["post_id"]
    draft = plan(person, "--draft")

    def meant(*options: str) -> set[str]:
        return {one["id"] for one in person("approve", *options, "--dry-run", "--json").json}

    assert meant("--all") == meant("--account", "default") == {post, call, held, later}
    assert person("approve", "--account", "ben", "--dry-run").code == ExitCode.NOT_FOUND
    assert meant("--from", "today", "--to", "today") == {post, held}
    assert meant("--from", "tomorrow") == {later}
    done = person("approve", "--to", "today", stdin="y\n")
    assert (done.code, len(done.out.splitlines())) == (ExitCode.DONE, 2)
    assert {one["id"] for one in person("approve", "list", "--json").json} == {call, later}
    assert stored(person, draft).state is PostState.DRAFT


def test_a_dry_run_names_what_would_be_approved_and_what_not_and_why(person: Shell, agent: Shell) -> None:
    proposal, planned = ask_for_post(agent), plan(person)
    done = ask_for_post(agent, "Other")
    person("approve", done)
    result = person("approve", proposal, planned, done, "beef", "--dry-run")
    assert [line.split()[0] for line in result.out.splitlines()] == ["id", proposal[:8]]
    for text in (f"{planned}: ", f"{done}: Proposal {done} is approved.", "beef: "):
        assert f"Error: {text}" in result.err
    assert (result.code, "1 of 4 would be approved." in result.err) == (ExitCode.NOT_FOUND, True)
    assert len(person("approve", "list", "--json").json) == 1


def test_what_is_named_twice_is_decided_once(person: Shell, agent: Shell) -> None:
    proposal, held = ask_for_post(agent), plan(person, "--approval")
    twice = (proposal, proposal[:8], held[:8], held, held)
    told = person("approve", *twice, "--dry-run")
    assert (len(told.out.splitlines()), "2 of 2 would be approved." in told.err) == (3, True)
    done = person("approve", *twice, "--yes", "--json")
    assert (done.code, len(done.json), done.err) == (ExitCode.DONE, 2, "")
    other = plan(person, "--approval", "--caption", "Other")
    declined = person("approve", "decline", other, other[:8])
    assert (declined.code, len(declined.out.splitlines())) == (ExitCode.DONE, 1)


def test_off_a_terminal_several_need_yes_even_where_nobody_is_taken_for_a_program(account: Shell) -> None:
    sign_in(account)
    held = [plan(account, "--approval", "--caption", text) for text in ("a", "b")]
    result = account("approve", *held, "--json")
    assert (result.code, result.error["code"]) == (ExitCode.REFUSED, "confirmation")
    assert account("approve", "--all", "--yes").code == ExitCode.DONE
    assert {stored(account, one).state for one in held} == {PostState.SCHEDULED}
    assert account("approve", "--all", "--yes").err == "Nothing waits for approval.\n"
    assert account("approve", "--nonsense").code == ExitCode.USAGE


@pytest.mark.parametrize(("decision", "sure"), [(("approve",), ("--yes",)), (("approve", "decline"), ())])
def test_one_of_several_that_cannot_be_done_is_said_by_its_id_and_the_others_are_done(
    person: Shell, agent: Shell, decision: tuple[str, ...], sure: tuple[str, ...]
) -> None:
    first, second = ask_for_post(agent), ask_for_post(agent, "Other")
    result = person(*decision, first, "beef", second, *sure)
    assert len(result.out.splitlines()) == 2
    assert "Error: beef: " in result.err
    assert result.code == ExitCode.NOT_FOUND
    again = person("approve", "beef", first, second, "--yes", "--json")
    assert (again.code, again.json) == (ExitCode.NOT_FOUND, [])
    said = [json.loads(line)["error"]["message"] for line in again.err.splitlines()]
    assert [text.partition(":")[0] for text in said] == ["beef", first, second]


def test_what_was_approved_and_failed_ends_with_1_and_is_an_error_to_the_program(
    person: Shell, agent: Shell
) -> None:
    proposal = ask_for_comment(agent, "17900000000009999")
    approved = person("approve", proposal)
    assert approved.code == ExitCode.FAILED
    assert "It was carried out, and failed: Instagram answered 100/33" in approved.err
    again = agent("api", "POST", "17900000000009999/comments", "-f", "message=Hi", "--json")
    assert (again.code, again.out) == (ExitCode.FAILED, "")
    assert (again.error["code"], again.error["subcode"]) == (100, 33)


def test_a_post_that_is_declined_is_called_off(person: Shell, agent: Shell) -> None:
    proposal = ask_for_post(agent)
    post_id = person("approve", "show", proposal, "--json").json["proposal"]["post_id"]
    assert "was declined." in person("approve", "decline", proposal).out
    assert stored(person, post_id).state is PostState.CANCELLED


def test_a_call_that_is_declined_is_not_made(person: Shell, agent: Shell, sandbox: Sandbox) -> None:
    proposal = ask_for_comment(agent, sandbox.media[0].id)
    assert (
        person("approve", "decline", proposal).out.strip() == f"Proposal {proposal[:8]} (call) was declined."
    )
    again = agent("api", "POST", f"{sandbox.media[0].id}/comments", "-f", "message=Hi", "--json")
    assert (again.code, again.error["state"]) == (ExitCode.NEEDS_APPROVAL, "declined")
    assert sandbox.calls("/comments", "POST") == []


def test_a_standing_consent_is_listed_until_it_is_withdrawn_and_marked_after(person: Shell) -> None:
    assert person("approve", "allowed").err.strip() == "No program may do anything without asking."
    assert person(*ALLOW, "--verb", "publish").code == ExitCode.DONE
    (grant,) = person("approve", "allowed", "--json").json
    _, row = person("approve", "allowed").out.splitlines()
    assert row.split()[1:3] == ["program:planner", "publish"]
    assert row.endswith("3      2026-12-31 00:00 UTC")
    ended = person("approve", "withdraw", grant["grant_id"]).out
    assert ended.strip() == f"Standing consent {grant['grant_id'][:8]} has ended."
    assert person("approve", "allowed").out.rstrip().endswith("withdrawn")
    assert person("approve", "withdraw", grant["grant_id"]).code == ExitCode.NOT_FOUND


def test_a_consent_without_an_end_says_so_and_warns_and_others_beside_it_are_named(person: Shell) -> None:
    assert "apply" not in person(*ALLOW, "--verb", "publish").err
    (until,) = person("approve", "allowed", "--json").json
    endless = person(*ALLOW[:-2], "--verb", "publish")
    assert endless.out.splitlines()[1].endswith("no end")
    assert endless.err.splitlines() == [
        "Warning: It has no end: it holds until you withdraw it. `--until` gives one an end.",
        f"Warning: program:planner may the same by {until['grant_id'][:8]} (3 a day): all of them apply.",
    ]
    other = person("approve", "allow", "editor", *ALLOW[3:], "--verb", "publish")
    assert other.err == ""


def test_a_consent_is_listed_with_its_account_and_zone_and_withdrawn_by_the_start_of_its_id(
    person: Shell,
) -> None:
    assert person(*ALLOW, "--verb", "publish").code == ExitCode.DONE
    with store_of(person) as store:
        store.accounts.set_timezone("default", "Europe/Istanbul")
    _, row = person("approve", "allowed").out.splitlines()
    assert row.endswith("default (@pressroom.sandbox)  3      2026-12-31 03:00 Europe/Istanbul")
    start = row[:8]
    assert person("approve", "withdraw", start[:3]).code == ExitCode.REFUSED
    assert person("approve", "withdraw", start).out.strip() == f"Standing consent {start} has ended."


def test_a_program_whose_name_is_of_several_scripts_is_marked_among_the_consents(person: Shell) -> None:
    name = "cl\N{CYRILLIC SMALL LETTER A}ude"
    allow = [name if word == "planner" else word for word in ALLOW]
    assert f"program:[Cyrillic and Latin letters] {name}" in person(*allow, "--verb", "publish").out


def test_what_went_under_a_standing_consent_waits_again_once_that_is_withdrawn_unless_it_is_left(
    person: Shell, agent: Shell, tmp_path: Path
) -> None:
    proposal = ask(agent, "api", "POST", "me/media")
    program = person("approve", "show", proposal, "--json").json["proposal"]["actor"]
    add = (*ADD, a_file(tmp_path), *AT)
    for option, state in (((), PostState.AWAITING_APPROVAL), (("--leave",), PostState.SCHEDULED)):
        (grant,) = person("approve", "allow", program, *ALLOW[3:], "--verb", "publish", "--json").json
        post_id = agent(*add, "--caption", state, "--json").json["post_id"]
        ended = person("approve", "withdraw", grant["grant_id"], *option)
        assert f"{post_id[:8]} (program {owner()}): It is {state_in_words(state)}" in ended.out
        assert stored(person, post_id).state is state
        assert ("pressroom approve ID" in ended.err) is (state is PostState.AWAITING_APPROVAL)


def test_a_change_of_an_approved_post_says_what_goes_out_meanwhile_and_how_to_stop_it(
    person: Shell, agent: Shell
) -> None:
    proposal = ask_for_post(agent)
    post_id = person("approve", "show", proposal, "--json").json["proposal"]["post_id"]
    assert person("approve", proposal).code == ExitCode.DONE
    change = ("schedule", "edit", post_id, "--caption", "Other")
    said = agent(*change).err
    assert "Until then the post goes out as it was approved, 2026-11-24 14:00 UTC." in said
    assert f"To stop it: `pressroom schedule cancel {post_id}`." in said
    error = agent(*change, "--json").error
    assert error["goes_out_at"] == "2026-11-24T14:00:00+00:00"
    assert [one["kind"] for one in error["remedies"]] == ["approve", "cancel_post"]
    assert stored(person, post_id).options.caption == "Hello"
    sooner = agent("schedule", "move", post_id, "--at", "+1h", "--json")
    assert "goes_out_at" in sooner.error
    assert agent("schedule", "cancel", post_id).code == ExitCode.DONE


def test_the_end_of_a_standing_consent_is_read_as_other_times_are(person: Shell) -> None:
    allow = (*ALLOW[:-2], "--verb", "publish", "--json")
    (given,) = person(*allow, "--until", "friday 18:00", "--tz", "Europe/Istanbul").json
    assert given["ends_at"] == "2026-11-27T15:00:00+00:00"
    assert person(*allow, "--until", "soon").error["code"] == "when"


def test_a_standing_consent_lets_an_account_be_resumed_under_its_name(person: Shell, agent: Shell) -> None:
    proposal = ask(agent, "api", "POST", "me/media")
    program = person("approve", "show", proposal, "--json").json["proposal"]["actor"]
    assert person("approve", "allow", program, *ALLOW[3:], "--verb", "resume").code == ExitCode.DONE
    with store_of(person) as store:
        store.accounts.pause("default", Pause(UNTIL_RESUMED, "Instagram answered 368."))
    assert agent("queue", "resume", "default").out == "Account default goes on.\n"


def test_what_was_asked_of_an_account_is_not_done_to_another_that_has_its_name_now(
    person: Shell, agent: Shell
) -> None:
    proposal = ask(agent, "auth", "logout")
    with store_of(person) as store:
        login = store.accounts.get("default")
        store.accounts.put(replace(login, user_id=UserId("17841400000000999")))
    approved = person("approve", proposal)
    assert (approved.code, "another account now" in approved.err) == (ExitCode.FAILED, True)
    listed = person("auth", "status", "--json").json
    assert [one["account"] for one in listed if one["source"] == "store"] == ["default"]


def test_only_a_person_declines_allows_withdraws_and_says_who_is_a_program(
    person: Shell, agent: Shell
) -> None:
    proposal = ask_for_post(agent)
    assert person(*ALLOW, "--verb", "publish").code == ExitCode.DONE
    (grant,) = person("approve", "allowed", "--json").json
    for command in (
        ("approve", proposal),
        ("approve", "decline", proposal),
        (*ALLOW, "--verb", "publish"),
        ("approve", "withdraw", grant["grant_id"]),
        ("approve", "require-terminal", "off"),
    ):
        assert agent(*command).code == ExitCode.NEEDS_APPROVAL, command
    assert person("approve", "show", proposal, "--json").json["proposal"]["state"] == "waiting"


def test_who_is_taken_for_a_program_is_said(person: Shell) -> None:
    on, off = (person("approve", "require-terminal", word).out.strip() for word in ("on", "off"))
    assert (on, off) == (
        "Whoever is not at a terminal is a program.",
        "Whoever is not at a terminal is this process's owner.",
    )


def test_the_help_shows_each_example_in_a_line_of_its_own(person: Shell) -> None:
    assert "\n  pressroom approve list\n  pressroom approve 3f8a1c0d\n" in person("approve", "--help").out
