"""Pictures and clips on the page: from our copies alone, told by number, and never more than they are."""

import shutil
from pathlib import Path

import pytest
from PIL import Image

from pressroom.core.assets import PictureUse
from pressroom.core.errors import NotFound
from pressroom.core.post import PostState
from pressroom.service import new_post
from tests.media.fixtures import Clip
from tests.service.consenting import a_file, a_picture
from tests.web.house import House

SECRET = "kept-by-somebody-else"


async def item_with(house: House, *files: str) -> str:
    kind = "carousel" if len(files) > 1 else "photo"
    await house.owner.posts.submit(
        new_post(kind, list(files), caption="Hello"), at="+3h", state=PostState.AWAITING_APPROVAL
    )
    return f"/approvals/{house.road.posts[-1].id}"


def the_copy(house: House) -> Path:
    (copy,) = house.road.settings.assets.iterdir()
    return copy


async def lose_pictures(house: House) -> None:
    """Let nothing be left of a post but its copy."""
    assert await house.owner.posts.picture(house.road.posts[-1].id)  # none is being made any more
    shutil.rmtree(house.road.settings.pictures)


async def test_a_picture_is_made_anew_of_our_copy(house: House) -> None:
    anna = await house.signed_in()
    path = await item_with(house, a_file(house.directory, colour="red"))
    (house.directory / "cat.jpg").unlink()
    got = await anna.get(f"{path}/files/0/picture")
    assert (got.status, got.headers["content-type"]) == (200, "image/jpeg")
    assert got.headers["x-content-type-options"] == "nosniff"
    assert got.body != the_copy(house).read_bytes()
    (house.directory / "seen.jpg").write_bytes(got.body)
    with Image.open(house.directory / "seen.jpg") as seen:
        red, green, blue = seen.convert("RGB").getpixel((500, 500))  # type: ignore[misc]
        assert (red > 240, green < 20, blue < 20) == (True, True, True)


@pytest.mark.parametrize(
    "tail",
    [
        "1", "-1", "99999999999999999999", "0x0", "..", "%2e%2e", "0/../../..", "..%2f..%2fsecret", "0%00",
        "secret.txt", "../../../secret.txt",
    ],
)  # fmt: skip
async def test_a_path_leads_nowhere_but_to_the_files_of_the_item(house: House, tail: str) -> None:
    (house.road.settings.home / "secret.txt").write_text(SECRET)
    path = await item_with(house, a_file(house.directory))
    anna = await house.signed_in()
    for what in ("picture", "clip"):
        got = await anna.get(f"{path}/files/{tail}/{what}")
        assert got.status == 404
        assert SECRET.encode() not in got.body


@pytest.mark.parametrize("digest", ["", "..", "../secret", "*", "0" * 63, "[0-9a-f]" * 8, "G" * 64, "0" * 64])
async def test_only_a_digest_finds_a_copy(house: House, digest: str) -> None:
    await item_with(house, a_file(house.directory))
    with pytest.raises(NotFound):
        await house.owner.pages.picture(digest)


async def test_a_link_in_place_of_a_copy_is_not_followed(house: House) -> None:
    anna = await house.signed_in()
    path = await item_with(house, a_file(house.directory))
    await lose_pictures(house)
    copy, other = the_copy(house), a_file(house.directory, "other.jpg", "red")
    copy.unlink()
    copy.symlink_to(other)
    assert (await anna.get(f"{path}/files/0/picture")).status == 404


@pytest.mark.parametrize(
    "content", [b"<svg onload='alert(1)'/>", b"<html><script>alert(1)</script>", b"", b"GIF8"]
)
async def test_a_copy_that_is_no_picture_is_not_shown(house: House, content: bytes) -> None:
    anna = await house.signed_in()
    path = await item_with(house, a_file(house.directory))
    kept = await house.owner.posts.picture(house.road.posts[-1].id, PictureUse.PAGE)
    the_copy(house).write_bytes(content)
    assert (await anna.get(f"{path}/files/0/picture")).body == kept
    await lose_pictures(house)
    for what in ("picture", "clip"):
        got = await anna.get(f"{path}/files/0/{what}")
        assert got.status == 404
        assert b"alert" not in got.body


