"""Pages of very many: each item names who asked for it, and a week is let out in one step, as shown."""

import re
from datetime import date

import pytest

from pressroom.core.post import Post, PostState, When
from tests.service.consenting import a_file, a_picture, program
from tests.service.crowds import a_crowd
from tests.web.house import House
from tests.web.visitor import Got

_CARD = re.compile(r'<a class="open" href="/approvals/(\w+)">(.*?)</a>', re.DOTALL)
_TICKED = re.compile(r'<input type="checkbox" name="(item-\w+)" value="(\w+)" checked>')
_NEXT = re.compile(r'href="(/approvals\?after=\w+)"')


def whose(page: Got) -> dict[str, str]:
    """Give who asked for each item of a page, by its id."""
    cards = _CARD.findall(page.html)
    return {item: re.search(r"<span>Asked by program (.*?)</span>", inside)[1] for item, inside in cards}  # type: ignore[index]


async def walked(house: House) -> dict[str, str]:
    anna, path, found = await house.signed_in(), "/approvals", dict[str, str]()
    while path:
        page = await anna.get(path)
        found |= whose(page)
        behind = _NEXT.search(page.html)
        path = behind[1] if behind else ""
    return found


@pytest.mark.parametrize("count", [150, pytest.param(1_500, marks=pytest.mark.slow("walks fifteen pages"))])
async def test_pages_lead_to_the_end_and_each_item_says_which_program_asked_for_it(
    house: House, count: int
) -> None:
    asked = await house.proposed()
    a_crowd(house.road.settings.home / "pressroom.db", asked.proposal_id or "", count=count - 1, programs=20)
    first = await (await house.signed_in()).get("/approvals")
    assert f"{count:,} wait for you; 100 of them are here." in first.text
    found = await walked(house)
    assert found.pop(asked.proposal_id or "") == "planner"
    assert found == {f"f{number:031x}": f"bot {number % 20}" for number in range(1, count)}


async def test_a_post_whose_proposal_expired_still_names_its_program(house: House) -> None:
    await house.proposed()
    house.road.clock.advance(4 * 3600)
    anna = await house.signed_in()
    page = await anna.get("/approvals")
    assert "Asked by program planner" in page.text
    assert "Its time is over: " in page.text
    (post,) = house.road.posts
    shown = await anna.get(f"/approvals/{post.id}")
    assert "Asked by program planner" in shown.text
    assert "Its time is over, so it needs another" in shown.text
    assert f"pressroom schedule approve {post.id} --at WHEN" in shown.text
    assert "Goes out" not in shown.text
    assert f"/approvals/{post.id}/approve" not in shown.forms
    assert f"/approvals/{post.id}/decline" in shown.forms


@pytest.mark.parametrize(
    ("at", "words"),
    [(date(2026, 11, 30), "Monday 30 November 2026, no time yet"), (When.OPEN, "No time yet")],
)
async def test_a_post_without_a_time_is_shown_with_what_is_known_of_it(
    house: House, at: date | str, words: str
) -> None:
    waits = PostState.AWAITING_APPROVAL
    planned = await house.owner.posts.submit(a_picture(a_file(house.directory)), at=at, state=waits)
    anna = await house.signed_in()
    assert words in (await anna.get("/approvals")).text
    shown = await anna.get(f"/approvals/{planned.post.id}")
    assert f"When {words}" in shown.text
    assert "at once" not in shown.text.lower()
    assert f"pressroom schedule approve {planned.post.id} --at WHEN" in shown.text


async def planned_week(house: House, *captions: str) -> list[Post]:
    """Let a program propose a post for each of the next days, the last day first."""
    picture = a_file(house.directory)
    for day in reversed(range(len(captions))):
        await house.proposed(a_picture(picture, captions[day]), at=f"+{day}d" if day else "+1h")
    return sorted(house.road.posts, key=lambda post: post.due_at or house.road.clock.now())


async def test_a_week_is_shown_whole_in_the_order_of_its_times_and_approved_by_one_click(
    house: House,
) -> None:
    captions = [f"Day {day}. {'A long caption. ' * 40}end." for day in range(4)]
    posts, anna = await planned_week(house, *captions), await house.signed_in()
    page = await anna.get("/approvals/week")
    places = [page.html.index(text) for text in captions]
    assert places == sorted(places)
    assert page.text.count("Asked by program planner") == 4
    (action,) = [one for one in page.forms if "week" in one]
    got = await anna.press(page, action, **dict(_TICKED.findall(page.html)))
    assert got.status == 303
    assert {house.road.post(post.id).state for post in posts} == {PostState.SCHEDULED}
    assert "Nothing of this week waits for you." in (await anna.get("/approvals/week")).text


async def test_of_a_week_what_is_not_ticked_or_was_changed_since_is_not_let_out(house: House) -> None:
    (first, second, third), anna = await planned_week(house, "One", "Two", "Three"), await house.signed_in()
    page = await anna.get("/approvals/week")
    ticked = dict(_TICKED.findall(page.html))
    del ticked[next(iter(ticked))]
    async with program(house.road) as planner:
        await planner.posts.edit(second.id, caption="Buy now")
    (action,) = [one for one in page.forms if "week" in one]
    got = await anna.press(page, action, **ticked)
    assert got.status == 409
    assert "Buy now" in got.text
    states = [house.road.post(post.id).state for post in (first, second, third)]
    assert states == [PostState.AWAITING_APPROVAL, PostState.AWAITING_APPROVAL, PostState.SCHEDULED]


async def test_another_week_is_a_click_away_and_an_empty_one_leads_to_the_next_with_something(
    house: House,
) -> None:
    await house.proposed(a_picture(a_file(house.directory), "Much later"), at="+20d")
    anna = await house.signed_in()
    page = await anna.get("/approvals/week")
    assert "Much later" not in page.text
    (later,) = re.findall(r'href="(/approvals/week\?of=[\d-]+)">The next one', page.html)
    assert "Much later" in (await anna.get(later)).text
    assert (await anna.get("/approvals/week?of=nonsense")).status == 422
    assert (await house.visitor().get("/approvals/week")).status == 401


async def test_a_proposed_edit_and_move_are_shown_before_and_after_in_the_zone_of_the_post(
    house: House,
) -> None:
    mine = await house.owner.posts.submit(a_picture(a_file(house.directory), "Hello"), at="+3h")
    async with program(house.road) as planner:
        for change in (
            planner.posts.edit(mine.post.id, caption="Goodbye"),
            planner.posts.move(mine.post.id, "+1h"),
        ):
            with pytest.raises(Exception, match="has to let this out"):
                await change
            house.road.clock.advance(1)  # the newest is listed first
    anna = await house.signed_in()
    listed = await anna.get("/approvals")
    moved, edited = whose(listed)
    assert "Caption Before Hello After Goodbye" in (await anna.get(f"/approvals/{edited}")).text
    text = (await anna.get(f"/approvals/{moved}")).text
    assert re.search(
        r"Goes out Before Tuesday 24 November 2026, 18:00 Europe/Istanbul "
        r"After Tuesday 24 November 2026, 16:00 Europe/Istanbul",
        text,
    ), text
