"""`publish` and `schedule add` without a kind: what is taken as what, and what is said of it."""

from pathlib import Path

import pytest

from pressroom.cli.shell.failures import ExitCode
from pressroom.core.errors import Refused
from pressroom.core.post import PostKind
from pressroom.service.posts.composing import kind_by_names
from tests.cli.conftest import CLIP, PICTURE, Shell


@pytest.mark.parametrize(
    ("sources", "kind"),
    [
        (["cat.jpg"], PostKind.PHOTO),
        (["CAT.HEIC"], PostKind.PHOTO),
        (["trip.mov"], PostKind.REEL),
        (["cat.jpg", "trip.mov"], PostKind.CAROUSEL),
        (["https://example.com/a.mp4?signed=1"], PostKind.REEL),
        ([PICTURE], PostKind.PHOTO),
    ],
)
def test_one_picture_is_a_photo_one_clip_a_reel_several_are_a_carousel(
    sources: list[str], kind: PostKind
) -> None:
    assert kind_by_names(sources) is kind


@pytest.mark.parametrize("source", ["cat.gif", "notes.txt", "cat", "https://example.com/media/17"])
def test_a_name_that_does_not_tell_is_refused_with_what_to_say(source: str) -> None:
    with pytest.raises(Refused, match="does not tell") as caught:
        kind_by_names([source])
    assert "photo, reel or story" in caught.value.fix


def test_what_was_taken_is_said_on_stderr_and_stands_in_the_json(account: Shell) -> None:
    shown = account("publish", CLIP)
    assert shown.err.startswith("Taken as a reel. For a story: `pressroom publish story FILE`.\n")
    assert shown.out.startswith("The reel is live: ")

    told = account("publish", PICTURE, CLIP, "--caption", "Two", "--json")
    assert (told.json["kind"], told.err.splitlines()[0]) == ("carousel", "Taken as a carousel.")
    planned = account("schedule", "add", PICTURE, "--at", "+2h", "--json")
    assert planned.json["kind"] == "photo"


@pytest.mark.parametrize(
    ("word", "kind"), [("video", "reel"), ("Image", "photo"), ("album", "carousel"), ("stories", "story")]
)
def test_another_word_for_a_kind_is_answered_with_ours(shell: Shell, word: str, kind: str) -> None:
    for command in (("publish",), ("schedule", "add")):
        result = shell(*command, word, "a.mp4")
        assert result.code == ExitCode.USAGE
        assert f"`pressroom {' '.join(command)} {kind} FILE`" in result.err


def test_a_mistyped_kind_is_no_file(shell: Shell) -> None:
    result = shell("publish", "phto", "cat.jpg")
    assert (result.code, "Did you mean 'photo'?" in result.err) == (ExitCode.USAGE, True)


def test_an_option_before_the_files_says_where_it_stands(shell: Shell) -> None:
    result = shell("publish", "--caption", "x", "cat.jpg")
    assert (result.code, "Options stand behind the files." in result.err) == (ExitCode.USAGE, True)


def test_a_file_called_like_a_kind_is_reached_by_its_path(
    account: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "video").touch()
    monkeypatch.chdir(tmp_path)
    assert "does not tell" in account("publish", "./video").err


def test_a_folder_is_no_file_nor_is_an_empty_word(
    account: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "photos").mkdir()
    monkeypatch.chdir(tmp_path)
    assert "There is no kind 'photos'" in account("publish", "photos", "cat.jpg").err
    assert "No such command ''" in account("publish", "").err
