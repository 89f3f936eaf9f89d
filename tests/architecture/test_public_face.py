"""What `from pressroom import ...` offers."""

import subprocess
import sys

import pytest

import pressroom


@pytest.mark.parametrize("name", pressroom.__all__)
def test_every_public_name_is_there_and_documented(name: str) -> None:
    assert getattr(pressroom, name).__doc__
    assert name in dir(pressroom)


def test_nothing_else_is() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Publisher'"):
        _ = pressroom.Publisher  # pyright: ignore[reportAttributeAccessIssue, reportUnknownVariableType]


def test_the_package_alone_loads_no_room() -> None:
    report = "import sys, pressroom; print([name for name in sys.modules if name.startswith('pressroom.')])"
    done = subprocess.run([sys.executable, "-c", report], check=True, capture_output=True, text=True)
    assert done.stdout == "[]\n"
