"""Whom a session acts for is one rule, whatever the session is used for.

A name comes first, and then nothing of the environment counts; else the account that was handed in, else the
environment's; else the store's default. Nobody at all may plan under the name `default`, and nothing more.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from pressroom.core.errors import GraphError, NotFound, Refused, SignInRequired
from pressroom.core.post import PostState
from pressroom.core.slots import Slot
from pressroom.graph.answers import MediaId
from pressroom.graph.hosts import DEFAULT_BASE, DEFAULT_VERSION
from pressroom.service import Listeners, Pressroom
from pressroom.service.posts.tables.columns import Row
from tests.service.circle import (
    NAMES,
    NOWHERE,
    SOURCES,
    VERSIONS,
    Circle,
    account_of,
    copied,
    homes_of,
    opened_circle,
    person,
    variables_of,
)
from tests.service.road import PHOTO, a_photo

NO_TOKEN = "No token is stored for account 'default'. Sign in: `pressroom auth login --account default`."
ROWS = [
    (number, Row(kind="photo", sources=(PHOTO,), at="+2h", timezone="UTC", caption=f"{number}"))
    for number in range(2)
]
Use = Callable[[Pressroom, Circle], Awaitable[str]]


async def publish(pressroom: Pressroom, circle: Circle) -> str:
    post = await pressroom.publish(a_photo())
    assert circle.published == circle.callers
    return person(post)


async def submit(pressroom: Pressroom, _circle: Circle) -> str:
    planned = await pressroom.posts.submit(a_photo(), at="+2h")
    assert (NO_TOKEN in planned.warnings) == (planned.post.account == "default")
    return person(planned.post)


async def tables(pressroom: Pressroom, _circle: Circle) -> str:
    checked = await pressroom.posts.check_table(ROWS, base=Path())
    stored = await pressroom.posts.store_table(checked)
    (who,) = {person(row.post) for row in stored if row.post}
    return who


async def slots(pressroom: Pressroom, _circle: Circle) -> str:
    """Who is not signed in has no zone in which slots could be meant: that is refused by name."""
    try:
        return (await pressroom.posts.slots.add([Slot(weekday=4, minute=0)])).account
    except Refused as refusal:
        return f"no zone: {NAMES.get(str(refusal.value), str(refusal.value))}"


async def next_slot(pressroom: Pressroom, _circle: Circle) -> str:
    row = Row(kind="photo", sources=(PHOTO,), at="next slot")
    (checked,) = await pressroom.posts.check_table([(1, row)], base=Path())
    try:
        who = person((await pressroom.posts.submit(a_photo(), at="next slot")).post)
    except Refused as refusal:
        assert isinstance(checked.error, Refused)
        return f"no slot: {NAMES.get(str(refusal.value), str(refusal.value))}"
    (stored,) = await pressroom.posts.store_table([checked])
    assert stored.post
    assert person(stored.post) == who
    return who


async def listed(pressroom: Pressroom, _circle: Circle) -> str:
    (who,) = {person(post) for post in (await pressroom.posts.list()).posts}
    return who


async def insights(pressroom: Pressroom, circle: Circle) -> str:
    with suppress(GraphError):
        await pressroom.insights.read(MediaId("17900000000000001"))
    return circle.callers


async def media(pressroom: Pressroom, circle: Circle) -> str:
    assert [found async for found in pressroom.media.list()]
    return circle.callers


async def call(pressroom: Pressroom, circle: Circle) -> str:
    reply = await pressroom.accounts.call("GET", "me", {"fields": "username"})
    assert circle.callers.encode() in reply.body
    return circle.callers


async def worker(pressroom: Pressroom, circle: Circle) -> str:
    """One post of each account is due, and it goes out where the worker has the account's token."""
    await circle.clock.sleep(60)
    assert await pressroom.work.worker_pid() is not None
    return circle.published


SIGN_IN = "sign in"
EXPECTED: dict[Use, tuple[str, ...]] = {  # in the order of SOURCES
    publish: ("ana", "env", "ana", "ana", "gwen", "ben", SIGN_IN),
    submit: ("ana", "env", "ana", "ana", "gwen", "ben", "default"),
    tables: ("ana", "env", "ana", "ana", "gwen", "ben", "default"),
    slots: ("ana", "no zone: env", "ana", "ana", "no zone: gwen", "ben", "no zone: default"),
    next_slot: ("ana", "no slot: env", "ana", "ana", "no slot: gwen", "ben", "no slot: default"),
    listed: ("ana", "env", "ana", "ana", "gwen", "ben", "default"),
    insights: ("ana", "env", "ana", "ana", "gwen", "ben", SIGN_IN),
    media: ("ana", "env", "ana", "ana", "gwen", "ben", SIGN_IN),
    call: ("ana", "env", "ana", "ana", "gwen", "ben", SIGN_IN),
    worker: ("ana ben", "ana ben env", "ana ben", "ana ben", "ana ben gwen", "ana ben", ""),
}
CELLS = [
    pytest.param(use, source, expected, id=f"{use.__name__}, {source}")
    for use, row in EXPECTED.items()
    for source, expected in zip(SOURCES, row, strict=True)
]


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return homes_of(tmp_path_factory.mktemp("homes"))


@pytest.fixture
async def circle(homes: dict[str, Path], tmp_path: Path) -> AsyncGenerator[Circle]:
    """The circle over the data directory with logins."""
    async with opened_circle(copied(homes["default"], tmp_path / "home")) as opened:
        yield opened


