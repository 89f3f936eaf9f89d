"""A program proposes, a person decides, and what was decided happens once, as it was seen."""

import os
import pwd
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from pressroom.core.account import account_id
from pressroom.core.consent import Proposal, ProposalId, ProposalState
from pressroom.core.errors import (
    Conflict,
    NeedsApproval,
    NotFound,
    Refused,
    SignInRequired,
    StoreFailed,
    TimeIsOver,
)
from pressroom.core.post import Post, PostId, PostState, Send, Snapshot
from pressroom.graph.answers import ContainerId, MediaId
from pressroom.graph.calls import UserTag
from pressroom.graph.hosts import DEFAULT_BASE
from pressroom.service import Pressroom
from pressroom.service.consent.change import Change, Verb
from pressroom.service.consent.changing import Changes
from pressroom.service.consent.gate import Gate
from pressroom.service.ground.resources import Resources
from tests.service.consenting import ANNA, PLANNER, a_file, a_picture, person, program, proposed
from tests.service.road import Road, without_store
from tests.service.walked import stored

S, P = PostState, ProposalState
HOUR, DAY = timedelta(hours=1), timedelta(hours=24)
ADDRESS = "https://example.com/cat.jpg"


@pytest.fixture
def cat(tmp_path: Path) -> str:
    return a_file(tmp_path)


@pytest.fixture
async def ana(road: Road) -> Road:
    road.sign_in("ana", timezone="Europe/Istanbul")
    return road


def asked_of(road: Road, waits: NeedsApproval) -> Proposal:
    return road.store.consents.get(ProposalId(waits.proposal_id or ""))


def the_post(road: Road, waits: NeedsApproval) -> Post:
    return road.post(PostId(waits.post_id or ""))


async def planned(
    road: Road, cat: str, caption: str = "Hello", at: datetime | str | None = None
) -> NeedsApproval:
    """Let the program want a post out, in three hours unless a time is named."""
    async with program(road) as pressroom:
        due = at or road.clock.now() + 3 * HOUR
        return await proposed(pressroom.posts.submit(a_picture(cat, caption), at=due))


async def approved(road: Road, found: str) -> Post | None:
    async with person(road) as pressroom:
        return (await pressroom.approvals.approve(found)).post


async def test_a_post_waits_with_its_proposal_until_a_person_lets_it_go(ana: Road, cat: str) -> None:
    waits = await planned(ana, cat)
    assert (waits.state, the_post(ana, waits).state) == (P.WAITING, S.AWAITING_APPROVAL)
    assert asked_of(ana, waits).expires_at == the_post(ana, waits).due_at
    done = await approved(ana, (waits.proposal_id or "")[:8])
    assert done
    assert done.state is S.SCHEDULED
    assert asked_of(ana, waits).decided_by == ANNA.id
    with pytest.raises(Refused, match="scheduled"):
        await approved(ana, waits.proposal_id or "")


async def test_what_was_declined_is_told_apart_from_what_nobody_was_asked(ana: Road, cat: str) -> None:
    first = await planned(ana, cat)
    async with person(ana) as pressroom:
        await pressroom.approvals.decline(first.proposal_id or "")
    again = await planned(ana, cat)
    assert (again.proposal_id, again.state) == (first.proposal_id, P.DECLINED)
    assert (await planned(ana, cat, "Other")).state is P.WAITING


async def test_the_same_again_answers_with_the_post_that_was_let_go(ana: Road, cat: str) -> None:
    waits = await planned(ana, cat)
    await approved(ana, waits.proposal_id or "")
    async with program(ana) as pressroom:
        again = await pressroom.posts.submit(a_picture(cat), at="+3h")
    assert (again.post.id, again.is_replay) == (waits.post_id, True)
    assert len(ana.posts) == 1


async def test_nothing_is_approved_that_was_not_decided_in_time(ana: Road, cat: str) -> None:
    soon = await planned(ana, cat)
    draft = await planned(ana, cat, "Now", at="now")
    assert asked_of(ana, draft).expires_at == ana.clock.now() + DAY
    for waits, lives in ((soon, 3 * HOUR), (draft, 21 * HOUR)):
        ana.clock.advance(lives.total_seconds())
        with pytest.raises(Conflict, match="not decided in time"):
            await approved(ana, waits.proposal_id or "")
        assert the_post(ana, waits).state is S.AWAITING_APPROVAL
    async with person(ana) as pressroom:
        assert {one.post and one.post.id for one in await pressroom.approvals.list()} == {
            soon.post_id,
            draft.post_id,
        }
        with pytest.raises(Refused, match="which is over"):
            await pressroom.posts.approve(soon.post_id or "")
        assert (await pressroom.posts.release(soon.post_id or "", "now")).state is S.SCHEDULED


