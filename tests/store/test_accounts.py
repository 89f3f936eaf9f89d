"""Apps, what was said of a login, pauses by hand beside those by an error, and the trail of who did what."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from pressroom.core.account import UNTIL_RESUMED, AccountId, LoginDetails, Pause, StoredApp
from pressroom.core.actor import ActorId
from pressroom.core.errors import Conflict, NotFound
from pressroom.core.journal import FieldChange, JournalEvent, SubjectKind, TrailQuery
from pressroom.core.post import PostState
from pressroom.core.stored_posts import Cursor, PostQuery
from pressroom.graph.hosts import LoginType
from pressroom.store.store import Store, open_store
from tests.store.plans import plans
from tests.store.posts import after, changed, live, publishing, stored
from tests.store.test_others import a_bundle

APP = StoredApp(
    login_type=LoginType.INSTAGRAM,
    place="instagram",
    app_id="15",
    sealed_secret=b"sealed",
    redirect_uri="https://app.example/back/",
)


def test_an_app_is_replaced_by_the_next_one_of_its_login_and_place(store: Store) -> None:
    store.accounts.put_app(APP)
    store.accounts.put_app(replace(APP, app_id="16"))
    store.accounts.put_app(replace(APP, place="127.0.0.1:8080", app_id="17"))
    found = store.accounts.app(LoginType.INSTAGRAM, "instagram")
    assert found == replace(APP, app_id="16")
    assert store.accounts.app(LoginType.FACEBOOK, "instagram") is None


def test_what_instagram_said_of_a_login_is_kept(store: Store) -> None:
    details = LoginDetails(
        username="ana",
        account_type="BUSINESS",
        permissions=("instagram_business_basic",),
        never_ends=True,
        data_access_expires_at=datetime(2026, 12, 1, tzinfo=UTC),
    )
    store.accounts.put(a_bundle("ana", details=details))
    store.accounts.put(a_bundle("ben"))
    assert store.accounts.get("ana").details == details
    assert store.accounts.get("ben").details == LoginDetails()


def test_an_accounts_name_on_instagram_is_told_as_it_was_learnt_last(store: Store) -> None:
    cats, dogs = AccountId("1@instagram"), AccountId("2@instagram")
    store.accounts.learn(cats, [AccountId("me-1@instagram")], username="cats")
    store.accounts.learn(dogs, [AccountId("me-2@instagram")])
    assert store.accounts.usernames() == {cats: "cats"}
    store.accounts.learn(cats, [AccountId("me-3@instagram")], username="more_cats")
    store.accounts.learn(dogs, [], username="cats")
    assert store.accounts.usernames() == {cats: "more_cats", dogs: "cats"}
    assert store.accounts.known(AccountId("me-1@instagram")) == cats


def test_the_default_the_zone_and_the_language_of_a_login_are_changed_alone(store: Store) -> None:
    store.accounts.put(a_bundle("ana", is_default=True))
    store.accounts.put(a_bundle("ben"))
    store.accounts.choose_default("ben")
    store.accounts.set_timezone("ben", "Asia/Tokyo")
    store.accounts.set_language("ben", "de")
    found = {one.name: (one.is_default, one.timezone, one.language) for one in store.accounts.list()}
    assert found == {"ana": (False, "Europe/Vienna", None), "ben": (True, "Asia/Tokyo", "de")}


def test_an_unknown_name_changes_nothing(store: Store) -> None:
    store.accounts.put(a_bundle("ana", is_default=True))
    with pytest.raises(NotFound):
        store.accounts.choose_default("ben")
    assert store.accounts.get("ana").is_default


ANNA, PLANNER = ActorId("person:anna"), ActorId("program:planner")
BY_HAND = Pause(UNTIL_RESUMED, "On hold", ANNA, after(0))
BY_ERROR = Pause(UNTIL_RESUMED, "Instagram answered 190.", code=190, subcode=463)


def an_event(
    subject: str, step: str = "moved", actor: ActorId | None = ANNA, at_s: float = 0
) -> JournalEvent:
    return JournalEvent(subject_id=subject, at=after(at_s), step=step, text=f"It was {step}.", actor=actor)


def test_a_pause_by_hand_and_one_by_an_error_hold_beside_each_other(store: Store) -> None:
    store.accounts.pause("shop", BY_ERROR)
    store.accounts.pause("shop", BY_HAND)
    assert store.accounts.pauses_of("shop") == (BY_HAND, BY_ERROR)
    assert store.accounts.pause_of("shop") == BY_ERROR
    assert store.accounts.paused(after(0)) == (("shop", BY_HAND), ("shop", BY_ERROR))
    assert store.accounts.resume("shop")
    assert store.accounts.pauses_of("shop") == (BY_HAND,)
    assert store.accounts.resume_by_hand("shop")
    assert not store.accounts.resume_by_hand("shop")
    assert store.accounts.pauses_of("shop") == ()


def test_a_second_pause_by_hand_takes_the_place_of_the_first(store: Store) -> None:
    other = Pause(UNTIL_RESUMED, "Still on hold", PLANNER, after(9))
    store.accounts.pause("shop", BY_HAND)
    store.accounts.pause("shop", other)
    assert store.accounts.pauses_of("shop") == (other,)


def test_of_pauses_by_hand_at_the_same_moment_one_holds(store: Store) -> None:
    stored(store)
    wanted = [replace(BY_HAND, reason=f"Reason {number}") for number in range(60)]
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(partial(store.accounts.pause, "default"), wanted))
    (held,) = store.accounts.pauses_of("default")
    assert held in wanted


def test_its_event_is_stored_with_a_pause_and_with_a_resume_that_ended_one(store: Store) -> None:
    paused = replace(an_event("shop", "paused"), subject_kind=SubjectKind.ACCOUNT)
    resumed = replace(paused, step="resumed")
    store.accounts.pause("shop", BY_HAND, [paused])
    assert store.accounts.resume_by_hand("shop", [resumed])
    assert not store.accounts.resume_by_hand("shop", [resumed])
    assert not store.accounts.resume("shop", [resumed])
    assert [event.step for event in store.events.list("shop", SubjectKind.ACCOUNT)] == ["paused", "resumed"]


def test_a_pause_by_hand_goes_with_an_account_that_turns_out_to_be_another(store: Store) -> None:
    user = AccountId("17841400000000001@instagram")
    store.accounts.pause("shop", BY_HAND)
    store.accounts.learn(user, [AccountId("shop")])
    assert store.accounts.pauses_of(user) == (BY_HAND,)
    store.accounts.pause("old", replace(BY_HAND, reason="Another"))
    store.accounts.learn(user, [AccountId("old")])
    assert store.accounts.pauses_of(user) == (BY_HAND,), "its own stands"


def test_a_pause_by_an_error_keeps_its_code_where_the_account_turns_out_to_be_another(store: Store) -> None:
    user = AccountId("17841400000000009@graph.instagram.com")
    store.accounts.pause("shop", BY_ERROR)
    store.accounts.learn(user, [AccountId("shop")])
    assert store.accounts.pauses_of(user) == (BY_ERROR,)


def test_posts_of_an_account_that_is_paused_by_hand_are_not_due_however_late_they_are(store: Store) -> None:
    stored(store, due_at=after(0), wake_at=after(0))
    store.accounts.pause("default", BY_HAND)
    assert store.posts.due(after(3 * 3600)) == ()
    assert store.posts.next_wake(after(9 * 3600), now=after(3 * 3600)) is None
    assert store.posts.hand_over(after(3 * 3600), horizon_s=0, lease_s=60, limit=9) == ()
    store.accounts.resume_by_hand("default")
    assert len(store.posts.due(after(3 * 3600))) == 1


def test_no_send_is_committed_for_an_account_that_is_paused_by_hand(store: Store) -> None:
    post = stored(store)
    store.accounts.pause("default", BY_HAND)
    with pytest.raises(Conflict, match="paused"):
        store.posts.save(publishing(post), post)
    assert store.posts.get(post.id) == post
    store.accounts.resume_by_hand("default")
    store.posts.save(publishing(post), post)
    store.accounts.pause("default", BY_HAND)
    store.posts.save(live(publishing(post)), publishing(post))
    assert store.posts.get(post.id).state is PostState.PUBLISHED, "an open send is settled all the same"


def test_a_postponed_post_stands_where_it_goes_out_in_every_list(store: Store) -> None:
    post = stored(store, due_at=after(10))
    other = stored(store, due_at=after(20))
    moved = changed(post, postponed_to=after(30), postponed_because="The quota is full.")
    store.posts.save(moved, post)
    assert [one.id for one in store.posts.list(PostQuery()).posts] == [other.id, post.id]
    assert store.posts.list(PostQuery(is_postponed=True)).posts == (store.posts.get(post.id),)
    assert store.posts.list(PostQuery(after=Cursor.of(moved))).posts == (), "a page goes on behind it"
    assert store.posts.get(post.id).due_at == after(10)
    assert store.posts.planned("default", after(25), after(30))[0].id == post.id
    assert store.posts.count_due([PostState.SCHEDULED], before=after(15)) == 0


def test_the_trail_lists_what_somebody_did_the_newest_first_and_page_after_page(store: Store) -> None:
    post = stored(store)
    for number in range(5):
        store.events.append(an_event(post.id, f"step{number}", at_s=number))
        store.events.append(an_event(post.id, "container_created", None, at_s=number))
    first = store.events.trail(TrailQuery(limit=3))
    assert [one.event.step for one in first.entries] == ["step4", "step3", "step2"]
    last = store.events.trail(TrailQuery(limit=3, after=first.next))
    assert [one.event.step for one in last.entries] == ["step1", "step0"]
    assert last.next is None
    since = store.events.trail(TrailQuery(since=after(3)))
    assert [one.event.step for one in since.entries] == ["step4", "step3"]


def test_the_trail_of_an_account_has_its_posts_and_itself(store: Store) -> None:
    ours, theirs = stored(store), stored(store, account="ben")
    store.events.append(an_event(theirs.id))
    store.events.append(an_event(ours.id))
    store.events.append(replace(an_event("default", "paused"), subject_kind=SubjectKind.ACCOUNT))
    found = store.events.trail(TrailQuery(account="default")).entries
    assert [(one.event.subject_id, one.account) for one in found] == [
        ("default", "default"),
        (ours.id, "default"),
    ]


def test_what_a_change_changed_comes_back_and_holds_no_token(store: Store) -> None:
    post, token = stored(store), "IGcanarycanarycanarycanarycanarycanary"
    changes = (
        FieldChange(name="caption", before=None, after="Hello \0"),
        FieldChange(name="location_id", before=f"access_token={token}", after=None),
    )
    store.events.append(replace(an_event(post.id), changes=changes))
    (event,) = store.events.list(post.id)
    assert event.changes[0].before is None
    assert token not in str(event.changes)
    assert [one.name for one in event.changes] == ["caption", "location_id"]


def test_the_trail_and_postponed_posts_are_found_without_reading_all(
    tmp_path: Path, empty_file: Path
) -> None:
    with open_store(Path(shutil.copy(empty_file, tmp_path))) as store:
        for _ in range(20):
            store.events.append(an_event(stored(store).id, actor=None))
        (trail,) = plans(store, lambda: store.events.trail(TrailQuery()))
        query = PostQuery(states=[PostState.SCHEDULED], is_postponed=True)
        (postponed,) = plans(store, lambda: store.posts.list(query))
    assert "ix_journal_events_actor" in trail
    assert "ix_posts_postponed_to" in postponed
