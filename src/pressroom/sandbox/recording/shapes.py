"""Compares answers by their keys and types, for answers whose values cannot agree with the sandbox's."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

Shape = dict[str, str]
# The members of an error that have to agree in value, even where only shapes are compared.
_BY_VALUE = ("code", "error_subcode", "type")
_NAMES: Final = {"str": "text", "bool": "truth value", "NoneType": "null"}


def shape_of(value: Any, path: str = "") -> Shape:  # noqa: ANN401  # whatever JSON holds
    """Give the type at every path of an answer; the items of a list share one, `data[].id`."""
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value).items()
        inner = [shape_of(member, f"{path}.{name}".lstrip(".")) for name, member in members]
    elif isinstance(value, list):
        inner = [shape_of(item, f"{path}[]") for item in cast("list[Any]", value)]
    else:
        return {path: _NAMES.get(value.__class__.__name__, "number")}
    own = {path: "list" if isinstance(value, list) else "object"} if path else {}
    return {**own, **{name: kind for shape in inner for name, kind in shape.items()}}


def shape_differences(theirs: Shape, ours: Shape) -> dict[str, tuple[str | None, str | None]]:
    """Give both types at every path where they differ; None where one side has nothing."""
    pairs = {name: (theirs.get(name), ours.get(name)) for name in {**theirs, **ours}}
    differing = {name: kinds for name, kinds in pairs.items() if kinds[0] != kinds[1]}
    # What is below a missing or another thing needs no line of its own.
    above = tuple(f"{name}{sign}" for name in differing for sign in (".", "[]"))
    return {name: kinds for name, kinds in differing.items() if not name.startswith(above)}


def renaming(names: Mapping[str, str]) -> Callable[[str], str]:
    """Make the function that replaces ids and tokens in a text, each as a whole word, by their new names."""
    if not names:
        return str
    words = "|".join(map(re.escape, names))
    pattern = re.compile(rf"(?<![A-Za-z0-9])(?:{words})(?![A-Za-z0-9])")
    return lambda text: pattern.sub(lambda match: names[match[0]], text)


def error_of(answer: Any) -> dict[str, Any] | None:  # noqa: ANN401  # whatever JSON holds
    """Give the error object of an answer; None for an answer without one."""
    error: Any = cast("dict[str, Any]", answer).get("error") if isinstance(answer, dict) else None
    return cast("dict[str, Any]", error) if isinstance(error, dict) else None


def answer_differences(old: Any, new: Any) -> list[tuple[str, Any, Any]]:  # noqa: ANN401  # JSON
    """Give the paths at which keys or types differ, and the numbers of errors that do."""
    theirs, ours = error_of(old), error_of(new)
    if theirs is not None or ours is not None:
        pairs = [(f"error.{name}", (theirs or {}).get(name), (ours or {}).get(name)) for name in _BY_VALUE]
        return [pair for pair in pairs if pair[1] != pair[2]]
    differences = shape_differences(shape_of(old), shape_of(new)).items()
    return [(where, *kinds) for where, kinds in differences if not _says_nothing(where, kinds, old, new)]


def _says_nothing(where: str, kinds: tuple[str | None, str | None], old: Any, new: Any) -> bool:  # noqa: ANN401
    """Tell whether a difference depends on what an account holds: a null, the end of a list, an empty one."""
    if "null" in kinds or where.startswith("paging"):
        return True
    path, is_in_list, _ = where.partition("[]")
    return bool(is_in_list) and not (_at(old, path) and _at(new, path))


def _at(value: Any, path: str) -> Any:  # noqa: ANN401  # JSON
    """Give the value at a path without lists; None where there is none."""
    for name in path.split("."):
        value = cast("dict[str, Any]", value).get(name) if isinstance(value, dict) else None
    return value
