"""A change of the key that seals tokens: when it is refused, and that everything opens afterwards."""

import base64
from dataclasses import replace
from pathlib import Path

import pytest

from pressroom.accounts.keys import KeyPlace, master_keys
from pressroom.core.actor import Actor, ActorKind
from pressroom.core.errors import NeedsApproval, NotFound, Refused, SettingRefused, SignInRequired
from pressroom.core.secret import Secret
from pressroom.graph.hosts import LoginType
from pressroom.service import Pressroom
from pressroom.service.acting.obstacles import Obstacles
from tests.service.signing_in import APP, BASE, Desk, a_desk

NEW = base64.urlsafe_b64encode(b"n" * 32).decode()


async def sign_in(pressroom: Pressroom, desk: Desk) -> None:
    found = await pressroom.accounts.find(Secret(desk.sandbox.token))
    await pressroom.accounts.keep(found.accounts[0], name="ana")


async def test_the_session_goes_on_with_the_new_key(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk, desk.pressroom() as pressroom:
        await sign_in(pressroom, desk)
        assert await pressroom.accounts.rotate_key() == (1, KeyPlace.FILE)
        [standing] = await pressroom.accounts.standings()
        assert standing.state == "works"


async def test_the_first_key_of_the_environment_seals_and_the_other_may_go(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        async with desk.pressroom() as pressroom:
            await sign_in(pressroom, desk)
        [old] = master_keys(desk.settings, None)
        both = Secret(f"{NEW},{base64.urlsafe_b64encode(old).decode()}")
        async with replace(desk, settings=replace(desk.settings, key=both)).pressroom() as pressroom:
            assert await pressroom.accounts.rotate_key() == (1, KeyPlace.ENVIRONMENT)
            assert await pressroom.accounts.rotate_key() == (0, KeyPlace.ENVIRONMENT)
        async with replace(desk, settings=replace(desk.settings, key=Secret(NEW))).pressroom() as pressroom:
            [standing] = await pressroom.accounts.standings()
            assert standing.state == "works"


@pytest.mark.parametrize("keys", [NEW, f"{NEW},{NEW}"])
async def test_one_key_in_the_environment_is_refused_and_told_to_nobody(tmp_path: Path, keys: str) -> None:
    async with a_desk(tmp_path) as desk:
        alone = replace(desk, settings=replace(desk.settings, key=Secret(keys)))
        async with alone.pressroom() as pressroom:
            await sign_in(pressroom, desk)
            with pytest.raises(SettingRefused, match="one key") as refusal:
                await pressroom.accounts.rotate_key()
    assert NEW not in f"{refusal.value!r} {refusal.value} {refusal.value.fix}"


async def test_without_a_store_or_a_token_there_is_nothing_to_seal(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        async with desk.pressroom() as pressroom:
            with pytest.raises(NotFound, match="No token is stored"):
                await pressroom.accounts.rotate_key()
        home = tmp_path / "empty"
        async with replace(desk, settings=replace(desk.settings, home=home)).pressroom() as pressroom:
            with pytest.raises(NotFound, match="No token is stored"):
                await pressroom.accounts.rotate_key()
    assert not home.exists()


async def test_a_key_that_is_gone_is_not_replaced(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk, desk.pressroom() as pressroom:
        await sign_in(pressroom, desk)
        (tmp_path / "token.key").unlink()
        with pytest.raises(SignInRequired, match="is gone"):
            await pressroom.accounts.rotate_key()
    assert not (tmp_path / "token.key").exists()


async def test_a_worker_that_would_not_know_the_key_is_stopped_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def runs(_: Obstacles) -> bool:
        return True

    async with a_desk(tmp_path) as desk, desk.pressroom() as pressroom:
        await sign_in(pressroom, desk)
        before = master_keys(desk.settings, None)
        monkeypatch.setattr(Obstacles, "is_worker_running", runs)
        with pytest.raises(Refused, match="worker runs"):
            await pressroom.accounts.rotate_key()
        assert master_keys(desk.settings, None) == before


async def test_a_program_is_refused(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk:
        async with desk.pressroom() as pressroom:
            await sign_in(pressroom, desk)
        planner = Actor(ActorKind.PROGRAM, "planner")
        async with Pressroom(None, desk.settings, clock=desk.clock, actor=planner) as pressroom:
            with pytest.raises(NeedsApproval, match="Only a person"):
                await pressroom.accounts.rotate_key()


async def test_an_app_is_sealed_anew_too(tmp_path: Path) -> None:
    async with a_desk(tmp_path) as desk, desk.pressroom() as pressroom:
        await sign_in(pressroom, desk)
        vault = await pressroom._resources.vault()
        vault.keep_app(APP, LoginType.INSTAGRAM, BASE)
        before = desk.store.accounts.apps()
        await pressroom.accounts.rotate_key()
        assert desk.store.accounts.apps() != before
        assert await pressroom.accounts.app(LoginType.INSTAGRAM) == APP
