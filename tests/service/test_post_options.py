"""The table of a post's options agrees with the typed declarations, and a new row reaches every face."""

import subprocess
import sys
from dataclasses import fields
from pathlib import Path

from pressroom.core.assets import NO_EDITS, Edits
from pressroom.core.post import PostOptions
from pressroom.core.post_options import CLIP_OPTIONS, POST_OPTIONS, PostOption, fields_of, options_of
from pressroom.service import PostKeywords


def test_table_options_and_keywords_name_the_same_options() -> None:
    own = {option.name for option in POST_OPTIONS if not option.edit} | {"edits"}
    assert own == {field.name for field in fields(PostOptions)} == PostKeywords.__annotations__.keys()
    assert {option.edit for option in POST_OPTIONS if option.edit} == {field.name for field in fields(Edits)}


def test_each_row_has_the_default_of_its_field() -> None:
    usual = PostOptions()
    assert {option.name: option.default for option in POST_OPTIONS} == {
        option.name: option.value_in(usual) for option in POST_OPTIONS
    }


def test_values_by_name_are_gathered_by_field() -> None:
    assert fields_of({"caption": "Hi", "loop": True, "start_s": 1.5}) == {
        "caption": "Hi",
        "edits": Edits(start_s=1.5, repeat=True),
    }
    assert fields_of({"caption": "Hi"}) == {"caption": "Hi"}
    assert fields_of({"loop": False}) == {"edits": NO_EDITS}


def test_a_face_lists_an_option_behind_the_one_that_its_row_names() -> None:
    def names(options: tuple[PostOption, ...]) -> list[str]:
        return [option.name for option in options]

    assert names(options_of("argument")) == [
        "caption", "first_comment", "alt_texts", "user_tags", "collaborators", "cover", "fit",
        "is_ai_generated", "trial", "audio",
    ]  # fmt: skip
    assert names(options_of("column"))[:4] == ["caption", "alt_texts", "first_comment", "cover"]
    assert [*options_of("flag")][-len(CLIP_OPTIONS) :] == [*CLIP_OPTIONS]


def test_a_row_and_a_typed_field_are_all_that_an_option_needs_in_every_face() -> None:
    program = Path(__file__).with_name("plant_an_option.py")
    done = subprocess.run([sys.executable, program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
