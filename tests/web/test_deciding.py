"""Deciding on the page: what a click does, and what it does not."""

import asyncio

import pytest

from pressroom.core.consent import ProposalId, ProposalState
from pressroom.core.post import Post, PostId, PostState
from tests.service.consenting import a_file, a_picture, program, proposed
from tests.web.house import House
from tests.web.visitor import Got, Visitor


def of(proposal_id: str | None) -> str:
    return f"/approvals/{proposal_id}"


async def decided(visitor: Visitor, page: Got, what: str) -> Got:
    (action,) = [one for one in page.forms if one.endswith(what)]
    return await visitor.press(page, action)


def the_post(house: House) -> Post:
    (post,) = house.road.posts
    return post


async def test_what_a_person_approves_goes_out_at_its_time(house: House) -> None:
    asked, anna = await house.proposed(), await house.signed_in()
    page = await anna.get(of(asked.proposal_id))
    got = await decided(anna, page, "approve")
    assert (got.status, got.headers["location"]) == (303, of(asked.proposal_id))
    assert the_post(house).state is PostState.SCHEDULED
    shown = await anna.get(of(asked.proposal_id))
    assert "Approved" in shown.text
    assert "A person has approved it. (anna)" in shown.text
    assert not any("approve" in action for action in shown.forms)


async def test_what_a_person_declines_is_called_off(house: House) -> None:
    asked, anna = await house.proposed(), await house.signed_in()
    await decided(anna, await anna.get(of(asked.proposal_id)), "decline")
    assert the_post(house).state is PostState.CANCELLED
    assert "Declined" in (await anna.get(of(asked.proposal_id))).text


async def test_a_second_click_tells_what_became_of_it(house: House) -> None:
    asked, anna = await house.proposed(), await house.signed_in()
    page = await anna.get(of(asked.proposal_id))
    await decided(anna, page, "approve")
    for what in ("approve", "decline"):
        again = await decided(anna, page, what)
        assert again.status == 409
        assert "before your click" in again.text
        assert "Approved" in again.text
    assert the_post(house).state is PostState.SCHEDULED


async def test_of_two_people_who_click_at_once_one_decides_and_both_see_it(house: House) -> None:
    asked, anna, ben = await house.proposed(), await house.signed_in(), await house.signed_in()
    pages = [await one.get(of(asked.proposal_id)) for one in (anna, ben)]
    got = await asyncio.gather(decided(anna, pages[0], "approve"), decided(ben, pages[1], "decline"))
    assert sorted(one.status for one in got) == [303, 409]
    state = house.road.store.consents.get(ProposalId(asked.proposal_id or "")).state
    (refused,) = [one for one in got if one.status == 409]
    assert state in (ProposalState.APPROVED, ProposalState.DECLINED)
    assert str(state).title() in refused.text


async def test_a_post_that_its_program_changed_is_not_approved_and_the_new_proposal_is_named(
    house: House,
) -> None:
    asked, anna = await house.proposed(caption="Hello"), await house.signed_in()
    page = await anna.get(of(asked.proposal_id))
    async with program(house.road) as planner:
        await planner.posts.edit(the_post(house).id, caption="Buy now")
    got = await decided(anna, page, "approve")
    assert (got.status, the_post(house).state) == (409, PostState.AWAITING_APPROVAL)
    assert "Void" in got.text


async def test_a_held_post_that_was_changed_between_look_and_click_is_not_approved(house: House) -> None:
    picture = a_picture(a_file(house.directory), "Hello")
    await house.owner.posts.submit(picture, at="+3h", state=PostState.AWAITING_APPROVAL)
    post, anna = the_post(house), await house.signed_in()
    page = await anna.get(f"/approvals/{post.id}")
    await house.owner.posts.edit(post.id, caption="Goodbye")
    for what in ("approve", "decline"):
        got = await decided(anna, page, what)
        assert (got.status, the_post(house).state) == (409, PostState.AWAITING_APPROVAL)
        assert "was changed since it was shown" in got.text
        assert "Goodbye" in got.text
    await decided(anna, got, "approve")
    assert the_post(house).state is PostState.SCHEDULED


async def test_a_held_post_that_was_moved_between_look_and_click_is_not_approved(house: House) -> None:
    picture = a_picture(a_file(house.directory), "Hello")
    await house.owner.posts.submit(picture, at="+3h", state=PostState.AWAITING_APPROVAL)
    post, anna = the_post(house), await house.signed_in()
    page = await anna.get(f"/approvals/{post.id}")
    await house.owner.posts.move(post.id, "+1h")
    assert (await decided(anna, page, "approve")).status == 409
    assert the_post(house).state is PostState.AWAITING_APPROVAL


