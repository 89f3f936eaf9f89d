"""Uploads to Cloudinary through its SDK, against a double that checks what arrives."""

import asyncio
import logging
import re
import shutil
from collections.abc import Generator
from pathlib import Path
from typing import Any

import cloudinary
import pytest

from pressroom.core.errors import HostFailed, MediaRefused, SettingRefused
from pressroom.core.secret import Secret
from pressroom.hosting.cloudinary import CloudinaryHost, account_of, delete, upload
from tests.client.wire_app import served
from tests.fakes.clock import FakeClock
from tests.fakes.cloudinary import SECRET, SPELLED, CloudinaryDouble


class Quick(FakeClock):
    """Waits no time; the double is in another thread, whose work a clock that jumps does not see."""

    async def sleep(self, seconds: float) -> None:
        self.elapsed_s += seconds


@pytest.fixture(scope="module")
def running() -> Generator[tuple[CloudinaryDouble, str]]:
    double = CloudinaryDouble()
    with served(double) as base:
        yield double, base


@pytest.fixture
def double(running: tuple[CloudinaryDouble, str]) -> CloudinaryDouble:
    running[0].__init__()
    return running[0]


@pytest.fixture
def cloud(double: CloudinaryDouble, running: tuple[CloudinaryDouble, str]) -> Secret:
    """Its address, as CLOUDINARY_URL says it."""
    assert double.kept == {}
    return Secret(f"cloudinary://key:{SPELLED}@cloud?upload_prefix={running[1]}")


async def test_a_picture_arrives_signed_and_whole(
    double: CloudinaryDouble, cloud: Secret, picture: Path, content: bytes
) -> None:
    uploaded = await upload(picture, "image", url=cloud)

    assert uploaded.url == f"https://res.cloudinary.com/cloud/image/upload/{uploaded.public_id}"
    assert double.kept == {("image", uploaded.public_id): content}


async def test_a_clip_is_sent_in_pieces_that_say_where_they_belong(
    double: CloudinaryDouble, cloud: Secret, tmp_path: Path
) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"x" * 1000)
    uploaded = await upload(clip, "video", url=cloud)

    assert double.kept == {("video", uploaded.public_id): b"x" * 1000}
    assert double.requests[0][2]["content-range"] == "bytes 0-999/1000"


async def test_an_upload_is_deleted_whether_picture_or_clip(
    double: CloudinaryDouble, cloud: Secret, picture: Path
) -> None:
    for kind in ("image", "video"):
        uploaded = await upload(picture, kind, url=cloud)
        assert await delete(uploaded.public_id, url=cloud)
        assert not await delete(uploaded.public_id, url=cloud)
    assert double.kept == {}


async def test_the_host_gives_the_https_address_and_uses_a_folder_of_ours(
    double: CloudinaryDouble, running: tuple[CloudinaryDouble, str], cloud: Secret, picture: Path
) -> None:
    double.serves_at = running[1]
    host = CloudinaryHost(cloud)
    image = await host.put(picture, content_type="image/jpeg", lifetime_s=60)
    video = await host.put(picture, content_type="video/mp4", lifetime_s=60)

    assert re.fullmatch(rf"{running[1]}/cloud/image/upload/pressroom/[0-9a-f]{{32}}", image)
    assert re.fullmatch(rf"{running[1]}/cloud/video/upload/pressroom/[0-9a-f]{{32}}", video)
    assert len(double.kept) == 2
    for url in (image, video, video, "https://example.com/not-ours.jpg"):
        await host.release(url)
    assert not double.kept


async def test_a_large_clip_is_sent_in_pieces_without_a_gap_and_put_together(
    double: CloudinaryDouble, running: tuple[CloudinaryDouble, str], cloud: Secret, tmp_path: Path
) -> None:
    double.serves_at = running[1]
    clip = tmp_path / "clip.mp4"
    content = bytes(range(256)) * 52_000
    clip.write_bytes(content)
    url = await CloudinaryHost(cloud).put(clip, content_type="video/mp4", lifetime_s=60)

    assert list(double.kept.values()) == [content]
    assert len(double.requests) == 3
    names = {fields["public_id"].decode() for _, fields, _ in double.requests}
    assert [url.endswith(name) for name in names] == [True], "every piece belongs to one name"


async def test_an_upload_that_is_interrupted_ends_with_the_piece_under_way(
    double: CloudinaryDouble, cloud: Secret, tmp_path: Path
) -> None:
    clip = tmp_path / "clip.mp4"
    with clip.open("wb") as file:
        file.truncate(60_000_000)
    uploading = asyncio.create_task(upload(clip, "video", url=cloud))
    await asyncio.to_thread(double.is_asked.wait)
    uploading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await uploading
    # What asyncio does at the end of a program: it waits for the threads.
    await asyncio.get_running_loop().shutdown_default_executor()

    assert len(double.requests) < 4
    assert not double.kept


