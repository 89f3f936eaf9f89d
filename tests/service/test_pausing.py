"""Pausing and resuming an account, by a person and by a program; and what is kept of who did what."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from pressroom.core.account import UNTIL_RESUMED, Pause, QuotaReading
from pressroom.core.actor import ActorId
from pressroom.core.errors import NeedsApproval, NotFound, Refused, StillWaiting
from pressroom.core.journal import SubjectKind, TrailQuery
from pressroom.core.post import PostState
from pressroom.service.posts.tables.columns import Numbered, PartialRow, Row
from pressroom.service.posts.tables.rows import Result
from pressroom.store.small_repositories import SqlQuotaLedger
from tests.patience import patience
from tests.service.consenting import PLANNER, person, program, proposed
from tests.service.road import Road, a_photo

WHY = "The campaign is on hold"


async def test_who_paused_an_account_and_why_is_kept_and_shown_wherever_one_looks(road: Road) -> None:
    road.sign_in()
    async with person(road, account_name="ana") as anna:
        planned = await anna.posts.submit(a_photo(), at="+2h")
        held = await anna.accounts.pause("ana", f" {WHY}\n")
        assert held == Pause(UNTIL_RESUMED, WHY, ActorId("person:anna"), road.clock.now())
        assert (await anna.work.overview()).paused == (("ana", held),)
        (standing,) = await anna.accounts.standings()
        assert (standing.pause_by_hand, standing.pause) == (held, None)
        said = f"Account 'ana' is paused by person:anna: {WHY}. Let it go on: `pressroom queue resume ana`."
        shown = await anna.posts.show(planned.post.id)
        assert said in shown.warnings
        assert shown.next[0].text == f"Nothing, until somebody resumes account ana: {WHY}"
        assert said in (await anna.posts.submit(a_photo("Two"), at="+3h")).warnings


async def test_an_account_that_nobody_knows_and_a_pause_without_a_reason_are_refused(road: Road) -> None:
    road.sign_in()
    async with person(road) as anna:
        with pytest.raises(NotFound):
            await anna.accounts.pause("aan", WHY)
        for reason in ("", " \n", "x" * 201):
            with pytest.raises(Refused, match="reason"):
                await anna.accounts.pause("ana", reason)
        assert (await anna.work.overview()).paused == ()


async def test_publishing_now_on_a_paused_account_is_refused_before_any_call(road: Road) -> None:
    road.sign_in()
    async with person(road, account_name="ana") as anna:
        await anna.accounts.pause("ana", WHY)
        with pytest.raises(Refused, match=f"is paused by person:anna: {WHY}") as refused:
            await anna.publish(a_photo())
        assert "pressroom queue resume ana" in str(refused.value.fix)
        with pytest.raises(Refused):
            await anna.posts.accept(a_photo(), is_left=True)
    assert (road.sandbox.calls(), road.posts) == ([], ())


async def test_a_key_whose_post_is_live_is_answered_also_while_the_account_is_paused(road: Road) -> None:
    road.sign_in()
    async with person(road, account_name="ana") as anna:
        live = await anna.publish(a_photo(), idempotency_key="cat")
        await anna.accounts.pause("ana", WHY)
        assert (await anna.publish(a_photo(), idempotency_key="cat")).id == live.id
    assert road.sends == 1


async def test_a_post_that_a_process_carries_is_not_sent_once_its_account_is_paused(road: Road) -> None:
    road.sign_in()
    by_hand = Pause(UNTIL_RESUMED, WHY, ActorId("person:ben"), road.clock.now())

    def pause_when_made(path: str) -> None:
        if path.endswith("/media"):
            road.store.accounts.pause("ana", by_hand)

    road.on_call = pause_when_made
    async with person(road, account_name="ana") as anna:
        with pytest.raises(StillWaiting, match=f"account 'ana' is paused: {WHY}"):
            await anna.publish(a_photo())
    (post,) = road.posts
    assert (post.state, road.sends) == (PostState.READY, 0)


async def test_a_worker_obeys_a_pause_within_one_turn_and_goes_on_after_it(road: Road) -> None:
    road.sign_in()
    async with person(road, account_name="ana") as anna, road.worker():
        await anna.accounts.pause("ana", WHY)
        planned = await anna.posts.submit(a_photo(), at="now")
        await road.clock.sleep(60)
        assert road.post(planned.post.id).state is PostState.SCHEDULED
        await anna.accounts.resume("ana")
        live = await asyncio.wait_for(anna.posts.wait_for(planned.post.id), patience(60))
        assert live.state is PostState.PUBLISHED


async def test_signing_in_ends_the_pause_of_a_dead_token_and_never_one_by_hand(road: Road) -> None:
    road.sign_in()
    async with person(road) as anna:
        await anna.accounts.pause("ana", WHY)
        road.store.accounts.pause("ana", Pause(UNTIL_RESUMED, "Instagram answered 190.", code=190))
        await anna.accounts.sign_in("ana", road.account, timezone=None, is_default=True)
    assert [one.reason for one in road.store.accounts.pauses_of("ana")] == [WHY]


async def test_resuming_tells_that_a_dead_token_goes_on_pausing_the_account(road: Road) -> None:
    road.sign_in()
    async with person(road) as anna:
        await anna.accounts.pause("ana", WHY)
        road.store.accounts.pause("ana", Pause(UNTIL_RESUMED, "Instagram answered 190.", code=190))
        first = await anna.accounts.resume("ana")
        assert first.was_paused
        assert first.still is not None
        assert first.still.reason == "Instagram answered 190."
        second = await anna.accounts.resume("ana")
        assert (second.was_paused, second.still) == (True, None)
        assert not (await anna.accounts.resume("ana")).was_paused


async def test_a_program_pauses_an_account_with_its_own_posts_alone_and_asks_to_resume_it(road: Road) -> None:
    road.sign_in()
    async with program(road, account_name="ana") as planner:
        with pytest.raises(NeedsApproval):
            await planner.posts.submit(a_photo(), at="+2h")
        held = await planner.accounts.pause("ana", WHY)
        assert held is not None
        assert held.by == "program:planner"
        await proposed(planner.accounts.resume("ana"))
    assert len(road.store.accounts.pauses_of("ana")) == 1


async def test_a_program_asks_before_it_pauses_an_account_with_posts_of_others(road: Road) -> None:
    road.sign_in()
    async with person(road, account_name="ana") as anna, program(road, account_name="ana") as planner:
        await anna.posts.submit(a_photo(), at="+2h")
        waits = await proposed(planner.accounts.pause("ana", WHY))
        assert road.store.accounts.pauses_of("ana") == ()
        await anna.approvals.approve(waits.proposal_id or "")
        (held,) = road.store.accounts.pauses_of("ana")
        assert (held.by, held.reason) == ("person:anna", WHY)
        assert await planner.accounts.pause("ana", WHY) == held, "the same again is answered"


async def test_a_program_does_not_put_its_word_in_the_place_of_a_persons_pause(road: Road) -> None:
    road.sign_in()
    async with person(road) as anna, program(road) as planner:
        held = await anna.accounts.pause("ana", WHY)
        assert await planner.accounts.pause("ana", "Something else") == held
    assert road.store.accounts.pauses_of("ana") == (held,)


async def test_a_program_ends_no_pause_but_the_one_that_a_person_was_asked_about(road: Road) -> None:
    road.sign_in()
    async with person(road, account_name="ana") as anna, program(road, account_name="ana") as planner:
        road.store.accounts.pause("ana", Pause(UNTIL_RESUMED, "Instagram answered 368.", code=368))
        waits = await proposed(planner.accounts.resume("ana"))
        held = await anna.accounts.pause("ana", WHY)
        await anna.approvals.approve(waits.proposal_id or "")
        decided = (await anna.approvals.show(waits.proposal_id or "")).proposal
        assert "not paused any more as it was" in str(decided and decided.outcome)
        again = await proposed(planner.accounts.resume("ana"))
        assert again.proposal_id != waits.proposal_id
        assert held in road.store.accounts.pauses_of("ana")
        asked = await anna.approvals.show(again.proposal_id or "")
        assert asked.summary["asks"] == f"resume ana, which is paused by person:anna: {WHY}"
        await anna.approvals.approve(again.proposal_id or "")
        assert held not in road.store.accounts.pauses_of("ana")
        road.clock.advance(1)
        await anna.accounts.pause("ana", WHY)
        assert (await proposed(planner.accounts.resume("ana"))).proposal_id != again.proposal_id


async def test_no_standing_consent_lets_a_program_end_a_persons_pause(road: Road) -> None:
    road.sign_in()
    async with person(road, account_name="ana") as anna, program(road, account_name="ana") as planner:
        await anna.approvals.allow(PLANNER.id, verbs=["resume"], accounts=["ana"], per_day=9)
        assert not (await planner.accounts.resume("ana")).was_paused
        await planner.accounts.pause("ana", WHY)
        assert (await planner.accounts.resume("ana")).was_paused, "its own"
        held = await anna.accounts.pause("ana", WHY)
        await proposed(planner.accounts.resume("ana"))
    assert road.store.accounts.pauses_of("ana") == (held,)


async def test_pausing_and_resuming_are_events_of_the_account_that_say_who_and_why(road: Road) -> None:
    road.sign_in()
    async with person(road) as anna:
        await anna.accounts.pause("ana", WHY)
        await anna.accounts.resume("ana")
        await anna.accounts.resume("ana")
    events = road.store.events.list("ana", SubjectKind.ACCOUNT)
    assert [(event.step, event.actor, event.text) for event in events] == [
        ("paused", "person:anna", f"Person anna has paused the account: {WHY}"),
        ("resumed", "person:anna", "Person anna has resumed the account."),
    ]


async def test_a_move_says_who_and_from_when_to_when_with_both_zones(road: Road) -> None:
    road.sign_in(timezone="Europe/Istanbul")
    async with person(road, account_name="ana") as anna:
        planned = await anna.posts.submit(a_photo(), at="2026-12-01 18:00")
        await anna.posts.move(planned.post.id, "2026-12-02 09:00", "Europe/Berlin")
    event = road.store.events.list(planned.post.id)[-1]
    assert (event.step, event.actor, event.text) == (
        "moved",
        "person:anna",
        "A person has moved it from 2026-12-01 18:00 Europe/Istanbul to 2026-12-02 09:00 Europe/Berlin.",
    )
    (change,) = event.changes
    assert (change.name, change.before, change.after) == (
        "due_at",
        "2026-12-01T18:00:00+03:00[Europe/Istanbul]",
        "2026-12-02T09:00:00+01:00[Europe/Berlin]",
    )


async def test_an_edit_says_which_options_from_what_to_what_in_short_and_without_secrets(road: Road) -> None:
    road.sign_in()
    secret = "IGcanarycanarycanarycanarycanarycanary"
    async with person(road, account_name="ana") as anna:
        planned = await anna.posts.submit(a_photo("Hello"), at="+2h")
        better = f"{secret} {'long ' * 40}"
        await anna.posts.edit(planned.post.id, caption=better, alt_texts="A")
    event = road.store.events.list(planned.post.id)[-1]
    caption, alt_texts = event.changes
    assert (caption.name, caption.before) == ("caption", "Hello")
    assert len(caption.after or "") <= 80
    assert (alt_texts.name, alt_texts.before, alt_texts.after) == ("alt_texts", None, '["A"]')
    assert event.text.startswith("A person has edited it: caption from “Hello” to “")
    assert secret not in f"{event.text} {event.changes}"


async def test_each_operation_on_a_post_leaves_who_did_it_and_what_it_changed(road: Road) -> None:
    road.sign_in()
    async with person(road, account_name="ana") as anna:
        planned = await anna.posts.submit(a_photo(), at="+2h", state=PostState.DRAFT)
        await anna.posts.approve(planned.post.id)
        await anna.posts.cancel(planned.post.id)
        trail = await anna.work.trail(TrailQuery())
    assert [(one.event.step, one.event.actor, one.account) for one in trail.entries] == [
        (step, "person:anna", "ana") for step in ("cancelled", "approved", "planned")
    ]
    changes = trail.entries[1].event.changes
    assert [(one.name, one.before, one.after) for one in changes] == [("state", "draft", "scheduled")]


async def test_planning_warns_of_a_day_whose_quota_is_full_and_of_a_later_post_that_it_crowds_out(
    road: Road,
) -> None:
    road.sign_in()
    reading = QuotaReading(total=2, usage=0, read_at=road.clock.now())
    road.store.quota.note_reading("ana", reading)
    async with person(road, account_name="ana") as anna:
        calls = len(road.sandbox.calls())
        plan = anna.posts.submit
        fits = [await plan(a_photo(f"{at}"), at=at) for at in ("+3h", "+5h")]
        assert not [text for one in fits for text in one.warnings if "quota" in text]
        full = await plan(a_photo("Full"), at="+6h")
        assert full.warnings[0] == (
            "The account's quota of posts in 24 hours is full: Instagram allows 2. With what is planned it "
            "goes out at about 2026-11-25 15:02 UTC: choose another time."
        )
        crowding = await plan(a_photo("First"), at="+1h")
        assert crowding.warnings[0] == (
            "With it the account's quota is full: a post that is planned for later is postponed."
        )
        assert full.post.due_at == (await anna.posts.show(full.post.id)).post.due_at
        rehearsed = await anna.posts.rehearse_time(crowding.post.id, "+7h")
        assert (await anna.posts.time_warnings(rehearsed))[0].startswith("The account's quota of posts")
        moved = await anna.posts.move(crowding.post.id, "+50h")
        assert await anna.posts.time_warnings(moved) == ()
        assert len(road.sandbox.calls()) == calls, "what the store knows is enough"


async def test_an_import_warns_of_each_row_whose_day_is_full_by_one_look_at_the_store(
    road: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    road.sign_in()
    road.store.quota.note_reading("ana", QuotaReading(total=2, usage=0, read_at=road.clock.now()))
    looks, read = list[str](), SqlQuotaLedger.reading

    def reading(ledger: SqlQuotaLedger, account: str) -> QuotaReading | None:
        looks.append(account)
        return read(ledger, account)

    def row(number: int, at: str, state: str = "") -> Numbered:
        sources = ("https://example.com/cat.jpg",)
        return number, Row(kind="photo", sources=sources, at=at, state=state, caption=f"{number}")

    def told_of(results: Sequence[Result]) -> list[list[str]]:
        return [[text for text in one.warnings if "quota" in text] for one in results]

    async with person(road, account_name="ana") as anna:
        planned = await anna.posts.submit(a_photo("Stored"), at="+1h")
        monkeypatch.setattr(SqlQuotaLedger, "reading", reading)
        rows = [row(2, "+5h"), row(3, "+2h"), row(4, "+3h", "draft"), row(5, "+40h"), row(6, "+4h")]
        checked = await anna.posts.check_table(rows, base=Path(), timezone="UTC")
        assert len(looks) == 1
        told = told_of(await anna.posts.store_table(checked))
        moving = PartialRow(post_id=planned.post.id, at="+6h", columns=frozenset({"post_id", "at"}))
        moved = await anna.posts.check_table([(2, moving)], base=Path(), timezone="UTC")
    assert [len(texts) for texts in told] == [1, 0, 1, 0, 1], (
        "a draft keeps no place, and is told all the same"
    )
    (full,) = told[0]
    assert full == (
        "The account's quota of posts in 24 hours is full: Instagram allows 2. With what is planned it "
        "goes out at about 2026-11-25 14:02 UTC: choose another time."
    )
    assert len(told_of(moved)[0]) == 1
