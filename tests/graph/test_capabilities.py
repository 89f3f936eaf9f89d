"""What each login can do, and what its permissions are called."""

import pytest

from pressroom.graph.capabilities import (
    ROWS,
    Capability,
    is_offered,
    logins_with,
    may_try,
    words_of,
)
from pressroom.graph.certainty import Certainty
from pressroom.graph.hosts import LoginType
from pressroom.graph.permissions import (
    NEEDED_TO_PUBLISH,
    Permission,
    asked_by_default,
    permission_named,
    renamed,
)


def test_each_capability_has_one_row() -> None:
    assert sorted(row.capability for row in ROWS) == sorted(Capability)
    assert all(words_of(one) for one in Capability)


def test_unified_login_is_never_called_documented() -> None:
    assert Certainty.DOCUMENTED not in {row.unified.certainty for row in ROWS}


def test_what_nobody_knows_may_be_tried_and_is_not_promised() -> None:
    assert may_try(LoginType.UNIFIED, Capability.HASHTAG_SEARCH)
    assert not is_offered(LoginType.UNIFIED, Capability.HASHTAG_SEARCH)
    assert not may_try(LoginType.INSTAGRAM, Capability.HASHTAG_SEARCH)


def test_a_refusal_can_name_the_logins_that_could() -> None:
    assert logins_with(Capability.DELETE_MEDIA) == (LoginType.FACEBOOK, LoginType.UNIFIED)
    assert logins_with(Capability.TOKEN_RENEWAL) == (LoginType.INSTAGRAM,)


@pytest.mark.parametrize("login", LoginType)
def test_a_sign_in_asks_for_what_publishing_needs(login: LoginType) -> None:
    needed = {one for one in NEEDED_TO_PUBLISH if one.name_under(login)}
    assert needed <= set(asked_by_default(login))


def test_the_names_of_2025_are_known_by_what_they_are_called_today() -> None:
    assert renamed("business_content_publish") == "instagram_business_content_publish"
    assert renamed("business_management") is None
    assert permission_named("instagram_content_publish") is Permission.PUBLISH
    assert permission_named("email") is None
