"""Posts are values: a change makes another one, and leaves the first as it was."""

from dataclasses import FrozenInstanceError, fields, replace

import pytest

from pressroom.core.post import Post, PostState
from tests.store.posts import a_container, a_post, a_send, after

POST = a_post(login="shop", containers=(a_container(),), sends=(a_send(),))
CHANGES = {"state": PostState.READY, "wake_at": after(5), "revision": 7}


def test_a_changed_post_is_what_replace_would_make() -> None:
    made = POST.changed(**CHANGES)
    assert {one.name: getattr(made, one.name) for one in fields(Post)} == {
        one.name: getattr(replace(POST, **CHANGES), one.name) for one in fields(Post)
    }


def test_the_first_stays_as_it_was_and_the_new_one_cannot_be_written_to() -> None:
    before = replace(POST)
    made = POST.changed(**CHANGES)
    assert before == POST
    with pytest.raises(FrozenInstanceError):
        made.state = PostState.FAILED  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]


def test_a_field_that_posts_do_not_have_is_a_fault() -> None:
    with pytest.raises(TypeError, match="stat"):
        POST.changed(stat=PostState.READY)
