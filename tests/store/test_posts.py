"""What the repository of posts promises, on both databases."""

import ast
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import update

from pressroom.core.account import AccountId, Spending
from pressroom.core.actor import Actor, ActorKind
from pressroom.core.assets import Asset
from pressroom.core.errors import AnotherSendOpen, Conflict, KeyReused, NotFound, PressroomError, Refused
from pressroom.core.journal import FieldChange
from pressroom.core.post import Attention, Look, Post, PostId, PostKind, PostOptions, PostState, SendState
from pressroom.core.stored_posts import AddedPost, Cursor, PostQuery
from pressroom.graph.answers import ContainerStatus, MediaId
from pressroom.store import tables as t
from pressroom.store.store import Store
from tests.fakes.clock import FakeClock
from tests.store.plans import plans
from tests.store.posts import (
    a_container,
    a_post,
    a_send,
    after,
    an_event,
    changed,
    chip_of,
    live,
    publishing,
    stored,
)

pytestmark = pytest.mark.proves("postgresql")

DAY = 86_400


def test_a_new_post_is_given_back_with_the_time_it_was_made(store: Store, clock: FakeClock) -> None:
    post = a_post()
    added = store.posts.add(post)
    assert added == AddedPost(replace(post, created_at=clock.now()), is_replay=False)
    assert store.posts.get(post.id) == added.post


def test_a_post_tells_who_made_it(store: Store) -> None:
    post = stored(store, actor=Actor(ActorKind.PROGRAM, "planner").id)
    store.posts.save(changed(post, problem="x"), post)
    assert store.posts.get(post.id).actor == "program:planner"


def test_a_post_that_is_not_there_is_not_found(store: Store) -> None:
    with pytest.raises(NotFound, match="no post nobody"):
        store.posts.get(PostId("nobody"))
    nobody = a_post(id=PostId("nobody"), created_at=after(0))
    with pytest.raises(NotFound):
        store.posts.save(changed(nobody), nobody)


def test_the_same_submit_again_gives_the_same_post(store: Store) -> None:
    first = store.posts.add(a_post(idempotency_key="k"), "hash")
    again = store.posts.add(a_post(idempotency_key="k"), "hash")
    assert again == AddedPost(first.post, is_replay=True)
    assert len(store.posts.list(PostQuery()).posts) == 1


def test_a_replay_tells_how_far_the_post_has_come(store: Store) -> None:
    post = store.posts.add(a_post(idempotency_key="k"), "hash").post
    store.posts.save(changed(post, state=PostState.CANCELLED), post)
    assert store.posts.add(a_post(idempotency_key="k"), "hash").post.state is PostState.CANCELLED


def test_a_key_that_stands_for_other_content_is_refused_and_nothing_is_stored(store: Store) -> None:
    first = store.posts.add(a_post(idempotency_key="k"), "hash").post
    with pytest.raises(KeyReused, match=first.id):
        store.posts.add(a_post(idempotency_key="k"), "other")
    assert store.posts.list(PostQuery()).posts == (first,)


def test_keys_are_each_accounts_own(store: Store) -> None:
    store.posts.add(a_post(idempotency_key="k", account="a"), "hash")
    assert not store.posts.add(a_post(idempotency_key="k", account="b"), "other").is_replay


def test_keys_are_each_programs_own_and_persons_share_theirs(store: Store) -> None:
    def add(actor: str | None) -> AddedPost:
        return store.posts.add(a_post(idempotency_key="order-1", actor=actor), f"hash of {actor}")

    programs = [add(f"program:{name}") for name in ("shop", "blog")]
    assert not any(added.is_replay for added in (*programs, add("person:anna")))
    assert add("program:shop").post == programs[0].post
    for person in ("person:ben", None):
        with pytest.raises(KeyReused):
            add(person)


def test_a_key_is_free_again_after_ninety_days(store: Store, clock: FakeClock) -> None:
    first = store.posts.add(a_post(idempotency_key="k"), "hash").post
    clock.advance(90 * DAY - 1)
    assert store.posts.add(a_post(idempotency_key="k"), "hash").is_replay
    clock.advance(1)
    second = store.posts.add(a_post(idempotency_key="k"), "other")
    assert not second.is_replay
    assert store.posts.add(a_post(idempotency_key="k"), "other").post.id == second.post.id != first.id


def test_old_keys_can_be_forgotten(store: Store, clock: FakeClock) -> None:
    store.posts.add(a_post(idempotency_key="k"), "hash")
    assert store.posts.forget_keys(clock.now()) == 0
    clock.advance(1)
    assert store.posts.forget_keys(clock.now()) == 1


