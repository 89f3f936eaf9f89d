"""The metrics of a report, and the words that it has for them, for kinds of posts and for changes.

A metric is added as a row of `POST_METRICS` or `ACCOUNT_METRICS`; docs/howto/extending.md says what else.
Texts here are messages, which a `Language` says.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Final, NamedTuple, TypeGuard
from zoneinfo import ZoneInfo

from pressroom.core.readings import KeptMedia, MetricNote, Number
from pressroom.core.slots import parse_slots
from pressroom.core.spelling import NONE
from pressroom.insights.questions.coming import Answer, Coming
from pressroom.insights.questions.posts import RATE, kind_of
from pressroom.insights.report.languages import gettext_noop as _
from pressroom.insights.report.languages import ngettext_noop
from pressroom.insights.report.movements import Baseline, Movement, NotCompared, Of, PostAgainstItsKind
from pressroom.insights.statistics.answers import WEEKDAYS

if TYPE_CHECKING:
    from pressroom.insights.report.language import Language
    from pressroom.insights.statistics.changes import Change


class Says(NamedTuple):
    """How the rise and the fall of a number are said; the words end where `: about 40 % more` goes on."""

    more: str
    less: str


class PostMetric(NamedTuple):
    """A metric of posts. label: its name for people; title: of its median.

    says: of a metric that is compared: it has an interval, and may lead the report. is_column: has a column
    in the table of posts. Each is explained at the end of the report.
    """

    name: str
    label: str
    title: str = ""
    says: Says | None = None
    is_column: bool = False


class AccountMetric(NamedTuple):
    """A metric of an account's days. label, title, says: as of `PostMetric`.

    outcome: how its total is told, of one and of several; empty for a metric that has no total there.
    """

    name: str
    label: str
    title: str = ""
    says: Says | None = None
    outcome: tuple[str, str] | None = None


_MORE_PEOPLE: Final = Says(_("Posts reached more people"), _("Posts reached fewer people"))
_MORE_A_DAY: Final = Says(
    _("The account reached more people a day"), _("The account reached fewer people a day")
)
# What is compared is the same in each report, so that two can be laid beside each other. The first row of
# each table is the reach that the whole report is about: its first numbers, its posts, its pictures.
POST_METRICS: Final = (
    PostMetric("reach", _("Reach"), _("Reach of a post"), _MORE_PEOPLE),
    PostMetric(
        "views",
        _("Views"),
        _("Views of a post"),
        Says(_("Posts were viewed more often"), _("Posts were viewed less often")),
        is_column=True,
    ),
    PostMetric(
        RATE,
        _("Engagement rate"),
        _("Engagement rate of a post"),
        Says(
            _("More of the people whom a post reached did something with it"),
            _("Fewer of the people whom a post reached did something with it"),
        ),
    ),
    PostMetric("likes", _("Likes"), is_column=True),
    PostMetric("comments", _("Comments"), is_column=True),
    PostMetric(
        "shares",
        _("Shares"),
        _("Shares of a post"),
        Says(_("Posts were shared more often"), _("Posts were shared less often")),
        is_column=True,
    ),
    PostMetric(
        "saved",
        _("Saves"),
        _("Saves of a post"),
        Says(_("Posts were saved more often"), _("Posts were saved less often")),
        is_column=True,
    ),
    # Sums and tables of stories have these.
    PostMetric("follows", _("Follows")),
    PostMetric("replies", _("Replies")),
    PostMetric("navigation", _("Taps and swipes")),
)
ACCOUNT_METRICS: Final = (
    AccountMetric("reach", _("Reach"), _("Reach of the account a day"), _MORE_A_DAY),
    AccountMetric(
        "follower_count",
        _("New followers"),
        _("New followers a day"),
        Says(_("More followers came a day"), _("Fewer followers came a day")),
    ),
    # What people do on the profile, where an account's work ends up.
    AccountMetric(
        "profile_views",
        _("Visits of the profile"),
        outcome=ngettext_noop(
            "The profile was visited {count} time.", "The profile was visited {count} times."
        ),
    ),
    AccountMetric(
        "profile_links_taps",
        _("Taps on the profile's buttons"),
        outcome=ngettext_noop(
            "The profile's buttons were tapped {count} time.",
            "The profile's buttons were tapped {count} times.",
        ),
    ),
    AccountMetric(
        "website_clicks",
        _("Taps on the profile's link"),
        outcome=ngettext_noop(
            "The profile's link was tapped {count} time.", "The profile's link was tapped {count} times."
        ),
    ),
)
# Announced by Meta in place of `reach`, and compared instead of it where that is refused.
_SUCCESSORS: Final = {
    Of.POSTS: PostMetric("viewers", _("Viewers"), _("Viewers of a post"), _MORE_PEOPLE),
    Of.DAYS: AccountMetric("viewers", _("Viewers"), _("Viewers of the account a day"), _MORE_A_DAY),
}
_ROWS: Final[Mapping[Of, Mapping[str, PostMetric | AccountMetric]]] = {
    Of.POSTS: {row.name: row for row in (*POST_METRICS, _SUCCESSORS[Of.POSTS])},
    Of.DAYS: {row.name: row for row in (*ACCOUNT_METRICS, _SUCCESSORS[Of.DAYS])},
}
# Shown in tables, where Instagram gives them.
_OTHER_LABELS: Final = {
    "accounts_engaged": _("Accounts that did something"),
    "total_interactions": _("Interactions"),
    "saves": _("Saves"),
    "reposts": _("Reposts"),
    "follows_and_unfollows": _("Follows and unfollows"),
    "follower_demographics": _("Followers by group"),
    "engaged_audience_demographics": _("Engaged accounts by group"),
}


class KindWords(NamedTuple):
    """A kind of post. name: of one; names: of several, and inline within a sentence. title: of its reach."""

    name: str
    names: str
    inline: str
    title: str
    says: Says
    most: str
    more_of_them: str
    fewer_of_them: str
    stood_out: str


KINDS: Final[Mapping[str, KindWords]] = {
    "reel": KindWords(
        name=_("Reel"),
        names=_("Reels"),
        inline=_("reels"),
        title=_("Reach of a reel"),
        says=Says(_("Reels reached more people"), _("Reels reached fewer people")),
        most=_("Most of them were reels."),
        more_of_them=_("More of the posts were reels than before."),
        fewer_of_them=_("Fewer of the posts were reels than before."),
        stood_out=_(
            "The reel of {day} stood out: it reached {times} times as many people as reels usually do."
        ),
    ),
    "carousel": KindWords(
        name=_("Carousel"),
        names=_("Carousels"),
        inline=_("carousels"),
        title=_("Reach of a carousel"),
        says=Says(_("Carousels reached more people"), _("Carousels reached fewer people")),
        most=_("Most of them were carousels."),
        more_of_them=_("More of the posts were carousels than before."),
        fewer_of_them=_("Fewer of the posts were carousels than before."),
        stood_out=_(
            "The carousel of {day} stood out: it reached {times} times as many people as carousels usually "
            "do."
        ),
    ),
    "photo": KindWords(
        name=_("Photo"),
        names=_("Photos"),
        inline=_("photos"),
        title=_("Reach of a photo"),
        says=Says(_("Photos reached more people"), _("Photos reached fewer people")),
        most=_("Most of them were photos."),
        more_of_them=_("More of the posts were photos than before."),
        fewer_of_them=_("Fewer of the posts were photos than before."),
        stood_out=_(
            "The photo of {day} stood out: it reached {times} times as many people as photos usually do."
        ),
    ),
    "video": KindWords(
        name=_("Video"),
        names=_("Videos"),
        inline=_("videos"),
        title=_("Reach of a video"),
        says=Says(_("Videos reached more people"), _("Videos reached fewer people")),
        most=_("Most of them were videos."),
        more_of_them=_("More of the posts were videos than before."),
        fewer_of_them=_("Fewer of the posts were videos than before."),
        stood_out=_(
            "The video of {day} stood out: it reached {times} times as many people as videos usually do."
        ),
    ),
}


class Amount(NamedTuple):
    """How an amount is said against the period before, and against the 90 days before."""

    before: str
    trailing: str


MORE: Final = Amount(
    _("about {number} more than in the period before"),
    _("about {number} more than in the three months before"),
)
LESS: Final = Amount(
    _("about {number} less than in the period before"),
    _("about {number} less than in the three months before"),
)
MORE_POINTS: Final = Amount(
    _("about {number} points more than in the period before"),
    _("about {number} points more than in the three months before"),
)
LESS_POINTS: Final = Amount(
    _("about {number} points less than in the period before"),
    _("about {number} points less than in the three months before"),
)
TIMES: Final = Amount(
    _("about {number} times as much as in the period before"),
    _("about {number} times as much as in the three months before"),
)
# Of best time, by the family of cells.
BEST: Final[Mapping[str, str]] = {
    "hours": _(
        "Best hours to post: {cell}, with about {amount} more reach than other posts of the last year."
    ),
    "weekdays": _(
        "Best day to post: {cell}, with about {amount} more reach than other posts of the last year."
    ),
    "kinds": _(
        "Best kind of post: {cell}, with about {amount} more reach than other posts of the last year."
    ),
}
WEAKEST: Final[Mapping[str, str]] = {
    "hours": _(
        "Weakest hours to post: {cell}, with about {amount} less reach than other posts of the last year."
    ),
    "weekdays": _(
        "Weakest day to post: {cell}, with about {amount} less reach than other posts of the last year."
    ),
    "kinds": _(
        "Weakest kind of post: {cell}, with about {amount} less reach than other posts of the last year."
    ),
}
# What is still to come, and what it takes.
COMING: Final[Mapping[Answer, tuple[str, str]]] = {
    Answer.AT_A_DAY: (_("Posts at 24 h"), _("a post a day old that was watched from its first day")),
    Answer.BEFORE: (_("Such a period against the one before"), _("two whole periods that were watched")),
    Answer.HISTORY: (
        _("Daily reach against the account's history"),
        _("90 known days, and three times its length, before a whole period; Instagram tells some"),
    ),
    Answer.TRAILING: (_("Posts against the 90 days before"), _("90 watched days before a whole period")),
    Answer.FOLLOWERS: (
        _("Followers after a post"),
        _("ten days without a post, none within 48 h after one, at the pace of the last 90 days"),
    ),
    Answer.BEST_TIME: (
        _("Best time"),
        _("posts with a reach at 24 h, at the pace of the last 90 days"),
    ),
}
STORY: Final = (_("Story"), _("Stories"))
NOW: Final = _("this period")
BEFORE: Final = _("the period before")
TRAILING: Final = _("the 90 days before")
_WHY_NOT: Final = {
    NotCompared.NOT_WATCHED: _("not watched then"),
    NotCompared.DAYS_MISSING: _("days are missing"),
    NotCompared.SHORT_HISTORY: _("too few days before"),
    NotCompared.POSTS_UNREAD: _("too many not read"),
    NotCompared.TOO_FEW: _("too few"),
}


_MOST_DECIMALS: Final = 4


def decimals_that_tell(*amounts: float, least: int = 0) -> int:
    """Return how many decimals it takes that no amount but 0 itself is rounded to 0."""
    decimals = least
    while decimals < _MOST_DECIMALS and any(amount and not round(amount, decimals) for amount in amounts):
        decimals += 1
    return decimals


def label(metric: str, language: "Language", of: Of = Of.POSTS) -> str:
    """Name a metric for people; one that came after this was written has Instagram's own name."""
    row = _ROWS[of].get(metric) or _ROWS[Of.POSTS].get(metric)
    text = row.label if row else _OTHER_LABELS.get(metric)
    return language.gettext(text) if text else metric.replace("_", " ")


