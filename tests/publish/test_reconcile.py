"""What looks at a doubtful send prove."""

from dataclasses import replace

import pytest

from pressroom.core.post import Look, Send, Snapshot
from pressroom.graph.answers import ContainerId, ContainerStatus, MediaId
from pressroom.publish.machine.policy import CAREFUL
from pressroom.publish.machine.sends import Verdict, elapsed_s, next_look_at, settled_id, verdict
from tests.publish.posts import after

SENT = Send(
    container_id=ContainerId("1"),
    number=1,
    started_at=after(0),
    deadline=after(15),
    snapshot=Snapshot(listed=frozenset(), quota_usage=0),
)


def an_unreadable_look(seconds: float) -> Look:
    return Look(at=after(seconds), status=None)


def a_look_at_nothing(seconds: float) -> Look:
    return Look(at=after(seconds), status=ContainerStatus.FINISHED, candidates=frozenset(), quota_usage=0)


def test_a_worker_that_was_away_for_a_day_looks_as_often_as_any_before_a_person_is_asked() -> None:
    day = 86_400.0
    assert verdict(replace(SENT, looks=(an_unreadable_look(day),)), CAREFUL) is Verdict.WAIT
    both = (a_look_at_nothing(day), a_look_at_nothing(day + 60))
    assert verdict(replace(SENT, looks=both[:1]), CAREFUL) is Verdict.WAIT
    assert verdict(replace(SENT, looks=both), CAREFUL) is Verdict.NOT_DONE


def test_a_worker_that_was_away_between_two_looks_looks_on_before_a_person_is_asked() -> None:
    """It saw nothing yet that proves anything, and what it sees now has to be seen twice."""
    early, back, again = an_unreadable_look(20), a_look_at_nothing(7200), a_look_at_nothing(7260)
    assert verdict(replace(SENT, looks=(early, back)), CAREFUL) is Verdict.WAIT
    assert verdict(replace(SENT, looks=(early, back, again)), CAREFUL) is Verdict.NOT_DONE


def test_after_the_budget_it_looks_for_as_long_as_a_proof_takes() -> None:
    looks = tuple(an_unreadable_look(3600 + 60 * minute) for minute in range(6))
    assert verdict(replace(SENT, looks=looks[:-1]), CAREFUL) is Verdict.WAIT
    assert verdict(replace(SENT, looks=looks), CAREFUL) is Verdict.GIVE_UP


def test_by_a_clock_that_was_set_back_the_hosts_own_time_tells_how_late_it_is() -> None:
    """Two hours back: by ours nothing would be late for as long, and nobody would ever be asked."""
    hours = 2 * 3600.0
    sent = replace(SENT, snapshot=replace(SENT.snapshot, host_date=after(0)))

    def a_look(seconds: float) -> Look:
        return replace(a_look_at_nothing(seconds - hours), host_date=after(seconds))

    early = [a_look(seconds) for seconds in (20.0, 80.0)]
    assert verdict(replace(sent, looks=tuple(early)), CAREFUL) is Verdict.WAIT
    late = [a_look(seconds) for seconds in (320.0, 380.0)]
    assert verdict(replace(sent, looks=(*early, *late)), CAREFUL) is Verdict.NOT_DONE


def test_by_a_clock_that_was_set_back_a_person_is_asked_after_the_same_time_of_looking() -> None:
    looks = tuple(an_unreadable_look(-7200.0 + 60 * number) for number in range(31))
    assert verdict(replace(SENT, looks=looks[:30]), CAREFUL) is Verdict.WAIT
    assert verdict(replace(SENT, looks=looks), CAREFUL) is Verdict.GIVE_UP


def judged(*looks: Look, **changes: object) -> Verdict:
    return verdict(replace(SENT, looks=looks, **changes), CAREFUL)  # pyright: ignore[reportArgumentType]  # fields


def a_dead_look(seconds: float, status: ContainerStatus = ContainerStatus.EXPIRED) -> Look:
    return replace(a_look_at_nothing(seconds), status=status)


def test_what_was_seen_published_once_stays_live() -> None:
    seen = replace(a_look_at_nothing(20), status=ContainerStatus.PUBLISHED)
    assert judged(seen, a_look_at_nothing(400), a_look_at_nothing(460)) is Verdict.LIVE


@pytest.mark.parametrize("status", [ContainerStatus.ERROR, ContainerStatus.EXPIRED])
def test_a_container_is_dead_a_settle_time_after_the_deadline(status: ContainerStatus) -> None:
    end = 15 + CAREFUL.settle_s
    assert judged(a_dead_look(end - 0.1, status)) is Verdict.WAIT
    assert judged(a_dead_look(end, status)) is Verdict.CONTAINER_DEAD


def test_a_container_is_not_dead_while_nobody_could_read_what_is_listed() -> None:
    assert judged(replace(a_dead_look(400), candidates=None)) is Verdict.WAIT


def test_a_send_is_not_done_by_two_looks_from_five_minutes_after_the_deadline() -> None:
    first = 15 + CAREFUL.resend_after_s
    assert judged(a_look_at_nothing(first), a_look_at_nothing(first + 60)) is Verdict.NOT_DONE
    assert judged(a_look_at_nothing(first - 0.1), a_look_at_nothing(first + 60)) is Verdict.WAIT


