"""The page of a post: what each state lets a person do there, who sees what, and what a refusal says."""

import re
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path

import pytest

from pressroom.core.account import UNTIL_RESUMED, AccountId, Pause
from pressroom.core.deletion import DeletionState
from pressroom.core.errors import GraphError
from pressroom.core.journal import JournalEvent
from pressroom.core.post import WHOLE_ID, Post, PostId, PostState
from pressroom.core.readings import Batch, Reading
from pressroom.graph.answers import MediaId
from pressroom.sandbox.faults import ANY_CALL, Effect, Fault, FaultKind
from pressroom.web.posts import asking
from pressroom.web.posts.asking import QUESTIONS
from pressroom.web.posts.buttons import WAYS
from pressroom.web.table import PAGES
from tests.fakes.clock import START
from tests.service.consenting import ANNA, a_file, a_picture
from tests.service.road import a_photo
from tests.service.test_deleting import FACEBOOK, LOST, deletions, on_delete
from tests.service.walked import stored
from tests.web.house import House, opened_house
from tests.web.visitor import Got

S = PostState
_BUTTON = re.compile(r'<a class="button[^"]*" href="([^"]+)">([^<]+)|<button type="submit"[^>]*>([^<]+)')
WAITING = {"Move", "Edit", "Cancel", "Duplicate"}
OVER = {"Try at once", "Plan again", "Edit", "Cancel", "Duplicate"}
ALLOWED = {
    S.DRAFT: {"Approve", *WAITING},
    S.AWAITING_APPROVAL: {"Approve", *WAITING},
    S.SCHEDULED: WAITING,
    S.PREPARING: WAITING,
    S.READY: WAITING,
    S.PUBLISHING: {"Duplicate"},
    S.PUBLISHED: {"Duplicate"},
    S.DELETED: {"Duplicate"},
    S.FAILED: OVER,
    S.MISSED: OVER,
    S.NEEDS_ATTENTION: {"Ask Instagram once more", "It is live", "It is not live", "Cancel", "Duplicate"},
    S.CANCELLED: {"Duplicate"},
}


def buttons(page: Got) -> set[str]:
    """What can be done, by its words."""
    inside = page.html.partition("<main")[2].partition("</main>")[0]
    return {link[1] or link[2] for link in _BUTTON.findall(inside)}


def put(house: House, state: PostState) -> Post:
    """A post of Anna's in a state."""
    return stored(house.road, ANNA, state, a_file(house.directory))


@pytest.fixture
async def live(tmp_path: Path) -> AsyncGenerator[House]:
    """Pages of an account whose posts can be deleted."""
    async with opened_house(tmp_path, FACEBOOK) as made:
        yield made


async def published(house: House) -> Post:
    return await house.owner.publish(a_photo("Open studio"), idempotency_key="live")


@pytest.mark.parametrize("state", S)
async def test_a_state_has_the_buttons_of_what_it_allows_and_no_other(house: House, state: PostState) -> None:
    post, anna = put(house, state), await house.signed_in()
    page = await anna.get(f"/posts/{post.id}")
    assert buttons(page) == ALLOWED[state]
    # Nothing on a page with script lets a post out.
    assert not any(action.startswith("/approvals") for action in page.forms)
    assert f"is-{state}" in page.html


def test_each_button_leads_to_a_page_that_there_is() -> None:
    rows = {(page.method, page.path) for page in PAGES}
    for way in WAYS.values():
        path = way.path.partition("?")[0].replace("{post}", "{id}")
        before, asks, question = path.partition("/ask/")
        assert not asks or question in QUESTIONS, path
        known = path if not asks else f"{before}/ask/{{what}}"
        assert ("GET" if way.fields is None else "POST", known) in rows, path


async def test_what_no_page_does_is_shown_as_its_command(house: House) -> None:
    post, anna = put(house, S.SCHEDULED), await house.signed_in()
    house.road.store.accounts.pause("ana", Pause(UNTIL_RESUMED, "The token is over."))
    page = await anna.get(f"/posts/{post.id}")
    assert buttons(page) == {"Resume the account", *WAITING}
    assert "Sign in again, where the token is over: pressroom auth login" in page.text


