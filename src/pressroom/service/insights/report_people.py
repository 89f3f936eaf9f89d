"""The figures of a report about people, times and what is to come; `report_tables` has those of posts."""

from collections import defaultdict
from itertools import groupby
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from pressroom.core.spelling import NONE
from pressroom.graph.metrics import DEMOGRAPHICS
from pressroom.insights.questions.people import Audience
from pressroom.insights.questions.posts import RATE, kind_of, value_of
from pressroom.insights.report import charts
from pressroom.insights.report.language import Language
from pressroom.insights.report.languages import gettext_noop as _
from pressroom.insights.report.lifetime import Lifetime
from pressroom.insights.report.movements import PostAgainstItsKind
from pressroom.insights.report.page import Figure, Section, Table
from pressroom.insights.statistics.answers import BLOCKS, WEEKDAYS, TooFew
from pressroom.service.insights import report_words as words
from pressroom.service.insights.report_facts import InsightsReport
from pressroom.service.insights.report_sentences import cell_name
from pressroom.service.insights.timing import KINDS, families_of

if TYPE_CHECKING:
    from pressroom.insights.statistics.best_time import Family

_MOST_PARTS: Final = 8
_WHO: Final = {DEMOGRAPHICS[0]: _("Followers"), DEMOGRAPHICS[1]: _("Engaged this month")}
_BREAKDOWNS: Final = {
    "age": _("By age"),
    "gender": _("By gender"),
    "country": _("By country"),
    "city": _("By city"),
}
_GENDERS: Final = {"F": _("Women"), "M": _("Men"), "U": _("Not told")}
_FAMILIES: Final = {"hours": _("Hours"), "weekdays": _("Weekdays"), "kinds": _("Kinds")}
_NOT_SHOWN: Final = {
    "too few posts": _("not shown: too few posts"),
    "too few days": _("not shown: too few days"),
    "entangled": _("not shown: other differences explain it"),
}
# A tenth less is no cost worth a sentence.
_COSTLY: Final = 0.9


def audience(report: InsightsReport, language: Language) -> Section:
    """Draw who followers are, and who engaged: a picture for each breakdown."""
    # A follower may be online in several hours, so that hours have no shares to draw.
    told = [
        people
        for people in report.audience.audiences
        # A breakdown that came after this was written has no words yet.
        if people.metric in _WHO and people.breakdown in _BREAKDOWNS
    ]
    order = (list(_BREAKDOWNS), list(_WHO))
    told.sort(key=lambda people: (order[0].index(people.breakdown), order[1].index(people.metric)))
    if told:
        says = language.gettext("Shares of those of whom Instagram tells.")
    elif report.audience.is_too_small:
        says = language.gettext("Instagram tells who followers are from 100 of them on.")
    else:
        says = language.gettext("Not read yet.")
    figures = [
        _breakdown(name, list(group), language)
        for name, group in groupby(told, key=lambda people: people.breakdown)
    ]
    return Section(title=language.gettext("Audience"), says=[says], figures=figures)


def _breakdown(name: str, audiences: list[Audience], language: Language) -> Figure:
    # Both bars of a part stand together, so that the largest parts of the first are drawn of all.
    largest = {part.name for part in audiences[0].parts[:_MOST_PARTS]}
    drawn, rows = list[charts.Bar](), defaultdict[str, list[str]](list)
    columns, says = [language.gettext("Part")], list[str]()
    for number, people in enumerate(audiences):
        who = language.gettext(_WHO[people.metric])
        columns += [who, language.gettext("Share"), language.gettext("In 28 days")]
        says.append(language.gettext("{who}: read on {day}.", who=who, day=language.day(people.read_at)))
        for part in people.parts:
            label = _part(name, part.name, language)
            if part.name in largest and part.share is not None:
                drawn.append(charts.Bar(label, who, part.share))
            # A part that only one of both has leaves the other's cells open.
            cells = rows[label]
            cells += [NONE] * (3 * number - len(cells))
            cells += [language.number(part.number), language.percent(part.share, 1)]
            cells.append(language.number(part.share_change, 1, is_signed=True))
    days = {language.day(people.read_at) for people in audiences}
    if len(days) == 1:
        says = [language.gettext("Read on {day}.", day=days.pop())]
    if any(people.is_cut for people in audiences):
        says.append(language.gettext("Instagram tells the largest 45 parts alone."))
    title, width = language.gettext(_BREAKDOWNS[name]), 3 * len(audiences)
    return Figure(
        name=name,
        title=title,
        says=" ".join(says),
        table=Table(
            columns=columns,
            rows=[[label, *cells, *[NONE] * (width - len(cells))] for label, cells in rows.items()],
        ),
        picture=charts.bars(drawn, title, spelling=language) if drawn else None,
        front={"age": 5, "country": 6}.get(name, 0),
    )


