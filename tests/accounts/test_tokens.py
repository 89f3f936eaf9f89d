"""Tokens stay alive by themselves, and what cannot be renewed is said in time.

A pause is of the token where a new token ends it.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from pressroom.accounts.tokens import LIFE, TokenKeeper, is_due, warning
from pressroom.accounts.vault import Vault, open_vault
from pressroom.client.client import Client
from pressroom.client.transport_asgi import AsgiTransport
from pressroom.core.account import UNTIL_RESUMED, Account, LoginDetails, Pause, StoredAccount, is_of_token
from pressroom.core.errors import GraphError
from pressroom.core.graph_errors import error_for
from pressroom.core.secret import Secret
from pressroom.core.settings import Settings
from pressroom.graph.answers import ErrorBody
from pressroom.graph.error_table import TABLE, ErrorRow, Retry
from pressroom.sandbox.faults import Fault, FaultKind
from pressroom.sandbox.settings import SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from pressroom.store.store import open_store
from tests.fakes.clock import START, FakeClock
from tests.publish.durable_world import InlineStore

DAY = timedelta(days=1)


@dataclass
class Desk:
    sandbox: Sandbox
    store: InlineStore
    vault: Vault
    keeper: TokenKeeper
    clock: FakeClock

    @property
    def stored(self) -> StoredAccount:
        return self.store.accounts.get("default")

    @property
    def refreshes(self) -> int:
        return len(self.sandbox.calls("/refresh_access_token"))


@asynccontextmanager
async def desk(tmp_path: Path) -> AsyncGenerator[Desk]:
    clock = FakeClock()
    sandbox = Sandbox(SandboxSettings(), clock=clock)
    opened = open_store(":memory:", clock=clock)
    store = InlineStore(opened.database)
    vault = open_vault(store, Settings(home=tmp_path))
    account = Account(token=Secret(sandbox.token), user_id=sandbox.user_id, api_base="http://127.0.0.1:1")
    vault.keep("default", account, obtained_at=clock.now(), expires_at=clock.now() + LIFE)

    def client(of: Account) -> Client:
        return Client(of, AsgiTransport(sandbox.app, clock=clock), clock=clock)

    keeper = TokenKeeper(store=store, vault=vault, clock=clock, client=client)
    yield Desk(sandbox, store, vault, keeper, clock)
    await sandbox.aclose()
    opened.close()


async def test_a_token_is_renewed_from_its_seventh_day_and_the_new_one_kept(tmp_path: Path) -> None:
    async with desk(tmp_path) as on:
        on.clock.advance(6.9 * 86400)
        await on.keeper.renew_due()
        assert on.refreshes == 0
        on.clock.advance(0.2 * 86400)
        await on.keeper.renew_due()
        assert on.refreshes == 1
        assert on.stored.token_refreshed_at == on.clock.now()
        assert on.vault.account("default").token != Secret(on.sandbox.token)
        await on.keeper.renew_due()
        assert on.refreshes == 1


async def test_a_year_of_tokens_with_the_worker_down_for_weeks_loses_none(tmp_path: Path) -> None:
    async with desk(tmp_path) as on:
        for down_days in (1, 8, 30, 50, 2, 45, 58, 59, 59, 53):
            on.clock.advance(down_days * 86400)
            await on.keeper.renew_due()
        assert on.stored.token_expires_at is not None
        assert on.stored.token_expires_at > on.clock.now()


async def test_a_renewal_keeps_what_is_known_of_the_login_and_adds_the_permissions_it_tells(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as on:
        known = LoginDetails(username="ana", account_type="BUSINESS")
        on.store.accounts.put(replace(on.stored, details=known))
        on.clock.advance(8 * 86400)
        await on.keeper.renew_due()
        told = on.stored.details.permissions
        assert told is not None
        assert "instagram_business_content_publish" in told
        assert replace(on.stored.details, permissions=None) == known
        on.vault.reseal()
        assert on.stored.details.permissions == told


async def test_a_token_that_is_over_pauses_the_account(tmp_path: Path) -> None:
    async with desk(tmp_path) as on:
        on.clock.advance(10 * 86400)
        on.sandbox.faults.add(Fault(on="*", kind=FaultKind.ERROR, code=190, subcode=463, times=None))
        await on.keeper.renew_due()
        pause = on.store.accounts.pause_of("default")
        assert pause is not None
        assert pause.until == UNTIL_RESUMED


async def test_a_renewal_that_is_refused_while_the_token_works_pauses_nothing(tmp_path: Path) -> None:
    """Such as one within a day of the last, which Meta is said to answer with 190 as well."""
    async with desk(tmp_path) as on:
        on.clock.advance(10 * 86400)
        on.sandbox.faults.add(Fault(on="refresh", kind=FaultKind.ERROR, code=190))
        await on.keeper.renew_due()
        assert on.store.accounts.pause_of("default") is None
        await on.keeper.renew_due()
        assert on.stored.token_refreshed_at == on.clock.now()


async def test_a_renewal_that_is_refused_after_somebody_signed_in_anew_pauses_nothing(tmp_path: Path) -> None:
    async with desk(tmp_path) as on:
        on.clock.advance(10 * 86400)
        on.sandbox.faults.add(Fault(on="*", kind=FaultKind.ERROR, code=190, times=None))
        of, seal = on.keeper.client, on.vault.keep

        def client(account: Account) -> Client:
            seal("default", account, obtained_at=on.clock.now())
            return of(account)

        await replace(on.keeper, client=client).renew_due()
        assert on.refreshes == 1
        assert on.store.accounts.pause_of("default") is None


@pytest.mark.usefixtures("long_run")
async def test_a_year_with_a_worker_that_is_down_at_bad_moments_and_a_renewal_that_often_fails(
    tmp_path: Path,
) -> None:
    """Every six hours as the worker does it; days 57 to 61 and four weeks without one; ten days of outage."""
    down = [(57, 61), (100, 128), (200, 203), (364, 365)]
    async with desk(tmp_path) as on:
        for quarter in range(4 * 365):
            on.clock.advance(86400 / 4)
            day = quarter // 4
            if any(begin <= day <= end for begin, end in down):
                continue
            if day % 60 in range(10):
                on.sandbox.faults.add(Fault(on="refresh", kind=FaultKind.ERROR, code=2, http_status=500))
            await on.keeper.renew_due()
            on.sandbox.faults.clear()
            assert on.stored.token_expires_at is not None
            assert on.stored.token_expires_at > on.clock.now() + timedelta(days=1)
        assert on.store.accounts.pause_of("default") is None
        assert on.refreshes <= 365


async def test_a_token_that_is_over_is_not_asked_for_again_and_again(tmp_path: Path) -> None:
    async with desk(tmp_path) as on:
        on.clock.advance(61 * 86400)
        for _ in range(40):
            await on.keeper.renew_due()
            on.clock.advance(86400 / 4)
        assert on.refreshes == 0
        assert "sign in again" in (warning(on.stored, on.clock.now()) or "")


async def test_an_outage_leaves_the_token_as_it_is_and_is_tried_again(tmp_path: Path) -> None:
    async with desk(tmp_path) as on:
        on.clock.advance(10 * 86400)
        on.sandbox.faults.add(Fault(on="refresh", kind=FaultKind.ERROR, code=2, http_status=500, times=10))
        with pytest.raises(GraphError):
            await on.keeper.renew("default")
        assert on.store.accounts.pause_of("default") is None
        on.sandbox.faults.clear()
        assert await on.keeper.renew("default") == on.clock.now() + LIFE


async def test_the_end_of_a_token_is_said_two_weeks_ahead(tmp_path: Path) -> None:
    async with desk(tmp_path) as on:
        now = on.clock.now()
        assert warning(on.stored, now + 45 * DAY) is None
        assert "14 days" in (warning(on.stored, now + 46 * DAY) or "")
        assert "1 day," in (warning(on.stored, now + 59 * DAY) or "")
        assert warning(on.stored, now + 61 * DAY) == (
            f"The token of {on.stored.name} has ended: sign in again with "
            f"`pressroom auth login --account {on.stored.name}`."
        )
        assert not is_due(on.stored, now + 61 * DAY)


ANSWERS = [(row, row.code) for row in TABLE if row.code is not None]


@pytest.mark.parametrize(
    ("row", "code"), ANSWERS, ids=lambda one: one.name if isinstance(one, ErrorRow) else None
)
def test_a_pause_is_of_the_token_where_signing_in_mends_its_error(row: ErrorRow, code: int) -> None:
    error = error_for(ErrorBody(message=row.message, code=code, error_subcode=row.subcode))
    assert is_of_token(Pause.after(error, UNTIL_RESUMED)) == (row.retry is Retry.AFTER_SIGN_IN)
    assert not is_of_token(Pause.after(error, START))


def test_a_pause_without_an_error_is_not_of_the_token_whatever_its_words() -> None:
    assert not is_of_token(Pause(UNTIL_RESUMED, "Instagram answered 190/463: It is over."))
