"""`pressroom insights show`: numbers of media, and never a 0 that nobody counted."""

import csv
import io
import json
from dataclasses import replace

import pytest

from pressroom.cli.shell.failures import ExitCode
from pressroom.sandbox.faults import Fault, FaultKind
from pressroom.sandbox.settings import SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from tests.cli.conftest import Shell
from tests.fakes.transport import FakeTransport, graph_error, reply

LINK = "https://www.instagram.com/p/Abc/"
MEDIA = {
    "id": "17900000000000001",
    "media_type": "IMAGE",
    "media_product_type": "FEED",
    "caption": "Lofoten",
    "permalink": LINK,
    "timestamp": "2026-11-24T09:00:00+0000",
}
METRICS = {"views": 120, "reach": 100, "likes": 9, "comments": 1, "saved": 2, "shares": 3}


def answers(values: dict[str, int]) -> FakeTransport:
    data = [{"name": name, "values": [{"value": value}]} for name, value in values.items()]
    return FakeTransport(reply(MEDIA), reply({"data": data}))


def test_a_row_holds_the_numbers_and_the_rate(account: Shell) -> None:
    result = replace(account, transport=answers(METRICS))("insights", "show", "17900000000000001")
    header, row = result.out.splitlines()
    numbers = ["views", "reach", "likes", "comments", "saved", "shares", "engagement"]
    assert header.split() == ["id", "account", "kind", "published", "(UTC)", "caption", *numbers, "permalink"]
    assert not (account.home / "pressroom.db").exists()
    told = ["17900000000000001", "17841400000000001", "photo", "2026-11-24", "09:00", "Lofoten"]
    assert row.split() == [*told, "120", "100", "9", "1", "2", "3", "15.00", "%", LINK]


def test_the_list_of_media_heads_its_times_as_their_numbers_are_headed(account: Shell) -> None:
    head, row = replace(account, transport=FakeTransport(reply({"data": [MEDIA]})))(
        "media", "list"
    ).out.splitlines()
    assert head.split() == ["id", "kind", "published", "(UTC)", "permalink", "caption"]
    assert row.split() == ["17900000000000001", "photo", "2026-11-24", "09:00", LINK, "Lofoten"]


def test_what_instagram_does_not_give_is_a_dash_and_null(account: Shell) -> None:
    some = {"views": 120, "likes": 0}
    row = replace(account, transport=answers(some))("insights", "show", "17900000000000001").out.splitlines()[
        1
    ]
    assert row.split()[6:-1] == ["120", "-", "0", "-", "-", "-", "-"]
    shown = replace(account, transport=answers(some))("insights", "show", "17900000000000001", "--json").json[
        "media"
    ]
    assert (shown[0]["metrics"]["likes"], shown[0]["metrics"]["reach"]) == (0, None)
    assert shown[0]["engagement_rate"] is None


@pytest.mark.parametrize("settings", [SandboxSettings(media=30)])
@pytest.mark.parametrize(("flags", "calls_each"), [((), 0), (("--all-metrics",), 1)])
def test_since_reads_the_media_of_that_time_with_one_call_or_one_more_each(
    account: Shell, sandbox: Sandbox, flags: tuple[str, ...], calls_each: int
) -> None:
    recent = [m.id for m in sandbox.media if (account.clock.now() - m.created_at).days < 7]
    result = account("insights", "show", "--since", "7d", *flags, "--json")
    assert result.code == ExitCode.DONE
    assert [shown["id"] for shown in result.json["media"]] == recent
    assert 0 < len(recent) < 25
    assert all(shown["metrics"]["views"] for shown in result.json["media"])
    assert len(sandbox.calls()) == 1 + calls_each * len(recent)


def test_one_id_that_does_not_exist_ends_with_6(account: Shell) -> None:
    result = account("insights", "show", "17900000000009999", "--json")
    assert (result.code, result.out) == (ExitCode.NOT_FOUND, "")


def test_of_several_the_one_that_cannot_be_read_is_said_and_the_rest_goes_on(
    account: Shell, sandbox: Sandbox
) -> None:
    good = sandbox.media[0].id
    result = account("insights", "show", "17900000000009999", good, "--json")
    assert result.code == ExitCode.FAILED
    bad, read = result.json["media"]
    assert (bad["error"]["code"], bad["metrics"]) == (100, {})
    assert (read["id"], read["error"]) == (good, None)
    assert read["metrics"]["views"] is not None
    assert "Warning: 17900000000009999" in result.err


def test_a_dead_token_ends_everything_at_once(account: Shell, sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(on="media", kind=FaultKind.ERROR, code=190, subcode=463, times=None))
    result = account("insights", "show", *[media.id for media in sandbox.media], "--json")
    assert (result.code, result.out) == (ExitCode.SIGN_IN, "")
    assert len(sandbox.calls()) == 1


