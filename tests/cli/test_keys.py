"""`pressroom keys`: a key is shown to a person, once, and to nobody else."""

from dataclasses import replace

import pytest

from pressroom.cli.shell.failures import ExitCode
from pressroom.core.account import AccountId
from pressroom.store.store import open_store
from tests.cli.conftest import Shell
from tests.store.test_others import a_bundle

pytestmark = pytest.mark.usefixtures("store")


def test_a_key_is_made_at_a_terminal_and_its_list_does_not_show_it(shell: Shell) -> None:
    person = replace(shell, is_attended=True)
    key = person("keys", "add", "planner").out.strip()
    assert key.startswith("prk_")
    listed = person("keys", "list").out
    assert "planner" in listed
    assert key not in listed


@pytest.mark.parametrize("how", [(), ("--json",), ("--quiet",)])
def test_where_nobody_is_at_a_terminal_no_key_is_made_and_it_is_said_how(
    shell: Shell, how: tuple[str, ...]
) -> None:
    result = shell("keys", "add", "planner", *how)
    assert (result.code, result.out) == (ExitCode.REFUSED, "")
    assert "Nobody is at a terminal to take the key" in result.err
    assert "pressroom keys add planner" in result.err
    assert shell("keys", "list", "--json").json == []


def test_a_key_is_made_for_the_accounts_that_are_named_and_its_list_names_them(shell: Shell) -> None:
    with open_store(shell.home / "pressroom.db") as store:
        store.accounts.put(a_bundle("shop"))
        store.accounts.learn(AccountId("17841@instagram"), [], username="the_shop")
    person = replace(shell, is_attended=True)
    refused = person("keys", "add", "planner", "--account", "shop", "--account", "shpo")
    assert refused.code == ExitCode.REFUSED
    assert "Nobody is signed in to shpo" in refused.err
    assert "shop" in refused.err.replace("shpo", "")
    key = person("keys", "add", "planner", "--account", "shop", "--json").json["key"]
    assert key["accounts"] == ["17841@instagram"]
    person("keys", "add", "other")
    listed = person("keys", "list").out
    assert "@the_shop" in listed
    assert "all" in listed


def test_a_key_that_could_be_meant_by_two_names_is_not_taken_back(shell: Shell) -> None:
    person = replace(shell, is_attended=True)
    first = person("keys", "add", "planner", "--json").json["key"]["key_id"]
    person("keys", "add", first)  # a program that is called as another one's key
    result = person("keys", "revoke", first)
    assert result.code == ExitCode.NOT_FOUND
    assert f"key {first} of planner" in result.err
    assert all(one["revoked_at"] is None for one in person("keys", "list", "--json").json)
