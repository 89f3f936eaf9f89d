"""Which calls leave nothing behind."""

import pytest

from pressroom.graph.calls import Method
from pressroom.graph.reads import is_read


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
