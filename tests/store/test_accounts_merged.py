"""An account is a user: what was kept under several names of one becomes one, and nothing goes out twice."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import URL, text

from pressroom.core.account import UNTIL_RESUMED, Pause, Spending, account_id
from pressroom.core.assets import Asset
from pressroom.core.errors import KeyReused, NotFound, Refused
from pressroom.core.post import Attention, Post, PostId, PostState, SendState
from pressroom.core.slots import Slot
from pressroom.core.stored_posts import HeldKey, PostKey, PostQuery, PostSave, content_hash
from pressroom.graph.answers import UserId
from pressroom.store.store import Store, open_store
from pressroom.store.upkeep import check, upgrade
from pressroom.store.writing import update_post
from tests.fakes.clock import FakeClock
from tests.slow import STORES
from tests.store.earlier import an_earlier_file, dump_of, fill
from tests.store.postgres import a_database
from tests.store.posts import a_post, after, changed, live, publishing, stored
from tests.store.test_others import a_bundle

# A store with posts in every state.
EARLIER = dump_of("0002")
BASE = "https://graph.instagram.com"
ONE, OTHER = "17841400000000001@instagram", "17841400000000002@instagram"


@pytest.fixture
def earlier_file(tmp_path: Path) -> Path:
    return an_earlier_file(tmp_path / "pressroom.db", "0002")


@pytest.fixture(scope="module", params=STORES)
def upgraded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One for all the tests that look at it: upgrading takes longer than they do."""
    file = an_earlier_file(tmp_path_factory.mktemp("earlier") / "pressroom.db", "0002")
    if request.param == "sqlite":
        with open_store(file, clock=FakeClock()) as store:
            yield store
        return
    server: URL = request.getfixturevalue("postgres")
    with a_database(server) as url:
        fill(url, file, "0002")
        address = url.render_as_string(hide_password=False)
        assert upgrade(address).before == "0002"
        with open_store(address, clock=FakeClock()) as store:
            yield store


def post(store: Store, name: str) -> Post:
    return store.posts.get(PostId(name))


def test_an_earlier_store_goes_on_with_every_post(upgraded: Store) -> None:
    with closing(sqlite3.connect(":memory:")) as before:
        before.executescript(EARLIER)
        ids = {row[0] for row in before.execute("SELECT id FROM posts")}
    assert {one.id for one in upgraded.posts.list(PostQuery(limit=100)).posts} == ids


def test_an_earlier_history_is_that_of_its_posts(upgraded: Store) -> None:
    (event,) = upgraded.events.list("fb-open")
    assert (event.post_id, event.step, event.actor) == ("fb-open", "container_created", None)
    assert post(upgraded, "fb-open").actor is None


def test_an_upgraded_file_is_sound(earlier_file: Path, clock: FakeClock) -> None:
    open_store(earlier_file, clock=clock).close()
    assert check(earlier_file) == []


@pytest.mark.parametrize(
    "damage", ["'{'", "'{}'", """json_set(details, '$.options.cover', json('{"x":1}'))"""]
)
def test_a_post_that_is_damaged_keeps_no_other_from_being_upgraded(
    earlier_file: Path, clock: FakeClock, damage: str
) -> None:
    with closing(sqlite3.connect(earlier_file)) as connection:
        connection.execute(f"UPDATE posts SET details = {damage} WHERE id = 'shop-published'")  # noqa: S608  # ours
        connection.commit()
    with open_store(earlier_file, clock=clock) as store:
        assert post(store, "env-live").account == ONE
        held = store.posts.held_key(PostKey("shop", "", "key-published"))
    assert held
    assert held.post_id == "shop-published"


@pytest.mark.parametrize(
    ("earlier", "account"),
    [("17841@localhost:8077", "17841@127.0.0.1:8077"), ("17841@at:home", "17841@at:home")],
)
def test_this_machine_is_one_host_whatever_it_was_called(
    earlier_file: Path, clock: FakeClock, earlier: str, account: str
) -> None:
    """The environment's base was `http://localhost:8077`; what is no address stays what it is."""
    with closing(sqlite3.connect(earlier_file)) as connection:
        connection.execute("INSERT INTO accounts (name, is_default) VALUES (?, FALSE)", (earlier,))
        connection.execute("UPDATE posts SET account = ? WHERE id = 'on-a-sandbox'", (earlier,))
        connection.commit()
    with open_store(earlier_file, clock=clock) as store:
        assert post(store, "on-a-sandbox").account == account