def test_media_older_than_the_business_account_says_why_it_has_no_numbers(account: Shell) -> None:
    old = graph_error(100, 2108006, message="Media posted before business account conversion")
    transport = FakeTransport(reply({"id": "1", "media_product_type": "FEED"}), old)
    result = replace(account, transport=transport)("insights", "show", "1", "--json")
    assert result.code == ExitCode.DONE
    assert "before business account conversion" in result.json["media"][0]["note"]


@pytest.mark.parametrize(
    "args",
    [
        (),
        ("1", "--since", "7d"),
        ("--since", "soon"),
        ("1", "--all-metrics"),
        ("--all-metrics",),
        ("1", "--until", "1d"),
        ("1", "--account", "a", "--account", "b"),
    ],
)
def test_either_ids_or_a_time_must_be_named(account: Shell, args: tuple[str, ...]) -> None:
    assert account("insights", "show", *args).code == ExitCode.USAGE


@pytest.mark.parametrize("settings", [SandboxSettings(media=30)])
def test_a_span_has_an_end_and_costs_no_call_more(account: Shell, sandbox: Sandbox) -> None:
    age = {media.id: (account.clock.now() - media.created_at).days for media in sandbox.media}
    result = account("insights", "show", "--since", "20d", "--until", "7d", "--json")

    assert [shown["id"] for shown in result.json["media"]] == [
        one for one, days in age.items() if 7 <= days < 20
    ]
    assert len(sandbox.calls()) == 1


@pytest.mark.parametrize("settings", [SandboxSettings(media=30)])
def test_what_may_be_added_is_and_people_and_rates_are_not(account: Shell) -> None:
    answer = account("insights", "show", "--since", "7d", "--json").json
    rows = [media["metrics"] for media in answer["media"]]

    assert set(answer["totals"]) == {"views", "likes", "comments", "saved", "shares"}
    assert answer["totals"]["views"] == {"sum": sum(row["views"] for row in rows), "media": len(rows)}
    last = account("insights", "show", "--since", "7d").out.splitlines()[-1].split()
    assert last[:3] == ["total", "of", str(len(rows))]
    assert last[4] == "-", "reach"


def test_a_sum_that_lacks_a_media_says_so(account: Shell, sandbox: Sandbox) -> None:
    good = [media.id for media in sandbox.media[:2]]
    result = account("insights", "show", "17900000000009999", *good)
    assert "(1 unknown)" in result.out.splitlines()[-1]


def test_a_spreadsheet_gets_a_line_a_media_and_runs_no_caption(account: Shell) -> None:
    transport = answers(METRICS)
    transport.steps[0] = reply({**MEDIA, "caption": "=1+1"})
    written = replace(account, transport=transport)("insights", "show", MEDIA["id"], "--csv").out

    (row,) = csv.DictReader(io.StringIO(written, newline=""))
    assert (row["id"], row["caption"], row["permalink"]) == (MEDIA["id"], "'=1+1", LINK)
    assert (row["views"], row["total_interactions"], row["engagement_rate"]) == ("120", "", "15.0")
    assert "\r" not in written  # one line end throughout, as `schedule export` has


def test_a_spreadsheet_of_excel_has_its_mark_its_separator_and_its_decimals(account: Shell) -> None:
    transport = answers(METRICS)
    transport.steps[0] = reply(MEDIA)
    excel = ("--csv", "--excel", "--locale", "de_DE")
    text = replace(account, transport=transport)("insights", "show", MEDIA["id"], *excel).out
    assert text.startswith("\ufeff")
    (row,) = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=";")
    assert (row["id"], row["views"], row["engagement_rate"]) == (f'="{MEDIA["id"]}"', "120", "15,0")
    assert account("insights", "show", MEDIA["id"], "--excel").code == ExitCode.USAGE


def test_a_spreadsheet_is_not_json(account: Shell) -> None:
    assert account("insights", "show", "--since", "7d", "--csv", "--json").code == ExitCode.USAGE


def test_several_accounts_are_read_and_each_row_names_its_own(account: Shell, sandbox: Sandbox) -> None:
    for name in ("lofoten", "bergen"):
        account("auth", "login", "--token-stdin", "--account", name, stdin=sandbox.token)
    named = ("--account", "lofoten", "--account", "bergen")
    rows = account("insights", "show", "--since", "30d", *named, "--json").json["media"]

    half = len(rows) // 2
    assert half > 0
    assert [row["account"] for row in rows] == ["lofoten"] * half + ["bergen"] * half


def test_of_several_accounts_one_that_cannot_be_read_is_said_by_name_and_the_others_are_shown(
    account: Shell, sandbox: Sandbox
) -> None:
    account("auth", "login", "--token-stdin", "--account", "lofoten", stdin=sandbox.token)
    named = ("--account", "bergen", "--account", "lofoten")
    result = account("insights", "show", "--since", "30d", *named, "--json")
    assert {row["account"] for row in result.json["media"]} == {"lofoten"}
    error = json.loads(result.err.splitlines()[0])["error"]
    assert (result.code, error["message"].partition(":")[0]) == (ExitCode.NOT_FOUND, "bergen")