async def test_the_picture_of_a_file_that_is_gone_stays_on_the_page(house: House) -> None:
    anna = await house.signed_in()
    path = await item_with(house, a_file(house.directory))
    kept = await house.owner.posts.picture(house.road.posts[-1].id, PictureUse.PAGE)
    the_copy(house).unlink()
    assert f'<img src="{path}/files/0/picture"' in (await anna.get(path)).html
    assert (await anna.get(f"{path}/files/0/picture")).body == kept


async def test_a_clip_that_is_gone_is_shown_by_its_picture(house: House, clip: Clip) -> None:
    anna = await house.signed_in()
    reel = new_post("reel", str(clip("compliant")))
    planned = await house.owner.posts.submit(reel, at="+3h", state=PostState.AWAITING_APPROVAL)
    path = f"/posts/{planned.post.id}"
    assert "<video" in (await anna.get(path)).html
    kept = await house.owner.posts.picture(planned.post.id, PictureUse.PAGE)
    the_copy(house).unlink()
    got = await anna.get(path)
    assert "The file is no longer kept. This small picture of it is." in got.text
    html = got.html
    assert ("<video" in html, f'<img src="{path}/files/0/picture?of=' in html) == (False, True)
    assert (await anna.get(f"{path}/files/0/picture")).body == kept


async def test_where_file_and_picture_are_gone_the_page_says_so(house: House) -> None:
    anna = await house.signed_in()
    path = await item_with(house, a_file(house.directory))
    await lose_pictures(house)
    the_copy(house).unlink()
    got = await anna.get(path)
    assert (got.status, "The file is no longer kept." in got.text) == (200, True)
    assert (await anna.get(f"{path}/files/0/picture")).status == 404


async def test_a_clip_is_served_as_it_was_kept_and_in_parts(house: House) -> None:
    anna = await house.signed_in()
    path = await item_with(house, a_file(house.directory))
    kept = b"\x00\x00\x00\x20ftypisom" + bytes(2000)
    the_copy(house).write_bytes(kept)
    got = await anna.get(f"{path}/files/0/clip")
    assert (got.status, got.headers["content-type"], got.body) == (200, "video/mp4", kept)
    assert got.headers["x-content-type-options"] == "nosniff"
    part = await anna.get(f"{path}/files/0/clip", range="bytes=0-9")
    assert (part.status, part.body) == (206, kept[:10])


async def test_what_instagram_fetches_by_itself_is_warned_of_and_not_shown(house: House) -> None:
    anna = await house.signed_in()
    asked = await house.proposed(a_picture("https://example.com/a.jpg"))
    path = f"/approvals/{asked.proposal_id}"
    got = await anna.get(path)
    assert "is fetched by Instagram when it is published: it may show something else" in got.text
    assert "<img src" not in got.html.partition("<main")[2]
    assert (await anna.get(f"{path}/files/0/picture")).status == 404


async def test_each_file_of_a_carousel_has_its_picture_its_text_and_its_sha256(house: House) -> None:
    anna = await house.signed_in()
    files = [a_file(house.directory, f"{number}.jpg", f"#{number}{number}0000") for number in range(10)]
    post = new_post("carousel", files, caption="Ten", alt_texts=[f"Text {number}" for number in range(10)])
    asked = await house.proposed(post)
    got = await anna.get(f"/approvals/{asked.proposal_id}")
    assert got.html.count("<figure>") == 10
    for number, copy in enumerate(sorted(house.road.settings.assets.iterdir())):
        assert copy.name.partition(".")[0] in got.text
        assert f"Text {number}" in got.text
