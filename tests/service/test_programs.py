"""Programs that come with keys: who they are, and that a key limited to accounts reaches those alone."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pressroom.accounts.vault import open_vault
from pressroom.core.account import Account, AccountId, account_id
from pressroom.core.actor import Actor, Scope
from pressroom.core.errors import NotFound, PressroomError, Refused
from pressroom.core.journal import TrailQuery
from pressroom.core.post import Post, PostId
from pressroom.core.secret import Secret
from pressroom.core.stored_posts import PostQuery
from pressroom.service import Pressroom
from pressroom.service.programs.programs import Program, Programs
from tests.service.consenting import a_file, a_picture, person, program, proposed
from tests.service.road import Road

ANA, RIVAL = AccountId("17841400000000011@instagram"), AccountId("17841400000000012@instagram")
NOWHERE = "0" * 32


@dataclass
class House:
    """Accounts ana and rival, of each of which a post and its proposal wait; and who comes with a key."""

    road: Road
    programs: Programs
    posts: dict[str, Post]
    proposals: dict[str, str]

    def sign_in(self, name: str, account: AccountId, *, is_default: bool = False) -> None:
        user_id, _, _ = account.partition("@")
        token = Secret(f"token of {name}")
        vault = open_vault(self.road.store, self.road.settings)
        vault.keep(
            name,
            Account(token=token, user_id=user_id),
            obtained_at=self.road.clock.now(),
            timezone="UTC",
            is_default=is_default,
        )

    async def key(self, name: str = "planner", *accounts: str, **more: Any) -> Secret:
        async with person(self.road) as pressroom:
            return (await pressroom.keys.add(name, accounts=accounts, **more)).token

    async def come(self, token: Secret) -> Program:
        coming = await self.programs.of(token)
        assert coming
        return coming

    async def limited(self, *accounts: str) -> Program:
        return await self.come(await self.key("limited", *accounts))


@pytest.fixture
async def house(road: Road, tmp_path: Path) -> AsyncGenerator[House]:
    async with a_house(road, tmp_path) as opened:
        yield opened


@asynccontextmanager
async def a_house(road: Road, folder: Path, names: tuple[str, ...] = ()) -> AsyncGenerator[House]:
    async with person(road) as owner, aclosing(Programs(owner, road.session_of, names)) as programs:
        opened = House(road, programs, {}, {})
        opened.sign_in("ana", ANA)
        opened.sign_in("rival", RIVAL, is_default=True)
        for name in ("ana", "rival"):
            async with program(road, "limited", account_name=name) as pressroom:
                wanted = pressroom.posts.submit(a_picture(a_file(folder, f"{name}.jpg"), name), at="+3h")
                waits = await proposed(wanted)
            opened.posts[name] = road.post(PostId(waits.post_id or ""))
            opened.proposals[name] = waits.proposal_id or ""
        yield opened


async def refusal(asking: Awaitable[object]) -> PressroomError:
    try:
        await asking
    except PressroomError as error:
        return error
    raise AssertionError("it was let through")


async def acts_for(coming: Program, name: str | None = None) -> str:
    return (await (await coming.sessions.of(name)).accounts.acting()).user_id


async def test_a_key_brings_its_program_its_scopes_and_its_accounts(house: House) -> None:
    coming = await house.come(await house.key("planner", "ana", scopes=[Scope.DRAFT]))
    assert (coming.actor.id, coming.sessions.accounts) == ("program:planner", (ANA,))
    coming.require(Scope.READ)
    coming.require(Scope.DRAFT)
    with pytest.raises(Refused, match="not for publish"):
        coming.require(Scope.PUBLISH)
    assert (await house.come(await house.key("whole"))).sessions.accounts is None


async def test_a_program_has_one_session_an_account_however_many_ask_at_once(house: House) -> None:
    token = await house.key("planner", "ana", "rival")
    first, second = await asyncio.gather(house.come(token), house.come(token))
    assert first is second
    sessions = await asyncio.gather(*[first.sessions.of(name) for name in ("ana", "ana", "rival", "rival")])
    assert len({id(session) for session in sessions}) == 2


async def test_a_key_that_is_revoked_or_has_ended_lets_nobody_in_from_the_next_request_on(
    house: House,
) -> None:
    revoked, ending = await house.key("planner", "ana"), await house.key("ending", "ana", ends_at="+1h")
    for token in (revoked, ending):
        await house.come(token)
    async with person(house.road) as pressroom:
        await pressroom.keys.revoke("planner")
    house.road.clock.advance(3600)
    assert [await house.programs.of(token) for token in (revoked, ending)] == [None, None]


async def _after(house: House, coming: Program, subject_id: str) -> object:
    async with person(house.road) as pressroom:
        query = PostQuery(accounts=coming.sessions.accounts)
        return await pressroom.approvals.list(query, after=subject_id)


ASKED: dict[str, tuple[Callable[[House, Program, str], Awaitable[object]], Callable[[House, str], str]]] = {
    "account": (lambda _, coming, name: coming.sessions.of(name), lambda _, name: name),
    "post": (
        lambda _, coming, post_id: coming.sessions.of_post(post_id),
        lambda house, name: house.posts[name].id if name in house.posts else NOWHERE,
    ),
    "proposal": (
        lambda _, coming, proposal_id: coming.sessions.proposal(proposal_id),
        lambda house, name: house.proposals.get(name, NOWHERE),
    ),
    "place in what waits": (
        _after,
        lambda house, name: house.proposals.get(name, NOWHERE),
    ),
}


@pytest.mark.parametrize("subject", ASKED)
async def test_what_is_of_another_account_is_told_in_the_words_of_what_is_not_there(
    house: House, subject: str
) -> None:
    ask, id_of = ASKED[subject]
    coming = await house.limited("ana")
    await ask(house, coming, id_of(house, "ana"))
    theirs, none = id_of(house, "rival"), id_of(house, "nemo")
    refused, missing = await refusal(ask(house, coming, theirs)), await refusal(ask(house, coming, none))
    assert isinstance(refused, NotFound)
    told = str(refused.as_json())
    assert told.replace(theirs, none) == str(missing.as_json())
    assert str(RIVAL) not in told


async def test_where_the_command_line_names_accounts_a_limited_key_is_told_none_of_them(
    road: Road, tmp_path: Path
) -> None:
    async with a_house(road, tmp_path, names=("rival",)) as house:
        whole, limited = await house.come(await house.key("whole")), await house.limited("ana")
        with pytest.raises(Refused, match="did not allow account 'ana'"):
            await whole.sessions.of("ana")
        for name in ("ana", "rival", None):
            refused = await refusal(limited.sessions.of(name))
            assert isinstance(refused, NotFound)
            assert "there are: none." in refused.message
        for name in ("ana", "rival"):
            assert isinstance(await refusal(limited.sessions.of_post(house.posts[name].id)), NotFound)
            assert isinstance(await refusal(limited.sessions.proposal(house.proposals[name])), NotFound)


async def test_without_a_name_it_acts_for_the_default_account_or_for_the_first_that_it_may(
    house: House,
) -> None:
    rival, ana = RIVAL.partition("@")[0], ANA.partition("@")[0]
    assert await acts_for(await house.come(await house.key("both", "ana", "rival"))) == rival
    assert await acts_for(await house.limited("ana")) == ana


async def test_an_account_is_named_by_its_id_too_as_some_answers_do(house: House) -> None:
    limited, free = await house.limited("rival"), await house.come(await house.key())
    assert await limited.sessions.of(RIVAL) is await limited.sessions.of("rival")
    assert await free.sessions.of(ANA) is await free.sessions.of("ana")
    with pytest.raises(NotFound):
        await limited.sessions.of(ANA)


async def test_the_account_of_a_token_in_the_environment_is_named_as_answers_name_it(road: Road) -> None:
    def opens(actor: Actor, _account: str | None) -> Pressroom:
        return road.pressroom(actor=actor)

    async with person(road) as owner, aclosing(Programs(owner, opens)) as programs:
        coming = await programs.of((await owner.keys.add("planner")).token)
        assert coming
        named = (await (await coming.sessions.of()).accounts.standings(asks=False))[0].name
        assert await coming.sessions.of(named) is await coming.sessions.of()
        with pytest.raises(NotFound):
            await coming.sessions.of("nobody")


async def test_a_post_is_acted_on_for_its_own_account_and_for_no_default(house: House) -> None:
    coming = await house.limited("ana")
    pressroom, post = await coming.sessions.of_post(house.posts["ana"].id)
    assert (post.account, (await pressroom.accounts.acting()).user_id) == (ANA, ANA.partition("@")[0])
    async with person(house.road) as owner:
        await owner.accounts.sign_out("ana")
    pressroom, post = await coming.sessions.of_post(house.posts["ana"].id)
    assert (post.account, post.login) == (ANA, None)
    assert isinstance(await refusal(pressroom.accounts.acting()), NotFound)


async def test_a_login_may_be_called_otherwise_and_another_one_of_the_account_is_as_good(
    house: House,
) -> None:
    coming = await house.limited("ana")
    house.sign_in("second", ANA)
    assert [login.name for login in await coming.sessions.logins()] == ["ana", "second"]
    async with person(house.road) as pressroom:
        await pressroom.accounts.sign_out("ana")
    house.sign_in("shop", ANA)
    assert await acts_for(coming, "shop") == ANA.partition("@")[0]
    # The name is another account's now.
    house.sign_in("ana", RIVAL)
    assert isinstance(await refusal(coming.sessions.of("ana")), NotFound)
    assert (await coming.sessions.of_post(house.posts["ana"].id))[1].account == ANA


async def test_an_account_that_turns_out_to_be_another_takes_its_keys_along(house: House) -> None:
    token = await house.key("planner", "ana")
    before, real = await house.come(token), account_id("17841400000000099", "https://graph.instagram.com")
    house.road.store.accounts.learn(real, [ANA])
    after = await house.come(token)
    assert (before.sessions.accounts, after.sessions.accounts) == ((ANA,), (real,))
    assert (await after.sessions.of_post(house.posts["ana"].id))[1].account == real


async def test_a_server_whose_keys_come_and_go_keeps_open_what_good_keys_use_and_no_more(
    road: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, exits = set[Pressroom](), Pressroom.__aexit__

    def opens(actor: Actor, name: str | None) -> Pressroom:
        session = road.session_of(actor, name)
        opened.add(session)
        return session

    async def leaves(session: Pressroom, *why: object) -> None:
        opened.discard(session)
        await exits(session, *why)

    monkeypatch.setattr(Pressroom, "__aexit__", leaves)
    async with person(road) as owner, aclosing(Programs(owner, opens, clock=road.clock)) as programs:

        async def comes(name: str, **more: Any) -> Program:
            coming = await programs.of((await owner.keys.add(name, **more)).token)
            assert coming
            await coming.sessions.of()
            return coming

        stays, gone = await comes("stays"), list[Program]()
        for day in range(5):
            revoked, ends = await comes(f"revoked {day}"), await comes(f"ends {day}", ends_at="+1h")
            await owner.keys.revoke(f"revoked {day}")
            road.clock.advance(60)
            # What was begun with the others may still be under way.
            await comes(f"beside {day}")
            gone += [revoked, ends]
            assert len(opened) == 4
            assert revoked in programs.living()
            road.clock.advance(24 * 3600)
            await owner.keys.revoke(f"beside {day}")
        await comes("last")
        assert len(opened) == 2
        assert stays in programs.living()
        assert not set(programs.living()) & set(gone)
        assert await stays.sessions.of() in opened
    assert not opened


async def test_lists_hold_what_is_of_its_accounts_alone(house: House) -> None:
    async with person(house.road) as pressroom:
        await pressroom.approvals.allow(
            "program:planner", verbs=["publish"], accounts=["ana", "rival"], per_day=1
        )
        await pressroom.approvals.allow("program:planner", verbs=["publish"], accounts=["rival"], per_day=1)
        await pressroom.accounts.pause("rival", "Not now")
        posts = await pressroom.posts.find(PostQuery(accounts=(ANA,)))
        waiting = await pressroom.approvals.list(PostQuery(accounts=(ANA,)))
        trail = await pressroom.work.trail(TrailQuery(accounts=(ANA,)))
        grants = await pressroom.approvals.allowed(accounts=(ANA,))
        both = await pressroom.posts.find(PostQuery(accounts=(ANA, RIVAL)))
        none = await pressroom.posts.find(PostQuery(accounts=()))
    assert [post.id for post in posts.posts] == [house.posts["ana"].id]
    assert [one.id for one in waiting] == [house.proposals["ana"]]
    assert {entry.account for entry in trail.entries} == {"ana"}
    assert [grant.accounts for grant in grants] == [(ANA,)]
    assert (len(both.posts), none.posts) == (2, ())


async def test_changes_of_its_accounts_alone_are_followed(house: House) -> None:
    async with person(house.road) as pressroom:
        start = await pressroom.work.cursor()
        for name in ("rival", "ana"):
            await pressroom.accounts.pause(name, "Not now")
        async with aclosing(pressroom.work.changes(start, accounts=(ANA,))) as changes:
            assert (await anext(changes)).account == ANA


@pytest.mark.parametrize("account", ["nemo", ""])
async def test_a_key_for_an_account_that_nobody_is_signed_in_to_is_refused_with_those_there_are(
    house: House, account: str
) -> None:
    with pytest.raises(Refused) as refused:
        await house.key("planner", "ana", account)
    assert (refused.value.rule, refused.value.limit) == ("key_accounts", ["ana", "rival"])
