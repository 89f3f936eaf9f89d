"""One post, driven through every step on a clock that costs nothing.

Also the rehearsal: it describes the calls as they would be, with the files as they would be made.
"""

import asyncio
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from pressroom.core.assets import Action, Asset, Fit, MediaReport, MediaType, Seen, Wish
from pressroom.core.errors import (
    ContainerFailed,
    MediaRefused,
    NotSent,
    OutcomeUnknown,
    PressroomError,
    Refused,
    StillProcessing,
)
from pressroom.core.graph_errors import InstagramUseCaseLimited, NotReadyToPublish, TokenExpired
from pressroom.core.post import PostKind, PostState
from pressroom.graph.answers import UserId
from pressroom.graph.calls import UserTag
from pressroom.publish.machine.policy import FEWEST_CALLS
from pressroom.publish.publisher import rehearse
from pressroom.publish.steps.preparation import reports_on
from tests.fakes.graph import error
from tests.fakes.media import FakeDesk
from tests.publish.posts import a_post
from tests.publish.scripted import (
    C1,
    EMPTY,
    FINISHED,
    IN_PROGRESS,
    LIVE,
    LOST,
    M1,
    NOT_READY,
    PUBLISHED,
    a_graph,
    quota,
    stage,
)


async def test_a_photo_is_created_polled_sent_and_its_permalink_read() -> None:
    async with stage(a_graph()) as on:
        post = await on.publish(a_post(caption="Hello"))
    assert (post.state, post.media_id, post.permalink) == (PostState.PUBLISHED, "999", LIVE["permalink"])
    assert on.graph.calls == [
        "POST /17841/media",
        "GET /111",
        "GET /17841/media",
        "GET /17841/content_publishing_limit",
        "POST /17841/media_publish",
        "GET /999",
    ]


async def test_without_a_snapshot_only_container_status_and_publish_are_called() -> None:
    async with stage(a_graph(), policy=FEWEST_CALLS) as on:
        await on.publish(replace(a_post(), followups=()))
    assert on.graph.calls == ["POST /17841/media", "GET /111", "POST /17841/media_publish"]


async def test_images_are_polled_too_and_ever_more_slowly() -> None:
    graph = a_graph()
    graph.on("GET 111", IN_PROGRESS, IN_PROGRESS, IN_PROGRESS, FINISHED)
    async with stage(graph) as on:
        await on.publish(a_post())
    assert [seconds for seconds in on.clock.slept_s if seconds][:4] == [1, 2, 3, 5]


async def test_the_order_of_a_carousels_children_is_kept() -> None:
    graph = a_graph()
    graph.on("POST media", {"id": "101"}, {"id": "102"}, C1)
    graph.on("GET 101", IN_PROGRESS, FINISHED)
    graph.on("GET 102", FINISHED)
    async with stage(graph) as on:
        await on.publish(a_post(PostKind.CAROUSEL, caption="Two"))
    parent = on.graph.params[on.graph.calls.index("GET /111") - 1]
    assert parent == {"media_type": "CAROUSEL", "children": "101,102", "caption": "Two"}


async def test_a_send_is_on_record_before_its_bytes_leave() -> None:
    graph = a_graph()
    seen: list[bool] = []
    async with stage(graph) as on:
        post = a_post()
        graph.before_answer = lambda key: (
            seen.append(on.journal.posts[post.id].open_send is not None)
            if key == "POST media_publish"
            else None
        )
        await on.publish(post)
    assert seen == [True]


async def test_a_container_is_on_record_before_it_is_read() -> None:
    graph = a_graph()
    seen: list[int] = []
    async with stage(graph) as on:
        post = a_post()
        graph.before_answer = lambda key: (
            seen.append(len(on.journal.posts[post.id].containers)) if key == "GET 111" else None
        )
        await on.publish(post)
    assert seen == [1]


async def test_not_ready_after_finished_waits_and_sends_again() -> None:
    graph = a_graph()
    graph.on("POST media_publish", NOT_READY, NOT_READY, M1)
    async with stage(graph) as on:
        post = await on.publish(a_post())
    assert post.media_id == "999"
    assert on.graph.count("POST media") == 1
    assert on.graph.count("POST media_publish") == 3


async def test_not_ready_for_ever_ends_with_instagrams_own_error() -> None:
    graph = a_graph()
    graph.on("POST media_publish", NOT_READY)
    async with stage(graph) as on:
        with pytest.raises(NotReadyToPublish):
            await on.publish(a_post())