def _part(breakdown: str, name: str, language: Language) -> str:
    if breakdown == "country":
        return language.country(name)
    return language.gettext(_GENDERS[name]) if breakdown == "gender" and name in _GENDERS else name


def best_time(report: InsightsReport, language: Language) -> Section:
    """Draw how hours, weekdays and kinds reach beside all other posts."""
    found, title = report.best_time.found, language.gettext("Best time")
    if isinstance(found, TooFew):
        return Section(title=title, says=[language.gettext("There are too few posts yet.")])
    says = [
        language.gettext(
            "Reach at 24 h against the account's other posts of the last year, in {zone}.",
            zone=report.timezone,
        )
    ]
    for name, family in families_of(found):
        says += _could_see(language.gettext(_FAMILIES[name]), family, found.n, language)
    return Section(
        title=title,
        says=says,
        figures=[_family(name, family, language) for name, family in families_of(found)],
    )


def _could_see(name: str, family: "Family", n: int, language: Language) -> list[str]:
    """Say how small an effect would have been seen, and what days that share their luck cost."""
    # Nothing found says little without what could have been found.
    if family.smallest_visible_percent is None:
        return [language.gettext("{name}: none can be compared.", name=name)]
    says = [
        language.gettext(
            "{name}: an effect of {percent} or more would have been seen in eight of ten cases; one of "
            "{thirty} takes some {posts} posts.",
            name=name,
            percent=language.percent(family.smallest_visible_percent),
            thirty=language.percent(30),
            posts=language.number(family.posts_needed),
        )
    ]
    if family.worth_posts is not None and family.worth_posts < _COSTLY * n:
        says.append(
            language.gettext(
                "{name}: as posts of one day share its luck, these {posts} tell no more than some {worth} "
                "on days of their own.",
                name=name,
                posts=language.number(n),
                worth=language.number(family.worth_posts),
            )
        )
    return says


def _family(name: str, family: "Family", language: Language) -> Figure:
    from pressroom.insights.statistics.best_time import NotShown  # noqa: PLC0415  # an extra

    order = (*BLOCKS, *WEEKDAYS, *KINDS)
    drawn, rows = list[charts.Interval](), list[list[str]]()
    for cell in sorted((*family.effects, *family.not_shown), key=lambda cell: order.index(cell.cell)):
        label = cell_name(name, cell.cell, language)
        if isinstance(cell, NotShown):
            rows.append([label, language.number(cell.n), NONE, NONE, language.gettext(_NOT_SHOWN[cell.why])])
            continue
        effect = cell.against_others
        drawn.append(charts.Interval(label, effect.value, effect.low, effect.high, cell.stands_out))
        decimals = words.decimals_that_tell(effect.value, effect.low, effect.high)
        value, low, high = (
            language.percent(end, decimals, is_signed=True) for end in (effect.value, effect.low, effect.high)
        )
        verdict = language.gettext("stands out") if cell.stands_out else language.gettext("within the noise")
        rows.append(
            [
                label,
                language.number(cell.n),
                value,
                language.gettext("{low} to {high}", low=low, high=high),
                verdict,
            ]
        )
    title = language.gettext(_FAMILIES[name])
    sure = language.percent(100 * (1 - family.alpha))
    heads = (_("Group"), _("Posts"), _("Against the others"), _("Interval"), _("Verdict"))
    return Figure(
        name=f"best-{name}",
        title=title,
        says=language.gettext(
            "All intervals hold in {percent} of cases; where one leaves out 0, it stands out.", percent=sure
        ),
        table=Table(columns=[language.gettext(head) for head in heads], rows=rows),
        # Where nothing stands out there is nothing to see.
        picture=charts.intervals(drawn, title, spelling=language) if family.is_found else None,
    )


