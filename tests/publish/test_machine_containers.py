"""The pure machine from the submit to a post that is ready: its containers, made, settled and made again."""

from dataclasses import replace

import pytest

from pressroom.core.post import Followup, Post, PostKind, PostState
from pressroom.graph.answers import ContainerId, ContainerStatus
from pressroom.graph.error_table import Retry
from pressroom.publish.machine import events as ev
from pressroom.publish.machine.policy import CAREFUL
from pressroom.publish.machine.transitions import step
from tests.publish.happened import C1, C2, C3, M1, SENT, committed, created, finished, look, run
from tests.publish.posts import a_post, after

MAKING = (ev.Submitted(), created())


def settled(container: ContainerId, status: ContainerStatus, subcode: int | None = None) -> ev.Event:
    return ev.ContainerSettled(id=container, status=status, subcode=subcode)


def failed(container: ContainerId) -> ev.Event:
    return settled(container, ContainerStatus.ERROR, 2207082)


def unchanged(post: Post) -> Post:
    return replace(post, revision=post.revision + 1)


@pytest.mark.parametrize("state", [state for state in PostState if state is not PostState.DRAFT])
def test_a_post_is_submitted_once(state: PostState) -> None:
    made = run(a_post(), *MAKING, finished())[0]
    post = replace(made, state=state, due_at=after(3600))
    assert step(post, ev.Submitted())[0] == unchanged(post)


def test_a_container_is_on_record_as_instagram_made_it() -> None:
    held = replace(step(a_post(), ev.Submitted())[0], held_up_by="the network")
    made = ev.ContainerCreated(id=C1, item=None, at=after(1), host_date=after(2))
    post, _ = step(held, made)
    (record,) = post.containers
    assert (record.id, record.item, record.created_at, record.host_date) == (C1, None, after(1), after(2))
    assert post.held_up_by is None, "nothing is in its way any more"


def test_a_container_that_comes_when_nobody_waits_for_it_is_not_taken() -> None:
    post, _ = run(a_post(), *SENT)
    assert step(post, created(C2))[0] == unchanged(post)


@pytest.mark.parametrize("status", [ContainerStatus.IN_PROGRESS, ContainerStatus.UNRECOGNISED])
def test_a_status_that_settles_nothing_changes_nothing(status: ContainerStatus) -> None:
    post, _ = run(a_post(), *MAKING)
    for may_rebuild in (True, False):
        event = ev.ContainerSettled(id=C1, status=status, may_rebuild=may_rebuild)
        assert step(post, event)[0] == unchanged(post)


@pytest.mark.parametrize(
    ("subcode", "numbers", "fix"),
    [
        (2207026, " (352/2207026)", "pressroom media convert"),
        (2207077, " (2207077)", "https"),
        (2207099, " (2207099)", "Publish again"),
        (None, "", "Publish again"),
    ],
    ids=["documented with a code", "in such texts alone", "in no table", "no number"],
)
def test_the_problem_of_a_container_that_failed_has_its_numbers_and_what_to_do(
    subcode: int | None, numbers: str, fix: str
) -> None:
    event = ev.ContainerSettled(id=C1, status=ContainerStatus.ERROR, subcode=subcode, may_rebuild=False)
    problem = run(a_post(), *MAKING, event)[0].problem or ""
    assert problem.startswith(f"Instagram could not make the media of container {C1}{numbers}: ")
    assert fix in problem


def test_what_is_told_of_a_container_of_another_post_or_too_late_changes_nothing() -> None:
    making, _ = run(a_post(), *MAKING)
    assert step(making, finished(C2))[0] == unchanged(making)
    publishing, _ = run(a_post(), *SENT)
    assert step(publishing, failed(C1))[0] == unchanged(publishing)


def test_why_a_container_failed_is_on_record() -> None:
    post, _ = run(a_post(), *MAKING, failed(C1))
    assert [(record.status, record.subcode) for record in post.containers] == [
        (ContainerStatus.ERROR, 2207082)
    ]


def test_a_container_that_is_found_published_makes_the_post_live() -> None:
    delayed = ev.Delayed(until=after(30))
    post, effects = run(a_post(), *MAKING, delayed, settled(C1, ContainerStatus.PUBLISHED))
    assert (post.state, post.media_id, post.not_before) == (PostState.PUBLISHED, None, None)
    assert effects == (ev.FollowUp(Followup.MEDIA_ID),)


def test_an_item_that_is_found_published_ends_the_post() -> None:
    post, effects = run(
        a_post(PostKind.CAROUSEL), ev.Submitted(), created(C1, 0), settled(C1, ContainerStatus.PUBLISHED)
    )
    assert (post.state, effects) == (PostState.FAILED, ())
    assert post.problem is not None


