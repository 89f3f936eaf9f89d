"""`pressroom sandbox serve --facts|--trap`: a sandbox as probes found Instagram, and traps of sign-in."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from click.shell_completion import ShellComplete

from pressroom.cli.root import root
from pressroom.cli.sandbox.background import PLAIN, Wanted, options_of
from pressroom.cli.sandbox.serve import serve
from pressroom.cli.sandbox.settings import settings_of
from pressroom.cli.shell.failures import ExitCode
from pressroom.core.errors import SettingRefused
from pressroom.graph.traps import TRAPS, Trap
from pressroom.sandbox.traps import PRESETS
from tests.cli.conftest import Shell
from tests.cli.processes import ended, environ
from tests.patience import patience
from tests.sandbox.test_facts import a_file
from tests.slow import slow


def wanted_by_facts(path: Path | None, **more: Any) -> Wanted:
    given: Any = {**PLAIN, "facts": path, **more}
    return given


def test_facts_are_taken_and_a_trap_and_a_set_one_win(tmp_path: Path) -> None:
    path = a_file(tmp_path, {"republish": "second_media", "carousel_max": 20, "listing_lag_s": 3.0})
    made = settings_of(wanted_by_facts(path, settings=(("carousel_max", "11"),)))
    assert (made.republish, made.carousel_max, made.manners.listing_lag_s) == ("second_media", 11, 3.0)
    trapped = settings_of(wanted_by_facts(path, trap=("no-role",)))
    assert (trapped.tester, trapped.republish) == ("none", "second_media")


def test_a_hostile_sandbox_keeps_its_lags(tmp_path: Path) -> None:
    path = a_file(tmp_path, {"listing_lag_s": 1.0})
    assert settings_of(wanted_by_facts(path, settings=(("hostile", "true"),))).manners.listing_lag_s == 6.0


@pytest.mark.parametrize(
    ("content", "words"), [("no JSON", "not JSON"), (None, "No such file"), ("{}", "no file of facts")]
)
def test_a_foreign_file_is_refused(shell: Shell, tmp_path: Path, content: str | None, words: str) -> None:
    path = tmp_path / "facts.json"
    if content is not None:
        path.write_text(content)
    result = shell("sandbox", "serve", "--json", "--facts", path)
    error = result.error
    assert (result.code, error["rule"], error["value"]) == (ExitCode.REFUSED, "facts", str(path))
    assert words in error["message"]
    assert error["limit"]
    assert error["fix"]


def test_a_value_that_no_sandbox_has_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingRefused, match="republish is refuse or second_media"):
        settings_of(wanted_by_facts(a_file(tmp_path, {"republish": "maybe"})))


def test_other_facts_under_the_same_name_are_other_settings(tmp_path: Path) -> None:
    one = options_of(wanted_by_facts(a_file(tmp_path, {"republish": "refuse"})))
    assert one == options_of(wanted_by_facts(tmp_path / "facts.json"))
    assert one != options_of(wanted_by_facts(a_file(tmp_path, {"republish": "second_media"})))


@pytest.mark.usefixtures("processes")
def test_in_the_background_an_unknown_fact_is_named_and_the_others_are_in_force(
    shell: Shell, tmp_path: Path
) -> None:
    env = environ(shell.home)
    path = a_file(tmp_path, {"quota_total": 7, "to_come": True})
    try:
        started = ended(
            "sandbox", "serve", "--detach", "--json", "--port", "0", "--facts", str(path), env=env
        )
        assert "The fact to_come answers no setting" in started.stderr
        running = {**env, **json.loads(started.stdout)["env"]}
        quota = ended("api", "GET", "me/content_publishing_limit", "-f", "fields=config", env=running)
    finally:
        shell("sandbox", "stop")
    assert json.loads(quota.stdout)["data"][0]["config"]["quota_total"] == 7


@pytest.fixture
@slow("starts Pressroom again and again, as processes")
def env(shell: Shell) -> Iterator[dict[str, str]]:
    """An environment whose sandboxes are ended with the test."""
    yield environ(shell.home)
    shell("sandbox", "stop")


PAGES = Path(__file__).parents[2] / "docs" / "traps"


def wanted(*traps: str, **settings: str) -> Wanted:
    return {**PLAIN, "trap": traps, "settings": tuple(settings.items())}


@pytest.mark.parametrize("name", [one.name for one in TRAPS])
def test_every_trap_is_taken(name: str) -> None:
    settings_of(wanted(name))


def commands_of(name: str) -> list[list[str]]:
    """Give the commands of a trap's page as words."""
    page = (PAGES / f"{name}.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```bash\n(.*?)```", page, re.DOTALL)
    return [shlex.split(line) for block in blocks for line in block.splitlines()]


