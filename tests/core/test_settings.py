"""Settings are read from the environment; all that the code names are declared, and can be read."""

import pickle
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from pressroom.core import settings as declared
from pressroom.core.address import addresses_in
from pressroom.core.errors import SettingRefused, SignInRequired
from pressroom.core.reading_settings import Setting, Way
from pressroom.core.secret import MASK, Secret
from pressroom.core.settings import (
    SETTINGS,
    TEST_SETTINGS,
    Mask,
    Settings,
    account_from_environment,
    settings_from_environment,
)
from pressroom.graph.hosts import LoginType

TOKEN = "IGAAinvented"


def test_the_two_variables_of_an_account_are_enough() -> None:
    account = account_from_environment({"INSTAGRAM_ACCESS_TOKEN": TOKEN, "INSTAGRAM_USER_ID": "17841"})
    assert (account.user_id, account.api_base, account.version) == (
        "17841",
        "https://graph.instagram.com",
        "v21.0",
    )
    assert account.is_real


def test_without_a_user_id_the_business_id_is_used_and_without_both_me() -> None:
    both = {"INSTAGRAM_ACCESS_TOKEN": TOKEN, "INSTAGRAM_BUSINESS_ID": "2"}
    assert account_from_environment(both).user_id == "2"
    assert account_from_environment({"INSTAGRAM_ACCESS_TOKEN": TOKEN}).user_id == "me"


@pytest.mark.parametrize(
    ("base", "clean", "version"),
    [
        ("https://graph.instagram.com/", "https://graph.instagram.com", "v21.0"),
        ("https://graph.instagram.com/v25.0/", "https://graph.instagram.com", "v25.0"),
        ("http://127.0.0.1:8378/v22.0", "http://127.0.0.1:8378", "v22.0"),
        ("http://localhost:1/api/", "http://localhost:1/api", "v21.0"),
    ],
)
def test_a_version_or_slash_in_the_base_is_understood(base: str, clean: str, version: str) -> None:
    account = account_from_environment({"INSTAGRAM_ACCESS_TOKEN": TOKEN, "INSTAGRAM_API_BASE": base})
    assert (account.api_base, account.version) == (clean, version)


def test_no_token_asks_to_sign_in() -> None:
    with pytest.raises(SignInRequired, match="INSTAGRAM_ACCESS_TOKEN is not set"):
        account_from_environment({"INSTAGRAM_ACCESS_TOKEN": "  "})


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("INSTAGRAM_API_VERSION", "21", "api_version"),
        ("INSTAGRAM_API_BASE", "graph.instagram.com", "api_base"),
        ("INSTAGRAM_API_BASE", "http://graph.instagram.com", "api_base"),
        ("INSTAGRAM_API_BASE", "https://me:secret@example.com", "api_base"),
        ("INSTAGRAM_API_BASE", "https://[broken", "api_base"),
        ("INSTAGRAM_API_BASE", "http://localhost:99999", "api_base"),
        ("INSTAGRAM_USER_ID", "anna", "user_id"),
        ("INSTAGRAM_ACCESS_TOKEN", "IG AA", "token"),
        ("INSTAGRAM_ACCESS_TOKEN", "IG\0AA", "INSTAGRAM_ACCESS_TOKEN"),
        ("INSTAGRAM_API_BASE", "https://graph.instagram.com/\0", "INSTAGRAM_API_BASE"),
        ("INSTAGRAM_API_BASE", "https://caf\udce9.example", "INSTAGRAM_API_BASE"),
        ("INSTAGRAM_ACCESS_TOKEN", '"IGAA"', "token"),
        ("INSTAGRAM_API_BASE", "https://graph.facebook.com", "token_host"),
    ],
)
def test_a_setting_that_cannot_work_is_refused_with_its_rule(name: str, value: str, rule: str) -> None:
    with pytest.raises(SettingRefused) as caught:
        account_from_environment({"INSTAGRAM_ACCESS_TOKEN": TOKEN, name: value})
    assert caught.value.rule == rule
    assert caught.value.fix
    assert "secret" not in str(caught.value)


def test_a_facebook_token_on_the_instagram_host_is_refused_naming_both() -> None:
    with pytest.raises(SettingRefused, match=r"Facebook Login.*graph.instagram.com"):
        account_from_environment({"INSTAGRAM_ACCESS_TOKEN": "EAAGinvented"})


def test_a_facebook_token_on_its_own_host_or_the_sandbox_is_fine() -> None:
    env = {"INSTAGRAM_ACCESS_TOKEN": "EAAGinvented", "INSTAGRAM_API_BASE": "https://graph.facebook.com"}
    assert account_from_environment(env).login_type is LoginType.FACEBOOK
    env["INSTAGRAM_API_BASE"] = "http://127.0.0.1:1"
    account = account_from_environment(env)
    assert account.login_type is LoginType.FACEBOOK
    assert not account.is_real


