"""What programs ask for: each is decided once, and carried out once."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from pressroom.core.actor import ActorId
from pressroom.core.consent import Claim, Proposal, ProposalId, ProposalState
from pressroom.core.errors import Conflict, NotFound, Refused
from pressroom.core.journal import SubjectKind
from pressroom.core.post import Post, PostState
from pressroom.core.stored_posts import PostKey, PostQuery
from pressroom.store.store import Store
from tests.store.consents import ANNA, OTHER, PLANNER, a_proposal, about, approved, declined, known_actors
from tests.store.posts import a_post, after, an_event, changed, stored
from tests.store.test_others import a_bundle

S = ProposalState


def proposed(store: Store, **fields: object) -> Proposal:
    return store.consents.propose(a_proposal(**fields))


def at_once(count: int, attempt: Callable[[int], bool]) -> int:
    """Let several try at the same moment; gives how many got it."""
    start = threading.Barrier(count)

    def one(number: int) -> bool:
        start.wait()
        try:
            return attempt(number)
        except Conflict:
            return False

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(one, range(count))).count(True)


def a_waiting_post(store: Store) -> tuple[Post, Proposal]:
    post = a_post(state=PostState.AWAITING_APPROVAL)
    proposal = about(post)
    return store.posts.add(post, "", proposal).post, proposal


def let_out(post: Post) -> Post:
    return changed(post, state=PostState.SCHEDULED)


def test_a_proposal_is_kept_as_it_was_asked_and_its_actor_is_known(store: Store) -> None:
    full = a_proposal(
        account="17841@instagram",
        subject_kind=SubjectKind.CONVERSATION,
        subject_id="c1",
        earliest_at=after(60),
        outcome={"id": 1},
    )
    assert store.consents.propose(full) == full
    assert store.consents.get(full.id) == full
    assert known_actors(store) == [PLANNER]


def test_nobody_asks_who_is_no_actor(store: Store) -> None:
    with pytest.raises(Refused):
        proposed(store, actor=ActorId("somebody"))
    assert store.consents.list() == ()


def test_the_same_asked_again_is_the_same_proposal(store: Store) -> None:
    post = stored(store)
    first = store.consents.propose(about(post, content_hash="h"), [an_event(post, "asked")])
    again = store.consents.propose(about(post, content_hash="h"), [an_event(post, "asked")])
    assert again == first
    assert [event.step for event in store.events.list(post.id)] == ["asked"]
    assert proposed(store, content_hash="h", actor=OTHER) != first


def test_the_same_asked_by_many_at_once_waits_once(store: Store) -> None:
    at_once(6, lambda _: bool(proposed(store, content_hash="h")))
    assert len(store.consents.list()) == 1


def test_what_was_decided_may_be_asked_again_and_is_remembered(store: Store) -> None:
    first = proposed(store, content_hash="h")
    store.consents.decide(declined(first))
    known = store.consents.latest(PLANNER, "h", after(0))
    assert known is not None
    assert (known.id, known.state, known.decided_by) == (first.id, S.DECLINED, ANNA)
    assert store.consents.latest(PLANNER, "h", after(1)) is None
    assert store.consents.latest(OTHER, "h", after(0)) is None
    again = proposed(store, content_hash="h", created_at=after(5))
    assert store.consents.latest(PLANNER, "h", after(0)) == again


def test_one_that_nobody_decided_in_time_is_asked_anew_under_its_own_id(store: Store) -> None:
    """Its post still waits for it."""
    post, first = a_waiting_post(store)
    late = about(
        a_post(), content_hash=first.content_hash, created_at=after(4000), expires_at=after(8000), summary={}
    )
    again = store.consents.propose(late)
    assert again == replace(late, id=first.id, subject_id=post.id)
    assert store.consents.decide(approved(again, 5000)).state is S.APPROVED


def test_the_proposals_whose_ids_start_alike_are_found_by_id(store: Store) -> None:
    two, one = (proposed(store, id=ProposalId(name)) for name in ("ab34", "ab12"))
    assert store.consents.starting("ab") == (one, two)
    assert store.consents.starting("ab1") == (one,)
    assert store.consents.starting("nothing") == ()
    with pytest.raises(NotFound, match="no proposal nothing"):
        store.consents.get(ProposalId("nothing"))


def test_proposals_are_listed_page_by_page_and_counted_while_they_can_be_decided(store: Store) -> None:
    """Many are made at the same moment."""
    every = [proposed(store, created_at=after(number // 3)) for number in range(7)]
    newest_first = sorted(every, key=lambda one: (one.created_at, one.id), reverse=True)
    for last, proposal in enumerate(newest_first):
        behind = store.consents.list([S.WAITING], after=proposal, limit=2)
        assert list(behind) == newest_first[last + 1 : last + 3]
    store.consents.decide(declined(every[0], 3))
    assert store.consents.count_waiting(after(3)) == 6
    assert store.consents.count_waiting(after(3), made_until=after(1)) == 5
    assert store.consents.count_waiting(after(3600)) == 0


def test_posts_about_which_a_proposal_waits_are_told_from_others_by_the_store_itself(store: Store) -> None:
    held, (waiting, proposal) = stored(store, state=PostState.AWAITING_APPROVAL), a_waiting_post(store)
    query = PostQuery(states=[PostState.AWAITING_APPROVAL], has_no_proposal=True)
    assert (store.posts.list(query).posts, store.posts.count(query)) == ((held,), 1)
    store.consents.decide(declined(proposal))
    assert {post.id for post in store.posts.list(query).posts} == {held.id, waiting.id}
    assert store.posts.count(PostQuery(limit=1)) == 2


def test_proposals_are_listed_the_newest_first(store: Store) -> None:
    post = stored(store)
    one = proposed(store)
    two = proposed(store, created_at=after(1), actor=OTHER)
    three = store.consents.propose(about(post, created_at=after(2)))
    store.consents.decide(declined(one))
    assert [found.id for found in store.consents.list()] == [three.id, two.id, one.id]
    assert store.consents.list([S.WAITING]) == (three, two)
    assert store.consents.list([S.WAITING], actor=OTHER) == (two,)
    assert store.consents.list(subject_id=post.id) == (three,)
    assert store.consents.list(limit=1) == (three,)


def test_a_decision_says_who_made_it_and_when(store: Store) -> None:
    post = stored(store)
    waiting = store.consents.propose(about(post))
    decided = store.consents.decide(
        approved(waiting, 7, outcome={"as": "asked"}), [an_event(post, "approved")]
    )
    assert decided == replace(
        waiting, state=S.APPROVED, decided_by=ANNA, decided_at=after(7), outcome={"as": "asked"}
    )
    assert store.consents.get(waiting.id) == decided
    assert [event.step for event in store.events.list(post.id)] == ["approved"]


@pytest.mark.parametrize("seconds", [3600, 3601])
def test_what_was_not_decided_in_time_is_not_decided_any_more(store: Store, seconds: float) -> None:
    waiting = proposed(store)
    with pytest.raises(Conflict, match="not decided in time"):
        store.consents.decide(approved(waiting, seconds))
    assert store.consents.get(waiting.id) == waiting


def test_a_decision_stands(store: Store) -> None:
    waiting = proposed(store)
    store.consents.decide(declined(waiting))
    with pytest.raises(Conflict, match="is declined"):
        store.consents.decide(approved(waiting))
    with pytest.raises(NotFound):
        store.consents.decide(approved(a_proposal()))


def test_of_many_who_decide_at_once_one_does(store: Store) -> None:
    waiting = proposed(store)
    decide = [approved(waiting), declined(waiting)]
    assert at_once(4, lambda number: bool(store.consents.decide(decide[number % 2]))) == 1


def test_a_post_is_stored_with_the_proposal_it_waits_for(store: Store) -> None:
    post = a_post(state=PostState.AWAITING_APPROVAL)
    proposal = about(post, account="default")
    added = store.posts.add(post, "", proposal)
    assert (added.is_replay, added.proposal) == (False, proposal.id)
    assert store.consents.list(subject_id=post.id) == (proposal,)


@pytest.mark.parametrize("key", [None, "k"])
def test_the_same_post_asked_for_again_is_the_one_that_waits(store: Store, key: str | None) -> None:
    """By its key, or without one by its content."""
    one, two = (a_post(state=PostState.AWAITING_APPROVAL, idempotency_key=key) for _ in range(2))
    first = store.posts.add(one, "hash", about(one, content_hash="h"))
    again = store.posts.add(two, "hash", about(two, content_hash="h"))
    assert (again.post, again.is_replay, again.proposal) == (first.post, True, first.proposal)
    assert len(store.posts.list(PostQuery()).posts) == len(store.consents.list()) == 1


def test_a_new_key_for_the_same_stands_for_the_post_that_waits(store: Store) -> None:
    one, two = (a_post(state=PostState.AWAITING_APPROVAL, idempotency_key=key) for key in "ab")
    first = store.posts.add(one, "hash", about(one, content_hash="h")).post
    assert store.posts.add(two, "hash", about(two, content_hash="h")).post == first
    held = store.posts.held_key(PostKey("default", "", "b"))
    assert held is not None
    assert held.post_id == first.id


def test_several_posts_are_stored_each_with_its_own_proposal(store: Store) -> None:
    posts = [a_post(state=PostState.AWAITING_APPROVAL) for _ in range(2)]
    proposals = [about(post) for post in posts]
    added = store.posts.add_all([(post, "") for post in posts], proposals)
    assert [one.proposal for one in added] == [one.id for one in proposals]


def test_an_approval_goes_with_its_change_and_counts_as_carried_out(store: Store) -> None:
    post, proposal = a_waiting_post(store)
    store.posts.save(let_out(post), post, [an_event(post, "approved")], approved(proposal))
    decided = store.consents.get(proposal.id)
    assert (decided.state, decided.carried_out_at) == (S.APPROVED, after(1))
    assert store.posts.get(post.id).state is PostState.SCHEDULED
    assert not store.consents.claim(proposal.id, after(2))


def test_what_was_declined_is_not_carried_out(store: Store) -> None:
    post, proposal = a_waiting_post(store)
    store.posts.save(changed(post, state=PostState.CANCELLED), post, [], declined(proposal))
    assert store.consents.get(proposal.id).carried_out_at is None
    assert not store.consents.claim(proposal.id, after(2))


def test_an_approval_is_not_used_up_by_a_change_that_fails(store: Store) -> None:
    post, proposal = a_waiting_post(store)
    store.posts.save(changed(post, problem="x"), post)
    with pytest.raises(Conflict):
        store.posts.save(let_out(post), post, [], approved(proposal))
    assert store.consents.get(proposal.id).state is S.WAITING


def test_a_post_is_not_changed_by_an_approval_that_comes_too_late(store: Store) -> None:
    post, proposal = a_waiting_post(store)
    with pytest.raises(Conflict):
        store.posts.save(let_out(post), post, [an_event(post)], approved(proposal, 4000))
    assert store.posts.get(post.id) == post
    assert store.events.list(post.id) == ()


def test_one_approval_lets_one_post_out_however_many_try(store: Store) -> None:
    proposal = proposed(store)
    posts = [stored(store, state=PostState.AWAITING_APPROVAL) for _ in range(4)]

    def let_out_by_it(number: int) -> bool:
        store.posts.save(let_out(posts[number]), posts[number], [], approved(proposal))
        return True

    assert at_once(4, let_out_by_it) == 1
    assert store.posts.counts()[PostState.SCHEDULED] == 1


def test_what_was_approved_before_is_carried_out_once(store: Store) -> None:
    proposal = proposed(store)
    assert not store.consents.claim(proposal.id, after(1))
    store.consents.decide(approved(proposal))
    assert at_once(4, lambda number: store.consents.claim(proposal.id, after(number))) == 1
    store.consents.finish(proposal.id, {"answer": f"IGAA{'x' * 60}"})
    assert store.consents.get(proposal.id).outcome == {"answer": "***"}


def test_what_was_approved_before_is_carried_out_once_by_a_change_of_a_post(store: Store) -> None:
    post, proposal = a_waiting_post(store)
    with pytest.raises(Conflict, match="is waiting"):
        store.posts.save(let_out(post), post, [], Claim(proposal=proposal.id, at=after(2)))
    store.consents.decide(approved(proposal))
    after_it = let_out(post)
    store.posts.save(after_it, post, [], Claim(proposal=proposal.id, at=after(2)))
    with pytest.raises(Conflict, match="carried out already"):
        store.posts.save(changed(after_it), after_it, [], Claim(proposal=proposal.id, at=after(3)))


def test_what_waits_about_something_that_has_changed_is_void(store: Store) -> None:
    post = stored(store)
    one, two = (store.consents.propose(about(post, created_at=after(number))) for number in range(2))
    other = proposed(store, subject_kind=SubjectKind.ACCOUNT, subject_id=post.id)
    assert store.consents.void(SubjectKind.POST, post.id, after(9), spared=two.id) == (
        replace(one, state=S.VOID, decided_at=after(9)),
    )
    assert [found.id for found in store.consents.list([S.WAITING])] == [two.id, other.id]
    assert len(store.consents.void(SubjectKind.POST, post.id, after(9))) == 1


def test_what_nobody_decides_in_time_expires(store: Store) -> None:
    soon, later = proposed(store, expires_at=after(10)), proposed(store, expires_at=after(11))
    assert store.consents.expire(after(10)) == (replace(soon, state=S.EXPIRED, decided_at=after(10)),)
    assert store.consents.expire(after(10)) == ()
    assert store.consents.list([S.WAITING]) == (later,)


def test_what_was_asked_of_an_account_is_of_the_user_who_signs_in(store: Store) -> None:
    early = proposed(store, account="shop", subject_kind=SubjectKind.ACCOUNT, subject_id="shop")
    store.accounts.put(a_bundle())
    found = store.consents.get(early.id)
    assert (found.account, found.subject_id) == ("17841@instagram", "17841@instagram")
    assert proposed(store, account="shop").account == "17841@instagram"
