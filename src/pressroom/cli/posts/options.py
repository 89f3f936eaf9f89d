"""A post's content on a command line: its kind, its files, and the options of the kind.

`KindGroup` is the group with a command for each kind. `content_options` declares what such a command takes,
and `post_of` makes the post of it. `edit_options` are those of a clip, which `media` takes, too; no edit is
ever applied unasked. The help of `publish` comes from here, so nothing of this loads the service.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypedDict, cast

import click
from click.shell_completion import CompletionItem

from pressroom.cli.shell.command import Group, Invocation, note_later
from pressroom.cli.shell.parameters import Tag
from pressroom.core.assets import Edits, Quality
from pressroom.core.option_values import QUALITIES, SECONDS, SWITCH, TAGS, TRUTH, WHOLE_NUMBER, ValueKind
from pressroom.core.post import Post, PostKind, When
from pressroom.core.post_options import CLIP_OPTIONS, POST_OPTIONS, PostOption, options_of
from pressroom.core.when import DAY_HELP, WHEN_HELP, day_of, zone_named

if TYPE_CHECKING:
    from pressroom.service import Pressroom

_SPAN: Final = re.compile(r"(?:(?:([0-9]{1,4}):)?([0-9]{1,2}):)?([0-9]{1,9}(?:\.[0-9]+)?)")


class Editing(TypedDict):
    """The edit options of a clip."""

    start: float | None
    end: float | None
    loop: bool
    loudness: bool
    salvage: bool
    quality: Quality


class Timing(TypedDict):
    """The options that say when a post goes out, or that nobody knows yet."""

    at: str | None
    day: str | None
    is_open: bool
    tz: str | None


def with_options(function: Callable[..., Any], *options: Callable[..., Any]) -> Callable[..., Any]:
    """Declare options at a command, in the order in which its help lists them."""
    # Decorators apply from the bottom up.
    for option in reversed(options):
        function = option(function)
    return function


def time_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Declare the options of `Timing` but `--tz`, of which several commands have their own."""
    return with_options(
        function,
        click.option("--at", metavar="WHEN", help=WHEN_HELP),
        click.option("--day", metavar="DAY", help=f"A day, and no time yet: {DAY_HELP}; it is held back."),
        click.option("--open", "is_open", is_flag=True, help="Neither day nor time yet; it is held back."),
    )


async def time_of(
    invocation: Invocation, pressroom: "Pressroom", options: Timing, zone: str | None = None
) -> date | str:
    """Return what `submit` takes as `at`. zone: of a day, where none is named; None is the account's.

    Raises Refused for what is no day.
    """
    if options["is_open"]:
        return When.OPEN
    if options["day"] is None:
        return options["at"] or ""
    name = options["tz"] or zone or await pressroom.posts.zone()
    return day_of(options["day"], now=invocation.runtime.clock.now(), zone=zone_named(name))


class Moment(click.ParamType[float]):
    """A moment of a clip: seconds (`2.5`), or `1:30`, or `1:02:03`."""

    name = "time"

    def convert(self, value: str | float, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read it as seconds."""
        # click passes a default that is a number already.
        if not isinstance(value, str):
            return value
        match = _SPAN.fullmatch(value.strip())
        if match is None:
            self.fail(f"{value!r} is no moment of a clip, such as 2.5 or 1:30.", param, ctx)
        hours, minutes, seconds = match.groups(default="0")
        return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


_TYPES: Final[dict[ValueKind, Any]] = {WHOLE_NUMBER: int, SECONDS: Moment(), TAGS: Tag()}


def declare(
    option: PostOption,
    function: Callable[..., Any],
    *,
    is_hidden: bool = False,
    has_default: bool = True,
) -> Callable[..., Any]:
    """Declare an option of a post at a command. is_hidden: accept it without showing it in the help.

    has_default: whether an option that is not given has its default; else None, or () for a list.
    """
    kind, flag = option.value, option.flag
    assert flag
    # `--no-NAME` says something else than leaving the option out; a switch is on or not.
    names = f"--{flag.name}/--no-{flag.name}" if kind is TRUTH else f"--{flag.name}"
    default = option.default if has_default else None
    more: dict[str, Any] = {"multiple": True} if kind.is_list else {"default": default}
    if kind is SWITCH:
        more["is_flag"] = True
    if kind.choices:
        more["type"] = click.Choice(kind.choices, case_sensitive=kind is QUALITIES)
    elif kind in _TYPES:
        more["type"] = _TYPES[kind]
    return click.option(names, metavar=flag.metavar, help=flag.words, hidden=is_hidden, **more)(function)


def edit_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Declare all edit options."""
    for option in reversed(CLIP_OPTIONS):
        function = declare(option, function)
    return function


def edits_of(editing: Editing) -> Edits:
    """Return the edits. Raises click.UsageError for an end that is not behind the start."""
    start, end = editing["start"], editing["end"]
    if end is not None and end <= (start or 0):
        raise click.UsageError("--end must lie behind --start.")
    return Edits(
        start_s=start,
        end_s=end,
        repeat=editing["loop"],
        loudness=editing["loudness"],
        salvage=editing["salvage"],
    )


class Content(Editing):
    """The sources and options of a post's content; those of `POST_OPTIONS` come as click hands them over."""

    sources: tuple[str, ...]
    caption_file: Path | None


class PublishOptions(Content):
    """The options and arguments of a post to be published now."""

    dry_run: bool
    account_name: str | None
    wait: bool
    idempotency_key: str | None
    again: bool


Decorator: TypeAlias = Callable[[Callable[..., Any]], Callable[..., Any]]


def caption_file_option(*, is_hidden: bool = False) -> Decorator:
    """Return the declaration of `--caption-file`."""
    return click.option(
        "--caption-file",
        type=click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True),
        hidden=is_hidden,
        help="File that holds the caption, in UTF-8; - is stdin.",
    )


