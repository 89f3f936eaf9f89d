"""Every variable that Pressroom reads is declared, and what is declared can be read."""

import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from pressroom.core import declared_settings as declared
from pressroom.core.declared_settings import SETTINGS, TEST_SETTINGS
from pressroom.core.secret import Secret
from pressroom.core.setting import Setting
from pressroom.core.settings import Settings
from pressroom.core.ways import Way

SOURCE = Path(__file__).parents[2] / "src"
_NAMED = re.compile(
    r"\b(?:PRESSROOM_[A-Z0-9_]+|INSTAGRAM_[A-Z]+_[A-Z]+|META_APP_[A-Z]+|CLOUDINARY_URL|FFMPEG_PATH)\b(?!_)"
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
    assert isinstance(setting.read({setting.name: "https://a.example/"}), Secret)


def test_blanks_around_a_text_do_not_count() -> None:
    by_name = {setting.name: setting for setting in SETTINGS}
    assert by_name["PRESSROOM_MEDIA_PORT"].read({"PRESSROOM_MEDIA_PORT": " 8077 "}) == 8077
    assert by_name["PRESSROOM_MEDIA_PORT"].read({"PRESSROOM_MEDIA_PORT": "  "}) is None
