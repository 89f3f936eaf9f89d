"""What probes found out about the live API sets the sandbox, and nothing else does."""

import json
from pathlib import Path
from typing import Any

import pytest

from pressroom.core.facts import LARGEST_BYTES
from pressroom.sandbox.facts import ANSWERED, load_facts, unknown_facts, with_facts
from pressroom.sandbox.settings import HOSTILE, SandboxSettings

HEAD: dict[str, Any] = {
    "pressroom_facts": 1,
    "asked_at": "2026-11-26T18:00:00+00:00",
    "pressroom": "1.0.0",
    "login_type": "instagram",
    "api_version": "v26.0",
    "host": "graph.instagram.com",
}


def a_file(directory: Path, facts: object, **changes: object) -> Path:
    path = directory / "facts.json"
    path.write_text(json.dumps({**HEAD, "facts": facts, "answers": [], **changes}))
    return path


def test_a_file_of_facts_sets_what_it_answers(tmp_path: Path) -> None:
    held = load_facts(a_file(tmp_path, {"republish": "second_media", "carousel_max": 20}))
    made = with_facts(SandboxSettings(quota_total=3), held)
    assert (made.republish, made.carousel_max, made.quota_total) == ("second_media", 20, 3)


def test_a_lag_of_lists_leaves_the_other_lags_as_they_are() -> None:
    made = with_facts(SandboxSettings(hostile=True), {"listing_lag_s": 2})
    assert (made.manners.listing_lag_s, made.manners.date_skew_s) == (2.0, HOSTILE.date_skew_s)


def test_what_is_wanted_otherwise_stays() -> None:
    made = with_facts(SandboxSettings(), {"republish": "second_media"}, but=["republish"])
    assert made.republish == "refuse"


@pytest.mark.parametrize("name", ["token", "app_secret", "state_file", "fetch", "public_base", "to_come"])
def test_a_fact_of_no_question_is_named_and_sets_nothing(name: str) -> None:
    assert unknown_facts([name, "republish"]) == [name]
    assert with_facts(SandboxSettings(), {name: "x"}) == SandboxSettings()


@pytest.mark.parametrize(
    "facts",
    [
        {"republish": "sometimes"},
        {"quota_total": "many"},
        {"listing_lag_s": "soon"},
        {"listing_lag_s": -1},
        {"insights_day_zone": "Mars/Olympus"},
        {"self_inspection": 1},
    ],
)
def test_a_value_that_a_setting_cannot_have_is_refused(facts: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(facts))):
        with_facts(SandboxSettings(), facts)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("no JSON", "not JSON"),
        ("[]", "no file of facts"),
        ('{"republish":"refuse"}', "no file of facts"),
        (json.dumps({**HEAD, "facts": {}, "pressroom_facts": 2}), "its format is 2"),
        (json.dumps({**HEAD, "facts": {"republish": ["refuse"]}}), "no file of facts"),
        (" " * (LARGEST_BYTES + 1), "larger than a megabyte"),
    ],
)
def test_anything_else_is_no_file_of_facts(tmp_path: Path, content: str, words: str) -> None:
    path = tmp_path / "facts.json"
    path.write_text(content)
    with pytest.raises(ValueError, match=words):
        load_facts(path)


def test_every_fact_is_a_setting() -> None:
    assert ANSWERED - {"listing_lag_s"} <= SandboxSettings.__dataclass_fields__.keys()
