"""The pure machine from a committed send to its verdict: refusals, doubts, looks."""

from dataclasses import replace

import pytest
from msgspec import structs

from pressroom.core.post import Attention, Followup, Look, Post, PostState, SendState
from pressroom.graph.answers import ContainerStatus
from pressroom.graph.error_table import Retry
from pressroom.publish.machine import events as ev
from pressroom.publish.machine.policy import CAREFUL
from pressroom.publish.machine.transitions import step
from tests.publish.happened import C1, C2, M1, SENT, committed, created, finished, look, run
from tests.publish.posts import a_post, after

FINISHED, EXPIRED, PUBLISHED = ContainerStatus.FINISHED, ContainerStatus.EXPIRED, ContainerStatus.PUBLISHED
DOUBTFUL = (*SENT, ev.SendDoubtful(at=after(30)))
NOT_DONE = (*DOUBTFUL, look(326, FINISHED), look(386, FINISHED))
AGAIN = (*NOT_DONE, committed(390))


def refused(at: float, retry: Retry, code: int | None = None, subcode: int | None = None) -> ev.SendRefused:
    return ev.SendRefused(at=after(at), retry=retry, code=code, subcode=subcode)


def scheduled() -> Post:
    return replace(a_post(), due_at=after(5))


def test_a_woken_send_waits_for_its_next_look() -> None:
    post, _ = run(a_post(), *SENT)
    for at_s in (10, 20):
        assert step(post, ev.Woken(at=after(at_s)))[1] == (ev.LookAtSend(not_before=after(27)),)


def test_a_clock_set_back_to_before_the_send_does_not_put_off_the_next_look() -> None:
    post, _ = run(a_post(), *SENT)
    assert step(post, ev.Woken(at=after(9.9)))[1] == (ev.LookAtSend(not_before=after(9.9)),)


def test_what_instagram_said_to_a_send_is_on_record() -> None:
    doubtful, _ = run(a_post(), *SENT, ev.SendDoubtful(at=after(30), code=4, subcode=2207051))
    assert [(send.code, send.subcode) for send in doubtful.sends] == [(4, 2207051)]
    no, _ = run(a_post(), *SENT, refused(11, Retry.WHEN_READY, 9007, 2207027))
    assert [(send.state, send.code, send.subcode) for send in no.sends] == [
        (SendState.REFUSED, 9007, 2207027)
    ]


@pytest.mark.parametrize(("code", "limit"), [(None, 2), (9007, 4)])
def test_a_send_that_never_left_is_tried_fewer_times_than_one_that_is_not_ready(
    code: int | None, limit: int
) -> None:
    policy = replace(CAREFUL, max_not_sent=2, max_ready_retries=4)
    post, _ = run(a_post(), *SENT[:-1])
    for number in range(limit):
        assert post.state is PostState.READY, number
        again = (committed(60 * number), refused(60 * number, Retry.SOON, code))
        post, _ = run(post, *again, policy=policy)
    assert post.state is PostState.FAILED
    assert post.problem is not None


def test_the_patience_with_a_scheduled_post_ends_when_it_is_late_and_not_before() -> None:
    post = run(scheduled(), ev.Submitted(), ev.Woken(at=after(0)), created(), finished())[0]
    for number in range(CAREFUL.max_ready_retries + CAREFUL.max_not_sent):
        post, _ = run(post, committed(60 * number), refused(60 * number, Retry.SOON))
        assert post.state is PostState.READY


@pytest.mark.parametrize("retry", Retry)
def test_a_scheduled_post_waits_for_its_account_and_one_for_now_does_not(retry: Retry) -> None:
    waits = retry in {Retry.AFTER_SIGN_IN, Retry.AFTER_HUMAN, Retry.NEXT_WINDOW}
    due = run(scheduled(), ev.Submitted(), ev.Woken(at=after(0)), created(), finished(), committed())[0]
    now, _ = run(a_post(), *SENT)
    if waits or retry is Retry.AFTER_FIX:
        assert step(due, refused(11, retry, 1))[0].state is (PostState.READY if waits else PostState.FAILED)
        assert step(now, refused(11, retry, 1))[0].state is PostState.FAILED


