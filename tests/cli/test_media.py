"""`pressroom media`: what Instagram would say of a file, the file it accepts, and what is published."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from pressroom.cli.shell.failures import ExitCode
from pressroom.sandbox.samples import make_photo, make_poster
from pressroom.sandbox.settings import SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from tests.cli.conftest import CLIP, PICTURE, Shell
from tests.media.fixtures import Clip

pytestmark = pytest.mark.usefixtures("foreign_programs")


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


def test_check_lists_what_each_fit_of_a_clip_costs(shell: Shell, clip: Clip) -> None:
    result = shell("media", "check", clip("landscape"))
    rows = {line.split()[0]: line.split() for line in result.out.splitlines() if line}
    assert rows["keep"][1:5] == ["320", "x", "180", "none"]
    assert rows["blur"][1:7] == ["720", "x", "1280", "encoded", "at", "most"]
    assert "Instagram takes it as it is." in result.out
    assert "Instagram shows 16:9 with bars; fit blur fills them" in result.err
    (report,) = shell("media", "check", clip("landscape"), "--json").json
    assert [one["fit"] for one in report["fits"]] == ["blur", "pad", "crop", "keep"]


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
    assert "PNG became baseline JPEG. 3:4 is taller than 4:5: blurred bars were added" in result.err
    assert "Transparent parts became white." in result.err


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


def test_a_file_that_is_there_is_replaced_only_when_asked(
    shell: Shell, copy: Callable[[str], Path], tmp_path: Path
) -> None:
    path, output = copy("poster.png"), tmp_path / "out.jpg"
    output.write_text("precious")
    refused = shell("media", "convert", path, "--output", output, "--json")
    assert (refused.code, refused.error["code"]) == (ExitCode.REFUSED, "output_exists")
    assert output.read_text() == "precious"
    assert shell("media", "convert", path, "--output", output, "--overwrite").code == ExitCode.DONE
    assert output.read_bytes()[:2] == b"\xff\xd8"


def test_the_input_is_never_the_output(shell: Shell, copy: Callable[[str], Path]) -> None:
    path = copy("poster.png")
    before = path.read_bytes()
    result = shell("media", "convert", path, "--output", path, "--overwrite", "--json")
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


def test_nothing_of_a_folder_is_passed_by_in_silence(shell: Shell, copy: Callable[[str], Path]) -> None:
    """What is a picture is tried whatever its name; what is none, and a folder, is named."""
    folder = copy("poster.png").parent
    (folder / "poster.png").rename(folder / "IMG_0001")
    (folder / "new.jxl").write_bytes(bytes.fromhex("ff0a") + bytes(60))
    (folder / "paper.pdf").write_bytes(b"%PDF-1.7")
    (folder / "inside").mkdir()
    result = shell("media", "convert", folder)
    assert result.code == ExitCode.REFUSED
    assert "new.jxl is a JPEG XL picture." in result.err
    assert "Left alone, since they are neither pictures nor clips: inside, paper.pdf." in result.err
    again = shell("media", "convert", folder, "--overwrite", "--json").json
    assert [(Path(file["path"]).name, file["success"]) for file in again["files"]] == [
        ("IMG_0001", True),
        ("new.jxl", False),
    ]
    assert [Path(name).name for name in again["ignored"]] == ["inside", "paper.pdf"]


def test_a_folder_may_be_converted_again(shell: Shell, copy: Callable[[str], Path]) -> None:
    """What was made before is no input, and is made again only when asked, or when its source is newer."""
    path = copy("poster.png")
    shell("media", "convert", path.parent)
    again = shell("media", "convert", path.parent, "--json")
    assert (again.code, again.json["files"], again.json["skipped"]) == (ExitCode.DONE, [], 1)
    anew = shell("media", "convert", path.parent, "--overwrite", "--json").json
    assert [Path(one["path"]).name for one in anew["files"]] == ["poster.png"]
    assert (anew["converted"], anew["complied"], anew["skipped"], anew["refused"]) == (1, 0, 0, 0)
    later = path.stat().st_mtime + 60
    os.utime(path, (later, later))
    assert shell("media", "convert", path.parent).code == ExitCode.REFUSED


def test_an_animated_webp_of_a_folder_is_a_clip_and_is_made_once(
    shell: Shell, clip: Clip, tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "wave.webp").write_bytes(clip("brief_webp").read_bytes())
    (made,) = shell("media", "convert", tmp_path / "in", "--json").json["files"]
    assert Path(made["output_path"]).name == "wave.instagram.mp4"
    assert shell("media", "convert", tmp_path / "in", "--json").json["skipped"] == 1


def test_a_name_with_no_room_for_an_ending_is_cut(shell: Shell, copy: Callable[[str], Path]) -> None:
    path = copy("poster.png")
    long = path.rename(path.with_name("\N{SNOWMAN}" * 83 + ".png"))
    result = shell("media", "convert", long.parent, "--json")
    assert [Path(one["output_path"]).name for one in result.json["files"]] == [
        "\N{SNOWMAN}" * 80 + ".instagram.jpg"
    ]
    beyond = shell("media", "convert", long, "--output", path.with_name("x" * 300), "--json")
    assert (beyond.code, beyond.error["code"]) == (ExitCode.REFUSED, "permission")


def test_two_inputs_of_one_name_never_share_an_output(shell: Shell, copy: Callable[[str], Path]) -> None:
    path = copy("poster.png")
    with Image.open(path) as image:
        image.convert("RGB").save(path.with_suffix(".bmp"))
    result = shell("media", "convert", path.parent, "--json")
    assert result.code == ExitCode.REFUSED
    assert [one["success"] for one in result.json["files"]] == [True, False]
    assert result.json["files"][1]["error"]["code"] == "output_exists"


def test_a_clip_is_not_taken_for_made_since_the_picture_of_its_name_was(
    shell: Shell, copy: Callable[[str], Path]
) -> None:
    """A phone's live photo is a picture and a clip of one name; a first run may have been stopped between."""
    picture = copy("poster.png")
    picture.with_suffix(".mov").write_bytes(b"no clip")
    assert shell("media", "convert", picture).code == ExitCode.DONE
    again = shell("media", "convert", picture.parent, "--json").json
    assert (again["skipped"], [Path(one["path"]).name for one in again["files"]]) == (1, ["poster.mov"])