async def test_a_stranger_with_the_address_sees_nothing_of_the_post_and_does_nothing_to_it(
    house: House,
) -> None:
    post, stranger = put(house, S.NEEDS_ATTENTION), house.visitor()
    page = await stranger.get(f"/posts/{post.id}")
    assert post.options.caption
    assert (page.status, post.options.caption in page.text, post.id in page.html) == (401, False, False)
    assert (buttons(page), page.forms) == (set(), {})
    assert (await stranger.get(f"/posts/{post.id}/ask/cancel")).status == 401
    assert (await stranger.post(f"/posts/{post.id}/cancel", {"version": "1"})).status == 401
    assert house.road.post(post.id).state is S.NEEDS_ATTENTION


async def test_the_calls_of_a_step_are_shown_as_they_were_sent(house: House) -> None:
    post, anna = put(house, S.NEEDS_ATTENTION), await house.signed_in()
    call = "POST /1/media_publish creation_id=2 -> no answer, error TransportError, 60.00 s"
    event = JournalEvent(subject_id=post.id, at=START, step="send_failed", text="It was lost.", calls=(call,))
    house.road.store.events.append(event)
    assert f"Sent to Instagram {call}" in (await anna.get(f"/posts/{post.id}")).text


async def test_a_hostile_caption_is_text_and_turns_nothing_around(house: House) -> None:
    hostile = '<script>alert(1)</script>"><img src=x onerror=alert(1)> \u202egnp.exe #<b>'
    wanted = a_picture(a_file(house.directory), hostile, first_comment=hostile)
    post = (await house.owner.posts.submit(wanted, at="+3h")).post
    anna = await house.signed_in()
    for path in (f"/posts/{post.id}", f"/posts/{post.id}/ask/cancel"):
        html = (await anna.get(path)).html
        assert "<script>alert" not in html
        assert "<img src=x" not in html
        assert "\u202e" not in html
        assert "&lt;script&gt;alert(1)" in html


async def test_a_caption_of_a_million_characters_is_cut_and_says_so(house: House) -> None:
    made = a_picture(a_file(house.directory), "a #b " * 200_000, first_comment="c" * 1_000_000)
    post = house.road.store.posts.add(replace(made, account="ana", actor=ANNA.id)).post
    anna = await house.signed_in()
    page = await anna.get(f"/posts/{post.id}")
    assert "and 997,000 more characters" in page.text
    assert len(page.body) < 60_000
    assert len((await anna.get(f"/posts/{post.id}/ask/cancel")).body) < 20_000


async def test_a_long_caption_is_folded_at_125_characters(house: House) -> None:
    caption = f"{'a' * 120} and this is the rest"
    wanted = a_picture(a_file(house.directory), caption)
    post = (await house.owner.posts.submit(wanted, at="+3h")).post
    page = await (await house.signed_in()).get(f"/posts/{post.id}")
    summary = re.findall(r'<details class="caption"><summary>(.*?)</summary>', page.html, re.DOTALL)
    assert [re.sub("<[^>]+>", "", text).strip() for text in summary] == [f"{'a' * 120} and more"]
    assert caption in page.html


async def test_cancelling_is_asked_first_and_says_what_it_does(house: House) -> None:
    post, anna = put(house, S.SCHEDULED), await house.signed_in()
    asked = await anna.get(f"/posts/{post.id}/ask/cancel?back=/calendar/week")
    assert "It does not go out, and cannot be planned again" in asked.text
    done = await anna.press(asked, f"/posts/{post.id}/cancel")
    assert (done.status, done.headers["location"]) == (303, "/calendar/week")
    assert house.road.post(post.id).state is S.CANCELLED


async def test_no_question_leads_to_another_site_or_asks_what_cannot_be_done(house: House) -> None:
    post, anna = put(house, S.SCHEDULED), await house.signed_in()
    asked = await anna.get(f"/posts/{post.id}/ask/cancel?back=//evil.example")
    assert asked.forms[f"/posts/{post.id}/cancel"]["back"] == f"/posts/{post.id}"
    for what in ("delete", "live", "not-live"):
        refused = await anna.get(f"/posts/{post.id}/ask/{what}")
        assert (refused.status, "as it stands: Scheduled" in refused.text) == (422, True)
    assert (await anna.get(f"/posts/{post.id}/ask/nothing")).status == 404


