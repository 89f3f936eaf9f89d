"""`pressroom auth`: accounts in the store, and how their tokens stand."""

import io
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from pressroom.cli.shell.failures import ExitCode
from pressroom.core.account import UNTIL_RESUMED, Pause, account_id
from pressroom.core.post import PostId
from pressroom.core.secret import MASK
from pressroom.core.settings import Mask
from pressroom.graph.answers import UserId
from pressroom.sandbox.faults import ANY_CALL, Fault, FaultKind
from pressroom.sandbox.settings import SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from pressroom.sandbox.state.seeding import AccountSeed
from tests.cli.conftest import HOST, PICTURE, Shell
from tests.cli.planning import ADD, change, plan, sign_in, store_of
from tests.fakes.transport import FakeTransport, reply

pytestmark = pytest.mark.usefixtures("store")
DAY_S = 24 * 3600


@pytest.fixture
def signed_out(account: Shell) -> Shell:
    """A shell that has no token in its environment, and the sandbox all the same."""
    environ = {name: text for name, text in account.environ.items() if name != "INSTAGRAM_ACCESS_TOKEN"}
    return replace(account, environ=environ)


def revoke(sandbox: Sandbox) -> None:
    """Have Instagram refuse every token there is, as after a new password."""
    tokens = sandbox.scene.world.tokens
    for text, token in tokens.items():
        tokens[text] = msgspec.structs.replace(token, revoked_by=460)


def test_login_stores_whose_token_it_is_and_never_shows_it(account: Shell, sandbox: Sandbox) -> None:
    result = sign_in(account, "--tz", "Europe/Istanbul")
    answer = result.json
    assert (answer["user_id"], answer["host"], answer["is_default"]) == (sandbox.user_id, HOST, True)
    assert (answer["timezone"], answer["account"]) == ("Europe/Istanbul", "default")
    with store_of(account) as store:
        assert sandbox.token.encode() not in store.accounts.get("default").sealed_token
    assert sandbox.token not in result.out + result.err


def test_without_a_user_id_instagram_is_asked(account: Shell, sandbox: Sandbox) -> None:
    environ = {name: text for name, text in account.environ.items() if name != "INSTAGRAM_USER_ID"}
    assert sign_in(replace(account, environ=environ)).json["user_id"] == sandbox.user_id


def test_a_token_that_does_not_work_is_not_stored(account: Shell, signed_out: Shell) -> None:
    result = account("auth", "login", "--token-stdin", "--json", stdin="IGwrong")
    assert result.code == ExitCode.SIGN_IN
    assert signed_out("auth", "status", "--json").json == []


@pytest.mark.parametrize(
    ("numbers", "state", "code"),
    [
        ((190, 463), "ended", ExitCode.SIGN_IN),
        ((10, None), "lacks_permission", ExitCode.SIGN_IN),
        ((190, 459), "unknown", ExitCode.DONE),
    ],
)
def test_status_ends_with_4_where_signing_in_again_is_the_cure(
    account: Shell, sandbox: Sandbox, numbers: tuple[int, int | None], state: str, code: ExitCode
) -> None:
    fault = Fault(on=ANY_CALL, kind=FaultKind.ERROR, code=numbers[0], subcode=numbers[1], times=None)
    sandbox.faults.add(fault)
    result = account("auth", "status", "--json")
    assert ([each["token"] for each in result.json], result.code) == ([state], code)


def test_a_token_that_its_own_host_does_not_know_is_not_called_anothers(account: Shell) -> None:
    for token in ("IGwrong", "EAAwrong", "of-no-login"):
        error = account("auth", "login", "--token-stdin", "--json", stdin=token).error
        assert "Meta does not know this token" in error["message"]
        assert "host" not in error["message"] + error["fix"]


def test_a_token_of_another_account_is_refused(account: Shell, sandbox: Sandbox) -> None:
    result = account(
        "auth", "login", "--token-stdin", "--json", stdin=sandbox.token, INSTAGRAM_USER_ID="17841499999999999"
    )
    assert (result.code, result.error["code"]) == (ExitCode.REFUSED, "user_id")


@pytest.mark.parametrize(("options", "code"), [((), 2), (("--token-stdin",), 4), (("--tz", "Mars/Base"), 3)])
def test_login_needs_a_token_on_stdin(account: Shell, options: tuple[str, ...], code: int) -> None:
    assert account("auth", "login", *options).code == code


def test_a_token_from_stdin_is_not_called_a_setting(account: Shell) -> None:
    result = account("auth", "login", "--token-stdin", "--json", stdin="IG two words")
    assert result.error["message"] == "What came on stdin holds a space or the end of a line."


