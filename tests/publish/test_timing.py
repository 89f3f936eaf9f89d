"""What time does to a post that waits."""

from dataclasses import replace

import pytest

from pressroom.core.post import Attention, IfLate, Look, Post, PostState, SendState, Snapshot
from pressroom.graph.answers import ContainerStatus
from pressroom.graph.error_table import Retry
from pressroom.graph.ids import ContainerId
from pressroom.publish.machine import events as ev
from pressroom.publish.machine import operations
from pressroom.publish.machine.transitions import resume, step
from tests.publish.posts import a_post, after

HOUR = 3600.0
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


def test_a_full_quota_moves_the_post_to_where_there_is_room() -> None:
    post, effects = step(ready(), ev.QuotaFull(free_at=after(10 * HOUR)))
    assert (post.state, post.due_at) == (PostState.SCHEDULED, after(10 * HOUR))
    assert effects == (ev.Wake(not_before=after(10 * HOUR - 900)),)


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
