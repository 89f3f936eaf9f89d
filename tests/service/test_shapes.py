"""Every shape that is filled by the names of its fields finds each of them in the value, of a type that fits.

A type checker does not see this: `shape_of` reads attributes by their names. So the sources are read here.
"""

import ast
import importlib
import inspect
import pkgutil
import types
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cache, cached_property, reduce
from pathlib import Path
from typing import Annotated, Any, ForwardRef, Literal, NewType, Union, get_args, get_origin, get_type_hints

import msgspec
import pytest

from pressroom.core.consent import Key
from pressroom.core.errors import ErrorShape
from pressroom.core.post import Post, PostState
from pressroom.graph.answers import WireMediaId
from pressroom.service import shapes
from pressroom.service.ground.shaping import Shape
from pressroom.service.shapes.posts import PostShape

MODULES = [
    importlib.import_module("pressroom.service.work.shapes"),
    *(importlib.import_module(f"{shapes.__name__}.{m.name}") for m in pkgutil.iter_modules(shapes.__path__)),
]
TEXTS = {module.__name__: inspect.getsource(module) for module in MODULES}


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.rpartition(".")[2])
def test_a_shape_finds_each_of_its_fields_in_the_value_that_it_is_of(module: types.ModuleType) -> None:
    assert list(problems_of(module, TEXTS[module.__name__])) == []


def test_a_name_that_the_value_has_not_is_found() -> None:
    class MediaShape(Shape[date], frozen=True, kw_only=True):
        year: int
        mnoth: int

    assert list(mismatches(MediaShape, [date], set())) == ["MediaShape.mnoth: date has no such attribute"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (str, int),
        (str, str | None),
        (tuple[str, ...], tuple[int, ...]),
        (PostShape, Key),
        (dict[str, int], str),
    ],
)
def test_a_type_that_does_not_fit_is_found(field: Any, value: Any) -> None:
    assert not fits(field, value)


@pytest.mark.parametrize(
    ("field", "value"),
    [(str, date | Path), (float | None, int), (tuple[PostShape, ...], tuple[Post, ...]), (str, PostState)],
)
def test_a_type_that_is_spelled_as_json_has_it_fits(field: Any, value: Any) -> None:
    assert fits(field, value)


@pytest.mark.parametrize(
    ("planted", "problem"),
    [
        ("proposal_id=proposal.idd,", "ProposalShape.proposal_id: Proposal has no idd"),
        ("proposal_idd=proposal.id,", "ProposalShape.proposal_idd: no such field"),
        ("", "ProposalShape.proposal_id: Proposal has no such attribute"),
        ("proposal_id=proposal.arguments,", f"ProposalShape.proposal_id: {Mapping[str, Any]} does not fit"),
    ],
)
def test_a_misspelling_in_a_call_is_found(planted: str, problem: str) -> None:
    posts = importlib.import_module(PostShape.__module__)
    text = TEXTS[posts.__name__].replace("proposal_id=proposal.id,", planted, 1)
    assert problem in list(problems_of(posts, text))


def problems_of(module: types.ModuleType, text: str) -> Iterator[str]:
    """Check the shapes of a module without an `of` of their own, and each call of `shape_of` in its text."""
    for shape in vars(module).values():
        if _is_filled_as_it_is(shape) and shape.__module__ == module.__name__:
            yield from mismatches(shape, [value_of(shape)], set())
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef):
            yield from _problems_in(node, vars(module)[node.name], module, None)
        elif isinstance(node, ast.ClassDef):
            shape = vars(module)[node.name]
            for method in (part for part in node.body if isinstance(part, ast.FunctionDef)):
                real = getattr(shape, method.name)
                yield from _problems_in(method, getattr(real, "__func__", real), module, shape)


def _is_filled_as_it_is(shape: Any) -> bool:
    return inspect.isclass(shape) and issubclass(shape, Shape) and "of" not in shape.__dict__


def _problems_in(function: ast.FunctionDef, real: Any, module: types.ModuleType, shape: Any) -> Iterator[str]:
    names = {"cls": shape, **get_type_hints(real, localns=names_in(module))}
    nodes = list(ast.walk(function))
    for node in nodes:
        match node:
            case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)):
                types_of_values = [type_of(value, names) for value in values]
                names |= zip(map(ast.unparse, targets), types_of_values, strict=True)
            case ast.Assign(targets=[target], value=value):
                names[ast.unparse(target)] = type_of(value, names)
            case _:
                pass
    for node in nodes:
        if isinstance(node, ast.comprehension):
            inner = get_args(type_of(node.iter, names))
            names[ast.unparse(node.target)] = inner[0] if inner else Any
    for node in nodes:
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "shape_of":
            first, *values = node.args
            called = ast.unparse(first)
            filled = shape if called == "cls" else vars(module)[called]
            yield from _problems_of_call(filled, [type_of(value, names) for value in values], node, names)


def _problems_of_call(
    shape: Any, values: Sequence[Any], call: ast.Call, names: Mapping[str, Any]
) -> Iterator[str]:
    hints = get_type_hints(shape, include_extras=True)
    if any(value is Any or isinstance(value, str) for value in values):
        yield f"{shape.__name__}: a value of {ast.unparse(call)} is of a type that is not read here"
    others = {keyword.arg or "**": keyword.value for keyword in call.keywords}
    yield from mismatches(shape, values, set(others))
    for name, value in others.items():
        kind = type_of(value, names)
        if name not in hints:
            yield f"{shape.__name__}.{name}: no such field"
        elif isinstance(kind, str):
            yield f"{shape.__name__}.{name}: {kind}"
        elif not fits(hints[name], kind):
            yield f"{shape.__name__}.{name}: {kind} does not fit"


