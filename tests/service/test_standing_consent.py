"""What a program may do without asking: so often a day, until a time, and for nothing that may change."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import URL

from pressroom.accounts.vault import open_vault
from pressroom.core.assets import Asset
from pressroom.core.consent import GrantId, ProposalId
from pressroom.core.errors import Conflict, NeedsApproval, Refused
from pressroom.core.post import PostState
from pressroom.core.secret import Secret
from pressroom.graph.ids import UserId
from tests.service.consenting import PLANNER, a_file, a_picture, person, program, proposed
from tests.service.road import Road, opened_road
from tests.slow import STORES
from tests.store.postgres import a_database

S = PostState
HOUR = timedelta(hours=1)
ADDRESS = "https://example.com/cat.jpg"


@pytest.fixture
def cat(tmp_path: Path) -> str:
    return a_file(tmp_path)


@pytest.fixture
async def ana(road: Road) -> Road:
    road.sign_in("ana", timezone="Europe/Istanbul")
    return road


async def allowed(road: Road, per_day: int = 1, **more: Any) -> GrantId:
    given: dict[str, Any] = {"verbs": ["publish"], "accounts": ["ana"], "per_day": per_day}
    async with person(road) as pressroom:
        return (await pressroom.approvals.allow(PLANNER.id, **(given | more))).id


async def is_let_go(road: Road, cat: str, caption: str, name: str = "planner") -> bool:
    async with program(road, name) as pressroom:
        try:
            done = await pressroom.posts.submit(a_picture(cat, caption), at="+3h")
        except (NeedsApproval, Conflict):
            return False
        return done.post.state is S.SCHEDULED


async def test_a_standing_consent_holds_for_its_program_its_verbs_and_its_accounts(
    ana: Road, cat: str
) -> None:
    await allowed(ana, 9, verbs=["move"])
    ben = replace(ana.account, user_id=UserId("17841400000000002"))
    open_vault(ana.store, ana.settings).keep("ben", ben, obtained_at=ana.clock.now())
    await allowed(ana, 9, accounts=["ben"])
    assert not await is_let_go(ana, cat, "One")
    await allowed(ana, 9)
    assert await is_let_go(ana, cat, "Two")
    assert not await is_let_go(ana, cat, "Three", "other")


@pytest.mark.parametrize(
    ("end", "timezone", "ends_at"),
    [
        ("2026-12-31", None, "2026-12-30T21:00:00+00:00"),
        ("2026-12-31", "UTC", "2026-12-31T00:00:00+00:00"),
        ("2026-12-31 18:00", None, "2026-12-31T15:00:00+00:00"),
        ("2026-12-31T18:00+01:00", None, "2026-12-31T17:00:00+00:00"),
    ],
)
async def test_its_end_in_words_is_in_the_zone_that_is_named_else_in_the_accounts(
    ana: Road, end: str, timezone: str | None, ends_at: str
) -> None:
    await allowed(ana, ends_at=end, timezone=timezone)
    async with person(ana) as pressroom:
        (grant,) = await pressroom.approvals.allowed()
    assert grant.ends_at == datetime.fromisoformat(ends_at)


async def test_its_end_in_words_needs_a_zone_where_the_accounts_have_several(ana: Road) -> None:
    ben = replace(ana.account, user_id=UserId("17841400000000002"))
    open_vault(ana.store, ana.settings).keep("ben", ben, obtained_at=ana.clock.now(), timezone="Asia/Tokyo")
    for end in ("2026-12-31", "2026-12-31 18:00"):
        with pytest.raises(Refused, match="and the accounts have several"):
            await allowed(ana, accounts=["ana", "ben"], ends_at=end)
    await allowed(ana, accounts=["ana", "ben"], ends_at="+30d")


async def test_a_standing_consent_holds_so_many_times_a_day(ana: Road, cat: str) -> None:
    await allowed(ana, 2)
    assert [await is_let_go(ana, cat, name) for name in ("One", "Two", "Three")] == [True, True, False]
    ana.clock.advance(12 * HOUR.total_seconds() - 1)
    assert not await is_let_go(ana, cat, "Four")
    ana.clock.advance(1)
    assert await is_let_go(ana, cat, "Five")


async def test_a_standing_consent_ends_when_it_was_said_to_or_is_withdrawn(ana: Road, cat: str) -> None:
    await allowed(ana, 9, ends_at=ana.clock.now() + HOUR)
    assert await is_let_go(ana, cat, "One")
    ana.clock.advance(HOUR.total_seconds())
    assert not await is_let_go(ana, cat, "Two")
    grant = await allowed(ana, 9)
    assert await is_let_go(ana, cat, "Three")
    async with person(ana) as pressroom:
        await pressroom.approvals.withdraw(grant)
    assert not await is_let_go(ana, cat, "Four")


async def test_a_standing_consent_that_would_never_hold_is_refused(ana: Road) -> None:
    now = ana.clock.now()
    senseless: list[dict[str, Any]] = [
        {"verbs": ["publish", "publsh"]},
        {"accounts": ["ana", "nobody"]},
        {"ends_at": now},
        {"ends_at": (now + HOUR).replace(tzinfo=None)},
    ]
    for more in senseless:
        with pytest.raises(Refused) as refused:
            await allowed(ana, **more)
        assert refused.value.rule == "standing_consent"
    assert ana.store.consents.grants() == ()


async def test_every_verb_of_a_proposal_may_be_let_be(ana: Road) -> None:
    with pytest.raises(Refused) as refused:
        await allowed(ana, verbs=["publsh"])
    verbs: Any = refused.value.limit
    assert {"publish", "move", "edit", "call", "upload", "delete_upload", "resume", "sign_out"} <= {*verbs}
    await allowed(ana, verbs=verbs)


async def test_a_program_that_was_revoked_uses_no_standing_consent(ana: Road, cat: str) -> None:
    await allowed(ana, 9)
    assert ana.store.actors.revoke(PLANNER.id, ana.clock.now())
    assert not await is_let_go(ana, cat, "One")


async def test_what_a_standing_consent_let_go_stays_as_it_is(ana: Road, cat: str) -> None:
    await allowed(ana, 1)
    async with program(ana) as pressroom:
        post = (await pressroom.posts.submit(a_picture(cat), at="+3h")).post
        await proposed(pressroom.posts.edit(post.id, caption="Other"))
        await proposed(pressroom.posts.move(post.id, "+1h"))
    assert ana.post(post.id).options.caption == "Hello"


async def test_an_address_that_cannot_be_kept_is_warned_of_and_no_standing_consent_is_for_it(
    ana: Road,
) -> None:
    await allowed(ana, 9)
    with patch("pressroom.service.storing.can_be_hosted", return_value=False):
        async with program(ana) as pressroom:
            waits = await proposed(pressroom.posts.submit(a_picture(ADDRESS), at="+3h"))
    asked = ana.store.consents.get(ProposalId(waits.proposal_id or ""))
    assert "may show something else" in asked.summary["warnings"][0]
    copied = replace(a_picture(ADDRESS), assets=(Asset(ADDRESS, copy=f"/a/{'0' * 64}.jpg"),))
    with patch("pressroom.service.storing.can_be_hosted", return_value=False):
        async with program(ana) as pressroom:
            await proposed(pressroom.posts.submit(copied, at="+3h"))


@pytest.fixture
def own_database(postgres: URL) -> Iterator[Secret]:
    with a_database(postgres) as url:
        yield Secret(url.render_as_string(hide_password=False))


@pytest.fixture(params=STORES)
async def either(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[Road]:
    url = request.getfixturevalue("own_database") if request.param == "postgresql" else None
    async with opened_road(tmp_path / "home", database_url=url) as road:
        road.sign_in("ana", timezone="Europe/Istanbul")
        yield road


async def test_of_two_processes_that_want_the_last_use_one_has_it(either: Road, cat: str) -> None:
    await allowed(either, 1)
    tries = (is_let_go(either, cat, f"Number {number}") for number in range(4))
    assert sorted(await asyncio.gather(*tries)) == [False, False, False, True]
    assert sum(post.state is S.SCHEDULED for post in either.posts) == 1
