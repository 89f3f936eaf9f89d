"""A standing consent is withdrawn: what went under it and is not sent waits for a person again."""

from datetime import timedelta
from pathlib import Path

import pytest

from pressroom.core.consent import GrantId, ProposalState
from pressroom.core.errors import NotFound
from pressroom.core.post import PostId, PostState
from pressroom.service.consent.change import Change, Verb
from tests.service.consenting import a_file, a_picture, person, program, proposed
from tests.service.road import Road
from tests.service.test_standing_consent import allowed

S = PostState
HOUR = timedelta(hours=1)


@pytest.fixture
def cat(tmp_path: Path) -> str:
    return a_file(tmp_path)


@pytest.fixture
async def ana(road: Road) -> Road:
    road.sign_in("ana")
    return road


async def let_go(road: Road, cat: str, caption: str = "Hello", *, at: str = "+3h") -> PostId:
    async with program(road) as pressroom:
        post = (await pressroom.posts.submit(a_picture(cat, caption), at=at)).post
    assert post.state is S.SCHEDULED
    return post.id


async def test_what_went_under_it_and_is_not_sent_waits_for_a_person_again(ana: Road, cat: str) -> None:
    grant = await allowed(ana, 9)
    later, sooner = await let_go(ana, cat, "Later", at="+5h"), await let_go(ana, cat, "Sooner")
    async with person(ana) as anna:
        shown = await anna.approvals.released(grant)
        assert [post.id for post in shown.unsent] == [sooner, later]
        done = await anna.approvals.withdraw(grant)
        assert [post.id for post in done.held] == [sooner, later]
        assert {post.state for post in done.held} == {S.AWAITING_APPROVAL}
        assert (done.unsent, done.sent) == ((), ())
        waiting = {one.proposal and one.proposal.subject_id: one.id for one in await anna.approvals.list()}
        assert waiting.keys() == {sooner, later}
        await anna.approvals.approve(waiting[sooner])
        ana.clock.advance(3 * HOUR.total_seconds())
        async with ana.worker():
            assert (await anna.posts.wait_for(sooner)).state is S.PUBLISHED
        with pytest.raises(NotFound):
            await anna.approvals.withdraw(grant)
    assert "withheld" in [event.step for event in ana.store.events.list(sooner)]


async def test_what_is_left_goes_out_all_the_same(ana: Road, cat: str) -> None:
    grant = await allowed(ana, 9)
    left = await let_go(ana, cat)
    ana.clock.advance(3 * HOUR.total_seconds())
    async with ana.worker(), person(ana) as anna:
        done = await anna.approvals.withdraw(grant, leave=True)
        assert ([post.id for post in done.unsent], done.held) == ([left], ())
        assert (await anna.posts.wait_for(left)).state is S.PUBLISHED


async def test_what_was_sent_already_is_told(ana: Road, cat: str) -> None:
    grant = await allowed(ana, 9)
    live, next_one = await let_go(ana, cat, "Live", at="+1h"), await let_go(ana, cat, "Next", at="+8h")
    ana.clock.advance(HOUR.total_seconds())
    async with person(ana) as anna:
        async with ana.worker():
            await anna.posts.wait_for(live)
        done = await anna.approvals.withdraw(grant)
    assert (done.sent, [post.id for post in done.held]) == ((live,), [next_one])
    assert ana.post(live).state is S.PUBLISHED


async def test_a_worker_that_comes_to_send_it_at_that_moment_finds_it_withdrawn(ana: Road, cat: str) -> None:
    """The withdrawal is on record, and whoever withdrew was killed before a post was held back."""
    grant, due = await allowed(ana, 9), ana.clock.now() + HOUR
    post = await let_go(ana, cat, at="+1h")
    ana.clock.advance(HOUR.total_seconds() - 30)

    def withdraw(path: str) -> None:
        if path.endswith("/content_publishing_limit") and ana.post(post).state is S.READY:
            ana.store.consents.revoke(grant, due)

    ana.on_call = withdraw
    async with ana.worker(), person(ana) as anna:
        while ana.post(post).state is not S.AWAITING_APPROVAL:
            assert ana.clock.now() < due + HOUR
            await ana.clock.sleep(1)
        assert (ana.sends, ana.told[-1:]) == (0, [])
        await anna.posts.approve(post)
        assert (await anna.posts.wait_for(post)).state is S.PUBLISHED
    assert ana.sends == 1


async def test_a_worker_that_was_quicker_leaves_a_post_its_proposal(ana: Road, cat: str) -> None:
    """The post is held back by the worker first, and by whoever withdraws next."""
    grant = await allowed(ana, 9)
    post = await let_go(ana, cat)
    async with person(ana) as anna:
        before = ana.post(post)
        held = Change(Verb.HOLD_BACK).operate(before, ana.clock.now())
        ana.store.posts.save(held, before)
        assert (await anna.posts._changes.hold_back(post)).state is S.AWAITING_APPROVAL
        (waiting,) = await anna.approvals.list()
    assert waiting.proposal
    assert waiting.proposal.actor == "program:planner"
    assert ana.store.consents.revoke(GrantId(grant), ana.clock.now())


async def test_an_interrupted_post_of_it_is_not_taken_up_without_a_person(ana: Road, cat: str) -> None:
    grant = await allowed(ana, 9)
    post = await let_go(ana, cat, at="now")
    async with program(ana) as pressroom, person(ana) as anna:
        changes = pressroom.posts._changes
        await changes.make(post, Change(Verb.INTERRUPT))
        assert (await anna.approvals.withdraw(grant)).held == ()
        await proposed(changes.make(post, Change(Verb.TAKE_UP)))
    assert ana.post(post).state is S.CANCELLED


async def test_a_change_that_waited_for_a_post_of_it_ends_with_its_way(ana: Road, cat: str) -> None:
    grant = await allowed(ana, 9)
    post = await let_go(ana, cat)
    async with program(ana) as pressroom, person(ana) as anna:
        await proposed(pressroom.posts.edit(post, caption="Other"))
        await anna.approvals.withdraw(grant)
        (waiting,) = ana.store.consents.list((ProposalState.WAITING,))
        assert (waiting.verb, waiting.subject_id) == ("publish", post)
        await anna.approvals.approve(waiting.id)
    assert ana.post(post).options.caption == "Hello"


async def test_what_a_person_lets_go_after_the_withdrawal_is_held_back_no_more(ana: Road, cat: str) -> None:
    """It had failed before, so that nothing was to be held back."""
    grant = await allowed(ana, 9)
    post = await let_go(ana, cat, at="+1h")
    was = ana.post(post)
    failed = was.changed(state=S.FAILED, wake_at=None, revision=was.revision + 1)
    ana.store.posts.save(failed, was)
    async with ana.worker(), person(ana) as anna:
        assert (await anna.approvals.withdraw(grant)).held == ()
        await anna.posts.retry(post)
        assert (await anna.posts.wait_for(post)).state is S.PUBLISHED