async def test_what_nobody_decided_in_time_waits_once_when_it_is_asked_for_again(ana: Road, cat: str) -> None:
    first = await planned(ana, cat, at="now")
    ana.clock.advance(DAY.total_seconds())
    again = await planned(ana, cat, at="now")
    assert (the_post(ana, first).state, the_post(ana, again).state) == (S.CANCELLED, S.AWAITING_APPROVAL)


async def test_the_answer_holds_until_a_day_after_the_post_was_due(ana: Road, cat: str) -> None:
    due = ana.clock.now() + 5 * DAY
    first = await planned(ana, cat, at=due)
    ana.clock.advance((DAY + HOUR).total_seconds())
    await approved(ana, first.proposal_id or "")
    ana.clock.advance((4 * DAY).total_seconds())
    async with program(ana) as pressroom:
        again = await pressroom.posts.submit(a_picture(cat), at=due)
    assert (again.post.id, len(ana.posts)) == (first.post_id, 1)


async def test_the_same_at_another_time_or_under_another_key_is_another_post(ana: Road, cat: str) -> None:
    for at, key in (("+3h", None), ("+9h", None), ("+3h", "k"), ("+3h", "l")):
        async with program(ana) as pressroom:
            await proposed(pressroom.posts.submit(a_picture(cat), at=at, idempotency_key=key))
    assert len(ana.posts) == 4


async def test_what_waits_for_an_answer_is_not_let_out_by_a_later_standing_consent(
    ana: Road, cat: str
) -> None:
    first = await planned(ana, cat)
    async with person(ana) as pressroom:
        await pressroom.approvals.allow(PLANNER.id, verbs=["publish"], accounts=["ana"], per_day=9)
    again = await planned(ana, cat)
    assert (again.proposal_id, len(ana.posts)) == (first.proposal_id, 1)


async def test_two_posts_of_a_program_do_not_come_to_show_the_same(ana: Road, cat: str) -> None:
    await planned(ana, cat)
    other = await planned(ana, cat, "Other")
    async with program(ana) as pressroom:
        with pytest.raises(Refused, match="shows the same"):
            await pressroom.posts.edit(other.post_id or "", caption="Hello")
    assert asked_of(ana, other).state is P.WAITING


async def test_a_program_names_no_post_and_plans_for_nobody(ana: Road, cat: str) -> None:
    """A name may become anybody's, and the start of an id that people read another post's."""
    async with program(ana) as pressroom:
        with pytest.raises(Refused, match="no id of a post"):
            await pressroom.posts.submit(replace(a_picture(cat), id=PostId("3f8a1c0d")))
    async with program(ana, account_name="nobody") as pressroom:
        with pytest.raises(SignInRequired):
            await pressroom.posts.submit(a_picture(cat))


async def test_a_post_with_a_key_that_nobody_decided_in_time_is_asked_for_anew(ana: Road, cat: str) -> None:
    async with program(ana) as pressroom:
        first = await proposed(pressroom.posts.submit(a_picture(cat), at="+3h", idempotency_key="k"))
        ana.clock.advance((3 * HOUR).total_seconds())
        again = await proposed(pressroom.posts.submit(a_picture(cat), at="+3h", idempotency_key="k"))
    assert (again.post_id, again.state) == (first.post_id, P.WAITING)
    assert again.proposal_id != first.proposal_id
    assert len(ana.posts) == 1


async def test_a_summary_has_all_that_is_published(ana: Road, cat: str) -> None:
    shows: dict[str, Any] = {
        "alt_texts": ("A cat",),
        "collaborators": ("ben",),
        "location_id": "1",
        "first_comment": "#cat",
    }
    async with program(ana) as pressroom:
        post = a_picture(cat, user_tags=(UserTag("eva", 0.5, 0.4),), **shows)
        waits = await proposed(pressroom.posts.submit(post))
    summary = asked_of(ana, waits).summary
    assert {name: summary[name] for name in shows} == {
        "alt_texts": ["A cat"],
        "collaborators": ["ben"],
        "location_id": "1",
        "first_comment": "#cat",
    }
    assert summary["user_tags"] == ["eva:0.5,0.4"]