@pytest.mark.parametrize(("use", "source", "expected"), CELLS)
async def test_it_acts_for(
    homes: dict[str, Path], tmp_path: Path, use: Use, source: str, expected: str
) -> None:
    async with opened_circle(copied(homes[source], tmp_path / "home")) as circle:
        async with circle.session(source, works=use is worker) as pressroom:
            try:
                assert await use(pressroom, circle) == expected
            except SignInRequired:
                assert expected == SIGN_IN
        assert circle.called <= set(VERSIONS.items()), "each is called in its own version alone"


@pytest.mark.parametrize(
    "environ",
    [
        variables_of(account_of("env")) | {"INSTAGRAM_API_BASE": "nonsense"},
        variables_of(account_of("env")) | {"INSTAGRAM_API_VERSION": "nonsense"},
        {
            "INSTAGRAM_ACCESS_TOKEN": "EAAof-the-other-login",
            "INSTAGRAM_API_BASE": "https://graph.instagram.com",
        },
        {"INSTAGRAM_API_BASE": NOWHERE, "INSTAGRAM_USER_ID": "1"},
    ],
)
async def test_a_name_switches_the_environments_account_off_altogether(
    circle: Circle, environ: dict[str, str]
) -> None:
    async with circle.session("a name", environ=environ, works=True) as pressroom:
        assert await pressroom.accounts.acting() == account_of("ana")
        assert person(await pressroom.publish(a_photo())) == "ana"
    assert circle.called <= set(VERSIONS.items())


async def test_the_environments_version_is_warned_of_where_the_environments_account_is_meant(
    circle: Circle,
) -> None:
    warned = list[str]()
    listeners = Listeners(on_version=lambda version, _warning: warned.append(version))
    circle.sign_in("ana", replace(account_of("ana"), version=DEFAULT_VERSION))
    environ = variables_of(account_of("env")) | {"INSTAGRAM_API_VERSION": "v21.0"}
    async with circle.session("a name", environ=environ, listeners=listeners) as pressroom:
        assert (await pressroom.accounts.acting()).version == "v21.0"
    assert warned == [], "nobody chose the default"
    async with circle.session("environment", environ=environ, listeners=listeners) as pressroom:
        await pressroom.accounts.acting()
    assert warned == ["v21.0"]


@pytest.mark.parametrize("base", [DEFAULT_BASE, account_of("env").api_base])
@pytest.mark.parametrize(
    ("version", "warned_of"),
    [(DEFAULT_VERSION, []), ("v20.0", ["v20.0"]), ("v27.0", []), ("v28.0", ["v28.0"])],
)
async def test_the_version_of_an_account_is_warned_of_unless_it_is_the_default(
    circle: Circle, base: str, version: str, warned_of: list[str]
) -> None:
    """On Meta's own host as on a sandbox: a new installation is not warned of what nobody set."""
    warned = list[str]()
    listeners = Listeners(on_version=lambda version, _warning: warned.append(version))
    account = replace(account_of("env"), api_base=base, version=version)
    async with circle.session("given", account=account, environ={}, listeners=listeners) as pressroom:
        await pressroom.accounts.acting()
    circle.sign_in("env", account)
    async with circle.session("a name", account_name="env", listeners=listeners) as pressroom:
        await pressroom.accounts.acting()
    assert warned == warned_of * 2


@pytest.mark.parametrize("use", [publish, insights, media, call])
async def test_a_name_that_nobody_signed_in_under_has_no_token(circle: Circle, use: Use) -> None:
    async with circle.session("a name", account_name="cem") as pressroom:
        with pytest.raises(NotFound, match="cem"):
            await use(pressroom, circle)
    assert circle.called == set()


async def test_what_is_planned_for_a_name_that_nobody_has_yet_keeps_it(circle: Circle) -> None:
    async with circle.session("a name", account_name="cem") as pressroom:
        planned = await pressroom.posts.submit(a_photo())
    assert planned.post.account == "cem"
    assert any("No token is stored for account 'cem'" in warning for warning in planned.warnings)


async def test_an_account_of_the_environment_is_asked_for_once_who_it_is(circle: Circle) -> None:
    """Its key has to hold whichever token comes next, so that what it stands for is known by user."""
    circle.home = circle.home.parent / "new"
    for number in range(2):
        async with circle.session("environment") as pressroom:
            for key in ("one", "two"):
                again = await pressroom.posts.submit(a_photo(key), at="+2h", idempotency_key=key)
                assert again.is_replay == bool(number)
    assert [recorded.path for recorded in circle.sandboxes["env"].calls()] == ["/v24.0/me"]
    other = variables_of(account_of("env")) | {"INSTAGRAM_USER_ID": account_of("env").user_id}
    async with circle.session("environment", environ=other) as pressroom:
        assert (await pressroom.posts.submit(a_photo("one"), idempotency_key="one")).is_replay


async def test_a_table_that_was_checked_before_it_was_known_who_that_is_is_stored_as_theirs(
    circle: Circle,
) -> None:
    circle.home = circle.home.parent / "new"
    async with circle.session("environment") as pressroom:
        checked = await pressroom.posts.check_table(ROWS, base=Path())
        assert circle.called == set(), "checking makes no call"
        await pressroom.posts.submit(a_photo())
        stored = await pressroom.posts.store_table(checked)
        assert {person(row.post) for row in stored if row.post} == {"env"}
        assert len((await pressroom.posts.list(PostState.SCHEDULED)).posts) == 3


async def test_a_session_goes_on_as_whom_it_began_as(circle: Circle) -> None:
    async with circle.session("default") as pressroom, circle.session("default") as other:
        assert await pressroom.accounts.acting() == account_of("ben")
        await other.accounts.sign_out("ben")
        assert await pressroom.accounts.acting() == account_of("ben")
        assert NAMES[(await pressroom.posts.submit(a_photo(), at="+2h")).post.account] == "ben"
        assert await other.accounts.acting() == account_of("ana"), "the only one that is left"
