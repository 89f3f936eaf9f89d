"""Attacks are slow: each kills processes, or draws programs by the dozen."""

import pytest

from tests.slow import slow


@pytest.fixture(autouse=True)
@slow("kills processes, and draws what programs try")
def _slow_folder() -> None: ...
