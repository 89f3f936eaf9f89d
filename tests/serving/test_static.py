"""The files of our pages: addresses that carry a hash, kept for good, and no other file of the machine."""

from pathlib import Path

import pytest

from pressroom.serving.static import StaticFiles
from tests.serving.asking import ask

FILES = {"page.css": "body{}", "page.js": 'import "./live.js"', "live.js": "go()"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "static"
    folder.mkdir()
    for name, content in FILES.items():
        (folder / name).write_text(content)
    (tmp_path / "secret.js").write_text("secret")
    (folder / "inner").mkdir()
    (folder / "inner" / "deep.js").write_text("secret")
    return folder


@pytest.fixture
def files(folder: Path) -> StaticFiles:
    return StaticFiles(folder, "/static/")


async def test_an_address_carries_the_hash_and_is_kept_for_good(files: StaticFiles) -> None:
    prefix, digits, name = files.address("page.css").rsplit("/", 2)
    assert (prefix, len(digits), int(digits, 16) > 0, name) == ("/static", 16, True, "page.css")
    got = await ask(files, files.address("page.css"))
    assert (got.status, got.body) == (200, b"body{}")
    assert got.headers["content-type"] == "text/css; charset=utf-8"
    assert got.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert got.headers["x-content-type-options"] == "nosniff"


async def test_a_script_finds_its_neighbour_by_a_relative_name(files: StaticFiles) -> None:
    neighbour = files.address("page.js").replace("page.js", "live.js")
    assert (await ask(files, neighbour)).body == b"go()"


@pytest.mark.parametrize("changed", ["page.css", "live.js"])
def test_another_content_of_any_file_has_other_addresses(folder: Path, changed: str) -> None:
    before = StaticFiles(folder, "/static/").address("page.js")
    (folder / changed).write_text("changed")
    assert StaticFiles(folder, "/static/").address("page.js") != before


async def test_a_wrong_hash_is_not_found_and_not_kept(files: StaticFiles) -> None:
    for path in ("/static/0123456789abcdef/page.css", "/static/page.css", "/page.css", "page.css"):
        got = await ask(files, path)
        assert (got.status, "cache-control" in got.headers) == (404, False)


@pytest.mark.parametrize(
    "name",
    [
        "../secret.js",
        "..",
        ".",
        "",
        "inner/../../secret.js",
        "inner",
        "inner/",
        "/etc/passwd",
        "%2e%2e/secret.js",
        "page.css/",
        "\0",
    ],
)
async def test_no_path_leads_out_of_the_folder(files: StaticFiles, name: str) -> None:
    assert (await ask(files, files.address("page.css").replace("page.css", name))).status == 404


async def test_folders_within_are_served_too(files: StaticFiles) -> None:
    assert (await ask(files, files.address("inner/deep.js"))).body == b"secret"


async def test_a_link_that_is_put_there_later_is_not_followed(folder: Path, files: StaticFiles) -> None:
    (folder / "later.js").symlink_to(folder.parent / "secret.js")
    assert (await ask(files, files.address("page.css").replace("page.css", "later.js"))).status == 404


async def test_files_are_only_read(files: StaticFiles) -> None:
    got = await ask(files, files.address("page.css"), "POST")
    assert (got.status, got.headers["allow"]) == (405, "GET, HEAD")


def test_a_page_cannot_name_a_file_that_is_not_there(files: StaticFiles) -> None:
    with pytest.raises(KeyError, match=r"nothing\.js"):
        files.address("nothing.js")


def test_a_file_of_an_unknown_type_is_noticed_at_the_start(folder: Path) -> None:
    (folder / "notes.md").write_text("notes")
    with pytest.raises(ValueError, match=r"no content type is known for notes\.md"):
        StaticFiles(folder, "/static/")