def test_one_key_submitted_at_the_same_moment_makes_one_post(store: Store) -> None:
    start = threading.Barrier(8)

    def submit(_: int) -> AddedPost:
        post = a_post(idempotency_key="k")
        start.wait()
        return store.posts.add(post, "hash")

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(submit, range(8)))
    assert [answer.is_replay for answer in answers].count(False) == 1
    assert len({answer.post.id for answer in answers}) == 1


def test_several_posts_are_stored_together_or_not_at_all(store: Store) -> None:
    store.posts.add(a_post(idempotency_key="k"), "hash")
    wanted = [(a_post(), ""), (a_post(idempotency_key="k"), "other")]
    with pytest.raises(KeyReused):
        store.posts.add_all(wanted)
    assert len(store.posts.list(PostQuery()).posts) == 1
    added = store.posts.add_all([(a_post(), ""), (a_post(idempotency_key="k"), "hash"), (a_post(), "")])
    assert [one.is_replay for one in added] == [False, True, False]
    assert len(store.posts.list(PostQuery()).posts) == 3


def test_what_is_said_of_new_posts_is_kept_with_them_and_of_a_replay_nothing(store: Store) -> None:
    earlier = store.posts.add(a_post(idempotency_key="k"), "hash").post
    new, again = a_post(), a_post(idempotency_key="k")
    said = [an_event(new, "planned"), an_event(again, "planned")]
    store.posts.add_all([(new, ""), (again, "hash")], events=said)
    assert [store.events.list(post.id) for post in (new, again, earlier)] == [(said[0],), (), ()]


def test_one_key_twice_in_one_go_makes_one_post(store: Store) -> None:
    first, second = store.posts.add_all(
        [(a_post(idempotency_key="k"), "h"), (a_post(idempotency_key="k"), "h")]
    )
    assert (first.is_replay, second.is_replay) == (False, True)
    assert first.post.id == second.post.id


def test_a_post_is_found_by_the_start_of_its_id(store: Store) -> None:
    one, two = stored(store, id=PostId("ab12cd")), stored(store, id=PostId("ab12ef"))
    assert store.posts.find("ab12c") == one
    assert store.posts.find("ab12ef") == two
    with pytest.raises(NotFound, match="post ab12cd, post ab12ef"):
        store.posts.find("ab12")
    with pytest.raises(NotFound, match="no post ab12%"):
        store.posts.find("ab12%")


@pytest.mark.parametrize("start", ["", "a", "ab1"])
def test_the_only_post_is_not_found_by_next_to_nothing_of_its_id(store: Store, start: str) -> None:
    stored(store, id=PostId("ab12cd"))
    with pytest.raises(Refused, match="too little of an id"):
        store.posts.find(start)


def test_a_whole_id_is_found_although_a_longer_one_starts_like_it(store: Store) -> None:
    one, _ = stored(store, id=PostId("ab")), stored(store, id=PostId("ab1"))
    assert store.posts.find("ab") == one


def test_a_change_is_kept_with_containers_sends_and_events(store: Store) -> None:
    post = stored(store, assets=(Asset("a.jpg", copy="/c/a.jpg"), Asset("b.mp4")))
    sent = publishing(post)
    store.posts.save(sent, post, [an_event(post)])
    assert store.posts.get(post.id) == sent
    begun = FieldChange(name="state", before="scheduled", after="publishing")
    stored_event = replace(an_event(post), changes=(begun,), version=sent.version)
    assert store.events.list(post.id) == (stored_event,)

    look = Look(at=after(30), status=ContainerStatus.FINISHED, candidates=frozenset({MediaId("m9")}))
    looked = changed(
        sent,
        sends=(replace(sent.sends[0], looks=(look,), doubtful_at=after(26)),),
        containers=(a_container(status=ContainerStatus.FINISHED), a_container("c2", item=1)),
        assets=(Asset("b.mp4"),),
    )
    store.posts.save(looked, sent)
    assert store.posts.get(post.id) == looked


def test_what_somebody_else_changed_is_not_overwritten(store: Store) -> None:
    post = stored(store)
    store.posts.save(changed(post, state=PostState.CANCELLED), post)
    with pytest.raises(Conflict, match="cancelled now"):
        store.posts.save(publishing(post), post, [an_event(post)])
    kept = store.posts.get(post.id)
    assert (kept.state, kept.containers, store.events.list(post.id)) == (PostState.CANCELLED, (), ())


def test_of_two_changes_at_the_same_moment_one_is_kept(store: Store) -> None:
    post = stored(store)
    start = threading.Barrier(4)

    def change(number: int) -> bool:
        start.wait()
        try:
            store.posts.save(changed(post, problem=str(number)), post)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(change, range(4))).count(True) == 1


def test_a_change_without_a_higher_revision_is_a_mistake_in_the_program(store: Store) -> None:
    post = stored(store)
    with pytest.raises(AssertionError):
        store.posts.save(replace(post, state=PostState.CANCELLED), post)


