"""What `from pressroom import ...` offers."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import pressroom
from pressroom.core import errors

TREE = re.findall(r"^([│ ]*[├└]── |)(\w+)", (errors.__doc__ or "").partition("\n\n")[2], re.MULTILINE)
REFERENCE = (Path(__file__).parents[2] / "docs/reference/library.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", pressroom.__all__)
def test_every_public_name_is_there_and_documented(name: str) -> None:
    assert getattr(pressroom, name).__doc__
    assert name in dir(pressroom)


def test_nothing_else_is() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Publisher'"):
        _ = pressroom.Publisher  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType]


def test_the_package_alone_loads_no_room() -> None:
    report = "import sys, pressroom; print([name for name in sys.modules if name.startswith('pressroom.')])"
    done = subprocess.run([sys.executable, "-c", report], check=True, capture_output=True, text=True)
    assert done.stdout == "[]\n"


def test_the_tree_of_errors_is_drawn_as_it_is() -> None:
    above: list[type] = [Exception]
    for branch, name in TREE:
        cls, depth = getattr(pressroom, name), len(branch) // 4
        assert cls.__base__ is above[depth], name
        above[depth + 1 :] = [cls]


def test_every_error_that_is_drawn_is_exported_and_no_other() -> None:
    exported = [getattr(pressroom, name) for name in pressroom.__all__]
    drawn = {one.__name__ for one in exported if isinstance(one, type) and issubclass(one, Exception)}
    assert drawn == {name for _, name in TREE}


@pytest.mark.parametrize("name", pressroom.__all__)
def test_every_public_name_is_in_the_reference(name: str) -> None:
    is_id = f"`{name}`" in REFERENCE.partition("Ids, each a `str`:")[2].partition("\n")[0]
    assert is_id or re.search(rf"^(#+ {name}|{name}\()", REFERENCE, re.MULTILINE)


def test_the_reference_cuts_no_sentence_into_a_list_and_quotes_texts() -> None:
    assert re.findall(r"^.*;\n\n- `.*$", REFERENCE, re.MULTILINE) == []
    assert set(re.findall(r"^timezone: str = (.*)$", REFERENCE, re.MULTILINE)) == {'"UTC"'}