def noted(note: MetricNote, language: "Language") -> str:
    """Say what a user noted of a metric, in the user's own words."""
    return language.gettext(
        "{metric}, note for {day}: {text}",
        metric=label(note.metric, language),
        day=language.day(note.day),
        text=note.text,
    )


def title_of(movement: Movement) -> str:
    """Return how what moved is named: `Reach of a post`."""
    return _ROWS[movement.of][movement.metric].title


def says_of(movement: Movement) -> Says:
    """Return how its change is said."""
    says = _ROWS[movement.of][movement.metric].says
    assert says  # what is compared has words
    return says


def short(text: str | None, length: int) -> str:
    """Write a text on one line of at most so many characters, cut between words where it can be."""
    line = " ".join((text or "").split())
    if len(line) <= length:
        return line
    cut = line[:length]
    return f"{cut.rpartition(' ')[0] or cut}…"


def caption(media: "KeptMedia", length: int, language: "Language") -> str:
    """Write the first words of a media, and of one that was deleted that it was."""
    text = short(media.caption, length)
    return language.gettext("(deleted) {caption}", caption=text).rstrip() if media.is_deleted else text


def value(metric: str, amount: Number | None, language: "Language") -> str:
    """Write a metric's number, a rate in percent."""
    if metric == RATE:
        return language.percent(amount, 2)
    # The median of two counts may lie between them.
    is_half = amount is not None and amount != int(amount) and abs(amount) < 100  # noqa: PLR2004  # two digits
    return language.number(amount, 1 if is_half else 0)


