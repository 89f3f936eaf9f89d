"""What the release with revision 0010 planned means after the upgrade what it meant, with 10,000 posts too.

`release_0010.sql` holds 56 posts and was written by that release: what programs asked for through its
sessions, the rest through its repositories. Most names say what is meant: a state, and a due time that is
missing, was "now" when the post was made, is ahead of `FakeClock.START`, or over. Those of programs have a
number for a name, and say it in their captions.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy import URL

from pressroom.core.actor import Scope, program_of
from pressroom.core.consent import Proposal, ProposalState
from pressroom.core.errors import Refused, StoreRefused
from pressroom.core.post import WENT_LIVE, Post, PostId, PostState, When
from pressroom.core.stored_posts import PostKey, PostQuery
from pressroom.service.consent.rules import new_post_request, still_describes
from pressroom.store.history import OURS, History
from pressroom.store.store import Store, open_store
from pressroom.store.upkeep import Upgrade, check, upgrade
from tests.fakes.clock import START, FakeClock
from tests.service.consenting import person, program, proposed
from tests.service.road import opened_road
from tests.slow import STORES
from tests.store.earlier import an_earlier_file, fill
from tests.store.postgres import a_database

REVISION = "0010"
RELEASED = History(OURS.revisions[: OURS.revisions.index(REVISION) + 1], OURS.scripts)
COPIES = 185  # of each of 54 posts, beside the 56

# All but those whose send is open, since an account has one such at most. A program has no two waiting
# proposals of the same content, so each copy of one is another program's.
MULTIPLY = """
INSERT INTO keys (id, actor, digest, scopes, created_at)
VALUES ('00000001', 'program:planner', 'digest', 'read draft', '2026-11-22T12:00:00.000000+00:00');
CREATE TEMP TABLE copies AS
WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :copies)
SELECT posts.id AS model, posts.id || '-' || n AS id, ' ' || n AS tail FROM posts, numbers
WHERE posts.id NOT IN (SELECT post_id FROM sends WHERE state = 'open');
INSERT INTO actors SELECT actors.id || tail, kind, name || tail, created_at, revoked_at
FROM actors, (SELECT DISTINCT tail FROM copies) WHERE kind = 'program';
"""
NEW_ACTOR = "CASE WHEN model.actor LIKE 'program:%' THEN model.actor || tail ELSE model.actor END"
COPIED: dict[str, tuple[str, dict[str, str]]] = {
    "posts": ("id", {"actor": NEW_ACTOR}),
    "assets": ("post_id", {}),
    "containers": ("post_id", {}),
    "sends": ("post_id", {}),
    "proposals": ("subject_id", {"id": "model.id || tail", "actor": NEW_ACTOR}),
}
OLD_POSTS = """
SELECT id, state, actor, created_at, goes_out_at, postponed_to, media_id, details ->> '$.due_at' AS due_at,
details ->> '$.timezone' AS timezone, details ->> '$.idempotency_key' AS key
FROM posts ORDER BY goes_out_at, id
"""

AT_ONCE = """
awaiting-approval-no-time awaiting-approval-now cancelled-no-time cancelled-now draft-no-time
draft-now failed-now granted-now interrupted missed-now needs-attention-now preparing-now published-now
publishing-now ready-now scheduled-now waiting-in-a-minute waiting-now
"""


def multiply(path: Path) -> None:
    """Copy posts, with what hangs on each, until there are 10,000; and add a key."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(MULTIPLY.replace(":copies", str(COPIES)))
        for table, (key, others) in COPIED.items():
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            values = {key: "copies.id"} | others
            chosen = ", ".join(values.get(name, f"model.{name}") for name in columns)
            # A change that was proposed names its post in its hash; a new post's proposal does not.
            where = "WHERE verb = 'publish'" if table == "proposals" else ""
            connection.execute(
                f"INSERT INTO {table} ({', '.join(columns)}) SELECT {chosen} FROM {table} AS model"  # noqa: S608
                f" JOIN copies ON copies.model = model.{key} {where}"
            )


def name_of(post: Post) -> str:
    return (post.options.caption or "").removeprefix("Caption of ")


class Meaning(NamedTuple):
    """What a post means: who made it, whether it goes out, and when."""

    id: str
    state: str
    actor: str | None
    when: str
    due_at: datetime | None
    postponed_to: datetime | None
    day: date | None
    timezone: str
    media_id: str | None
    key: str | None
    version: int