def test_each_refusal_puts_the_next_try_off_for_longer() -> None:
    policy = replace(CAREFUL, ready_delays_s=(3, 7))
    post, _ = run(a_post(), *SENT[:-1])
    for number, delay_s in enumerate([3, 7, 7]):
        at_s = 60 * number
        post, _ = run(post, committed(at_s), refused(at_s, Retry.SOON, 100), policy=policy)
        assert post.not_before == after(at_s + delay_s)


def test_a_container_that_is_not_known_yet_gets_the_second_wait_at_once() -> None:
    """A container just finished is unknown for a moment by replication lag: three seconds are too few."""
    policy = replace(CAREFUL, ready_delays_s=(3, 7, 11))
    post, effects = run(a_post(), *SENT, refused(20, Retry.NEW_CONTAINER, 24), policy=policy)
    assert (post.state, effects) == (PostState.READY, (ev.CommitSend(C1, not_before=after(27)),))


def test_a_new_container_is_tried_as_often_as_the_first() -> None:
    gone = refused(20, Retry.NEW_CONTAINER, 24, 2207006)
    lost = (*SENT, gone, committed(30), gone)
    dead, _ = run(a_post(), *lost)
    assert dead.open_send is not None
    assert (dead.open_send.code, dead.open_send.subcode, dead.open_send.is_gone) == (24, 2207006, True)
    post, _ = run(dead, look(110, None), created(C2), finished(C2), committed(120))
    post, effects = step(post, structs.replace(gone, at=after(130)))
    assert effects == (ev.CommitSend(C2, not_before=after(135)),)


@pytest.mark.parametrize("retry", [Retry.WHEN_READY, Retry.SOON, Retry.NEW_CONTAINER])
def test_a_refusal_after_a_lost_send_of_the_same_container_may_mean_that_it_is_live(retry: Retry) -> None:
    post, _ = run(a_post(), *AGAIN, refused(391, retry, 9007, 2207027))
    assert post.open_send is not None
    said = (post.open_send.may_resend, post.open_send.code, post.open_send.subcode)
    assert said == (False, 9007, 2207027), "whatever is found, it is not sent a third time"


@pytest.mark.parametrize("retry", [Retry.AFTER_FIX, Retry.AFTER_SIGN_IN])
def test_a_refusal_that_is_not_about_the_container_says_nothing_of_a_lost_send(retry: Retry) -> None:
    post, effects = run(a_post(), *AGAIN, refused(391, retry, 100))
    assert (post.state, post.sends[-1].state, effects) == (PostState.FAILED, SendState.REFUSED, ())


def test_a_second_send_that_never_left_says_nothing_of_the_first() -> None:
    post, _ = run(a_post(), *AGAIN, refused(391, Retry.SOON))
    assert (post.state, post.sends[-1].state) == (PostState.READY, SendState.REFUSED)


def test_a_refusal_after_a_lost_send_of_another_container_means_what_it_says() -> None:
    dead = look(450, EXPIRED)
    rebuilt = (*NOT_DONE, committed(390), ev.SendDoubtful(at=after(391)), dead, look(500, EXPIRED))
    post, effects = run(a_post(), *rebuilt)
    assert effects == (ev.CreateContainer(None),)
    assert [send.state for send in post.sends] == [SendState.NOT_DONE, SendState.NOT_DONE]
    again = (created(C2), finished(C2), committed(600), refused(601, Retry.WHEN_READY, 9007))
    post, effects = run(post, *again)
    assert effects == (ev.CommitSend(C2, not_before=after(604)),)


def test_a_lost_send_is_repeated_once_whatever_was_refused_before() -> None:
    refusal = (*SENT, refused(11, Retry.WHEN_READY, 9007), committed(20), ev.SendDoubtful(at=after(40)))
    post, effects = run(a_post(), *refusal, look(340, FINISHED), look(400, FINISHED))
    assert (post.state, effects) == (PostState.READY, (ev.CommitSend(C1, not_before=after(400)),))


