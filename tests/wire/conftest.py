"""Published clients in an environment of their own, which `make slow` builds from the registry."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def programs() -> Path:
    """Give the directory of the clients' interpreter and commands."""
    environment = Path(os.environ.get("PRESSROOM_TEST_WIRE", ROOT / ".venv-wire"))
    if not ((environment / "bin" / "python").exists() and (environment / "node_modules").exists()):
        pytest.fail(
            "The wire tests need the published clients: make .venv-wire/.installed (`make slow` does so).",
            pytrace=False,
        )
    return environment / "bin"