def change(metric: str, change: "Change", language: "Language") -> tuple[str, str]:
    """Write a change and its interval, of a rate in points, else in percent where it has one.

    Both have as many decimals as it takes that no interval which leaves out 0 begins at 0.
    """
    percent, least = change.percent, 2 if metric == RATE else 1
    estimate, spell = change.difference, language.number
    if percent is not None and metric != RATE:
        estimate, spell, least = percent, language.percent, 0
    ends = (estimate.value, estimate.low, estimate.high)
    decimals = decimals_that_tell(*ends, least=least) if estimate.is_outside_noise else least
    value, low, high = (spell(end, decimals, is_signed=True) for end in ends)
    if metric == RATE:
        value = language.gettext("{number} points", number=value)
    return value, language.gettext("{low} to {high}", low=low, high=high)


def verdict(baseline: Baseline, language: "Language") -> str:
    """Say whether a number moved beyond chance, or why it is not compared."""
    if baseline.change is None:
        return language.gettext(_WHY_NOT[baseline.not_compared or NotCompared.TOO_FEW])
    if not baseline.change.is_outside_noise:
        return language.gettext("within the noise")
    # An arrow only where the interval leaves out 0; why it moved, no number can say.
    is_more = baseline.change.difference.value > 0
    return language.gettext("▲ more") if is_more else language.gettext("▼ less")


