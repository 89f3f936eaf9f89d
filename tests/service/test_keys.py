"""Keys of programs: shown once, known by a digest alone, and a person's to give."""

import pytest

from pressroom.core.actor import Scope
from pressroom.core.errors import NeedsApproval, NotFound, Refused
from pressroom.core.secret import Secret, redact_text
from tests.service.consenting import person, program
from tests.service.road import Road


async def test_a_key_is_kept_by_its_digest_alone(road: Road) -> None:
    async with person(road) as pressroom:
        made = await pressroom.keys.add("planner", scopes=["draft"])
        (kept,) = await pressroom.keys.list()
    token = made.token.reveal()
    assert kept == made.key
    assert kept.scopes == (Scope.READ, Scope.DRAFT)
    assert token.startswith(f"prk_{kept.id}_")
    assert token.split("_", 2)[2] not in repr(kept)


async def test_whoever_shows_it_is_its_program(road: Road) -> None:
    async with person(road) as pressroom:
        token = (await pressroom.keys.add("planner")).token
        holder = await pressroom.keys.holder(token)
        assert holder
        assert holder.name == "planner"
        for other in (
            "",
            "prk_",
            token.reveal()[:-1],
            f"{token.reveal()}x",
            token.reveal().replace("prk_", ""),
        ):
            assert await pressroom.keys.holder(Secret(other)) is None


async def test_a_use_is_written_down_once_a_minute(road: Road) -> None:
    async with person(road) as pressroom:
        token = (await pressroom.keys.add("planner")).token
        used = list[object]()
        for _ in range(3):
            await pressroom.keys.holder(token)
            used.append((await pressroom.keys.list())[0].last_used_at)
            road.clock.advance(40)
    assert used[0] == used[1] != used[2]


async def test_only_a_person_gives_and_takes_keys(road: Road) -> None:
    async with program(road) as pressroom:
        with pytest.raises(NeedsApproval):
            await pressroom.keys.add("other")
        with pytest.raises(NeedsApproval):
            await pressroom.keys.revoke("other")


async def test_a_program_has_one_key_at_a_time(road: Road) -> None:
    async with person(road) as pressroom:
        await pressroom.keys.add("planner")
        with pytest.raises(Refused, match="has a key already"):
            await pressroom.keys.add("planner")
        await pressroom.keys.revoke("planner")
        assert (await pressroom.keys.add("planner")).key.is_good(road.clock.now())


@pytest.mark.parametrize(
    ("given", "rule"),
    [
        ({"name": ""}, "actor_name"),
        ({"scopes": []}, "key_scopes"),
        ({"scopes": ["admin"]}, "key_scopes"),
        ({"ends_at": "2020-01-01"}, "key_end"),
    ],
)
async def test_what_cannot_be_a_key_is_refused(road: Road, given: dict[str, object], rule: str) -> None:
    async with person(road) as pressroom:
        with pytest.raises(Refused) as error:
            await pressroom.keys.add(**{"name": "planner", **given})  # pyright: ignore[reportArgumentType]
    assert error.value.rule == rule


async def test_a_key_that_is_none_cannot_be_taken_back(road: Road) -> None:
    async with person(road) as pressroom:
        with pytest.raises(NotFound, match="no key 'planner' that lets in"):
            await pressroom.keys.revoke("planner")


async def test_a_key_is_known_for_a_secret_wherever_it_is_found(road: Road) -> None:
    async with person(road) as pressroom:
        token = (await pressroom.keys.add("planner")).token.reveal()
    assert token not in redact_text(f"key {token}, and so on")
    assert redact_text("prk_is_no_key") == "prk_is_no_key"
