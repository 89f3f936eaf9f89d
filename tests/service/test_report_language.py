"""A report says all it says in one language, and claims in each what was tested and nothing else."""

import random
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.pofile import write_po

from pressroom.core.errors import Refused
from pressroom.insights.questions.posts import FEW
from pressroom.insights.report import language as reading
from pressroom.insights.report import languages
from pressroom.insights.report.language import language_of
from pressroom.insights.report.movements import Baseline, Movement
from pressroom.insights.statistics.answers import Estimate
from pressroom.insights.statistics.changes import Change
from pressroom.service.insights.report_answers import answer
from pressroom.service.insights.report_facts import InsightsReport, Kind
from scripts import languages as catalogues
from scripts.languages import texts_of
from tests.insights.fronts import unsupported
from tests.insights.planted import planted
from tests.insights.reported import PERIOD, FirstPull, Shop

pytestmark = pytest.mark.usefixtures("long_run")

SPAN = f"{PERIOD}d"


class Texts(HTMLParser):
    """All texts of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found, self.is_style = list[str](), False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.is_style = tag == "style"
        self.found += [value for name, value in attrs if name in ("aria-label", "alt", "title") and value]

    def handle_data(self, data: str) -> None:
        if not self.is_style and data.strip():
            self.found.append(data.strip())


@pytest.fixture
def made_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A catalogue that has each message between brackets, of a language that begins at the right."""
    made = catalogues.catalogue(tmp_path / "ar.po")
    made.update(catalogues.messages())
    for message in made:
        if message.id:
            texts = tuple(f"⟦{text}⟧" for text in texts_of(message.id))
            message.string = texts[0] if isinstance(message.id, str) else (texts[1],) * made.num_plurals
    with (tmp_path / "ar.po").open("wb") as opened:
        write_po(opened, made)
    monkeypatch.setattr(languages, "FOLDER", tmp_path)
    monkeypatch.setattr(reading, "language_of", language_of.__wrapped__)
    language_of.cache_clear()
    return "ar"


@pytest.mark.parametrize("shop", [Shop, FirstPull])
async def test_nothing_on_a_page_is_left_in_english(
    made_up: str, shop: type[Shop | FirstPull], tmp_path: Path
) -> None:
    async with planted() as place:
        for batch in shop(place.clock.now()).batches():
            place.store.readings.keep(place.account, batch)
        await place.insights.in_zone("UTC").start_experiment("weekdays 09:00", "daily 18:00", posts=16)
        place.clock.advance(36 * 3600)
        report = await place.insights.report(SPAN, language=made_up)
        await place.insights.write_report(report, tmp_path / "report.html")
    html = (tmp_path / "report.html").read_text()
    assert '<html lang="ar" dir="rtl">' in html
    of_people = [post.media.caption or "" for post in report.posted.posts]
    of_people += [part.name for people in report.audience.audiences for part in people.parts]
    ours = {"UTC", "API", *re.findall(r"\w+", report.whose)}
    for text in Texts(html).found:
        rest, before = text, ""
        while rest != before:
            rest, before = re.sub(r"⟦[^⟦⟧]*[⟧…]", " ", rest), rest
        is_of_people = any(rest.rstrip("…") in text for text in of_people)
        left = [word for word in re.findall(r"[A-Za-z]{2,}", rest) if word not in ours]
        assert is_of_people or not left, text


async def test_a_report_is_in_the_language_that_is_asked_for_else_in_that_of_the_account() -> None:
    async with planted() as place:
        for batch in Shop(place.clock.now()).batches():
            place.store.readings.keep(place.account, batch)
        german = await place.insights.report(SPAN, language="de")
        with pytest.raises(Refused) as refused:
            await place.insights.report(SPAN, language="tlh")
    assert german.headline.startswith("Reels haben mehr Menschen erreicht: rund ")
    assert "de" in str(refused.value.limit)


CODES = languages.available_languages()


async def test_what_is_read_first_claims_what_was_tested_in_five_hundred_reports_and_each_language() -> None:
    drawn = [await reported(Shop)]
    drawn += [await reported(partial(FirstPull, days_before=days)) for days in (0, 12, 40)]
    dice, headlines = random.Random(11), set[str]()  # noqa: S311  # chance, not a secret
    for number in range(500):
        code = CODES[number % len(CODES)]
        told = answer(replace(drawn_from(drawn[number % 4], dice), language=code), {})
        assert unsupported(told, language_of(code)) == []
        headlines.add(told.headline)
    assert len(headlines) > 100


async def reported(shop: Callable[[datetime], Shop | FirstPull]) -> InsightsReport:
    async with planted() as place:
        for batch in shop(place.clock.now()).batches():
            place.store.readings.keep(place.account, batch)
        return await place.insights.report(SPAN)


async def test_a_claim_that_no_test_found_is_noticed() -> None:
    report, english = await reported(Shop), language_of("en")
    headline = report.headline
    for wrong in (
        headline.replace("more", "fewer", 1),
        headline.replace("62%", "63%"),
        "Posts reached more people thanks to us.",
        "Reels went from 1 to 2.",
        "A steady period: what posts reached changed by no more than chance.",
        "The account gained 999,999 followers.",
    ):
        tried = replace(report.answers[0], sentences=(wrong,))
        assert unsupported(replace(report, answers=(tried, *report.answers[1:])), english) == [wrong]
    quiet = replace(report, kinds=(), movements=tuple(map(still, report.movements)))
    assert headline in unsupported(quiet, english)


def drawn_from(report: InsightsReport, dice: random.Random) -> InsightsReport:
    """Return the report with other results of its tests."""
    return replace(
        report,
        movements=tuple(moved(movement, dice) for movement in report.movements),
        kinds=tuple(kind_moved(kind, dice) for kind in report.kinds),
    )


def moved(movement: Movement, dice: random.Random) -> Movement:
    # Of fewer posts, or days, nothing is compared.
    if movement.n < FEW:
        return movement
    return replace(movement, before=against(movement.before, dice), trailing=against(movement.trailing, dice))


def against(baseline: Baseline, dice: random.Random) -> Baseline:
    return replace(baseline, change=change(dice) if dice.random() < 0.8 else None)


def kind_moved(kind: Kind, dice: random.Random) -> Kind:
    if kind.now is None or kind.now.n < FEW:
        return kind
    return replace(kind, change=change(dice) if dice.random() < 0.8 else None)


def still(movement: Movement) -> Movement:
    return replace(
        movement,
        before=replace(movement.before, change=None),
        trailing=replace(movement.trailing, change=None),
    )


def change(dice: random.Random) -> Change:
    value = dice.choice([-90.0, -40.0, -0.3, 0.02, 0.4, 12.0, 62.0, 99.7, 100.0, 340.0])
    # Three of ten lie outside the noise.
    half = abs(value) * (0.5 if dice.random() < 0.3 else 2)
    estimate = Estimate(value=value, low=value - half, high=value + half)
    percent = estimate if dice.random() < 0.8 else None
    return Change(n_earlier=30, n_later=12, difference=estimate, percent=percent, times_chance=dice.random())
