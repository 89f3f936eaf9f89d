"""What does not fit is refused with what is allowed there, and each fix is one that this API takes."""

import json
from typing import Any

import pytest

from pressroom.api.remedies import by_request
from pressroom.core.remedies import Remedy, RemedyKind
from tests.api.asking import BY_NAME, well_formed
from tests.api.house import Client

JSON = {"headers": {"content-type": "application/json", "if-match": "*"}}
UPLOAD = {"upload_id": "0"}


@pytest.mark.parametrize(
    ("wrong", "limit", "fix"),
    [
        ({"kind": "picture"}, "carousel, photo, reel, story", "Give one of those that are allowed."),
        ({"files": [UPLOAD] * 11}, "at least 1, at most 10", "Keep to what is allowed."),
        ({"files": [{"url": "/home/me/cat.jpg"}]}, "^https://", "a file of your own is uploaded instead"),
        ({"files": [{"path": "cat.jpg"}]}, "upload_id, url", "Leave it out, or correct its name."),
        ({"files": ["cat.jpg"]}, "object", "what was uploaded, or what an https address serves"),
        ({"caption": 7}, "string", "Its text."),
        ({"files": "cat.jpg"}, "array", "In the order in which they are shown."),
    ],
)
async def test_a_body_is_told_what_is_allowed(
    shop: Client, wrong: dict[str, Any], limit: str, fix: str
) -> None:
    least = well_formed(BY_NAME["create_post"])
    content = json.dumps({**least.body, **wrong}).encode()
    problem = (await least.ask(shop, content=content, **JSON)).of(422)
    assert problem["limit"] == limit
    assert fix in problem["fix"]


async def test_a_lack_names_what_has_to_be_given(shop: Client) -> None:
    problem = (await well_formed(BY_NAME["create_post"]).ask(shop, content=b"{}", **JSON)).of(422)
    assert (problem["limit"], problem["fix"]) == ("kind, files", "Give it.")


@pytest.mark.parametrize(
    ("kind", "arguments", "worded"),
    [
        (RemedyKind.SET_TIMEZONE, {"timezone": "Europe/Istanbul"}, '`"timezone": "Europe/Istanbul"`'),
        (RemedyKind.PUBLISH_AS, {"kind": "photo"}, '`POST /api/v1/posts` with `{"kind": "photo"}`'),
        (RemedyKind.CANCEL_POST, {"post": "a/b"}, "`POST /api/v1/posts/a%2Fb/cancel`"),
        (RemedyKind.SHOW_POST, {}, "`GET /api/v1/posts/POST`"),
        (RemedyKind.REPEAT_CLIP, {}, '`"loop": true`'),
        (RemedyKind.START_WORKER, {}, "`pressroom worker` in a terminal"),
    ],
)
def test_a_remedy_is_worded_as_it_is_sent(kind: RemedyKind, arguments: dict[str, str], worded: str) -> None:
    assert by_request(Remedy(kind, arguments)) == worded
