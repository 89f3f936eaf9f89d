"""What each metric counts, and what may be done with its number: a row of data for each.

`metrics` says what is asked for, of which media and under which login; here that is only derived. Sources:
the pages that it names, and the changelog of the Instagram Platform.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from pressroom.graph.certainty import Certainty
from pressroom.graph.hosts import LoginType
from pressroom.graph.metrics import (
    DEMOGRAPHICS,
    FEWEST_FOLLOWERS,
    METRICS_BY_NAME,
    ONLINE_FOLLOWERS,
    PEOPLE,
    SUCCESSORS,
    WITH_PARTS,
)

D, O = Certainty.DOCUMENTED, Certainty.OBSERVED  # noqa: E741  # the marks as they are printed


class Level(StrEnum):
    """What a metric is of."""

    MEDIA = "media"
    ACCOUNT = "account"


class Unit(StrEnum):
    """What a number counts or measures. PEOPLE are counted once each, so that two numbers have no sum."""

    TIMES = "times"
    PEOPLE = "people"
    MILLISECONDS = "milliseconds"
    PERCENT = "percent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """A metric. counts: completes "it counts ...".

    adds_up: numbers of several posts, or of an account's days, have a sum that means something. is_estimated:
    Meta calls it an estimate; False says only that it does not. counts_ads: None where nobody says. since:
    the month in which it came; None where it is not known. kinds: of media. logins: known to offer it.
    replaces: metrics that are gone. may_become: the metric that Meta announced in its place.
    """

    name: str
    level: Level
    counts: str
    mark: Certainty
    unit: Unit = Unit.TIMES
    adds_up: bool = True
    is_estimated: bool = False
    counts_ads: bool | None = None
    since: str | None = None
    kinds: tuple[str, ...] = ()
    logins: tuple[LoginType, ...] = ()
    breakdowns: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    may_become: str | None = None
    note: str | None = None


_VIEWS_OF_FACEBOOK = "refused for media that were not shared to Facebook"
_WITH_ADS = (
    "with advertisements and, where they are shown, cross-posts: never in one rate with organic numbers"
)
_FEW_FOLLOWERS = f"none below {FEWEST_FOLLOWERS} followers"
_TOP = "the 45 largest parts alone"

_ROWS: Final = (
    Definition(
        name="views",
        level=Level.MEDIA,
        mark=D,
        counts="how often it was shown or played, by the same person too",
        counts_ads=False,
        since="2025-01 (v22.0)",
        replaces=("impressions", "plays"),
        note="refused for some media",
    ),
    Definition(
        name="reach",
        level=Level.MEDIA,
        mark=D,
        counts="accounts that saw it, each once",
        unit=Unit.PEOPLE,
        adds_up=False,
        is_estimated=True,
        may_become=SUCCESSORS["reach"],
    ),
    Definition(
        name="shares",
        level=Level.MEDIA,
        mark=D,
        counts="how often it was shared",
        note="refused for some images",
    ),
    Definition(
        name="total_interactions",
        level=Level.MEDIA,
        mark=D,
        counts="likes, comments, saves and shares, less those taken back",
    ),
    Definition(
        name="reposts", level=Level.MEDIA, mark=D, counts="how often it was reposted", since="2025-12"
    ),
    Definition(name="likes", level=Level.MEDIA, mark=D, counts="likes", counts_ads=False),
    Definition(name="comments", level=Level.MEDIA, mark=D, counts="comments", counts_ads=False),
    Definition(
        name="saved",
        level=Level.MEDIA,
        mark=D,
        counts="how often it was saved",
        note="of an account the metric is called `saves`",
    ),
    Definition(
        name="follows",
        level=Level.MEDIA,
        mark=D,
        counts="follows from it",
        note="of feed posts and stories alone, and so of no reel",
    ),
    Definition(name="profile_visits", level=Level.MEDIA, mark=D, counts="visits of the profile from it"),
    Definition(
        name="profile_activity",
        level=Level.MEDIA,
        mark=D,
        counts="what was done on the profile after it: calls, taps on links ...",
    ),
    Definition(
        name="replies",
        level=Level.MEDIA,
        mark=D,
        counts="replies to the story",
        note="0 in Europe and Japan, whatever there were",
    ),
    Definition(
        name="navigation",
        level=Level.MEDIA,
        mark=D,
        counts="taps forward, back and out, and swipes to the next story",
        note="the four are told apart by the breakdown alone; below 5 they may come as 0",
    ),
    Definition(
        name="link_clicks", level=Level.MEDIA, counts="taps on the story's link", mark=O, since="2026"
    ),
    Definition(
        name="ig_reels_avg_watch_time",
        level=Level.MEDIA,
        mark=D,
        counts="the mean time that a play lasted",
        unit=Unit.MILLISECONDS,
        adds_up=False,
        note="the unit is as others found it",
    ),
    Definition(
        name="ig_reels_video_view_total_time",
        level=Level.MEDIA,
        mark=D,
        counts="the time of all plays together",
        unit=Unit.MILLISECONDS,
        note="the unit is as others found it",
    ),
    Definition(
        name="reels_skip_rate",
        level=Level.MEDIA,
        mark=D,
        counts="plays skipped in the first three seconds, of all",
        unit=Unit.PERCENT,
        adds_up=False,
    ),
    Definition(
        name="crossposted_views",
        level=Level.MEDIA,
        mark=D,
        counts="views on Instagram and Facebook together",
        note=_VIEWS_OF_FACEBOOK,
    ),
    Definition(
        name="facebook_views", level=Level.MEDIA, mark=D, counts="views on Facebook", note=_VIEWS_OF_FACEBOOK
    ),
    Definition(
        name="total_likes", level=Level.MEDIA, mark=D, counts="likes in all", counts_ads=True, note=_WITH_ADS
    ),
    Definition(
        name="total_comments",
        level=Level.MEDIA,
        mark=D,
        counts="comments in all",
        counts_ads=True,
        note=_WITH_ADS,
    ),
    Definition(
        name="total_views", level=Level.MEDIA, mark=D, counts="views in all", counts_ads=True, note=_WITH_ADS
    ),
    Definition(
        name="reach",
        level=Level.ACCOUNT,
        mark=D,
        counts="accounts that saw any of it that day, each once",
        unit=Unit.PEOPLE,
        adds_up=False,
        is_estimated=True,
        counts_ads=True,
        may_become=SUCCESSORS["reach"],
        note="who came on two days would be counted twice in a sum",
    ),
    Definition(
        name="follower_count",
        level=Level.ACCOUNT,
        mark=D,
        counts="new followers of that day; those who left are not subtracted",
        note=f"not how many there are; {_FEW_FOLLOWERS}",
    ),
    Definition(
        name="views",
        level=Level.ACCOUNT,
        mark=D,
        counts="how often anything was shown or played that day",
        since="2025-01 (v22.0)",
        replaces=("impressions",),
        note="of all that is out, so that it cannot be computed from posts; refused for some accounts",
    ),
    Definition(
        name="accounts_engaged",
        level=Level.ACCOUNT,
        mark=D,
        counts="accounts that did anything with it that day, each once",
        unit=Unit.PEOPLE,
        adds_up=False,
        is_estimated=True,
        counts_ads=True,
    ),
    Definition(
        name="total_interactions",
        level=Level.ACCOUNT,
        mark=D,
        counts="likes, comments, saves, shares and replies",
        counts_ads=True,
    ),
    Definition(name="likes", level=Level.ACCOUNT, mark=D, counts="likes that day"),
    Definition(name="comments", level=Level.ACCOUNT, mark=D, counts="comments that day"),
    Definition(
        name="saves",
        level=Level.ACCOUNT,
        mark=D,
        counts="how often anything was saved",
        note="of a media the metric is called `saved`",
    ),
    Definition(name="shares", level=Level.ACCOUNT, mark=D, counts="how often anything was shared"),
    Definition(name="replies", level=Level.ACCOUNT, mark=D, counts="replies to stories"),
    Definition(
        name="reposts", level=Level.ACCOUNT, mark=D, counts="how often anything was reposted", since="2025-12"
    ),
    Definition(
        name="profile_links_taps",
        level=Level.ACCOUNT,
        mark=D,
        counts="taps on the profile's buttons: address, call, mail, text",
    ),
    Definition(
        name="follows_and_unfollows",
        level=Level.ACCOUNT,
        mark=D,
        counts="accounts that followed, and accounts that unfollowed or left Instagram",
        note="`follow_type` alone tells the two apart: `follower` came, `non_follower` left, as accounts "
        f"show; may be missing; {_FEW_FOLLOWERS}",
    ),
    Definition(
        name="profile_views",
        level=Level.ACCOUNT,
        counts="visits of the profile",
        mark=O,
        note="documented no longer",
    ),
    Definition(
        name="website_clicks",
        level=Level.ACCOUNT,
        counts="taps on the profile's link",
        mark=O,
        note="documented no longer",
    ),
    Definition(
        name=ONLINE_FOLLOWERS,
        level=Level.ACCOUNT,
        mark=D,
        counts="followers that were on Instagram in each hour",
        unit=Unit.PEOPLE,
        adds_up=False,
        note=f"whose hours these are is not documented; {_FEW_FOLLOWERS}",
    ),
    Definition(
        name="follower_demographics",
        level=Level.ACCOUNT,
        mark=D,
        counts="followers by age, city, country and gender",
        unit=Unit.PEOPLE,
        adds_up=False,
        note=f"{_TOP}; {_FEW_FOLLOWERS}",
    ),
    Definition(
        name="engaged_audience_demographics",
        level=Level.ACCOUNT,
        mark=D,
        counts="accounts that did anything with it this month, by age, city, country and gender",
        unit=Unit.PEOPLE,
        adds_up=False,
        note=f"{_TOP}; none below {FEWEST_FOLLOWERS} that did",
    ),
)


def _whole(row: Definition) -> Definition:
    """Add what other tables say of a metric; KeyError for a media metric that none of them has."""
    if row.level is Level.MEDIA:
        metric = METRICS_BY_NAME[row.name]
        return replace(
            row,
            kinds=tuple(sorted(product.value for product in metric.products)),
            logins=tuple(login for login in LoginType if metric.is_under(login)),
            breakdowns=(metric.breakdown,) if metric.breakdown else (),
        )
    parts = tuple(breakdown for breakdown, metrics in WITH_PARTS.items() if row.name in metrics)
    people = {ONLINE_FOLLOWERS: ("hour",), **dict.fromkeys(DEMOGRAPHICS, PEOPLE)}
    return replace(row, logins=tuple(LoginType), breakdowns=people.get(row.name, parts))


DEFINITIONS: Final = (
    *map(_whole, _ROWS),
    # What is announced in place of a metric; what it counts, nobody has seen yet.
    *(
        replace(
            _whole(row),
            name=SUCCESSORS[name],
            mark=Certainty.INFERRED,
            counts_ads=None,
            may_become=None,
            note=f"announced in place of `{name}`, and told here where Instagram gives it",
        )
        for level in Level
        for name in SUCCESSORS
        for row in _ROWS
        if (row.name, row.level) == (name, level)
    ),
)
"""Of media first, then of the account, last those that are announced."""
# By level, too: an account and its media have metrics of the same name.
_BY_NAME: Final = {(row.level, row.name): row for row in DEFINITIONS}


def definition_of(name: str, level: Level) -> Definition | None:
    """Return a metric's definition; None for one that is not known."""
    return _BY_NAME.get((level, name))


def adds_up(name: str, level: Level) -> bool:
    """Return whether a metric's numbers may be added; those of one that is not known may not."""
    definition = definition_of(name, level)
    return definition is not None and definition.adds_up