def test_a_second_picture_of_one_name_is_refused_in_every_run(
    shell: Shell, copy: Callable[[str], Path]
) -> None:
    path = copy("poster.png")
    with Image.open(path) as image:
        image.convert("RGB").save(path.with_suffix(".bmp"))
    shell("media", "convert", path.parent)
    again = shell("media", "convert", path.parent, "--json")
    assert (again.code, again.json["skipped"], again.json["refused"]) == (ExitCode.REFUSED, 1, 1)


def test_one_output_for_several_files_is_a_usage_error(shell: Shell, copy: Callable[[str], Path]) -> None:
    result = shell("media", "convert", copy("poster.png"), copy("photo.jpg"), "--output", "one.jpg")
    assert result.code == ExitCode.USAGE


def test_a_clip_is_changed_only_as_asked(shell: Shell, tmp_path: Path, clip: Clip) -> None:
    """A second of film is refused by itself, and looped, cut, evened when the options say so."""
    short, output = clip("short"), tmp_path / "out.mp4"
    assert shell("media", "check", short).code == ExitCode.REFUSED
    assert shell("media", "check", short, "--loop").code == ExitCode.DONE
    options = ("--loop", "--loudness", "--quality", "high", "--fit", "keep")
    made = shell("media", "convert", short, "--output", output, *options, "--json").json
    assert made["duration"] == 3
    assert "It is played 3 times, since once is too short." in made["changes"]
    assert "Loudness was brought to -14 LUFS." in made["changes"]
    cut = ("--start", "0:00.5", "--end", "3.6", "--fit", "keep", "--overwrite", "--output", output)
    assert shell("media", "convert", clip("long"), *cut, "--json").json["duration"] == 3.1


def test_what_cannot_be_published_is_not_said_to_be_converted(shell: Shell, clip: Clip) -> None:
    cut = ("--start", "0", "--end", "1")
    verdict = shell("media", "check", clip("matroska_long"), *cut).out.partition("It cannot be published.")[2]
    assert "--loop" in verdict
    assert "It is converted." not in verdict


def test_what_is_left_of_a_clip_is_used_when_asked(shell: Shell, tmp_path: Path, clip: Clip) -> None:
    whole = clip("long_moov_first").read_bytes()
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(whole[: int(len(whole) * 0.9)])
    assert shell("media", "convert", broken, "--json").error["code"] == "truncated"
    made = shell("media", "convert", broken, "--salvage", "--fit", "keep", "--json").json
    assert 3 <= made["duration"] < 4