async def test_an_edit_by_the_program_is_asked_anew_and_the_old_answer_is_none(ana: Road, cat: str) -> None:
    waits = await planned(ana, cat)
    async with program(ana) as pressroom:
        await pressroom.posts.edit(waits.post_id or "", caption="Other")
    for found in (waits.proposal_id, waits.post_id):
        with pytest.raises((Conflict, Refused)):
            await approved(ana, found or "")
    (anew,) = ana.store.consents.list((P.WAITING,))
    assert anew.summary["caption"] == "Other"
    done = await approved(ana, anew.id)
    assert done
    assert done.options.caption == "Other"


async def test_a_post_that_is_edited_after_its_time_to_be_decided_is_asked_anew(ana: Road, cat: str) -> None:
    waits = await planned(ana, cat)
    ana.clock.advance(4 * HOUR.total_seconds())
    async with program(ana) as pressroom:
        await pressroom.posts.edit(waits.post_id or "", caption="Other")
    (anew,) = ana.store.consents.list((P.WAITING,))
    async with person(ana) as pressroom:
        for post_id in (waits.post_id or "", anew.id):
            with pytest.raises(Refused, match="which is over"):
                await approved(ana, post_id)
        with pytest.raises(Refused) as refused:
            await pressroom.posts.release(waits.post_id or "", "now")
        assert refused.value.limit == anew.id
        await pressroom.posts.move(waits.post_id or "", "+1h")
        assert (await pressroom.posts.approve(waits.post_id or "")).state is S.SCHEDULED


async def test_a_draft_that_its_program_changed_is_approved_as_it_is_shown(ana: Road, cat: str) -> None:
    async with program(ana) as pressroom:
        draft = (await pressroom.posts.submit(a_picture(cat), at="+3h", state=S.DRAFT)).post
        await pressroom.posts.edit(draft.id, caption="Other")
        with pytest.raises(Refused) as refused:
            await approved(ana, draft.id)
        first = str(refused.value.limit)
        await pressroom.posts.edit(draft.id, caption="Third")
        assert isinstance(await proposed(pressroom.posts.approve(draft.id)), NeedsApproval)
    with pytest.raises((Conflict, Refused)):
        await approved(ana, first)
    with pytest.raises(Refused) as refused:
        await approved(ana, draft.id)
    done = await approved(ana, str(refused.value.limit))
    assert done
    assert (done.state, done.options.caption) == (S.SCHEDULED, "Third")


async def test_an_edit_by_a_person_ends_the_proposal_and_the_person_lets_the_post_go(
    ana: Road, cat: str
) -> None:
    waits = await planned(ana, cat)
    async with person(ana) as pressroom:
        await pressroom.posts.edit(waits.post_id or "", caption="Better")
        assert asked_of(ana, waits).state is P.VOID
        assert (await pressroom.posts.approve(waits.post_id or "")).options.caption == "Better"


async def test_an_approval_that_cannot_be_kept_leaves_all_as_it_was(ana: Road, cat: str) -> None:
    waits = await planned(ana, cat)
    full = patch("pressroom.store.posts.update_post", side_effect=StoreFailed("Full.", fix=""))
    with full, pytest.raises(StoreFailed):
        await approved(ana, waits.proposal_id or "")
    assert (asked_of(ana, waits).state, the_post(ana, waits).state) == (P.WAITING, S.AWAITING_APPROVAL)


async def test_the_time_that_was_approved_is_the_earliest(ana: Road, cat: str) -> None:
    waits = await planned(ana, cat)
    post_id = waits.post_id or ""
    async with program(ana) as pressroom:
        await pressroom.posts.move(post_id, "+1h")
        with pytest.raises((Conflict, Refused)):
            await approved(ana, waits.proposal_id or "")
        await pressroom.posts.move(post_id, "+6h")
        (anew,) = ana.store.consents.list((P.WAITING,))
        await approved(ana, anew.id)
        assert isinstance(await proposed(pressroom.posts.move(post_id, "+5h")), NeedsApproval)
        assert (await pressroom.posts.move(post_id, "+7h")).due_at == ana.clock.now() + 7 * HOUR


