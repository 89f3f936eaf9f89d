"""Every post comes back from the store as it went in, whatever it holds."""

import subprocess
import sys
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from pressroom.core.assets import Asset
from pressroom.core.post import ContainerRecord, Post, Send
from pressroom.store.columns import json_text
from pressroom.store.post_rows import COLUMNS, asset_rows, container_row, post_row, read_post, send_row
from pressroom.store.store import Store, open_store
from tests.fakes.clock import START, FakeClock
from tests.store.posts import a_post

FIRST, LAST = (datetime(year, 1, 1) for year in (1990, 2100))  # noqa: DTZ001  # hypothesis adds the zone
TIMES = st.datetimes(min_value=FIRST, max_value=LAST, timezones=st.just(UTC))
st.register_type_strategy(datetime, TIMES)
CONTAINERS = st.lists(st.builds(ContainerRecord), max_size=3, unique_by=lambda record: record.id)


@st.composite
def posts(draw: st.DrawFn) -> Post:
    containers = draw(CONTAINERS)
    ids = st.sampled_from([record.id for record in containers] or ["none"])
    sends = draw(st.lists(st.builds(Send, container_id=ids), max_size=3 if containers else 0))
    numbered = tuple(replace(send, number=number) for number, send in enumerate(sends))
    return draw(
        st.builds(Post, containers=st.just(tuple(containers)), sends=st.just(numbered), created_at=TIMES)
    )


def read_back(post: Post, **others: Any) -> Post:
    """Read what is written of a post, with other columns in its row."""
    row = post_row(post) | others
    assets = [json_text({name: file[name] for name in ("source", "copy")}) for file in asset_rows(post)]
    containers = [container_row(post, record)["details"] for record in post.containers]
    sends = [send_row(post, send)["details"] for send in post.sends]
    columns = json_text({name: row[name] for name in COLUMNS})
    return read_post(row["details"], columns, ",".join(assets), ",".join(containers), ",".join(sends))


@given(posts())
@settings(max_examples=60)
def test_a_post_is_read_as_it_was_written(post: Post) -> None:
    assert read_back(post) == post


@given(st.lists(st.builds(Asset, source=st.text(), copy=st.none() | st.text()), min_size=1, max_size=4))
@settings(max_examples=20)
def test_files_of_any_name_are_read_from_the_database_in_their_order(assets: list[Asset]) -> None:
    with open_store(":memory:", clock=FakeClock()) as store:
        post = store.posts.add(a_post(assets=tuple(assets))).post
        assert store.posts.get(post.id).assets == tuple(assets)


def test_a_field_that_a_later_release_wrote_does_not_break_the_reading() -> None:
    post = replace(a_post(), created_at=START)
    row = post_row(post)
    details: dict[str, Any] = {**msgspec.json.decode(row["details"]), "mood": "sunny"}
    assert read_back(post, details=json_text(details)) == post


def test_a_field_that_an_earlier_release_did_not_know_has_its_default() -> None:
    post = replace(a_post(timezone="Asia/Tokyo"), created_at=START)
    row = post_row(post)
    details: dict[str, Any] = msgspec.json.decode(row["details"])
    del details["timezone"], details["comment_looks"]
    assert read_back(post, details=json_text(details)) == replace(post, timezone="UTC")


def test_no_field_of_a_post_is_left_out() -> None:
    """What is no column stands in `details`."""
    row = post_row(replace(a_post(), created_at=START))
    names = {field.name for field in fields(Post)} - {"assets", "containers", "sends"}
    assert names <= row.keys() | msgspec.json.decode(row["details"]).keys()


@given(st.lists(TIMES, min_size=2, max_size=5, unique=True))
@settings(max_examples=20)
def test_times_of_every_year_are_in_order(times: list[datetime]) -> None:
    with open_store(":memory:", clock=FakeClock()) as store:
        store.posts.add_all([(a_post(wake_at=moment), "") for moment in times])
        woken = [post.wake_at for post in store.posts.due(max(times))]
    assert woken == sorted(times)


def test_times_of_other_zones_are_the_same_moments(store: Store) -> None:
    from zoneinfo import ZoneInfo  # noqa: PLC0415

    there = START.astimezone(ZoneInfo("Pacific/Auckland"))
    early, late = a_post(wake_at=there), a_post(wake_at=START + timedelta(microseconds=1))
    store.posts.add_all([(late, ""), (early, "")])
    assert [post.wake_at for post in store.posts.due(START + timedelta(seconds=1))] == [
        START,
        START + timedelta(microseconds=1),
    ]


def test_threads_that_read_their_first_posts_at_once_do_not_crash() -> None:
    """msgspec learns a dataclass when it is first converted to, and two threads that do so at once crash."""
    program = (
        "import sys, threading; sys.setswitchinterval(1e-6)\n"
        "from pressroom.store.post_rows import Post, read_post\n"
        "assert '__msgspec_cache__' in vars(Post), 'it is learnt while one thread alone imports'\n"
        'columns = \'{"id": "1", "account": "a", "created_at": "2026-11-24T12:00:00Z"}\'\n'
        "parts = ('{\"kind\": \"photo\"}', columns, '', '', '')\n"
        "threads = [threading.Thread(target=read_post, args=parts) for _ in range(16)]\n"
        "[thread.start() for thread in threads]; [thread.join() for thread in threads]\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