@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.name)
def test_the_page_of_every_trap_shows_a_command_that_provokes_it(trap: Trap) -> None:
    *_, (program, group, name, *args) = commands_of(trap.name)
    assert (program, group, name) == ("pressroom", "sandbox", "serve")
    given = serve.make_context(name, args).params
    assert given["trap"] == (trap.name,)
    assert given["proxy"] is ("through the proxy" in PRESETS[trap.name].how)


@pytest.mark.parametrize("trap", [one for one in TRAPS if one.texts], ids=lambda trap: trap.name)
def test_the_page_of_a_trap_with_words_asks_the_doctor_about_them(shell: Shell, trap: Trap) -> None:
    program, *asked = commands_of(trap.name)[0]
    assert program == "pressroom"
    explained = shell(*asked, "--json").json
    # Words that have a second cause are explained by both.
    assert explained["name"] == trap.name or trap.cause.partition(": ")[2] in explained["cause"]


def test_a_trap_changes_the_settings_and_a_set_one_wins() -> None:
    made = settings_of(wanted("no-role", "code-used", tester="invited"))
    assert (made.tester, made.codes_spent) == ("invited", True)


def test_settings_that_are_lists_are_words_between_commas() -> None:
    made = settings_of(
        wanted(granted="instagram_basic,public_profile", token_scopes="", unused="instagram_basic")
    )
    assert made.granted == ("instagram_basic", "public_profile")
    assert (made.token_scopes, made.unused) == ((), ("instagram_basic",))


@pytest.mark.parametrize(
    ("traps", "words"),
    [(("no-rol",), "Did you mean no-role?"), (("no-page", "page-task"), "another page each")],
)
def test_an_unknown_trap_and_two_that_exclude_each_other_are_refused(
    shell: Shell, traps: tuple[str, ...], words: str
) -> None:
    result = shell("sandbox", "serve", "--json", *(f"--trap={name}" for name in traps))
    assert (result.code, result.error["code"]) == (ExitCode.REFUSED, "trap")
    assert words in result.error["message"]


def test_the_names_are_completed() -> None:
    shell = ShellComplete(root, {}, "pressroom", "_PRESSROOM_COMPLETE")
    found = [one.value for one in shell.get_completions(["sandbox", "serve", "--trap"], "page-")]
    assert found == ["page-not-picked", "page-task", "page-unlinked"]


def test_in_the_background_the_trap_is_said_and_met_and_mended_by_an_order(env: dict[str, str]) -> None:
    started = ended("sandbox", "serve", "--detach", "--port", "0", "--trap", "no-role", env=env)
    assert "Trap no-role: " in started.stderr
    shown = json.loads(
        ended("sandbox", "serve", "--detach", "--json", "--port", "0", "--trap", "no-role", env=env).stdout
    )
    address = f"{shown['url']}/me?access_token={shown['token']}"
    with pytest.raises(HTTPError) as refused, urlopen(address, timeout=patience(10)):  # noqa: S310  # loopback
        pass
    assert "Unsupported request - method type: get" in refused.value.read().decode()
    assert (
        json.loads(ended("sandbox", "order", "roles", "tester=accepted", env=env).stdout)["tester"]
        == "accepted"
    )
    with urlopen(address, timeout=patience(10)) as answer:  # noqa: S310  # loopback
        assert answer.status == 200
