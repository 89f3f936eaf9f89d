"""A group with a command for each kind of post, which takes files without a kind, too."""

from itertools import takewhile
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from pressroom.cli.shell.command import Group, note_later
from pressroom.core.post import PostKind

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
        if not _is_source(word):
            return super().resolve_command(ctx, args)
        kind = _kind_of(args)
        note_later(ctx, _told(ctx, kind))
        return kind.value, self.commands[kind], args


def _kind_of(args: list[str]) -> PostKind:
    from pressroom.service.posts.composing import kind_by_names  # noqa: PLC0415  # only where a kind is left out

    return kind_by_names(list(takewhile(lambda arg: not arg.startswith("-"), args)))


def _is_source(word: str) -> bool:
    """Tell whether a word is a file or an address rather than a mistyped kind."""
    return any(sign in word for sign in "./\\") or Path(word).is_file()


def _told(ctx: click.Context, kind: PostKind) -> str:
    as_story = "" if kind is PostKind.CAROUSEL else f" For a story: `{ctx.command_path} story FILE`."
    return f"Taken as a {kind}.{as_story}"
