"""Adds an option to posts, a row and a typed field, before anything reads the table; finds it in every face.

A program of its own, since the faces read the table when they are imported; test_post_options.py runs it.
"""

# ruff: noqa: E402

from dataclasses import make_dataclass
from pathlib import Path
from typing import Any

import click
from click.testing import CliRunner

from pressroom.core import post, post_options
from pressroom.core.assets import Asset
from pressroom.core.option_values import NAMES
from pressroom.core.post import Post, PostId, PostKind
from pressroom.core.post_options import Flag, Parameter, Words

kept: Any = post_options
kept.POST_OPTIONS = (
    *post_options.POST_OPTIONS,
    post_options.PostOption(
        name="partners",
        value=NAMES,
        kinds=(PostKind.REEL,),
        carried_as="partners",
        default=(),
        column=Words("Who paid for it."),
        flag=Flag(name="partner", metavar="NAME", words="Who paid."),
        argument=Words("Accounts that paid."),
        parameter=Parameter("partners_on_the_wire"),
    ),
)
more: Any = make_dataclass(
    "PostOptions",
    [("partners", tuple[str, ...], ())],
    bases=(post.PostOptions,),
    frozen=True,
    slots=True,
    kw_only=True,
)
kept.PostOptions = post.PostOptions = more

from pressroom.cli.posts.options import changed_values, changing_options, content_options
from pressroom.cli.posts.options import post_of as post_of_command
from pressroom.cli.root import root
from pressroom.core.errors import Refused
from pressroom.core.post_options import options_as_json
from pressroom.graph.answers import UserId
from pressroom.mcp import inputs
from pressroom.mcp.listing import BY_NAME
from pressroom.publish.steps.creating import create_call
from pressroom.publish.steps.preparation import Hosted
from pressroom.publish.validation import validate
from pressroom.service.consent.rules import summary_of
from pressroom.service.posts.composing import PostKeywords
from pressroom.service.posts.tables.columns import COLUMNS, WORDS, Row
from pressroom.service.posts.tables.files import Format, read_table
from pressroom.service.posts.tables.rows import post_of, row_of
from pressroom.service.posts.tables.writing import Writer
from pressroom.service.shapes.posts import PostShape
from pressroom.web.posts.further import fields_of, read_options

PostKeywords.__annotations__["partners"] = object
help_of_reel = CliRunner().invoke(root, ["publish", "reel", "--help"]).output
assert "--partner NAME" in help_of_reel, help_of_reel
assert "--partner" not in CliRunner().invoke(root, ["publish", "photo", "--help"]).output


@click.command()
@content_options(PostKind.REEL)
def reel_of(**given: Any) -> None:
    """Print who paid."""
    content: Any = given
    click.echo(vars(post_of_command(PostKind.REEL, content))["options"].partners)


paid = CliRunner().invoke(reel_of, ["https://e.com/a.mp4", "--partner", "ana", "--partner", "ben"])
assert paid.output == "('ana', 'ben')\n", (paid.output, paid.exception)


@click.command()
@changing_options
def edited(**given: Any) -> None:
    """Print what `schedule edit` changes."""
    click.echo(changed_values(given, given.pop("caption_file"), given.pop("cleared")))


edits = CliRunner().invoke(edited, ["--partner", "ana"])
assert edits.output == "{'partners': ('ana',)}\n", (edits.output, edits.exception)
assert CliRunner().invoke(edited, ["--clear", "partner"]).output == "{'partners': ()}\n"

assert COLUMNS.index("partners") == COLUMNS.index("idempotency_key") - 1
assert WORDS["partners"] == "Who paid for it."
options = more(partners=("ana", "ben"), caption="Hi")
reel = Post(id=PostId("1" * 32), kind=PostKind.REEL, assets=(Asset("https://e.com/a.mp4"),), options=options)
forms: tuple[Format, ...] = ("csv", "json", "xlsx")
for form in forms:
    ((_, row),) = read_table(Writer(format=form).bytes_of([row_of(reel)]), form).rows
    assert isinstance(row, Row)
    assert row.partners == ("ana", "ben")
    assert post_of(row, Path()).options == options
assert summary_of(reel)["partners"] == ("ana", "ben")
assert PostShape.of(reel).options == {"partners": ["ana", "ben"]}
assert options_as_json(options) == {"caption": "Hi", "partners": ["ana", "ben"]}
(field,) = (field for field in fields_of(options) if field.name == "partners")
assert field == ("partners", "Partner", "Who paid for it.", "lines", (), "reel", "ana\nben")
assert read_options({"partners": field.value}, PostKind.REEL) == {"partners": ("ana", "ben")}
hosted = Hosted(media_type="video", url="https://e.com/a.mp4")
call = create_call(reel, UserId("1"), None, media={0: hosted})
assert call.params["partners_on_the_wire"] == '["ana","ben"]'
refusal: Refused | None = None
try:
    validate(Post(id=reel.id, kind=PostKind.PHOTO, assets=(Asset("https://e.com/a.jpg"),), options=options))
except Refused as error:
    refusal = error
assert refusal
assert refusal.message == "A photo cannot carry partners."

for tool in ("create_draft", "change_post"):
    assert BY_NAME[tool].input_schema["properties"]["partners"] == {
        "type": "array",
        "items": {"type": "string"},
        "description": "Accounts that paid.",
    }
assert inputs.OPTIONS[-1].name == "partners"
