"""Planning, moving, letting go and repairing posts beside a worker."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import NoneType

import pytest

from pressroom.core.errors import KeyReused, NotFound, OutcomeUnknown, Refused, TimeIsOver
from pressroom.core.post import ContainerRecord, Post, PostKind, PostState, Send, Snapshot, When
from pressroom.core.settings import Settings
from pressroom.core.stored_posts import Cursor, PostChanged, PostQuery
from pressroom.graph.answers import ContainerId, ContainerStatus
from pressroom.graph.calls import UserTag
from pressroom.publish.machine import events as ev
from pressroom.publish.machine.transitions import step
from pressroom.service.consent.change import Change, Verb
from pressroom.service.posts.changes import BulkChange
from pressroom.service.posts.lists import Elsewhere, Selection
from pressroom.service.posts.posts import PostService
from pressroom.service.posts.storing import Schedule, Storing
from pressroom.store.store import Store, open_store
from tests.fakes.clock import FakeClock
from tests.publish.posts import a_post
from tests.service.rooms import posts_of, storing_of

URL = "https://example.com/a.jpg"


@dataclass
class Office:
    posts: PostService
    storing: Storing
    store: Store
    clock: FakeClock
    home: Path

    def plan(self, hours: float = 2, **changes: object) -> Schedule:
        schedule = Schedule(due_at=self.clock.now() + timedelta(hours=hours), timezone="Europe/Berlin")
        return replace(schedule, **changes)  # pyright: ignore[reportArgumentType]

    async def add(self, post: Post | None = None, **changes: object) -> Post:
        return (await self.storing.add(post or fresh(), self.plan(**changes))).post  # pyright: ignore[reportArgumentType]


_made = iter(range(10**6))


def fresh(*sources: str, **options: object) -> Post:
    post = a_post(PostKind.PHOTO, *(sources or (URL,)), **options)
    return replace(post, id=f"{next(_made):08x}post")  # pyright: ignore[reportArgumentType]


async def test_a_library_that_counts_from_1970_is_refused(office: Office) -> None:
    began, now = datetime(1970, 1, 1, tzinfo=UTC), office.clock.now()
    for is_late in (False, True):
        with pytest.raises(Refused, match="more than a year ago"):
            await office.posts.submit(fresh(), at=began, is_late=is_late)
    with pytest.raises(TimeIsOver, match="`is_late=True`"):
        await office.posts.submit(fresh(), at=now - timedelta(hours=1))
    kept = await office.posts.submit(fresh(), at=now - timedelta(hours=1), is_late=True)
    with pytest.raises(TimeIsOver):
        await office.posts.release(kept.post.id, now - timedelta(hours=2))


@pytest.fixture
async def office(tmp_path: Path) -> AsyncGenerator[Office]:
    clock = FakeClock()
    settings = Settings(home=tmp_path)
    with open_store(tmp_path / "pressroom.db", clock=clock) as store:
        yield Office(
            posts_of(store, settings, clock=clock),
            storing_of(store, settings, clock=clock),
            store,
            clock,
            tmp_path,
        )


async def test_a_planned_post_is_scheduled_and_woken_at_once_to_be_converted(office: Office) -> None:
    post = await office.add()
    assert (post.state, post.timezone, post.wake_at) == (
        PostState.SCHEDULED,
        "Europe/Berlin",
        office.clock.now(),
    )
    assert [due.id for due in office.store.posts.due(office.clock.now())] == [post.id]


@pytest.mark.parametrize("state", [PostState.DRAFT, PostState.AWAITING_APPROVAL])
async def test_a_post_that_is_held_back_wakes_nobody_until_it_is_approved(
    office: Office, state: PostState
) -> None:
    post = await office.add(state=state)
    assert post.state is state
    assert office.store.posts.due(office.clock.now() + timedelta(days=2)) == ()
    approved = await office.posts.approve(post.id[:8])
    assert approved.state is PostState.SCHEDULED
    assert office.store.posts.due(office.clock.now() + timedelta(days=2)) != ()


async def test_our_own_copy_is_kept_so_that_the_source_may_go(office: Office) -> None:
    source = office.home / "cat.JPG"
    source.write_bytes(b"a picture")
    post = await office.add(fresh(str(source)))
    source.unlink()
    kept = office.store.posts.get(post.id).assets[0]
    assert kept.path.read_bytes() == b"a picture"
    assert kept.source == str(source)
    assert [path.suffix for path in (office.home / "assets").iterdir()] == [".jpg"]


async def test_a_file_that_is_not_there_is_refused_and_nothing_is_stored(office: Office) -> None:
    with pytest.raises(Refused, match=r"nothing\.jpg"):
        await office.add(fresh("/nowhere/nothing.jpg"))
    assert await office.posts.find_all(PostQuery()) == ()


@pytest.mark.parametrize(
    ("sent_ago", "is_doubtful", "is_refused"),
    [
        (timedelta(seconds=5), True, True),
        (timedelta(seconds=5), False, False),  # its answer is still waited for
        (timedelta(hours=24) - timedelta(seconds=1), True, True),
        (timedelta(hours=24), True, False),
    ],
)
async def test_content_whose_send_ended_without_an_answer_is_not_published_again_for_a_day(
    office: Office, sent_ago: timedelta, is_doubtful: bool, is_refused: bool
) -> None:
    sent_at = office.clock.now() - sent_ago
    container = ContainerRecord(id=ContainerId("1"), created_at=sent_at, status=ContainerStatus.FINISHED)
    send = Send(
        container_id=container.id,
        number=1,
        started_at=sent_at,
        deadline=sent_at + timedelta(seconds=15),
        snapshot=Snapshot(),
        doubtful_at=sent_at if is_doubtful else None,
    )
    added = await office.add(hours=0)
    sent = added.changed(state=PostState.PUBLISHING, containers=(container,), sends=(send,)).following(added)
    office.store.posts.save(sent, added)
    if is_refused:
        with pytest.raises(OutcomeUnknown, match=f"Post {added.id} has the same content"):
            await office.add(hours=0)
        assert [post.id for post in await office.posts.find_all(PostQuery())] == [added.id]
    else:
        assert (await office.add(hours=0)).state is PostState.SCHEDULED


async def test_the_same_key_with_the_same_content_answers_with_the_same_post(office: Office) -> None:
    first = await office.storing.add(fresh(caption="Hi"), office.plan(idempotency_key="k1"))
    again = await office.storing.add(fresh(caption="Hi"), office.plan(hours=5, idempotency_key="k1"))
    assert (again.post.id, again.is_replay, first.is_replay) == (first.post.id, True, False)


async def test_the_same_key_with_other_content_is_refused(office: Office) -> None:
    await office.storing.add(fresh(caption="Hi"), office.plan(idempotency_key="k1"))
    with pytest.raises(KeyReused):
        await office.storing.add(fresh(caption="Ho"), office.plan(idempotency_key="k1"))


@pytest.mark.parametrize("key", ["", "  "])
async def test_a_blank_key_is_refused_since_it_would_make_nothing_safe_to_repeat(
    office: Office, key: str
) -> None:
    """A script whose variable is not set gives one, and would publish twice."""
    with pytest.raises(Refused) as refused:
        office.plan(idempotency_key=key)
    assert (refused.value.rule, refused.value.value) == ("idempotency_key", repr(key))


async def test_moving_cancelling_and_showing_by_the_start_of_an_id(office: Office) -> None:
    post = await office.add()
    moved = await office.posts.move(post.id[:8], office.clock.now() + timedelta(hours=9), "UTC")
    assert moved.due_at == office.clock.now() + timedelta(hours=9)
    await office.posts.cancel(post.id[:8])
    timeline = await office.posts.show(post.id[:8])
    assert timeline.post.state is PostState.CANCELLED
    assert [event.step for event in timeline.events] == ["planned", "moved", "cancelled"]
    with pytest.raises(Refused, match="cancelled"):
        await office.posts.move(post.id, office.clock.now(), "UTC")


async def test_an_edit_replaces_what_is_given_and_forgets_containers(office: Office) -> None:
    post = await office.add(fresh(first_comment="#cats"))
    edited = await office.posts.edit(post.id[:8], caption="New", user_tags="alice:0.5,0.5")
    assert office.store.posts.get(post.id).options == replace(
        post.options, caption="New", user_tags=(UserTag("alice", 0.5, 0.5),)
    )
    assert (edited.revision, edited.assets) == (post.revision + 1, post.assets)


async def test_an_edit_takes_other_files_and_takes_an_option_away(office: Office) -> None:
    post = await office.add(fresh(first_comment="#cats"))
    edited = await office.posts.edit(post.id, sources="https://example.com/b.jpg", first_comment=None)
    assert [asset.source for asset in edited.assets] == ["https://example.com/b.jpg"]
    assert edited.options == replace(post.options, first_comment=None)


async def test_an_edit_undoes_none_that_was_made_meanwhile(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    post, edit = await office.add(), Storing.edit

    async def raced(self: Storing, wanted: Post, **moved: str) -> Change:
        monkeypatch.undo()
        await office.posts.edit(post.id, first_comment="Theirs")
        return await edit(self, wanted, **moved)

    monkeypatch.setattr(Storing, "edit", raced)
    with pytest.raises(PostChanged, match="first_comment from nothing to “Theirs”") as changed:
        await office.posts.edit(post.id, caption="Ours")
    assert (changed.value.seen, changed.value.post.version) == (post.version, post.version + 1)
    await office.posts.edit(post.id, caption="Ours")
    options = office.store.posts.get(post.id).options
    assert (options.caption, options.first_comment) == ("Ours", "Theirs")


async def test_a_shift_of_a_postponed_post_counts_from_where_it_goes_out(office: Office) -> None:
    """A day is put off: a post that was postponed into it must not go out on it all the same."""
    post = await office.add(hours=2)
    later = office.clock.now() + timedelta(hours=26)
    postponed = replace(post, revision=post.revision + 1, postponed_to=later, postponed_because="Full.")
    office.store.posts.save(postponed, post)
    moved = await office.posts.move_by(post.id, "+1d")
    assert (moved.due_at, moved.postponed_to) == (later + timedelta(days=1), None)
    again = [one async for one in office.posts.change_each([post.id], BulkChange(Verb.MOVE, "-1d"))]
    assert [one.post and one.post.due_at for one in again] == [later]


async def test_an_edit_of_nothing_or_of_an_unknown_option_is_refused(office: Office) -> None:
    post = await office.add()
    with pytest.raises(Refused, match="Nothing was given"):
        await office.posts.edit(post.id)
    with pytest.raises(TypeError, match="Did you mean 'caption'"):
        await office.posts.edit(post.id, captoin="New")  # pyright: ignore[reportCallIssue]
    assert office.store.posts.get(post.id).revision == post.revision


async def test_a_change_the_worker_was_quicker_with_is_decided_anew(office: Office) -> None:
    """The worker takes the post up between our read and our write: the answer follows what is stored now."""
    post = await office.add()
    store = office.store
    taken, _ = step(post, ev.Woken(at=office.clock.now() + timedelta(hours=2)))
    store.posts.save(taken, post)
    cancelled = await office.posts.cancel(post.id)
    assert (cancelled.state, cancelled.revision) == (PostState.CANCELLED, taken.revision + 1)


async def test_an_unknown_id_is_not_found(office: Office) -> None:
    with pytest.raises(NotFound):
        await office.posts.show("ffff")


async def test_a_list_is_in_pages_that_follow_each_other_in_either_order(office: Office) -> None:
    posts = [await office.add(hours=hours) for hours in (3, 1, 2)]
    early, middle, late = posts[1].id, posts[2].id, posts[0].id
    first = await office.posts.find(PostQuery(limit=2))
    rest = await office.posts.find(PostQuery(limit=2, after=first.next))
    assert ([post.id for post in first.posts], [post.id for post in rest.posts]) == ([early, middle], [late])
    assert (first.next, rest.next) == (Cursor.of(posts[2]), None)
    newest = await office.posts.find(PostQuery(newest_first=True, limit=1))
    assert [post.id for post in newest.posts] == [late]
    assert len(await office.posts.find_all(PostQuery(limit=1))) == 3


@pytest.mark.parametrize("limit", [0, -1])
async def test_a_page_without_a_post_is_refused(office: Office, limit: int) -> None:
    with pytest.raises(Refused, match="one post"):
        await office.posts.find(PostQuery(limit=limit))


async def test_an_empty_week_leads_to_the_day_of_a_post_and_never_to_an_open_one(office: Office) -> None:
    selected = await office.posts.select(Selection(week="2030-02-04"))
    await office.add(due_at=None, when=When.OPEN, state=PostState.DRAFT)
    assert await office.posts.elsewhere(selected) is None
    await office.add(due_at=None, when=When.DAY, day=date(2030, 1, 2), state=PostState.DRAFT)
    assert await office.posts.elsewhere(selected) == Elsewhere(1, date(2029, 12, 31))


@pytest.mark.parametrize("at", [date(2030, 1, 2), When.OPEN])
async def test_nothing_is_let_go_at_a_day_without_a_time(office: Office, at: date | When) -> None:
    """A post that has a time would else go out at that, which is not what was asked for."""
    held = await office.add(state=PostState.DRAFT)
    going = await office.add()
    over = await office.add()
    office.store.posts.save(replace(over, state=PostState.FAILED, revision=over.revision + 1), over)
    failed = office.store.posts.get(over.id)
    for post in (held, going, failed):
        with pytest.raises(Refused) as refusal:
            await office.posts.release(post.id, at)
        assert refusal.value.rule == ("state" if post is failed else "due_time")
        assert office.store.posts.get(post.id) == post
    with pytest.raises(Refused, match="cannot be moved") as refusal:
        await office.posts.reschedule(over.id, at)
    assert "schedule reschedule" in str(refusal.value.fix)
    with pytest.raises(Refused, match="cannot be planned again"):
        await office.posts.reschedule(held.id, at)


@pytest.mark.parametrize("at", ["now", "+3h"])
async def test_what_is_held_back_is_not_planned_again(office: Office, at: str) -> None:
    held = await office.add(state=PostState.DRAFT)
    with pytest.raises(Refused, match="cannot be planned again"):
        await office.posts.reschedule(held.id, at)


@pytest.mark.parametrize("day", [date(2030, 1, 2), None])
@pytest.mark.parametrize("state", [PostState.DRAFT, PostState.AWAITING_APPROVAL])
async def test_what_has_no_time_yet_is_called_off_as_any_other_post(
    office: Office, day: date | None, state: PostState
) -> None:
    when = When.DAY if day else When.OPEN
    post = await office.add(due_at=None, when=when, day=day, state=state)
    cancelled = await office.posts.cancel(post.id)
    assert cancelled == office.store.posts.get(post.id)
    assert (cancelled.state, cancelled.when, cancelled.day) == (PostState.CANCELLED, when, day)


async def test_a_post_is_shifted_from_the_time_it_has_now(office: Office) -> None:
    post = await office.add()
    assert post.due_at is not None
    assert (await office.posts.move_by(post.id[:8], "+1h")).due_at == post.due_at + timedelta(hours=1)
    again = await office.posts.move_by(post.id, "-30m")
    assert (again.due_at, again.timezone) == (post.due_at + timedelta(minutes=30), "Europe/Berlin")
    with pytest.raises(Refused, match="not a shift"):
        await office.posts.move_by(post.id, "later")


async def test_each_of_many_is_changed_by_itself_whatever_becomes_of_the_others(office: Office) -> None:
    first, live, last = [await office.add() for _ in range(3)]
    office.store.posts.save(replace(live, state=PostState.PUBLISHED, revision=live.revision + 1), live)
    ids = [first.id, first.id[:8], live.id, "beef", last.id, first.id]
    cancel = BulkChange(Verb.CANCEL)
    rehearsed = await office.posts.rehearse_each(ids, cancel)
    assert [type(one.error) for one in rehearsed] == [NoneType, Refused, NotFound, NoneType]
    assert office.store.posts.get(first.id).state is PostState.SCHEDULED
    done = [one async for one in office.posts.change_each(ids, cancel)]
    assert [type(one.error) for one in done] == [NoneType, Refused, NotFound, NoneType]
    assert [one.post and one.post.state for one in done] == ["cancelled", "published", None, "cancelled"]


@pytest.mark.parametrize("at", [None, "now", "+5h"])
async def test_what_was_cancelled_is_not_let_go_and_nothing_is_said_of_trying_or_planning_it_again(
    office: Office, at: str | None
) -> None:
    post = await office.posts.cancel((await office.add()).id)
    with pytest.raises(Refused, match="is cancelled: it cannot be let go any more") as refusal:
        await office.posts.release(post.id, at)
    assert (refusal.value.rule, refusal.value.value) == ("state", "cancelled")
    assert "anew, as a post of its own" in refusal.value.fix
    assert office.store.posts.get(post.id) == post