def test_names_of_one_user_become_one_account(upgraded: Store) -> None:
    names = {"shop-draft": "shop", "fb-open": "shop-fb", "env-live": "shop"}
    assert {name: (post(upgraded, name).account, post(upgraded, name).account_name) for name in names} == {
        name: (ONE, login) for name, login in names.items()
    }
    assert [one.account for one in upgraded.accounts.list()] == [
        OTHER,
        ONE,
        ONE,
        account_id(UserId("17841400000000001"), "http://127.0.0.1:8080"),
    ]


def test_what_is_on_a_sandbox_or_cannot_be_told_yet_stays_apart(upgraded: Store) -> None:
    assert post(upgraded, "on-a-sandbox").account == "17841400000000001@127.0.0.1:8080"
    assert post(upgraded, "me").account == "me-0123456789ab@instagram"
    assert post(upgraded, "planned-early").account == "nobody"


def test_one_account_has_one_open_send_and_a_person_is_asked_about_the_other(upgraded: Store) -> None:
    assert upgraded.posts.open_send("shop") == upgraded.posts.open_send(ONE) == "shop-open"
    asked = post(upgraded, "fb-open")
    assert (asked.state, asked.attention) == (PostState.NEEDS_ATTENTION, Attention.OUTCOME_UNKNOWN)
    assert asked.sends[-1].state is SendState.ABANDONED
    assert "two names" in (asked.problem or "")


def test_a_key_stands_for_the_post_that_is_further_and_the_unsent_twin_is_cancelled(upgraded: Store) -> None:
    for key, stands, twins in (
        ("key-published", "shop-published", ("fb-same-key", "env-same-key")),
        ("twice", "env-live", ("shop-not-yet",)),
    ):
        held = upgraded.posts.held_key(PostKey("shop-fb", "", key))
        assert held
        assert (held.post_id, post(upgraded, stands).state) == (stands, PostState.PUBLISHED)
        for twin in twins:
            assert post(upgraded, twin).state is PostState.CANCELLED
            assert stands in (post(upgraded, twin).problem or "")


def test_other_content_under_a_key_is_no_twin(upgraded: Store) -> None:
    assert post(upgraded, "env-other-content").state is PostState.SCHEDULED


def test_the_ledger_slots_and_pauses_are_one(upgraded: Store) -> None:
    assert len(upgraded.quota.spent("shop", Spending.PUBLISH, after(-100))) == len(
        {"900", "env-live", "shop-published"}
    )
    reading = upgraded.quota.reading("shop-fb")
    assert reading
    assert reading.usage == 7
    assert upgraded.slots.list("shop") == (Slot(0, 540), Slot(1, 600))
    assert upgraded.accounts.pause_of("shop") == Pause(UNTIL_RESUMED, "Instagram answered 190.", code=190)
    assert upgraded.accounts.reserve_slot("shop", not_before=after(0), gap_s=30) == after(80)


@pytest.mark.parametrize(
    "name", ["shop-draft", "shop-scheduled", "shop-ready", "shop-published", "shop-missed"]
)
def test_a_key_of_before_is_known_again_from_another_directory_too(upgraded: Store, name: str) -> None:
    earlier = post(upgraded, name)
    moved = _elsewhere(earlier)
    again = a_post(account="shop", idempotency_key=earlier.idempotency_key)
    added = upgraded.posts.add(again, content_hash(moved))
    assert (added.post.id, added.is_replay) == (earlier.id, True)
    with pytest.raises(KeyReused):
        upgraded.posts.add(again, content_hash(a_post(account="shop")))


