"""`pressroom sandbox serve --facts FILE`: a sandbox that behaves as probes found Instagram to behave."""

import json
from pathlib import Path
from typing import Any

import pytest

from pressroom.cli.sandbox.background import PLAIN, Wanted, options_of
from pressroom.cli.sandbox.settings import settings_of
from pressroom.cli.shell.exit_codes import ExitCode
from pressroom.core.errors import SettingRefused
from tests.cli.conftest import Shell
from tests.cli.processes import ended, environ
from tests.sandbox.test_facts import a_file


def wanted(path: Path | None, **more: Any) -> Wanted:
    given: Any = {**PLAIN, "facts": path, **more}
    return given


def test_facts_are_taken_and_a_trap_and_a_set_one_win(tmp_path: Path) -> None:
    path = a_file(tmp_path, {"republish": "second_media", "carousel_max": 20, "listing_lag_s": 3.0})
    made = settings_of(wanted(path, settings=(("carousel_max", "11"),)))
    assert (made.republish, made.carousel_max, made.manners.listing_lag_s) == ("second_media", 11, 3.0)
    trapped = settings_of(wanted(path, trap=("no-role",)))
    assert (trapped.tester, trapped.republish) == ("none", "second_media")


def test_a_hostile_sandbox_keeps_its_lags(tmp_path: Path) -> None:
    path = a_file(tmp_path, {"listing_lag_s": 1.0})
    assert settings_of(wanted(path, settings=(("hostile", "true"),))).manners.listing_lag_s == 6.0


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
        settings_of(wanted(a_file(tmp_path, {"republish": "maybe"})))


def test_other_facts_under_the_same_name_are_other_settings(tmp_path: Path) -> None:
    one = options_of(wanted(a_file(tmp_path, {"republish": "refuse"})))
    assert one == options_of(wanted(tmp_path / "facts.json"))
    assert one != options_of(wanted(a_file(tmp_path, {"republish": "second_media"})))


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