@pytest.mark.parametrize("action", ["cancel", "retry", "reconcile", "resolve", "delete"])
async def test_what_was_changed_meanwhile_is_refused_in_words(house: House, action: str) -> None:
    states = {"reconcile": S.NEEDS_ATTENTION, "resolve": S.NEEDS_ATTENTION, "retry": S.FAILED}
    post, anna = put(house, states.get(action, S.SCHEDULED)), await house.signed_in()
    page = await anna.get(f"/posts/{post.id}")
    form = {"csrf": page.forms["/sign-out"]["csrf"], "version": "7", "unchecked": "1"}
    refused = await anna.post(f"/posts/{post.id}/{action}", form)
    assert refused.status in (409, 422)
    assert "Nothing was changed" in refused.text
    assert "Look at it again, then decide" in refused.text
    assert house.road.post(post.id) == post
    unsaid = await anna.post(f"/posts/{post.id}/{action}", {"csrf": form["csrf"]})
    assert (unsaid.status, "which version" in unsaid.text) == (422, True)


async def test_a_duplicate_is_a_draft_of_its_own(house: House) -> None:
    post, anna = put(house, S.CANCELLED), await house.signed_in()
    page = await anna.get(f"/posts/{post.id}")
    copied = await anna.press(page, f"/posts/{post.id}/duplicate")
    (new_id,) = WHOLE_ID.findall(copied.headers["location"])
    draft = house.road.post(PostId(new_id))
    assert (draft.state, draft.options.caption) == (S.DRAFT, post.options.caption)
    assert new_id != post.id


async def test_what_is_live_after_all_is_settled_by_its_media(house: House) -> None:
    post, anna = put(house, S.NEEDS_ATTENTION), await house.signed_in()
    asked, path = await anna.get(f"/posts/{post.id}/ask/live"), f"/posts/{post.id}/resolve"
    wrong = await anna.press(asked, path, media="https://instagram.com/p/x")
    assert (wrong.status, "no id of a media" in wrong.text) == (422, True)
    assert (await anna.press(asked, path, media="17900000000000042")).status == 303
    settled = house.road.post(post.id)
    assert (settled.state, settled.media_id) == (S.PUBLISHED, "17900000000000042")


async def test_instagram_is_asked_before_a_post_in_doubt_goes_out_again(house: House) -> None:
    post, anna = put(house, S.NEEDS_ATTENTION), await house.signed_in()
    asked, path = await anna.get(f"/posts/{post.id}/ask/not-live"), f"/posts/{post.id}/resolve"
    refused = await anna.press(asked, path)
    assert (refused.status, "could not be read" in refused.text) == (422, True)
    assert buttons(refused) == {"I looked: it is not live"}
    assert house.road.post(post.id).state is S.NEEDS_ATTENTION
    again = await anna.get(f"/posts/{post.id}/ask/not-live-unchecked")
    assert "If it is live after all, it shows twice" in again.text
    assert (await anna.press(again, path)).status == 303
    assert house.road.post(post.id).state is S.SCHEDULED


async def test_what_another_post_showed_meanwhile_goes_out_twice_only_when_that_is_said(house: House) -> None:
    post, anna = put(house, S.FAILED), await house.signed_in()
    twin = replace(put(house, S.PUBLISHED), options=post.options, media_id=MediaId("17900000000000042"))
    house.road.clock.advance(60)
    house.road.store.posts.add(replace(twin, id=PostId("e" * 32), due_at=house.road.clock.now()))
    page, path = await anna.get(f"/posts/{post.id}"), f"/posts/{post.id}/retry"
    refused = await anna.press(page, path)
    assert refused.status == 422
    assert {"Cancel", "Publish it a second time"} == buttons(refused)
    assert (await anna.press(refused, path)).status == 303
    assert house.road.post(post.id).state is S.SCHEDULED


async def test_a_script_is_told_of_a_refusal_and_of_what_is_done(house: House) -> None:
    post, anna = put(house, S.NEEDS_ATTENTION), await house.signed_in()
    page, path = await anna.get(f"/posts/{post.id}"), f"/posts/{post.id}/reconcile"
    form = page.forms[path]
    refused = await anna.post(path, {**form, "version": "9"}, accept="application/json")
    assert (refused.status, b'"title"' in refused.body) == (409, True)
    done = await anna.post(path, form, accept="application/json")
    assert (done.status, b"Instagram is asked once more." in done.body) == (200, True)


