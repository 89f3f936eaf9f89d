"""The desk that the tests of this room work with."""

from pathlib import Path

import pytest

from pressroom.media.desk import Desk
from tests.slow import slow


@pytest.fixture
@slow("converts pictures and clips")
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "renditions")
