"""Files put into a store that speaks S3: moto's, a server that is not ours."""

import asyncio
import logging
import os
import sys
import urllib.error
import urllib.request
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import obstore
import pytest
from obstore.store import S3Store
from PIL import Image

from pressroom.core.errors import HostFailed, MediaRefused, Refused, SettingRefused
from pressroom.core.installation import install_extra
from pressroom.core.reading_settings import Way
from pressroom.core.remedies import command_of
from pressroom.core.secret import Secret
from pressroom.hosting.s3 import S3Host, bucket_of, read_object
from pressroom.service import new_post
from tests.ports import free_port
from tests.service.road import opened_road

KEY, SECRET = "AKIAINVENTED", "inv/ented+secret"
SPELLED = "inv%2Fented+secret"


@pytest.fixture
def host(endpoint: str) -> S3Host:
    return S3Host(Secret(f"s3://{KEY}:{SPELLED}@shelf/posts?region=eu-north-1&endpoint={endpoint}"))


def ask(method: str, url: str) -> tuple[int, dict[str, str], bytes]:
    request = urllib.request.Request(url, method=method)  # noqa: S310  # loopback
    try:
        with urllib.request.urlopen(request) as reply:  # noqa: S310  # loopback
            headers = {name.lower(): value for name, value in reply.headers.items()}
            return reply.status, headers, reply.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, {}, error.read()


async def test_a_picture_is_put_up_and_its_address_gives_it_to_anybody(
    host: S3Host, picture: Path, content: bytes
) -> None:
    url = await host.put(picture, content_type="image/jpeg", lifetime_s=60)
    status, headers, body = ask("GET", url)

    assert (status, body) == (200, content)
    assert headers["content-type"] == "image/jpeg"
    assert urlsplit(url).path.startswith("/shelf/posts/")
    assert urlsplit(url).path.endswith(".jpg")


async def test_a_clip_larger_than_a_part_goes_up_in_parts_and_arrives_whole(
    host: S3Host, tmp_path: Path
) -> None:
    clip = tmp_path / "clip.mp4"
    content = bytes(range(256)) * 80_000
    clip.write_bytes(content)
    url = await host.put(clip, content_type="video/mp4", lifetime_s=60)
    _, headers, body = ask("GET", url)

    assert body == content
    assert headers["content-type"] == "video/mp4"
    assert headers["etag"].strip('"').endswith("-3"), "three parts"


async def test_a_large_upload_that_is_interrupted_leaves_no_parts_at_the_store(
    host: S3Host, endpoint: str, tmp_path: Path
) -> None:
    """Parts of an upload that was never ended are in no listing of files, and are paid for."""
    clip = tmp_path / "clip.mp4"
    with clip.open("wb") as file:
        file.truncate(100_000_000)
    putting = asyncio.create_task(host.put(clip, content_type="video/mp4", lifetime_s=60))
    while b"<Key>" not in (await asyncio.to_thread(ask, "GET", f"{endpoint}/shelf?uploads"))[2]:
        assert not putting.done()
    putting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await putting

    assert b"<Key>" not in ask("GET", f"{endpoint}/shelf?uploads")[2]


@pytest.mark.parametrize("lifetime_s", [60.0, 86400.0])
async def test_an_address_lives_as_long_as_asked(host: S3Host, picture: Path, lifetime_s: float) -> None:
    url = await host.put(picture, content_type="image/jpeg", lifetime_s=lifetime_s)

    assert parse_qs(urlsplit(url).query)["X-Amz-Expires"] == [f"{lifetime_s:.0f}"]


async def test_a_released_file_is_deleted_and_its_twin_is_not(host: S3Host, picture: Path) -> None:
    """Another post may be using the same picture."""
    first = await host.put(picture, content_type="image/jpeg", lifetime_s=60)
    twin = await host.put(picture, content_type="image/jpeg", lifetime_s=60)
    await host.release(first)
    await host.release(first)
    await host.release("https://example.com/not-ours.jpg")

    assert ask("GET", first)[0] == 404
    assert ask("GET", twin)[0] == 200


