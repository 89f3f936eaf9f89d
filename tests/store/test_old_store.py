"""What the release with revision 0003 kept is read as it was written, and goes on."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import URL

from pressroom.core.account import AccountId, Spending
from pressroom.core.actor import program_of
from pressroom.core.post import Post, PostId, PostState
from pressroom.core.stored_posts import PostKey, PostQuery
from pressroom.graph.error_table import HelperPrefix
from pressroom.store.store import Store, open_store
from pressroom.store.upkeep import check, upgrade
from tests.fakes.clock import FakeClock
from tests.fakes.graph import ScriptedGraph
from tests.publish.durable_world import durable_world
from tests.publish.scripted import EMPTY, LIVE, quota
from tests.slow import STORES
from tests.store.earlier import an_earlier_file, dump_of, fill
from tests.store.postgres import a_database
from tests.store.posts import after, chip_of

pytestmark = pytest.mark.usefixtures("long_run")

REVISION = "0003"
EXPECTED = Path(__file__).with_name(f"release_{REVISION}.json")
ACCOUNTS = ("shop", "other", "17841400000000003@instagram", "planned-early", "test")
ALIASES = ("me-0123456789ab@instagram", "9988@instagram")
DAY = 86_400.0


@pytest.fixture
def old_file(tmp_path: Path) -> Path:
    return an_earlier_file(tmp_path / "pressroom.db", REVISION)


@pytest.fixture(params=STORES)
def old(request: pytest.FixtureRequest, old_file: Path) -> Iterator[Store]:
    if request.param == "sqlite":
        with open_store(old_file, clock=FakeClock()) as store:
            yield store
        return
    server: URL = request.getfixturevalue("postgres")
    with a_database(server) as url:
        fill(url, old_file, REVISION)
        address = url.render_as_string(hide_password=False)
        assert upgrade(address).before == REVISION
        with open_store(address, clock=FakeClock()) as store:
            yield store


def posts(store: Store) -> dict[str, Post]:
    found = store.posts.list(PostQuery(limit=100)).posts
    return {post.id: post for post in sorted(found, key=lambda post: post.id)}


def everything(store: Store) -> dict[str, Any]:
    """Read all that the repositories give."""
    read = {
        "posts": posts(store),
        "journal": {
            name: [asdict(event) | {"post_id": event.post_id} for event in store.events.list(name)]
            for name in posts(store)
        },
        "logins": store.accounts.list(),
        "aliases": {alias: store.accounts.known(AccountId(alias)) for alias in ALIASES},
        "pauses": {name: store.accounts.pause_of(name) for name in ACCOUNTS},
        "slots": {name: store.slots.list(name) for name in ACCOUNTS},
        "open_sends": {name: store.posts.open_send(name) for name in ACCOUNTS},
        "keys": {
            name: store.posts.held_key(PostKey(post.account, program_of(post.actor), f"key-{name}"))
            for name, post in posts(store).items()
        },
        "quota": {name: store.quota.reading(name) for name in ACCOUNTS},
        "spent": {what: store.quota.spent("shop", what, after(-2 * DAY)) for what in Spending},
        "jobs": store.jobs.list(),
        "due": store.posts.due(after(0)),
    }
    return json.loads(msgspec.json.encode(read, order="deterministic"))


def differences(expected: Any, found: Any, place: str = "") -> list[str]:
    """Name what is not as expected; a later release may add fields."""
    if isinstance(expected, dict) and isinstance(found, dict):
        pairs: dict[str, Any] = expected  # pyright: ignore[reportUnknownVariableType]
        there: dict[str, Any] = found  # pyright: ignore[reportUnknownVariableType]
        return [
            one
            for name, value in pairs.items()
            for one in differences(value, there.get(name), f"{place}/{name}")
        ]
    if isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):  # pyright: ignore[reportUnknownArgumentType]
        items = list[tuple[Any, Any]](zip(expected, found, strict=True))  # pyright: ignore[reportUnknownArgumentType]
        return [one for number, pair in enumerate(items) for one in differences(*pair, f"{place}/{number}")]
    return [] if expected == found else [f"{place}: {found!r} instead of {expected!r}"]


def test_there_is_a_post_in_every_state(old: Store) -> None:
    # No release deleted what is published.
    assert {post.state for post in posts(old).values()} == set(PostState) - {PostState.DELETED}


def test_all_is_read_as_it_was_written(old: Store) -> None:
    expected = json.loads(EXPECTED.read_text())
    found = everything(old)
    assert differences(expected, found) == []
    assert found["posts"].keys() == expected["posts"].keys()


def test_a_calendar_shows_of_old_posts_what_they_are(old: Store) -> None:
    chips = old.posts.chips(after(-900 * DAY), after(900 * DAY))
    expected = {name: chip_of(post) for name, post in posts(old).items()}
    assert {chip.id: chip for chip in chips} == expected
    assert {chip.title for chip in chips} > {None}


def test_what_was_to_be_told_still_is_and_what_was_told_is_not_told_again(old: Store) -> None:
    channels = ("command", "webhook")
    waiting = old.notices.claim(channels, lease_s=1000), old.notices.claim(channels, lease_s=1000)
    assert [(one.key, one.channel) for one in waiting if one] == [
        ("post/needs-attention", "command"),
        ("post/needs-attention", "webhook"),
    ]


def test_what_a_worker_held_that_is_gone_is_free(old: Store) -> None:
    assert old.posts.take_lease(PostId("leased"), "worker-2", lease_s=60)
    assert old.accounts.begin_refresh("shop-fb", "worker-2", lease_s=60)
    assert old.jobs.claim("refresh tokens", after(0), "worker-2", lease_s=60)


def test_an_old_file_is_sound(old_file: Path, clock: FakeClock) -> None:
    open_store(old_file, clock=clock).close()
    assert check(old_file) == []


def test_what_the_helpers_put_first_in_the_text_of_a_kept_error_is_kept(
    tmp_path: Path, clock: FakeClock
) -> None:
    dump = dump_of(REVISION).replace('"seed_name":null', '"seed_name":"MediaTypeNotSupported"')
    with closing(sqlite3.connect(tmp_path / "pressroom.db")) as connection:
        connection.executescript(dump)
    with open_store(tmp_path / "pressroom.db", clock=clock) as store:
        failure = posts(store)["failed"].failure
    assert failure is not None
    assert failure.helper_prefix is HelperPrefix.MEDIA_TYPE


class AnyGraph(ScriptedGraph):
    """Makes as many containers, media and comments as are asked for; `known` are what earlier calls made."""

    def __init__(self, known: tuple[str, ...]) -> None:
        super().__init__()
        self.on("POST media", *({"id": f"{number}"} for number in range(100, 200)))
        self.on("POST media_publish", *({"id": f"{number}"} for number in range(900, 950)))
        self.on("POST comments", {"id": "c1"})
        self.on("GET comments", EMPTY)
        self.on("GET media", EMPTY)
        self.on("GET stories", EMPTY)
        self.on("GET content_publishing_limit", quota(0))
        for container in (*known, *map(str, range(100, 200))):
            self.on(f"GET {container}", {"id": container, "status_code": "FINISHED"})
        for media in range(900, 970):
            self.on(f"GET {media}", {**LIVE, "id": f"{media}"})


def graph() -> AnyGraph:
    """The send that was open when the release was replaced has gone through."""
    graph = AnyGraph(("31", "32", "41", "42", "52", "64"))
    live = {**LIVE, "id": "951", "caption": "Caption of publishing", "timestamp": "2026-11-24T12:00:11+0000"}
    graph.on("GET 51", {"id": "51", "status_code": "PUBLISHED"})
    graph.on("GET media", {"data": [live]})
    return graph


S = PostState
ENDS = {
    "awaiting-approval": S.AWAITING_APPROVAL,
    "cancelled": S.CANCELLED,
    "draft": S.DRAFT,
    "failed": S.FAILED,
    "interrupted": S.CANCELLED,
    "late-in-its-turn": S.PUBLISHED,
    "leased": S.PUBLISHED,
    "missed": S.MISSED,
    "needs-attention": S.NEEDS_ATTENTION,
    "needs-attention-late": S.NEEDS_ATTENTION,
    "on-a-sandbox": S.PUBLISHED,
    "preparing": S.PUBLISHED,
    "preparing-nothing-yet": S.PUBLISHED,
    "published": S.PUBLISHED,
    "published-to-follow-up": S.PUBLISHED,
    "published-with-a-doubtful-comment": S.PUBLISHED,
    "published-without-its-id": S.PUBLISHED,
    "publishing": S.PUBLISHED,
    "publishing-in-doubt": S.NEEDS_ATTENTION,
    "ready": S.PUBLISHED,
    "ready-refused-once": S.PUBLISHED,
    "scheduled": S.PUBLISHED,
    "scheduled-by-another-login": S.PUBLISHED,
    "scheduled-by-nobody": S.NEEDS_ATTENTION,
    "scheduled-in-a-slot": S.PUBLISHED,
    "scheduled-signed-out": S.NEEDS_ATTENTION,
    "scheduled-under-me": S.PUBLISHED,
}


async def test_a_worker_goes_on_with_all_that_is_under_way(old_file: Path) -> None:
    script = graph()
    async with durable_world(wire=lambda _transport, _clock: script, where=str(old_file)) as world:
        script.now = world.clock.now
        await world.run(3 * DAY)
        ended = posts(world.store)
        assert {name: post.state for name, post in ended.items()} == ENDS
        assert ended["publishing"].media_id == "951"
        assert ended["scheduled"].first_comment_id == ended["published-to-follow-up"].first_comment_id == "c1"
        assert world.store.posts.due(world.clock.now()) == ()
        assert script.count("POST media_publish") == 11