def test_enter_at_the_prompt_is_told_as_nothing_pasted(
    account: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def enter(*_: object, **__: object) -> str:
        return ""

    monkeypatch.setattr("pressroom.cli.accounts.login.asked", enter)
    error = replace(account, is_attended=True)("auth", "login", "--token-stdin", "--json").error
    assert error["message"] == "Nothing was pasted."
    assert "stdin" not in error["fix"]


@pytest.mark.parametrize("stdin", [b"IGAA\xff\xfe", b"IGAA\0bc"])
def test_bytes_that_are_no_token_are_refused_before_any_call(
    account: Shell, sandbox: Sandbox, stdin: bytes
) -> None:
    result = account("auth", "login", "--token-stdin", "--json", stdin=stdin)
    assert (result.code, result.error["code"]) == (ExitCode.REFUSED, "token")
    assert sandbox.calls() == []


def test_of_a_large_file_no_more_is_read_than_a_token_may_have(
    account: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = io.BytesIO(b"a" * 5_000_000)
    monkeypatch.setattr("tests.cli.conftest.reading", nullcontext)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(large))
    result = account("auth", "login", "--token-stdin", "--json")
    assert (result.code, result.error["limit"]) == (ExitCode.REFUSED, 64_000)
    assert large.tell() < 100_000


@pytest.mark.parametrize("name", ["", "  ", " ana", "ana\nben", "\x1b[31mana", "a" * 65])
def test_a_name_that_nobody_can_read_or_type_is_refused(
    signed_out: Shell, sandbox: Sandbox, name: str
) -> None:
    result = signed_out("auth", "login", "--token-stdin", "--account", name, "--json", stdin=sandbox.token)
    assert (result.code, result.error["code"]) == (ExitCode.REFUSED, "account_name")
    assert signed_out("auth", "status", "--json").json == []


def test_an_empty_stdin_is_not_taken_for_a_missing_setting(account: Shell) -> None:
    result = account("auth", "login", "--token-stdin", "--json")
    assert result.error["message"] == "Nothing came on stdin, where the token belongs."


def test_the_first_account_is_the_default_until_another_one_is_made_it(
    account: Shell, signed_out: Shell
) -> None:
    sign_in(account, "--account", "ana")
    sign_in(account, "--account", "ben")
    sign_in(account, "--account", "carl", "--default")
    listed = signed_out("auth", "status", "--json").json
    assert {one["account"]: one["is_default"] for one in listed} == {"ana": False, "ben": False, "carl": True}


def test_signing_in_again_keeps_the_zone_and_the_language_and_ends_the_pause(account: Shell) -> None:
    sign_in(account, "--tz", "Asia/Tokyo", "--language", "en")
    with store_of(account) as store:
        store.accounts.pause("default", Pause(UNTIL_RESUMED, "Instagram answered 190.", code=190))
    sign_in(account)
    stands = account("auth", "status", "--json").json[0]
    assert (stands["timezone"], stands["language"], stands["paused"]) == ("Asia/Tokyo", "en", None)


def test_the_language_of_reports_is_english_until_somebody_chooses_one(account: Shell) -> None:
    sign_in(account)
    assert account("auth", "status", "--json").json[0]["language"] is None
    assert "Reports      in en\n" in account("auth", "status").out

    assert account("auth", "language", "EN", "--json").json["language"] == "en"
    assert account("auth", "status", "--json").json[0]["language"] == "en"


@pytest.mark.parametrize("command", [("language", "xx"), ("login", "--token-stdin", "--language", "xx")])
def test_a_language_without_a_catalogue_is_refused_with_those_there_are(
    account: Shell, sandbox: Sandbox, command: tuple[str, ...]
) -> None:
    sign_in(account)
    calls = len(sandbox.calls())
    error = account("auth", *command, "--json", stdin=sandbox.token).error
    assert (error["rule"], error["value"]) == ("language", "xx")
    assert "en" in error["limit"].split(", ")
    assert len(sandbox.calls()) == calls


def test_a_token_is_renewed_at_login_which_tells_its_end_and_then_not_for_a_day(
    account: Shell, sandbox: Sandbox
) -> None:
    sign_in(account)
    stands = account("auth", "status", "--json").json[0]
    assert (stands["days_left"], stands["warning"]) == (60, None)
    refused = account("auth", "refresh", "--json")
    assert (refused.code, refused.error["code"]) == (ExitCode.REFUSED, "token_age")
    assert len(sandbox.calls("/refresh_access_token")) == 1


def test_the_token_of_an_account_that_is_meant_by_its_id_is_renewed(account: Shell, sandbox: Sandbox) -> None:
    sign_in(account)
    account.clock.advance(2 * DAY_S)
    result = account("auth", "refresh", "--account", f"{sandbox.user_id}@{HOST}", "--json")
    assert result.code == ExitCode.DONE, result.err


def test_a_token_that_cannot_be_renewed_yet_is_stored_without_a_known_end(
    account: Shell, sandbox: Sandbox
) -> None:
    sandbox.faults.add(Fault(on="refresh", kind=FaultKind.ERROR, code=100))
    result = sign_in(account)
    assert result.json["token_expires_at"] is None
    assert "When the token ends is not known" in result.err


def test_a_token_near_its_end_names_the_posts_that_would_miss(account: Shell) -> None:
    sign_in(account)
    early = account(*ADD, PICTURE, "--at", "+58d", "--json").json["post_id"]
    late = account(*ADD, PICTURE, "--at", "+61d", "--json").json["post_id"]
    account.clock.advance(54 * DAY_S)
    stands = account("auth", "status", "--json").json[0]
    assert (stands["days_left"], [post["post_id"] for post in stands["would_miss"]]) == (6, [late])
    told = account("auth", "status").err
    assert "The token of default ends in 6 days" in told
    assert f"Photo {late[:8]} of" in told
    assert early[:8] not in told


def test_a_postponed_post_would_miss_at_the_time_at_which_it_goes_out(account: Shell) -> None:
    sign_in(account)
    late = account(*ADD, PICTURE, "--at", "+61d", "--json").json["post_id"]
    later = account.clock.now() + timedelta(days=62)
    change(account, late, postponed_to=later)
    account.clock.advance(54 * DAY_S)
    stands = account("auth", "status", "--json").json[0]
    assert stands["would_miss"] == [{"post_id": late, "goes_out_at": later.isoformat()}]


def test_a_token_that_is_over_ends_with_4(account: Shell) -> None:
    sign_in(account)
    account.clock.advance(61 * DAY_S)
    assert account("auth", "status").code == ExitCode.SIGN_IN


def test_a_stored_token_that_instagram_refuses_has_ended(
    account: Shell, signed_out: Shell, sandbox: Sandbox
) -> None:
    sign_in(account)
    assert signed_out("auth", "status", "--json").json[0]["token"] == "works"
    revoke(sandbox)
    told = signed_out("auth", "status", "--json")
    assert (told.code, told.json[0]["token"], told.json[0]["days_left"]) == (ExitCode.SIGN_IN, "ended", 60)
    assert "`pressroom auth login --account default`" in told.json[0]["warning"]
    assert "has ended" in signed_out("auth", "status").out


def test_an_account_that_is_paused_for_its_token_is_not_asked_about(
    account: Shell, signed_out: Shell, sandbox: Sandbox
) -> None:
    sign_in(account)
    with store_of(account) as store:
        store.accounts.pause(
            "default", Pause(UNTIL_RESUMED, "Instagram answered 190/460: Over.", code=190, subcode=460)
        )
    calls = len(sandbox.calls())
    told = signed_out("auth", "status", "--json")
    assert (told.code, told.json[0]["token"], len(sandbox.calls())) == (ExitCode.SIGN_IN, "ended", calls)


def test_a_token_of_which_instagram_cannot_be_asked_is_no_failure(account: Shell, sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(on="user", kind=FaultKind.ERROR, code=2, http_status=500, times=None))
    told = account("auth", "status", "--json")
    assert (told.code, told.json[0]["token"]) == (ExitCode.DONE, "unknown")


def test_the_environments_token_is_shown_with_its_account_and_never_itself(
    account: Shell, sandbox: Sandbox
) -> None:
    environ = {name: text for name, text in account.environ.items() if name != "INSTAGRAM_USER_ID"}
    bare = replace(account, environ=environ)
    stands = bare("auth", "status", "--json").json[0]
    assert (stands["source"], stands["token"], stands["user_id"]) == ("environment", "works", sandbox.user_id)
    assert (stands["version"], stands["version_ends"]) == ("v26.0", None)
    sign_in(account, "--account", "ana")
    told = bare("auth", "status", "--json")
    assert [(one["account"], one["source"]) for one in told.json] == [
        ("ana", "store"),
        ("ana", "environment"),
    ]
    assert sandbox.token not in told.out + bare("auth", "status").out


def test_a_zone_is_told_where_planning_takes_times_in_it_and_no_other(account: Shell) -> None:
    plans = ("schedule", "add", "photo", PICTURE, "--at", "tomorrow 09:00", "--json")
    (stands,) = account("auth", "status", "--json").json
    assert stands["timezone"] is None
    assert account(*plans).error["rule"] == "when"
    assert "no zone that is known, so --tz names one" in account("auth", "status").out


def test_an_environments_token_that_instagram_refuses_ends_with_4(account: Shell) -> None:
    told = account("auth", "status", "--json", INSTAGRAM_ACCESS_TOKEN="IGrevoked")
    assert (told.code, told.json[0]["token"]) == (ExitCode.SIGN_IN, "ended")
    assert "Instagram answered 190" in told.json[0]["warning"]


def test_an_environments_token_of_another_account_than_the_user_id_says_ends_with_4(
    account: Shell, sandbox: Sandbox
) -> None:
    told = account("auth", "status", "--json", INSTAGRAM_USER_ID="17841499999999999")
    assert (told.code, told.json[0]["token"]) == (ExitCode.SIGN_IN, "wrong_account")
    assert sandbox.user_id in told.json[0]["warning"]


def test_the_default_version_is_shown_with_its_end(account: Shell) -> None:
    stands = account("auth", "status", "--json", INSTAGRAM_API_VERSION="").json[0]
    assert (stands["version"], stands["version_ends"]) == ("v21.0", "2027-01-21")
    assert "v21.0 (until 2027-01-21)" in account("auth", "status", INSTAGRAM_API_VERSION="").out


def test_logout_forgets_the_token_and_keeps_the_posts(account: Shell, sandbox: Sandbox) -> None:
    sign_in(account)
    post_id = plan(account)
    assert account("auth", "logout").code == ExitCode.DONE
    assert account("auth", "logout").code == ExitCode.NOT_FOUND
    with store_of(account) as store:
        post = store.posts.get(PostId(post_id))
    who = account_id(UserId(sandbox.user_id), account.environ["INSTAGRAM_API_BASE"])
    assert (post.account, post.account_name) == (who, who)


def test_a_name_that_is_given_to_another_account_takes_no_post_along_and_says_so(
    account: Shell, sandbox: Sandbox
) -> None:
    sign_in(account)
    post_id = plan(account)
    user_id, token = sandbox.add_account(AccountSeed(username="other"))
    other = replace(account, environ={**account.environ, "INSTAGRAM_USER_ID": user_id})
    result = other("auth", "login", "--token-stdin", "--account", "default", stdin=token)
    assert (result.code, "1 of its posts wait" in result.err) == (ExitCode.DONE, True)
    with store_of(account) as store:
        post = store.posts.get(PostId(post_id))
    assert (post.login, sandbox.user_id in post.account_name) == (None, True)


@pytest.mark.parametrize("settings", [SandboxSettings(fetch="trust", media=3)])
@pytest.mark.parametrize(
    "args",
    [
        ("publish", "photo", PICTURE, "--again"),
        ("media", "list"),
        ("insights", "show", "--since", "1000d"),
        ("api", "GET", "me"),
    ],
)
def test_a_stored_account_is_acted_for_by_name_or_as_the_default(
    account: Shell, signed_out: Shell, args: tuple[str, ...]
) -> None:
    assert signed_out(*args, "--json").code == ExitCode.SIGN_IN
    sign_in(account, "--account", "ana")
    assert signed_out(*args, "--json").code == ExitCode.DONE
    result = signed_out(*args, "--account", "ana", "--json", INSTAGRAM_API_BASE="https://example.com")
    assert result.code == ExitCode.DONE, result.err
    assert signed_out(*args, "--account", "nobody", "--json").code == ExitCode.NOT_FOUND


@pytest.mark.parametrize("name", ["PRESSROOM_KEY", "PRESSROOM_DATABASE_URL"])
def test_what_opens_the_store_is_masked(name: str) -> None:
    assert Mask.of({name: "postgresql://ana:hush@host/db"})("postgresql://ana:hush@host/db") == MASK


class TestFacebookLogin:
    """Tokens of Facebook Login: a person's leads over the Pages, a Page's own is enough by itself."""

    @pytest.fixture
    def settings(self) -> SandboxSettings:
        return SandboxSettings(fetch="trust", media=3, token="EAAsandboxtokensandboxtoken")

    @pytest.fixture
    def nameless(self, account: Shell) -> Shell:
        """A shell whose environment does not say which Instagram account is meant."""
        environ = {name: text for name, text in account.environ.items() if name != "INSTAGRAM_USER_ID"}
        return replace(account, environ=environ)

    def test_the_account_is_the_one_that_is_linked_to_the_page(
        self, nameless: Shell, sandbox: Sandbox
    ) -> None:
        result = sign_in(nameless)
        answer = result.json
        assert (answer["user_id"], answer["login_type"], answer["username"]) == (
            sandbox.user_id,
            "facebook",
            "pressroom.sandbox",
        )
        assert sandbox.token not in result.out + result.err

    def test_the_pages_own_token_is_kept_which_has_no_end(self, nameless: Shell, sandbox: Sandbox) -> None:
        answer = sign_in(nameless).json
        assert (answer["token_expires_at"], answer["token_never_ends"]) == (None, True)
        assert answer["data_access_expires_at"]
        sandbox.scene.world.tokens[sandbox.token].revoked_by = 460
        assert nameless("auth", "status", "--json").json[0]["token"] == "works"

    def test_where_facebook_does_not_say_what_the_token_is_the_end_is_not_known(
        self, nameless: Shell, sandbox: Sandbox
    ) -> None:
        sandbox.faults.add(Fault(on="debug_token", kind=FaultKind.ERROR, code=100, times=9))
        result = sign_in(nameless)
        assert (result.json["token_expires_at"], result.json["token_never_ends"]) == (None, False)
        assert "none of Facebook Login is renewed" in result.err

    def test_a_pages_own_token_is_enough(self, nameless: Shell, sandbox: Sandbox) -> None:
        listed = nameless("api", "GET", "me/accounts", "-f", "fields=id,access_token", "--json").out
        assert "***" in listed
        token = next(one for one in sandbox.scene.world.tokens if one != sandbox.token)
        result = nameless("auth", "login", "--token-stdin", "--json", stdin=token)
        assert result.code == ExitCode.DONE, result.err
        assert result.json["user_id"] == sandbox.user_id

    def test_the_stored_account_publishes(self, nameless: Shell, sandbox: Sandbox) -> None:
        sign_in(nameless)
        result = nameless("publish", "photo", PICTURE, "--account", "default", "--json")
        assert result.code == ExitCode.DONE, result.err
        assert sandbox.media[0].id == result.json["id"]

    def test_its_token_is_renewed_by_signing_in_again_alone(self, nameless: Shell) -> None:
        sign_in(nameless)
        result = nameless("auth", "refresh", "--json")
        assert result.code == ExitCode.SIGN_IN
        assert [remedy["kind"] for remedy in result.error["remedies"]] == ["sign_in"]

    @pytest.mark.parametrize(
        ("pages", "why"),
        [
            ([], "The token lacks a permission"),  # it lists no permissions either
            ([{"id": "1", "name": "Shop"}], "Page Shop: No professional Instagram account is linked"),
            (
                [{"id": "1", "name": "Shop", "tasks": ["ANALYZE"]}],
                "Page Shop: On the Page the person has neither",
            ),
        ],
    )
    def test_a_missing_link_is_named(self, nameless: Shell, pages: list[dict[str, Any]], why: str) -> None:
        shell = replace(nameless, transport=FakeTransport(reply({"data": pages})))
        token = nameless.environ["INSTAGRAM_ACCESS_TOKEN"]
        result = shell("auth", "login", "--token-stdin", "--json", stdin=token)
        assert result.code == ExitCode.SIGN_IN
        assert why in result.error["message"]
        assert result.error["fix"]

    def test_of_several_accounts_those_that_are_named_are_taken(self, nameless: Shell) -> None:
        pages = [
            {"id": "1", "name": "Shop", "instagram_business_account": {"id": "17841", "username": "shop"}},
            {"id": "2", "name": "Cafe", "instagram_business_account": {"id": "17842", "username": "cafe"}},
        ]
        shell = replace(nameless, transport=FakeTransport(reply({"data": pages})))
        login = ("auth", "login", "--token-stdin", "--json")
        token = nameless.environ["INSTAGRAM_ACCESS_TOKEN"]
        refused = shell(*login, stdin=token)
        assert (refused.code, refused.error["code"]) == (ExitCode.REFUSED, "user_id")
        assert "17841 of Page Shop, 17842 of Page Cafe" in refused.error["message"]
        taken = shell(*login, "--user-id", "17842", stdin=token).json
        assert (taken["account"], taken["username"]) == ("default", "cafe")
        both = shell(*login, "--all", stdin=token).json
        assert [one["account"] for one in both] == ["shop", "default"]
