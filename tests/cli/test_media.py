"""`pressroom media`: what Instagram would say of a file, the file it accepts, and what is published."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from pressroom.core.errors import ExitCode
from pressroom.media.samples import make_photo, make_poster
from pressroom.sandbox.settings import SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from tests.cli.conftest import CLIP, PICTURE, Shell


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A picture that complies and one that does not."""
    directory = tmp_path_factory.mktemp("samples")
    make_photo(directory / "photo.jpg")
    make_poster(directory / "poster.png")
    return directory


@pytest.fixture
def copy(samples: Path, tmp_path: Path) -> Callable[[str], Path]:
    def copied(name: str) -> Path:
        place = tmp_path / "in" / name
        place.parent.mkdir(exist_ok=True)
        place.write_bytes((samples / name).read_bytes())
        return place

    return copied


def test_check_says_rule_by_rule_what_is_met_and_what_would_be_done(shell: Shell, samples: Path) -> None:
    result = shell("media", "check", samples / "poster.png")
    assert result.code == ExitCode.DONE
    rows = {line.split()[0]: line for line in result.out.splitlines() if line}
    assert rows["ratio"].split()[1:] == ["3:4", "4:5", "to", "1.91:1", "not", "met"]
    assert rows["width"].endswith("ok")
    assert "It is converted before it is published, in about" in result.out
    assert "blurred bars were added" in result.out


def test_check_in_json_holds_every_finding(shell: Shell, samples: Path) -> None:
    (report,) = shell("media", "check", samples / "poster.png", "--json").json
    ratio = next(finding for finding in report["findings"] if finding["rule"] == "ratio")
    assert (report["action"], report["error_code"], ratio["is_met"]) == ("full", None, False)
    assert report["path"] == str(samples / "poster.png")


def test_a_file_that_complies_is_said_to(shell: Shell, samples: Path) -> None:
    assert "Instagram takes it as it is." in shell("media", "check", samples / "photo.jpg").out


def test_check_ends_with_3_when_one_file_would_be_refused(
    shell: Shell, samples: Path, tmp_path: Path
) -> None:
    (tmp_path / "notes.mp4").write_text("no clip")
    result = shell("media", "check", samples / "photo.jpg", tmp_path / "notes.mp4")
    assert result.code == ExitCode.REFUSED
    assert "It cannot be published." in result.out
    assert "Instagram takes it as it is." in result.out


def test_check_is_for_the_use_that_is_named(shell: Shell, samples: Path) -> None:
    (report,) = shell("media", "check", samples / "photo.jpg", "--as", "reel", "--json").json
    assert (report["action"], report["error_code"]) == ("refuse", "is_image")


def test_checking_a_missing_file_is_refused(shell: Shell) -> None:
    result = shell("media", "check", "nothing.jpg", "--json")
    assert (result.code, result.error["code"]) == (ExitCode.REFUSED, "missing_file")


def test_convert_writes_next_to_the_input_and_gives_the_seeds_keys(
    shell: Shell, copy: Callable[[str], Path]
) -> None:
    path = copy("poster.png")
    result = shell("media", "convert", path, "--json")
    made = path.with_name("poster.instagram.jpg")
    assert result.code == ExitCode.DONE
    assert result.json["success"] is True
    assert result.json["converted"] is True
    assert result.json["output_path"] == str(made)
    assert result.json["file_size_mb"] == round(made.stat().st_size / 1e6, 2)
    with Image.open(made) as image:
        assert (image.format, image.size) == ("JPEG", (1152, 1440))


def test_every_change_is_said(shell: Shell, copy: Callable[[str], Path]) -> None:
    result = shell("media", "convert", copy("poster.png"))
    assert "poster.png: 3:4 is taller than 4:5: blurred bars were added" in result.err
    assert "poster.png: Transparent parts became white." in result.err


def test_a_file_that_complies_is_left_alone(shell: Shell, copy: Callable[[str], Path]) -> None:
    path = copy("photo.jpg")
    shown = shell("media", "convert", path, "--json").json
    assert (shown["converted"], shown["output_path"], shown["action"]) == (False, str(path), "as_is")
    assert [file.name for file in path.parent.iterdir()] == ["photo.jpg"]


