"""Every operation of the session, and every kind of raw call, by a program of which nobody approved anything.

The control are the same calls by a person, each of which lets one thing out.
"""

import asyncio
import inspect
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import cast

import pytest

from pressroom.core.account import Account
from pressroom.core.assets import Fit, Target, Wish
from pressroom.core.errors import PressroomError
from pressroom.core.journal import TrailQuery
from pressroom.core.post import PostState, When
from pressroom.core.secret import Secret
from pressroom.core.slots import Slot
from pressroom.core.stored_posts import PostQuery
from pressroom.graph.limits import MediaUse
from pressroom.service import Pressroom
from pressroom.service.accounts.accounts import AccountService
from pressroom.service.consent.approvals import ApprovalService
from pressroom.service.consent.change import Verb
from pressroom.service.consent.keys import KeyService
from pressroom.service.consent.pages import PageService
from pressroom.service.consent.requests import RequestService
from pressroom.service.insights.kept import By
from pressroom.service.insights.service import InsightService
from pressroom.service.posts.changes import BulkChange
from pressroom.service.posts.feeds import FeedService
from pressroom.service.posts.lists import Selection
from pressroom.service.posts.media import MediaService
from pressroom.service.posts.planning import Slots
from pressroom.service.posts.posts import PostService
from pressroom.service.posts.tables.columns import Row
from pressroom.service.posts.uploads import UploadService
from pressroom.service.work.work import WorkService
from tests.service.consenting import ANNA, PLANNER, person, program
from tests.service.steps import (
    APP,
    BACK,
    ID,
    UPLOAD_ID,
    Call,
    L,
    Out,
    a_pdf,
    a_report,
    a_table,
    an_edited_table,
    an_upload,
    announced,
    asked,
    at_once,
    by_post,
    followed,
    for_a_moment,
    forged,
    forged_and_taken_up,
    found,
    fresh,
    is_out,
    kept_file,
    linked,
    raw,
)
from tests.service.walked import LATER, World, a_made_world, copied, let_out, pause, seen

pytestmark = pytest.mark.usefixtures("long_run")

S = PostState
ROOMS: Mapping[str, type] = {
    "": Pressroom,
    "posts.": PostService,
    "posts.slots.": Slots,
    "accounts.": AccountService,
    "media.": MediaService,
    "uploads.": UploadService,
    "insights.": InsightService,
    "work.": WorkService,
    "approvals.": ApprovalService,
    "keys.": KeyService,
    "pages.": PageService,
    "feeds.": FeedService,
    "requests.": RequestService,
}
WISH = Wish(use=MediaUse.PHOTO, target=Target.PLATFORM, fit=Fit.BLUR)
MONDAY, NOTHING = [Slot(weekday=0, minute=600)], Path("nothing.jpg")
STORY_ENDS = b'{"object": "instagram", "entry": [{"field": "story_insights", "value": {"media_id": "1"}}]}'
LONG_S = 45.0

LATE = "+9h"


async def read_pages(pressroom: Pressroom, _world: World) -> None:
    _ = [page async for page in pressroom.posts.pages(PostQuery())]


async def look_elsewhere(pressroom: Pressroom, _world: World) -> None:
    await pressroom.posts.elsewhere(await pressroom.posts.select(Selection(week="today")))