def moved(movement: Movement, language: "Language") -> str:
    """Say in two words whether a number moved beyond chance."""
    if movement.moved:
        is_more = movement.moved.difference.value > 0
        if movement.mix:
            mixed = _("more than before, by the mix of kinds"), _("less than before, by the mix of kinds")
            return language.gettext(mixed[0] if is_more else mixed[1])
        return language.gettext("more than before") if is_more else language.gettext("less than before")
    return (
        language.gettext("no clear change") if movement.is_compared else language.gettext("not compared yet")
    )


def local_day(at: datetime, timezone: str, language: "Language") -> str:
    """Write the day of a moment in a zone."""
    return language.day(at.astimezone(ZoneInfo(timezone)))


def post(media: KeptMedia, timezone: str, language: "Language") -> str:
    """Name a post by its kind and day: `Reel, 3 Nov 2026`."""
    return f"{kind(kind_of(media), language)}, {local_day(media.published_at, timezone, language)}"


def kind(name: str, language: "Language") -> str:
    """Name a kind of post."""
    return language.gettext(KINDS[name].name if name in KINDS else STORY[0])


def kinds(name: str, language: "Language") -> str:
    """Name several of a kind."""
    return language.gettext(KINDS[name].names if name in KINDS else STORY[1])


def times_of(amount: float, language: "Language") -> str:
    """Write how many times as much: `1.4`, `2`, `120`."""
    is_whole = amount >= 10 or round(amount, 1) == round(amount)  # noqa: PLR2004  # two digits tell enough
    return language.number(amount, 0 if is_whole else 1)


def is_as_usual(amount: float | None) -> bool:
    """Tell whether a number of times is written as 1: then it is about as usual, in words."""
    return amount is not None and round(amount, 1) == 1


def slot(text: str, language: "Language") -> str:
    """Write a slot of an experiment: `09:00`, or `Monday, Thursday 12:30`."""
    slots = parse_slots(text)
    at = f"{slots[0].time:%H:%M}"
    if len(slots) == len(WEEKDAYS):
        return at
    return f"{language.listed([language.weekday(slot.weekday) for slot in slots])} {at}"


def times(post: PostAgainstItsKind, language: "Language") -> str:
    """Write how many times the usual of its kind a post has."""
    return NONE if post.times_usual is None else times_of(post.times_usual, language)


def of_those(n: int, count: int, language: "Language") -> str:
    """Write how many have a number: `34 of 36`."""
    if n == count:
        return language.number(n)
    return language.gettext("{n} of {count}", n=language.number(n), count=language.number(count))


def is_near(day: date | None, now: datetime) -> TypeGuard[date]:
    """Tell whether a guessed day lies within two years: what lies further off is no promise."""
    return day is not None and (day - now.date()).days < 2 * 365


def comes(answer: Coming, now: datetime, language: "Language") -> str:
    """Write from which day on an answer is there."""
    if not is_near(answer.on, now):
        return language.gettext("not at this pace of posting")
    return language.gettext("from {day} on", day=language.day(answer.on))
