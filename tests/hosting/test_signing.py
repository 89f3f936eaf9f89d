"""Addresses nobody can guess, and the key they hang on."""

import re
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressroom.core.errors import SettingRefused
from pressroom.core.secret import Secret
from pressroom.core.settings import Settings, settings_from_environment
from pressroom.hosting.signing import is_signed, media_key, sign, signed_path
from tests.patience import patience

KEY = Secret("one key")


@given(st.text(), st.integers(0, 10**11))
def test_a_signature_is_good_for_its_name_second_and_key_alone(name: str, expires: int) -> None:
    signature = sign(KEY, name, expires)

    assert is_signed(KEY, name, expires, signature)
    assert not is_signed(KEY, f"{name}x", expires, signature)
    assert not is_signed(KEY, name, expires + 1, signature)
    assert not is_signed(Secret("another"), name, expires, signature)
    assert not is_signed(KEY, name, expires, "")
    assert not is_signed(KEY, name, expires, "ü")


def test_an_address_is_relative_and_says_when_it_expires() -> None:
    path = signed_path(KEY, "a.jpg", 1795521600)

    assert re.fullmatch(r"/media/a\.jpg\?exp=1795521600&sig=[0-9a-f]{64}", path)


def test_the_key_is_made_once_and_is_the_owners_alone(settings: Settings) -> None:
    key = media_key(settings)

    assert media_key(settings) == key
    assert len(key.reveal()) == 64
    assert stat.S_IMODE((settings.home / "media.key").stat().st_mode) == 0o600
    assert stat.S_IMODE(settings.home.stat().st_mode) == 0o700


def test_all_who_come_at_once_get_the_same_key(tmp_path: Path) -> None:
    """Eight at a time, fifty times over."""
    start = Barrier(8)

    def come(settings: Settings) -> str:
        start.wait(patience(10))
        return media_key(settings).reveal()

    with ThreadPoolExecutor(8) as threads:
        for number in range(50):
            settings = Settings(home=tmp_path / str(number))
            assert len(set(threads.map(come, [settings] * 8))) == 1


def test_a_process_killed_while_it_made_the_key_leaves_no_empty_one(settings: Settings) -> None:
    settings.home.mkdir()
    (settings.home / "media.key").touch()

    assert len(media_key(settings).reveal()) == 64


def test_a_key_from_the_environment_is_shared_by_machines(tmp_path: Path) -> None:
    environ = {"PRESSROOM_KEY": "shared", "PRESSROOM_HOME": str(tmp_path / "home")}
    settings = settings_from_environment(environ, default_home=tmp_path)

    assert media_key(settings) == Secret("shared")
    assert not (tmp_path / "home").exists()
    assert "shared" not in repr(settings)


def test_a_data_directory_that_cannot_be_used_is_refused_by_name(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingRefused, match="cannot be used") as caught:
        media_key(replace(settings, home=tmp_path / "file" / "home"))
    assert "PRESSROOM_HOME" in caught.value.fix
