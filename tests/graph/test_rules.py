from datetime import date

import pytest

from pressroom.graph import hosts as versions
from pressroom.graph import limits
from pressroom.graph.answers import MediaProductType
from pressroom.graph.hosts import LoginType, logins_of_token
from pressroom.graph.metrics import METRICS_BY_NAME, NAMES_IN_REFUSAL, metrics_for


@pytest.mark.parametrize(("text", "units"), [("abc", 3), ("ş" * 2200, 2200), ("😀", 2), ("e\u0301", 2)])
def test_a_caption_is_counted_in_utf16_units(text: str, units: int) -> None:
    assert limits.utf16_units(text) == units


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("#one #two", ["#one", "#two"]),
        ("no#tag and #1 and &#39;", []),
        ("#çay #日本 #a_b", ["#çay", "#日本", "#a_b"]),
        ("#a#b", ["#a"]),
    ],
)
def test_hashtags_are_found_as_instagram_finds_them(text: str, tags: list[str]) -> None:
    assert limits.hashtags(text) == tags


@pytest.mark.parametrize(
    ("text", "names"), [("@anna, @b.o!", ["@anna", "@b.o"]), ("mail a@b.com", []), ("@@x", [])]
)
def test_mentions_are_no_addresses(text: str, names: list[str]) -> None:
    assert limits.mentions(text) == names


def test_the_default_version_is_served_and_its_end_is_told_ahead() -> None:
    assert versions.warning_for("v21.0", date(2026, 9, 1)) is None
    assert "2027-01-21" in (versions.warning_for("v21.0", date(2026, 11, 24)) or "")
    assert "ended" in (versions.warning_for("v21.0", date(2027, 1, 21)) or "")
    assert "has ended" in (versions.warning_for("v20.0", date(2026, 11, 24)) or "")
    assert versions.warning_for("v26.0", date(2030, 1, 1)) is None


@pytest.mark.parametrize(
    ("name", "is_fine"),
    [("v21.0", True), ("v99.0", True), ("21.0", False), ("v21", False), ("v21.0/", False)],
)
def test_a_version_is_well_formed_or_not(name: str, is_fine: bool) -> None:
    assert versions.is_well_formed(name) is is_fine


def test_a_newer_version_than_we_know_is_used_with_a_warning() -> None:
    assert "unknown" in (versions.warning_for("v28.0", date(2026, 11, 24)) or "")


def test_metrics_depend_on_the_product_type_and_the_login() -> None:
    reel = metrics_for(MediaProductType.REELS)
    assert {"views", "reach", "likes", "comments", "saved", "shares"} <= set(reel)
    assert "saved" not in metrics_for(MediaProductType.STORY)
    assert "total_views" not in reel
    assert "total_views" in metrics_for(MediaProductType.REELS, LoginType.FACEBOOK)


RETIRED = {
    "impressions",
    "plays",
    "video_views",
    "clips_replays_count",
    "engagement",
    "exits",
    "taps_forward",
}


def test_no_retired_metric_is_ever_asked() -> None:
    asked = {name for product in MediaProductType for name in metrics_for(product, LoginType.FACEBOOK)}
    assert not asked & RETIRED
    assert asked <= set(NAMES_IN_REFUSAL)


def test_every_metric_of_the_table_is_among_the_names_that_are_known() -> None:
    assert METRICS_BY_NAME.keys() <= set(NAMES_IN_REFUSAL)


@pytest.mark.parametrize(
    ("token", "logins"),
    [
        ("IGAAx", (LoginType.INSTAGRAM,)),
        ("EAAGx", (LoginType.FACEBOOK, LoginType.UNIFIED)),
        ("x", ()),
    ],
)
def test_a_token_tells_which_logins_it_may_be_of(token: str, logins: tuple[LoginType, ...]) -> None:
    assert logins_of_token(token) == logins