def mismatches(shape: Any, values: Sequence[Any], others: set[str]) -> Iterator[str]:
    """Say which fields, but for the others, no value has, or has of a type that does not fit."""
    for name, kind in get_type_hints(shape, include_extras=True).items():
        if name in others:
            continue
        kinds = [each for each in (attribute(value, name) for value in values) if not isinstance(each, str)]
        where = " and ".join(getattr(value, "__name__", str(value)) for value in values)
        if not kinds:
            yield f"{shape.__name__}.{name}: {where} has no such attribute"
        elif not fits(kind, kinds[0]):
            yield f"{shape.__name__}.{name}: {kinds[0]} of {where} does not fit"


def value_of(shape: Any) -> Any:
    """Give the class of the value that a shape is of."""
    (value,) = get_args(vars(shape)["__orig_bases__"][0])
    module = importlib.import_module(shape.__module__)
    return names_in(module)[value.__forward_arg__] if isinstance(value, ForwardRef) else value


@cache
def names_in(module: types.ModuleType) -> dict[str, Any]:
    """Give what a module names, with what it imports for types alone."""
    names = dict(vars(module))
    for node in ast.walk(ast.parse(Path(module.__file__ or "").read_text(encoding="utf-8"))):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            for line in node.body:
                if isinstance(line, ast.ImportFrom):
                    source = importlib.import_module(line.module or "")
                    names |= {name.asname or name.name: getattr(source, name.name) for name in line.names}
    return names


def type_of(node: ast.expr, names: Mapping[str, Any]) -> Any:
    """Give the type of an expression, `Any` where that is not read here, a text of what is wrong in it."""
    match node:
        case ast.Name(id=name):
            return names.get(name, Any)
        case ast.Constant(value=None):
            return type(None)
        case ast.Attribute(value=inner, attr=name):
            kind = type_of(inner, names)
            return attribute(kind, name)
        case ast.IfExp(body=body, orelse=orelse):
            kinds = [type_of(body, names), type_of(orelse, names)]
            problems = [kind for kind in kinds if isinstance(kind, str)]
            return problems[0] if problems else either(kinds)
        case _:
            return Any


def attribute(kind: Any, name: str) -> Any:
    """Give the type of a value's attribute, or a text which says that it has none."""
    kinds = [each for each in members(kind) if each is not type(None)]
    if len(kinds) != 1:
        held = [each for each in (attribute(part, name) for part in kinds) if not isinstance(each, str)]
        return either(held) if held else f"{kind} has no {name}"
    (kind,) = kinds
    if kind is Any or isinstance(kind, str) or not inspect.isclass(kind):
        return kind if isinstance(kind, str) else Any
    names: dict[str, Any] = {}
    for base in kind.__mro__:
        if base.__module__.startswith("pressroom"):
            names |= names_in(importlib.import_module(base.__module__))
    if name in (hints := get_type_hints(kind, localns=names, include_extras=True)):
        return hints[name]
    held = inspect.getattr_static(kind, name, None)
    getter = held.func if isinstance(held, cached_property) else getattr(held, "fget", None)
    if getter:
        return get_type_hints(getter, localns=names, include_extras=True).get("return", Any)
    return Any if held is not None else f"{kind.__name__} has no {name}"


def either(kinds: Sequence[Any]) -> Any:
    """Give the union of types, `Any` with that among them."""
    return Any if Any in kinds else reduce(lambda some, more: some | more, kinds)


def members(kind: Any) -> tuple[Any, ...]:
    """Give the types that a type stands for: of a union each, of others the one below its names."""
    if kind == WireMediaId:  # a number as well, until it is decoded
        return (str,)
    if get_origin(kind) is Annotated:
        return members(get_args(kind)[0])
    if isinstance(kind, NewType):
        return members(kind.__supertype__)
    if get_origin(kind) in (Union, types.UnionType):
        return tuple(each for part in get_args(kind) for each in members(part))
    return (kind,)


def fits(field: Any, value: Any) -> bool:
    """Whether `shape_of` makes of a value of that type what the field holds."""
    return all(any(_fits(kind, each) for kind in members(field)) for each in members(value))


def _fits(field: Any, value: Any) -> bool:
    if Any in (field, value):
        return True
    if Literal in (get_origin(field), get_origin(value)):
        return field is str or set(get_args(value)) <= set(get_args(field))
    kinds = get_origin(field) or field, get_origin(value) or value
    if get_args(field):
        inner = [part for part in get_args(field) if part is not ...]
        held = [part for part in get_args(value) if part is not ...]
        return _is_like(*kinds) and (not held or all(map(fits, inner, held)))
    if not all(map(inspect.isclass, kinds)):
        return False
    is_text = field is str and issubclass(value, date | Path)
    if is_text or (field is float and value is int) or issubclass(kinds[1], kinds[0]):
        return True
    return issubclass(kinds[0], msgspec.Struct) and _makes(*kinds)


def _is_like(field: Any, value: Any) -> bool:
    kind = Mapping if issubclass(field, Mapping) else Sequence
    return inspect.isclass(value) and issubclass(value, kind)


def _makes(shape: Any, value: Any) -> bool:
    if shape is ErrorShape:
        return hasattr(value, "shape")
    if issubclass(shape, Shape):
        return issubclass(value, value_of(shape))
    return list(mismatches(shape, [value], set())) == []