def test_a_post_that_nobody_could_tell_of_says_so_and_names_its_container() -> None:
    gone, _ = run(a_post(), *AGAIN, ev.SendDoubtful(at=after(450)), look(710, FINISHED), look(770, FINISHED))
    assert (gone.attention, gone.sends[-1].state) == (Attention.OUTCOME_UNKNOWN, SendState.NOT_DONE)
    assert gone.problem is not None
    hidden = ev.SendDoubtful(at=after(30), may_resend=False)
    unknown, _ = run(a_post(), *SENT, hidden, look(1900, FINISHED))
    assert (unknown.attention, unknown.sends[-1].state) == (Attention.OUTCOME_UNKNOWN, SendState.ABANDONED)
    assert C1 in (unknown.problem or "")


def test_a_dead_container_that_nobody_may_replace_is_let_go() -> None:
    hidden = ev.SendDoubtful(at=after(30), may_resend=False)
    post, _ = run(a_post(), *SENT, hidden, look(90, EXPIRED))
    assert (post.state, post.container(None)) == (PostState.FAILED, None)
    assert post.sends[-1].state is SendState.NOT_DONE


def unlisted(at: float) -> ev.Looked:
    return ev.Looked(look=Look(at=after(at), status=PUBLISHED, candidates=None))


def test_the_first_listing_that_could_be_read_begins_the_search_for_the_id() -> None:
    unread, effects = run(a_post(), *DOUBTFUL, unlisted(40))
    assert (unread.listings, effects) == ((), (ev.FollowUp(Followup.MEDIA_ID),))
    read, effects = run(a_post(), *DOUBTFUL, look(40, PUBLISHED, "m1"))
    assert ([seen.at for seen in read.listings], effects) == (
        [after(40)],
        (ev.FollowUp(Followup.MEDIA_ID, not_before=after(70)),),
    )


def test_each_listing_puts_the_next_one_off_by_half_a_settle_time() -> None:
    post, effects = run(a_post(), *DOUBTFUL, look(40, PUBLISHED), look(70, PUBLISHED), look(100, PUBLISHED))
    assert effects == (ev.FollowUp(Followup.MEDIA_ID, not_before=after(130)),)
    assert len(post.listings) == 3


def test_the_id_is_looked_for_a_few_times_and_then_the_post_is_live_without_one() -> None:
    searches = [look(40 + 30 * number, PUBLISHED) for number in range(CAREFUL.max_listings)]
    post, effects = run(a_post(), *DOUBTFUL, *searches[:-1])
    assert isinstance(effects[0], ev.FollowUp)
    post, effects = step(post, searches[-1])
    assert (post.state, post.followups, post.problem, effects) == (PostState.PUBLISHED, (), None, ())
    assert len(post.listings) == CAREFUL.max_listings


def test_without_an_id_a_first_comment_is_told_as_not_written() -> None:
    searches = [look(40 + 30 * number, PUBLISHED) for number in range(CAREFUL.max_listings)]
    post, effects = run(a_post(first_comment="hi"), *DOUBTFUL, *searches)
    assert (post.state, post.followups, effects) == (PostState.PUBLISHED, (), ())
    assert "first comment" in (post.problem or "")


def test_what_is_left_without_an_id_is_not_the_comment_when_that_was_struck_off() -> None:
    post, _ = run(a_post(first_comment="hi"), *DOUBTFUL, look(40, PUBLISHED))
    post = replace(post, followups=(Followup.MEDIA_ID, Followup.PERMALINK))
    searches = [look(70 + 30 * number, PUBLISHED) for number in range(CAREFUL.max_listings)]
    assert run(post, *searches)[0].problem is None


def test_a_listing_that_nobody_asked_for_changes_nothing() -> None:
    live, _ = run(a_post(), *SENT, ev.SendAnswered(media_id=M1))
    ended = replace(live, state=PostState.CANCELLED, followups=(Followup.MEDIA_ID,))
    for post in (live, ended):
        assert step(post, look(400, PUBLISHED, "m2"))[0] == replace(post, revision=post.revision + 1)


def test_the_permalink_and_the_surface_are_kept() -> None:
    read = ev.PermalinkRead(permalink="https://x/p/1", media_product_type="REELS")
    post, _ = run(a_post(), *SENT, ev.SendAnswered(media_id=M1), read)
    assert (post.permalink, post.media_product_type) == ("https://x/p/1", "REELS")
