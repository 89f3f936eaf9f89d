"""Files that a program keeps at Cloudinary through its session."""

from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from pressroom.core.errors import SettingRefused
from pressroom.core.secret import Secret
from pressroom.core.settings import Settings
from pressroom.core.ways import Way
from pressroom.hosting.cloudinary import Uploaded
from pressroom.service import Pressroom
from tests.client.wire_app import served
from tests.fakes.cloudinary import SPELLED, CloudinaryDouble
from tests.service.consenting import person, program, proposed
from tests.service.road import Road


async def test_they_go_where_the_sessions_settings_say_and_are_deleted_by_their_id(tmp_path: Path) -> None:
    (tmp_path / "cat.bin").write_bytes(b"cat")
    double = CloudinaryDouble()
    with served(double) as base_url:
        url = Secret(f"cloudinary://key:{SPELLED}@cloud?upload_prefix={base_url}")
        settings = Settings(home=tmp_path / "home", remote_hosts={Way.CLOUDINARY: url})
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


async def test_what_was_approved_is_sent_whatever_becomes_of_the_file_meanwhile(
    road: Road, tmp_path: Path
) -> None:
    file, sent = tmp_path / "cat.bin", list[bytes]()
    file.write_bytes(b"cat")

    async def upload(path: Path, *_: Any, **__: Any) -> Uploaded:
        file.write_bytes(b"dog")
        sent.append(path.read_bytes())  # noqa: ASYNC240  # a few bytes
        return Uploaded("https://example.com/cat", "cat")

    async with program(road) as planner, person(road) as anna:
        with patch("pressroom.hosting.cloudinary.upload", upload):
            for _ in range(2):
                waits = await proposed(planner.media.upload(file, "image"))
                await anna.approvals.approve(waits.proposal_id or "")
    assert sent == [b"cat", b"dog"]


async def test_a_file_that_was_changed_since_it_was_proposed_is_not_sent(road: Road, tmp_path: Path) -> None:
    file = tmp_path / "cat.bin"
    file.write_bytes(b"cat")
    async with program(road) as planner, person(road) as anna:
        waits = await proposed(planner.media.upload(file, "image"))
        file.write_bytes(b"dog")
        done = await anna.approvals.approve(waits.proposal_id or "")
    assert done.proposal
    assert "not any more what was proposed" in str(done.proposal.outcome)
