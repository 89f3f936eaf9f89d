"""However many proposals wait, each is listed once, with the program that asked for it."""

from datetime import date
from pathlib import Path

import pytest

from pressroom.core.post import PostState, When
from pressroom.service import Pressroom
from pressroom.service.work.watch import matters
from tests.service.consenting import ANNA, PLANNER, a_file, a_picture, person, program, proposed
from tests.service.crowds import a_crowd
from tests.service.road import Road
from tests.service.walked import stored


async def crowded(road: Road, tmp_path: Path, *, count: int) -> dict[str, str]:
    """Let twenty programs want so many posts out; gives who wants each."""
    road.sign_in("ana")
    async with program(road) as planner:
        waits = await proposed(planner.posts.submit(a_picture(a_file(tmp_path)), at="+3h"))
    file = road.settings.home / "pressroom.db"
    told = a_crowd(file, waits.proposal_id or "", count=count - 1, programs=20)
    return {**told, waits.post_id or "": "program:planner"}


async def listed(pressroom: Pressroom) -> dict[str, str]:
    waiting = await pressroom.approvals.list()
    assert len(waiting) == await pressroom.approvals.count()
    assert len({one.id for one in waiting}) == len(waiting)
    return {one.summary["post_id"]: str(one.asked_by) for one in waiting if one.proposal}


async def test_above_a_thousand_proposals_none_is_shown_as_nobodys(road: Road, tmp_path: Path) -> None:
    who = await crowded(road, tmp_path, count=1001)
    async with person(road) as anna:
        assert await listed(anna) == who


async def test_what_a_person_held_back_comes_behind_all_proposals_and_is_the_persons(
    road: Road, tmp_path: Path
) -> None:
    who = await crowded(road, tmp_path, count=250)
    async with person(road) as anna:
        held = a_picture(a_file(tmp_path, "dog.jpg", "brown"), "Mine")
        mine = (await anna.posts.submit(held, at="+5h", state=PostState.AWAITING_APPROVAL)).post
        every = await anna.approvals.list()
        assert (every[-1].id, every[-1].asked_by, len(every)) == (mine.id, "person:anna", len(who) + 1)
        behind = await anna.approvals.list(after=every[200].id)
    assert [one.id for one in behind] == [one.id for one in every[201:]]


async def test_what_waits_is_listed_by_due_time_and_what_has_no_time_yet_comes_last(
    road: Road, tmp_path: Path
) -> None:
    road.sign_in("ana")
    picture, waits = a_file(tmp_path), PostState.AWAITING_APPROVAL
    async with program(road) as planner, person(road) as anna:
        for at in ("+5h", When.OPEN, "+1h"):
            await anna.posts.submit(a_picture(picture, f"Held {at}"), at=at, state=waits)
            road.clock.advance(1)
        for at in ("+4h", "+2h"):
            await proposed(planner.posts.submit(a_picture(picture, f"Asked {at}"), at=at))
            road.clock.advance(1)
        day = date(2026, 11, 25)
        await anna.posts.submit(a_picture(picture, "Held for a day"), at=day, state=waits)
        await proposed(planner.posts.submit(a_picture(picture, "Asked at once")))
        every = await anna.approvals.list()
        captions = [one.summary["caption"] for one in every]
        await anna.approvals.decline(every[2].id)
        behind = await anna.approvals.list(after=every[2].id)
    assert captions == [
        *("Asked at once", "Held +1h", "Asked +2h", "Asked +4h", "Held +5h"),
        *("Held open", "Held for a day"),
    ]
    assert [one.summary["caption"] for one in behind] == captions[3:]


async def test_a_post_whose_proposal_expired_is_still_its_programs(road: Road, tmp_path: Path) -> None:
    road.sign_in("ana")
    async with program(road) as planner:
        await proposed(planner.posts.submit(a_picture(a_file(tmp_path)), at="+3h"))
    road.clock.advance(4 * 3600)
    async with person(road) as anna:
        (waiting,) = await anna.approvals.list()
    assert (waiting.proposal, waiting.asked_by) == (None, "program:planner")


@pytest.mark.usefixtures("long_run")
async def test_ten_thousand_proposals_of_twenty_programs_are_listed_with_who_asked_for_each(
    road: Road, tmp_path: Path
) -> None:
    who = await crowded(road, tmp_path, count=10_000)
    async with person(road) as anna:
        assert await listed(anna) == who
    road.clock.advance(600)
    (told,) = await matters(road.store, road.clock)
    head, *lines, more = told.text.splitlines()
    assert (head, more) == ("10000 proposals of programs wait for you:", "and 9995 more")
    assert all(" by program:" in line for line in lines)


async def test_a_notice_about_a_programs_post_names_the_program(road: Road, tmp_path: Path) -> None:
    road.sign_in("ana")
    stored(road, PLANNER, PostState.FAILED, a_file(tmp_path))
    stored(road, ANNA, PostState.FAILED, a_file(tmp_path))
    told = {one.post.actor: one.text for one in await matters(road.store, road.clock) if one.post}
    assert "(program planner) of account" in told[PLANNER.id]
    assert "program" not in told[ANNA.id]
