"""`pressroom api`: any call, raw, with nothing secret in its answer."""

import json
from dataclasses import replace

import pytest

from pressroom.cli.shell.failures import ExitCode
from pressroom.sandbox.settings import SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from tests.cli.conftest import Shell
from tests.fakes.transport import FakeTransport, reply


def test_the_answer_is_printed_as_json(account: Shell, sandbox: Sandbox) -> None:
    result = account("api", "GET", "me", "-f", "fields=username,media_count")
    assert result.code == ExitCode.DONE
    assert result.json["username"] == sandbox.settings.username
    assert result.json["media_count"] == 3


def test_a_query_in_the_path_and_a_version_are_understood(account: Shell, sandbox: Sandbox) -> None:
    account("api", "get", "/v25.0/me/media?fields=id&limit=1")
    record = sandbox.calls()[-1]
    assert (record.path, dict(record.params)["limit"]) == ("/v25.0/me/media", "1")


def test_json_says_the_same(account: Shell) -> None:
    assert account("api", "GET", "me", "--json").json == account("api", "GET", "me").json


@pytest.mark.parametrize("settings", [SandboxSettings(media=60)])
def test_paginate_makes_one_list_of_all_pages(account: Shell, sandbox: Sandbox) -> None:
    result = account("api", "GET", "me/media", "-f", "fields=id", "-f", "limit=25", "--paginate")
    assert list(result.json) == ["data"]
    assert [item["id"] for item in result.json["data"]] == [media.id for media in sandbox.media]
    assert len(sandbox.calls("/media", "GET")) == 3


def test_a_cursor_that_comes_again_ends_the_list(account: Shell) -> None:
    page = {"data": [{"id": "1"}], "paging": {"cursors": {"after": "A"}, "next": "https://next"}}
    transport = FakeTransport(reply(page))
    result = replace(account, transport=transport)("api", "GET", "me/media", "--paginate")
    assert len(result.json["data"]) == len(transport.requests) == 2


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_other_methods_are_sent_unasked(account: Shell, method: str) -> None:
    transport = FakeTransport(reply({"success": True}))
    result = replace(account, transport=transport)("api", method, "17900000000000001", "-f", "a=b=c")
    assert result.json == {"success": True}
    assert transport.requests[0].method == method


@pytest.mark.parametrize(
    ("words", "lack"),
    [
        (("DELETE", "MEDIA"), "Instagram Login cannot delete what is published; Facebook Login and Unified"),
        (("GET", "ig_hashtag_search", "-f", "q=press"), "Instagram Login cannot search hashtags"),
    ],
)
def test_what_the_login_does_not_offer_is_named(
    account: Shell, sandbox: Sandbox, words: tuple[str, ...], lack: str
) -> None:
    result = account("api", *(sandbox.media[0].id if word == "MEDIA" else word for word in words), "--json")
    assert result.code == ExitCode.FAILED
    assert lack in result.error["message"]
    assert "Sign in to the account by a login that offers it" in result.error["fix"]


def test_an_id_that_may_be_a_comments_is_not_said_to_be_a_medias(account: Shell) -> None:
    error = account("api", "DELETE", "17900000000009999", "--json").error
    assert ". If it is a media: Instagram Login cannot delete what is published" in error["message"]
    assert error["fix"].startswith("Check the id. If it is a media: Sign in")


def test_the_pages_token_is_masked(account: Shell, sandbox: Sandbox) -> None:
    result = account("api", "GET", "me/media", "-f", "limit=1")
    assert "access_token=***" in result.json["paging"]["next"]
    assert sandbox.token not in result.out


def test_a_new_token_is_masked(account: Shell) -> None:
    transport = FakeTransport(reply({"access_token": "IGnewtokennewtokennewtoken", "expires_in": 5184000}))
    result = replace(account, transport=transport)(
        "api", "GET", "refresh_access_token", "-f", "grant_type=ig_refresh_token"
    )
    assert result.json == {"access_token": "***", "expires_in": 5184000}


@pytest.mark.parametrize("path", ["17900000000009999", "no_such_name"])
def test_a_get_of_what_does_not_exist_ends_with_6(account: Shell, path: str) -> None:
    result = account("api", "GET", path, "--json")
    assert (result.code, result.out) == (ExitCode.NOT_FOUND, "")


def test_a_post_to_what_does_not_exist_is_a_failure(account: Shell, sandbox: Sandbox) -> None:
    result = account("api", "POST", f"{sandbox.user_id}/media_publish", "-f", "creation_id=17880000000009999")
    assert result.code == ExitCode.FAILED


@pytest.mark.parametrize(
    "args",
    [
        ("GET", "https://graph.instagram.com/me"),
        ("PUT", "me"),
        ("GET", "me", "-f", "no-equals-sign"),
        ("POST", "me/media", "--paginate"),
    ],
)
def test_what_cannot_be_meant_is_a_usage_error(
    account: Shell, sandbox: Sandbox, args: tuple[str, ...]
) -> None:
    assert account("api", *args).code == ExitCode.USAGE
    assert sandbox.calls() == []


def test_an_answer_that_is_no_json_is_said_and_nothing_is_printed(account: Shell) -> None:
    page = reply("<html>Bad gateway</html>", headers={"content-type": "text/html"})
    result = replace(account, transport=FakeTransport(page))("api", "POST", "me/media", "--json")
    assert (result.code, result.out) == (ExitCode.FAILED, "")
    assert result.error["type"] == "UnexpectedAnswer"


def test_long_numbers_keep_every_digit(account: Shell) -> None:
    transport = FakeTransport(reply('{"id": 17841400000000000123456789}'))
    result = replace(account, transport=transport)("api", "GET", "me")
    assert json.loads(result.out)["id"] == 17841400000000000123456789