def test_an_account_has_one_open_send_at_a_time(store: Store) -> None:
    first, second = stored(store), stored(store)
    sent = publishing(first)
    store.posts.save(sent, first)
    assert store.posts.open_send("default") == first.id
    with pytest.raises(AnotherSendOpen, match=first.id):
        store.posts.save(publishing(second), second)
    assert store.posts.get(second.id) == second

    store.posts.save(live(sent), sent)
    assert store.posts.open_send("default") is None
    store.posts.save(publishing(second), second)


def test_another_accounts_open_send_is_in_nobodys_way(store: Store) -> None:
    for post in (stored(store, account="a"), stored(store, account="b")):
        store.posts.save(publishing(post), post)
    assert store.posts.open_send("a") != store.posts.open_send("b")


def test_a_second_send_of_a_post_waits_for_the_end_of_the_first(store: Store) -> None:
    post = stored(store)
    sent = publishing(post)
    store.posts.save(sent, post)
    refused = replace(sent.sends[0], state=SendState.REFUSED, code=9007, subcode=2207027)
    again = changed(sent, sends=(refused, a_send(2)))
    store.posts.save(again, sent)
    assert store.posts.get(post.id).sends == again.sends


def test_nothing_is_sent_whose_container_is_not_on_record(store: Store) -> None:
    post = stored(store)
    with pytest.raises(PressroomError, match=r"(?i)fk_sends|foreign key"):
        store.posts.save(changed(post, state=PostState.PUBLISHING, sends=(a_send(),)), post)
    assert store.posts.get(post.id) == post


def test_the_ids_of_live_posts_are_known_by_account(store: Store) -> None:
    for account, media in (("a", "m1"), ("a", "m2"), ("b", "m3")):
        stored(store, account=account, state=PostState.PUBLISHED, media_id=MediaId(media))
    stored(store, account="a")
    assert store.posts.known_media("a") == {"m1", "m2"}


def test_what_an_account_has_planned_is_given_with_its_places(store: Store) -> None:
    """Both ends count; what is over, and what is held back, takes no room."""
    late, early = stored(store, due_at=after(20)), stored(store, due_at=after(10))
    stored(store, due_at=after(30))
    stored(store, due_at=after(15), state=PostState.DRAFT)
    stored(store, due_at=after(15), state=PostState.CANCELLED)
    stored(store, due_at=after(15), account="b")
    assert store.posts.planned("default", after(10), after(20)) == (
        Cursor(after(10), early.id),
        Cursor(after(20), late.id),
    )


def test_new_containers_and_publishing_enter_the_ledger_once(store: Store) -> None:
    post = stored(store)
    sent = publishing(post)
    store.posts.save(sent, post)
    done = live(sent)
    store.posts.save(done, sent)
    store.posts.save(changed(done, permalink="https://example.com/p/1"), done)
    assert store.quota.spent("default", Spending.CONTAINER, after(-1)) == (after(0),)
    assert store.quota.spent("default", Spending.PUBLISH, after(-1)) == (after(10),)


def listed(store: Store, **query: Any) -> list[Post]:
    return list(store.posts.list(PostQuery(**query)).posts)


def test_posts_are_listed_by_due_time_one_that_is_due_now_by_its_making(store: Store) -> None:
    late, now, early = (
        stored(store, due_at=after(20)),
        stored(store, due_at=None),
        stored(store, due_at=after(-5)),
    )
    assert listed(store) == [early, now, late]
    assert listed(store, newest_first=True) == [late, now, early]


def test_a_list_goes_on_behind_a_row_that_an_earlier_release_put_elsewhere(store: Store) -> None:
    """It had what is out stand at when that was due; a post does not tell which release kept it last."""
    sent = publishing(due := stored(store, due_at=after(1)))
    store.posts.save(sent, due)
    done = live(sent)
    store.posts.save(done, sent)
    between = stored(store, due_at=after(3))
    assert listed(store) == [between, done]
    with store.database.writing() as connection:
        connection.execute(update(t.posts).where(t.posts.c.id == done.id).values(goes_out_at=after(1)))
    assert listed(store) == [done, between]
    assert listed(store, after=store.posts.place(done.id)) == [between]


def test_lists_are_narrowed_by_state_account_and_due_time(store: Store) -> None:
    a = stored(store, account="a", due_at=after(1))
    b = stored(store, account="b", due_at=after(2))
    c = stored(store, account="b", due_at=after(3), state=PostState.FAILED)
    assert listed(store, account="b") == [b, c]
    assert listed(store, states=[PostState.FAILED, PostState.MISSED]) == [c]
    assert listed(store, states=[PostState.SCHEDULED], account="b") == [b]
    assert listed(store, accounts=("b", "c")) == listed(store, accounts=("b",)) == [b, c]
    assert listed(store, accounts=("a", "b"), account="b", states=[PostState.SCHEDULED]) == [b]
    assert listed(store, accounts=()) == []
    assert store.posts.count(PostQuery(accounts=(AccountId("a"), AccountId("c")))) == 1
    assert listed(store, due_from=after(2)) == [b, c]
    assert listed(store, due_before=after(2)) == [a]


