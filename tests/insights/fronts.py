"""Holds what a client reads of a report against what its tests found, and names what claims more.

Written without what the product makes its sentences from, but for the messages: those are what is read.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from pressroom.insights.questions.posts import RATE
from pressroom.insights.report.language import Language
from pressroom.insights.report.movements import Of
from pressroom.insights.statistics.answers import TooFew
from pressroom.service.insights import report_words as words
from pressroom.service.insights.report_facts import InsightsReport
from pressroom.service.insights.report_page import tiles
from scripts.languages import SENTENCES, messages, texts_of

if TYPE_CHECKING:
    from pressroom.insights.statistics.changes import Change

_NUMBERS: Final = frozenset({"count", "times", "amount", "number"})
# Thousands may be apart by a point, a comma or a narrow blank; a percent has its sign before or after.
_NUMBER: Final = r"[-%>\d.,\s\u00a0\u202f]+"
_PLACE: Final = re.compile(r"\\\{(\w+)\\\}")


class Tested(NamedTuple):
    """A change that a test of the report found. key: of what; amounts: how it may be told."""

    key: tuple[Of, str]
    is_rise: bool
    amounts: frozenset[str]


def unsupported(report: InsightsReport, language: Language) -> list[str]:
    """Return what is read first and is not in the report's results."""
    tested, heads = list(_tested(report, language)), dict(_heads(language))
    joined = re.compile(_PLACE.sub(r"(?P<\1>.+)", re.escape(_raw(language, "{what}: {amount}."))))
    wrong = list[str]()
    for sentence in (report.headline, *(text for answer in report.answers for text in answer.sentences)):
        match = joined.fullmatch(sentence)
        if match and match["what"] in heads:
            key, is_rise = heads[match["what"]]
            right = [
                change
                for change in tested
                if change.is_rise == is_rise and match["amount"] in change.amounts and change.key in key
            ]
            if not right:
                wrong.append(sentence)
        elif not any(pattern.fullmatch(sentence) for pattern in _known(language)):
            wrong.append(sentence)
    others = (_wrong_times, _wrong_tiles, _wrong_steady, _wrong_counts)
    return [*wrong, *(text for check in others for text in check(report, language))]


def _raw(language: Language, message: str) -> str:
    return language.gettext(message, **{name: f"{{{name}}}" for name in re.findall(r"\{(\w+)\}", message)})


def _pattern(text: str) -> re.Pattern[str]:
    def place(match: re.Match[str]) -> str:
        return rf"(?P<{match[1]}>{_NUMBER if match[1] in _NUMBERS else '.+'})"

    return re.compile(_PLACE.sub(place, re.escape(text)))


@cache
def _known(language: Language) -> list[re.Pattern[str]]:
    """Return the whole sentences that the messages of the front make, as the language has them."""
    known = list[str]()
    for message in messages(SENTENCES):
        texts = texts_of(message.id)
        # What is no sentence is a part of one, or of a table.
        if not texts[0].endswith(".") or texts[0] == "{what}: {amount}.":
            continue
        if isinstance(message.id, str):
            known.append(_raw(language, message.id))
        else:
            known += _plurals(language, texts[0], texts[1])
    return [_pattern(text) for text in known]


def _plurals(language: Language, singular: str, plural: str) -> Iterator[str]:
    places = {name: f"{{{name}}}" for name in re.findall(r"\{(\w+)\}", plural) if name != "count"}
    for count in (1, 2, 5, 1_000_000):
        said = language.ngettext(singular, plural, count, **places)
        yield said.replace(language.number(count), "{count}", 1)


def _heads(language: Language) -> Iterator[tuple[str, tuple[set[tuple[Of, str]], bool]]]:
    """Yield how each rise and fall is said, and of what that may be."""
    of_what: dict[words.Says, set[tuple[Of, str]]] = {}
    rows = [(Of.POSTS, row.name, row.says) for row in words.POST_METRICS]
    rows += [(Of.DAYS, row.name, row.says) for row in words.ACCOUNT_METRICS]
    # Where Instagram counts viewers in place of the reach.
    rows += [(of, "viewers", says) for of, name, says in rows if name == "reach"]
    rows += [(Of.POSTS, name, kind.says) for name, kind in words.KINDS.items()]
    for of, name, says in rows:
        if says:
            of_what.setdefault(says, set()).add((of, name))
    for says, keys in of_what.items():
        yield language.gettext(says.more), (keys, True)
        yield language.gettext(says.less), (keys, False)