WALK: dict[str, Sequence[Call]] = {
    "publish": [
        Out(lambda p, w: p.publish(fresh(w))),
        Out(lambda p, w: p.publish(fresh(w), idempotency_key="k")),
    ],
    "keeps_posts": [lambda p, _: p.keeps_posts()],
    # Who acts stays who it is.
    "acting_for": [Out(lambda p, w: p.acting_for("ana").publish(fresh(w)))],
    "posts.accept": [
        Out(lambda p, w: p.posts.accept(fresh(w))),
        Out(lambda p, w: p.posts.accept(fresh(w), is_left=True)),
    ],
    "posts.see_through": by_post(lambda p, post: p.posts.see_through(post.id)),
    "posts.wait_for": by_post(lambda p, post: p.posts.wait_for(post.id)),
    "posts.reached": by_post(lambda p, post: p.posts.reached(post)),
    "posts.submit": [
        Out(lambda p, w: p.posts.submit(fresh(w))),
        Out(lambda p, w: p.posts.submit(fresh(w), at="+3h")),
        Out(lambda p, w: p.posts.submit(forged(w), idempotency_key="k")),
        lambda p, w: p.posts.submit(fresh(w), state=S.DRAFT),
        lambda p, w: p.posts.submit(fresh(w), state=S.AWAITING_APPROVAL),
        forged_and_taken_up,
    ],
    "posts.twin": [lambda p, w: p.posts.twin(fresh(w))],
    "posts.rehearse": [lambda p, w: p.posts.rehearse(fresh(w))],
    "posts.show": by_post(lambda p, post: p.posts.show(post.id)),
    "posts.picture": by_post(lambda p, post: p.posts.picture(post.id)),
    "posts.address": by_post(lambda p, post: at_once(p.posts.address(post.id))),
    "posts.list": [lambda p, _: p.posts.list()],
    "posts.get": by_post(lambda p, post: p.posts.get(post.id)),
    "posts.account_names": [lambda p, _: p.posts.account_names()],
    "posts.find": [lambda p, _: p.posts.find(PostQuery())],
    "posts.free_slots": [
        lambda p, w: p.posts.free_slots(w.road.clock.now(), w.road.clock.now() + LATER),
    ],
    "posts.chips": [lambda p, w: p.posts.chips(w.road.clock.now(), w.road.clock.now() + LATER)],
    "posts.place": by_post(lambda p, post: p.posts.place(post.id)),
    "posts.count": [lambda p, _: p.posts.count(PostQuery())],
    "posts.search": [lambda p, _: p.posts.search("hello")],
    "posts.find_all": [lambda p, _: p.posts.find_all(PostQuery())],
    "posts.pages": [read_pages],
    "posts.elsewhere": [look_elsewhere],
    "posts.zone": [lambda p, _: p.posts.zone()],
    "posts.select": [lambda p, _: p.posts.select(Selection(week="today"))],
    "posts.rehearse_each": by_post(lambda p, post: p.posts.rehearse_each([post.id], BulkChange(Verb.CANCEL))),
    "posts.rehearse_time": by_post(lambda p, post: p.posts.rehearse_time(post.id, "+1h")),
    "posts.time_warnings": by_post(lambda p, post: p.posts.time_warnings(post)),
    "posts.change_each": [
        *by_post(lambda p, post: p.posts.change_each([post.id], BulkChange(Verb.MOVE, "+1h"))),
        *by_post(
            lambda p, post: p.posts.change_each([post.id], BulkChange(Verb.RESCHEDULE, "+1h")),
            *((who, S(state)) for who in (ANNA, PLANNER) for state in ("failed", "missed")),
        ),
        *by_post(
            lambda p, post: p.posts.change_each([post.id], BulkChange(Verb.RETRY)),
            *((who, S(state)) for who in (ANNA, PLANNER) for state in ("failed", "missed")),
        ),
        *by_post(
            lambda p, post: p.posts.change_each([post.id], BulkChange(Verb.APPROVE)),
            *((who, S(state)) for who in (ANNA, PLANNER) for state in ("draft", "awaiting_approval")),
        ),
    ],
    "posts.move_by": by_post(lambda p, post: p.posts.move_by(post.id, "+1h")),
    "posts.move": [
        *by_post(
            lambda p, post: p.posts.move(post.id, "+5m"),
            *((who, S(state)) for who in (ANNA, PLANNER) for state in ("scheduled", "preparing", "ready")),
        ),
        *by_post(lambda p, post: p.posts.move(post.id, LATE)),
        *by_post(lambda p, post: p.posts.move(post.id, When.OPEN)),
    ],
    "posts.reschedule": by_post(
        lambda p, post: p.posts.reschedule(post.id, LATE),
        *((who, S(state)) for who in (ANNA, PLANNER) for state in ("failed", "missed")),
    ),
    "posts.reschedule_by": by_post(
        lambda p, post: p.posts.reschedule_by(post.id, "+1h"),
        *((who, S(state)) for who in (ANNA, PLANNER) for state in ("failed", "missed")),
    ),
    "posts.duplicate": by_post(lambda p, post: p.posts.duplicate(post.id)),
    "posts.edit": by_post(
        lambda p, post: p.posts.edit(post.id, caption="Other"),
        *((who, S(state)) for who in (ANNA, PLANNER) for state in ("scheduled", "preparing", "ready")),
        *((who, S(state)) for who in (ANNA, PLANNER) for state in ("failed", "missed")),
    ),
    "posts.release": [
        *by_post(
            lambda p, post: p.posts.release(post.id),
            *((who, S(state)) for who in (ANNA, PLANNER) for state in ("draft", "awaiting_approval")),
            *((who, S(state)) for who in (ANNA, PLANNER) for state in ("scheduled", "preparing", "ready")),
            *((who, S(state)) for who in (ANNA, PLANNER) for state in ("failed", "missed")),
        ),
        *by_post(
            lambda p, post: p.posts.release(post.id, When.NOW, version=post.version),
            *((who, S(state)) for who in (ANNA, PLANNER) for state in ("draft", "awaiting_approval")),
            *((who, S(state)) for who in (ANNA, PLANNER) for state in ("scheduled", "preparing", "ready")),
            *((who, S(state)) for who in (ANNA, PLANNER) for state in ("failed", "missed")),
        ),
        *by_post(
            lambda p, post: p.posts.release(post.id, LATE),
            *((who, S(state)) for who in (ANNA, PLANNER) for state in ("draft", "awaiting_approval")),
            *((who, S(state)) for who in (ANNA, PLANNER) for state in ("failed", "missed")),
        ),
    ],
    "posts.cancel": by_post(lambda p, post: p.posts.cancel(post.id)),
    "posts.approve": by_post(
        lambda p, post: p.posts.approve(post.id),
        *((who, S(state)) for who in (ANNA, PLANNER) for state in ("draft", "awaiting_approval")),
    ),
    "posts.retry": by_post(
        lambda p, post: p.posts.retry(post.id),
        *((who, S(state)) for who in (ANNA, PLANNER) for state in ("failed", "missed")),
    ),
    "posts.resolve": [
        *by_post(
            lambda p, post: p.posts.resolve(post.id, media_id=None),
            (ANNA, S.NEEDS_ATTENTION),
            (PLANNER, S.NEEDS_ATTENTION),
        ),
        *by_post(
            lambda p, post: p.posts.resolve(post.id, media_id=ID),
            (ANNA, S.NEEDS_ATTENTION),
            (PLANNER, S.NEEDS_ATTENTION),
        ),
    ],
    "posts.require_not_live": by_post(lambda p, post: p.posts.require_not_live(post.id)),
    "posts.reconcile": by_post(lambda p, post: p.posts.reconcile(post.id)),
    "posts.in_doubt": [lambda p, _: p.posts.in_doubt()],
    "posts.check_table": [lambda p, w: p.posts.check_table([(1, Row())], base=w.directory)],
    "posts.obstacles": [lambda p, _: p.posts.obstacles(())],
    "posts.store_table": [Out(a_table), Out(an_edited_table)],
    "posts.slots.weeks": [lambda p, _: p.posts.slots.weeks()],
    "posts.slots.week": [lambda p, _: p.posts.slots.week()],
    "posts.slots.add": [lambda p, _: p.posts.slots.add(MONDAY)],
    "posts.slots.remove": [lambda p, _: p.posts.slots.remove()],
    "posts.slots.free": [lambda p, _: p.posts.slots.free("ana", 1)],
    "posts.slots.held": [lambda p, w: p.posts.slots.held("ana", w.of(ANNA, S.DRAFT).id)],
    "accounts.acting": [lambda p, _: p.accounts.acting()],
    "accounts.call": [
        raw("GET", "me"),
        Out(raw("POST", "me/media", image_url="https://example.com/a.jpg")),
        Out(raw("POST", "me/media_publish", creation_id="17")),
        Out(raw("POST", f"{ID}/comments", message="Hi")),
        Out(raw("POST", ID, comment_enabled="false")),
        Out(raw("POST", "me/messages", recipient="{}", message="{}")),
        Out(raw("DELETE", ID)),
        Out(raw("DELETE", "v25.0/17900000000000009")),
        raw("GET", f"{ID}/comments", method="post", message="Hi"),
        raw("GET", f"{ID}?method=delete"),
        raw("get", "me"),
    ],
    "accounts.sign_in": [
        Out(
            lambda p, w: p.accounts.sign_in(
                "ben",
                Account(token=Secret(w.road.sandbox.token), api_base=w.road.account.api_base),
                timezone=None,
                is_default=True,
            )
        )
    ],
    "accounts.find": [lambda p, w: p.accounts.find(Secret(w.road.sandbox.token))],
    "accounts.ask_consent": [lambda p, _: p.accounts.ask_consent(L.FACEBOOK, APP, redirect_uri=BACK)],
    "accounts.answer_consent": [lambda p, w: p.accounts.answer_consent(asked(w), f"{BACK}?code=c&state=s")],
    "accounts.ask_on_loopback": [lambda p, _: p.accounts.ask_on_loopback(L.FACEBOOK, APP, port=0)],
    "accounts.opening": [lambda p, w: p.accounts.opening(asked(w))],
    "accounts.keep": [Out(lambda p, w: p.accounts.keep(found(w), name="ben"))],
    "accounts.app": [lambda p, _: p.accounts.app(L.INSTAGRAM)],
    "accounts.place_of_tokens": [lambda p, _: p.accounts.place_of_tokens()],
    "accounts.logins": [lambda p, _: p.accounts.logins()],
    "accounts.permissions": [lambda p, _: p.accounts.permissions("ana")],
    "accounts.default_name": [lambda p, _: p.accounts.default_name()],
    "accounts.choose_default": [lambda p, _: p.accounts.choose_default("ana")],
    "accounts.set_timezone": [Out(lambda p, _: p.accounts.set_timezone("ana", "Asia/Tokyo"))],
    "accounts.set_language": [Out(lambda p, _: p.accounts.set_language("ana", "en"))],
    "accounts.name": [lambda p, _: p.accounts.name()],
    "accounts.overview": [lambda p, _: p.accounts.overview()],
    "accounts.standings": [lambda p, _: p.accounts.standings()],
    "accounts.probe": [lambda p, _: p.accounts.probe(level="vanishes")],
    "accounts.doctor": [
        lambda p, _: p.accounts.doctor(every=True),
        lambda p, _: p.accounts.doctor(account="ana", repairs=True),
    ],
    "accounts.refresh": [lambda p, _: p.accounts.refresh("ana")],
    "accounts.rotate_key": [lambda p, _: p.accounts.rotate_key()],
    "accounts.sign_out": [Out(lambda p, _: p.accounts.sign_out("ana"))],
    "accounts.pause": [Out(lambda p, _: p.accounts.pause("ana", "On hold"))],
    "accounts.resume": [Out(lambda p, _: p.accounts.resume("ana"))],
    "media.check": [lambda p, _: p.media.check(NOTHING)],
    "media.keep": [kept_file],
    "media.check_post": by_post(lambda p, post: p.media.check_post(post)),
    "media.check_files": by_post(lambda p, post: p.media.check_files(post)),
    "media.is_visual": [lambda p, _: p.media.is_visual(NOTHING)],
    "media.prepare": [lambda p, _: p.media.prepare(NOTHING, WISH)],
    "media.convert": [lambda p, _: p.media.convert(NOTHING, WISH)],
    "media.cover": [lambda p, w: p.media.cover(NOTHING, at_s=0, fit=Fit.PAD, output=w.directory / "c.jpg")],
    "media.list": [lambda p, _: p.media.list()],
    "media.search_audio": [lambda p, _: p.media.search_audio()],
    "media.picture": [lambda p, _: p.media.picture("17")],
    "media.delete": [lambda p, _: p.media.delete(ID), *by_post(lambda p, post: p.media.delete(post.id))],
    "media.delete_soon": by_post(lambda p, post: p.media.delete_soon(post.id)),
    "media.deletion": by_post(lambda p, post: p.media.deletion(post.id)),
    "media.rehearse_deletion": by_post(lambda p, post: p.media.rehearse_deletion(post.id)),
    "media.upload": [lambda p, w: p.media.upload(Path(w.file), "image")],
    "media.delete_upload": [lambda p, _: p.media.delete_upload("cat")],
    "uploads.put": [an_upload],
    "uploads.get": [lambda p, _: p.uploads.get(UPLOAD_ID)],
    "uploads.picture": [lambda p, _: p.uploads.picture(UPLOAD_ID)],
    "uploads.list": [lambda p, _: p.uploads.list()],
    "uploads.delete": [lambda p, _: p.uploads.delete(UPLOAD_ID)],
    "uploads.asset": [lambda p, _: p.uploads.asset(UPLOAD_ID)],
    "insights.pull": [lambda p, _: p.insights.pull()],
    "insights.pull_all": [lambda p, _: p.insights.pull_all(lambda _name, _progress: None)],
    "insights.pull_cost": [lambda p, _: p.insights.pull_cost()],
    "insights.pull_soon": [lambda p, _: p.insights.pull_soon()],
    "insights.freshness": [lambda p, _: p.insights.freshness()],
    "insights.stop_pulling": [lambda p, _: p.insights.stop_pulling()],
    "insights.media": [lambda p, _: p.insights.media()],
    "insights.in_zone": [lambda p, _: p.insights.in_zone("Europe/Oslo").best_time()],
    "insights.kept": [lambda p, _: p.insights.kept(ID)],
    "insights.compare": [lambda p, _: p.insights.compare([ID])],
    "insights.compare_groups": [lambda p, _: p.insights.compare_groups(By.KIND)],
    "insights.read": [lambda p, _: p.insights.read(ID)],
    "insights.measure": [lambda p, _: p.insights.measure(ID)],
    "insights.measure_all": [lambda p, _: p.insights.measure_all()],
    "insights.measure_each": [lambda p, _: p.insights.measure_each()],
    "insights.stories": [lambda p, _: p.insights.stories()],
    "insights.take_story_webhook": [lambda p, _: p.insights.take_story_webhook(STORY_ENDS)],
    "insights.best_time": [lambda p, _: p.insights.best_time()],
    "insights.start_experiment": [lambda p, _: p.insights.start_experiment("daily 9:00", "daily 18:00")],
    "insights.experiment_status": [lambda p, _: p.insights.experiment_status()],
    "insights.stop_experiment": [lambda p, _: p.insights.stop_experiment()],
    "insights.add_metric_note": [lambda p, _: p.insights.add_metric_note("views", "Counted anew.")],
    "insights.metric_notes": [lambda p, _: p.insights.metric_notes()],
    "insights.remove_metric_note": [lambda p, _: p.insights.remove_metric_note("views", "today")],
    "insights.account": [lambda p, _: p.insights.account()],
    "insights.audience": [lambda p, _: p.insights.audience()],
    "insights.growth": [lambda p, _: p.insights.growth()],
    "insights.definitions": [lambda p, _: p.insights.definitions()],
    "insights.report": [lambda p, _: p.insights.report("7d")],
    "insights.reports": [lambda p, _: p.insights.reports("7d")],
    "insights.require_pdf": [a_pdf],
    "insights.write_report": [a_report],
    "insights.export": [lambda p, w: p.insights.export(w.directory / "insights")],
    "insights.export_text": [lambda p, _: p.insights.export_text("media")],
    "keys.add": [Out(lambda p, _: p.keys.add("other"))],
    "keys.list": [lambda p, _: p.keys.list()],
    "keys.revoke": [lambda p, _: p.keys.revoke("other")],
    "keys.holder": [lambda p, _: p.keys.holder(Secret("prk_0_0"))],
    "work.metrics_app": [lambda p, _: at_once(p.work.metrics_app())],
    "work.worker_pid": [lambda p, _: p.work.worker_pid()],
    "work.is_worker_running": [lambda p, _: p.work.is_worker_running()],
    "work.overview": [lambda p, _: p.work.overview()],
    "work.health": [lambda p, _: p.work.health()],
    "work.tell": [lambda p, _: p.work.tell("Numbers", "To the person's own addresses.")],
    "work.run": [lambda p, w: for_a_moment(p.work.run(), w)],
    "work.cursor": [lambda p, _: p.work.cursor()],
    "work.changes": [lambda p, w: for_a_moment(followed(p), w)],
    "work.trail": [lambda p, _: p.work.trail(TrailQuery())],
    "work.beside": [lambda p, _: p.work.beside()],
    "work.upgrade": [lambda p, _: p.work.upgrade()],
    "work.check": [lambda p, _: p.work.check()],
    "work.restore": [lambda p, w: p.work.restore(w.directory / "none.db")],
    "work.adopt": [lambda p, _: p.work.adopt()],
    "work.back_up": [lambda p, w: p.work.back_up(w.directory / "kept.db")],
    "approvals.list": [lambda p, w: p.approvals.list(after=w.proposal)],
    "approvals.count": [lambda p, _: p.approvals.count()],
    "approvals.distinct": [lambda p, w: p.approvals.distinct([w.proposal, w.proposal])],
    "approvals.about": by_post(lambda p, post: p.approvals.about(post.id)),
    "approvals.own": [lambda p, _: p.approvals.own()],
    "approvals.proposal": [lambda p, w: p.approvals.proposal(w.proposal)],
    "approvals.rehearse": [
        lambda p, w: p.approvals.rehearse(w.proposal),
        *by_post(lambda p, post: p.approvals.rehearse(post.id)),
    ],
    "approvals.address": [lambda p, w: at_once(p.approvals.address(w.proposal))],
    "approvals.show": [lambda p, w: p.approvals.show(w.proposal)],
    "approvals.approve": [
        Out(lambda p, w: p.approvals.approve(w.proposal)),
        *by_post(
            lambda p, post: p.approvals.approve(post.id),
            *((who, S(state)) for who in (ANNA, PLANNER) for state in ("draft", "awaiting_approval")),
        ),
    ],
    "approvals.decline": [
        lambda p, w: p.approvals.decline(w.proposal),
        *by_post(lambda p, post: p.approvals.decline(post.id)),
    ],
    "approvals.allow": [
        Out(lambda p, _: p.approvals.allow(PLANNER.id, verbs=["publish"], accounts=["ana"], per_day=1))
    ],
    "approvals.allowed": [lambda p, _: p.approvals.allowed()],
    "approvals.withdraw": [Out(lambda p, w: p.approvals.withdraw(w.grant))],
    "approvals.released": [lambda p, w: p.approvals.released(w.grant)],
    "approvals.agent_shells": [
        lambda p, _: p.approvals.agent_shells(are_programs=False),
        lambda p, _: p.approvals.agent_shells(are_programs=True),
    ],
    "approvals.require_terminal": [Out(lambda p, _: p.approvals.require_terminal(is_required=True))],
    "pages.address": [lambda p, _: at_once(p.pages.address())],
    "pages.require_none": [lambda p, _: at_once(p.pages.require_none())],
    "pages.link": [linked],
    "pages.sign_in": [lambda p, _: p.pages.sign_in("guessed")],
    "pages.signed_in_until": [lambda p, _: at_once(p.pages.signed_in_until("guessed"))],
    "pages.sign_out": [lambda p, _: at_once(p.pages.sign_out("guessed"))],
    "pages.sign_out_all": [lambda p, _: p.pages.sign_out_all()],
    "feeds.add": [lambda p, _: p.feeds.add("ana")],
    "feeds.list": [lambda p, _: p.feeds.list()],
    "feeds.find_post": [lambda p, _: p.feeds.find_post("0" * 32)],
    "feeds.names": [lambda p, _: p.feeds.names()],
    "feeds.end": [lambda p, _: p.feeds.end("0" * 64)],
    "feeds.read": [lambda p, _: p.feeds.read(Secret("prf_" + "A" * 43))],
    "pages.announce": [lambda p, _: announced(p)],
    "pages.picture": [lambda p, _: p.pages.picture("0" * 64)],
    "requests.begin": [lambda p, _: p.requests.begin("cancel", "k", "content")],
    "pages.gone": [lambda p, _: p.pages.gone(["0" * 64])],
    "pages.clip": [lambda p, _: p.pages.clip("0" * 64)],
}


