from typing import Any

import pytest

from pressroom.core.assets import Asset, Edits
from pressroom.core.errors import MediaRefused, Refused
from pressroom.core.post import PostKind
from pressroom.graph.calls import UserTag
from pressroom.graph.error_table import HelperPrefix
from pressroom.publish.validation import validate
from tests.publish.posts import a_post

K = PostKind
JPG = "https://example.com/a.jpg"


@pytest.mark.parametrize(
    ("kind", "sources", "options", "rule", "value"),
    [
        (K.PHOTO, [JPG], {"caption": "x" * 2201}, "caption_length", 2201),
        (K.PHOTO, [JPG], {"caption": "😀" * 1101}, "caption_length", 2202),
        (K.PHOTO, [JPG], {"caption": " ".join(f"#t{n}" for n in range(31))}, "hashtags", 31),
        (K.PHOTO, [JPG], {"caption": "#a " * 16, "first_comment": "#b " * 15}, "hashtags", 31),
        (K.PHOTO, [JPG], {"caption": " ".join(f"@t{n}" for n in range(21))}, "mentions", 21),
        (K.CAROUSEL, [JPG], {}, "carousel_items", 1),
        (K.REEL, ["a.mp4"], {"edits": Edits(start_s=-1)}, "trim", [-1, None]),
        (K.REEL, ["a.mp4"], {"edits": Edits(start_s=3, end_s=1)}, "trim", [3, 1]),
        (K.REEL, ["a.mp4"], {"edits": Edits(end_s=0)}, "trim", [None, 0]),
        (K.REEL, ["a.mp4"], {"cover": Asset("a.mov")}, "cover", "a.mov"),
        (K.CAROUSEL, [JPG] * 11, {}, "carousel_items", 11),
        (K.PHOTO, [JPG, JPG], {}, "item_count", 2),
        (K.PHOTO, [], {}, "item_count", 0),
        (K.PHOTO, [" "], {}, "source", ""),
        (K.PHOTO, ["ftp://example.com/a.jpg"], {}, "source_scheme", "ftp"),
        (K.PHOTO, ["data:image/png;base64,AAAA"], {}, "source_scheme", "data"),
        (K.PHOTO, ["cat.\udcff\udcfe"], {}, "file_name", r"cat.\udcff\udcfe"),
        (K.REEL, ["a.mp4"], {"cover": Asset("\udcff/a.jpg")}, "file_name", r"\udcff/a.jpg"),
        (K.PHOTO, ["https://[broken/a.jpg"], {}, "source_address", "https://[broken/a.jpg"),
        (K.PHOTO, ["https://x.org:99999/a.jpg?k=1"], {}, "source_address", "https://x.org:99999/a.jpg"),
        (K.PHOTO, ["https://ana:pw@x.org/a.jpg"], {}, "source_sign_in", None),
        (K.PHOTO, ["https://x.org/a b.jpg"], {}, "source_spelling", "https://x.org/a b.jpg"),
        (K.PHOTO, ["https://x y.org/a.jpg"], {}, "source_address", "https://x y.org/a.jpg"),
        (
            K.REEL,
            ["https://x.org/a.mp4"],
            {"cover": Asset("https://x.org/\u00e4")},
            "source_spelling",
            "https://x.org/\u00e4",
        ),
        (K.PHOTO, [JPG], {"caption": "Caf\udcc3\udca9"}, "text_encoding", r"'\udcc3\udca9'"),
        (K.STORY, [JPG], {"caption": "x"}, "caption", "story"),
        (K.STORY, [JPG], {"first_comment": "x"}, "first_comment", "story"),
        (K.PHOTO, [JPG], {"share_to_feed": True}, "share_to_feed", "photo"),
        (K.PHOTO, [JPG], {"cover": Asset("c.jpg")}, "cover", "photo"),
        (K.REEL, ["https://example.com/a.mp4"], {"alt_texts": ("x",)}, "alt_texts", "reel"),
        (K.PHOTO, [JPG], {"alt_texts": ("a", "b")}, "alt_texts", 2),
        (K.PHOTO, [JPG], {"alt_texts": ("a" * 1001,)}, "alt_text_length", 1001),
        (K.PHOTO, [JPG], {"collaborators": ("a", "b", "c", "d")}, "collaborators", 4),
        (K.PHOTO, [JPG], {"collaborators": ("",)}, "username", ""),
        (K.PHOTO, [JPG], {"user_tags": (UserTag("an na", 0, 0),)}, "username", "an na"),
        (K.PHOTO, [JPG], {"user_tags": tuple(UserTag(f"u{n}", 0, 0) for n in range(21))}, "user_tags", 21),
        (K.PHOTO, [JPG], {"user_tags": (UserTag("anna"),)}, "user_tag_place", "anna"),
        (K.PHOTO, [JPG], {"user_tags": (UserTag("anna", 1.5, 0),)}, "user_tag_place", "1.5,0"),
        (
            K.REEL,
            ["https://example.com/a.mp4"],
            {"user_tags": (UserTag("anna", 0, 0),)},
            "user_tag_place",
            "anna",
        ),
        (K.REEL, ["https://example.com/a.mp4"], {"thumb_offset_ms": -1}, "thumb_offset", -1),
        (K.PHOTO, [JPG], {"location_id": "Berlin"}, "location_id", "Berlin"),
        (K.PHOTO, [JPG], {"audio": "1790"}, "audio", "photo"),
        (K.REEL, ["a.mp4"], {"audio": "Late Night"}, "audio", "Late Night"),
        (K.REEL, ["a.mp4"], {"audio": "1790:101,0"}, "audio", "1790:101,0"),
        (K.REEL, ["a.mp4"], {"audio": "1790:50"}, "audio", "1790:50"),
    ],
)
def test_what_instagram_would_refuse_is_refused_naming_rule_value_limit_and_fix(
    kind: PostKind, sources: list[str], options: dict[str, Any], rule: str, value: object
) -> None:
    post = a_post(kind, "x", **options)
    post = type(post)(id=post.id, kind=kind, assets=tuple(map(Asset, sources)), options=post.options)
    with pytest.raises(Refused) as caught:
        validate(post)
    error = caught.value
    assert error.rule == rule
    assert error.value == value
    assert error.fix