@pytest.mark.parametrize(
    "answer",
    [LOST, error(2), error(1, 99), error(-1, 2207001), error(4, 2207051), {}, {**error(2), "status": 200}],
    ids=["lost", "2", "1/99", "-1/2207001", "4/2207051", "200 without id", "200 with error"],
)
async def test_a_doubtful_answer_to_a_live_post_ends_published_with_one_send(
    answer: dict[str, object],
) -> None:
    graph = a_graph()
    graph.on("GET 111", FINISHED, PUBLISHED)
    graph.on("POST media_publish", answer)
    graph.on("GET media", EMPTY, {"data": [LIVE]})
    async with stage(graph) as on:
        post = await on.publish(a_post())
    assert (post.state, post.media_id, post.permalink) == (PostState.PUBLISHED, "999", LIVE["permalink"])
    assert on.graph.count("POST media_publish") == 1


async def test_a_live_post_whose_listing_shows_two_of_a_kind_keeps_its_id_open() -> None:
    graph = a_graph()
    graph.on("GET 111", FINISHED, PUBLISHED)
    graph.on("POST media_publish", LOST)
    graph.on("GET media", EMPTY, {"data": [LIVE, {**LIVE, "id": "998"}]})
    async with stage(graph) as on:
        post = await on.publish(a_post())
    assert (post.state, post.media_id) == (PostState.PUBLISHED, None)


async def test_an_effect_that_comes_right_before_the_repetition_still_gives_the_post_its_id() -> None:
    """It stands in the list already when the second snapshot is taken: only the first one proves it new."""
    graph = a_graph()
    graph.on("POST media_publish", LOST, NOT_READY)
    graph.on("GET media", EMPTY, EMPTY, EMPTY, {"data": [LIVE]})

    def publish_late(key: str) -> None:
        if key == "POST media_publish" and graph.count(key) > 1:
            graph.on("GET 111", PUBLISHED)

    graph.before_answer = publish_late
    async with stage(graph) as on:
        post = await on.publish(a_post())
    assert (post.state, post.media_id) == (PostState.PUBLISHED, "999")
    assert on.graph.count("POST media_publish") == 2


async def test_a_lost_send_that_did_nothing_is_sent_once_more_after_five_minutes() -> None:
    graph = a_graph()
    graph.on("POST media_publish", LOST, M1)
    async with stage(graph) as on:
        post = await on.publish(a_post())
    assert post.media_id == "999"
    assert on.graph.count("POST media_publish") == 2
    assert on.clock.elapsed_s >= 300


async def test_a_send_whose_outcome_stays_unknown_is_reported_and_never_repeated() -> None:
    graph = a_graph()
    graph.on("POST media_publish", LOST)
    graph.on("GET content_publishing_limit", quota(2), quota(3))
    async with stage(graph) as on:
        with pytest.raises(OutcomeUnknown, match=r"Container 111.*GET 111"):
            await on.publish(a_post())
    assert on.graph.count("POST media_publish") == 1


async def test_spam_protection_with_nothing_carried_out_is_unknown_and_never_repeated() -> None:
    graph = a_graph()
    graph.on("POST media_publish", error(4, 2207051, "Application request limit reached"))
    async with stage(graph) as on:
        with pytest.raises(OutcomeUnknown, match="Application request limit reached"):
            await on.publish(a_post())
    assert on.graph.count("POST media_publish") == 1


async def test_without_a_snapshot_a_lost_send_is_never_repeated() -> None:
    graph = a_graph()
    graph.on("POST media_publish", LOST)
    async with stage(graph, policy=FEWEST_CALLS) as on:
        with pytest.raises(OutcomeUnknown):
            await on.publish(a_post())
    assert on.graph.count("POST media_publish") == 1


async def test_a_connection_that_never_opened_is_tried_again() -> None:
    graph = a_graph()
    graph.on("POST media_publish", NotSent("refused"), M1)
    async with stage(graph) as on:
        post = await on.publish(a_post())
    assert post.media_id == "999"


@pytest.mark.parametrize(
    ("answer", "expected"), [(error(190, 463), TokenExpired), (error(80002), InstagramUseCaseLimited)]
)
async def test_a_refusal_that_waiting_does_not_mend_is_raised(
    answer: dict[str, object], expected: type[PressroomError]
) -> None:
    graph = a_graph()
    graph.on("POST media_publish", answer)
    async with stage(graph) as on:
        with pytest.raises(expected):
            await on.publish(a_post())


