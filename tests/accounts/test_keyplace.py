"""Where the key is, told without making one."""

from pathlib import Path

import pytest

from pressroom.accounts.keyplace import KeyPlace, key_place
from pressroom.accounts.keys import master_keys
from pressroom.core.errors import SettingRefused
from pressroom.core.secret import Secret
from pressroom.core.settings import Settings
from tests.accounts.test_keys import KEY, FakeKeyring


def test_none_is_made(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    assert key_place(settings) is KeyPlace.NONE
    assert not settings.home.exists()


def test_an_empty_file_is_none(tmp_path: Path) -> None:
    (tmp_path / "token.key").touch()
    assert key_place(Settings(home=tmp_path)) is KeyPlace.NONE
    assert (tmp_path / "token.key").read_text() == ""


def test_a_key_of_the_environment_is_read(tmp_path: Path) -> None:
    assert key_place(Settings(home=tmp_path, key=Secret(KEY))) is KeyPlace.ENVIRONMENT
    with pytest.raises(SettingRefused, match="PRESSROOM_KEY is not a key"):
        key_place(Settings(home=tmp_path, key=Secret("short")))


def test_a_key_of_a_file_is_told_from_one_in_the_keyring(tmp_path: Path) -> None:
    settings, keyring = Settings(home=tmp_path), FakeKeyring()
    master_keys(settings, None)
    assert key_place(settings) is KeyPlace.FILE
    (tmp_path / "token.key").unlink()
    master_keys(settings, keyring)
    assert key_place(settings, keyring=keyring) is KeyPlace.KEYRING
    keyring.is_locked = True
    with pytest.raises(SettingRefused, match="cannot be reached"):
        key_place(settings, keyring=keyring)