async def test_a_live_post_has_its_numbers_each_with_what_it_counts(live: House) -> None:
    post, anna = await published(live), await live.signed_in()
    before = await anna.get(f"/posts/{post.id}")
    assert "Nothing is collected of ana yet." in before.text
    await live.owner.insights.pull()
    text = (await anna.get(f"/posts/{post.id}")).text
    assert "Of this one post (n = 1), 0 min after it went out" in text
    assert "accounts that saw it, each once; Meta calls it an estimate" in text


async def test_a_number_that_instagram_did_not_give_is_not_shown_as_zero(live: House) -> None:
    post, anna = await published(live), await live.signed_in()
    await live.owner.insights.pull()
    numbers = {"reach": 40, "likes": 0}
    later = Reading(
        media_id=post.media_id or MediaId(""),
        age_s=3600,
        read_at=live.road.clock.now(),
        version="v25.0",
        numbers=numbers,
    )
    live.road.store.readings.keep(AccountId(post.account), Batch(readings=[later]))
    page = await anna.get(f"/posts/{post.id}")
    shown = page.html.partition('<dl class="figures">')[2].partition("</dl>")[0]
    figures = dict(re.findall(r"<dt>([^<]+)</dt><dd>(.*?)</dd>", shown))
    assert (figures["reach"], figures["likes"]) == ("40", "0")
    assert "not given" in figures["saved"]
    # What Instagram gave none of is in no rate either, and that is said.
    assert "percent, without comments, saved, shares" in page.text


async def test_deleting_is_asked_first_with_what_it_deletes(live: House) -> None:
    post, anna = await published(live), await live.signed_in()
    page = await anna.get(f"/posts/{post.id}")
    assert buttons(page) == {"Duplicate", "Delete at Instagram"}
    asked = await anna.get(f"/posts/{post.id}/ask/delete")
    assert str(post.media_id) in asked.text
    assert "for good" in asked.text
    assert (await anna.press(asked, f"/posts/{post.id}/delete")).status == 303
    assert live.road.post(post.id).state is S.DELETED


async def test_a_deletion_whose_answer_is_lost_goes_on_when_its_page_has_answered(
    live: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "_WAIT_S", 0)
    post, anna = await published(live), await live.signed_in()
    live.road.sandbox.faults.add(on_delete(kind=LOST, effect=Effect.DONE))
    page = await anna.get(f"/posts/{post.id}/ask/delete")
    for _ in range(2):
        assert (await anna.press(page, f"/posts/{post.id}/delete")).status == 303
    task = await live.owner.media.delete_soon(post.id)
    assert (await task).state is DeletionState.DONE
    # Both were of one deletion, and the page says what came of it.
    assert deletions(live.road) == 1
    assert "it is not there any more" in (await anna.get(f"/posts/{post.id}")).text


async def test_why_instagram_was_not_asked_to_delete_stands_in_the_history(
    live: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "_WAIT_S", 0)
    post, anna = await published(live), await live.signed_in()
    page = await anna.get(f"/posts/{post.id}/ask/delete")
    live.road.sandbox.faults.add(Fault(on=ANY_CALL, kind=FaultKind.ERROR, code=190, times=None))
    assert (await anna.press(page, f"/posts/{post.id}/delete")).status == 303
    with pytest.raises(GraphError):
        await (await live.owner.media.delete_soon(post.id))
    assert "It was not deleted: Instagram was not asked." in (await anna.get(f"/posts/{post.id}")).text
    assert deletions(live.road) == 0


async def test_what_instagram_would_not_delete_is_refused_before_anybody_is_asked(house: House) -> None:
    post, anna = await published(house), await house.signed_in()
    assert buttons(await anna.get(f"/posts/{post.id}")) == {"Duplicate"}
    refused = await anna.get(f"/posts/{post.id}/ask/delete")
    assert (refused.status, "Instagram Login" in refused.text) == (422, True)
    assert f"/posts/{post.id}/delete" not in refused.forms
