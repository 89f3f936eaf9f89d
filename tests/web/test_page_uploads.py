"""Files that a browser sends: whole or not at all, the person's who is signed in, and gone after a day."""

import errno
import hashlib
import os
import time
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from pressroom.cli.keyed import PACES
from pressroom.core.uploads import LIFETIME
from pressroom.service.ground.incoming import tidy_uploads
from tests.service.consenting import program
from tests.service.test_uploads import a_jpeg
from tests.web.house import House
from tests.web.visitor import Got, Visitor

ID = "123e4567-e89b-42d3-a456-426614174000"


async def token_of(visitor: Visitor) -> str:
    return (await visitor.get("/posts/new")).forms["/sign-out"]["csrf"]


async def send(
    visitor: Visitor, content: bytes, *, upload_id: str = ID, name: str = "cat.jpg", **headers: str
) -> Got:
    """Send a file as the composer does."""
    given = {"x_pressroom_csrf": await token_of(visitor), **headers}
    sha256 = hashlib.sha256(content).hexdigest()
    return await visitor.send(f"/uploads/{upload_id}?sha256={sha256}&name={name}", content, **given)


def files_of(house: House) -> list[Path]:
    """All files of posts and uploads, on their way too."""
    return [path for path in house.road.settings.assets.rglob("*") if path.is_file()]


@pytest.fixture(scope="module")
def jpeg() -> bytes:
    return a_jpeg()


async def test_a_file_is_kept_for_the_person_and_shown_small_with_what_the_desk_says(
    house: House, jpeg: bytes
) -> None:
    anna = await house.signed_in()
    got = await send(anna, jpeg)
    assert (got.status, got.body) == (201, b'{"id":"%s","name":"cat.jpg","media_type":"image"}' % ID.encode())
    assert (await house.owner.uploads.get(ID)).sha256 == hashlib.sha256(jpeg).hexdigest()
    assert (await anna.get(f"/uploads/{ID}/picture")).headers["content-type"] == "image/jpeg"
    shown = await anna.get(f"/posts/new/file?upload={ID}&kind=photo")
    assert "Instagram takes it as it is." in shown.text
    again = await send(anna, jpeg)
    assert (again.status, len(files_of(house))) == (201, 1)


async def test_nobody_else_sends_or_sees_one(house: House, jpeg: bytes) -> None:
    anna = await house.signed_in()
    token = await token_of(anna)
    stranger = house.visitor()
    assert (await stranger.send(f"/uploads/{ID}", jpeg, x_pressroom_csrf=token)).status == 401
    assert (await send(anna, jpeg, x_pressroom_csrf="forged")).status == 403
    elsewhere = {"origin": "https://evil.example", "sec_fetch_site": "cross-site"}
    assert (await send(anna, jpeg, **elsewhere)).status == 403
    assert files_of(house) == []
    async with program(house.road) as planner:

        async def chunks() -> AsyncGenerator[bytes]:
            yield jpeg

        await planner.uploads.put(ID, chunks(), sha256=hashlib.sha256(jpeg).hexdigest())
    for path in (f"/uploads/{ID}/picture", f"/posts/new/file?upload={ID}"):
        assert (await anna.get(path)).status == 404, "a program's is no person's"
        assert (await stranger.get(path)).status == 401


async def test_what_is_no_picture_or_not_as_declared_is_refused_in_words_and_nothing_is_left(
    house: House, jpeg: bytes
) -> None:
    anna = await house.signed_in()
    token = {"x_pressroom_csrf": await token_of(anna)}
    other = await anna.send(f"/uploads/{ID}?sha256={'0' * 64}", jpeg, **token)
    none = await anna.send(f"/uploads/{ID}?sha256=x", jpeg, **token)
    shorter = await send(anna, jpeg, content_length=str(len(jpeg) + 1))
    longer = await send(anna, jpeg, content_length="10")
    huge = await send(anna, jpeg, content_length=str(5_000_000_000))
    pdf = await send(anna, b"%PDF-1.4 and so on" * 100, name="notes.pdf")
    nameless = await send(anna, jpeg, upload_id="..%2F..%2Fetc")
    said = ["SHA-256", "SHA-256", "ended after", "has more than", "larger than", "is a PDF"]
    for got, words in zip((other, none, shorter, longer, huge, pdf), said, strict=True):
        assert (got.status, words in got.text) == (422, True), got.text
    assert nameless.status in (404, 422)
    assert files_of(house) == []


async def test_a_name_full_of_markup_leads_nowhere_and_is_shown_as_it_is_spelled(
    house: House, jpeg: bytes
) -> None:
    anna = await house.signed_in()
    name = "..%2F..%2Fetc%2F<script>alert(1)<%2Fscript>%E2%80%AEgpj.exe.jpg"
    assert (await send(anna, jpeg, name=name)).status == 201
    shown = await anna.get(f"/posts/new/file?upload={ID}&kind=nonsense")
    assert "<script" not in shown.html
    assert "\u202e" not in shown.html
    assert ".." not in shown.text
    assert (await send(anna, jpeg, upload_id=ID.replace("1", "2"), name="a" * 5000 + ".jpg")).status == 201
    assert {path.parent for path in files_of(house)} == {house.road.settings.assets}


async def test_a_full_disk_is_said_and_what_had_come_is_deleted(
    house: House, jpeg: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = await house.signed_in()

    def write(_descriptor: int, _piece: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", write)
        got = await send(anna, jpeg)
    assert (got.status, "disk" in got.text) == (409, True), got.text
    assert files_of(house) == []
    assert (await send(anna, jpeg)).status == 201


async def test_nothing_is_left_of_one_whose_browser_was_closed_and_it_can_be_sent_again(
    house: House, jpeg: bytes
) -> None:
    anna = await house.signed_in()
    headers = {"x_pressroom_csrf": await token_of(anna), "content_length": str(len(jpeg))}
    address = f"/uploads/{ID}?sha256={hashlib.sha256(jpeg).hexdigest()}&name=cat.jpg"
    await anna.break_off(address, jpeg[:1000], **headers)
    assert files_of(house) == []
    assert (await anna.get(f"/uploads/{ID}/picture")).status == 404
    assert (await send(anna, jpeg)).status == 201


async def test_one_that_no_post_was_made_of_is_gone_after_a_day(house: House, jpeg: bytes) -> None:
    anna = await house.signed_in()
    await send(anna, jpeg)
    assets, old = house.road.settings.assets, time.time() - 100_000
    for path in files_of(house):
        os.utime(path, (old, old))
    house.road.clock.advance(LIFETIME.total_seconds() + 1)
    await tidy_uploads(house.road.store, assets)
    assert files_of(house) == []


def test_a_body_may_take_as_long_as_it_takes_by_the_page_as_by_the_api() -> None:
    assert PACES["/uploads/"] == PACES["/api/v1/uploads/"]
    assert PACES["/uploads/"].whole_s is None