def _elsewhere(given: Post) -> Post:
    """The same post with its copies in another data directory."""

    def moved(asset: Asset) -> Asset:
        return replace(asset, copy=(asset.copy or "").replace("/home/me", "/srv"))

    cover = moved(given.options.cover) if given.options.cover else None
    assets = tuple(moved(asset) for asset in given.assets)
    return replace(given, assets=assets, options=replace(given.options, cover=cover))


def test_a_key_whose_post_was_edited_since_makes_no_second_post(upgraded: Store) -> None:
    """Which content it came with can no longer be told."""
    added = upgraded.posts.add(a_post(account="shop", idempotency_key="edited"), content_hash(a_post()))
    assert (added.post.id, added.is_replay) == ("edited", True)


def test_what_was_planned_under_a_name_is_the_accounts_that_signs_in_under_it(store: Store) -> None:
    planned = stored(store, account="shop", idempotency_key="k")
    store.accounts.put(a_bundle("shop"))
    now = store.posts.get(planned.id)
    assert (now.account, now.account_name) == ("17841@instagram", "shop")
    assert now.revision > planned.revision, "who drives it at this moment looks again"
    assert store.posts.held_key(PostKey("17841@instagram", "", "k"))
    assert store.posts.add(a_post(account="shop", idempotency_key="k")).is_replay


def test_a_name_that_comes_to_mean_another_user_takes_no_post_along(store: Store) -> None:
    store.accounts.put(a_bundle("shop"))
    planned = stored(store, account="shop")
    store.accounts.put(a_bundle("shop", user_id=UserId("2")))
    now = store.posts.get(planned.id)
    assert (now.account, now.login, now.account_name) == ("17841@instagram", None, "17841")
    with pytest.raises(NotFound):
        store.accounts.get(now.account)


def test_another_kind_of_login_is_the_same_account(store: Store) -> None:
    store.accounts.put(a_bundle("ig"))
    store.accounts.put(a_bundle("fb", api_base="https://graph.facebook.com", is_default=True))
    one, other = stored(store, account="ig"), stored(store, account="fb")
    assert {one.account, other.account} == {"17841@instagram"}
    assert (one.login, other.login) == ("ig", "fb")
    store.posts.save(publishing(one), one)
    assert store.posts.open_send("fb") == one.id
    assert store.accounts.get("17841@instagram").name == "fb", "the default one"
    store.accounts.remove("ig")
    assert store.posts.get(one.id).login == "fb", "another login stands in"


def test_an_id_that_only_one_app_knows_is_learnt_to_be_the_account(store: Store) -> None:
    app_scoped, user = account_id(UserId("999"), BASE), account_id(UserId("17841"), BASE)
    assert store.accounts.known(app_scoped) is None
    left = stored(store, account=app_scoped)
    store.accounts.learn(user, [app_scoped])
    assert store.accounts.known(app_scoped) == store.accounts.known(user) == user
    assert store.posts.get(left.id).account == user
    assert stored(store, account=app_scoped).account == user


def test_a_send_that_is_being_opened_while_two_accounts_become_one_is_found(
    postgres: URL, clock: FakeClock
) -> None:
    """On a server a sign-in meets those who publish at this moment."""
    user, alias = account_id(UserId("17841"), BASE), account_id(UserId("999"), BASE)
    with (
        a_database(postgres) as url,
        open_store(url.render_as_string(hide_password=False), clock=clock) as store,
    ):
        one, other = stored(store, account=user), stored(store, account=alias)
        store.posts.save(publishing(one), one)
        with ThreadPoolExecutor(1) as thread:
            with store.database.writing() as connection:
                update_post(store.database, connection, PostSave(publishing(other), other))
                learnt = thread.submit(store.accounts.learn, user, [alias])
                _wait_until_it_waits(store, learnt)
            learnt.result()
        assert {post(store, each.id).account for each in (one, other)} == {user}
        assert (store.posts.open_send(user), post(store, other.id).state) == (
            one.id,
            PostState.NEEDS_ATTENTION,
        )


