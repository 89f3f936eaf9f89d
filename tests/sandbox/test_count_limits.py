"""Every limit of the table is held twice: before any call is made, and by whom the call would be made to."""

import json
from typing import Any

import pytest

from pressroom.core.errors import Refused
from pressroom.core.post import PostKind
from pressroom.core.tags import UserTag
from pressroom.graph.limits import COUNT_LIMITS, CountLimit
from pressroom.publish.checks.validate import validate
from pressroom.service import new_post
from tests.sandbox.caller import Caller

URL = "https://example.com/a.jpg"
# A text of so many, by what is counted in it.
TEXTS = {
    "characters": "x",
    "hashtags": "#a ",
    "@ mentions": "@a ",
}
every_limit = pytest.mark.parametrize("limit", COUNT_LIMITS, ids=lambda limit: limit.rule)


def options(limit: CountLimit, count: int) -> dict[str, Any]:
    names = tuple(f"u{number}" for number in range(count))
    held: dict[str, Any] = {
        "user_tags": lambda: {"user_tags": tuple(UserTag(name, 0.5, 0.5) for name in names)},
        "collaborators": lambda: {"collaborators": names},
        "caption": lambda: {"caption": TEXTS[limit.words] * count},
        "alt_text": lambda: {"alt_texts": (TEXTS[limit.words] * count,)},
    }
    return held[limit.parameter]()


def parameter(limit: CountLimit, count: int) -> str:
    if limit.parameter == "user_tags":
        return json.dumps([{"username": f"u{number}", "x": 0.5, "y": 0.5} for number in range(count)])
    if limit.parameter == "collaborators":
        return json.dumps([f"u{number}" for number in range(count)])
    return TEXTS[limit.words] * count


@every_limit
def test_one_more_than_allowed_is_refused_before_any_call(limit: CountLimit) -> None:
    validate(new_post(PostKind.PHOTO, [URL], **options(limit, limit.most)))
    with pytest.raises(Refused, match=rf"There are {limit.most + 1:,} {limit.words}") as caught:
        validate(new_post(PostKind.PHOTO, [URL], **options(limit, limit.most + 1)))
    assert (caught.value.rule, caught.value.limit, caught.value.fix) == (limit.rule, limit.most, limit.fix)


@every_limit
async def test_one_more_than_allowed_is_refused_by_instagram(caller: Caller, limit: CountLimit) -> None:
    target = f"/{caller.sandbox.user_id}/media"
    most = await caller.post(target, image_url=URL, **{limit.parameter: parameter(limit, limit.most)})
    assert most.status == 200
    refused = await caller.post(target, image_url=URL, **{limit.parameter: parameter(limit, limit.most + 1)})
    assert (refused.status, refused.error) == (400, (limit.code, limit.subcode))
