"""Each catalogue says all that a report says, with the same places, and nothing that no report says."""

import re

import pytest
from babel.messages.catalog import Catalog

from pressroom.insights.report.languages import FOLDER, SOURCE, available_languages
from scripts import languages
from scripts.languages import texts_of

LANGUAGES = [code for code in available_languages() if code != SOURCE]


@pytest.fixture(scope="module")
def source() -> Catalog:
    return languages.messages()


def places(text: str) -> set[str]:
    return set(re.findall(r"\{[^}]*\}", text))


def test_the_languages_are_those_of_most_readers() -> None:
    assert set(LANGUAGES) >= {"de", "tr", "es", "fr"}


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_message_is_translated_and_none_is_left_over(code: str, source: Catalog) -> None:
    found = languages.catalogue(FOLDER / f"{code}.po")
    assert languages.untranslated(found) == []
    assert {tuple(texts_of(message.id)) for message in found} == {
        tuple(texts_of(message.id)) for message in source
    }
    assert not found.obsolete
    assert not [message.id for message in found if message.id and message.fuzzy]


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_translation_has_the_places_and_the_end_of_its_message(code: str) -> None:
    found = languages.catalogue(FOLDER / f"{code}.po")
    for message in found:
        if not message.id:
            continue
        singular, plural = texts_of(message.id)[0], texts_of(message.id)[-1]
        for text in texts_of(message.string):
            # One of a thing may be said without its number.
            assert places(text) in (places(plural), places(plural) - {"{count}"}), text
            assert text.endswith(".") == singular.endswith("."), text
            assert text == text.strip()
        if singular != plural:
            assert len(texts_of(message.string)) == found.num_plurals


def test_a_message_that_is_new_is_found() -> None:
    found, source = languages.catalogue(FOLDER / "de.po"), languages.messages()
    source.add("A sentence that came today.")
    found.update(source, no_fuzzy_matching=True)
    assert languages.untranslated(found) == ["A sentence that came today."]