def test_a_secret_cannot_print_itself() -> None:
    secret = Secret(TOKEN)
    account = account_from_environment({"INSTAGRAM_ACCESS_TOKEN": TOKEN})
    for shown in (str(secret), repr(secret), f"{secret}", f"{account}", repr(account)):
        assert TOKEN not in shown
    with pytest.raises(TypeError):
        pickle.dumps(secret)


def test_secrets_compare_by_their_text() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PRESSROOM_MEDIA_PORT", "80a"),
        ("PRESSROOM_MEDIA_PORT", "70000"),
        ("PRESSROOM_PUBLIC_URL", "example.com"),
        ("PRESSROOM_RENDITIONS_MAX_GB", "ten"),
        ("PRESSROOM_RENDITIONS_MAX_GB", "-1"),
        ("PRESSROOM_RENDITIONS_MAX_GB", "nan"),
        ("PRESSROOM_RENDITIONS_MAX_GB", "9" * 400),
        ("PRESSROOM_RENDITIONS_MAX_GB", "1,5"),
        ("PRESSROOM_HOSTS", "signed,elsewhere"),
        ("PRESSROOM_HOSTS", "s3,s3"),
        ("PRESSROOM_HOSTS", "s3,"),
    ],
)
def test_hosting_settings_are_checked(name: str, value: str) -> None:
    with pytest.raises(SettingRefused, match=name) as caught:
        settings_from_environment({name: value}, default_home=Path("/x"))
    assert caught.value.fix


@pytest.mark.parametrize(
    ("text", "size_bytes"), [("", 10_000_000_000), ("0.5", 500_000_000), ("2", 2_000_000_000), ("0", 0)]
)
def test_the_budget_of_converted_files_is_in_gigabytes(text: str, size_bytes: int) -> None:
    settings = settings_from_environment({"PRESSROOM_RENDITIONS_MAX_GB": text}, default_home=Path("/x"))
    assert settings.renditions_max_bytes == size_bytes


@pytest.mark.parametrize(
    "url",
    [
        "ftp://ana:hush@host.example",
        "https://ana:hu/sh@host.example/?x=hush",
        "ana:hush@host.example",
        "https://host.example?key=hush",
        "https://ana:hush@[::1",
    ],
)
def test_a_public_address_that_is_refused_is_shown_without_what_is_secret(url: str) -> None:
    with pytest.raises(SettingRefused, match="PRESSROOM_PUBLIC_URL") as refusal:
        settings_from_environment({"PRESSROOM_PUBLIC_URL": url}, default_home=Path("/d"))
    told = str(refusal.value.as_json())
    assert "host.example" in told or "::1" in told
    assert not [secret for secret in ("ana", "hush", "hu/sh") if secret in told]


def test_settings_come_from_the_environment_alone() -> None:
    settings = settings_from_environment({"PRESSROOM_MEDIA_PORT": "8077"}, default_home=Path("/data"))
    assert (settings.media_port, settings.renditions) == (8077, Path("/data/renditions"))


def test_the_order_of_hosts_is_a_list_of_ways_and_none_by_default() -> None:
    settings = settings_from_environment({"PRESSROOM_HOSTS": " s3, Signed"}, default_home=Path("/data"))
    assert settings.hosts == (Way.S3, Way.SIGNED)
    assert settings_from_environment({}, default_home=Path("/data")).hosts is None


def test_the_secrets_of_hosts_cannot_print_themselves() -> None:
    settings = settings_from_environment({"PRESSROOM_S3_URL": f"s3://k:{TOKEN}@b"}, default_home=Path("/x"))
    assert TOKEN not in f"{settings}"


@pytest.mark.parametrize(
    "url", ["http://example.com/hook", "ftp://example.com", "https://", "example.com/hook", "https://[::1"]
)
def test_notices_go_to_nobody_unencrypted_and_the_address_is_not_shown(url: str) -> None:
    with pytest.raises(SettingRefused, match="PRESSROOM_NOTIFY_URL") as refusal:
        settings_from_environment({"PRESSROOM_NOTIFY_URL": url}, default_home=Path("/d"))
    assert "example.com" not in str(refusal.value.as_json())


@pytest.mark.parametrize(
    "text", ["s3cretword", "slack://a/s3cret b", "s3cret, slack://a", "://s3cret", "mailto:s3cret@a.example"]
)
def test_what_is_no_list_of_addresses_for_apprise_is_refused_and_not_shown(text: str) -> None:
    with pytest.raises(SettingRefused, match="PRESSROOM_NOTIFY_APPRISE: address 1") as refusal:
        settings_from_environment({"PRESSROOM_NOTIFY_APPRISE": text}, default_home=Path("/d"))
    assert "s3cret" not in str(refusal.value.as_json())


