"""What ends a proposal, what puts a post off, and what a standing consent has to name."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pressroom.core.actor import ActorId
from pressroom.core.consent import GrantUse, Proposal, ProposalId, ProposalState
from pressroom.core.errors import Refused
from pressroom.core.journal import SubjectKind
from pressroom.core.post import Post, PostState
from pressroom.service.consent import changing, rules
from pressroom.service.consent.change import NOW, Change, Verb
from pressroom.service.posts.storing import edit_of
from tests.fakes.clock import START
from tests.service.consenting import PLANNER, a_picture, person
from tests.service.road import Road, opened_road

S = PostState
HOUR = timedelta(hours=1)
DUE = START + 3 * HOUR


@pytest.fixture
async def ana(tmp_path: Path) -> AsyncGenerator[Road]:
    async with opened_road(tmp_path / "home") as road:
        road.sign_in("ana")
        yield road


def a_post(state: PostState = S.SCHEDULED, **changes: Any) -> Post:
    """A post of the program's, which needs no file."""
    wakes = DUE if state.is_waiting or state is S.PUBLISHING else None
    picture = replace(a_picture("https://example.com/a.jpg"), account="ana", actor=PLANNER.id, wake_at=wakes)
    return replace(picture, state=state, due_at=DUE, **changes)


PROPOSAL = Proposal(
    id=ProposalId("p"),
    actor=ActorId("program:planner"),
    verb="publish",
    content_hash="0",
    arguments={},
    summary={},
    created_at=START,
    expires_at=DUE,
)


@pytest.mark.parametrize("verb", [Verb.EDIT, Verb.CANCEL, Verb.HOLD_BACK])
async def test_what_a_post_is_not_any_more_nobody_can_approve(ana: Road, verb: Verb) -> None:
    post = ana.store.posts.add(a_post()).post
    waits = replace(PROPOSAL, verb=Verb.MOVE, subject_kind=SubjectKind.POST, subject_id=post.id)
    ana.store.consents.propose(waits)
    async with person(ana) as anna:
        changes = anna.posts._changes
        if verb is Verb.HOLD_BACK:
            await changes.hold_back(post.id)
        else:
            other = replace(post, options=replace(post.options, caption="Other"))
            await changes.make(post.id, edit_of(other) if verb is Verb.EDIT else Change(verb))
    assert ana.store.consents.get(waits.id).state is ProposalState.VOID


@pytest.mark.parametrize(
    ("verb", "before", "after", "is_put_off"),
    [
        (Verb.MOVE, a_post(), a_post(S.READY, postponed_to=DUE + HOUR), True),
        (Verb.MOVE, a_post(), a_post(), False),
        (Verb.MOVE, a_post(), replace(a_post(), due_at=DUE - HOUR), False),
        (Verb.MOVE, a_post(S.DRAFT), replace(a_post(S.DRAFT), due_at=DUE + HOUR), False),
        (Verb.MOVE, a_post(S.FAILED), replace(a_post(), due_at=DUE + HOUR), False),
        (Verb.EDIT, a_post(), replace(a_post(), due_at=DUE + HOUR), True),
        (Verb.TAKE_UP, a_post(S.CANCELLED), a_post(), True),
        (Verb.TAKE_UP, a_post(S.CANCELLED), replace(a_post(), due_at=DUE - HOUR), False),
        (Verb.INTERRUPT, a_post(), a_post(S.CANCELLED), False),
    ],
)
def test_a_post_that_was_let_go_is_put_off_where_it_goes_out_later(
    verb: Verb, before: Post, after: Post, is_put_off: bool
) -> None:
    assert changing.is_put_off(Change(verb), before, after) is is_put_off


@pytest.mark.parametrize(
    ("verb", "due_at", "goes_on"),
    [
        (Verb.INTERRUPT, DUE - HOUR, True),
        (Verb.TAKE_UP, DUE, True),
        (Verb.TAKE_UP, DUE - HOUR, False),
        (Verb.MOVE, DUE, False),
    ],
)
def test_an_approved_post_goes_on_after_an_interruption_and_no_earlier(
    verb: Verb, due_at: Any, goes_on: bool
) -> None:
    after = replace(a_post(), due_at=due_at)
    assert changing.goes_on(Change(verb), a_post(), after) is goes_on


def test_a_post_is_early_only_before_the_time_that_was_asked_for() -> None:
    asked = replace(PROPOSAL, earliest_at=DUE)
    assert rules.is_early(asked, replace(a_post(), due_at=DUE - HOUR))
    assert not rules.is_early(asked, a_post())
    assert not rules.is_early(asked, replace(a_post(), due_at=None))
    assert not rules.is_early(PROPOSAL, replace(a_post(), due_at=DUE - HOUR))


def test_only_a_move_to_now_is_now() -> None:
    assert Change(Verb.MOVE, {"due_at": NOW}).is_now
    assert not Change(Verb.MOVE, {"due_at": DUE.isoformat()}).is_now
    assert not Change(Verb.EDIT, {"due_at": NOW}).is_now
    assert not Change(Verb.MOVE).is_now


@pytest.mark.parametrize("given", [([], ["ana"], 1), (["publish"], [], 1), (["publish"], ["ana"], 0)])
def test_a_standing_consent_for_nothing_is_refused(given: tuple[list[str], list[str], int]) -> None:
    with pytest.raises(Refused) as refused:
        rules.require_grant_sense(*given)
    assert (refused.value.rule, refused.value.value) == ("standing_consent", list(given))
    assert refused.value.limit == "one verb, one account and once a day at least"
    rules.require_grant_sense(["publish"], ["ana"], 1)


def test_a_standing_consent_names_verbs_that_there_are() -> None:
    rules.require_known_verbs(["move", "edit"], ["move", "edit", "publish"])
    with pytest.raises(Refused, match="called mvoe, sned") as refused:
        rules.require_known_verbs(["mvoe", "edit", "sned"], ["move", "edit"])
    assert (refused.value.rule, refused.value.value) == ("standing_consent", ["mvoe", "sned"])
    assert refused.value.limit == ["move", "edit"]
    assert "move, edit" in str(refused.value.fix)


async def test_what_was_sent_is_live_or_on_its_way(ana: Road) -> None:
    states = dict[str, PostState]()
    async with person(ana) as anna:
        grant = await anna.approvals.allow(PLANNER.id, verbs=["publish"], accounts=["ana"], per_day=9)
        for state in (S.READY, S.AWAITING_APPROVAL, S.FAILED, S.PUBLISHING, S.PUBLISHED):
            post = a_post(state)
            use = GrantUse(grant=grant.id, at=DUE, day_start=START, day_end=DUE + HOUR, reference=post.id)
            states[ana.store.posts.add(post, "", use).post.id] = state
        released = await anna.approvals.released(grant.id)
    assert {states[post] for post in released.sent} == {S.PUBLISHING, S.PUBLISHED}
    assert [post.state for post in (*released.unsent, *released.held)] == [S.READY, S.AWAITING_APPROVAL]