async def test_a_container_that_ends_in_error_says_why() -> None:
    graph = a_graph()
    graph.on(
        "GET 111",
        {
            **IN_PROGRESS,
            "status_code": "ERROR",
            "status": "Error: Media upload has failed with error code 2207026",
        },
    )
    async with stage(graph) as on:
        with pytest.raises(ContainerFailed, match="2207026") as caught:
            await on.publish(a_post(PostKind.REEL))
    assert (caught.value.code, caught.value.subcode) == (352, 2207026)
    assert on.graph.count("POST media") == 1


async def test_a_container_that_failed_by_chance_or_expired_is_made_again() -> None:
    graph = a_graph()
    graph.on("POST media", {"id": "101"}, {"id": "102"}, C1)
    graph.on(
        "GET 101",
        {
            "id": "101",
            "status_code": "ERROR",
            "status": "Error: Media upload has failed with error code 2207082",
        },
    )
    graph.on("GET 102", {"id": "102", "status_code": "EXPIRED"})
    async with stage(graph) as on:
        post = await on.publish(a_post(PostKind.REEL))
    assert post.state is PostState.PUBLISHED
    assert on.graph.count("POST media") == 3


async def test_an_unreadable_container_of_a_readable_account_is_published_all_the_same() -> None:
    graph = a_graph()
    graph.on("GET 111", error(100, 33))
    graph.on("GET 17841", {"id": "17841"})
    async with stage(graph) as on:
        post = await on.publish(a_post())
    assert post.media_id == "999"


async def test_an_unreadable_container_of_an_unreadable_account_is_a_lost_account() -> None:
    graph = a_graph()
    graph.on("GET 111", error(100, 33))
    graph.on("GET 17841", error(190, 463))
    async with stage(graph) as on:
        with pytest.raises(TokenExpired):
            await on.publish(a_post())


async def test_a_container_that_never_finishes_is_still_processing() -> None:
    graph = a_graph()
    graph.on("GET 111", IN_PROGRESS)
    async with stage(graph) as on:
        with pytest.raises(StillProcessing, match="container 111"):
            await on.publish(a_post())


async def test_a_missing_permalink_does_not_make_a_live_post_fail() -> None:
    graph = a_graph()
    graph.on("GET 999", error(100, 33))
    async with stage(graph) as on:
        post = await on.publish(a_post())
    assert (post.state, post.media_id, post.permalink) == (PostState.PUBLISHED, "999", None)


async def test_a_refused_file_is_refused_before_any_call() -> None:
    async with stage(a_graph(), desk=FakeDesk(refuses=True)) as on:
        with pytest.raises(MediaRefused):
            await on.publish(a_post(PostKind.PHOTO, "notes.txt"))
    assert on.graph.calls == []


async def test_a_local_file_is_put_up_for_as_long_as_a_container_lives() -> None:
    async with stage(a_graph()) as on:
        await on.publish(a_post(PostKind.PHOTO, "cat.png"))
    assert on.graph.params[0]["image_url"] == "https://files.example/cat.jpg?for=86400"


async def test_ten_posts_of_one_account_at_once_keep_one_open_send() -> None:
    graph = a_graph()
    graph.on("POST media", *[{"id": f"{number}"} for number in range(200, 210)])
    graph.on("POST media_publish", *[{"id": f"{number}"} for number in range(300, 310)])
    open_sends: list[int] = []
    for number in range(200, 210):
        graph.on(f"GET {number}", {"id": f"{number}", "status_code": "FINISHED"})
    for number in range(300, 310):
        graph.on(f"GET {number}", LIVE)
    async with stage(graph) as on:
        graph.before_answer = lambda _key: open_sends.append(
            sum(post.open_send is not None for post in on.journal.posts.values())
        )
        posts = [replace(a_post(), id=f"post-{number}") for number in range(10)]  # pyright: ignore[reportArgumentType]
        done = await asyncio.gather(*(on.publish(post) for post in posts))
    assert len({post.media_id for post in done}) == 10
    assert max(open_sends) == 1


async def test_an_interruption_during_the_send_waits_for_its_answer() -> None:
    graph = a_graph()
    async with stage(graph) as on:
        post = a_post()
        task = asyncio.ensure_future(on.publish(post))
        graph.before_answer = lambda key: task.cancel() if key == "POST media_publish" else None
        with pytest.raises(asyncio.CancelledError):
            await task
    assert on.journal.posts[post.id].media_id == "999"


async def test_an_interruption_during_a_send_without_answer_leaves_it_open_unless_it_is_seen_live() -> None:
    graph = a_graph()
    graph.on("POST media_publish", LOST)
    graph.on("GET 111", FINISHED, PUBLISHED)
    async with stage(graph) as on:
        post = a_post()
        task = asyncio.ensure_future(on.publish(post))
        graph.before_answer = lambda key: task.cancel() if key == "POST media_publish" else None
        with pytest.raises(asyncio.CancelledError):
            await task
    assert on.journal.posts[post.id].state is PostState.PUBLISHED


