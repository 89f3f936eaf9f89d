"""`pressroom schedule`: planning posts, moving them and letting them go."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from pressroom.cli.shell.failures import ExitCode
from pressroom.core.account import LoginDetails, StoredAccount
from pressroom.core.assets import Edits
from pressroom.core.post import IfLate, PostState
from pressroom.core.settings import Settings
from pressroom.dispatch.locks import driver_lock
from pressroom.graph.answers import UserId
from pressroom.graph.hosts import LoginType
from pressroom.sandbox.samples import make_poster
from pressroom.sandbox.simulator import Sandbox
from tests.cli.conftest import CLIP, PICTURE, Shell
from tests.cli.planning import ADD, AT, change, plan, store_of, stored
from tests.media.fixtures import Clip

pytestmark = pytest.mark.usefixtures("store")
KINDS = {"photo": [PICTURE], "reel": [CLIP], "carousel": [PICTURE, CLIP], "story": [PICTURE]}
NO_WORKER = "No worker runs, so nothing is published. Start one: `pressroom worker`."
NO_TOKEN = "No token is stored for account 'default'. Sign in: `pressroom auth login --account default`."


def keep_account(shell: Shell, name: str = "default", **more: object) -> None:
    values = {
        "name": name,
        "user_id": UserId("1"),
        "login_type": LoginType.INSTAGRAM,
        "api_base": "https://graph.instagram.com",
        "version": "v26.0",
        "sealed_token": b"sealed",
        "token_obtained_at": shell.clock.now(),
    }
    with store_of(shell) as store:
        store.accounts.put(StoredAccount(**{**values, **more}))  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("kind", KINDS)
def test_the_answer_says_when_it_goes_out_and_what_stands_in_its_way(shell: Shell, kind: str) -> None:
    result = shell(
        "schedule", "add", kind, *KINDS[kind], "--at", "2026-12-24 18:00", "--tz", "Europe/Istanbul", "--json"
    )
    answer = result.json
    assert answer == {
        "post_id": answer["post_id"],
        "version": 1,
        "kind": kind,
        "state": "scheduled",
        "when": "time",
        "due_at": "2026-12-24T15:00:00+00:00",
        "due_local": "2026-12-24T18:00:00+03:00",
        "day": None,
        "timezone": "Europe/Istanbul",
        "worker_running": False,
        "warnings": [NO_WORKER, NO_TOKEN],
    }
    assert stored(shell, answer["post_id"]).kind == kind


def test_a_person_is_told_in_words_and_warned_on_stderr(shell: Shell) -> None:
    result = shell(*ADD, PICTURE, "--at", "tomorrow 09:00", "--tz", "Europe/Berlin")
    assert "is planned. It is scheduled, for 2026-11-25 09:00 Europe/Berlin." in result.out
    assert f"Warning: {NO_WORKER}" in result.err


def test_nothing_stands_in_the_way_of_a_signed_in_account_with_a_worker(shell: Shell) -> None:
    keep_account(shell)
    lock = driver_lock(Settings(home=shell.home))
    assert lock.take()
    try:
        answer = shell(*ADD, PICTURE, *AT, "--json").json
    finally:
        lock.release()
    assert (answer["worker_running"], answer["warnings"]) == (True, [])


def test_a_time_as_a_table_spells_it_is_read(shell: Shell) -> None:
    answer = shell(*ADD, PICTURE, "--at", "31.12.2026 23:59", "--tz", "Europe/Berlin", "--json").json
    assert answer["due_local"] == "2026-12-31T23:59:00+01:00"


TWICE = (
    "2027-10-31 02:30 comes twice in Europe/Berlin, where the clocks are put back: the first is meant. The "
    "second is 2027-10-31T02:30+01:00."
)


def test_of_an_hour_that_comes_twice_every_way_to_plan_says_which_is_meant(
    shell: Shell, tmp_path: Path
) -> None:
    twice = ("--at", "2027-10-31 02:30", "--tz", "Europe/Berlin")
    planned = shell(*ADD, PICTURE, *twice, "--json").json
    assert TWICE in planned["warnings"]
    assert f"Warning: {TWICE}" in shell("schedule", "move", plan(shell), *twice).err
    table = tmp_path / "posts.csv"
    table.write_text(f"kind,sources,at,timezone\nphoto,{PICTURE},31.10.2027 02:30,Europe/Berlin\n")
    (row,) = shell("schedule", "import", table, "--dry-run", "--again", "--json").json["rows"]
    assert TWICE in row["warnings"]


def test_a_time_of_day_in_no_known_zone_is_refused(shell: Shell) -> None:
    result = shell(*ADD, PICTURE, "--at", "2026-12-24 18:00", "--json")
    assert (result.code, result.error["code"]) == (ExitCode.REFUSED, "when")
    assert "--tz Europe/Istanbul" in result.error["fix"]


def test_a_time_of_day_is_meant_in_the_accounts_zone(shell: Shell) -> None:
    keep_account(shell, timezone="America/New_York")
    answer = shell(*ADD, PICTURE, "--at", "2026-12-24 18:00", "--json").json
    assert (answer["due_local"], answer["timezone"]) == ("2026-12-24T18:00:00-05:00", "America/New_York")


def test_the_default_account_is_used_and_another_one_by_name(shell: Shell) -> None:
    keep_account(shell, "ana", is_default=True)
    keep_account(shell, "ben")
    assert stored(shell, plan(shell)).account_name == "ana"
    assert stored(shell, plan(shell, "--account", "ben")).account_name == "ben"


def test_a_day_on_which_the_clocks_change_is_right(shell: Shell) -> None:
    keep_account(shell, timezone="Europe/Berlin")
    before = shell(*ADD, PICTURE, "--at", "2027-03-27 12:00", "--json").json
    after = shell(*ADD, PICTURE, "--at", "2027-03-28 12:00", "--json").json
    assert (before["due_at"][11:16], after["due_at"][11:16]) == ("11:00", "10:00")
    assert shell(*ADD, PICTURE, "--at", "2027-03-28 02:30").code == ExitCode.REFUSED


def test_a_file_that_cannot_be_made_acceptable_is_refused_at_once(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "notes.jpg").write_text("no picture")
    result = shell(*ADD, tmp_path / "notes.jpg", *AT, "--json")
    assert (result.code, result.error["code"]) == (ExitCode.REFUSED, "not_media")
    assert shell("schedule", "list", "--json").json == []


def test_an_address_that_instagram_never_could_fetch_is_refused_at_once(shell: Shell) -> None:
    keep_account(shell)
    result = shell(*ADD, "http://192.168.1.5/a.jpg", *AT, "--json")
    assert (result.code, result.error["code"]) == (ExitCode.REFUSED, "public_url")


def test_the_source_may_be_deleted_once_it_is_planned(shell: Shell, tmp_path: Path) -> None:
    make_poster(tmp_path / "poster.png")
    original = (tmp_path / "poster.png").read_bytes()
    post_id = shell(*ADD, tmp_path / "poster.png", *AT, "--json").json["post_id"]
    (tmp_path / "poster.png").unlink()
    assert stored(shell, post_id).assets[0].path.read_bytes() == original


def test_a_repeated_key_answers_with_the_same_post(shell: Shell) -> None:
    first = shell(*ADD, PICTURE, *AT, "--idempotency-key", "k", "--json").json
    again = shell(*ADD, PICTURE, *AT, "--idempotency-key", "k", "--json").json
    assert (again["post_id"], first["replayed"], again["replayed"]) == (first["post_id"], False, True)


def test_a_key_with_other_content_is_refused(shell: Shell) -> None:
    shell(*ADD, PICTURE, *AT, "--idempotency-key", "k")
    result = shell(*ADD, PICTURE, "--caption", "Other", *AT, "--idempotency-key", "k", "--json")
    assert (result.code, result.error["type"]) == (ExitCode.USAGE, "KeyReused")


OVER = ("--at", "2026-11-24T11:30+00:00")
AT_ONCE = "That time is over: it goes out at once, or as was said for a late post."


@pytest.mark.parametrize(
    ("at", "more", "warns"), [("+6d", (), True), ("+9d", (), False), ("+6d", ("--caption", "B"), False)]
)
def test_what_another_post_of_the_same_days_shows_is_planned_with_a_warning(
    shell: Shell, at: str, more: tuple[str, ...], *, warns: bool
) -> None:
    first = plan(shell)
    warnings = shell(*ADD, PICTURE, "--at", at, *more, "--json").json["warnings"]
    due = stored(shell, first).due_at
    assert due
    same = [warning for warning in warnings if f"Post {first[:8]} shows the same" in warning]
    assert bool(same) is warns
    assert all(f"{due:%Y-%m-%d %H:%M}" in warning for warning in same)


def test_a_time_that_is_over_is_refused_unless_it_is_said_to_be_meant(shell: Shell) -> None:
    refused = shell(*ADD, PICTURE, *OVER, "--json")
    error = refused.error
    assert (refused.code, error["type"], error["rule"]) == (ExitCode.REFUSED, "TimeIsOver", "past")
    assert (error["value"], error["limit"]) == ("2026-11-24 11:30 UTC", "a time to come")
    assert error["fix"] == "Name a later one. To plan it for that time all the same: `--late`."
    assert shell("schedule", "list", "--all", "--json").json == []
    assert AT_ONCE in shell(*ADD, PICTURE, *OVER, "--late", "--json").json["warnings"]


def test_a_time_that_is_over_is_refused_without_a_call(account: Shell, sandbox: Sandbox) -> None:
    assert account(*ADD, PICTURE, *OVER, "--tz", "UTC", "--json").error["type"] == "TimeIsOver"
    assert sandbox.calls() == []


def test_what_is_over_by_minutes_counts_as_now(shell: Shell) -> None:
    answer = shell(*ADD, PICTURE, "--at", "2026-11-24T11:56+00:00", "--json").json
    assert AT_ONCE in answer["warnings"]
    assert shell(*ADD, PICTURE, "--at", "2026-11-24T11:54+00:00").code == ExitCode.REFUSED


def test_a_time_of_a_year_ago_is_a_mistake_whatever_is_said(shell: Shell) -> None:
    error = shell(*ADD, PICTURE, "--at", "1970-01-01 00:00", "--tz", "UTC", "--late", "--json").error
    assert (error["rule"], error["message"]) == ("past", "1970-01-01 00:00+00:00 was more than a year ago.")


def test_a_person_at_a_terminal_is_asked_whether_a_time_that_is_over_is_meant(shell: Shell) -> None:
    person, post_id = replace(shell, is_attended=True), plan(shell)
    for command in ((*ADD, PICTURE), ("schedule", "move", post_id)):
        declined = person(*command, *OVER, stdin="n\n")
        assert (declined.code, "Nothing was changed." in declined.err) == (ExitCode.FAILED, True)
        assert (
            "2026-11-24 11:30 UTC is over, since 30 minutes. Then it goes out up to an hour" in declined.err
        )
        assert "later you are asked. Plan it for that time all the same?" in declined.err
        agreed = person(*command, *OVER, stdin="y\n")
        assert (agreed.code, AT_ONCE in agreed.err) == (ExitCode.DONE, True)
    assert person(*ADD, PICTURE, *OVER, "--late").err.count("?") == 0


@pytest.mark.parametrize(
    ("options", "becomes"),
    [
        (("--draft",), "Then it waits until it is approved with another time."),
        (("--approval",), "Then it waits until it is approved with another time."),
        (("--if-late", "ask"), "Then you are asked."),
        (("--if-late", "drop"), "Then it is dropped."),
    ],
)
def test_whoever_is_asked_about_a_time_that_is_over_learns_what_becomes_of_the_post(
    shell: Shell, options: tuple[str, ...], becomes: str
) -> None:
    person, post_id = replace(shell, is_attended=True), plan(shell, *options)
    for command in ((*ADD, PICTURE, *options), ("schedule", "move", post_id)):
        assert f"{becomes} Plan it for" in person(*command, *OVER, stdin="n\n").err


def test_a_repeat_with_a_key_answers_after_its_time_too(shell: Shell) -> None:
    command = (*ADD, PICTURE, "--at", "2026-11-24T14:00+00:00", "--idempotency-key", "k", "--json")
    first = shell(*command).json
    shell.clock.advance(24 * 3600)
    again = shell(*command).json
    assert (again["post_id"], again["replayed"]) == (first["post_id"], True)
    assert shell(*command, "--caption", "Other").error["type"] == "KeyReused"
    assert shell(*command[:-2], "l", "--json").error["type"] == "TimeIsOver"


def test_a_move_to_a_time_that_is_over_is_refused_unless_it_is_said_to_be_meant(shell: Shell) -> None:
    post_id = plan(shell)
    for when in (OVER, ("--by", "-3h"), (*OVER, "--dry-run")):
        assert shell("schedule", "move", post_id, *when, "--json").error["type"] == "TimeIsOver"
    for when in (OVER, ("--by", "-10m"), OVER):
        moved = shell("schedule", "move", post_id, *when, "--late")
        assert (moved.code, moved.err) == (ExitCode.DONE, f"Warning: {AT_ONCE}\n")
    # It has that time already.
    assert shell("schedule", "move", post_id, "--at", "2026-11-24T11:30+00:00").code == ExitCode.DONE
    assert shell("schedule", "move", post_id, "--at", "+2h").err == ""


def test_of_several_that_are_moved_those_whose_time_would_be_over_are_refused_one_by_one(
    shell: Shell,
) -> None:
    soon, later = plan(shell), plan(shell)
    assert shell("schedule", "move", later, "--at", "+9h").code == ExitCode.DONE
    result = shell("schedule", "move", soon, later, "--by", "-3h", "--yes", "--json")
    assert [row["error"] and row["error"]["type"] for row in result.json] == ["TimeIsOver", None]
    assert shell("schedule", "move", soon, "--by", "-3h", "--late").code == ExitCode.DONE


@pytest.mark.parametrize(
    ("if_late", "says"),
    [("publish", "does not go out by itself"), ("ask", "does not go out"), ("drop", "dropped")],
)
def test_a_time_too_long_over_is_not_said_to_go_out(shell: Shell, if_late: str, says: str) -> None:
    answer = shell(*ADD, PICTURE, "--at", "2026-11-01T11:00Z", "--late", "--if-late", if_late, "--json").json
    assert says in answer["warnings"][0]


@pytest.mark.parametrize(
    ("option", "state"), [("--draft", PostState.DRAFT), ("--approval", PostState.AWAITING_APPROVAL)]
)
def test_a_post_that_is_held_back_goes_out_once_it_is_approved(
    shell: Shell, option: str, state: PostState
) -> None:
    post_id = plan(shell, option)
    assert stored(shell, post_id).state is state
    result = shell("schedule", "approve", post_id[:8])
    assert result.out.startswith(f"Photo {post_id[:8]} was approved. It is scheduled, for ")
    assert stored(shell, post_id).state is PostState.SCHEDULED


def test_a_draft_cannot_wait_for_approval_too(shell: Shell) -> None:
    assert shell(*ADD, PICTURE, *AT, "--draft", "--approval").code == ExitCode.USAGE


def test_every_option_of_publish_is_kept(shell: Shell) -> None:
    post_id = plan(
        shell,
        *("--caption", "Hello", "--alt-text", "A cat", "--location-id", "42", "--first-comment", "First"),
        *("--user-tag", "ben:1,0", "--collaborator", "@carl", "--fit", "crop", "--if-late", "drop"),
    )
    post = stored(shell, post_id)
    options = post.options
    assert (options.caption, options.alt_texts, options.location_id) == ("Hello", ("A cat",), "42")
    assert (options.first_comment, options.collaborators, options.fit) == ("First", ("@carl",), "crop")
    assert post.if_late is IfLate.DROP


def test_moving_gives_another_time_in_the_posts_zone(shell: Shell) -> None:
    post_id = plan(shell, "--tz", "Europe/Istanbul")
    moved = shell("schedule", "move", post_id, "--at", "2026-12-24 18:00", "--json").json
    assert (moved["due_local"], moved["timezone"]) == ("2026-12-24T18:00:00+03:00", "Europe/Istanbul")


def test_a_list_without_an_answer_says_where_posts_are(shell: Shell) -> None:
    for when in ("2026-12-08 18:00", "2026-12-09 18:00", "2027-02-01 18:00"):
        assert shell(*ADD, PICTURE, "--at", when, "--tz", "UTC", "--account", "ana").code == ExitCode.DONE

    def said(*options: str) -> str:
        result = shell("schedule", "list", *options)
        assert (result.code, result.out) == (ExitCode.DONE, "")
        return result.err

    in_december = (
        "No such posts. 2 posts are in the week of 2026-12-07: see `pressroom schedule list --week 2026-12-07"
    )
    assert f"{in_december}`." in said("--week")
    assert f"{in_december} --account ana --tz UTC`." in said("--week", "--account", "ana", "--tz", "UTC")
    assert "1 post is in the week of 2027-02-01" in said("--from", "2026-12-10", "--to", "2026-12-20")
    # Behind the last one.
    assert "1 post is in the week of 2027-02-01" in said("--from", "2027-03-01")
    keep_account(shell, "ben", user_id=UserId("2"))
    assert "2 posts are of other accounts: see `pressroom schedule list --week 2026-12-07`." in said(
        "--week", "2026-12-07", "--account", "ben"
    )
    assert f"{in_december}`." in said("--week", "--account", "ben")
    assert "3 posts are of other accounts: see `pressroom schedule list`." in said("--account", "ben")
    assert shell("schedule", "list", "--week", "--json").json == []


def test_editing_changes_what_is_named_and_keeps_the_rest(shell: Shell) -> None:
    post_id = plan(shell, "--caption", "Old", "--alt-text", "A cat")
    assert shell("schedule", "edit", post_id, "--caption", "New", "--json").json["caption"] == "New"
    assert stored(shell, post_id).options.alt_texts == ("A cat",)
    assert shell("schedule", "edit", post_id).code == ExitCode.USAGE


def test_editing_takes_every_option_of_a_post_and_takes_one_away_again(shell: Shell) -> None:
    post_id = plan(shell, "--caption", "Old", "--collaborator", "ben")
    edited = shell("schedule", "edit", post_id, "--ai-generated", "--alt-text", "A cat", "--json").json
    assert edited["options"] == {
        "collaborators": ["ben"], "alt_texts": ["A cat"], "is_ai_generated": True
    }  # fmt: skip
    cleared = shell("schedule", "edit", post_id, "--clear", "collaborator", "--clear", "caption", "--json")
    assert cleared.json["caption"] is None
    assert cleared.json["options"] == {"alt_texts": ["A cat"], "is_ai_generated": True}
    both = shell("schedule", "edit", post_id, "--caption", "New", "--clear", "caption")
    assert "--caption and --clear caption exclude each other." in both.err


def test_an_option_of_another_kind_of_post_is_refused_by_an_edit_too(shell: Shell) -> None:
    post_id = plan(shell, "--caption", "Old")
    refused = shell("schedule", "edit", post_id, "--trial", "manual", "--json")
    assert refused.error["message"] == "A photo cannot carry a trial."
    assert stored(shell, post_id).options.trial is None


def test_an_edit_of_a_clip_keeps_its_other_edits(shell: Shell, clip: Clip) -> None:
    added = shell("schedule", "add", "reel", clip("compliant"), *AT, "--loudness", "--json")
    post_id = added.json["post_id"]
    assert shell("schedule", "edit", post_id, "--start", "1", "--trial", "ss_performance").code == 0
    options = stored(shell, post_id).options
    assert (options.edits, options.trial) == (Edits(start_s=1.0, loudness=True), "ss_performance")


def test_what_is_live_cannot_be_changed_any_more(shell: Shell) -> None:
    post_id = change(shell, plan(shell), state=PostState.PUBLISHED)
    for args in (("move", post_id, "--at", "+1h"), ("cancel", post_id), ("edit", post_id, "--caption", "x")):
        result = shell("schedule", *args, "--json")
        assert (result.code, result.error["code"]) == (ExitCode.REFUSED, "state"), args


def test_a_post_that_does_not_exist_ends_with_6(shell: Shell) -> None:
    assert shell("schedule", "show", "ffff").code == ExitCode.NOT_FOUND


def test_the_list_leaves_out_what_is_over_unless_it_is_asked_for(shell: Shell) -> None:
    kept, gone = plan(shell), plan(shell)
    shell("schedule", "cancel", gone)

    def ids(*options: str) -> set[str]:
        return {post["post_id"] for post in shell("schedule", "list", *options, "--json").json}

    assert (ids(), ids("--all"), ids("--state", "cancelled")) == ({kept}, {kept, gone}, {gone})
    assert shell("schedule", "list", "--account", "other").code == ExitCode.NOT_FOUND


def test_the_list_is_in_order_of_the_due_times_and_says_when_there_are_more(shell: Shell) -> None:
    for hours in ("+3h", "+1h", "+2h"):
        shell(*ADD, PICTURE, "--at", hours)
    listed = shell("schedule", "list", "--limit", "2", "--json")
    due = [post["due_at"] for post in listed.json]
    now = shell.clock.now()
    assert due == [(now + timedelta(hours=hours)).isoformat() for hours in (1, 2)]
    assert "There are more than 2" in listed.err


def test_a_list_names_accounts_as_instagram_does_where_that_is_known(shell: Shell) -> None:
    plan(shell)
    assert "default" in shell("schedule", "list").out
    keep_account(shell, details=LoginDetails(username="ana_cooks"))
    assert "default (@ana_cooks)" in shell("schedule", "list").out
    assert "of account default (@ana_cooks): scheduled" in shell("schedule", "show", listed(shell)[0]).out
    paused = shell("queue", "pause", "default", "--reason", "A holiday.")
    assert paused.code == 0, paused.err
    assert "Account default (@ana_cooks) is paused" in shell("queue", "status").out


def listed(shell: Shell, *options: str) -> list[str]:
    result = shell("schedule", "list", *options, "--json")
    assert result.code == ExitCode.DONE, result.err
    return [post["post_id"] for post in result.json]


def plan_at(shell: Shell, at: str, tz: str = "UTC") -> str:
    return shell(*ADD, PICTURE, "--at", at, "--tz", tz, "--json").json["post_id"]


def test_a_list_is_limited_to_days_both_included_and_to_a_week(shell: Shell) -> None:
    """The clock of these tests stands on Tuesday, 2026-11-24, at 12:00."""
    days = {day: plan_at(shell, f"2026-11-{day} 23:59") for day in (26, 27, 28, 29, 30)}
    assert listed(shell, "--from", "2026-11-27", "--to", "2026-11-28") == [days[27], days[28]]
    assert listed(shell, "--to", "2026-11-26") == [days[26]]
    assert listed(shell, "--from", "sunday") == [days[29], days[30]]
    assert listed(shell, "--week") == [days[26], days[27], days[28], days[29]]
    assert listed(shell, "--week", "next monday", "--newest-first") == [days[30]]
    assert listed(shell, "--newest-first") == list(days.values())[::-1]


def test_the_days_are_of_the_accounts_zone_or_of_the_one_that_is_named(shell: Shell) -> None:
    keep_account(shell, timezone="Asia/Tokyo")
    post = plan_at(shell, "2026-12-24 23:30")  # the 25th in Tokyo
    assert listed(shell, "--from", "2026-12-25", "--to", "2026-12-25") == [post]
    assert listed(shell, "--from", "2026-12-25", "--tz", "UTC") == []
    assert "due (Asia/Tokyo)" in shell("schedule", "list", "--from", "2026-12-25").out


def test_times_are_shown_in_each_posts_zone_or_in_one_on_demand(shell: Shell) -> None:
    plan_at(shell, "2026-12-24 18:00", "Europe/Istanbul")
    one = shell("schedule", "list").out.splitlines()
    assert "due (Europe/Istanbul)" in one[0]
    assert ("2026-12-24 18:00" in one[1], "Istanbul" in one[1]) == (True, False)
    plan_at(shell, "2026-12-24 18:00", "Asia/Tokyo")
    each = shell("schedule", "list").out
    assert "2026-12-24 18:00 Europe/Istanbul" in each
    assert "2026-12-24 18:00 Asia/Tokyo" in each
    head, first, second = shell("schedule", "list", "--tz", "America/New_York").out.splitlines()
    assert "due (America/New_York)" in head
    assert ("2026-12-24 04:00" in first, "2026-12-24 10:00" in second) == (True, True)
    told = shell("schedule", "list", "--tz", "America/New_York", "--json").json
    assert [one["due_local"] for one in told] == ["2026-12-24T04:00:00-05:00", "2026-12-24T10:00:00-05:00"]


def test_a_list_goes_on_behind_its_last_post_until_there_are_no_more(shell: Shell) -> None:
    posts = [plan_at(shell, "2026-12-24 18:00") for _ in range(3)] + [plan_at(shell, "2026-12-25 18:00")]
    seen = listed(shell, "--limit", "2")
    seen += listed(shell, "--limit", "2", "--after", seen[-1])
    assert listed(shell, "--after", seen[-1]) == []
    assert (sorted(seen), seen[-1]) == (sorted(posts), posts[-1])
    said = shell("schedule", "list", "--limit", "2").err
    assert f"There are more than 2: see --limit, or go on with --after {seen[1][:8]}." in said
    assert "more" not in shell("schedule", "list", "--after", seen[1][:8]).err
    assert shell("schedule", "list", "--after", "ffff").code == ExitCode.NOT_FOUND


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--week", "--from", "friday"), ExitCode.USAGE),
        (("--from", "someday"), ExitCode.REFUSED),
        (("--from", "2026-12-24", "--to", "2026-12-23"), ExitCode.REFUSED),
        (("--tz", "Mars/Olympus"), ExitCode.REFUSED),
    ],
)
def test_days_that_cannot_be_are_refused(shell: Shell, options: tuple[str, ...], code: ExitCode) -> None:
    assert shell("schedule", "list", *options).code == code


def test_an_empty_list_says_how_to_plan_and_whether_something_was_left_out(shell: Shell) -> None:
    assert "See those that are over" not in shell("schedule", "list", "--all").err
    for options in ((), ("--all", "--week"), ("--all", "--state", "failed")):
        assert "See those that are over" in shell("schedule", "list", *options).err


def test_off_a_terminal_no_caption_is_cut(shell: Shell) -> None:
    caption = "A caption that is longer than the forty cells that a list once had room for"
    plan(shell, "--caption", caption)
    assert caption in shell("schedule", "list").out
