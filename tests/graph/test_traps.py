"""The traps on the way to a token, recognised by what Meta says."""

import pytest

from pressroom.graph.traps import TRAPS, recognised, trap


def test_every_trap_says_cause_consequence_and_remedy_in_sentences() -> None:
    for one in TRAPS:
        for said in (one.cause, one.consequence, one.remedy):
            assert said.endswith("."), one.name


def test_names_are_unique_and_fit_for_files_and_options() -> None:
    names = [one.name for one in TRAPS]
    assert len(set(names)) == len(names)
    assert all(name.replace("-", "").isalpha() and name.islower() for name in names)


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Error: Insufficient Developer Role", "insufficient-role"),
        ("[code=100] Unsupported request - method type: get", "no-role"),
        ("sorry, this page isn\N{RIGHT SINGLE QUOTATION MARK}t\n  available.", "authorize-host"),
        ("Invalid scrubbed redirect_uri", "redirect-mismatch"),
        ("Invalid OAuth access token - Cannot parse access token", "wrong-host"),
    ],
)
def test_a_trap_is_recognised_in_what_meta_says(said: str, name: str) -> None:
    assert recognised(said) is trap(name)


def test_other_words_are_no_trap() -> None:
    assert recognised("Media posted before business account conversion") is None