async def test_an_error_about_a_file_names_the_file_and_the_item_but_no_query() -> None:
    graph = a_graph()
    graph.on("POST media", {"id": "101"}, error(36001, 2207005, "The image format is not supported."))
    second = "https://anna:secret@example.com/b.jpg?key=secret"
    post = a_post(PostKind.CAROUSEL, "https://example.com/a.jpg", second, convert=True)
    async with stage(graph) as on:
        with pytest.raises(
            PressroomError, match=r"^Item 2, https://example.com/b\.jpg: Instagram answered"
        ) as caught:
            await on.publish(post)
    assert "secret" not in str(caught.value)


async def test_an_error_about_a_whole_carousel_names_none_of_its_files() -> None:
    graph = a_graph()
    graph.on("POST media", {"id": "101"}, {"id": "102"}, error(100, 2207028))
    for number in (101, 102):
        graph.on(f"GET {number}", {**FINISHED, "id": f"{number}"})
    async with stage(graph) as on:
        with pytest.raises(PressroomError, match=r"^Instagram answered 100/2207028"):
            await on.publish(a_post(PostKind.CAROUSEL))


USER = UserId("17841")


class Checks:
    """Takes every file; `shapes` are those of the files that are not 1:1."""

    def __init__(self, **shapes: Fraction) -> None:
        self._shapes = shapes
        self.wishes: list[tuple[str, Wish]] = []

    async def __call__(self, path: Path, wish: Wish) -> MediaReport:
        self.wishes.append((path.name, wish))
        kind: MediaType = "video" if path.suffix == ".mp4" else "image"
        seen = Seen(kind, self._shapes.get(path.stem, Fraction(1)), 2.0 if kind == "video" else None)
        return MediaReport(path=path, media_type=kind, findings=(), action=Action.AS_IS, seen=seen)


async def test_the_files_of_a_carousel_are_judged_by_the_shape_of_the_first() -> None:
    checks = Checks(tall=Fraction(9, 16))
    await reports_on(a_post(PostKind.CAROUSEL, "tall.jpg", "b.jpg"), checks)
    assert [wish.ratio for _, wish in checks.wishes[-2:]] == [Fraction(4, 5)] * 2


async def test_a_cover_is_judged_too() -> None:
    checks = Checks()
    await reports_on(a_post(PostKind.REEL, "a.mp4", cover=Asset("face.png")), checks)
    assert [name for name, _ in checks.wishes] == ["a.mp4", "face.png"]


async def test_a_clip_that_is_uploaded_has_no_address() -> None:
    post = a_post(PostKind.REEL, "a.mp4")
    reports = await reports_on(post, Checks())
    fetched = rehearse(post, USER, reports, takes_snapshot=False)
    uploaded = rehearse(post, USER, reports, takes_snapshot=False, uploaded=set(reports))
    assert fetched[0].params["video_url"] == "<address of a.mp4>"
    assert uploaded[0].params["upload_type"] == "resumable"
    assert "video_url" not in uploaded[0].params


async def test_a_file_that_cannot_be_made_fit_is_refused() -> None:
    post = a_post(PostKind.PHOTO, "a.jpg", fit=Fit.KEEP)
    refused = MediaReport(
        path=Path("a.jpg"),
        media_type="image",
        findings=(),
        action=Action.REFUSE,
        refusal=MediaRefused("a.jpg is too tall.", rule="ratio", fix="Crop it."),
    )
    with pytest.raises(MediaRefused) as caught:
        rehearse(post, USER, {post.assets[0]: refused}, takes_snapshot=False)
    assert caught.value.rule == "ratio"


async def test_options_that_do_not_suit_the_files_are_refused_before_anything_is_made() -> None:
    reel = a_post(PostKind.REEL, "a.mp4", thumb_offset_ms=2000)
    with pytest.raises(Refused, match=r"2000 ms, lies behind the clip's end \(2000 ms\)"):
        rehearse(reel, USER, await reports_on(reel, Checks()), takes_snapshot=False)
    carousel = a_post(PostKind.CAROUSEL, "a.mp4", "b.jpg", user_tags=(UserTag("anna", 0.5, 0.5),))
    with pytest.raises(Refused, match="takes no tags"):
        rehearse(carousel, USER, await reports_on(carousel, Checks()), takes_snapshot=False)