@pytest.mark.parametrize(
    ("kind", "url", "rule"),
    [(K.REEL, JPG, "is_image"), (K.PHOTO, "https://example.com/a.MP4?x=1", "is_video")],
)
def test_a_url_that_ends_like_the_wrong_kind_is_refused(kind: PostKind, url: str, rule: str) -> None:
    with pytest.raises(MediaRefused) as caught:
        validate(a_post(kind, url))
    assert caught.value.rule == rule
    assert caught.value.helper_prefix is HelperPrefix.MEDIA_TYPE


def test_an_address_is_shown_as_it_has_to_be_written() -> None:
    with pytest.raises(Refused) as caught:
        validate(a_post(K.PHOTO, "https://exämple.org:8443/ä b%20c.jpg?key=secret"))
    spelled = "https://xn--exmple-cua.org:8443/%C3%A4%20b%20c.jpg"
    assert caught.value.fix == f"Write it as {spelled}, and the query behind it alike."
    assert "secret" not in str(caught.value.as_json())


def test_an_address_that_pressroom_itself_fetches_may_be_spelled_as_people_do() -> None:
    assert validate(a_post(K.PHOTO, "https://ana:pw@exämple.org/ä b.jpg", convert=True)) == []


def test_names_may_carry_their_at_sign() -> None:
    tagged = {"user_tags": (UserTag("@an.na_1", 0.5, 0.5),), "collaborators": ("@bo",)}
    assert validate(a_post(K.PHOTO, JPG, **tagged)) == []


def test_the_limits_themselves_are_fine() -> None:
    caption = "#a " * 10 + "@b " * 20
    caption += "x" * (2200 - len(caption))
    assert validate(a_post(K.PHOTO, JPG, caption=caption)) != []
    assert validate(a_post(K.CAROUSEL, *[JPG] * 10)) == []
    assert validate(a_post(K.CAROUSEL, *[JPG] * 2)) == []


def test_more_than_five_hashtags_are_warned_about() -> None:
    assert validate(a_post(caption="#a #b #c #d #e")) == []
    assert "6 hashtags" in validate(a_post(caption="#a #b #c #d #e #f"))[0]


def test_a_host_that_no_name_can_be_is_shown_with_its_signs_escaped() -> None:
    long = "ä" * 64
    with pytest.raises(Refused) as caught:
        validate(a_post(K.PHOTO, f"https://{long}.org/ä.jpg"))
    assert caught.value.fix == f"Write it as https://{'%C3%A4' * 64}.org/%C3%A4.jpg."