async def test_an_expired_proposal_has_no_buttons_and_takes_no_click(house: House) -> None:
    asked, anna = await house.proposed(at="+3h"), await house.signed_in()
    page = await anna.get(of(asked.proposal_id))
    await house.road.clock.sleep(4 * 3600)
    late = await anna.get(of(asked.proposal_id))
    assert "Expired" in late.text
    assert list(late.forms) == ["/sign-out"]
    assert (await decided(anna, page, "approve")).status == 409
    assert the_post(house).state is PostState.AWAITING_APPROVAL


async def test_a_call_is_made_once_it_is_approved_and_its_answer_is_shown(house: House) -> None:
    async with program(house.road) as planner:
        asked = await proposed(
            planner.accounts.call("POST", "me/media", {"image_url": "https://example.com/a.jpg"})
        )
    anna = await house.signed_in()
    page = await anna.get(of(asked.proposal_id))
    assert "POST" in page.text
    before = len(house.road.sandbox.calls("/media", "POST"))
    await decided(anna, page, "approve")
    await decided(anna, page, "approve")
    assert len(house.road.sandbox.calls("/media", "POST")) == before + 1
    assert "It was carried out." in (await anna.get(of(asked.proposal_id))).text


async def test_standing_consent_is_given_listed_and_withdrawn(house: House) -> None:
    anna = await house.signed_in()
    form = await anna.get("/consents")
    fields = {"program": "planner", "verb-publish": "1", "accounts": "ana", "per_day": "2", "until": "+30d"}
    assert (await anna.press(form, "/consents", **fields)).status == 303
    (grant,) = await house.owner.approvals.allowed()
    assert (grant.actor, grant.verbs, grant.per_day) == ("program:planner", ("publish",), 2)
    async with program(house.road) as planner:
        planned = await planner.posts.submit(a_picture(a_file(house.directory)), at="+3h")
    assert planned.post.state is PostState.SCHEDULED
    listed = await anna.get("/consents")
    assert "2 a day until Thursday 24 December 2026, 15:00 Europe/Istanbul" in listed.text
    action = f"/consents/{grant.id}/withdraw"
    for _ in range(2):
        assert (await anna.press(listed, action)).status == 303
    assert "withdrawn" in (await anna.get("/consents")).text
    assert action not in (await anna.get("/consents")).forms


@pytest.mark.parametrize("leave", [False, True])
async def test_what_went_under_a_consent_is_shown_and_held_back_unless_it_is_left(
    house: House, leave: bool
) -> None:
    anna = await house.signed_in()
    grant = await house.owner.approvals.allow(
        "program:planner", verbs=["publish"], accounts=["ana"], per_day=2
    )
    async with program(house.road) as planner:
        post = (await planner.posts.submit(a_picture(a_file(house.directory), "Tea <3"), at="+3h")).post
    listed = await anna.get("/consents")
    assert "Let go under it, and not sent yet:" in listed.text
    assert "Tea <3" in listed.text
    fields = {"leave": "1"} if leave else {}
    assert (await anna.press(listed, f"/consents/{grant.id}/withdraw", **fields)).status == 303
    state = PostState.SCHEDULED if leave else PostState.AWAITING_APPROVAL
    assert house.road.post(post.id).state is state
    after = await anna.get("/consents")
    assert ("Held back, and waiting for you:" in after.text) is not leave


async def test_a_consent_that_could_never_apply_is_refused_and_what_was_typed_stays(house: House) -> None:
    anna = await house.signed_in()
    form = await anna.get("/consents")
    got = await anna.press(form, "/consents", program="planner", accounts="nobody", per_day="2")
    assert got.status == 422
    assert "names what may be done" in got.text
    assert 'value="planner"' in got.html
    assert await house.owner.approvals.allowed() == ()


async def test_a_post_is_previewed_in_any_state_and_never_decided_there(house: House) -> None:
    draft = await house.owner.posts.submit(
        a_picture(a_file(house.directory), "A draft"), state=PostState.DRAFT
    )
    anna = await house.signed_in()
    got = await anna.get(f"/posts/{draft.post.id}")
    assert "A draft" in got.text
    assert not any(action.startswith("/approvals") for action in got.forms)
    assert house.owner.posts.address(draft.post.id) == f"http://127.0.0.1:8484/posts/{draft.post.id}"
    assert house.road.post(PostId(draft.post.id)).state is PostState.DRAFT


async def test_who_asks_is_told_the_address_while_a_page_is_served(house: House) -> None:
    asked = await house.proposed()
    assert asked.address == f"http://127.0.0.1:8484/approvals/{asked.proposal_id}"
    assert asked.as_json()["address"] == asked.address
    assert str(asked.address) in asked.fix
    assert house.owner.approvals.address(asked.proposal_id or "") == asked.address