async def test_no_aws_variable_of_the_environment_mixes_in(
    endpoint: str, picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "another")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "another")
    monkeypatch.setenv("AWS_SKIP_SIGNATURE", "true")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    host = S3Host(Secret(f"s3://{KEY}:{SPELLED}@shelf?endpoint={endpoint}"))
    url = await host.put(picture, content_type="image/jpeg", lifetime_s=60)

    assert parse_qs(urlsplit(url).query)["X-Amz-Credential"][0].startswith(f"{KEY}/")
    assert "another" not in url


def put_object(endpoint: str, key: str, content: bytes) -> None:
    store = S3Store(
        "shelf",
        endpoint=endpoint,
        access_key_id=KEY,
        secret_access_key=SECRET,
        client_options={"allow_http": True, "default_headers": {"x-amz-acl": "public-read"}},
    )
    obstore.put(store, key, content)


@pytest.mark.parametrize("is_set", [True, False], ids=["as PRESSROOM_S3_URL says", "as AWS_* say"])
def test_an_object_is_read_by_the_key_of_its_bucket(
    endpoint: str, content: bytes, monkeypatch: pytest.MonkeyPatch, *, is_set: bool
) -> None:
    put_object(endpoint, "days/my cat.jpg", content)
    bucket = "shelf" if is_set else "other"
    address = Secret(f"s3://{KEY}:{SPELLED}@{bucket}/prefix?endpoint={endpoint}")
    if not is_set:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    assert b"".join(read_object("s3://shelf/days/my cat.jpg", address)) == content
    with pytest.raises(Refused, match=r"/none\.jpg could not be fetched") as refused:
        list(read_object("s3://shelf/none.jpg", address))
    assert SECRET not in f"{refused.value} {refused.value.__context__}"


