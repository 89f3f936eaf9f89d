"""Fetching what the user gave as a URL."""

from collections.abc import Generator
from pathlib import Path

import pytest

from pressroom.core.errors import Refused
from pressroom.hosting.download import download
from tests.client.wire_app import WireApp, served


@pytest.fixture(scope="module")
def base() -> Generator[str]:
    with served(WireApp()) as base:
        yield base


def left_in(directory: Path) -> list[Path]:
    return list(directory.iterdir())


async def test_a_url_becomes_a_file_that_keeps_its_ending(base: str, tmp_path: Path) -> None:
    path = await download(f"{base}/pieces", tmp_path / "new" / "dir")

    assert path.read_bytes() == b"one two three"
    assert path.parent == tmp_path / "new" / "dir"


@pytest.mark.parametrize(
    ("path", "reason"),
    [("/clip.mp4?sig=secret", "HTTP 201"), ("/cut", "the answer broke off")],
)
async def test_what_cannot_be_fetched_is_refused_and_leaves_nothing(
    base: str, tmp_path: Path, path: str, reason: str
) -> None:
    with pytest.raises(Refused, match=reason) as caught:
        await download(f"{base}{path}", tmp_path)

    assert left_in(tmp_path) == []
    assert caught.value.rule == "url_unreachable"
    assert "secret" not in str(caught.value.as_json())


async def test_a_file_without_end_is_refused_at_a_limit(base: str, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="larger than"):
        await download(f"{base}/pieces", tmp_path, max_bytes=5)
    assert left_in(tmp_path) == []


async def test_a_host_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="no server answers there"):
        await download("http://127.0.0.1:1/clip.mp4", tmp_path)
