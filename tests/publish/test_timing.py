"""What time does to a post that waits."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from pressroom.core.post import Attention, ContainerRecord, IfLate, Look, Post, PostState, SendState, Snapshot
from pressroom.graph.answers import ContainerId, ContainerStatus
from pressroom.graph.error_table import Retry
from pressroom.publish.machine import events as ev
from pressroom.publish.machine import operations
from pressroom.publish.machine.policy import CAREFUL
from pressroom.publish.machine.timing import drop_containers, state_when_late, was_lost
from pressroom.publish.machine.transitions import resume, step
from tests.publish.posts import a_post, after

HOUR = 3600.0
FULL = "The account's quota is full."
DUE_S = 2 * HOUR


def scheduled(if_late: IfLate = IfLate.PUBLISH) -> Post:
    post, _ = step(replace(a_post(), due_at=after(DUE_S), if_late=if_late), ev.Submitted())
    return post


def ready() -> Post:
    made_s = DUE_S - 900
    post, _ = step(scheduled(), ev.Woken(at=after(made_s)))
    created = ev.ContainerCreated(id=ContainerId("c1"), item=None, at=after(made_s), host_date=None)
    post, _ = step(post, created)
    return step(post, ev.ContainerSettled(id=ContainerId("c1"), status=ContainerStatus.FINISHED))[0]


def woken(post: Post, at_s: float) -> Post:
    return step(post, ev.Woken(at=after(at_s)))[0]


def test_a_scheduled_post_is_prepared_a_quarter_of_an_hour_before_it_is_due() -> None:
    post = scheduled()
    assert post.state is PostState.SCHEDULED
    assert resume(post) == (ev.Wake(not_before=after(DUE_S - 900)),)
    assert woken(post, DUE_S - 901).state is PostState.SCHEDULED
    assert woken(post, DUE_S - 900).state is PostState.PREPARING


def test_a_ready_post_is_sent_when_it_is_due() -> None:
    assert resume(ready()) == (ev.CommitSend(ContainerId("c1"), not_before=after(DUE_S)),)


@pytest.mark.parametrize(
    ("if_late", "late_s", "state"),
    [
        (IfLate.PUBLISH, 200, PostState.PREPARING),
        (IfLate.PUBLISH, HOUR - 1, PostState.PREPARING),
        (IfLate.PUBLISH, HOUR + 1, PostState.NEEDS_ATTENTION),
        (IfLate.ASK, 200, PostState.PREPARING),
        (IfLate.ASK, 301, PostState.NEEDS_ATTENTION),
        (IfLate.DROP, 200, PostState.PREPARING),
        (IfLate.DROP, 301, PostState.MISSED),
    ],
)
def test_a_late_post_follows_its_own_rule(if_late: IfLate, late_s: float, state: PostState) -> None:
    post = woken(scheduled(if_late), DUE_S + late_s)
    assert post.state is state
    assert (post.attention is Attention.LATE) == (state is PostState.NEEDS_ATTENTION)


@pytest.mark.parametrize("post", [scheduled(IfLate.ASK), ready()], ids=["scheduled", "ready"])
def test_a_post_that_is_found_late_follows_its_rule_and_is_not_taken_up(post: Post) -> None:
    in_time, _ = step(post, ev.FoundLate(at=after(DUE_S + 200)))
    assert in_time == replace(post, revision=post.revision + 1)
    late, effects = step(post, ev.FoundLate(at=after(DUE_S + HOUR + 1)))
    assert (late.state, late.attention, effects) == (PostState.NEEDS_ATTENTION, Attention.LATE, ())


def test_a_post_without_a_due_time_is_never_late() -> None:
    post, _ = step(a_post(), ev.Submitted())
    assert step(post, ev.FoundLate(at=after(DUE_S)))[0].state is PostState.PREPARING


def test_containers_that_would_not_last_are_made_anew() -> None:
    post = ready()
    assert woken(post, DUE_S).state is PostState.READY
    moved = replace(post, due_at=after(26 * HOUR))
    rebuilt = woken(moved, 26 * HOUR)
    assert rebuilt.state is PostState.PREPARING
    assert resume(rebuilt) == (ev.CreateContainer(None),)


def postponed(post: Post, to_s: float = 10 * HOUR) -> Post:
    return step(post, ev.QuotaFull(free_at=after(to_s), why=FULL))[0]


def test_a_full_quota_postpones_the_post_to_where_there_is_room_and_leaves_its_due_time() -> None:
    post, effects = step(ready(), ev.QuotaFull(free_at=after(10 * HOUR), why=FULL))
    assert (post.state, post.due_at) == (PostState.SCHEDULED, after(DUE_S))
    assert (post.postponed_to, post.postponed_because) == (after(10 * HOUR), FULL)
    assert post.goes_out_at == after(10 * HOUR)
    assert effects == (ev.Wake(not_before=after(10 * HOUR - 900)),)


def test_a_post_that_is_postponed_twice_keeps_its_first_due_time() -> None:
    twice = postponed(postponed(ready()), 30 * HOUR)
    assert (twice.due_at, twice.goes_out_at) == (after(DUE_S), after(30 * HOUR))


def test_a_postponed_post_is_prepared_and_sent_at_its_later_time() -> None:
    post = postponed(ready())
    assert woken(post, 10 * HOUR - 901).state is PostState.SCHEDULED
    prepared = woken(post, 10 * HOUR - 900)
    assert prepared.state is PostState.READY
    assert resume(prepared) == (ev.CommitSend(ContainerId("c1"), not_before=after(10 * HOUR)),)


@pytest.mark.parametrize(
    ("if_late", "late_s", "state"),
    [
        (IfLate.PUBLISH, 3500, PostState.PREPARING),
        (IfLate.PUBLISH, 3700, PostState.NEEDS_ATTENTION),
        (IfLate.ASK, 200, PostState.PREPARING),
        (IfLate.ASK, 400, PostState.NEEDS_ATTENTION),
        (IfLate.DROP, 200, PostState.PREPARING),
        (IfLate.DROP, 400, PostState.MISSED),
    ],
)
def test_how_late_a_postponed_post_is_counts_from_where_it_was_postponed_to(
    if_late: IfLate, late_s: float, state: PostState
) -> None:
    judged = woken(postponed(scheduled(if_late), 30 * HOUR), 30 * HOUR + late_s)
    assert judged.state is state
    if state is not PostState.PREPARING:
        assert str(judged.problem).startswith("Its postponed time was ")


def in_need(post: Post) -> Post:
    return replace(post, state=PostState.NEEDS_ATTENTION, attention=Attention.LATE)


NEW_TIMES: dict[str, Callable[[Post], Post]] = {
    "move": lambda post: operations.move(post, after(5 * HOUR), "UTC"),
    "retry": lambda post: operations.retry(in_need(post), after(5 * HOUR)),
    "take up": lambda post: operations.take_up(operations.interrupt(post), after(5 * HOUR)),
}


@pytest.mark.parametrize("change", NEW_TIMES.values(), ids=NEW_TIMES)
def test_a_new_time_of_a_persons_ends_a_postponement(change: Callable[[Post], Post]) -> None:
    post = change(postponed(ready()))
    assert (post.postponed_to, post.postponed_because) == (None, None)
    assert post.goes_out_at == post.due_at == after(5 * HOUR)


def test_a_post_whose_text_is_edited_stays_postponed() -> None:
    post = postponed(ready())
    edited = operations.edit(post, replace(post.options, caption="Better"), post.assets)
    assert (edited.due_at, edited.goes_out_at) == (after(DUE_S), after(10 * HOUR))


def test_what_is_in_the_way_for_a_while_only_delays() -> None:
    post, effects = step(ready(), ev.Delayed(until=after(DUE_S + 60)))
    assert (post.state, effects) == (
        PostState.READY,
        (ev.CommitSend(ContainerId("c1"), not_before=after(DUE_S + 60)),),
    )


def judged_not_done() -> Post:
    sent, _ = step(
        ready(),
        ev.SendCommitted(at=after(DUE_S), deadline=after(DUE_S + 15), snapshot=Snapshot(quota_usage=2)),
    )
    doubtful, _ = step(sent, ev.SendDoubtful(at=after(DUE_S + 60)))
    for at_s in (DUE_S + 320, DUE_S + 380):
        look = Look(at=after(at_s), status=ContainerStatus.FINISHED, candidates=frozenset(), quota_usage=2)
        doubtful, _ = step(doubtful, ev.Looked(look=look))
    return doubtful


def test_a_send_judged_not_done_long_ago_is_looked_at_again_before_it_is_repeated() -> None:
    """The worker slept between verdict and second send: meanwhile the first may have come true."""
    judged = judged_not_done()
    assert judged.state is PostState.READY
    assert woken(judged, DUE_S + 500).state is PostState.READY
    late = woken(judged, DUE_S + 3000)
    assert late.open_send is not None
    assert isinstance(resume(late)[0], ev.LookAtSend)


def test_a_post_that_a_person_asked_for_anew_is_looked_at_first_however_short_ago_that_was() -> None:
    """Also when it was the second send that ended it: what came true may be the first."""
    judged = judged_not_done()
    sent_again = ev.SendCommitted(at=after(DUE_S + 390), deadline=after(DUE_S + 405), snapshot=Snapshot())
    refused = ev.SendRefused(at=after(DUE_S + 391), retry=Retry.AFTER_FIX, code=100)
    failed = step(step(judged, sent_again)[0], refused)[0]
    assert failed.state is PostState.FAILED
    for post in (failed, replace(judged, state=PostState.FAILED)):
        again = woken(operations.retry(post, after(DUE_S + 400)), DUE_S + 400)
        assert again.open_send == replace(post.sends[0], state=SendState.OPEN, doubtful_at=after(DUE_S + 400))
        assert again.container(None) is not None
        assert isinstance(resume(again)[0], ev.LookAtSend)


@pytest.mark.parametrize(
    ("went_live", "state"), [(2, PostState.READY), (1, PostState.PUBLISHING), (0, PostState.PUBLISHING)]
)
def test_what_our_other_posts_used_of_the_quota_meanwhile_proves_nothing(
    went_live: int, state: PostState
) -> None:
    """Two posts went live between verdict and second send; one that we did not bring live may be this."""
    late = woken(judged_not_done(), DUE_S + 3000)
    look = Look(
        at=after(DUE_S + 3010),
        status=ContainerStatus.FINISHED,
        candidates=frozenset(),
        quota_usage=4,
        went_live=went_live,
    )
    looked, _ = step(late, ev.Looked(look=look))
    assert looked.state is state


def test_a_send_that_is_looked_at_again_is_not_given_up_at_the_first_failing_read() -> None:
    late = woken(judged_not_done(), DUE_S + 3000)
    look = Look(at=after(DUE_S + 3010), status=None, candidates=frozenset(), quota_usage=2)
    looked, _ = step(late, ev.Looked(look=look))
    assert looked.state is PostState.PUBLISHING


def test_a_post_that_has_to_wait_is_taken_up_and_sent_no_sooner() -> None:
    waiting = step(scheduled(), ev.Delayed(until=after(DUE_S - 60)))[0]
    assert resume(waiting) == (ev.Wake(not_before=after(DUE_S - 60)),)
    assert woken(waiting, DUE_S - 61).state is PostState.SCHEDULED
    taken_up = woken(waiting, DUE_S - 60)
    assert (taken_up.state, taken_up.not_before) == (PostState.PREPARING, None)
    early = step(ready(), ev.Delayed(until=after(DUE_S - 60)))[0]
    assert resume(early) == (ev.CommitSend(ContainerId("c1"), not_before=after(DUE_S)),)


def test_a_ready_post_that_is_woken_still_waits_for_what_is_in_its_way() -> None:
    delayed = step(ready(), ev.Delayed(until=after(DUE_S + 60)))[0]
    assert woken(delayed, DUE_S) == replace(delayed, revision=delayed.revision + 1)


def test_a_post_tells_what_held_it_up_last_until_it_has_a_new_time() -> None:
    held = step(ready(), ev.Delayed(until=after(DUE_S + 60), why="the network"))[0]
    assert (held.held_up_by, held.slot_at) == ("the network", None)
    spaced = step(held, ev.Delayed(until=after(DUE_S + 90), is_slot=True))[0]
    assert (spaced.held_up_by, spaced.slot_at) == ("the network", after(DUE_S + 90))
    again = step(spaced, ev.Delayed(until=after(DUE_S + 120), why="a pause"))[0]
    assert (again.held_up_by, again.slot_at) == ("a pause", after(DUE_S + 90))
    moved = step(again, ev.QuotaFull(free_at=after(10 * HOUR), why=FULL))[0]
    assert (moved.held_up_by, moved.slot_at, moved.not_before) == (None, None, None)


WAITING = {PostState.SCHEDULED, PostState.PREPARING, PostState.READY}
TIMELY = [
    ev.QuotaFull(free_at=after(HOUR), why=FULL),
    ev.Delayed(until=after(HOUR)),
    ev.Woken(at=after(3 * DUE_S)),
]


@pytest.mark.parametrize("state", PostState)
@pytest.mark.parametrize("event", TIMELY, ids=lambda event: type(event).__name__)
def test_time_changes_only_a_post_that_waits(state: PostState, event: ev.Event) -> None:
    post = replace(ready(), state=state, if_late=IfLate.DROP)
    after_it = step(post, event)[0]
    assert (after_it != replace(post, revision=post.revision + 1)) is (state in WAITING)


def test_a_post_for_now_is_not_late_when_it_is_woken_and_stays_as_it_is() -> None:
    """Its old container is refused when it is sent, and then replaced."""
    post = replace(ready(), due_at=None)
    assert woken(post, 1000 * HOUR) == replace(post, revision=post.revision + 1)


@pytest.mark.parametrize(
    ("if_late", "late_s", "state"),
    [
        (IfLate.ASK, 300, PostState.READY),
        (IfLate.ASK, 300.1, PostState.NEEDS_ATTENTION),
        (IfLate.DROP, 300, PostState.READY),
        (IfLate.DROP, 300.1, PostState.MISSED),
        (IfLate.PUBLISH, HOUR, PostState.READY),
        (IfLate.PUBLISH, HOUR + 0.1, PostState.NEEDS_ATTENTION),
    ],
)
def test_five_minutes_are_not_late_and_an_hour_is_not_too_late(
    if_late: IfLate, late_s: float, state: PostState
) -> None:
    delayed = step(ready(), ev.Delayed(until=after(DUE_S)))[0]
    late = woken(replace(delayed, if_late=if_late), DUE_S + late_s)
    assert late.state is state
    assert (late.not_before is None) is (state is not PostState.READY)


@pytest.mark.parametrize(
    ("late_s", "words"),
    [
        (29 + 10 * 60, "10 minutes"),
        (31 + 10 * 60, "11 minutes"),
        (119 * 60, "119 minutes"),
        (120 * 60, "2 hours"),
        (2 * HOUR + 59 * 60, "3 hours"),
        (592 * HOUR, "25 days"),
    ],
)
@pytest.mark.parametrize("if_late", [IfLate.DROP, IfLate.ASK])
def test_a_late_post_says_how_late_it_is(if_late: IfLate, late_s: float, words: str) -> None:
    problem = woken(replace(scheduled(if_late)), DUE_S + late_s).problem or ""
    assert problem.startswith(f"It was due {words} ago")
    assert "waited" not in problem


@pytest.mark.parametrize("if_late", [IfLate.DROP, IfLate.ASK])
def test_a_late_post_says_what_it_waited_for(if_late: IfLate) -> None:
    held = step(scheduled(if_late), ev.Delayed(until=after(DUE_S), why="the network"))[0]
    assert (woken(held, DUE_S + HOUR).problem or "").endswith("It waited, for: the network")


def test_containers_serve_for_23_hours_counted_from_the_oldest() -> None:
    post = ready()
    made_s, lasts_s = DUE_S - 900, 23 * HOUR
    newer = ContainerRecord(id=ContainerId("c2"), item=0, created_at=after(made_s + 60))
    both = replace(post, containers=(*post.containers, newer), due_at=after(made_s + lasts_s))
    assert woken(both, made_s + lasts_s).container(None) is not None
    assert woken(both, made_s + lasts_s + 0.1).container(None) is None
    dead = replace(
        post.containers[0], id=ContainerId("c0"), created_at=after(0), status=ContainerStatus.ERROR
    )
    kept = woken(replace(both, containers=(dead, *both.containers)), made_s + lasts_s)
    assert kept.container(None) is not None


def test_a_container_that_instagram_could_not_make_stays_so_when_the_others_are_dropped() -> None:
    failed = ContainerRecord(id=ContainerId("c0"), created_at=after(0), status=ContainerStatus.ERROR)
    dropped = drop_containers(replace(ready(), containers=(failed, *ready().containers)))
    assert [record.status for record in dropped.containers] == [
        ContainerStatus.ERROR,
        ContainerStatus.EXPIRED,
    ]


@pytest.mark.parametrize(("passed_s", "is_looked_at"), [(300, False), (300.1, True)])
def test_a_lost_send_is_looked_at_again_when_its_verdict_is_five_minutes_old(
    passed_s: float, is_looked_at: bool
) -> None:
    post = woken(judged_not_done(), DUE_S + 380 + passed_s)
    assert (post.open_send is not None) is is_looked_at
    assert (post.not_before is None) is is_looked_at


def test_a_send_that_is_opened_for_another_look_is_not_sent_by_that() -> None:
    _, effects = step(judged_not_done(), ev.Woken(at=after(DUE_S + 1000)))
    assert [type(effect) for effect in effects] == [ev.LookAtSend]


def test_a_lost_send_that_nobody_looked_at_was_a_persons_word_and_is_not_looked_at() -> None:
    judged = judged_not_done()
    told = replace(judged, sends=(replace(judged.sends[0], looks=()),))
    assert woken(told, DUE_S + 3000).open_send is None


def test_the_due_time_it_was_sent_at_asks_for_nothing_anew() -> None:
    judged = judged_not_done()
    same = replace(judged, due_at=after(DUE_S + 380))
    assert woken(same, DUE_S + 400).open_send is None
    assert woken(replace(same, due_at=after(DUE_S + 380.1)), DUE_S + 400).open_send is not None


def test_a_lost_send_counts_while_its_container_is_in_use() -> None:
    judged = judged_not_done()
    assert was_lost(judged)
    assert not was_lost(ready())
    assert not was_lost(drop_containers(judged))
    newer = ContainerRecord(id=ContainerId("c2"), created_at=after(DUE_S))
    assert not was_lost(replace(judged, containers=(*judged.containers, newer)))
    assert not was_lost(replace(judged, sends=(replace(judged.sends[0], state=SendState.REFUSED),)))


def test_of_two_lost_sends_the_last_is_looked_at_again() -> None:
    judged = judged_not_done()
    again = replace(judged.sends[0], number=2)
    late = woken(replace(judged, sends=(*judged.sends, again)), DUE_S + 3000)
    assert [send.state for send in late.sends] == [SendState.NOT_DONE, SendState.OPEN]


def test_a_container_whose_send_was_lost_is_not_dropped_for_its_age() -> None:
    """What took its place would stand beside it if it came true after all."""
    judged = judged_not_done()
    told = replace(judged, sends=(replace(judged.sends[0], looks=()),), due_at=after(30 * HOUR))
    assert woken(told, 30 * HOUR).container(None) is not None


def test_a_lost_send_is_looked_at_again_however_long_it_is_to_the_due_time() -> None:
    judged = judged_not_done()
    moved = replace(judged, due_at=after(DUE_S + 10 * HOUR))
    assert woken(moved, DUE_S + 3000).open_send is not None
    looks = judged.sends[0].looks
    for seen in (looks[:1], (*looks, replace(looks[0], at=after(DUE_S + 3000)))):
        told = replace(judged, sends=(replace(judged.sends[0], looks=seen),))
        assert (woken(told, DUE_S + 3200).open_send is not None) is (len(seen) == 1)


def test_a_post_that_is_woken_while_its_container_is_made_goes_on_waiting_for_it() -> None:
    created = ev.ContainerCreated(id=ContainerId("c1"), item=None, at=after(DUE_S - 900), host_date=None)
    making = step(woken(scheduled(), DUE_S - 900), created)[0]
    assert woken(making, DUE_S - 800).state is PostState.PREPARING


def test_what_goes_out_all_the_same_is_as_if_it_were_not_late() -> None:
    for late_s in (-1, 300, HOUR):
        assert state_when_late(IfLate.PUBLISH, late_s, CAREFUL) is PostState.SCHEDULED
