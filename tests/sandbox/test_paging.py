"""Lists: cursors, links that carry the token, windows of time, constant cost."""

from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressroom.sandbox.state.world import Shelf, Window
from tests.fakes.clock import FakeClock
from tests.sandbox.caller import Caller
from tests.sandbox.conftest import Make


async def walk(caller: Caller, **params: object) -> list[list[str]]:
    """Follow `next` to the end and give the ids page by page."""
    pages: list[list[str]] = []
    got = (await caller.get(f"/{caller.sandbox.user_id}/media", **params)).json
    while True:
        pages.append([one["id"] for one in got["data"]])
        following = got.get("paging", {}).get("next")
        if following is None:
            return pages
        got = (await caller.raw("GET", following)).json


async def test_pages_hold_25_and_the_last_has_no_next(make: Make) -> None:
    caller = make(media=60)
    pages = await walk(caller)
    assert [len(page) for page in pages] == [25, 25, 10]
    assert len({one for page in pages for one in page}) == 60


async def test_next_repeats_the_call_with_the_token_at_the_same_host_and_version(make: Make) -> None:
    caller = make(media=3)
    got = (await caller.get("/v25.0//me/media/", fields="id,caption", limit=2)).json
    url = urlsplit(str(got["paging"]["next"]))
    assert (url.scheme, url.netloc) == ("http", "sandbox.test")
    assert url.path == f"/v25.0/{caller.sandbox.user_id}/media"
    assert parse_qs(url.query) == {
        "access_token": [caller.token],
        "fields": ["id,caption"],
        "limit": ["2"],
        "after": [got["paging"]["cursors"]["after"]],
    }


async def test_an_empty_list_has_no_paging(caller: Caller) -> None:
    assert (await caller.get(f"/{caller.sandbox.user_id}/media")).json == {"data": []}


async def test_previous_leads_back(make: Make) -> None:
    caller = make(media=6)
    first = (await caller.get(f"/{caller.sandbox.user_id}/media", limit=2)).json
    second = (await caller.raw("GET", first["paging"]["next"])).json
    back = (await caller.raw("GET", second["paging"]["previous"])).json
    assert back["data"] == first["data"]
    assert "previous" not in back["paging"]


@pytest.mark.parametrize(("limit", "length"), [(1, 1), (100, 100), (500, 100)])
async def test_a_page_holds_at_most_100(make: Make, limit: int, length: int) -> None:
    assert len((await make(media=120).get("/me/media", limit=limit)).json["data"]) == length


@pytest.mark.parametrize(
    "params",
    [
        {"limit": "0"},
        {"limit": "-1"},
        {"limit": "x"},
        {"after": "x"},
        {"since": "soon"},
        {"since": "9" * 400},
        {"until": "-99999999999"},
    ],
)
async def test_paging_that_cannot_be_read_is_refused(caller: Caller, params: dict[str, str]) -> None:
    assert (await caller.get(f"/{caller.sandbox.user_id}/media", **params)).error == (100, None)


async def test_a_cursor_holds_when_new_media_arrive_and_its_own_is_deleted(make: Make) -> None:
    caller = make(media=6, token="EAAsandboxtoken")
    first = (await caller.get(f"/{caller.sandbox.user_id}/media", limit=2)).json
    rest = [
        one["id"] for one in (await caller.get(f"/{caller.sandbox.user_id}/media", limit=100)).json["data"]
    ][2:]
    await caller.publish()
    await caller.delete(f"/{first['data'][-1]['id']}")
    got = (
        await caller.get(
            f"/{caller.sandbox.user_id}/media", limit=100, after=first["paging"]["cursors"]["after"]
        )
    ).json
    assert [one["id"] for one in got["data"]] == rest


async def test_the_list_reaches_so_far_back(make: Make) -> None:
    assert [len(page) for page in await walk(make(media=60, listed_media_max=30))] == [25, 5]


@pytest.mark.parametrize(
    ("since", "until", "count"),
    [
        ("2026-11-24", None, 1),
        ("yesterday", None, 2),
        ("-1 week", None, 3),
        ("7 days ago", None, 3),
        ("last week", None, 3),
        ("+1 month ago", "next year", 3),
        ("20 hours ago", None, 1),
        (None, "2026-11-23T00:00:00+00:00", 1),
        ("1795435201", "1795521600", 1),
    ],
)
async def test_a_window_of_time_narrows_the_list(
    caller: Caller, clock: FakeClock, since: str | None, until: str | None, count: int
) -> None:
    clock.elapsed_s = -2 * 86400.0
    for _ in range(3):
        await caller.publish()
        clock.advance(86400)
    clock.elapsed_s = 0.0
    asked = {name: value for name, value in (("since", since), ("until", until)) if value}
    assert len((await caller.get(f"/{caller.sandbox.user_id}/media", **asked)).json["data"]) == count


@given(st.lists(st.integers(0, 50), max_size=40), st.integers(1, 7))
def test_walking_forward_gives_everything_once_newest_first(times: list[int], limit: int) -> None:
    shelf: Shelf[int] = Shelf()
    for number, time in enumerate(times):
        shelf.add((float(time), number), number)
    seen: list[int] = []
    window = Window(limit=limit)
    while True:
        part = shelf.cut(window)
        seen += part.items
        if not part.has_older:
            break
        window = Window(limit=limit, after=part.keys[-1])
    wanted = sorted(range(len(times)), key=lambda number: (times[number], number), reverse=True)
    assert seen == wanted


@pytest.mark.usefixtures("long_run")
@given(st.sets(st.integers(0, 50), min_size=1), st.integers(1, 7))
def test_walking_back_gives_the_same_pages(times: set[int], limit: int) -> None:
    shelf: Shelf[int] = Shelf()
    for time in times:
        shelf.add((float(time), 0), time)
    first = shelf.cut(Window(limit=limit))
    second = shelf.cut(Window(limit=limit, after=first.keys[-1]))
    if second.items:
        assert shelf.cut(Window(limit=limit, before=second.keys[0])).items == first.items