def operations() -> Iterator[str]:
    """Name all that can be called of a session: awaited, iterated or entered."""
    for room, kind in ROOMS.items():
        for name, _ in inspect.getmembers(kind, inspect.isfunction):
            if not name.startswith("_"):
                yield f"{room}{name}"


async def made(pressroom: Pressroom, world: World, step: Call) -> None:
    """Make a call, and end what goes on for long."""

    async def whole() -> None:
        try:
            found = step(pressroom, world)
            if isinstance(found, AbstractAsyncContextManager):
                async with found:
                    await world.road.clock.sleep(1)
            elif isinstance(found, AsyncIterator):
                async for _ in cast("AsyncIterator[object]", found):
                    pass
            else:
                await found
        except PressroomError:
            return

    await world.road.clock.sleep(0.001)  # from now on the clock waits for threads
    task = asyncio.create_task(whole())
    patience = asyncio.create_task(world.road.clock.sleep(LONG_S))
    await asyncio.wait({task, patience}, return_when=asyncio.FIRST_COMPLETED)
    for one in (task, patience):
        one.cancel()
    ended = await asyncio.gather(task, patience, return_exceptions=True)
    await world.road.clock.sleep(0.001)  # the clock stands still again
    faults = [one for one in ended if isinstance(one, Exception)]
    assert not faults, faults


