"""Accounts in the vault: tokens open only in memory, one worker renews, keys can be changed."""

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from pressroom.accounts.keys import master_keys, replace_keys
from pressroom.accounts.vault import Holder, Seal, Vault, open_vault, rotate_key
from pressroom.core.account import Account
from pressroom.core.errors import NotFound, SignInRequired
from pressroom.core.secret import Secret
from pressroom.core.settings import Settings
from pressroom.graph.answers import UserId
from pressroom.graph.hosts import LoginType
from pressroom.store.store import Store, open_store
from tests.accounts.test_keys import KEY
from tests.fakes.clock import START, FakeClock
from tests.store.posts import after

TOKEN = Secret("IGAA" + "tOkEn" * 20)
OLD, NEW = b"o" * 32, b"n" * 32


def an_account(token: Secret = TOKEN) -> Account:
    return Account(token=token, user_id=UserId("17841"), login_type=LoginType.INSTAGRAM, version="v22.0")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "pressroom.db", clock=FakeClock()) as opened:
        yield opened


@pytest.fixture
def vault(store: Store) -> Vault:
    return Vault(store, Seal([OLD]))


A = Holder("a", "17841", "https://graph.instagram.com")


@given(st.text(min_size=1), st.text())
def test_what_was_sealed_opens_with_its_key_and_account(user_id: str, token: str) -> None:
    holder = Holder("a", user_id, "https://graph.instagram.com")
    assert Seal([OLD]).open(holder, Seal([OLD]).seal(holder, Secret(token))) == Secret(token)


def test_a_token_sealed_twice_looks_different() -> None:
    assert Seal([OLD]).seal(A, TOKEN) != Seal([OLD]).seal(A, TOKEN)


def test_a_sealed_token_opens_for_no_other_account_and_no_other_key() -> None:
    sealed = Seal([OLD]).seal(A, TOKEN)
    for other in (A._replace(user_id="17842"), A._replace(api_base="https://graph.facebook.com")):
        with pytest.raises(SignInRequired, match="was changed"):
            Seal([OLD]).open(other, sealed)
    with pytest.raises(SignInRequired, match="another key"):
        Seal([NEW]).open(A, sealed)


def test_a_login_may_be_called_otherwise() -> None:
    assert Seal([OLD]).open(A._replace(name="b"), Seal([OLD]).seal(A, TOKEN)) == TOKEN


def test_a_host_that_was_written_into_the_store_gets_no_token(vault: Vault, store: Store) -> None:
    """Whoever can write the file can not have the token sent to himself."""
    vault.keep("shop", an_account(), obtained_at=START)
    with store.database.writing() as connection:
        connection.exec_driver_sql("UPDATE logins SET api_base = 'https://graph.instagram.com.example'")
    with pytest.raises(SignInRequired, match="was changed"):
        vault.account("shop")


def earlier(name: str) -> bytes:
    """A token as releases before sealed it: bound to the name alone."""
    seal, nonce = Seal([OLD]), b"n" * 12
    key = AESGCM(derived(b"seal", 32))
    text = key.encrypt(nonce, TOKEN.reveal().encode(), b"pressroom token 1\0" + name.encode())
    assert seal.is_current(b"\x02" + derived(b"id", 4))
    return b"\x01" + derived(b"id", 4) + nonce + text


def derived(purpose: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt=None, info=b"pressroom tokens 1 " + purpose).derive(OLD)


def test_a_token_that_an_earlier_release_sealed_opens_for_meta_alone() -> None:
    seal = Seal([OLD])
    assert seal.open(A, earlier("a")) == TOKEN
    assert not seal.is_current(earlier("a"))
    with pytest.raises(SignInRequired, match="not Meta's"):
        seal.open(A._replace(api_base="https://example.com"), earlier("a"))


@given(st.data())
def test_a_sealed_token_that_was_touched_does_not_open(data: st.DataObject) -> None:
    sealed = bytearray(Seal([OLD]).seal(A, TOKEN))
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(SignInRequired) as refusal:
        Seal([OLD]).open(A, bytes(sealed[: data.draw(st.integers(0, len(sealed)))]))
    assert TOKEN.reveal() not in str(refusal.value)


def test_an_account_comes_back_with_its_token(vault: Vault, store: Store) -> None:
    vault.keep("shop", an_account(), obtained_at=START, expires_at=after(60), timezone="Europe/Vienna")
    assert vault.account("shop") == an_account()
    stored = store.accounts.get("shop")
    assert (stored.token_expires_at, stored.timezone, stored.is_default) == (
        after(60),
        "Europe/Vienna",
        False,
    )
    with pytest.raises(NotFound):
        vault.account("other")