async def test_cloudinary_is_told_a_files_name_and_not_where_it_is(
    double: CloudinaryDouble, cloud: Secret, picture: Path
) -> None:
    for kind in ("image", "video"):
        await upload(picture, kind, url=cloud)
    assert double.names == ["cat.jpg", "cat.jpg"]


async def test_an_address_is_given_once_the_file_is_served_there(
    double: CloudinaryDouble,
    running: tuple[CloudinaryDouble, str],
    cloud: Secret,
    picture: Path,
) -> None:
    double.serves_at, double.cold = running[1], 3
    host = CloudinaryHost(cloud, clock=Quick())
    await host.put(picture, content_type="image/jpeg", lifetime_s=60)
    assert double.given == [423, 423, 423, 200]

    double.cold = 100
    with pytest.raises(HostFailed, match="does not serve it"):
        await host.put(picture, content_type="image/jpeg", lifetime_s=60)
    assert len(double.kept) == 1, "what is not served is not left behind"


async def test_two_accounts_in_one_process_do_not_mix(
    double: CloudinaryDouble, cloud: Secret, picture: Path
) -> None:
    """The SDK has process-wide settings; they are never used."""
    wrong = Secret(cloud.reveal().replace(SPELLED, "wrong"))
    with pytest.raises(HostFailed):
        await upload(picture, "image", url=wrong)
    await upload(picture, "image", url=cloud)

    assert len(double.kept) == 1


@pytest.fixture
def process_wide_settings() -> Generator[None]:
    sdk: Any = cloudinary
    sdk.config(cloud_name="another", api_key="another", oauth_token="another")
    yield
    sdk.reset_config()


@pytest.mark.usefixtures("process_wide_settings")
async def test_the_sdks_process_wide_settings_are_never_used(
    double: CloudinaryDouble, cloud: Secret, picture: Path
) -> None:
    await upload(picture, "image", url=cloud)

    assert double.requests[0][1]["api_key"] == b"key"
    assert "authorization" not in double.requests[0][2]


async def test_a_file_whose_name_looks_like_an_address_is_a_file(
    double: CloudinaryDouble,
    cloud: Secret,
    picture: Path,
    content: bytes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(picture.parent)
    shutil.copy(picture, "s3:cat.jpg")
    uploaded = await upload(Path("s3:cat.jpg"), "image", url=cloud)

    assert double.kept["image", uploaded.public_id] == content


async def test_what_cloudinary_says_is_passed_on_without_the_secret(
    cloud: Secret, picture: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The double quotes the secret, which is the wrong one for it by a letter."""
    wrong = Secret(cloud.reveal().replace("s3cr3t", "3cr3t"))
    with caplog.at_level(logging.DEBUG), pytest.raises(HostFailed, match="Invalid Signature") as caught:
        await upload(picture, "image", url=wrong)

    error = caught.value
    assert error.__context__ is None
    assert SECRET[1:] not in f"{error} {error!r} {caplog.text}"


async def test_a_host_that_does_not_answer_is_named(picture: Path) -> None:
    cloud = Secret("cloudinary://key:hidden@cloud?upload_prefix=http://127.0.0.1:1")
    with pytest.raises(HostFailed, match=r"Cloudinary could not upload cat\.jpg") as caught:
        await upload(picture, "image", url=cloud)
    assert "hidden" not in str(caught.value)


async def test_a_missing_file_is_refused_before_any_call(
    double: CloudinaryDouble, cloud: Secret, tmp_path: Path
) -> None:
    with pytest.raises(MediaRefused, match="not there"):
        await upload(tmp_path / "none.jpg", "image", url=cloud)
    assert double.requests == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://res.cloudinary.com/x",
        "cloudinary://cloud",
        "cloudinary://key@cloud",
        "key:hidden@cloud",
        "cloudinary://key:hidden[@cloud",
    ],
)
async def test_a_setting_that_cannot_work_is_refused_without_quoting_it(text: str, picture: Path) -> None:
    with pytest.raises(SettingRefused, match="CLOUDINARY_URL") as caught:
        await upload(picture, "image", url=Secret(text) if text else None)
    assert "cloudinary://KEY:SECRET@CLOUD" in caught.value.fix
    assert "hidden" not in str(caught.value.as_json())


def test_the_account_never_shows_its_secret() -> None:
    account = account_of(Secret("cloudinary://key:hidden@cloud"))

    assert "hidden" not in repr(account)
    assert account.api_secret.reveal() == "hidden"
