"""Which posts count as the same content in any release, and what an id and the start of one mean."""

from dataclasses import dataclass

import pytest

from pressroom.core.assets import Fit
from pressroom.core.errors import NotFound, Refused
from pressroom.core.post import Post, PostKind
from pressroom.core.stored_posts import content_hash, require_only_match, shown_hash, title_of
from pressroom.service import new_post

# As made by the release that stored `blur` where nobody chose a fit.
_CONTENT = "2:aec8bc1726fc426b38509d2549c9eb55f862ba94d03658e988614a92a60a9537"
_SHOWN = "233dc240b088bafff4f1a8ce20ff946b21e035a0f8751d775dfc213ec2684c23"


PICTURE = "https://e.com/a.jpg"


def a_reel(fit: Fit | None) -> Post:
    return new_post(PostKind.REEL, ["https://e.com/a.mp4"], caption="Hello", fit=fit)


def test_a_command_repeated_after_an_upgrade_is_the_same_content() -> None:
    assert content_hash(a_reel(None)) == content_hash(a_reel(Fit.BLUR)) == _CONTENT
    assert content_hash(a_reel(Fit.KEEP)) != _CONTENT


def test_bytes_that_are_no_utf8_can_be_compared_before_they_are_refused() -> None:
    broken, cut = (new_post(PostKind.PHOTO, [PICTURE], caption=text) for text in ("caf\udce9", "caf"))
    assert content_hash(broken) != content_hash(cut)


def test_what_a_person_agreed_to_before_an_upgrade_still_holds() -> None:
    assert shown_hash(a_reel(Fit.BLUR)) == _SHOWN


def test_consent_tells_a_fit_that_was_chosen_from_one_that_was_not() -> None:
    assert len({shown_hash(a_reel(fit)) for fit in (None, *Fit)}) == 5


@dataclass
class Thing:
    id: str
    kind: str = "post"


def found(start: str, *things: Thing) -> Thing:
    meant = [thing for thing in things if thing.id.startswith(start)]
    return require_only_match(meant, start, what="post", kind_of=lambda thing: thing.kind, fix="Look.")


@pytest.mark.parametrize("start", ["abcd", "abcdef", "abcdef1"])
def test_four_characters_or_more_name_the_only_one_that_starts_with_them(start: str) -> None:
    assert found(start, Thing("abcdef1"), Thing("bcdef12")).id == "abcdef1"


@pytest.mark.parametrize("start", ["", "a", "abc"])
def test_fewer_name_nothing_however_few_there_are(start: str) -> None:
    with pytest.raises(Refused, match="too little of an id") as refused:
        found(start, Thing("abcdef1"))
    error = refused.value
    assert (error.rule, error.value, error.limit) == ("id", start, "4 characters or more")
    assert error.fix == "Give more of the id, or all of it."


def test_a_whole_id_is_its_own_however_short_and_whatever_starts_like_it() -> None:
    assert found("ab", Thing("abcd"), Thing("ab")).id == "ab"


def test_what_may_mean_several_means_none_and_all_are_named_with_their_kinds() -> None:
    with pytest.raises(NotFound, match=r"proposal abcd1, post abcd2\.") as several:
        found("abcd", Thing("abcd1", "proposal"), Thing("abcd2"))
    assert several.value.fix == "Give more of the id."
    with pytest.raises(NotFound, match=r"proposal abcd, post abcd\."):
        found("abcd", Thing("abcd", "proposal"), Thing("abcd"))


@pytest.mark.parametrize("count", [5, 6])
def test_of_many_five_are_named_and_that_there_may_be_more(count: int) -> None:
    with pytest.raises(NotFound, match=r"post abcd0, .*, post abcd4, \.\.\.\."):
        found("abcd", *(Thing(f"abcd{number}") for number in range(count)))


def test_what_nothing_starts_with_is_not_found_and_it_is_said_where_to_look() -> None:
    with pytest.raises(NotFound, match="There is no post abcd") as none:
        found("abcd")
    assert none.value.fix == "Look."


@pytest.mark.parametrize(
    ("caption", "title"),
    [
        (None, None),
        (" \n\0", None),
        ("Hello\n\nagain", "Hello again"),
        ("a" * 40, "a" * 40),
        ("a" * 41, "a" * 39 + "…"),
        ("a" * 39 + " b", "a" * 39 + "…"),
        ("word " * 20, "word word word word word word word word…"),
    ],
)
def test_a_title_is_the_first_words_of_a_caption(caption: str | None, title: str | None) -> None:
    assert title_of(caption) == title
