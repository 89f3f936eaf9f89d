"""How the value of an option is read from a text, and written so that it reads back as the same."""

import re
from enum import StrEnum
from typing import Any, Literal

import pytest

from pressroom.core import post_options as options
from pressroom.core.assets import Asset, Fit, Target
from pressroom.core.option_values import ValueKind, choice, parse_tag, spell_tag
from pressroom.core.post import PostKind
from pressroom.core.post_options import POST_OPTIONS, Flag
from pressroom.graph.calls import UserTag

IN_FEED = {PostKind.PHOTO, PostKind.REEL, PostKind.CAROUSEL}
CLIPS = {PostKind.REEL, PostKind.STORY, PostKind.CAROUSEL}


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("anna", UserTag("anna")),
        ("@anna", UserTag("@anna")),
        ("anna:0.5,0.25", UserTag("anna", 0.5, 0.25)),
        ("anna: 0, 1 ", UserTag("anna", 0.0, 1.0)),
    ],
)
def test_a_tag_is_a_name_or_a_name_and_a_place(text: str, tag: UserTag) -> None:
    assert parse_tag(text) == tag
    assert parse_tag(spell_tag(tag)) == tag


@pytest.mark.parametrize("text", ["", "@", " @ ", ":0.5,0.5"])
def test_a_tag_of_nobody_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f"{text!r} names nobody.")):
        parse_tag(text)


@pytest.mark.parametrize("text", ["anna:", "anna:0.5", "anna:0.5,0.5,0.5", "anna:left,top"])
def test_a_tag_with_half_a_place_is_refused(text: str) -> None:
    said = f"{text!r}: after the name come X,Y such as 0.5,0.5."
    with pytest.raises(ValueError, match=re.escape(said)):
        parse_tag(text)


def test_a_tag_with_one_number_is_spelled_as_a_name() -> None:
    assert spell_tag(UserTag("anna", 0.5, None)) == spell_tag(UserTag("anna", None, 0.5)) == "anna"
    assert spell_tag(UserTag("anna", 0.1, 1.0)) == "anna:0.1,1.0"


@pytest.mark.parametrize(
    ("kind", "text", "value", "spelled"),
    [
        (options.WHOLE_NUMBER, "0", 0, "0"),
        (options.WHOLE_NUMBER, "1500", 1500, "1500"),
        (options.SECONDS, "0", 0.0, "0.0"),
        (options.SECONDS, "2.5", 2.5, "2.5"),
        (options.TRUTH, "TRUE", True, "true"),
        (options.TRUTH, "yes", True, "true"),
        (options.TRUTH, "1", True, "true"),
        (options.TRUTH, "false", False, "false"),
        (options.TRUTH, "No", False, "false"),
        (options.TRUTH, "0", False, "false"),
        (options.SWITCH, "true", True, "true"),
        (options.SWITCH, "no", False, ""),
        (options.FILE, "a.jpg", Asset("a.jpg"), "a.jpg"),
        (options.FITS, "Blur", Fit.BLUR, "blur"),
        (options.QUALITIES, "HIGH", "high", "high"),
        (options.TEXT, " as it is ", " as it is ", " as it is "),
    ],
)
def test_a_text_is_read_as_a_value_and_the_value_is_written(
    kind: ValueKind, text: str, value: Any, spelled: str
) -> None:
    read = kind.read(text)
    assert read == value
    assert type(read) is type(value)
    assert kind.spell(value) == spelled


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (options.WHOLE_NUMBER, "-1"),
        (options.WHOLE_NUMBER, "1.5"),
        (options.WHOLE_NUMBER, "²"),
        (options.WHOLE_NUMBER, "٣"),
        (options.SECONDS, "-0.1"),
        (options.SECONDS, "inf"),
        (options.SECONDS, "nan"),
        (options.SECONDS, "soon"),
        (options.TRUTH, "maybe"),
        (options.SWITCH, "2"),
        (options.FITS, "squeeze"),
        (options.QUALITIES, "best"),
    ],
)
def test_any_other_text_is_refused(kind: ValueKind, text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(text)):
        kind.read(text)


def test_a_choice_names_its_words_to_people_and_to_json() -> None:
    class Size(StrEnum):
        SMALL = "small"
        LARGE = "large"

    kind = choice(Size, Size)
    assert (kind.choices, kind.enum, kind.limit) == (("small", "large"), Size, "small, large")
    assert kind.fix == "Write one of: small, large."
    assert kind.json_type == Literal["small", "large"]
    assert choice(["a"]).enum is None
    assert options.TARGETS.choices == tuple(Target)


def test_lists_are_read_member_by_member() -> None:
    assert {option.name for option in POST_OPTIONS if option.value.is_list} == {
        "alt_texts",
        "user_tags",
        "collaborators",
    }


def test_an_option_is_handed_over_under_its_name_with_underscores() -> None:
    assert Flag(name="share-to-feed", words="").parameter == "share_to_feed"


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("caption", IN_FEED),
        ("alt_texts", {PostKind.PHOTO, PostKind.CAROUSEL}),
        ("cover", {PostKind.REEL}),
        ("thumb_offset_ms", {PostKind.REEL}),
        ("share_to_feed", {PostKind.REEL}),
        ("location_id", IN_FEED),
        ("user_tags", {*PostKind}),
        ("collaborators", IN_FEED),
        ("first_comment", IN_FEED),
        ("start_s", {PostKind.REEL, PostKind.STORY}),
        ("end_s", {PostKind.REEL, PostKind.STORY}),
        ("loop", CLIPS),
        ("loudness", CLIPS),
        ("salvage", CLIPS),
        ("quality", CLIPS),
        ("fit", {*PostKind}),
        ("target", {*PostKind}),
        ("convert", {*PostKind}),
    ],
)
def test_which_kinds_of_post_take_an_option(name: str, kinds: set[PostKind]) -> None:
    """IG User Media says it of Meta's own parameters; the others are about files."""
    (option,) = (option for option in POST_OPTIONS if option.name == name)
    assert {*option.kinds} == kinds