def test_each_item_has_its_own_tries() -> None:
    policy = replace(CAREFUL, max_containers=2)
    post, _ = run(a_post(PostKind.CAROUSEL, "https://x/0.jpg", "https://x/1.jpg", "https://x/2.jpg"))
    post, _ = run(post, ev.Submitted(), *(created(ContainerId(f"c{item}"), item) for item in range(3)))
    post, effects = run(post, *(failed(ContainerId(f"c{item}")) for item in range(3)), policy=policy)
    assert (post.state, effects) == (PostState.PREPARING, (ev.CreateContainer(0),))
    post, _ = run(post, created(ContainerId("again"), 0), failed(ContainerId("again")), policy=policy)
    assert post.state is PostState.FAILED


def test_a_parent_that_failed_is_made_again_from_the_same_items() -> None:
    items = (created(C1, 0), created(C2, 1), finished(C1), finished(C2))
    post, effects = run(a_post(PostKind.CAROUSEL), ev.Submitted(), *items, created(C3), failed(C3))
    assert (post.state, effects) == (PostState.PREPARING, (ev.CreateContainer(None),))


def test_nothing_is_committed_for_a_post_that_is_not_ready() -> None:
    post = run(a_post(), *MAKING)[0]
    after_it, effects = step(post, committed())
    assert (after_it, effects) == (unchanged(post), (ev.PollContainers((C1,)),))


def test_a_send_is_on_record_with_its_number_and_nothing_holds_the_post_up_any_more() -> None:
    held = ev.Delayed(until=after(5), why="a pause")
    post, _ = run(a_post(), *SENT[:-1], held, committed())
    assert [send.number for send in post.sends] == [1]
    assert (post.not_before, post.held_up_by) == (None, None)
    refused = ev.SendRefused(at=after(11), retry=Retry.WHEN_READY, code=9007)
    post, _ = run(post, refused, committed(20))
    assert [send.number for send in post.sends] == [1, 2]


def story_that_died(at_s: float, kind: PostKind = PostKind.STORY) -> Post:
    dead = look(at_s, ContainerStatus.EXPIRED)
    return run(a_post(kind), *SENT, ev.SendDoubtful(at=after(30)), dead)[0]


def test_a_story_is_made_again_until_23_hours_after_its_first_send_and_other_posts_later_too() -> None:
    limit_s = 10 + 23 * 3600.0
    assert story_that_died(limit_s).state is PostState.PREPARING
    assert story_that_died(limit_s + 0.1).state is PostState.FAILED
    assert story_that_died(limit_s + 0.1, PostKind.PHOTO).state is PostState.PREPARING


def test_a_story_that_was_made_again_counts_from_its_first_send() -> None:
    again = (created(C2), finished(C2), committed(3600), ev.SendDoubtful(at=after(3620)))
    post, _ = run(story_that_died(90), *again, look(10 + 23 * 3600 + 1, ContainerStatus.EXPIRED))
    assert post.state is PostState.FAILED


def test_a_post_whose_containers_are_lost_is_made_again_a_few_times_at_most() -> None:
    """Items are not made anew for that: they count for none."""
    items = (created(ContainerId("i0"), 0), created(ContainerId("i1"), 1))
    done = (finished(ContainerId("i0")), finished(ContainerId("i1")))
    policy = replace(CAREFUL, max_containers=2)
    post, effects = run(a_post(PostKind.CAROUSEL), ev.Submitted(), *items, *done, policy=policy)
    for number in range(policy.max_containers):
        assert effects == (ev.CreateContainer(0 if number else None),)
        if number:
            post, _ = run(post, *items, *done, policy=policy)
        name = ContainerId(f"c{number}")
        sent = (created(name), finished(name), committed(), ev.SendDoubtful(at=after(30)))
        post, effects = run(post, *sent, look(90, ContainerStatus.EXPIRED), policy=policy)
    assert (post.state, effects) == (PostState.FAILED, ())
    assert post.problem is not None


@pytest.mark.parametrize("state", PostState)
def test_what_no_retry_mends_ends_a_post_that_has_no_end_yet(state: PostState) -> None:
    ends = {"published", "deleted", "failed", "missed", "cancelled", "needs_attention"}
    post = replace(a_post(), state=state, not_before=after(5))
    ended, _ = step(post, ev.GaveUp(problem="No such account."))
    if state in ends:
        assert ended == unchanged(post)
    else:
        assert (ended.state, ended.problem, ended.not_before) == (PostState.FAILED, "No such account.", None)


def test_an_open_send_is_a_doubt_that_no_error_settles() -> None:
    post, _ = run(a_post(), *SENT)
    assert step(post, ev.GaveUp(problem="No such account."))[0] == unchanged(post)


def test_an_answer_that_nobody_waits_for_changes_nothing() -> None:
    post, _ = run(a_post(), *SENT[:-1])
    answers = (
        ev.SendAnswered(media_id=M1),
        ev.SendRefused(at=after(11), retry=Retry.AFTER_FIX, code=100),
        ev.SendDoubtful(at=after(11)),
        look(20, ContainerStatus.PUBLISHED, "m1"),
    )
    for answer in answers:
        assert step(post, answer)[0] == unchanged(post)
