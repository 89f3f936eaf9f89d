"""What looks at a doubtful send prove."""

from dataclasses import replace

from pressroom.core.post import Look, Send, Snapshot
from pressroom.graph.answers import ContainerStatus
from pressroom.graph.ids import ContainerId
from pressroom.publish.machine.policy import CAREFUL
from pressroom.publish.machine.reconcile import Verdict, verdict
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
