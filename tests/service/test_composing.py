"""What `new_post` and `posts.edit` take, and what they say of what they do not take."""

from dataclasses import fields
from enum import StrEnum
from pathlib import Path
from typing import Any, get_args

import pytest

from pressroom.core.assets import Asset, Edits, Fit, Target
from pressroom.core.errors import Refused
from pressroom.core.post import Post, PostKind, PostOptions
from pressroom.graph.calls import UserTag
from pressroom.service import new_post
from pressroom.service.posts.composing import FitWord, KindWord, PostKeywords, TargetWord


def photo(**options: Any) -> Post:
    return new_post("photo", "cat.png", **options)


def test_every_option_of_a_post_may_be_given_by_its_name() -> None:
    assert list(PostKeywords.__annotations__) == [field.name for field in fields(PostOptions)]


@pytest.mark.parametrize(
    ("words", "kind"), [(KindWord, PostKind), (FitWord, Fit), (TargetWord, Target)], ids=str
)
def test_every_word_is_known_to_type_checkers(words: object, kind: type[StrEnum]) -> None:
    assert list(get_args(words)) == list(kind)


def test_a_text_is_one_file_and_never_its_letters() -> None:
    assert photo().assets == (Asset("cat.png"),)
    assert new_post("story", Path("a") / "cat.png").assets == (Asset("a/cat.png"),)


def test_a_list_is_as_many_files_as_it_has() -> None:
    mixed = new_post(PostKind.CAROUSEL, ["a.png", Path("b.png"), Asset("c.png")])
    assert mixed.assets == (Asset("a.png"), Asset("b.png"), Asset("c.png"))
    assert new_post("carousel", ("a.png",)).assets == (Asset("a.png"),)


def test_words_stand_for_kinds_shapes_and_limits() -> None:
    post = new_post("reel", "cat.mp4", fit="crop", target="house", quality="high", cover=Path("cat.jpg"))
    options = post.options
    assert (post.kind, options.fit, options.target) == (PostKind.REEL, Fit.CROP, Target.HOUSE)
    assert (options.quality, options.cover) == ("high", Asset("cat.jpg"))


def test_accounts_are_named_by_texts_and_one_needs_no_list() -> None:
    options = photo(user_tags="alice", collaborators="bob", alt_texts="A cat").options
    assert (options.user_tags, options.collaborators) == ((UserTag("alice"),), ("bob",))
    assert options.alt_texts == ("A cat",)
    placed = photo(user_tags=["@alice:0.5,0.25", UserTag("bob", 0.1, 0.2)]).options
    assert placed.user_tags == (UserTag("@alice", 0.5, 0.25), UserTag("bob", 0.1, 0.2))


def test_none_is_no_option() -> None:
    given: PostKeywords = {
        "caption": None,
        "cover": None,
        "user_tags": None,
        "alt_texts": None,
        "convert": None,
    }
    assert photo(**given).options == PostOptions()


def test_a_wrong_name_names_the_one_that_is_meant() -> None:
    with pytest.raises(TypeError, match=r"^new_post\(\) got .* 'captoin'\. Did you mean 'caption'\?$"):
        photo(captoin="Hello")
    with pytest.raises(TypeError, match=r"'colour'\. It takes: caption, alt_texts, "):
        photo(colour="red")


@pytest.mark.parametrize(
    ("given", "rule", "limit"),
    [
        ({"caption": 5}, "caption", "str or None"),
        ({"location_id": 5}, "location_id", "str or None"),
        ({"thumb_offset_ms": True}, "thumb_offset_ms", "int or None"),
        ({"share_to_feed": "yes"}, "share_to_feed", "bool or None"),
        ({"alt_texts": [1]}, "alt_texts", "str"),
        ({"fit": "crops"}, "fit", "blur, pad, crop, keep"),
        ({"target": 1}, "target", "house, platform"),
        ({"quality": "best"}, "quality", "'normal' or 'high'"),
        ({"edits": {}}, "edits", "Edits"),
        ({"cover": 5}, "cover", "a file, bytes, an http(s) URL or s3://BUCKET/KEY"),
        ({"user_tags": [("alice", 0.5, 0.5)]}, "user_tags", "NAME, NAME:X,Y or UserTag"),
        ({"user_tags": "alice:0.5"}, "user_tags", "NAME, NAME:X,Y or UserTag"),
        ({"collaborators": 5}, "collaborators", "one, or a list of them"),
    ],
)
def test_a_value_that_an_option_cannot_have_is_refused(given: dict[str, Any], rule: str, limit: str) -> None:
    with pytest.raises(Refused) as refused:
        photo(**given)
    assert (refused.value.rule, refused.value.limit) == (rule, limit)
    assert refused.value.fix


def test_a_word_that_is_nearly_right_is_told() -> None:
    with pytest.raises(Refused, match=r"^fit cannot be 'crops'\. Write 'crop'\.$"):
        photo(fit="crops")


@pytest.mark.parametrize("sources", [5, iter(["cat.png"]), [5]])
def test_what_is_no_file_is_refused(sources: Any) -> None:
    with pytest.raises(Refused) as refused:
        new_post("photo", sources)
    assert refused.value.rule == "sources"


def test_a_kind_that_there_is_not_is_refused() -> None:
    wrong: Any = "foto"
    with pytest.raises(Refused, match=r"^kind cannot be 'foto'\. Write 'photo'\.$"):
        new_post(wrong, "cat.png")


def test_values_that_are_right_already_stay() -> None:
    edits = Edits(start_s=1.0)
    assert new_post("reel", "cat.mp4", edits=edits, share_to_feed=False, thumb_offset_ms=0).options == (
        PostOptions(edits=edits, share_to_feed=False, thumb_offset_ms=0)
    )