def _wait_until_it_waits(store: Store, thread: Future[None]) -> None:
    ours = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    waiting = text(f"{ours} AND wait_event_type = 'Lock'")
    while not thread.done():
        with store.database.reading() as connection:
            if connection.execute(waiting).scalar_one():
                return


def test_a_key_stands_for_the_live_post_rather_than_for_one_in_doubt(store: Store) -> None:
    """Else a repeat of the key says that nobody can tell, beside the post that is live."""
    user, alias = account_id(UserId("17841"), BASE), account_id(UserId("999"), BASE)
    doubtful, done = (stored(store, account=who, idempotency_key="k") for who in (user, alias))
    for one in (doubtful, done):
        sent = publishing(one)
        store.posts.save(sent, one)
        over = live(sent) if one is done else abandoned(sent)
        store.posts.save(over, sent)
    store.accounts.learn(user, [alias])
    assert store.posts.held_key(PostKey(user, "", "k")) == HeldKey(done.id, "")


@pytest.mark.parametrize("ended", [PostState.FAILED, PostState.MISSED])
@pytest.mark.parametrize("is_older", [True, False])
def test_a_post_that_is_to_go_out_is_not_cancelled_for_a_twin_that_never_will(
    store: Store, ended: PostState, *, is_older: bool
) -> None:
    user, alias = account_id(UserId("17841"), BASE), account_id(UserId("999"), BASE)
    owners = (user, alias) if is_older else (alias, user)
    dead, planned = (stored(store, account=who, idempotency_key="k") for who in owners)
    store.posts.save(changed(dead, state=ended), dead)
    store.accounts.learn(user, [alias])
    assert store.posts.get(planned.id).state is PostState.SCHEDULED
    assert store.posts.held_key(PostKey(user, "", "k")) == HeldKey(planned.id, "")


def abandoned(sent: Post) -> Post:
    sends = tuple(replace(send, state=SendState.ABANDONED) for send in sent.sends)
    doubt = Attention.OUTCOME_UNKNOWN
    return changed(sent, state=PostState.NEEDS_ATTENTION, attention=doubt, sends=sends)


def test_an_account_is_found_by_its_number(store: Store) -> None:
    store.accounts.put(a_bundle("shop"))
    assert stored(store, account="17841").account == "17841@instagram"
    assert store.accounts.get("17841").name == "shop"


def test_what_was_planned_under_the_number_is_the_users_whatever_the_login_is_called(store: Store) -> None:
    planned = stored(store, account="17841", idempotency_key="k")
    other = stored(store, account="999")
    store.accounts.put(a_bundle("shop"))
    store.accounts.learn(account_id(UserId("999"), BASE), [])
    now = [store.posts.get(one.id).account for one in (planned, other)]
    assert now == ["17841@instagram", "999@instagram"]
    assert store.posts.add(a_post(account="shop", idempotency_key="k")).is_replay


@pytest.mark.parametrize(
    ("name", "fix"),
    [
        ("@shop", "out: shop."),
        ("a@b", "out: ab."),
        ("", "Give it one"),
        (" ", "Give it one"),
        ("shop\n", "shop"),
    ],
)
def test_what_cannot_be_seen_and_typed_or_is_an_id_is_no_name(store: Store, name: str, fix: str) -> None:
    with pytest.raises(Refused) as refusal:
        store.accounts.put(a_bundle(name))
    assert (refusal.value.rule, fix in refusal.value.fix) == ("account_name", True)


def test_the_number_of_another_user_is_no_name(store: Store) -> None:
    with pytest.raises(Refused) as refusal:
        store.accounts.put(a_bundle("999"))
    assert (refusal.value.value, refusal.value.limit) == ("999", "17841")
    store.accounts.put(a_bundle("17841"))
    assert stored(store, account="17841").account == "17841@instagram"


@pytest.mark.parametrize("name", ["@shop", "", "\x1b[31m"])
def test_nothing_is_planned_for_what_nobody_can_sign_in_as(store: Store, name: str) -> None:
    with pytest.raises(Refused) as refusal:
        stored(store, account=name)
    assert refusal.value.rule == "account_name"
    assert store.posts.list(PostQuery()).posts == ()