def meaning_of(row: sqlite3.Row) -> Meaning:
    """Give what the released code meant: "at once" was a due time within a minute of the post's making."""
    due_at = row["due_at"] and datetime.fromisoformat(row["due_at"])
    is_at_once = due_at is None or abs(due_at - datetime.fromisoformat(row["created_at"])) <= timedelta(
        minutes=1
    )
    postponed_to = row["postponed_to"] and datetime.fromisoformat(row["postponed_to"])
    when = "now" if is_at_once else "time"
    who, times = (row["id"], row["state"], row["actor"]), (when, due_at, postponed_to, None)
    return Meaning(*who, *times, row["timezone"], row["media_id"], row["key"], 1)


def meaning_now(post: Post) -> Meaning:
    times = (post.when, post.due_at, post.postponed_to, post.day)
    who = (post.id, post.state, post.actor)
    return Meaning(*who, *times, post.timezone, post.media_id, post.idempotency_key, post.version)


@dataclass(frozen=True)
class Upgraded:
    """A store of the release, as this one reads it. old: the file as the release left it."""

    old: Path
    address: str
    store: Store

    def before(self, query: str) -> list[sqlite3.Row]:
        with closing(sqlite3.connect(self.old)) as connection:
            connection.row_factory = sqlite3.Row
            return connection.execute(query).fetchall()

    @cached_property
    def posts(self) -> dict[str, Post]:
        """Every post, in the order of listings."""
        return {post.id: post for post in self.store.posts.list(PostQuery(limit=20_000)).posts}


@pytest.fixture(scope="module", params=STORES)
def upgraded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Upgraded]:
    home = tmp_path_factory.mktemp("released")
    path = an_earlier_file(home / "pressroom.db", REVISION)
    multiply(path)
    if request.param == "sqlite":
        with open_store(path, clock=FakeClock()) as store:
            yield Upgraded(home / f"pressroom.db.before-{REVISION}", str(path), store)
        return
    server: URL = request.getfixturevalue("postgres")
    with a_database(server) as url:
        fill(url, path, REVISION)
        address = url.render_as_string(hide_password=False)
        assert upgrade(address) == Upgrade(before=REVISION, after=OURS.newest)
        with open_store(address, clock=FakeClock()) as store:
            yield Upgraded(path, address, store)


def test_ten_thousand_posts_mean_what_they_meant_and_go_out_in_the_same_order(upgraded: Upgraded) -> None:
    rows = upgraded.before(OLD_POSTS)
    assert len(rows) > 10_000
    assert {row["state"] for row in rows} == set(PostState) - {PostState.DELETED}
    before, now = ([*map(meaning_of, rows)], [*map(meaning_now, upgraded.posts.values())])
    assert {meaning.id: meaning for meaning in now} == {meaning.id: meaning for meaning in before}
    # What is out stands at when it was sent, where earlier releases had it at its due time.
    assert [each.id for each in now if each.state not in WENT_LIVE] == [
        each.id for each in before if each.state not in WENT_LIVE
    ]
    at_once = {name_of(post) for post in upgraded.posts.values() if post.when is When.NOW}
    assert at_once == set(AT_ONCE.split())
    assert check(upgraded.address) == []


def test_keys_of_programs_are_for_all_accounts_as_before(upgraded: Upgraded) -> None:
    (key,) = upgraded.store.keys.list()
    assert (key, key.accounts) == (upgraded.store.keys.get(key.id), ())
    assert key.scopes == (Scope.READ, Scope.DRAFT)


def test_keys_uses_and_the_open_sends_are_kept(upgraded: Upgraded) -> None:
    store = upgraded.store
    for account, key, post_id in upgraded.before("SELECT account, key, post_id FROM idempotency_keys"):
        held = store.posts.held_key(PostKey(account, program_of(upgraded.posts[post_id].actor), key))
        assert held
        assert held.post_id == post_id
    uses = upgraded.before("SELECT reference FROM grant_uses")
    assert len(uses) == 2
    for (post_id,) in uses:
        assert [grant.per_day for grant in store.consents.grants_of(PostId(post_id))] == [3]
    for account, post_id in upgraded.before("SELECT account, post_id FROM sends WHERE state = 'open'"):
        assert store.posts.open_send(account) == post_id
    assert {post.open_send is not None for post in upgraded.posts.values()} == {True, False}


