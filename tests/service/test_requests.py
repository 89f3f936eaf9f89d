"""A program repeats requests whose answer was lost: one effect, and each repeat learns what it was."""

import asyncio
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from pressroom.core.consent import ProposalState
from pressroom.core.errors import KeyReused, NeedsApproval, Refused
from pressroom.core.post import Post, PostState
from pressroom.core.requests import RequestEffect, RequestUnderWay
from pressroom.service import Pressroom
from pressroom.service.consent import requests
from pressroom.store import tables as t
from tests.service.consenting import a_file, a_picture, person, program
from tests.service.road import Road

ASKED = "what is asked"


@pytest.fixture
async def ana(road: Road) -> Road:
    road.sign_in("ana", timezone="Europe/Istanbul")
    return road


@pytest.fixture
def cat(tmp_path: Path) -> str:
    return a_file(tmp_path)


async def a_draft(pressroom: Pressroom, cat: str) -> Post:
    return (await pressroom.posts.submit(a_picture(cat), at="+3h", state=PostState.DRAFT)).post


async def earlier(
    pressroom: Pressroom, operation: str = "edit", content: str = ASKED
) -> RequestEffect | None:
    async with pressroom.requests.begin(operation, "order-1", content) as request:
        return request.earlier


def of_post(post: Post) -> RequestEffect:
    return RequestEffect(subject_kind="post", subject_id=post.id)


async def test_a_lost_edit_that_is_repeated_does_not_meet_its_own_version(ana: Road, cat: str) -> None:
    async with program(ana) as pressroom:
        draft = await a_draft(pressroom, cat)
        for number in range(2):
            async with pressroom.requests.begin("edit", "order-1", ASKED) as request:
                assert bool(request.earlier) == bool(number)
                if not request.earlier:
                    await pressroom.posts.edit(draft.id, version=draft.version, caption="Other")
        assert await earlier(pressroom) == of_post(draft)
        with pytest.raises(KeyReused):
            await earlier(pressroom, content="what else is asked")
    assert [post.version for post in ana.posts] == [draft.version + 1]


async def test_what_waits_for_a_person_is_told_with_its_proposal(ana: Road, cat: str) -> None:
    async with program(ana) as pressroom:
        with pytest.raises(NeedsApproval) as waits:
            async with pressroom.requests.begin("create", "order-1", ASKED):
                await pressroom.posts.submit(a_picture(cat), at="+3h")
        effect = await earlier(pressroom, "create")
        async with person(ana) as persons:
            await persons.approvals.approve(waits.value.proposal_id or "")
        assert await earlier(pressroom, "create") == effect
    assert effect
    assert (effect.subject_id, effect.proposal_id) == (waits.value.post_id, waits.value.proposal_id)
    assert [post.state for post in ana.posts] == [PostState.SCHEDULED]


async def test_a_repeat_with_the_posts_own_key_gives_the_same_post_and_proposal_as_they_are(
    ana: Road, cat: str
) -> None:
    async with program(ana) as pressroom, person(ana) as persons:

        async def submitted(key: str) -> Post | NeedsApproval:
            try:
                return (await pressroom.posts.submit(a_picture(cat, key), at="+3h", idempotency_key=key)).post
            except NeedsApproval as waits:
                return waits

        for key, decide in (("yes", persons.approvals.approve), ("no", persons.approvals.decline)):
            first, again = await submitted(key), await submitted(key)
            assert isinstance(first, NeedsApproval)
            assert isinstance(again, NeedsApproval)
            assert first.details() == again.details()
            await decide(first.proposal_id or "")
            last = await submitted(key)
            if isinstance(last, NeedsApproval):
                assert (last.state, last.proposal_id) == (ProposalState.DECLINED, first.proposal_id)
            else:
                assert (last.state, last.id) == (PostState.SCHEDULED, first.post_id)
        # Another's `yes` is another post.
        other = await persons.posts.submit(a_picture(cat, "yes"), at="+4h", idempotency_key="yes")
        assert not other.is_replay


async def test_a_refusal_may_be_repeated_and_what_had_nothing_to_change_is_told(ana: Road, cat: str) -> None:
    async with program(ana) as pressroom:
        draft = await a_draft(pressroom, cat)
        for _ in range(2):
            with pytest.raises(Refused):
                async with pressroom.requests.begin("edit", "order-1", ASKED):
                    await pressroom.posts.edit(draft.id, alt_texts="far too many words " * 100)
        async with pressroom.requests.begin("edit", "order-1", ASKED) as request:
            await pressroom.posts.edit(draft.id, caption="Hello")
            request.settle("post", draft.id)
        assert await earlier(pressroom) == of_post(draft)
        for key in ("", " ", "a\0b", "k" * 256):
            with pytest.raises(Refused, match="idempotency key"):
                async with pressroom.requests.begin("edit", key, ASKED):
                    pass


async def test_of_two_at_once_one_runs_and_keeps_its_lease(
    ana: Road, cat: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "REQUEST_LEASE_S", 0)  # renewed again and again
    over = asyncio.Event()
    async with program(ana) as pressroom, program(ana) as another:
        draft = await a_draft(pressroom, cat)
        async with pressroom.requests.begin("edit", "order-1", ASKED):
            leased_until = lease(ana)
            while lease(ana) == leased_until:  # noqa: ASYNC110  # the keeper renews it by itself
                await asyncio.sleep(0)
            with pytest.raises(RequestUnderWay):
                await earlier(another)
            left_behind = asyncio.create_task(cancelled_once(over, pressroom, draft))
        # What still goes on when a request is over has no part in it.
        over.set()
        await left_behind
        assert ana.post(draft.id).state is PostState.CANCELLED
        assert await earlier(another) is None


async def cancelled_once(over: asyncio.Event, pressroom: Pressroom, post: Post) -> None:
    await over.wait()
    await pressroom.posts.cancel(post.id)


def lease(road: Road) -> datetime:
    with road.store.database.reading() as connection:
        return connection.execute(select(t.requests.c.leased_until)).scalar_one()
