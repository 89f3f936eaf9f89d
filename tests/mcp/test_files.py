"""Which files and addresses an agent may use: those of folders that a person named, and of the internet."""

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import pytest
from PIL import Image

from pressroom.core.errors import Refused
from pressroom.core.post import PostId
from pressroom.mcp.context import Folders
from tests.fakes.clock import FakeClock
from tests.mcp.agents import Agent, agent
from tests.service.consenting import a_file
from tests.service.road import opened_road

OUTSIDE = "is in no folder that the person allowed"


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    (tmp_path / "private").mkdir()
    return Path(a_file(tmp_path / "private", "secret.jpg", "red"))


async def path_of(_file: BinaryIO, path: Path) -> Path:
    return path


async def draft_of(ana: Agent, source: str) -> str:
    return await ana.refused("create_draft", kind="photo", sources=[source])


async def test_a_file_is_named_within_the_folder_or_whole(ana: Agent) -> None:
    inside = ana.pictures / "cat.jpg"
    first = await ana.call("create_draft", kind="photo", sources=["cat.jpg"])
    assert (await ana.call("create_draft", kind="photo", sources=[str(inside)]))["post_id"] == first[
        "post_id"
    ]


async def test_a_file_elsewhere_is_refused_by_every_tool_that_takes_one(ana: Agent, outside: Path) -> None:
    post_id, there = await ana.draft(), str(outside)
    said = [
        await draft_of(ana, there),
        await draft_of(ana, "../private/secret.jpg"),
        await ana.refused("check_media", source=there),
        await ana.refused("change_post", post_id=post_id, sources=[there]),
        await ana.refused("change_post", post_id=post_id, cover=there),
        await ana.refused("create_draft", kind="reel", sources=["cat.jpg"], cover=there),
        await ana.refused("create_report", output=str(outside.with_suffix(".html"))),
        await ana.refused("create_report", output="../private/report.html"),
    ]
    assert all(OUTSIDE in one for one in said), said


async def test_no_agent_has_an_object_read_by_the_owners_key(ana: Agent) -> None:
    post_id, there = await ana.draft(), "S3://shelf/cat.jpg"
    said = [
        await draft_of(ana, there),
        await ana.refused("check_media", source=there),
        await ana.refused("change_post", post_id=post_id, sources=[there]),
        await ana.refused("create_draft", kind="reel", sources=["cat.jpg"], cover=there),
    ]
    assert all("Agents publish no objects" in one for one in said), said


async def test_whether_a_file_elsewhere_is_there_is_not_told(ana: Agent, outside: Path) -> None:
    there, missing = await draft_of(ana, str(outside)), await draft_of(ana, f"{outside}.gone")
    assert there.replace(str(outside), "") == missing.replace(f"{outside}.gone", "")


async def test_a_link_out_of_the_folder_is_no_way_out(ana: Agent, outside: Path) -> None:
    (ana.pictures / "link.jpg").symlink_to(outside)
    (ana.pictures / "folder").symlink_to(outside.parent)
    for source in ("link.jpg", "folder/secret.jpg", "folder/../../private/secret.jpg"):
        assert OUTSIDE in await draft_of(ana, source)
    assert OUTSIDE in await ana.refused("create_report", output="folder/report.html")
    (ana.pictures / "report.html").symlink_to(outside)
    assert OUTSIDE in await ana.refused("create_report", output="report.html")


class Swapping(FakeClock):
    """Has something done whenever the time is read: that is after a file was checked and while it is used."""

    act: Callable[[], object] = staticmethod(lambda: None)

    def now(self) -> datetime:
        self.act()
        return super().now()