def test_what_waits_for_a_person_is_what_waited_and_still_describes_its_post(upgraded: Upgraded) -> None:
    waiting = upgraded.store.consents.list((ProposalState.WAITING,), limit=20_000)
    before = upgraded.before("SELECT id, verb, content_hash FROM proposals WHERE state = 'waiting'")
    now = {proposal.id: (proposal.verb, proposal.content_hash) for proposal in waiting}
    renamed = {name for name, verb, content in before if now.pop(name) != (verb, content)}
    assert now == {}
    assert {proposal.subject_id for proposal in waiting if proposal.id in renamed} == {
        "failed-proposed-move",
        "late-proposed-move",
        "missed-proposed-move",
    }
    new_posts = [proposal for proposal in waiting if proposal.verb == "publish"]
    assert len(new_posts) > 1000
    assert [proposal.subject_id for proposal in new_posts if not is_as_proposed(proposal, upgraded)] == []


def is_as_proposed(proposal: Proposal, upgraded: Upgraded) -> bool:
    post = upgraded.posts[proposal.subject_id or ""]
    return still_describes(proposal, new_post_request(post), post)


def test_the_released_code_refuses_it_and_says_what_to_do(upgraded: Upgraded) -> None:
    with pytest.raises(StoreRefused) as refusal:
        open_store(upgraded.address, history=RELEASED)
    assert refusal.value.message.endswith(
        f" was made by a newer Pressroom: its revision is {OURS.newest}, this one's {REVISION}."
    )
    assert "pgrade" in str(refusal.value.fix)


def test_a_second_opening_changes_nothing(tmp_path: Path) -> None:
    path = an_earlier_file(tmp_path / "pressroom.db", REVISION)
    open_store(path, clock=FakeClock()).close()
    once = path.read_bytes()
    open_store(path, clock=FakeClock()).close()
    assert path.read_bytes() == once
    assert upgrade(path) == Upgrade(before=OURS.newest, after=OURS.newest)


@pytest.mark.parametrize("details", ["no JSON", "{}"])
def test_a_damaged_post_keeps_no_store_from_being_upgraded(tmp_path: Path, details: str) -> None:
    path = an_earlier_file(tmp_path / "pressroom.db", REVISION)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE posts SET details = ? WHERE id = 'failed-proposed-move'", [details])
    assert upgrade(path).after == OURS.newest
    (finding,) = check(path)
    assert "failed-proposed-move" in finding


DECIDED = {
    "waiting-now": (PostState.SCHEDULED, When.NOW, START),
    "waiting-in-a-minute": (PostState.SCHEDULED, When.NOW, START),
    "waiting-soon": (PostState.SCHEDULED, When.TIME, START + timedelta(minutes=28)),
    "waiting-ahead": (PostState.SCHEDULED, When.TIME, START + timedelta(days=2)),
    "waiting-with-a-key": (PostState.SCHEDULED, When.TIME, START + timedelta(days=2)),
    "waiting-over": "due_time",
    "proposed-move": (PostState.SCHEDULED, When.TIME, START + timedelta(days=1)),
    "proposed-at-once": (PostState.SCHEDULED, When.NOW, START),
    "proposed-edit": (PostState.SCHEDULED, When.TIME, START + timedelta(days=4)),
    "proposed-cancel": (PostState.CANCELLED, When.TIME, START + timedelta(days=4)),
    "proposed-again": (PostState.SCHEDULED, When.NOW, START),
    "failed-proposed-move": (PostState.SCHEDULED, When.TIME, START + timedelta(days=5)),
    "late-proposed-move": (PostState.SCHEDULED, When.TIME, START + timedelta(days=5)),
    "missed-proposed-move": (PostState.SCHEDULED, When.TIME, START + timedelta(days=5)),
    # It was not what was proposed before the upgrade, either.
    "edited-since-proposed-move": "state",
}


async def test_a_person_decides_what_waited_and_it_goes_as_it_was_asked(tmp_path: Path) -> None:
    an_earlier_file(tmp_path / "pressroom.db", REVISION)
    decided: dict[str, Any] = {}
    async with opened_road(tmp_path, clock=FakeClock()) as road:
        names = {post.id: name_of(post) for post in road.posts}
        async with program(road, account_name="ana") as planner:
            again = await proposed(
                planner.posts.reschedule("failed-proposed-move", START + timedelta(days=5))
            )
        async with person(road, account_name="ana") as anna:
            waiting = [each.proposal for each in await anna.approvals.list() if each.proposal]
            assert {each.subject_id for each in waiting if each.id == again.proposal_id} == {
                "failed-proposed-move"
            }
            for proposal in waiting:
                name = names[PostId(proposal.subject_id or "")]
                try:
                    post = (await anna.approvals.approve(proposal.id)).post
                except Refused as refusal:
                    decided[name] = refusal.rule
                else:
                    assert post
                    decided[name] = (post.state, post.when, post.due_at)
    assert decided == DECIDED
