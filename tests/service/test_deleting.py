"""Deleting what is published: who may, what a lost answer leaves open, and what is known of it afterwards."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pressroom.core.account import LoginDetails
from pressroom.core.deletion import DeletionState
from pressroom.core.errors import GraphError, NotFound, OutcomeUnknown, PressroomError, Refused
from pressroom.core.graph_errors import DeleteNotSupported, PermissionMissing
from pressroom.core.post import Attention, Post, PostKind, PostState
from pressroom.core.readings import ALL_MEDIA as ALL
from pressroom.core.requests import RequestEffect
from pressroom.core.settings import Settings
from pressroom.graph.answers import Media, MediaId, Owner, UserId
from pressroom.graph.hosts import LoginType
from pressroom.sandbox.faults import Effect, Fault, FaultKind
from pressroom.sandbox.settings import Processing
from pressroom.service import Pressroom, new_post
from tests.service.consenting import ANNA, PLANNER, person, program, proposed
from tests.service.road import PHOTO, PLAIN, Road, a_photo, opened_road

FACEBOOK = replace(
    PLAIN, token="EAAsandbox0123456789abcdef", login=LoginType.FACEBOOK, processing=Processing.at_once()
)
UNIFIED = replace(FACEBOOK, login=LoginType.UNIFIED)
LOST = FaultKind.DROP


@pytest.fixture
async def ana(tmp_path: Path) -> AsyncGenerator[Road]:
    async with opened_road(tmp_path, played=FACEBOOK) as road:
        road.sign_in()
        yield road


async def live(road: Road, caption: str = "Hello", post: Post | None = None) -> Post:
    async with person(road) as pressroom:
        return await pressroom.publish(post or a_photo(caption), idempotency_key=caption)


def on_delete(**fault: Any) -> Fault:
    return Fault(on="media", method="DELETE", **fault)


def deletions(road: Road) -> int:
    return len(road.sandbox.calls(method="DELETE"))


def steps(road: Road, post: Post) -> list[str]:
    return [event.step for event in road.store.events.list(post.id) if event.step.startswith("delet")]


async def test_a_live_post_is_deleted_by_the_start_of_its_id_and_stays_deleted(ana: Road) -> None:
    post = await live(ana)
    async with person(ana) as pressroom:
        done = await pressroom.media.delete(post.id[:8])
        again = await pressroom.media.delete(str(post.media_id))
    assert (done.state, done.post_id, done.media_id) == (DeletionState.DONE, post.id, post.media_id)
    assert (again, deletions(ana), ana.sandbox.media) == (done, 1, [])
    deleted = ana.post(post.id)
    assert (deleted.state, deleted.deleted_at) == (PostState.DELETED, done.ended_at)
    [asked, told] = [event for event in ana.store.events.list(post.id) if event.actor == ANNA.id][-2:]
    assert (asked.step, told.step, told.media_id) == ("deletion_asked", "deleted", post.media_id)
    assert [(change.before, change.after) for change in told.changes] == [("published", "deleted")]


async def test_a_media_that_was_posted_elsewhere_is_deleted_by_its_id(ana: Road) -> None:
    post = await live(ana)
    ana.sandbox.order("media", kind="photo", caption="by hand")
    [by_hand] = [media for media in ana.sandbox.media if media.id != post.media_id]
    async with person(ana) as pressroom:
        rehearsed = await pressroom.media.rehearse_deletion(by_hand.id)
        assert (rehearsed.kind, rehearsed.caption, deletions(ana)) == ("photo", "by hand", 0)
        done = await pressroom.media.delete(by_hand.id)
        with pytest.raises(NotFound, match="shows no media 17900000000009999"):
            await pressroom.media.delete("17900000000009999")
    assert (done.post_id, [media.id for media in ana.sandbox.media]) == (None, [post.media_id])
    assert ana.post(post.id).state is PostState.PUBLISHED


async def test_a_media_of_another_account_that_the_token_reads_is_not_deleted(
    ana: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def read(*_: object) -> Media:
        return Media(id=MediaId("17900000000000009"), owner=Owner(id=UserId("17841499999999999")))

    monkeypatch.setattr("pressroom.service.posts.deletable.read_media", read)
    async with person(ana) as pressroom:
        with pytest.raises(NotFound, match="of another account"):
            await pressroom.media.delete("17900000000000009")
    assert deletions(ana) == 0


async def test_what_is_not_live_is_not_deleted(ana: Road) -> None:
    planned = ana.store.posts.add(replace(a_photo(), account="ana", state=PostState.DRAFT)).post
    async with person(ana) as pressroom:
        with pytest.raises(Refused, match="it is draft, not live") as refused:
            await pressroom.media.delete(planned.id)
    assert [remedy.kind for remedy in refused.value.remedies] == ["cancel_post"]


class TestWhoMay:
    async def test_instagram_login_is_refused_before_any_call(self, road: Road) -> None:
        post = await live(road)
        before = len(road.sandbox.calls())
        async with person(road) as pressroom:
            with pytest.raises(Refused) as refused:
                await pressroom.media.delete(post.id)
        assert refused.value.rule == "login"
        assert "Instagram Login cannot delete what is published; Facebook Login can." in refused.value.message
        assert len(road.sandbox.calls()) == before

    async def test_unified_login_is_tried_where_a_setting_says_so(self, tmp_path: Path) -> None:
        async with opened_road(tmp_path, played=UNIFIED) as road:
            post = await live(road)
            async with person(road) as pressroom:
                with pytest.raises(Refused, match="not documented"):
                    await pressroom.media.delete(post.id)
            road.settings = Settings(home=road.settings.home, unified_deletes=True)
            async with person(road) as pressroom:
                assert (await pressroom.media.delete(post.id)).state is DeletionState.DONE

    async def test_a_permission_that_is_known_to_lack_is_named_before_any_call(self, ana: Road) -> None:
        post = await live(ana)
        [login] = ana.store.accounts.list()
        ana.store.accounts.put(replace(login, details=LoginDetails(permissions=("instagram_basic",))))
        async with person(ana, account_name="ana") as pressroom:
            with pytest.raises(Refused, match="no permission instagram_manage_contents") as refused:
                await pressroom.media.delete(post.id)
        assert "--permission contents" in refused.value.fix
        assert deletions(ana) == 0

    async def test_a_program_deletes_what_a_person_approved_and_once(self, ana: Road) -> None:
        post = await live(ana)
        async with program(ana) as pressroom:
            waits = await proposed(pressroom.media.delete(post.id))
            assert deletions(ana) == 0
            async with person(ana) as persons:
                [waiting] = await persons.approvals.list()
                assert waiting.proposal
                assert waiting.proposal.summary["asks"] == f"delete photo {post.media_id}: Hello"
                await persons.approvals.approve(waits.proposal_id or "")
            assert (await pressroom.media.delete(post.id)).state is DeletionState.DONE
        assert (deletions(ana), ana.post(post.id).state) == (1, PostState.DELETED)

    async def test_what_a_person_let_happen_and_is_in_doubt_is_only_looked_for(self, ana: Road) -> None:
        post = await live(ana)
        ana.sandbox.faults.add(on_delete(kind=LOST, effect=Effect.LATER, delay_s=20))
        async with program(ana) as pressroom:
            waits = await proposed(pressroom.media.delete(post.id))
            async with person(ana) as persons:
                approved = await persons.approvals.approve(waits.proposal_id or "")
            assert approved.proposal
            assert approved.proposal.outcome == {"state": "open"}
            done = await pressroom.media.delete(post.id)
        assert (done.state, deletions(ana)) == (DeletionState.DONE, 1)
        assert steps(ana, post) == ["deletion_asked", "deletion_in_doubt", "deleted"]

    async def test_a_request_that_was_cut_off_in_the_call_is_told_and_calls_no_more(self, ana: Road) -> None:
        post = await live(ana)
        async with person(ana) as persons:
            await persons.approvals.allow(PLANNER.id, verbs=["delete_media"], accounts=["ana"], per_day=5)
        called = asyncio.Event()
        ana.sandbox.faults.add(on_delete(kind=FaultKind.HANG, delay_s=1000))
        ana.on_call = lambda _path: called.set() if deletion_is_stored() else None

        def deletion_is_stored() -> bool:
            return ana.store.deletions.get("ana", MediaId(str(post.media_id))) is not None

        async def delete(pressroom: Pressroom) -> RequestEffect | None:
            async with pressroom.requests.begin("delete", "order-1", "content") as request:
                if not request.earlier:
                    await pressroom.media.delete(post.id)
                return request.earlier

        async with program(ana) as pressroom:
            cut_off = asyncio.create_task(delete(pressroom))
            await called.wait()
            cut_off.cancel()
            await asyncio.wait([cut_off])
            assert await delete(pressroom) == RequestEffect(subject_kind="post", subject_id=post.id)
            known = await pressroom.media.deletion(post.id)
        assert known
        assert (known.state, known.calls, deletions(ana)) == (DeletionState.OPEN, 1, 1)


class TestRefused:
    @pytest.mark.parametrize(
        ("code", "subcode", "kind"),
        [(-1, 2207073, DeleteNotSupported), (10, None, PermissionMissing)],
    )
    async def test_a_refusal_is_told_word_by_word_and_the_next_try_calls_again(
        self, ana: Road, code: int, subcode: int | None, kind: type[GraphError]
    ) -> None:
        post = await live(ana)
        ana.sandbox.faults.add(on_delete(kind=FaultKind.ERROR, code=code, subcode=subcode))
        async with person(ana) as pressroom:
            with pytest.raises(kind) as refused:
                await pressroom.media.delete(post.id)
            stored = ana.store.deletions.get("ana", MediaId(str(post.media_id)))
            assert stored
            assert (stored.state, stored.problem) == (DeletionState.REFUSED, refused.value.message)
            assert (stored.code, stored.subcode) == (code, subcode)
            assert ana.post(post.id).state is PostState.PUBLISHED
            assert (await pressroom.media.delete(post.id)).calls == 2

    async def test_an_item_of_a_carousel_is_refused_and_the_carousel_is_not(self, ana: Road) -> None:
        two = new_post(PostKind.CAROUSEL, [PHOTO, PHOTO.replace("a.jpg", "b.jpg")], caption="Two")
        post = await live(ana, post=two)
        item = ana.sandbox.scene.world.media(str(post.media_id)).children[0]  # pyright: ignore[reportOptionalMemberAccess]
        async with person(ana) as pressroom:
            with pytest.raises(DeleteNotSupported):
                await pressroom.media.delete(item)
            assert (await pressroom.media.delete(post.id)).state is DeletionState.DONE

    async def test_a_story_is_deleted_while_it_is_shown_and_not_after(self, ana: Road) -> None:
        first, second = [
            await live(ana, name, new_post(PostKind.STORY, [PHOTO.replace("a.jpg", f"{name}.jpg")]))
            for name in "bc"
        ]
        async with person(ana) as pressroom:
            assert (await pressroom.media.delete(first.id)).kind == "story"
            ana.clock.advance(25 * 3600)
            with pytest.raises(Refused, match="has ended"):
                await pressroom.media.delete(second.id)
        assert ana.post(second.id).state is PostState.PUBLISHED


class TestInDoubt:
    async def test_a_lost_answer_counts_once_the_media_was_missing_for_a_minute(self, ana: Road) -> None:
        post = await live(ana)
        ana.sandbox.faults.add(on_delete(kind=LOST, effect=Effect.DONE))
        began = ana.clock.now()
        async with person(ana) as pressroom:
            done = await pressroom.media.delete(post.id)
        assert done.state is DeletionState.DONE
        assert timedelta(seconds=60) <= ana.clock.now() - began < timedelta(seconds=90)
        assert (deletions(ana), ana.post(post.id).state) == (1, PostState.DELETED)

    async def test_an_effect_that_comes_late_is_waited_for(self, ana: Road) -> None:
        post = await live(ana)
        ana.sandbox.faults.add(on_delete(kind=FaultKind.GATEWAY, effect=Effect.LATER, delay_s=20))
        async with person(ana) as pressroom:
            assert (await pressroom.media.delete(post.id)).state is DeletionState.DONE
        assert deletions(ana) == 1

    @pytest.mark.parametrize(
        "fault",
        [
            on_delete(kind=LOST),
            on_delete(kind=FaultKind.ERROR, code=-1, subcode=2207085),
            on_delete(kind=FaultKind.ERROR, code=100, subcode=33),
            on_delete(kind=FaultKind.ERROR, code=10, http_status=500),
            on_delete(kind=FaultKind.ERROR, code=-1, subcode=2207073, is_transient=True),
        ],
    )
    async def test_what_proves_nothing_claims_nothing_and_a_repeat_calls_again(
        self, ana: Road, fault: Fault
    ) -> None:
        post = await live(ana)
        ana.sandbox.faults.add(fault)
        async with person(ana) as pressroom:
            with pytest.raises(OutcomeUnknown, match="is deleted is not known") as doubt:
                await pressroom.media.delete(post.id)
            assert [remedy.kind for remedy in doubt.value.remedies] == ["delete_media"]
            assert ana.post(post.id).state is PostState.PUBLISHED
            assert steps(ana, post) == ["deletion_asked", "deletion_in_doubt"]
            assert (await pressroom.media.delete(post.id)).state is DeletionState.DONE
        assert deletions(ana) == 2

    async def test_a_media_that_is_listed_is_there_whatever_reads_of_it_say(self, ana: Road) -> None:
        post = await live(ana)
        ana.sandbox.faults.add_outage("reads-2026-05")
        async with person(ana) as pressroom:
            with pytest.raises(OutcomeUnknown):
                await pressroom.media.delete(post.id)
        assert (deletions(ana), ana.post(post.id).state) == (0, PostState.PUBLISHED)

    async def test_what_somebody_deleted_in_the_app_is_found_to_be_gone_without_a_call(
        self, ana: Road
    ) -> None:
        post = await live(ana)
        ana.sandbox.order("edits", media_id=post.media_id, deleted=True)
        async with person(ana) as pressroom:
            done = await pressroom.media.delete(post.id)
        assert (done.state, done.calls, deletions(ana)) == (DeletionState.DONE, 0, 0)
        assert "by somebody else" in ana.store.events.list(post.id)[-1].text

    async def test_a_crash_between_intent_and_answer_leaves_what_a_repeat_goes_on_from(
        self, ana: Road
    ) -> None:
        post = await live(ana)
        ana.sandbox.faults.add(on_delete(kind=LOST, effect=Effect.DONE))
        seen: list[DeletionState] = []

        def die(path: str) -> None:
            stored = ana.store.deletions.get("ana", MediaId(str(post.media_id)))
            if stored and path.endswith(str(post.media_id)):
                seen.append(stored.state)
                if len(seen) > 1:  # the look after the call
                    task.cancel()

        ana.on_call = die
        async with person(ana) as pressroom:
            task = asyncio.create_task(pressroom.media.delete(post.id))
            with pytest.raises(asyncio.CancelledError):
                await task
        assert seen[0] is DeletionState.OPEN, "stored before Instagram is called"
        ana.on_call = lambda _path: None
        async with person(ana) as pressroom:
            assert (await pressroom.media.delete(post.id)).state is DeletionState.DONE
        assert (deletions(ana), ana.post(post.id).state) == (1, PostState.DELETED)

    async def test_a_media_that_a_post_in_doubt_may_be_is_not_deleted(self, ana: Road) -> None:
        ana.sandbox.order("media", kind="photo", caption="Hello")
        [media] = ana.sandbox.media
        due = ana.clock.now() - timedelta(minutes=1)
        doubtful = replace(
            a_photo(),
            account="ana",
            state=PostState.NEEDS_ATTENTION,
            attention=Attention.OUTCOME_UNKNOWN,
            due_at=due,
        )
        post = ana.store.posts.add(doubtful).post
        async with person(ana) as pressroom:
            with pytest.raises(Refused) as refused:
                await pressroom.media.delete(media.id)
        assert (refused.value.rule, refused.value.value, deletions(ana)) == ("in_doubt", post.id, 0)

    @pytest.mark.parametrize(("seconds", "is_refused"), [(-1, True), (0, True), (1, False)])
    async def test_a_media_of_ten_minutes_before_a_post_in_doubt_may_be_it_and_an_earlier_one_is_deleted(
        self, ana: Road, seconds: int, is_refused: bool
    ) -> None:
        ana.sandbox.order("media", kind="photo", caption="Hello")
        [media] = ana.sandbox.media
        due = ana.clock.now() + timedelta(minutes=10, seconds=seconds)
        doubtful = replace(
            a_photo(),
            account="ana",
            state=PostState.NEEDS_ATTENTION,
            attention=Attention.OUTCOME_UNKNOWN,
            due_at=due,
        )
        ana.store.posts.add(doubtful)
        async with person(ana) as pressroom:
            if is_refused:
                with pytest.raises(Refused, match="may be live or not"):
                    await pressroom.media.delete(media.id)
            else:
                assert (await pressroom.media.delete(media.id)).state is DeletionState.DONE
        assert deletions(ana) == (0 if is_refused else 1)


class TestAfterwards:
    async def test_a_deleted_post_is_never_published_again(self, ana: Road) -> None:
        post = await live(ana)
        async with person(ana) as pressroom:
            await pressroom.media.delete(post.id)
            with pytest.raises(PressroomError, match="went live, and was deleted since"):
                await pressroom.publish(a_photo(), idempotency_key="Hello")
            for change in (pressroom.posts.retry, pressroom.posts.cancel):
                with pytest.raises(Refused, match="is deleted"):
                    await change(post.id)
            assert await pressroom.posts.twin(a_photo()) == ana.post(post.id)
        ana.store.posts.recall(ana.clock.now())
        assert ana.store.posts.known_media("ana") == {post.media_id}
        assert (ana.post(post.id).state, ana.sends) == (PostState.DELETED, 1)

    async def test_its_numbers_stay_and_are_marked_and_nobody_reads_it_any_more(self, ana: Road) -> None:
        post = await live(ana)
        async with person(ana) as pressroom:
            await pressroom.insights.pull()
            await pressroom.media.delete(post.id)
            before = len(ana.sandbox.calls(f"/{post.media_id}"))
            ana.clock.advance(7 * 3600)
            await pressroom.insights.pull()
            [kept] = ana.store.readings.media(post.account, ALL)
            assert kept.is_deleted
            assert kept.vanished_at
            assert kept.planned is None
            assert len(ana.sandbox.calls(f"/{post.media_id}")) == before
            assert ana.store.readings.missed(post.account, ALL) == []
