"""Every method that a remedy names is one of the session's, and takes what the remedy gives it."""

import ast
import inspect
from collections.abc import Callable, Iterator
from functools import reduce
from pathlib import Path
from typing import Any

import pytest

from pressroom.core.remedies import WORDED, Remedy, RemedyKind, by_method
from pressroom.service import Pressroom

KINDS = [kind for kind, worded in WORDED.items() if worded.method]


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
