"""Who acts."""

import pytest

from pressroom.core.actor import LONGEST_ACTOR_NAME, Actor, ActorId, ActorKind, actor_of, shown_id
from pressroom.core.errors import Refused


@pytest.mark.parametrize("kind", ActorKind)
def test_an_actor_is_known_by_kind_and_name(kind: ActorKind) -> None:
    actor = Actor(kind, "weekly planner")
    assert actor.id == f"{kind}:weekly planner"
    assert actor_of(actor.id) == actor
    assert actor.is_program == (kind is ActorKind.PROGRAM)


def test_a_name_may_hold_a_colon() -> None:
    assert actor_of(ActorId("program:mcp:desk")) == Actor(ActorKind.PROGRAM, "mcp:desk")


@pytest.mark.parametrize("name", ["", " ", " x", "a\nb", "\x1b[2J", "x" * (LONGEST_ACTOR_NAME + 1)])
def test_a_name_that_cannot_be_shown_in_a_line_is_refused(name: str) -> None:
    with pytest.raises(Refused) as refusal:
        Actor(ActorKind.PERSON, name)
    assert refusal.value.rule == "actor_name"


LOOKS_LIKE_CLAUDE = "cl\N{CYRILLIC SMALL LETTER A}ude"


def test_a_program_that_borrows_letters_is_marked_where_it_is_shown() -> None:
    program = Actor(ActorKind.PROGRAM, LOOKS_LIKE_CLAUDE)
    assert program.shown == f"[Cyrillic and Latin letters] {LOOKS_LIKE_CLAUDE}"
    assert shown_id(program.id) == f"program:{program.shown}"
    assert actor_of(program.id).name == LOOKS_LIKE_CLAUDE


def test_a_person_and_a_program_of_one_script_are_not() -> None:
    assert Actor(ActorKind.PERSON, LOOKS_LIKE_CLAUDE).shown == LOOKS_LIKE_CLAUDE
    assert shown_id(ActorId("program:планер")) == "program:планер"


@pytest.mark.parametrize("actor_id", ["", "planner", "robot:planner", "Person:me"])
def test_what_names_no_kind_is_no_actor(actor_id: str) -> None:
    with pytest.raises(Refused) as refusal:
        actor_of(ActorId(actor_id))
    assert refusal.value.rule == "actor"