async def test_a_program_that_asks_again_after_the_time_learns_what_was_decided(ana: Road, cat: str) -> None:
    at = ana.clock.now() + HOUR
    post, draft, other = (stored(ana, ANNA, state, cat) for state in (S.SCHEDULED, S.DRAFT, S.SCHEDULED))
    async with program(ana) as ours, person(ana) as theirs:
        for wish in (ours.posts.move(post.id, at), ours.posts.release(draft.id, at)):
            await theirs.approvals.decline((await proposed(wish)).proposal_id or "")
        ana.clock.advance(2 * HOUR.total_seconds())
        for wish in (ours.posts.move(post.id, at), ours.posts.release(draft.id, at)):
            assert (await proposed(wish)).state is P.DECLINED
        with pytest.raises(TimeIsOver):
            await ours.posts.move(other.id, at)


async def test_what_is_interrupted_is_not_taken_up_before_its_time(ana: Road, cat: str) -> None:
    async with program(ana) as pressroom:
        waits = await proposed(
            pressroom.posts.submit(a_picture(cat), at=ana.clock.now() + 3 * HOUR, idempotency_key="k")
        )
        await approved(ana, waits.proposal_id or "")
        resources = Resources(settings=ana.settings, clock=ana.clock, _store=ana.store)
        changes = Changes(resources, Gate(resources, PLANNER))
        await changes.make(waits.post_id or "", Change(Verb.INTERRUPT))
        again = await proposed(pressroom.publish(a_picture(cat), idempotency_key="k"))
        assert (again.state, the_post(ana, waits).state) == (P.WAITING, S.CANCELLED)
        ana.clock.advance(3 * HOUR.total_seconds())
        assert (await changes.make(waits.post_id or "", Change(Verb.TAKE_UP))).state is S.SCHEDULED


async def test_what_a_person_approves_that_has_come_to_nothing_changes_nothing(ana: Road, cat: str) -> None:
    """Somebody else's post was to be interrupted, and has been published meanwhile."""
    post = stored(ana, ANNA, S.SCHEDULED, cat)
    ours = Resources(settings=ana.settings, clock=ana.clock, _store=ana.store)
    waits = await proposed(Changes(ours, Gate(ours, PLANNER)).make(post.id, Change(Verb.INTERRUPT)))
    live = replace(post, state=S.PUBLISHED).following(post)
    ana.store.posts.save(live, post)
    assert await approved(ana, waits.proposal_id or "") == live
    assert asked_of(ana, waits).state is P.APPROVED


async def test_a_program_lets_nothing_be_by_the_parts_of_the_session(ana: Road, cat: str) -> None:
    waits = await planned(ana, cat)
    ours = Resources(settings=ana.settings, clock=ana.clock, _store=ana.store)
    asked = asked_of(ana, waits)
    with pytest.raises(NeedsApproval):
        await Changes(ours, Gate(ours, PLANNER)).approve(asked, Change(Verb.APPROVE))
    call: dict[str, Any] = {"method": "DELETE", "path": "1", "params": {}, "public_id": "1", "account": "ana"}
    forged = replace(asked, verb="call", arguments=call)
    async with program(ana) as pressroom:
        for carriers in (pressroom.accounts.carriers, pressroom.media.carriers):
            for carry_out in carriers.values():
                with pytest.raises(NeedsApproval):
                    await carry_out(forged)
    assert [one.method for one in ana.sandbox.calls() if one.method != "GET"] == []


async def test_a_new_post_has_nothing_but_what_it_shows(ana: Road, cat: str) -> None:
    now = ana.clock.now()
    send = Send(container_id=ContainerId("17"), number=1, started_at=now, deadline=now, snapshot=Snapshot())
    forged = replace(
        a_picture(cat), actor=ANNA.id, is_interrupted=True, sends=(send,), wake_at=now, media_id=MediaId("1")
    )
    async with program(ana) as pressroom:
        made = (await pressroom.posts.submit(forged, state=S.DRAFT, at="+1h")).post
    kept = ana.post(made.id)
    assert (kept.actor, kept.is_interrupted, kept.sends, kept.wake_at, kept.media_id) == (
        PLANNER.id,
        False,
        (),
        None,
        None,
    )


async def test_a_person_is_told_as_what_a_post_in_doubt_would_be_live(ana: Road, cat: str) -> None:
    post = stored(ana, PLANNER, S.NEEDS_ATTENTION, cat)
    async with program(ana) as pressroom:
        waits = await proposed(pressroom.posts.resolve(post.id, media_id=MediaId("18")))
    assert asked_of(ana, waits).summary["media_id"] == "18"


