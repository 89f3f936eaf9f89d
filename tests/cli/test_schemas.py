"""docs/reference/schemas.json describes what docs/reference/cli.md shows, and each shape has a struct."""

import ast
from pathlib import Path

import pytest

import pressroom
from pressroom.cli.answers import ANSWERS
from pressroom.cli.init import ChangedFiles
from pressroom.core import errors
from pressroom.core.errors import ErrorShape, PressroomError
from pressroom.core.post import Post, PostId, PostKind
from pressroom.core.remedies import Remedy, RemedyKind
from pressroom.core.stored_posts import PostChanged
from pressroom.graph.answers import ContainerId
from tests.cli.shapes import SCHEMAS, SHAPES, assert_described

# What a sandbox's control API answers is printed as it comes.
STEERED = {
    "sandbox state show|import, sandbox reset",
    "sandbox seed",
    "sandbox clock",
    "sandbox fault add",
    "sandbox fault outage",
    "sandbox fault list|clear",
    "sandbox requests",
    "sandbox order",
}
PACKAGE = Path(pressroom.__file__).parent
CONTAINER = ContainerId("1")
WITH_MORE: list[PressroomError] = [
    errors.Refused("x", rule="r", value=1, limit=2, fix=""),
    errors.ContainerFailed("x", container_id=CONTAINER),
    errors.StillProcessing("x", container_id=CONTAINER, fix=""),
    errors.StillWaiting("x", post_id="1", fix=""),
    errors.OutcomeUnknown("x", container_id=CONTAINER, fix=""),
    errors.NeedsApproval("x", fix="", proposal_id="1", state="waiting", post_id="2"),
    PostChanged(Post(id=PostId("2"), kind=PostKind.PHOTO, assets=(), version=3), 1, ()),
    ChangedFiles([], "diff", remedy=Remedy(RemedyKind.OVERWRITE_HELPERS)),
]


def test_every_documented_shape_has_a_struct_and_the_reverse() -> None:
    assert set(ANSWERS) == set(SHAPES) - STEERED
    assert list(SCHEMAS["answers"]) == list(ANSWERS)


@pytest.mark.parametrize("name", ANSWERS)
def test_what_the_page_shows_is_what_its_schema_describes(name: str) -> None:
    assert_described(name, SHAPES[name])


def test_every_shape_says_what_it_is() -> None:
    assert [name for name, shape in SCHEMAS["$defs"].items() if not shape["description"]] == []


@pytest.mark.parametrize("error", WITH_MORE, ids=lambda error: type(error).__name__)
def test_what_an_error_adds_is_in_its_shape(error: PressroomError) -> None:
    assert error.details()
    assert error.details().items() <= error.as_json().items()


@pytest.mark.usefixtures("long_run")
def test_no_error_adds_more_than_those() -> None:
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in PACKAGE.rglob("*.py"))
    classes = (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef))
    add = {one.name for one in classes if any(getattr(part, "name", "") == "details" for part in one.body)}
    assert add - {"PressroomError"} == {type(error).__name__ for error in WITH_MORE}


def test_a_member_that_does_not_apply_is_left_out() -> None:
    assert "rule" not in PressroomError("x").as_json()
    refused = errors.Refused("x", rule="r", fix="").as_json()
    assert list(refused) == [name for name in ErrorShape.__struct_fields__ if name != "diff"][:11]
