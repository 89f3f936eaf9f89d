"""Files that a program keeps at Cloudinary through its session."""

from pathlib import Path

import pytest

from pressroom.core.errors import SettingRefused
from pressroom.core.secret import Secret
from pressroom.core.settings import Settings
from pressroom.service import Pressroom
from tests.client.wire_app import served
from tests.fakes.cloudinary import SPELLED, CloudinaryDouble


async def test_they_go_where_the_sessions_settings_say_and_are_deleted_by_their_id(tmp_path: Path) -> None:
    (tmp_path / "cat.bin").write_bytes(b"cat")
    double = CloudinaryDouble()
    with served(double) as base_url:
        url = Secret(f"cloudinary://key:{SPELLED}@cloud?upload_prefix={base_url}")
        settings = Settings(home=tmp_path / "home", cloudinary_url=url)
        async with Pressroom(settings=settings, environ={}) as pressroom:
            uploaded = await pressroom.media.upload(tmp_path / "cat.bin", "image")
            assert double.kept == {("image", uploaded.public_id): b"cat"}
            assert await pressroom.media.delete_upload(uploaded.public_id)
            assert not await pressroom.media.delete_upload(uploaded.public_id)
    assert not double.kept


async def test_without_an_account_there_they_are_refused(tmp_path: Path) -> None:
    environ = {"CLOUDINARY_URL": "cloudinary://key:secret@cloud"}
    async with Pressroom(settings=Settings(home=tmp_path / "home"), environ=environ) as pressroom:
        with pytest.raises(SettingRefused, match="CLOUDINARY_URL is not set"):
            await pressroom.media.delete_upload("cat")