async def test_a_file_that_is_swapped_for_a_link_after_the_check_goes_as_it_was_checked(
    tmp_path: Path, outside: Path
) -> None:
    clock = Swapping()

    def swap() -> None:
        (ana.pictures / "link.jpg").symlink_to(outside)
        (ana.pictures / "link.jpg").replace(ana.pictures / "cat.jpg")

    async with opened_road(tmp_path / "home", clock=clock) as road:
        road.sign_in("ana")
        async with agent(road, tmp_path / "pictures") as ana:
            await ana.draft("The session is open now")
            cat = (ana.pictures / "cat.jpg").read_bytes()
            clock.act = swap
            post_id = await ana.draft()
            assert (ana.pictures / "cat.jpg").is_symlink()
        assert road.post(PostId(post_id)).assets[0].path.read_bytes() == cat


async def test_a_link_within_the_folder_is_the_file(ana: Agent) -> None:
    (ana.pictures / "same.jpg").symlink_to(ana.pictures / "cat.jpg")
    assert await ana.draft(sources=["same.jpg"]) == await ana.draft()


async def test_a_folder_or_a_missing_file_is_no_file(ana: Agent) -> None:
    (ana.pictures / "folder.jpg").mkdir()
    os.mkfifo(ana.pictures / "pipe.jpg")  # to open it plainly would wait for who writes to it
    for source in ("folder.jpg", "gone.jpg", "pipe.jpg", "cat.jpg/cat.jpg"):
        assert f"There is no file {source}" in await draft_of(ana, source)


async def test_a_file_that_is_refused_is_called_by_its_own_name(ana: Agent) -> None:
    whole = (ana.pictures / "cat.jpg").read_bytes()
    (ana.pictures / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    assert (await draft_of(ana, "cut.jpg")).startswith("cut.jpg is cut off")


async def test_a_huge_file_is_refused_before_it_is_copied(ana: Agent) -> None:
    with (ana.pictures / "huge.mp4").open("wb") as file:
        file.truncate(2_000_000_000)
    said = await ana.refused("create_draft", kind="reel", sources=["huge.mp4"])
    assert "huge.mp4" in said
    assert sorted(ana.road.settings.assets.glob("*")) == []


async def test_an_address_of_this_machine_or_network_is_refused(ana: Agent) -> None:
    for address in ("http://169.254.169.254/latest", "https://10.0.0.1/a.jpg", "file:///etc/passwd"):
        checked = await ana.result("check_media", source=address)
        told = checked.structured_content or {"action": "refuse"}
        assert told["action"] == "refuse", address
    assert "file:// addresses" in await draft_of(ana, "file:///etc/passwd")


async def test_without_a_folder_the_person_is_asked_to_name_one(ana: Agent) -> None:
    with pytest.raises(Refused, match="--allow"):
        await Folders.of(()).using(str(ana.pictures / "cat.jpg"), path_of)


def test_a_folder_that_is_not_there_is_refused_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="There is no folder"):
        Folders.of((tmp_path / "gone",))


async def test_a_path_that_is_none_is_refused_and_no_fault(ana: Agent) -> None:
    for source in ("~nobody/a.jpg", "cat\0.jpg", "/private/x://../cat.jpg", "x" * 5000):
        said = await draft_of(ana, source)
        assert "mistake" not in said, source


async def test_a_file_is_found_in_any_of_the_folders(tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
    there = a_file(tmp_path / "second")
    folders = Folders.of((tmp_path / "first", tmp_path / "second"))
    assert str(await folders.using("cat.jpg", path_of)) == there
    assert "first" in folders.in_words


async def test_a_report_is_an_html_file(ana: Agent) -> None:
    assert "report.txt is none" in await ana.refused("create_report", output="report.txt")


async def test_what_becomes_of_a_file_is_said_in_words(ana: Agent) -> None:
    (ana.pictures / "no.jpg").write_bytes(b"no picture")
    Image.new("RGB", (600, 60), "grey").save(ana.pictures / "wide.png")
    for source, said in (("cat.jpg", "as it is"), ("wide.png", "converts a copy"), ("no.jpg", "not take")):
        assert said in (await ana.call("check_media", source=source))["next_step"]