async def test_an_id_that_may_mean_two_things_means_neither(ana: Road, cat: str) -> None:
    waits = await planned(ana, cat)
    start = (waits.proposal_id or "")[:6]
    async with program(ana) as pressroom:
        twin = replace(a_picture(cat, "Twin"), id=PostId(start.ljust(32, "0")))
        await pressroom.posts.submit(twin, state=S.DRAFT, at="+3h")
    async with person(ana) as pressroom:
        for decide in (pressroom.approvals.approve, pressroom.approvals.decline, pressroom.approvals.show):
            with pytest.raises(NotFound, match="start with"):
                await decide(start)
    assert await approved(ana, waits.proposal_id or "")


async def test_a_program_calls_no_post_as_a_proposal_is_called(ana: Road, cat: str) -> None:
    """A person who looks at the post by that id would let go what the proposal wants."""
    waits = await planned(ana, cat)
    async with program(ana) as pressroom:
        twin = replace(a_picture(cat, "Harmless"), id=PostId(waits.proposal_id or ""))
        with pytest.raises(Refused, match="no id of a post"):
            await pressroom.posts.submit(twin, state=S.DRAFT, at="+3h")


@pytest.mark.parametrize("start", ["", "0", "abc"])
async def test_next_to_nothing_of_an_id_decides_nothing(ana: Road, cat: str, start: str) -> None:
    waits = await planned(ana, cat)
    async with person(ana) as pressroom:
        ours = (pressroom.approvals.approve, pressroom.approvals.decline, pressroom.posts.cancel)
        for decide in (*ours, pressroom.posts.approve, pressroom.posts.show):
            with pytest.raises(Refused, match="too little of an id"):
                await decide(start)
    assert asked_of(ana, waits).state is P.WAITING


async def test_a_person_who_edited_last_lets_the_post_go_by_its_own_id(ana: Road, cat: str) -> None:
    waits = await planned(ana, cat)
    async with program(ana) as pressroom:
        await pressroom.posts.edit(waits.post_id or "", caption="Theirs")
    async with person(ana) as pressroom:
        await pressroom.posts.edit(waits.post_id or "", caption="Mine")
        done = await pressroom.posts.approve(waits.post_id or "")
    assert (done.state, done.options.caption) == (S.SCHEDULED, "Mine")


async def test_the_environment_names_nobody(ana: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "planner")
    resources = Resources(settings=ana.settings, clock=ana.clock, _store=ana.store)
    assert (await Gate(resources).actor()).name == pwd.getpwuid(os.getuid()).pw_name


async def test_in_an_agents_shell_a_session_is_the_agents_whatever_environ_it_is_given(
    road: Road, cat: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CODEX_SANDBOX", "seatbelt")
    real = replace(road.account, api_base=DEFAULT_BASE)
    for ours in (road, without_store(road, tmp_path / "new")):
        opened: dict[str, Any] = {"environ": {}, "transport": ours.transport(), "clock": ours.clock}
        # What has no way to Instagram is refused before a person is asked.
        settings = replace(ours.settings, public_url="https://media.example.com")
        async with Pressroom(real, settings, is_attended=lambda: True, **opened) as pressroom:
            waits = await proposed(pressroom.publish(a_picture(cat)))
        assert waits.state is P.WAITING
        assert "by CODEX_SANDBOX in its environment" in waits.message
        assert "CODEX_SANDBOX" not in str(waits.fix)
    assert road.sends == 0


async def test_in_an_agents_shell_a_sandbox_and_whoever_is_named_are_as_they_were(
    road: Road, cat: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CODEX_SANDBOX", "seatbelt")
    async with road.pressroom() as pressroom:
        assert (await pressroom.publish(a_picture(cat))).state is S.PUBLISHED
    road.store.accounts.learn(account_id(road.sandbox.user_id, DEFAULT_BASE), [])
    async with road.pressroom() as pressroom, person(road) as anna:
        waits = await proposed(pressroom.posts.submit(a_picture(cat, "Other"), at="+3h", timezone="UTC"))
        assert (await anna.posts.approve(waits.post_id or "")).state is S.SCHEDULED


async def test_a_session_that_is_open_follows_the_stores_word_at_once(ana: Road, cat: str) -> None:
    async with ana.pressroom(is_attended=lambda: False) as open_for_days, person(ana) as anna:
        await open_for_days.posts.submit(a_picture(cat), at=ana.clock.now() + 3 * HOUR)
        await anna.approvals.require_terminal(is_required=True)
        wanted = open_for_days.posts.submit(a_picture(cat, "Other"), at=ana.clock.now() + 3 * HOUR)
        assert (await proposed(wanted)).state is P.WAITING
