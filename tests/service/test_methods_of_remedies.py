"""Every method that a remedy names is one of the session's, and takes what the remedy gives it."""

import ast
import inspect
from collections.abc import Callable, Iterator
from functools import reduce
from pathlib import Path
from typing import Any

import pytest

from pressroom.core.assets import Edits
from pressroom.core.remedies import WORDED, Remedy, RemedyKind, by_method
from pressroom.service import PostKeywords, Pressroom
from pressroom.service.posts.tables.files import read_table

PARAMETERS = [kind for kind, worded in WORDED.items() if (worded.command or "").startswith("--")]
KINDS = [kind for kind, worded in WORDED.items() if worded.method and kind not in PARAMETERS]


def session_calls(tree: ast.AST) -> Iterator[tuple[list[str], ast.Call]]:
    """Give each call of the session or its class, with the names that lead to it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            path = ast.unparse(node.func).split(".")
            if path[0] in ("pressroom", "Pressroom"):
                yield path, node


def called(path: list[str], session: Pressroom) -> Callable[..., Any]:
    start = Pressroom if path[0] == "Pressroom" else session
    return reduce(getattr, path[1:], start)


@pytest.fixture
def session(tmp_path: Path) -> Pressroom:
    return Pressroom(environ={"PRESSROOM_HOME": str(tmp_path)})


@pytest.mark.parametrize("kind", KINDS)
def test_a_method_exists_and_takes_its_arguments(session: Pressroom, kind: RemedyKind) -> None:
    calls = list(session_calls(ast.parse(by_method(Remedy(kind)).strip("`"))))
    assert calls
    for path, call in calls:
        named = {keyword.arg or "": keyword.value for keyword in call.keywords}
        inspect.signature(called(path, session)).bind(*call.args, **named)


@pytest.mark.parametrize("kind", KINDS)
def test_a_method_is_awaited_where_it_has_to_be(session: Pressroom, kind: RemedyKind) -> None:
    tree = ast.parse(by_method(Remedy(kind)).strip("`"))
    awaited = [node.value for node in ast.walk(tree) if isinstance(node, ast.Await)]
    for path, call in session_calls(tree):
        assert (call in awaited) is inspect.iscoroutinefunction(called(path, session)), path


@pytest.mark.parametrize("kind", PARAMETERS)
def test_a_parameter_is_one_of_a_methods(session: Pressroom, kind: RemedyKind) -> None:
    said = by_method(Remedy(kind, dict.fromkeys(WORDED[kind].arguments, "1"))).strip("`")
    call = ast.parse(f"f({said})", mode="eval").body
    assert isinstance(call, ast.Call)
    (given,) = call.keywords
    posts, media = session.posts, session.media
    methods = (media.convert, media.check, posts.submit, posts.check_table, read_table)
    parameters = {name for method in methods for name in inspect.signature(method).parameters}
    assert given.arg in parameters | PostKeywords.__annotations__.keys()
    if isinstance(given.value, ast.Call):  # of a clip's edits
        Edits(**{one.arg or "": ast.literal_eval(one.value) for one in given.value.keywords})
