"""Where the key comes from: PRESSROOM_KEY, the keyring, or a file that only its user may read.

Where the key is, told without making one.
"""

import base64
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pressroom.accounts.keys import KeyPlace, key_place, master_keys, parse_keys, replace_keys
from pressroom.core.errors import SettingRefused
from pressroom.core.secret import Secret
from pressroom.core.settings import Settings

KEY = base64.urlsafe_b64encode(bytes(range(224, 256))).decode()


class FakeKeyring:
    """Keeps passwords in memory, or fails as a locked one does."""

    def __init__(self, *, is_locked: bool = False, forgets: bool = False) -> None:
        self.passwords: dict[tuple[str, str], str] = {}
        self.is_locked = is_locked
        self._forgets = forgets

    def get_password(self, service: str, username: str, /) -> str | None:
        if self.is_locked:
            raise RuntimeError("locked")
        return self.passwords.get((service, username))

    def set_password(self, service: str, username: str, password: str, /) -> None:
        if self.is_locked:
            raise RuntimeError("locked")
        if not self._forgets:
            self.passwords[service, username] = password


@pytest.mark.parametrize(
    "text", [KEY, KEY.rstrip("="), f" {KEY}\n", base64.b64encode(bytes(range(224, 256))).decode()]
)
def test_a_key_is_32_bytes_in_either_alphabet_of_base64(text: str) -> None:
    assert parse_keys(text, "it") == (bytes(range(224, 256)),)


@pytest.mark.parametrize("text", ["", "hunter2", KEY[:-4], KEY + "AAAA", "ab" * 32, "ä" * 43])
def test_anything_else_is_refused_with_how_to_make_one_and_never_shown(text: str) -> None:
    with pytest.raises(SettingRefused, match="PRESSROOM_KEY is not a key") as refusal:
        parse_keys(text, "PRESSROOM_KEY")
    assert "urlsafe_b64encode(os.urandom(32))" in refusal.value.fix
    assert not text or text not in str(refusal.value)


def test_the_environments_key_comes_first_and_writes_nothing(tmp_path: Path) -> None:
    home = tmp_path / "home"
    settings = Settings(home=home, key=Secret(KEY))
    assert master_keys(settings, FakeKeyring()) == (bytes(range(224, 256)),)
    assert not home.exists()


def test_several_keys_are_the_one_in_use_and_earlier_ones(tmp_path: Path) -> None:
    other = base64.b64encode(bytes(32)).decode()
    settings = Settings(home=tmp_path, key=Secret(f"{KEY}, {other}"))
    assert master_keys(settings, None) == (bytes(range(224, 256)), bytes(32))


def test_without_both_a_file_is_made_that_only_its_user_may_read(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    first = master_keys(settings, None)
    assert master_keys(settings, None) == first
    assert stat.S_IMODE((tmp_path / "home" / "token.key").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "home").stat().st_mode) == 0o700
    assert master_keys(Settings(home=tmp_path / "elsewhere"), None) != first


def test_a_file_that_others_may_read_is_closed_to_them(tmp_path: Path) -> None:
    master_keys(Settings(home=tmp_path), None)
    (tmp_path / "token.key").chmod(0o644)
    master_keys(Settings(home=tmp_path), None)
    assert stat.S_IMODE((tmp_path / "token.key").stat().st_mode) == 0o600


def test_those_who_need_a_key_at_the_same_moment_get_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        asked = [threads.submit(master_keys, Settings(home=tmp_path), None) for _ in range(8)]
    assert len({answer.result() for answer in asked}) == 1


def test_a_file_that_holds_no_key_is_refused_and_kept(tmp_path: Path) -> None:
    (tmp_path / "token.key").write_bytes(b"\xff\xfebroken")
    with pytest.raises(SettingRefused, match=r"token\.key is not a key"):
        master_keys(Settings(home=tmp_path), None)
    assert (tmp_path / "token.key").read_bytes() == b"\xff\xfebroken"


def test_the_keyring_keeps_the_key_where_it_works(tmp_path: Path) -> None:
    keyring = FakeKeyring()
    first = master_keys(Settings(home=tmp_path), keyring)
    assert master_keys(Settings(home=tmp_path), keyring) == first
    (kept,) = keyring.passwords.values()
    assert parse_keys(kept, "it") == first[:1]
    assert (tmp_path / "token.key").read_text() == "in the keyring"


@pytest.mark.parametrize("keyring", [FakeKeyring(is_locked=True), FakeKeyring(forgets=True)])
def test_a_keyring_that_does_not_keep_it_leaves_the_file(tmp_path: Path, keyring: FakeKeyring) -> None:
    first = master_keys(Settings(home=tmp_path), keyring)
    assert master_keys(Settings(home=tmp_path), None) == first


def test_a_keyring_out_of_reach_leads_to_no_second_key(tmp_path: Path) -> None:
    """From cron or ssh the keyring may be locked: a new key would make every stored token unreadable."""
    keyring = FakeKeyring()
    first = master_keys(Settings(home=tmp_path), keyring)
    keyring.is_locked = True
    for reachable in (keyring, None, FakeKeyring()):
        with pytest.raises(SettingRefused, match="cannot be reached from here"):
            master_keys(Settings(home=tmp_path), reachable)
    keyring.is_locked = False
    assert master_keys(Settings(home=tmp_path), keyring) == first


def test_a_file_made_before_the_keyring_came_is_used_on(tmp_path: Path) -> None:
    first = master_keys(Settings(home=tmp_path), None)
    keyring = FakeKeyring()
    assert master_keys(Settings(home=tmp_path), keyring) == first
    assert keyring.passwords == {}


def test_other_keys_go_where_the_key_was(tmp_path: Path) -> None:
    settings, keyring = Settings(home=tmp_path), FakeKeyring()
    keys = (b"1" * 32, *master_keys(settings, keyring))
    replace_keys(settings, keys, keyring)
    assert master_keys(settings, keyring) == keys
    assert (tmp_path / "token.key").read_text() == "in the keyring"
    for reachable in (None, FakeKeyring(is_locked=True), FakeKeyring(forgets=True)):
        with pytest.raises(SettingRefused, match="does not take another key"):
            replace_keys(settings, keys[:1], reachable)
    assert master_keys(settings, keyring) == keys


def test_a_data_directory_that_cannot_be_used_is_said_plainly(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingRefused, match="cannot be used"):
        master_keys(Settings(home=tmp_path / "file"), None)


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