@pytest.mark.parametrize("newest_first", [False, True])
def test_pages_follow_each_other_without_a_gap_or_a_double(store: Store, newest_first: bool) -> None:
    posts = [stored(store, due_at=after(number // 3)) for number in range(10)]
    seen: list[Post] = []
    place: Cursor | None = None
    while True:
        page = store.posts.list(PostQuery(limit=4, after=place, newest_first=newest_first))
        seen += page.posts
        place = page.next
        if place is None:
            break
    assert seen == (posts[::-1] if newest_first else posts)


PAGE = Cursor(after(100), PostId("f"))


@pytest.mark.parametrize(
    "query",
    [
        PostQuery(),
        PostQuery(newest_first=True, after=PAGE),
        PostQuery(due_from=after(10), due_before=after(20)),
        PostQuery(account="a", due_from=after(10), newest_first=True),
        PostQuery(account="a", states=[PostState.FAILED]),
        PostQuery(accounts=(AccountId("a"),), newest_first=True),
        PostQuery(accounts=(AccountId("a"), AccountId("b")), newest_first=True),
        PostQuery(account="a", login="a", due_from=after(10)),
        PostQuery(states=[PostState.FAILED], after=PAGE),
        PostQuery(states=[state for state in PostState if state is not PostState.PUBLISHED], limit=10),
        PostQuery(states=list(PostState), account="b", due_before=after(50), after=PAGE),
    ],
    ids=range(11),
)
def test_every_list_goes_by_an_index(file: Store, query: PostQuery) -> None:
    """On SQLite alone: for so few posts a server reads the whole table, and rightly."""
    file.posts.add_all(
        [(a_post(due_at=after(number), account="ab"[number % 2]), str(number)) for number in range(300)]
    )
    plan, *_ = plans(file, lambda: file.posts.list(query))
    # A row of a plan: its number, its parent's, and what is done. The parent 0 is the list itself.
    steps = [step for _, parent, _, step in map(ast.literal_eval, plan.splitlines()) if not parent]
    assert "INDEX ix_posts_" in steps[0], steps
    assert not any("TEMP B-TREE" in step for step in steps), steps


def test_a_calendar_shows_what_its_posts_are(store: Store) -> None:
    options = PostOptions(caption="Hello \0 \n again, " * 9)
    first = stored(store, due_at=after(10), options=options, kind=PostKind.REEL, timezone="Asia/Tokyo")
    other = stored(store, account="b", due_at=after(20))
    stored(store, due_at=after(30))
    asking = changed(first, state=PostState.NEEDS_ATTENTION, attention=Attention.LATE)
    store.posts.save(asking, first)
    assert store.posts.chips(after(10), after(30)) == (chip_of(asking), chip_of(other))
    assert store.posts.chips(after(10), after(30), ["b", "nobody"]) == (chip_of(other),)
    assert store.posts.chips(after(10), after(30))[0].title == "Hello again, Hello again, Hello again,…"


@pytest.mark.parametrize("accounts", [(), ["a", "b"]])
def test_a_calendar_goes_by_an_index(file: Store, accounts: list[str]) -> None:
    file.posts.add_all(
        [(a_post(due_at=after(number), account="abc"[number % 3]), str(number)) for number in range(300)]
    )
    *_, plan = plans(file, lambda: file.posts.chips(after(10), after(20), accounts))
    assert "SEARCH posts USING INDEX ix_posts_" in plan


def test_posts_are_counted_by_state(store: Store) -> None:
    stored(store)
    stored(store, account="b")
    stored(store, state=PostState.MISSED)
    assert store.posts.counts() == {PostState.SCHEDULED: 2, PostState.MISSED: 1}
    assert store.posts.counts("b") == {PostState.SCHEDULED: 1}


def test_a_file_name_that_is_not_text_is_refused_clearly(store: Store) -> None:
    with pytest.raises(Refused, match="not UTF-8"):
        stored(store, assets=(Asset("bad\udcff.jpg"),))


async def test_operations_run_beside_the_event_loop(store: Store) -> None:
    """The operation is in another thread, and its answer and its error come back."""
    added = await store.run(store.posts.add, a_post())
    assert await store.run(store.posts.get, added.post.id) == added.post
    assert await store.run(threading.get_ident) != threading.get_ident()
    with pytest.raises(NotFound):
        await store.run(store.posts.get, PostId("nobody"))
