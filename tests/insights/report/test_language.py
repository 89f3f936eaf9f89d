"""A language says messages and spells numbers, days and percents as its readers do."""

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pressroom.core.errors import Refused
from pressroom.insights.report.language import Language, language_of
from pressroom.insights.report.languages import SOURCE, require_language

CATALOGUE = r"""
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\n"
"Plural-Forms: nplurals=2; plural=(n > 1);\n"

msgid "{count} post went out."
msgid_plural "{count} posts went out."
msgstr[0] "{count} publication."
msgstr[1] "{count} publications."

msgid "By {name}"
msgstr "De {name}"
"""


@pytest.fixture
def french(tmp_path: Path) -> Language:
    file = tmp_path / "fr.po"
    file.write_text(CATALOGUE, encoding="utf-8")
    return Language("fr", file)


def test_a_catalogue_says_messages_and_plurals(french: Language) -> None:
    assert french.ngettext("{count} post went out.", "{count} posts went out.", 0) == "0 publication."
    assert french.ngettext("{count} post went out.", "{count} posts went out.", 1200) == (
        "1\u202f200 publications."
    )


def test_what_it_does_not_have_is_said_in_english(french: Language) -> None:
    assert french.gettext("Notes") == "Notes"


def test_braces_of_strangers_mean_nothing(french: Language) -> None:
    assert french.gettext("By {name}", name="{count.__class__}") == "De {count.__class__}"


def test_numbers_are_spelled_as_the_language_has_them() -> None:
    german, turkish = Language("de", None), Language("tr", None)
    assert german.number(12345.6, 1) == "12.345,6"
    assert german.percent(62.3, is_signed=True) == "+62\xa0%"
    assert turkish.percent(-0.42, 2) == "-%0,42"
    assert german.number(None) == "-"
    assert german.number(-0.2, is_signed=True) == "0"


def test_days_are_spelled_as_the_language_has_them() -> None:
    german, at = Language("de", None), datetime(2026, 11, 3, 23, 30, tzinfo=UTC)
    span = german.days(date(2026, 10, 27), date(2026, 11, 23))
    assert span.split()[:2] + span.split()[-3:] == ["27.", "Okt.", "23.", "Nov.", "2026"]
    assert german.moment(at, ZoneInfo("Europe/Oslo")) == "4. Nov. 2026, 00:30"
    assert (german.weekday(0), german.country("NO"), german.country("??")) == ("Montag", "Norwegen", "??")


def test_a_language_is_written_in_its_direction() -> None:
    assert (Language("ar", None).direction, language_of(SOURCE).direction) == ("rtl", "ltr")


def test_a_language_without_a_catalogue_is_refused() -> None:
    assert require_language(" EN ") == SOURCE
    with pytest.raises(Refused) as refused:
        require_language("tlh")
    assert refused.value.rule == "language"
    assert SOURCE in str(refused.value.limit)


def test_a_french_list_has_a_narrow_space_before_its_semicolons() -> None:
    assert language_of("fr").semicolons(["a", "b"]) == "a\u202f; b"
    assert language_of("de").semicolons(["a", "b"]) == "a; b"
