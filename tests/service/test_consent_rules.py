"""What ends a proposal, what puts a post off, and what a standing consent has to name."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pressroom.core.actor import ActorId
from pressroom.core.consent import Proposal, ProposalId, ProposalState
from pressroom.core.errors import Refused
from pressroom.core.post import Post, PostState
from pressroom.service import changing, standing_consents
from pressroom.service.changing import NOW, Change, Verb
from tests.fakes.clock import START
from tests.service.consenting import PLANNER, a_file, a_picture, person, program, proposed
from tests.service.road import Road, opened_road

S = PostState
HOUR = timedelta(hours=1)
DUE = START + 3 * HOUR


@pytest.fixture
async def ana(tmp_path: Path) -> AsyncGenerator[Road]:
    async with opened_road(tmp_path / "home") as road:
        road.sign_in("ana")
        yield road


@pytest.mark.parametrize("verb", [Verb.EDIT, Verb.CANCEL, Verb.HOLD_BACK])
async def test_what_a_post_is_not_any_more_nobody_can_approve(ana: Road, tmp_path: Path, verb: Verb) -> None:
    async with person(ana) as anna, program(ana) as planner:
        post = (await anna.posts.submit(a_picture(a_file(tmp_path)), at=DUE)).post
        waits = await proposed(planner.posts.move(post.id, DUE - HOUR))
        kept = ana.post(post.id)
        ana.store.posts.save(replace(kept, actor=PLANNER.id, revision=kept.revision + 1), kept)
        if verb is Verb.HOLD_BACK:
            await anna.posts._changes.hold_back(post.id)
        else:
            await (anna.posts.edit(post.id, caption="x") if verb is Verb.EDIT else anna.posts.cancel(post.id))
    assert ana.store.consents.get(ProposalId(waits.proposal_id or "")).state is ProposalState.VOID


def a_post(state: PostState = S.SCHEDULED, **changes: Any) -> Post:
    return replace(a_picture("cat.jpg"), state=state, due_at=DUE, **changes)


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
    assert changing._is_put_off(Change(verb), before, after) is is_put_off


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
    assert changing._goes_on(Change(verb), a_post(), after) is goes_on


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


def test_a_post_is_early_only_before_the_time_that_was_asked_for() -> None:
    asked = replace(PROPOSAL, earliest_at=DUE)
    assert changing._is_early(asked, replace(a_post(), due_at=DUE - HOUR))
    assert not changing._is_early(asked, a_post())
    assert not changing._is_early(asked, replace(a_post(), due_at=None))
    assert not changing._is_early(PROPOSAL, replace(a_post(), due_at=DUE - HOUR))


def test_only_a_move_to_now_is_now() -> None:
    assert Change(Verb.MOVE, {"due_at": NOW}).is_now
    assert not Change(Verb.MOVE, {"due_at": DUE.isoformat()}).is_now
    assert not Change(Verb.EDIT, {"due_at": NOW}).is_now
    assert not Change(Verb.MOVE).is_now


@pytest.mark.parametrize("given", [([], ["ana"], 1), (["publish"], [], 1), (["publish"], ["ana"], 0)])
def test_a_standing_consent_for_nothing_is_refused(given: tuple[list[str], list[str], int]) -> None:
    with pytest.raises(Refused) as refused:
        standing_consents._require_sense(*given)
    assert (refused.value.rule, refused.value.value) == ("standing_consent", list(given))
    standing_consents._require_sense(["publish"], ["ana"], 1)


def test_a_standing_consent_names_verbs_that_there_are() -> None:
    standing_consents._require_known(["move", "edit"], ["move", "edit", "publish"])
    with pytest.raises(Refused, match="called mvoe, sned") as refused:
        standing_consents._require_known(["mvoe", "edit", "sned"], ["move", "edit"])
    assert (refused.value.rule, refused.value.value) == ("standing_consent", ["mvoe", "sned"])
    assert refused.value.limit == ["move", "edit"]
    assert "move, edit" in str(refused.value.fix)


async def test_what_was_sent_is_live_or_on_its_way(ana: Road, tmp_path: Path) -> None:
    states = (S.READY, S.AWAITING_APPROVAL, S.FAILED, S.PUBLISHING, S.PUBLISHED)
    picture, posts = a_file(tmp_path), dict[str, PostState]()
    async with person(ana) as anna, program(ana) as planner:
        grant = await anna.approvals.allow(PLANNER.id, verbs=["publish"], accounts=["ana"], per_day=9)
        for state in states:
            post = (await planner.posts.submit(a_picture(picture, state), at=DUE)).post
            wake_at = DUE if state in (S.READY, S.PUBLISHING) else None
            now = replace(post, state=state, wake_at=wake_at, revision=post.revision + 1)
            ana.store.posts.save(now, post)
            posts[post.id] = state
        released = await anna.approvals.released(grant.id)
    assert {posts[post] for post in released.sent} == {S.PUBLISHING, S.PUBLISHED}
    assert [post.state for post in (*released.unsent, *released.held)] == [S.READY, S.AWAITING_APPROVAL]
