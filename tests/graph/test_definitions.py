"""Each metric that is asked for has one definition, and nothing else has."""

import pytest

from pressroom.graph import metrics as account
from pressroom.graph.certainty import Certainty
from pressroom.graph.definitions import DEFINITIONS, Definition, Level, Unit, adds_up, definition_of
from pressroom.graph.hosts import LoginType
from pressroom.graph.metrics import MEDIA_METRICS, METRICS_BY_NAME, SUCCESSORS

OF_ACCOUNT = (*account.SERIES, *account.PER_DAY, account.ONLINE_FOLLOWERS, *account.DEMOGRAPHICS)


def names(level: Level) -> list[str]:
    return [one.name for one in DEFINITIONS if one.level is level]


def test_each_metric_of_a_media_is_defined_once_and_no_other() -> None:
    assert names(Level.MEDIA) == [*(one.name for one in MEDIA_METRICS), *SUCCESSORS.values()]


def test_each_metric_of_the_account_is_defined_once_and_no_other() -> None:
    assert sorted(names(Level.ACCOUNT)) == sorted((*OF_ACCOUNT, *SUCCESSORS.values()))


@pytest.mark.parametrize("one", DEFINITIONS, ids=lambda one: f"{one.level}-{one.name}")
def test_people_and_rates_are_never_added(one: Definition) -> None:
    is_mean = one.name == "ig_reels_avg_watch_time"
    assert one.adds_up is (one.unit not in (Unit.PEOPLE, Unit.PERCENT) and not is_mean)
    assert one.counts
    assert "|" not in f"{one.counts}{one.note}", "it stands in a table"


def test_what_is_said_elsewhere_is_not_said_again() -> None:
    for metric in MEDIA_METRICS:
        found = definition_of(metric.name, Level.MEDIA)
        assert found
        assert set(found.kinds) == {product.value for product in metric.products}
        assert found.breakdowns == ((metric.breakdown,) if metric.breakdown else ())
        assert found.logins == tuple(login for login in LoginType if metric.is_under(login))
    views, people = (definition_of(name, Level.ACCOUNT) for name in ("views", "follower_demographics"))
    assert views
    assert views.breakdowns == ("media_product_type", "follow_type")
    assert people
    assert people.breakdowns == account.PEOPLE


def test_metrics_with_advertisements_are_told_from_those_without() -> None:
    for name in METRICS_BY_NAME:
        if name.startswith("total_") and name != "total_interactions":
            (organic, total) = (
                definition_of(one, Level.MEDIA) for one in (name.removeprefix("total_"), name)
            )
            assert organic
            assert total
            assert (organic.counts_ads, total.counts_ads) == (False, True)


def test_what_is_announced_is_defined_as_what_it_comes_in_place_of_and_marked() -> None:
    for level in Level:
        reach, viewers = (definition_of(name, level) for name in ("reach", "viewers"))
        assert reach
        assert viewers
        assert (viewers.counts, viewers.kinds) == (reach.counts, reach.kinds)
        assert viewers.mark is Certainty.INFERRED
        assert "announced in place of `reach`" in (viewers.note or "")


def test_what_is_not_known_is_not_added() -> None:
    assert not adds_up("viewers", Level.ACCOUNT)
    assert not adds_up("saves", Level.MEDIA)
    assert adds_up("saves", Level.ACCOUNT)