def test_a_named_output_is_made_even_of_a_file_that_complies(
    shell: Shell, copy: Callable[[str], Path], tmp_path: Path
) -> None:
    shown = shell("media", "convert", copy("photo.jpg"), "--output", tmp_path / "out.jpg", "--json").json
    assert (shown["converted"], shown["output_path"]) == (False, str(tmp_path / "out.jpg"))
    assert (tmp_path / "out.jpg").exists()


def test_a_file_that_is_there_is_replaced_by_force_alone(
    shell: Shell, copy: Callable[[str], Path], tmp_path: Path
) -> None:
    path, output = copy("poster.png"), tmp_path / "out.jpg"
    output.write_text("precious")
    refused = shell("media", "convert", path, "--output", output, "--json")
    assert (refused.code, refused.error["code"]) == (ExitCode.REFUSED, "output_exists")
    assert output.read_text() == "precious"
    assert shell("media", "convert", path, "--output", output, "--force").code == ExitCode.DONE
    assert output.read_bytes()[:2] == b"\xff\xd8"


def test_the_input_is_never_the_output(shell: Shell, copy: Callable[[str], Path]) -> None:
    path = copy("poster.png")
    before = path.read_bytes()
    result = shell("media", "convert", path, "--output", path, "--force", "--json")
    assert (result.code, result.error["code"]) == (ExitCode.REFUSED, "output_is_input")
    assert path.read_bytes() == before


def test_a_refusal_keeps_its_code_and_leaves_nothing(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "notes.mp4").write_text("no clip")
    result = shell("media", "convert", tmp_path / "notes.mp4", "--json")
    assert (result.code, result.out, result.error["code"]) == (ExitCode.REFUSED, "", "not_media")
    assert [file.name for file in tmp_path.iterdir()] == ["notes.mp4"]


def test_a_folder_is_worked_through_and_summed_up(shell: Shell, copy: Callable[[str], Path]) -> None:
    folder = copy("poster.png").parent
    copy("photo.jpg")
    (folder / "broken.png").write_bytes(b"")
    (folder / "readme.txt").write_text("not media")
    result = shell("media", "convert", folder)
    assert result.code == ExitCode.REFUSED
    assert result.out.splitlines()[-1] == "1 converted, 1 complied, 1 refused."
    assert "broken.png is empty." in result.err


def test_a_folder_may_be_converted_again(shell: Shell, copy: Callable[[str], Path]) -> None:
    """What was made before is neither an input nor in the way."""
    folder = copy("poster.png").parent
    shell("media", "convert", folder)
    again = shell("media", "convert", folder, "--force", "--json").json
    assert [Path(one["path"]).name for one in again["files"]] == ["poster.png"]
    assert (again["converted"], again["complied"], again["refused"]) == (1, 0, 0)


def test_one_output_for_several_files_is_a_usage_error(shell: Shell, copy: Callable[[str], Path]) -> None:
    result = shell("media", "convert", copy("poster.png"), copy("photo.jpg"), "--output", "one.jpg")
    assert result.code == ExitCode.USAGE


def test_list_shows_the_newest_first(account: Shell, sandbox: Sandbox) -> None:
    account("publish", "photo", PICTURE, "--caption", "A very long caption\nthat goes on and on and on")
    account("publish", "reel", CLIP)
    shown = account("media", "list", "--json").json
    assert [one["id"] for one in shown] == [media.id for media in sandbox.media]
    assert [one["kind"] for one in shown[:2]] == ["reel", "photo"]
    rows = account("media", "list").out.splitlines()
    assert rows[2].endswith("A very long caption that goes on and on…")
    assert "2026-11-24 12:0" in rows[2]


@pytest.mark.parametrize("settings", [SandboxSettings(media=60)])
@pytest.mark.parametrize(("args", "count"), [((), 25), (("--limit", "3"), 3), (("--since", "1000d"), 60)])
def test_list_gives_25_unless_told_otherwise(account: Shell, args: tuple[str, ...], count: int) -> None:
    assert len(account("media", "list", *args, "--json").json) == count
