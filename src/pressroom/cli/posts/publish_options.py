"""The options of the publish commands, each with the kinds of post that can have it."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias, cast

import click

from pressroom.cli.media.edit_options import Editing, declare, edits_of
from pressroom.cli.shell.parameters import account_option
from pressroom.core.post import Post, PostKind
from pressroom.core.post_options import POST_OPTIONS, options_of


class Content(Editing):
    """The sources and options of a post's content; those of `POST_OPTIONS` come as click hands them over."""

    sources: tuple[str, ...]
    caption_file: Path | None


class Given(Content):
    """The options and arguments of a post to be published now."""

    dry_run: bool
    account_name: str | None


class Now(Given):
    """The options and arguments of a post to be published now."""

    wait: bool
    idempotency_key: str | None
    again: bool


_TEXT_FILE: Final = click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True)
Decorator: TypeAlias = Callable[[Callable[..., Any]], Callable[..., Any]]


def content_options(kind: PostKind) -> Decorator:
    """Declare the sources and the options of a post's content; the help hides those the kind cannot have.

    Hidden options are accepted: the check then names the kinds that can have them, which click could not.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        # Decorators apply from the bottom up, and click lists options in the order of the source.
        for option in reversed(options_of("flag")):
            is_hidden = kind not in option.kinds
            if option.name == "caption":
                function = click.option(
                    "--caption-file",
                    type=_TEXT_FILE,
                    hidden=is_hidden,
                    help="File that holds the caption, in UTF-8; - is stdin.",
                )(function)
            function = declare(option, function, is_hidden=is_hidden)
        return click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")(function)

    return decorate


def publish_options(kind: PostKind) -> Decorator:
    """Declare the options of `publish`."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        with_dry_run = click.option(
            "--dry-run", is_flag=True, help="Check everything, print the calls, make none."
        )(function)
        return content_options(kind)(account_option(with_dry_run))

    return decorate


def post_of(kind: PostKind, given: Content) -> Post:
    """Build the post. Raises click.UsageError for a caption given twice or unreadable."""
    from pressroom.service import new_post  # noqa: PLC0415  # loads the session, which no help needs

    values = cast("Mapping[str, Any]", given)
    options: dict[str, Any] = {
        option.name: values[option.flag.parameter]
        for option in POST_OPTIONS
        if option.flag and not option.edit
    }
    options["caption"] = caption_of(options["caption"], given["caption_file"])
    options["cover"] = options["cover"] or None
    return new_post(kind, given["sources"], **options, edits=edits_of(given))


def caption_of(text: str | None, file: Path | None) -> str | None:
    """Return the caption, given or read from the file. Raises click.UsageError for both, or an empty file."""
    if file is None:
        return text
    if text is not None:
        raise click.UsageError("--caption and --caption-file exclude each other.")
    try:
        # `utf-8-sig`: Windows editors begin a file with a byte order mark, which would be published. Editors
        # also end it with a newline, which is no part of the caption.
        with click.open_file(str(file), encoding="utf-8-sig") as stream:
            caption = stream.read().rstrip("\r\n")
    except UnicodeDecodeError:
        raise click.BadParameter(
            f"{file} is not UTF-8 text: save it as such.", param_hint="--caption-file"
        ) from None
    if not caption.strip():
        where = "stdin" if str(file) == "-" else file
        raise click.BadParameter(f"{where} holds no caption.", param_hint="--caption-file")
    return caption
