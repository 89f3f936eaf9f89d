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
from pressroom.core.consent import GrantId, ProposalId, ProposalState
from pressroom.core.errors import Conflict, NeedsApproval, Refused
from pressroom.core.post import PostState
from pressroom.core.secret import Secret
from pressroom.graph.answers import UserId
from pressroom.service.consent.change import Change, Verb
from pressroom.service.posts.storing import Schedule
from tests.service.consenting import PLANNER, a_file, a_picture, person, program, proposed
from tests.service.road import Road, opened_road
from tests.slow import STORES
from tests.store.consents import revoke
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


async def is_let_go(
    road: Road, cat: str, caption: str, name: str = "planner", *, at: datetime | str = "+3h"
) -> bool:
    async with program(road, name) as pressroom:
        try:
            done = await pressroom.posts.submit(a_picture(cat, caption), at=at)
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


async def test_a_standing_consent_covers_so_many_posts_of_the_day_on_which_they_go_out(
    ana: Road, cat: str
) -> None:
    await allowed(ana, 2)
    days = ["+24h", "+25h", "+26h", "now", "+3h", "+4h"]
    assert [await is_let_go(ana, cat, at, at=at) for at in days] == [True, True, False, True, True, False]
    ana.clock.advance(24 * HOUR.total_seconds())
    assert not await is_let_go(ana, cat, "The day has come", at="now")


async def test_its_days_are_those_of_the_accounts_zone(ana: Road, cat: str) -> None:
    await allowed(ana, 1)
    wanted = ["2026-11-24 23:30", "2026-11-25 00:30", "2026-11-24 22:00", "2026-11-25 23:30"]
    assert [await is_let_go(ana, cat, at, at=at) for at in wanted] == [True, True, False, False]


async def test_a_standing_consent_covers_only_what_goes_out_before_its_end(ana: Road, cat: str) -> None:
    ends_at = ana.clock.now() + 2 * HOUR
    await allowed(ana, 9, ends_at=ends_at)
    wanted = [ends_at - timedelta(seconds=1), ends_at, ends_at + HOUR]
    assert [await is_let_go(ana, cat, f"{at}", at=at) for at in wanted] == [True, False, False]
    assert [post.state for post in ana.posts] == [S.SCHEDULED, S.AWAITING_APPROVAL, S.AWAITING_APPROVAL]
    assert len(ana.store.consents.list((ProposalState.WAITING,))) == 2


async def test_of_many_that_are_planned_together_those_beyond_its_number_ask(ana: Road, cat: str) -> None:
    await allowed(ana, 2)
    async with program(ana) as pressroom:
        soon = Schedule(due_at=ana.clock.now() + HOUR)
        posts = [replace(a_picture(cat, name), account="ana") for name in ("One", "Two", "Three")]
        added = await pressroom.posts._planning.storing.add_all([(post, soon) for post in posts])
    assert [one.post.state for one in added] == [S.SCHEDULED, S.SCHEDULED, S.AWAITING_APPROVAL]
    assert added[2].proposal is not None


async def test_a_program_that_puts_a_post_off_is_counted_on_the_new_day(ana: Road, cat: str) -> None:
    await allowed(ana, 1, ends_at="+3d")
    async with program(ana) as pressroom:
        one = (await pressroom.posts.submit(a_picture(cat, "One"), at="+1h")).post
        other = (await pressroom.posts.submit(a_picture(cat, "Two"), at="+24h")).post
        await proposed(pressroom.posts.move(one.id, "+25h"))
        await proposed(pressroom.posts.move(one.id, "+74h"))
        moved = await pressroom.posts.move(other.id, "+48h")
        assert (await pressroom.posts.move(other.id, "+49h")).state is S.SCHEDULED
        assert await pressroom.posts.move(one.id, "+25h")
    assert ana.post(one.id).due_at == ana.clock.now() + 25 * HOUR
    assert moved.state is S.SCHEDULED
    assert await is_let_go(ana, cat, "Its day is free again", at="+1h")


@pytest.mark.parametrize("at", ["+2h", "+25h"])
async def test_a_program_postpones_no_post_of_another_program_under_the_consent_of_that_one(
    ana: Road, cat: str, at: str
) -> None:
    await allowed(ana, 9)
    async with program(ana) as planner, program(ana, "other") as other:
        post = (await planner.posts.submit(a_picture(cat), at="+1h")).post
        asked = await proposed(other.posts.move(post.id, at))
    assert (asked.state, asked.post_id) == (ProposalState.WAITING, post.id)
    assert ana.post(post.id) == post
    [waiting] = ana.store.consents.list((ProposalState.WAITING,))
    assert (waiting.id, waiting.actor) == (asked.proposal_id, "program:other")


async def test_what_a_person_let_go_is_put_off_as_before(ana: Road, cat: str) -> None:
    async with program(ana) as pressroom:
        asked = await proposed(pressroom.posts.submit(a_picture(cat), at="+1h"))
        async with person(ana) as anna:
            await anna.approvals.approve(asked.proposal_id or "")
        assert (await pressroom.posts.move(asked.post_id or "", "+25h")).state is S.SCHEDULED


async def test_an_interrupted_post_is_taken_up_within_its_standing_consent_alone(ana: Road, cat: str) -> None:
    await allowed(ana, 1, ends_at="+2h")
    async with program(ana) as pressroom:
        post = (await pressroom.posts.submit(a_picture(cat), at="now")).post
        changes = pressroom.posts._changes
        await changes.make(post.id, Change(Verb.INTERRUPT))
        assert (await changes.make(post.id, Change(Verb.TAKE_UP))).state is S.SCHEDULED
        await changes.make(post.id, Change(Verb.INTERRUPT))
        ana.clock.advance(3 * HOUR.total_seconds())
        await proposed(changes.make(post.id, Change(Verb.TAKE_UP)))
    assert ana.post(post.id).state is S.CANCELLED


async def test_the_mere_end_of_a_standing_consent_calls_nothing_back(ana: Road, cat: str) -> None:
    await allowed(ana, 1, ends_at="+2h")
    assert await is_let_go(ana, cat, "One", at="+90m")
    ana.clock.advance(2 * HOUR.total_seconds())
    async with ana.worker(), person(ana) as anna:
        assert (await anna.posts.wait_for(ana.posts[0].id)).state is S.PUBLISHED


async def test_a_standing_consent_ends_when_it_was_said_to_or_is_withdrawn(ana: Road, cat: str) -> None:
    await allowed(ana, 9, ends_at=ana.clock.now() + HOUR)
    assert await is_let_go(ana, cat, "One", at="now")
    ana.clock.advance(HOUR.total_seconds())
    assert not await is_let_go(ana, cat, "Two", at="now")
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
    revoke(ana.store, PLANNER.id, ana.clock.now())
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
    with patch("pressroom.service.posts.storing.can_be_hosted", return_value=False):
        async with program(ana) as pressroom:
            waits = await proposed(pressroom.posts.submit(a_picture(ADDRESS), at="+3h"))
    asked = ana.store.consents.get(ProposalId(waits.proposal_id or ""))
    assert "may show something else" in asked.summary["warnings"][0]
    copied = replace(a_picture(ADDRESS), assets=(Asset(ADDRESS, copy=f"/a/{'0' * 64}.jpg"),))
    with patch("pressroom.service.posts.storing.can_be_hosted", return_value=False):
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
