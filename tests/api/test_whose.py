"""A key of one account finds nothing of another's, and a program nothing of another program's.

What is asked for comes from the table: each operation that names something in its path, or an account.
"""

from collections.abc import Mapping

from tests.api.asking import KEYED, NOBODY, fields_of, kept, well_formed
from tests.api.filled import Filled
from tests.api.house import Got
from tests.api.test_accounts import sign_in_to_another

OF_PROGRAMS = ("upload_id", "report_id", "proposal_id")
"""What is a program's own, whatever its key is for."""
# Who sends a file chooses its id, which another's is no hindrance to: tests/api/test_media.py.
NAMING = [operation for operation in KEYED if operation.name != "put_upload"]


async def test_what_is_of_another_account_is_answered_as_what_is_not_there(full: Filled) -> None:
    sign_in_to_another(full.house)
    bobs = await full.house.client("bobs", accounts=("bob",))
    await bobs.get("/posts")
    before = kept(full.world.road.settings)
    for operation in NAMING:
        for place in operation.places:
            for thing in full.things[place][:3]:
                answer = await well_formed(operation, **{place: thing}).ask(bobs)
                nothing = await well_formed(operation).ask(bobs)
                assert answer.status == 404, (operation.name, thing, answer.content)
                assert told(answer, thing) == told(nothing, NOBODY[place]), operation.name
    assert kept(full.world.road.settings) == before


async def test_what_is_of_another_program_is_answered_as_what_is_not_there(full: Filled) -> None:
    other = await full.house.client("other")
    await other.get("/posts")
    before = kept(full.world.road.settings)
    asked = [(each, place) for each in NAMING for place in each.places if place in OF_PROGRAMS]
    for operation, place in asked:
        (thing,) = full.things[place]
        answer = await well_formed(operation, **{place: thing}).ask(other)
        nothing = await well_formed(operation).ask(other)
        assert answer.status == 404, (operation.name, answer.content)
        assert told(answer, thing) == told(nothing, NOBODY[place]), operation.name
    assert kept(full.world.road.settings) == before


async def test_an_account_that_a_key_is_not_for_is_answered_as_none(full: Filled) -> None:
    sign_in_to_another(full.house)
    bobs = await full.house.client("bobs", accounts=("bob",))
    await bobs.get("/posts")
    before = kept(full.world.road.settings)
    for operation in KEYED:
        wish = well_formed(operation)
        if "account" in operation.query.__struct_fields__:
            ana, nobody = await wish.ask(bobs, account="ana"), await wish.ask(bobs, account="nobody")
        elif operation.body and "account" in fields_of(operation):
            bodies = [{**wish.body, "account": name} for name in ("ana", "nobody")]
            ana, nobody = [await bobs.ask(operation.method, wish.path, body) for body in bodies]
        else:
            continue
        # What tells of the whole server is for no such key, whomever it names.
        assert ana.status == 404 or ana.json["rule"] == "key_accounts", (operation.name, ana.content)
        assert told(ana, "ana") == told(nobody, "nobody"), operation.name
    assert kept(full.world.road.settings) == before


async def test_lists_hold_nothing_of_another_account(full: Filled) -> None:
    """Neither its name, nor an id of anything that it has."""
    sign_in_to_another(full.house)
    bobs = await full.house.client("bobs", accounts=("bob",))
    secret = ["17841400000000001", *(thing for things in full.things.values() for thing in things)]
    secret.remove("ana")
    lists = [each for each in KEYED if each.method == "GET" and not each.places]
    for operation in lists:
        answer = await well_formed(operation).ask(bobs)
        found = [thing for thing in secret if thing.encode() in answer.content]
        assert not found, (operation.name, answer.content[:600])
        assert b'"ana"' not in answer.content, (operation.name, answer.content[:600])


def told(answer: Got, thing: str) -> tuple[int, Mapping[str, object], list[str]]:
    """Return what an answer tells but the thing that was asked for."""
    text = answer.content.replace(thing.encode(), b"...")
    return answer.status, {"text": text}, sorted(answer.headers)
