"""What the tools of one program remember and may do."""

from datetime import timedelta

from pressroom.mcp.context import Moments
from tests.fakes.clock import START

SAID, MEANT = ("post", "+2h", ""), START + timedelta(hours=2)
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


def test_a_time_in_words_means_the_same_for_ten_minutes() -> None:
    moments = Moments()
    moments.keep(SAID, MEANT, START)
    for later in (0 * MINUTE, 10 * MINUTE):
        assert moments.recall(SAID, START + later) == MEANT
    assert moments.recall(SAID, START + 10 * MINUTE + SECOND) is None
    assert moments.recall(("another", "+2h", ""), START) is None


def test_a_time_that_is_over_is_not_meant_any_more() -> None:
    """Said again after it, `+1m` is another minute: a post would else be planned into the past."""
    moments, meant = Moments(), START + MINUTE
    moments.keep(SAID, meant, START)
    assert moments.recall(SAID, meant - SECOND) == meant
    assert moments.recall(SAID, meant) is None
    assert moments.recall(SAID, meant + SECOND) is None


def test_of_more_than_a_thousand_the_oldest_is_forgotten() -> None:
    moments = Moments()
    for number in range(1000):
        moments.keep((f"{number}",), MEANT, START)
    assert moments.recall(("0",), START) == MEANT
    moments.keep(SAID, MEANT, START)
    assert moments.recall(("0",), START) is None
    assert moments.recall(("1",), START) == moments.recall(SAID, START) == MEANT
