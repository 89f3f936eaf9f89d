"""The Cloudinary helpers' dictionaries, against a double that keeps what it is sent."""

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from app.cloudinary_helper import (
    delete_from_cloudinary,
    upload_image_to_cloudinary,
    upload_video_to_cloudinary,
)
from tests.client.wire_app import served
from tests.fakes.cloudinary import SECRET, SPELLED, CloudinaryDouble


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A data directory of the test's own: who runs it may have a store, of another revision even."""
    monkeypatch.setenv("PRESSROOM_HOME", str(tmp_path / "home"))


@pytest.fixture
def double(monkeypatch: pytest.MonkeyPatch) -> Generator[CloudinaryDouble]:
    double = CloudinaryDouble()
    with served(double) as base_url:
        monkeypatch.setenv("CLOUDINARY_URL", f"cloudinary://key:{SPELLED}@cloud?upload_prefix={base_url}")
        yield double


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "cat.bin"
    path.write_bytes(b"cat")
    return path


def failure_of(result: dict[str, Any]) -> str:
    assert result.keys() == {"success", "error"}
    assert result["success"] is False
    assert SECRET not in result["error"]
    assert SPELLED not in result["error"]
    return result["error"]


async def test_uploads_give_their_address_and_are_deleted_by_their_id(
    double: CloudinaryDouble, file: Path
) -> None:
    for kind, upload in (("image", upload_image_to_cloudinary), ("video", upload_video_to_cloudinary)):
        result = await upload(str(file))
        public_id = result["public_id"]
        assert result == {
            "success": True,
            "url": f"https://res.cloudinary.com/cloud/{kind}/upload/{public_id}",
            "public_id": public_id,
        }
        assert double.kept == {(kind, public_id): b"cat"}
        assert await delete_from_cloudinary(public_id) == {"success": True}
        assert not double.kept


async def test_deleting_what_is_not_there_is_a_failure(double: CloudinaryDouble) -> None:
    assert "nothing called 'cat'" in failure_of(await delete_from_cloudinary("cat"))
    assert double.requests


async def test_a_file_that_is_not_there_is_a_failure(double: CloudinaryDouble, tmp_path: Path) -> None:
    missing = tmp_path / "none.mp4"
    assert str(missing) in failure_of(await upload_video_to_cloudinary(missing))
    assert not double.requests


async def test_what_cloudinary_refuses_is_a_failure_without_the_secret(
    double: CloudinaryDouble, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The double knows another secret."""
    with served(double) as base_url:
        url = f"cloudinary://key:other-secret@cloud?upload_prefix={base_url}"
        monkeypatch.setenv("CLOUDINARY_URL", url)
        error = (await upload_image_to_cloudinary(file))["error"]
    assert "Invalid Signature" in error
    assert "other-secret" not in error


@pytest.mark.parametrize("url", ["", "key:hidden@cloud", "cloudinary://key:hidden[@cloud"])
async def test_a_missing_or_wrong_setting_is_a_failure_that_says_how_to_set_it(
    url: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLOUDINARY_URL", url)
    for result in (await upload_image_to_cloudinary(file), await delete_from_cloudinary("cat")):
        error = failure_of(result)
        assert "cloudinary://KEY:SECRET@CLOUD" in error
        assert "hidden" not in error
