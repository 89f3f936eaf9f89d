"""Moving posts: the time changes and nothing else, what must not move does not, and nobody is overwritten."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from pressroom.core.errors import Conflict
from pressroom.core.post import Attention, Post, PostState, When
from pressroom.service.posts.changes import MOVABLE
from tests.publish.test_operations_stored import in_state
from tests.service.road import a_photo
from tests.web.house import House
from tests.web.visitor import Got, Visitor

S = PostState
# Of Istanbul, where is read, it is 15:00.
DUE = datetime(2026, 11, 26, 12, 0, 7, tzinfo=UTC)
TIME = {"due_at", "when", "day", "version", "revision", "wake_at"}
# What Instagram was given for it does not last until then, and is made anew.
ANEW = {"state", "containers"}
MADE = (S.PREPARING, S.READY)
LATE = (S.FAILED, S.MISSED, S.NEEDS_ATTENTION)


@dataclass
class Desk:
    """Somebody at the pages."""

    house: House
    visitor: Visitor
    csrf: str

    async def plan(self, state: PostState, *, due: datetime | str = DUE, caption: str = "") -> Post:
        """Store a post that stands as posts in this state do, in a zone of its own."""
        wanted = a_photo(caption or f"A {state}")
        posts, store = self.house.owner.posts, self.house.road.store.posts
        draft = (await posts.submit(wanted, at=due, timezone="Asia/Tokyo", state=S.DRAFT)).post
        if state is S.DRAFT:
            return draft
        late = Attention.LATE if state is S.NEEDS_ATTENTION else None
        post = in_state(draft, state, self.house.road.clock, late)
        store.save(post, draft)
        return store.get(post.id)

    async def send(self, path: str, sent: Mapping[str, str]) -> Got:
        return await self.visitor.post(path, {"csrf": self.csrf, **sent}, accept="application/json")

    async def move(self, post: Post, **sent: str) -> dict[str, Any]:
        got = await self.send(f"/posts/{post.id}/move", {"version": str(post.version), **sent})
        return {"status": got.status, **json.loads(got.body)}

    async def undo(self, answer: Mapping[str, Any]) -> dict[str, Any]:
        got = await self.send(answer["undo"]["path"], answer["undo"]["fields"])
        return {"status": got.status, **json.loads(got.body)}

    def now(self, post: Post) -> Post:
        return self.house.road.post(post.id)


@pytest.fixture
async def desk(house: House) -> Desk:
    visitor = await house.signed_in()
    return Desk(house, visitor, (await visitor.get("/calendar/month")).forms["/sign-out"]["csrf"])


def differing(before: Post, after: Post) -> set[str]:
    """Name the fields that differ, also those that posts are not compared by."""
    return {field.name for field in fields(Post) if getattr(before, field.name) != getattr(after, field.name)}


def at(moment: str) -> dict[str, object]:
    return {"when": When.TIME, "due_at": datetime.fromisoformat(moment), "day": None}


# What is sent, and the time that the post has then; None: what was let go is refused that.
WAYS: dict[str, tuple[dict[str, str], dict[str, object], bool]] = {
    "a drop on a day": ({"day": "2026-11-28"}, at("2026-11-28T12:00:07Z"), True),
    "a drop on an hour": ({"day": "2026-11-28", "time": "09:00"}, at("2026-11-28T06:00Z"), True),
    "a drop on the next month": ({"month": "2026-12"}, at("2026-12-26T12:00:07Z"), True),
    "words": ({"at": "2026-11-30 18:00"}, at("2026-11-30T15:00Z"), True),
    "a day alone": (
        {"day": "2026-11-28", "time": ""},
        {"when": When.DAY, "due_at": None, "day": date(2026, 11, 28)},
        False,
    ),
    "the shelf": ({"open": "1"}, {"when": When.OPEN, "due_at": None, "day": None}, False),
}


@pytest.mark.parametrize("way", WAYS)
async def test_each_way_to_move_changes_the_time_alone_or_says_why_not_and_is_undone(
    desk: Desk, way: str
) -> None:
    sent, wanted, is_for_all = WAYS[way]
    for state in PostState:
        before = await desk.plan(state)
        answer = await desk.move(before, **sent)
        after = desk.now(before)
        if state not in MOVABLE:
            assert (answer["status"], after) == (422, before), state
            words = f"This post is {state.replace('_', ' ')}: it cannot be moved any more."
            assert answer["title"] == words or (not is_for_all and "cannot be moved" in answer["title"])
            assert ("“Plan again” on its page" in answer["text"]) is (state in LATE)
            continue
        if not is_for_all and not state.is_held:
            assert (answer["status"], after) == (422, before), state
            assert answer["title"] == "This post was let go, and needs a time."
            continue
        assert answer["status"] == 200, (state, answer)
        assert {name: getattr(after, name) for name in wanted} == wanted
        anew = ANEW if state in MADE else set[str]()
        assert differing(before, after) <= TIME | anew
        assert ("made anew" in answer["words"]) is bool(anew)
        assert (await desk.undo(answer))["words"].startswith(
            "Moved back to Thursday 26 November 2026, 15:00."
        )
        assert differing(before, desk.now(before)) <= {"version", "revision", "wake_at"} | anew


@pytest.mark.parametrize(
    ("change", "movable"),
    [
        ({"change": "move", "way": "+", "count": "1", "unit": "d"}, MOVABLE),
        ({"change": "cancel"}, {*MOVABLE, *LATE}),
    ],
    ids=["move", "cancel"],
)
async def test_several_are_shown_what_becomes_of_each_and_then_changed_as_they_were_shown(
    desk: Desk, change: dict[str, str], movable: set[PostState]
) -> None:
    before = [await desk.plan(state) for state in PostState]
    chosen = {f"p-{post.id}": str(post.version) for post in before}
    preview = await desk.visitor.post(
        "/posts/several/preview", {"csrf": desk.csrf, **chosen, **change, "back": "/calendar/week"}
    )
    assert [desk.now(post) for post in before] == before
    assert f"{len(movable)} of {len(before)} will be" in preview.text
    confirm = preview.forms["/posts/several/change"]
    assert {name for name in confirm if name.startswith("p-")} == {
        f"p-{post.id}" for post in before if post.state in movable
    }
    done = await desk.visitor.press(preview, "/posts/several/change")
    assert (
        f"{len(movable)} of {len(movable)} {'moved' if change['change'] == 'move' else 'cancelled'}."
        in done.text
    )
    for post in before:
        after = desk.now(post)
        if post.state not in movable:
            assert after == post
        elif change["change"] == "cancel":
            assert after.state is S.CANCELLED
        else:
            assert after.due_at == DUE + timedelta(days=1)
            assert differing(post, after) <= TIME | (ANEW if post.state in MADE else set())


async def test_whoever_saw_an_earlier_version_is_told_who_changed_what_and_overwrites_nothing(
    desk: Desk,
) -> None:
    post, other = await desk.plan(S.SCHEDULED), await desk.plan(S.DRAFT)
    moved = await desk.house.owner.posts.move(post.id, "2026-11-27 09:00")
    answer = await desk.move(post, day="2026-11-28")
    assert (answer["status"], desk.now(post)) == (409, moved)
    assert answer["title"].startswith(
        "This post was changed since you saw it, and stays as it is now. anna, 15:00:"
    )
    assert "to 2026-11-27 09:00 Asia/Tokyo" in answer["title"]
    sent = {"change": "move", "way": "+", "count": "2", "unit": "h"}
    seen = {f"p-{each.id}": str(each.version) for each in (post, other)}
    shown = await desk.visitor.post("/posts/several/preview", {"csrf": desk.csrf, **sent, **seen})
    assert "It was changed since you selected it: this is as it is now." in shown.text
    done = await desk.visitor.post("/posts/several/change", {"csrf": desk.csrf, **sent, **seen})
    assert "1 of 2 moved." in done.text
    assert "Stays as it is. This post was changed since you saw it" in done.text
    assert (desk.now(post), desk.now(other).due_at) == (moved, DUE + timedelta(hours=2))


async def test_of_a_drop_and_a_worker_that_leases_the_post_one_is_first_and_the_other_is_told(
    desk: Desk,
) -> None:
    store, clock = desk.house.road.store.posts, desk.house.road.clock
    post = await desk.plan(S.READY, due=clock.now() + timedelta(hours=3))
    leased = store.take_lease(post.id, "worker", lease_s=60)
    assert leased
    assert (await desk.move(post, day="today", time="20:00"))["status"] == 200
    assert differing(post, desk.now(post)) <= TIME, "what is ready stays so while it lasts"
    with pytest.raises(Conflict):
        store.save(in_state(leased, S.PUBLISHING, clock), leased)
    sent = await desk.plan(S.PUBLISHING)
    answer = await desk.move(sent, day="2026-11-28")
    assert (answer["status"], answer["title"]) == (
        422,
        "This post is publishing: it cannot be moved any more.",
    )
    assert desk.now(sent) == sent


async def test_what_was_let_go_is_not_moved_or_moved_back_to_where_nobody_could_stop_it(desk: Desk) -> None:
    clock = desk.house.road.clock
    soon = clock.now() + timedelta(seconds=50)
    later = clock.now() + timedelta(minutes=10)
    post, draft = await desk.plan(S.SCHEDULED, due=soon), await desk.plan(S.DRAFT, due=later)
    answer = await desk.move(post, day="2026-11-28")
    moved = desk.now(post)
    for refused in (
        await desk.undo(answer),
        await desk.move(moved, at="now"),
        await desk.move(moved, day="today"),
    ):
        assert (refused["status"], desk.now(post)) == (422, moved)
        assert "before anybody could stop it" in refused["title"]
    over = await desk.move(moved, day="2026-11-20")
    assert (over["status"], over["text"]) == (422, "Choose a later time.")
    # A draft waits for a person, whatever its time.
    answer = await desk.move(draft, day="2026-11-28")
    clock.advance(3600)
    assert (await desk.undo(answer))["status"] == 200
    assert (desk.now(draft).due_at, desk.now(draft).state) == (later, S.DRAFT)


async def test_an_undo_is_refused_once_somebody_else_changed_the_post(desk: Desk) -> None:
    post = await desk.plan(S.SCHEDULED)
    answer = await desk.move(post, day="2026-11-28")
    edited = await desk.house.owner.posts.edit(post.id, caption="Another text")
    refused = await desk.undo(answer)
    assert (refused["status"], desk.now(post)) == (409, edited)


@pytest.mark.parametrize(
    ("when", "sent", "words"),
    [
        ("2027-03-27 02:30", {"day": "2027-03-28"}, "Use 2027-03-28 03:30."),
        ("2027-10-30 02:30", {"day": "2027-10-31"}, "2027-10-31 02:30 comes twice"),
        (
            "2027-10-31T01:30:05+00:00",
            {"day": "2027-10-31", "time": "02:30"},
            "It stays at Sunday 31 October",
        ),
        (
            "2026-12-31 09:00",
            {"month": "2027-02"},
            "Sunday 28 February 2027, 09:00. That month has no day 31.",
        ),
    ],
    ids=["skipped", "twice", "the second of two", "a shorter month"],
)
async def test_days_that_lack_or_repeat_an_hour_and_months_that_lack_a_day(
    desk: Desk, when: str, sent: dict[str, str], words: str
) -> None:
    desk.visitor.cookies["pressroom-reader"] = "zone=Europe/Berlin|first=0"
    post = (
        await desk.house.owner.posts.submit(a_photo(), at=when, timezone="Europe/Berlin", state=S.DRAFT)
    ).post
    answer = await desk.move(post, **sent)
    assert words in f"{answer.get('words')} {answer.get('title')} {answer.get('text')}"
    is_moved = answer["status"] == 200 and "stays" not in words
    assert (desk.now(post) == post) is not is_moved


@pytest.mark.parametrize("at_first", ["now", "open", "2026-12-01"])
async def test_what_has_no_time_gets_one_and_gives_it_back(desk: Desk, at_first: str) -> None:
    when = date.fromisoformat(at_first) if at_first.startswith("2") else at_first
    post = (await desk.house.owner.posts.submit(a_photo(), at=when, state=S.DRAFT)).post
    answer = await desk.move(post, day="2026-11-28", time="09:00")
    assert (desk.now(post).due_at, desk.now(post).state) == (datetime(2026, 11, 28, 6, tzinfo=UTC), S.DRAFT)
    await desk.undo(answer)
    back = desk.now(post)
    assert (back.when, back.day, back.state, back.timezone) == (post.when, post.day, S.DRAFT, post.timezone)


async def test_without_a_script_a_form_moves_a_post_and_says_what_came_of_it(desk: Desk) -> None:
    post = await desk.plan(S.DRAFT, caption="<b>Open</b> studio")
    path = f"/posts/{post.id}/move"
    page = await desk.visitor.get(f"{path}?back=/calendar/week")
    assert "Move: <bdi>&lt;b&gt;Open" in page.html
    assert 'name="day" value="2026-11-26"' in page.html
    assert 'name="time" value="15:00"' in page.html
    done = await desk.visitor.press(page, path, day="2026-11-27", time="08:30")
    assert "Moved to Friday 27 November 2026, 08:30." in done.text
    assert 'href="/calendar/week"' in done.html
    undone = await desk.visitor.press(done, path)
    assert "Moved back to Thursday 26 November 2026, 15:00." in undone.text
    assert differing(post, desk.now(post)) <= {"version", "revision"}


@pytest.mark.parametrize("state", [*LATE, S.PUBLISHED, S.SCHEDULED])
async def test_what_did_not_go_out_is_planned_again_by_an_action_of_its_own(
    desk: Desk, state: PostState
) -> None:
    post = await desk.plan(state)
    moving = await desk.visitor.get(f"/posts/{post.id}/move")
    assert (f'href="/posts/{post.id}/plan-again"' in moving.html) is (state in LATE)
    path = f"/posts/{post.id}/plan-again"
    fields = {"csrf": desk.csrf, "version": str(post.version), "day": "2026-11-27", "time": "08:30"}
    done = await desk.visitor.post(path, fields)
    if state in LATE:
        assert path in (await desk.visitor.get(path)).text or "Planned again for Friday" in done.text
        assert (desk.now(post).state, desk.now(post).due_at) == (
            S.SCHEDULED,
            datetime(2026, 11, 27, 5, 30, tzinfo=UTC),
        )
    else:
        assert (done.status, desk.now(post)) == (422, post)


async def test_several_are_chosen_on_a_page_and_none_is_let_go_there(desk: Desk) -> None:
    posts = [await desk.plan(state) for state in (S.DRAFT, S.SCHEDULED, S.PUBLISHED)]
    page = await desk.visitor.get("/posts/several?since=2026-11-20&until=2026-12-01")
    assert [f'name="p-{post.id}"' in page.html for post in posts] == [True, True, False]
    sent = {"csrf": desk.csrf, "change": "approve", f"p-{posts[0].id}": "1"}
    refused = await desk.visitor.post("/posts/several/change", sent)
    assert (refused.status, desk.now(posts[0])) == (422, posts[0])
    assert "open the approvals" in refused.text
    for bad in ({"change": "move", "way": "+", "count": "x", "unit": "d"}, {"change": "move"}):
        assert (await desk.visitor.post("/posts/several/preview", {**sent, **bad})).status == 422
    nothing = await desk.visitor.post("/posts/several/preview", {"csrf": desk.csrf, "change": "cancel"})
    assert "No post is selected." in nothing.text
    near = {"change": "move", "way": "-", "count": "2", "unit": "d", f"p-{posts[1].id}": "1"}
    desk.house.road.clock.advance(30)
    assert (
        "before anybody could stop it"
        in (await desk.visitor.post("/posts/several/preview", {"csrf": desk.csrf, **near})).text
    )