def content_options(kind: PostKind) -> Decorator:
    """Declare the sources and the options of a post's content; the help hides those the kind cannot have.

    Hidden options are accepted: the check then names the kinds that can have them, which click could not.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        # Decorators apply from the bottom up, and click lists options in the order of the source.
        for option in reversed(options_of("flag")):
            is_hidden = kind not in option.kinds
            if option.name == "caption":
                function = caption_file_option(is_hidden=is_hidden)(function)
            function = declare(option, function, is_hidden=is_hidden)
        return click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")(function)

    return decorate


def changing_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Declare what changes a post's content: every option, and `--clear`, which takes options away."""
    for option in reversed(options_of("flag")):
        function = declare(option, function, has_default=False)
        if option.name == "caption":
            function = caption_file_option()(function)
    return click.option(
        "--clear",
        "cleared",
        metavar="OPTION",
        type=click.Choice([option.flag.name for option in POST_OPTIONS if option.flag]),
        multiple=True,
        help="Take an option away, by its name: --clear cover.",
    )(function)


def changed_values(
    given: Mapping[str, Any], caption_file: Path | None, cleared: Sequence[str]
) -> dict[str, Any]:
    """Return the values to be changed, by the name of their option; the default for one that is cleared.

    Raises click.UsageError for an option that is given and cleared, and as `caption_of` does.
    """
    given = {**given, "caption": caption_of(given["caption"], caption_file)}
    values: dict[str, Any] = {}
    for option in POST_OPTIONS:
        if option.flag is None:
            continue
        value = given[option.flag.parameter]
        is_given, is_cleared = value not in (None, ()), option.flag.name in cleared
        if is_given and is_cleared:
            raise click.UsageError(f"--{option.flag.name} and --clear {option.flag.name} exclude each other.")
        if is_given:
            values[option.name] = value
        elif is_cleared:
            values[option.name] = option.default
    return values


def post_of(kind: PostKind, content: Content) -> Post:
    """Build the post. Raises click.UsageError for a caption given twice or unreadable."""
    from pressroom.service import new_post  # noqa: PLC0415  # loads the session, which no help needs

    values = cast("Mapping[str, Any]", content)
    options: dict[str, Any] = {
        option.name: values[option.flag.parameter]
        for option in POST_OPTIONS
        if option.flag and not option.edit
    }
    options["caption"] = caption_of(options["caption"], content["caption_file"])
    options["cover"] = options["cover"] or None
    return new_post(kind, content["sources"], **options, edits=edits_of(content))


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


# What people call them, here and in other programs.
_MEANT = {
    **dict.fromkeys(("video", "videos", "clip", "movie", "reels"), PostKind.REEL),
    **dict.fromkeys(("image", "images", "picture", "post", "photos", "feed"), PostKind.PHOTO),
    **dict.fromkeys(("album", "gallery", "carousels", "slideshow"), PostKind.CAROUSEL),
    "stories": PostKind.STORY,
}


class KindGroup(Group):
    """Guesses the kind where files stand in its place, and says which one."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the words before the kind or the files; options of a post stand behind them."""
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            raise click.UsageError(f"{error.format_message()} Options stand behind the files.", ctx) from None

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Offer the kinds, and files in their place where none begins like that."""
        return super().shell_complete(ctx, incomplete) or [CompletionItem(incomplete, type="file")]

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that is named, else that of the kind that the files are."""
        word = args[0] if args else ""
        if word in self.commands or word.startswith("-"):
            return super().resolve_command(ctx, args)
        if word.lower() in _MEANT and not Path(word).is_file():
            kind = _MEANT[word.lower()]
            raise click.UsageError(f"There is no kind {word!r}. Use `{ctx.command_path} {kind} FILE`.", ctx)
        # Neither a file nor an address is a mistyped kind. The signs come first: the system refuses to look
        # for a name that is as long as an address may be.
        if not any(sign in word for sign in "./\\") and not Path(word).is_file():
            return super().resolve_command(ctx, args)
        from pressroom.service.posts.composing import kind_by_names  # noqa: PLC0415  # only where a kind is left out

        kind = kind_by_names(list(takewhile(lambda arg: not arg.startswith("-"), args)))
        as_story = "" if kind is PostKind.CAROUSEL else f" For a story: `{ctx.command_path} story FILE`."
        note_later(ctx, f"Taken as a {kind}.{as_story}")
        return kind.value, self.commands[kind], args