async def test_a_token_is_nowhere_in_plain(
    vault: Vault, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Not in the file, not in its log, not in ours, not in any value's repr."""
    caplog.set_level(logging.DEBUG)
    vault.keep("shop", an_account(), obtained_at=START)
    async with vault.refreshing("shop") as refresh:
        assert refresh
        refresh.renewed(TOKEN, at=after(9), expires_at=None)
        shown = repr(refresh) + repr(vault) + repr(refresh.stored)
    kept = _bytes_in(tmp_path)
    assert len(kept) > 10_000
    for piece in (TOKEN.reveal(), TOKEN.reveal()[10:40]):
        assert piece.encode() not in kept
        assert piece not in shown + caplog.text


def _bytes_in(directory: Path) -> bytes:
    return b"".join(path.read_bytes() for path in directory.iterdir())


async def test_a_renewed_token_replaces_the_old_one(vault: Vault, store: Store) -> None:
    vault.keep("shop", an_account(), obtained_at=START, expires_at=after(60))
    async with vault.refreshing("shop") as refresh:
        assert refresh
        assert refresh.account == an_account()
        refresh.renewed(Secret("IGAAnew"), at=after(9), expires_at=after(99))
    assert vault.account("shop") == an_account(Secret("IGAAnew"))
    assert store.accounts.get("shop").token_expires_at == after(99)


async def test_two_workers_never_renew_a_token_at_once(vault: Vault, store: Store) -> None:
    vault.keep("shop", an_account(), obtained_at=START)
    other = Vault(store, Seal([OLD]))
    async with vault.refreshing("shop") as mine:
        assert mine
        async with other.refreshing("shop") as theirs:
            assert theirs is None
    async with other.refreshing("shop") as theirs:
        assert theirs


async def test_what_came_back_is_kept_although_the_renewing_was_cut_short(vault: Vault) -> None:
    """Instagram may give a new token once: it is stored before the error goes on."""
    vault.keep("shop", an_account(), obtained_at=START)

    async def renew() -> None:
        async with vault.refreshing("shop") as refresh:
            assert refresh
            refresh.renewed(Secret("IGAAnew"), at=after(9), expires_at=None)
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await renew()
    assert vault.account("shop").token == Secret("IGAAnew")


async def test_a_failed_renewing_lets_the_next_one_try(vault: Vault) -> None:
    vault.keep("shop", an_account(), obtained_at=START)
    with pytest.raises(OSError, match="network"):
        async with vault.refreshing("shop"):
            raise OSError("network")
    async with vault.refreshing("shop") as refresh:
        assert refresh
        assert refresh.account.token == TOKEN


def test_a_new_key_takes_over_without_signing_in_again(store: Store) -> None:
    Vault(store, Seal([OLD])).keep("a", an_account(), obtained_at=START, expires_at=after(60))
    both = Vault(store, Seal([NEW, OLD]))
    both.keep("b", an_account(), obtained_at=START)
    assert both.reseal() == 1
    assert both.reseal() == 0
    after_change = Vault(store, Seal([NEW]))
    assert after_change.account("a") == after_change.account("b") == an_account()
    assert store.accounts.get("a").token_expires_at == after(60)


def test_a_token_of_a_lost_key_asks_for_a_new_sign_in(store: Store) -> None:
    Vault(store, Seal([OLD])).keep("shop", an_account(), obtained_at=START)
    lost = Vault(store, Seal([NEW]))
    with pytest.raises(SignInRequired, match="shop") as refusal:
        lost.account("shop")
    assert "pressroom auth login --account shop" in refusal.value.fix
    with pytest.raises(SignInRequired):
        lost.reseal()
    assert store.accounts.begin_refresh("shop", "w", lease_s=1), "the hold was given back"


def test_the_vault_opens_with_the_environments_key(store: Store, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, key=Secret(KEY))
    open_vault(store, settings).keep("shop", an_account(), obtained_at=START)
    assert open_vault(store, settings).account("shop") == an_account()


def test_a_change_of_the_key_is_of_every_token_or_of_none(store: Store) -> None:
    Vault(store, Seal([OLD])).keep("a", an_account(), obtained_at=START)
    Vault(store, Seal([b"3" * 32])).keep("b", an_account(), obtained_at=START)
    with pytest.raises(SignInRequired, match="'b'"):
        Vault(store, Seal([NEW, OLD])).reseal()
    assert Vault(store, Seal([OLD])).account("a") == an_account()


def test_a_new_key_takes_the_place_of_the_directorys_own(store: Store, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    open_vault(store, settings).keep("a", an_account(), obtained_at=START)
    (before,) = master_keys(settings, None)
    assert rotate_key(store, settings) == 1
    new, behind = master_keys(settings, None)
    assert (new == before, behind == before) == (False, True)
    assert Vault(store, Seal([new])).account("a") == an_account()
    assert (tmp_path / "token.key").stat().st_mode & 0o777 == 0o600
    # A program that was open meanwhile seals with the key from before: that opens, and is sealed anew next
    # time.
    Vault(store, Seal([before])).keep("late", an_account(), obtained_at=START)
    assert open_vault(store, settings).account("late") == an_account()
    assert rotate_key(store, settings) == 2
    assert master_keys(settings, None)[1:] == (new,)


@pytest.mark.parametrize("is_before", [True, False])
@pytest.mark.parametrize("call", [1, 2])
def test_whenever_a_change_of_the_key_is_killed_every_token_opens(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: int, *, is_before: bool
) -> None:
    settings, calls = Settings(home=tmp_path), list[int]()
    open_vault(store, settings).keep("a", an_account(), obtained_at=START)

    def killed(*args: Any) -> None:
        calls.append(1)
        if len(calls) == call and is_before:
            raise KeyboardInterrupt
        replace_keys(*args)
        if len(calls) == call:
            raise KeyboardInterrupt

    monkeypatch.setattr("pressroom.accounts.vault.replace_keys", killed)
    with pytest.raises(KeyboardInterrupt):
        rotate_key(store, settings)
    assert open_vault(store, settings).account("a") == an_account()
    rotate_key(store, settings)
    assert open_vault(store, settings).account("a") == an_account()
    assert len(master_keys(settings, None)) == 2