def lifetime(report: InsightsReport, language: Language) -> Section | None:
    """Lay out lifetime numbers, which are of no equal age."""
    lifetime = report.lifetime
    if lifetime is None:
        return None
    reach, since = words.label(lifetime.metric, language), language.day(lifetime.since)
    period = language.gettext("{metric} so far of the posts of this period", metric=reach)
    highest = language.gettext("The highest since {day}", day=since)
    return Section(
        title=language.gettext("Lifetime numbers"),
        says=[
            language.gettext(
                "Each post at its own age: older posts have had more time. A description, no test."
            ),
            language.gettext(
                "Times the median of the others of its kind within a month of its age, if these are five."
            ),
        ],
        figures=[
            _posts("lifetime", period, lifetime.posts, report, language),
            _posts("lifetime-year", highest, lifetime.best_of_year, report, language),
            _kinds(lifetime, language.gettext("Kinds since {day}", day=since), language),
        ],
    )


def _posts(
    name: str, title: str, posts: "tuple[PostAgainstItsKind, ...]", report: InsightsReport, language: Language
) -> Figure:
    rows = [
        [
            language.moment(post.media.published_at, ZoneInfo(report.timezone)),
            words.kind(kind_of(post.media), language),
            words.caption(post.media, 60, language),
            language.number(post.value),
            language.age(post.aged.age_s if post.aged else None),
            words.times(post, language),
            language.number(post.n),
            words.value(RATE, value_of(post.aged, RATE) if post.aged else None, language),
        ]
        for post in posts
    ]
    heads = (
        _("Published"),
        _("Kind"),
        _("Caption"),
        _("As last read"),
        _("At the age of"),
        _("Times the median"),
    )
    columns = [language.gettext(head) for head in heads]
    return Figure(
        name=name,
        title=title,
        says="",
        table=Table(columns=[*columns, "n", words.label(RATE, language)], rows=rows, texts=3),
    )


def _kinds(lifetime: Lifetime, title: str, language: Language) -> Figure:
    rows = list[list[str]]()
    for kind in lifetime.kinds:
        rate, times = kind.rate, kind.times
        beside = NONE
        if times:
            beside = language.gettext(
                "{n}; {kinds}: {n_others}",
                n=language.number(times.n),
                n_others=language.number(times.others),
                kinds=words.kinds(times.against, language),
            )
        rows.append(
            [
                words.kinds(kind.name, language),
                language.number(kind.n),
                words.value(RATE, rate.median if rate else None, language),
                language.number(times.value if times else None, 1),
                beside,
            ]
        )
    heads = (_("Kind"), _("Posts"))
    columns = [language.gettext(head) for head in heads]
    return Figure(
        name="lifetime-kinds",
        title=title,
        says=language.gettext(
            "An engagement rate is a ratio of two lifetime numbers, which compares better than counts do."
        ),
        table=Table(
            columns=[*columns, words.label(RATE, language), language.gettext("Times the reach"), "n"],
            rows=rows,
        ),
    )


def coming(report: InsightsReport, language: Language) -> Section | None:
    """Lay out from when on each further answer is there."""
    if not report.coming:
        return None
    rows = [
        [
            language.gettext(words.COMING[answer.answer][0]),
            words.comes(answer, report.made_at, language),
            language.gettext(words.COMING[answer.answer][1]),
        ]
        for answer in report.coming
    ]
    heads = (_("Answer"), _("When"), _("What it takes"))
    figure = Figure(
        name="coming",
        title=language.gettext("From when on each is there"),
        says=language.gettext("Dates are guesses: they hold if a worker runs, and posts go out as they did."),
        table=Table(columns=[language.gettext(head) for head in heads], rows=rows, texts=3),
    )
    return Section(title=language.gettext("Answers to come"), figures=[figure])
