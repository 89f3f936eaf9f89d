"""Which calls leave nothing behind, and which only read."""

import json

import pytest

from pressroom.graph import calls
from pressroom.graph.answers import ContainerId, MediaId, UserId
from pressroom.graph.call import Effect, Method, Pace, is_read
from pressroom.graph.calls import UserTag

USER = UserId("17841400000000000")


def test_only_what_is_given_is_sent() -> None:
    call = calls.create_photo(USER, image_url="https://x/a.jpg")
    assert (call.method, call.path, call.params) == (
        "POST",
        f"/{USER}/media",
        {"image_url": "https://x/a.jpg"},
    )
    assert (call.effect, call.pace) == (Effect.CREATE, Pace.CONTAINER)


def test_lists_travel_as_json_and_booleans_as_words() -> None:
    tags = [UserTag("@anna", 0.5, 0.25)]
    call = calls.create_reel(
        USER, video_url="https://x/a.mp4", share_to_feed=False, thumb_offset_ms=0, collaborators=["bo"]
    )
    assert call.params["share_to_feed"] == "false"
    assert call.params["thumb_offset"] == "0"
    assert json.loads(call.params["collaborators"]) == ["bo"]
    call = calls.create_photo(USER, image_url="https://x/a.jpg", user_tags=tags)
    assert json.loads(call.params["user_tags"]) == [{"username": "anna", "x": 0.5, "y": 0.25}]


def test_a_carousel_item_names_its_type_only_for_video() -> None:
    assert "media_type" not in calls.create_carousel_item(USER, image_url="https://x/a.jpg").params
    assert calls.create_carousel_item(USER, video_url="https://x/a.mp4").params["media_type"] == "VIDEO"


def test_children_are_a_comma_separated_list() -> None:
    call = calls.create_carousel(USER, children=[ContainerId("1"), ContainerId("2")])
    assert call.params == {"media_type": "CAROUSEL", "children": "1,2"}


def test_what_must_not_be_repeated_is_a_write() -> None:
    assert calls.publish(USER, ContainerId("1")).effect is Effect.WRITE
    assert calls.comment(MediaId("1"), "hi").effect is Effect.WRITE
    assert calls.delete_media(MediaId("1")).method == "DELETE"


def test_only_the_token_refresh_carries_a_secret_and_names_it() -> None:
    call = calls.refresh_token("IGAA")
    assert (call.path, call.is_versioned, call.secrets) == ("/refresh_access_token", False, {"access_token"})


@pytest.mark.parametrize(
    ("method", "path", "params", "is_plain"),
    [
        ("GET", "me/media", {}, True),
        ("GET", "me/media", {"fields": "id"}, True),
        ("POST", "me/media", {}, False),
        ("DELETE", "123", {}, False),
        ("GET", "me/media?method=post", {}, False),
        ("GET", "me/media", {"method": "post"}, False),
        ("GET", "me/media", {"fields": "id", "Method": "delete"}, False),
        ("GET", "", {"batch": "[]"}, False),
    ],
)
def test_a_get_that_names_no_other_method_is_a_read_and_nothing_else_is(
    method: Method, path: str, params: dict[str, str], is_plain: bool
) -> None:
    assert is_read(method, path, params) is is_plain