def _changes(report: InsightsReport) -> "Iterator[tuple[tuple[Of, str], Change | None, bool]]":
    for movement in report.movements:
        for baseline in (movement.before, movement.trailing):
            yield (movement.of, movement.metric), baseline.change, baseline is movement.before
    for kind in report.kinds:
        yield (Of.POSTS, kind.name), kind.change, False


def _tested(report: InsightsReport, language: Language) -> Iterator[Tested]:
    for key, change, is_before in _changes(report):
        if change is None or change.difference.low <= 0 <= change.difference.high:
            continue
        value, is_rate = change.difference.value, key[1] == RATE
        if is_rate or change.percent is None:
            numbers = [language.number(abs(value), decimals) for decimals in range(5)]
        else:
            numbers = [language.percent(abs(change.percent.value), decimals) for decimals in range(3)]
            numbers += [language.number(1 + change.percent.value / 100, decimals) for decimals in (0, 1)]
        forms = (words.MORE_POINTS, words.LESS_POINTS) if is_rate else (words.MORE, words.LESS)
        form = forms[value < 0]
        said = [form] if is_rate or not change.percent or change.percent.value < 100 else [words.TIMES]
        amounts = {
            language.gettext(one.before if is_before else one.trailing, number=number)
            for one in said
            for number in numbers
        }
        yield Tested(key, value > 0, frozenset(amounts))


def _wrong_times(report: InsightsReport, language: Language) -> Iterator[str]:
    """Yield what is said of times to post, and not found."""
    found, said = report.best_time.found, report.answers[-1].sentences
    families = (
        {}
        if isinstance(found, TooFew)
        else {"hours": found.hours, "weekdays": found.weekdays, "kinds": found.kinds}
    )
    for says, is_best in ((words.BEST, True), (words.WEAKEST, False)):
        for name, message in says.items():
            pattern = _pattern(_raw(language, message))
            for sentence in said:
                if not pattern.fullmatch(sentence):
                    continue
                family = families.get(name)
                cell = family and (family.best if is_best else family.worst)
                effect = (
                    next((each for each in family.effects if each.cell == cell), None) if family else None
                )
                if effect is None or (effect.against_others.value > 0) != is_best or not effect.stands_out:
                    yield sentence


def _wrong_steady(report: InsightsReport, language: Language) -> Iterator[str]:
    """Yield that the period was steady, where posts were not compared or something changed."""
    steady = language.gettext("A steady period: what posts reached changed by no more than chance.")
    of_posts = [movement for movement in report.movements if movement.of is Of.POSTS]
    is_compared = any(movement.before.change or movement.trailing.change for movement in of_posts)
    is_moved = any(
        change and not change.difference.low <= 0 <= change.difference.high
        for _key, change, _is_before in _changes(report)
    )
    if is_moved or not is_compared or not report.posted.posts:
        yield from (text for answer in report.answers for text in answer.sentences if text == steady)


def _wrong_counts(report: InsightsReport, language: Language) -> Iterator[str]:
    """Yield how many posts, followers and views there were, where it is not so."""
    said = [text for answer in report.answers for text in answer.sentences]
    views = [int(reading.numbers.get("views", 0)) for reading in report.posted.latest.values()]
    net = report.followers.net_change
    gained, lost = (None if net is None or times * net <= 0 else times * net for times in (1, -1))
    for singular, plural, count in (
        ("{count} post went out.", "{count} posts went out.", len(report.posted.posts)),
        ("The account gained {count} follower net.", "The account gained {count} followers net.", gained),
        ("The account lost {count} follower net.", "The account lost {count} followers net.", lost),
        (
            "So far the posts were viewed {count} time.",
            "So far the posts were viewed {count} times.",
            sum(views),
        ),
    ):
        forms = [_pattern(text) for text in _plurals(language, singular, plural)]
        right = None if count is None else language.ngettext(singular, plural, count)
        yield from (text for text in said if text != right and any(form.fullmatch(text) for form in forms))


def _wrong_tiles(report: InsightsReport, language: Language) -> Iterator[str]:
    titles = {language.gettext(words.title_of(movement)): movement for movement in report.movements}
    more, less = language.gettext("more than before"), language.gettext("less than before")
    for tile in tiles(report, language):
        moved = titles[tile.label].moved if tile.label in titles else None
        if tile.says in (more, less) and (
            moved is None or (moved.difference.value > 0) != (tile.says == more)
        ):
            yield f"{tile.label}: {tile.says}"