def test_every_operation_of_the_session_is_walked() -> None:
    assert sorted(operations()) == sorted(WALK)


@pytest.fixture(scope="module")
def world_made(tmp_path_factory: pytest.TempPathFactory) -> World:
    return asyncio.run(a_made_world(tmp_path_factory.mktemp("world")))


@pytest.mark.parametrize("name", WALK)
async def test_a_program_lets_nothing_out(name: str, world_made: World, tmp_path: Path) -> None:
    async with copied(world_made, tmp_path) as world:
        pause(world.road)
        before = seen(world.road)
        async with program(world.road) as pressroom:
            for step in WALK[name]:
                await made(pressroom, world, step)
        after = seen(world.road)
    assert let_out(before, after) == []
    assert after.decided == before.decided


@pytest.mark.parametrize("name", [name for name, steps in WALK.items() if any(map(is_out, steps))])
async def test_a_person_lets_each_thing_out_once(name: str, world_made: World, tmp_path: Path) -> None:
    for number, step in enumerate(filter(is_out, WALK[name])):
        async with copied(world_made, tmp_path / str(number)) as world:
            road = world.road
            if name == "accounts.resume":
                pause(road)
            before = seen(road)
            async with person(road) as pressroom:
                await made(pressroom, world, step)
            assert len(let_out(before, seen(road))) == 1, (number, let_out(before, seen(road)))