def test_the_last_two_late_looks_prove_it_whatever_could_not_be_read_before() -> None:
    assert judged(an_unreadable_look(320), a_look_at_nothing(380), a_look_at_nothing(440)) is Verdict.NOT_DONE
    unread = replace(a_look_at_nothing(440), candidates=None)
    assert judged(a_look_at_nothing(320), a_look_at_nothing(380), unread) is Verdict.WAIT


def test_a_quota_that_nobody_knew_before_the_send_proves_nothing() -> None:
    unknown = [replace(a_look_at_nothing(seconds), quota_usage=None) for seconds in (320, 380)]
    assert judged(*unknown, snapshot=Snapshot(listed=frozenset())) is Verdict.WAIT


def test_a_count_that_lags_behind_our_own_posts_hides_none() -> None:
    """Before the send it had not seen a post of ours yet; that it has caught up may be the post in doubt."""
    lagging = Snapshot(listed=frozenset(), quota_usage=0, went_live=1)
    caught_up = replace(a_look_at_nothing(20), quota_usage=1, went_live=1)
    nothing = [replace(a_look_at_nothing(seconds), went_live=1) for seconds in (320, 380)]
    assert judged(*nothing, snapshot=lagging) is Verdict.NOT_DONE
    assert judged(caught_up, *nothing, snapshot=lagging) is Verdict.WAIT


@pytest.mark.parametrize(("doubtful_s", "begun_s"), [(None, 15), (5, 15), (75, 75), (9000, 9000)])
def test_a_person_is_asked_half_an_hour_after_the_deadline_and_after_the_doubt(
    doubtful_s: float | None, begun_s: float
) -> None:
    """A send that is looked at again has half an hour of its own."""
    unprovable = Snapshot(listed=frozenset())
    doubtful_at = None if doubtful_s is None else after(doubtful_s)
    end = begun_s + CAREFUL.reconcile_budget_s
    for end_s, expected in ((end - 0.1, Verdict.WAIT), (end, Verdict.GIVE_UP)):
        look = an_unreadable_look(end_s)
        assert judged(look, snapshot=unprovable, doubtful_at=doubtful_at) is expected


@pytest.mark.parametrize(("pause_s", "expected"), [(30.0, Verdict.GIVE_UP), (29.5, Verdict.WAIT)])
def test_a_clock_set_back_between_two_looks_counts_for_no_time_of_looking(
    pause_s: float, expected: Verdict
) -> None:
    policy = replace(CAREFUL, reconcile_budget_s=60, look_delays_s=(30,))
    looks = [an_unreadable_look(seconds) for seconds in (-900, -870, -7200, -7200 + pause_s)]
    sent = replace(SENT, snapshot=Snapshot(), looks=tuple(looks))
    assert verdict(sent, policy) is expected


def test_it_is_looked_at_ever_more_rarely_from_the_last_look_on() -> None:
    policy = replace(CAREFUL, look_delays_s=(2, 5, 60))
    looks = tuple(an_unreadable_look(seconds) for seconds in (20, 30, 40, 50))
    assert next_look_at(SENT, policy) == after(15 + 2)
    assert next_look_at(replace(SENT, doubtful_at=after(9)), policy) == after(9 + 2)
    due = [next_look_at(replace(SENT, looks=looks[:count]), policy) for count in (1, 2, 3, 4)]
    assert due == [after(20 + 5), after(30 + 60), after(40 + 60), after(50 + 60)]


def listing(seconds: float, *found: str) -> Look:
    return replace(a_look_at_nothing(seconds), candidates=frozenset(MediaId(media) for media in found))


def test_an_id_is_settled_by_the_same_single_candidate_a_settle_time_apart() -> None:
    assert settled_id((listing(0, "m1"), listing(60, "m1")), CAREFUL) == "m1"
    unsettled = [
        (listing(0, "m1"), listing(59.9, "m1")),
        (listing(0, "m1"), listing(60, "m2")),
        (listing(0, "m1", "m2"), listing(60, "m1", "m2")),
        (listing(0), listing(60)),
        (an_unreadable_look(0), an_unreadable_look(60)),
    ]
    assert [settled_id(looks, CAREFUL) for looks in unsettled] == [None] * len(unsettled)


def test_an_id_settles_by_any_two_listings_whatever_stood_between() -> None:
    looks = (listing(0), listing(10, "m1"), listing(30, "m1", "m2"), listing(70, "m1"))
    assert settled_id(looks, CAREFUL) == "m1"


@pytest.mark.parametrize(
    ("at_s", "sent_host_s", "host_s", "elapsed"),
    [
        (400, 0, 400, 385),
        (400, None, None, 385),
        (400, 0, None, 385),
        (400, None, 400, 385),
        (4000, 0, 400, 385),  # ours was set forward
        (400, 0, 4000, 385),  # theirs was
        (-7200, 0, 400, 385),  # ours was set back to before the send
        (0, 0, 400, -15),
        (-7200, None, 400, -7215),
    ],
)
def test_it_is_as_late_as_the_clock_says_that_says_less(
    at_s: float, sent_host_s: float | None, host_s: float | None, elapsed: float
) -> None:
    sent_host, host = (None if moment is None else after(moment) for moment in (sent_host_s, host_s))
    sent = replace(SENT, snapshot=Snapshot(host_date=sent_host))
    assert elapsed_s(sent, after(at_s), host) == elapsed