NO_KEYS = (
    {"AWS_REGION": "eu-west-1", "AWS_PROFILE": "shop"},
    {"AWS_ACCESS_KEY_ID": KEY},
    {"AWS_WEB_IDENTITY_TOKEN_FILE": "/token"},
    {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:1/key"},
)


@pytest.mark.parametrize("variables", NO_KEYS, ids=lambda variables: next(iter(variables)))
def test_without_a_key_nobody_is_asked_for_one(
    variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, text in {**variables, "AWS_METADATA_ENDPOINT": "http://127.0.0.1:1"}.items():
        monkeypatch.setenv(name, text)
    with pytest.raises(Refused, match="Nothing says how bucket shelf is read") as refused:
        list(read_object("s3://shelf/cat.jpg", None))
    assert refused.value.rule == "object_key"


def test_a_store_that_does_not_answer_may_do_so_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pressroom.hosting.s3._RETRY", {"max_retries": 0})
    address = Secret(f"s3://{KEY}:{SPELLED}@shelf?endpoint=http://127.0.0.1:{free_port()}")
    with pytest.raises(HostFailed, match=r"/cat\.jpg could not be fetched") as failed:
        list(read_object("s3://shelf/cat.jpg", address))
    assert failed.value.retryable
    assert SECRET not in str(failed.value)


def test_a_public_object_is_read_without_a_key(
    endpoint: str, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_object(endpoint, "cat.jpg", content)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    monkeypatch.setenv("AWS_SKIP_SIGNATURE", "true")
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    assert b"".join(read_object("s3://shelf/cat.jpg", None)) == content


async def test_a_post_of_an_object_goes_out_from_a_copy_of_it(endpoint: str, tmp_path: Path) -> None:
    picture = Image.new("RGB", (1080, 1080), "blue")
    picture.save(buffer := BytesIO(), "JPEG")
    put_object(endpoint, "cat.jpg", buffer.getvalue())
    address = Secret(f"s3://{KEY}:{SPELLED}@shelf?endpoint={endpoint}")
    async with opened_road(tmp_path / "home") as road:
        road.sign_in()
        settings = replace(road.settings, remote_hosts={Way.S3: address})
        async with replace(road, settings=settings).pressroom() as pressroom:
            photo = new_post("photo", "s3://shelf/cat.jpg")
            planned = await pressroom.posts.submit(photo, at="+1h", idempotency_key="cat")
            put_object(endpoint, "cat.jpg", b"another")
            again = await pressroom.posts.submit(photo, at="+1h", idempotency_key="cat")
            live = await pressroom.posts.release(planned.post.id)
            assert (await pressroom.posts.rehearse(live))[0].params["image_url"] != "s3://shelf/cat.jpg"
    assert (again.post.id, again.is_replay) == (planned.post.id, True)
    assert planned.post.assets[0].path.read_bytes() == buffer.getvalue()


async def test_what_the_store_says_is_passed_on_without_the_secret(
    endpoint: str, picture: Path, caplog: pytest.LogCaptureFixture
) -> None:
    host = S3Host(Secret(f"s3://{KEY}:{SPELLED}@missing?endpoint={endpoint}"))
    with caplog.at_level(logging.DEBUG), pytest.raises(HostFailed, match="NoSuchBucket") as caught:
        await host.put(picture, content_type="image/jpeg", lifetime_s=60)

    error = caught.value
    assert "PRESSROOM_S3_URL" in error.fix
    assert error.__context__ is None
    assert SECRET not in f"{error} {error!r} {caplog.text}"
    assert error.retryable


async def test_a_file_that_is_gone_is_refused(host: S3Host, tmp_path: Path) -> None:
    with pytest.raises(MediaRefused, match="is gone"):
        await host.put(tmp_path / "none.jpg", content_type="image/jpeg", lifetime_s=60)


def test_amazon_is_the_default_and_other_stores_say_where_they_are() -> None:
    amazon = bucket_of(Secret("s3://k:s@shelf?region=eu-north-1"))
    other = bucket_of(Secret("s3://k:s@shelf/a/b/?endpoint=https://x.r2.cloudflarestorage.com&region=auto"))
    virtual = bucket_of(Secret("s3://k:s@shelf?endpoint=https://fra1.example.com&style=virtual"))

    assert (amazon.address, amazon.prefix) == ("https://s3.eu-north-1.amazonaws.com", "")
    assert (other.address, other.prefix, other.region) == (
        "https://x.r2.cloudflarestorage.com",
        "a/b",
        "auto",
    )
    assert virtual.address == "https://shelf.fra1.example.com"


async def test_a_store_may_live_below_a_path(endpoint: str, picture: Path) -> None:
    """Supabase's does. The bucket `below` is such a path for moto."""
    await asyncio.to_thread(ask, "PUT", f"{endpoint}/below")
    url = Secret(f"s3://{KEY}:{SPELLED}@shelf?endpoint={endpoint}/below/")
    address = await S3Host(url).put(picture, content_type="image/jpeg", lifetime_s=60)

    assert urlsplit(address).path.startswith("/below/shelf/")
    assert ask("GET", address)[0] == 200


@pytest.mark.parametrize(
    "text",
    [
        "https://k:hidden@shelf",
        "s3://shelf",
        "s3://k:hidden",
        "s3://k:hid/den@shelf",
        "s3://k:hidden[@shelf",
        "s3://k:hidden@shelf?endpoint=minio:9000",
        "s3://k:hidden@shelf?style=other",
        "s3://k:hidden@shelf?regoin=eu",
    ],
)
def test_a_setting_that_cannot_work_is_refused_without_quoting_it(text: str) -> None:
    with pytest.raises(SettingRefused, match="PRESSROOM_S3_URL") as caught:
        bucket_of(Secret(text))
    assert "s3://KEY:SECRET@BUCKET" in caught.value.fix
    assert "hid" not in str(caught.value.as_json())


def test_without_the_library_it_is_refused_naming_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "obstore", None)
    with pytest.raises(SettingRefused, match="not installed") as caught:
        S3Host(Secret("s3://k:s@shelf"))
    assert command_of(install_extra("s3")) in caught.value.fix


def test_the_bucket_never_shows_its_secret() -> None:
    assert "hidden" not in repr(bucket_of(Secret("s3://k:hidden@shelf")))