def test_an_end_before_the_start_is_a_usage_error(shell: Shell, copy: Callable[[str], Path]) -> None:
    path = copy("photo.jpg")
    assert shell("media", "convert", path, "--start", "5", "--end", "4").code == ExitCode.USAGE
    for start in ("five", "٣", "9" * 400 + ":00:00", "9" * 5000):
        assert shell("media", "convert", path, "--start", start).code == ExitCode.USAGE


def test_a_frame_becomes_a_cover(shell: Shell, tmp_path: Path, clip: Clip) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(clip("compliant").read_bytes())
    made = shell("media", "cover", path, "--at", "1.5", "--json").json
    assert made["output_path"] == str(tmp_path / "clip.cover.jpg")
    with Image.open(made["output_path"]) as image:
        assert (image.format, image.size) == ("JPEG", (320, 569))
    again = shell("media", "cover", path, "--json")
    assert (again.code, again.error["code"]) == (ExitCode.REFUSED, "output_exists")
    assert shell("media", "cover", path, "--at", "9", "--overwrite", "--json").error["code"] == "no_frame"


def test_an_address_is_fetched_as_instagram_would(shell: Shell) -> None:
    (report,) = shell("media", "check", "http://127.0.0.1/a.jpg?key=secret", "--json").json
    assert (report["path"], report["action"]) == ("http://127.0.0.1/a.jpg", "refuse")
    assert report["error_code"] == "url_https"
    assert report["findings"][0]["limit"] == "https"
    shown = shell("media", "check", "https://127.0.0.1/a.jpg?key=a/secret")
    assert shown.code == ExitCode.REFUSED
    assert "secret" not in shown.out + shown.err
    assert "127.0.0.1 is an address of this machine or network" in shown.out


def test_list_shows_the_newest_first(account: Shell, sandbox: Sandbox) -> None:
    account("publish", "photo", PICTURE, "--caption", "A very long caption\nthat goes on and on and on")
    account("publish", "reel", CLIP)
    shown = account("media", "list", "--json").json
    assert [one["id"] for one in shown] == [media.id for media in sandbox.media]
    assert [one["kind"] for one in shown[:2]] == ["reel", "photo"]
    rows = account("media", "list").out.splitlines()
    assert rows[2].endswith("A very long caption that goes on and on and on")
    assert "2026-11-24 12:0" in rows[2]


@pytest.mark.parametrize("settings", [SandboxSettings(media=60)])
@pytest.mark.parametrize(("args", "count"), [((), 25), (("--limit", "3"), 3), (("--since", "1000d"), 60)])
def test_list_gives_25_unless_told_otherwise(account: Shell, args: tuple[str, ...], count: int) -> None:
    assert len(account("media", "list", *args, "--json").json) == count


NOT_UTF8 = "cat.\udcff\udcfe"  # as Python gives the bytes ff and fe


@pytest.mark.parametrize("json", [(), ("--json",)])
@pytest.mark.parametrize("command", ["check", "convert", "cover"])
def test_a_name_that_is_not_utf8_is_refused_by_its_bytes(
    shell: Shell, command: str, json: tuple[str, ...]
) -> None:
    result = shell("media", command, NOT_UTF8, *json)
    assert (result.code, result.out) == (ExitCode.REFUSED, "")
    assert r"\udcff" in result.err
    assert "Rename the file" in result.err


def test_an_output_whose_name_is_not_utf8_is_refused_before_anything_is_made(
    shell: Shell, copy: Callable[[str], Path]
) -> None:
    result = shell("media", "convert", copy("poster.png"), "--output", "made\udcff.jpg", "--json")
    assert (result.code, result.error["code"]) == (ExitCode.REFUSED, "file_name")


@pytest.mark.skipif(sys.platform != "linux", reason="this system's files have names in UTF-8 alone")
def test_of_a_folder_a_name_that_is_not_utf8_is_told_in_json_by_its_numbers(
    shell: Shell, copy: Callable[[str], Path]
) -> None:
    good = copy("photo.jpg")
    bad = good.with_name("d\udcffg.jpg")
    bad.write_bytes(good.read_bytes())
    result = shell("media", "convert", good.parent, "--json")
    told = {one["path"]: one["success"] for one in result.json["files"]}
    assert (result.code, told) == (ExitCode.REFUSED, {str(good): True, str(bad): False})
    result.out.encode()
