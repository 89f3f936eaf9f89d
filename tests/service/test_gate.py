"""What lets a post out, as a table; who acts; and a call that looks like a mere read."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from pressroom.core.actor import ActorId
from pressroom.core.assets import Asset
from pressroom.core.consent import Grant, GrantId, Proposal, ProposalId
from pressroom.core.post import Post, PostOptions, PostState
from pressroom.service.consent import rules
from pressroom.service.consent.rules import would_publish
from tests.fakes.clock import START
from tests.service.consenting import a_picture

S = PostState
GOING_OUT = {S.SCHEDULED, S.PREPARING, S.READY, S.PUBLISHING, S.PUBLISHED}
DUE, EARLIER, LATER = (START + timedelta(hours=hours) for hours in (3, 1, 5))


def a_post(state: PostState, **changes: Any) -> Post:
    return replace(a_picture("cat.jpg"), state=state, due_at=DUE, **changes)


def showing_more(post: Post) -> Post:
    return replace(post, options=PostOptions(caption="Other"))


@pytest.mark.parametrize("state", S)
def test_a_new_post_is_let_out_where_it_is_going_out(state: PostState) -> None:
    assert would_publish(None, a_post(state)) is (state in GOING_OUT)


@pytest.mark.parametrize("before", S)
@pytest.mark.parametrize("after", S)
def test_a_post_is_let_out_when_it_enters_a_state_from_which_it_is_sent(
    before: PostState, after: PostState
) -> None:
    was = a_post(before)
    assert would_publish(was, replace(was, state=after)) is (after in GOING_OUT and before not in GOING_OUT)


@pytest.mark.parametrize("state", S)
def test_a_post_is_let_out_when_it_is_brought_forward_on_its_way(state: PostState) -> None:
    was = a_post(state)
    assert would_publish(was, replace(was, due_at=EARLIER)) is (state in GOING_OUT)
    assert would_publish(was, replace(was, due_at=None)) is (state in GOING_OUT)
    assert not would_publish(was, replace(was, due_at=LATER))
    assert not would_publish(replace(was, due_at=None), was)


@pytest.mark.parametrize("state", S)
def test_a_post_that_is_not_held_back_lets_other_content_out(state: PostState) -> None:
    was = a_post(state)
    assert would_publish(was, showing_more(was)) is (not state.is_held)


def test_other_bytes_of_the_same_address_are_other_content() -> None:
    url, options = "https://example.com/a.jpg", PostOptions(convert=True)
    was = a_post(S.SCHEDULED, assets=(Asset(url, copy=f"/a/{'0' * 64}.jpg"),), options=options)
    assert would_publish(was, replace(was, assets=(Asset(url, copy=f"/a/{'1' * 64}.jpg"),)))
    assert not would_publish(was, replace(was, assets=(Asset(url, copy=f"/elsewhere/{'0' * 64}.jpg"),)))


GRANT = Grant(
    id=GrantId("g"),
    actor=ActorId("program:bot"),
    verbs=("edit", "publish"),
    accounts=("1", "2"),
    per_day=3,
    granted_by=ActorId("person:anna"),
    created_at=START,
)


@pytest.mark.parametrize(
    ("changes", "covers"),
    [
        ({}, True),
        ({"verbs": ("edit",)}, False),
        ({"accounts": ("2",)}, False),
        ({"revoked_at": EARLIER}, False),
        ({"revoked_at": LATER}, False),
        ({"ends_at": EARLIER}, False),
        ({"ends_at": DUE}, False),
        ({"ends_at": LATER}, True),
    ],
)
def test_a_standing_consent_covers_its_verbs_on_its_accounts_until_it_ends(
    changes: dict[str, Any], covers: bool
) -> None:
    assert rules.covers(replace(GRANT, **changes), "publish", "1", DUE) is covers


ASKED = Proposal(
    id=ProposalId("p"),
    actor=ActorId("program:bot"),
    verb="publish",
    content_hash="0",
    arguments={},
    summary={},
    created_at=START,
    expires_at=START + timedelta(hours=24),
)
DAY, MOMENT = timedelta(hours=24), timedelta(seconds=1)


@pytest.mark.parametrize(
    ("decided_at", "earliest_at", "last"),
    [(DUE, None, DUE), (DUE, EARLIER, DUE), (DUE, LATER, LATER), (None, LATER, LATER)],
)
def test_what_a_person_said_holds_until_a_day_after_that_or_after_it_was_due(
    decided_at: datetime | None, earliest_at: datetime | None, last: datetime
) -> None:
    decided = replace(ASKED, decided_at=decided_at, earliest_at=earliest_at)
    assert rules.still_answers(decided, last + DAY)
    assert not rules.still_answers(decided, last + DAY + MOMENT)


def test_what_nobody_said_anything_to_does_not_hold() -> None:
    assert not rules.still_answers(ASKED, START)


def test_what_is_due_within_a_minute_is_due_at_once() -> None:
    assert timedelta(minutes=1) == rules.SOON