def test_each_address_for_apprise_is_hidden_by_itself() -> None:
    text = "slack://one/token, mailtos://ana:pass@b.example?to=a,b\nntfys://topic"
    settings = settings_from_environment({"PRESSROOM_NOTIFY_APPRISE": text}, default_home=Path("/d"))
    assert addresses_in(text) == (
        "slack://one/token",
        "mailtos://ana:pass@b.example?to=a,b",
        "ntfys://topic",
    )
    for one in (text, *addresses_in(text)):
        assert Mask.of({"PRESSROOM_NOTIFY_APPRISE": text})(f"At {one}.") == f"At {MASK}."
    assert "token" not in f"{settings}"


def test_a_command_for_notices_is_taken_apart_as_a_shell_would() -> None:
    def command(text: str) -> tuple[str, ...] | None:
        return settings_from_environment(
            {"PRESSROOM_NOTIFY_COMMAND": text}, default_home=Path("/d")
        ).notify_command

    assert command("tell --to 'the team' $HOME") == ("tell", "--to", "the team", "$HOME")
    assert command(" ") is None
    with pytest.raises(SettingRefused, match="taken apart"):
        command("tell 'the team")


@pytest.mark.parametrize(
    ("text", "is_set"), [("", False), ("0", False), ("No", False), ("1", True), ("true", True)]
)
def test_a_terminal_is_required_where_the_setting_says_so(text: str, is_set: bool) -> None:
    settings = settings_from_environment({"PRESSROOM_REQUIRE_TERMINAL": text}, default_home=Path("/d"))
    assert settings.requires_terminal is is_set


def nobody(_user: int) -> None:
    raise KeyError


def test_a_user_without_a_home_is_told_to_name_a_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pwd.getpwuid", nobody)

    with pytest.raises(SettingRefused, match="no home directory") as caught:
        settings_from_environment({})
    assert "PRESSROOM_HOME" in caught.value.fix
    assert settings_from_environment({"PRESSROOM_HOME": "/data"}).home == Path("/data")


def test_a_path_at_an_unknown_home_is_refused() -> None:
    with pytest.raises(SettingRefused, match="FFMPEG_PATH") as caught:
        settings_from_environment({"FFMPEG_PATH": "~no-such-user/ffmpeg"}, default_home=Path("/d"))
    assert caught.value.value == "~no-such-user/ffmpeg"


SOURCE = Path(__file__).parents[2] / "src"
_NAMED = re.compile(
    r"\b(?:PRESSROOM_[A-Z0-9_]+|INSTAGRAM_[A-Z]+_[A-Z]+|META_APP_[A-Z]+|CLOUDINARY_URL|FFMPEG_PATH|CHROME_PATH|XDG_STATE_HOME)\b(?!_)"
)
# What an account is made of, where the data is, and what the command line alone asks.
READ_ELSEWHERE = {
    declared.ACCESS_TOKEN,
    declared.USER_ID,
    declared.BUSINESS_ID,
    declared.API_BASE,
    declared.API_VERSION,
    declared.HOME,
    declared.DEBUG,
}
_META_S_OWN = {"INSTAGRAM_PLATFORM_API"}


def test_every_variable_that_the_code_names_is_declared_once() -> None:
    texts = [path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.py")]
    named = {name for text in texts for name in _NAMED.findall(text)}
    declared = [*(setting.name for setting in SETTINGS), *TEST_SETTINGS]
    assert sorted(declared) == sorted(named - _META_S_OWN)


def test_every_setting_is_a_field_of_the_settings_or_sets_up_a_remote_host() -> None:
    read = {field.metadata.get("setting") for field in fields(Settings)}
    assert {*SETTINGS} - READ_ELSEWHERE == read - {None} | {way.setting for way in Way if way.setting}


@pytest.mark.parametrize("setting", [one for one in SETTINGS if one.default], ids=lambda one: one.name)
def test_a_default_is_spelled_as_one_would_set_it(setting: Setting[Any]) -> None:
    assert setting.read({}) == setting.read({setting.name: setting.default})


@pytest.mark.parametrize("setting", [one for one in SETTINGS if one.is_secret], ids=lambda one: one.name)
def test_what_is_declared_secret_is_read_as_a_secret(setting: Setting[Any]) -> None:
    text = TOKEN if setting.name == "INSTAGRAM_ACCESS_TOKEN" else "https://a.example/"
    assert isinstance(setting.read({setting.name: text}), Secret)


def test_blanks_around_a_text_do_not_count() -> None:
    by_name = {setting.name: setting for setting in SETTINGS}
    assert by_name["PRESSROOM_MEDIA_PORT"].read({"PRESSROOM_MEDIA_PORT": " 8077 "}) == 8077
    assert by_name["PRESSROOM_MEDIA_PORT"].read({"PRESSROOM_MEDIA_PORT": "  "}) is None
