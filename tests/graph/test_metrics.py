"""Which media metrics may be asked, by product and login, as Meta's page has them."""

import pytest

from pressroom.graph.answers import MediaProductType
from pressroom.graph.hosts import LoginType
from pressroom.graph.metrics import (
    IMPRESSIONS_LAST_DAY,
    IMPRESSIONS_LAST_VERSION,
    MEDIA_METRICS,
    METRICS_BY_NAME,
    NAMES_IN_REFUSAL,
    SUCCESSORS,
    metrics_for,
    shared_metrics,
)

FEED, REELS, STORY = MediaProductType.FEED, MediaProductType.REELS, MediaProductType.STORY
EVERYWHERE = ["views", "reach", "shares", "total_interactions", "reposts"]
LIKED = ["likes", "comments", "saved"]
VISITED = ["follows", "profile_visits", "profile_activity"]
IN_STORIES = ["replies", "navigation", "link_clicks"]
WATCHED = ["ig_reels_avg_watch_time", "ig_reels_video_view_total_time", "reels_skip_rate"]
TOTALS = ["total_likes", "total_comments", "total_views"]


@pytest.mark.parametrize(
    ("product", "names", "by_facebook"),
    [
        (FEED, [*EVERYWHERE, *LIKED, *VISITED], TOTALS),
        (REELS, [*EVERYWHERE, *LIKED, *WATCHED], TOTALS),
        (STORY, [*EVERYWHERE, *VISITED, *IN_STORIES], TOTALS[-1:]),
    ],
)
def test_each_product_answers_its_own_metrics_and_a_page_login_adds_totals(
    product: MediaProductType, names: list[str], by_facebook: list[str]
) -> None:
    assert metrics_for(product) == names
    assert metrics_for(product, LoginType.FACEBOOK) == [*names, *by_facebook]


def test_what_needs_no_more_than_insights_is_asked_under_a_login_of_which_nothing_is_known() -> None:
    reach, views = METRICS_BY_NAME["reach"], METRICS_BY_NAME["total_views"]
    assert reach.is_under(LoginType.UNIFIED)
    assert not views.is_under(LoginType.INSTAGRAM)


def test_what_reach_becomes_is_viewers() -> None:
    assert SUCCESSORS == {"reach": "viewers"}


def test_what_feed_posts_and_reels_share_can_be_asked_of_a_list() -> None:
    assert shared_metrics() == [*EVERYWHERE, *LIKED]
    assert shared_metrics(LoginType.FACEBOOK) == [*EVERYWHERE, *LIKED, *TOTALS]


def test_what_meta_refuses_without_cross_posting_is_asked_of_none() -> None:
    refused = {metric.name: metric.products for metric in MEDIA_METRICS if metric.needs_crosspost}
    assert refused == {"crossposted_views": {REELS}, "facebook_views": {FEED, REELS, STORY}}


def test_a_metric_is_cut_by_its_one_dimension() -> None:
    cut = {metric.name: metric.breakdown for metric in MEDIA_METRICS if metric.breakdown}
    assert cut == {"profile_activity": "action_type", "navigation": "story_navigation_action_type"}


def test_meta_quotes_every_metric_and_the_retired_one() -> None:
    assert len(NAMES_IN_REFUSAL) == len(set(NAMES_IN_REFUSAL))
    assert set(NAMES_IN_REFUSAL) == {*METRICS_BY_NAME, "impressions"}
    assert [METRICS_BY_NAME[name].name for name in METRICS_BY_NAME] == list(METRICS_BY_NAME)


def test_impressions_answer_for_old_media_by_the_oldest_version() -> None:
    assert (IMPRESSIONS_LAST_DAY.isoformat(), IMPRESSIONS_LAST_VERSION) == ("2024-07-01", (21, 0))
