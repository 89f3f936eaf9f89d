"""The base of every command: `--json`, `--quiet`, `--verbose`, its runtime, and coroutines as callbacks.

A `Runtime` is all that comes from outside the command line: environment, clock, network. Tests pass their
own. An `Invocation` is what a command's function works with: console, runtime, and the way to its session.

A command is a `Command`, or an `OpenCommand` of the sandbox, in a `Group`. Below them stands what a shell
offers for a command's words, which `Command` chooses by the name of each parameter.
"""

import contextlib
import inspect
import logging
import os
import sys
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final, cast

import click
from click.core import augment_usage_errors
from click.shell_completion import CompletionItem

from pressroom.cli.shell.console import Console
from pressroom.core.actor import Actor, is_attended
from pressroom.core.clock import SYSTEM_CLOCK, Clock
from pressroom.core.settings import Mask, Settings, settings_from_environment
from pressroom.core.spelling import visible

if TYPE_CHECKING:
    from pressroom.core.protocols import Transport
    from pressroom.service import Listeners, Pacing, Policy, Pressroom
    from pressroom.service.posts.lists import Named


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """Everything that a command takes from outside its command line.

    transport: carries the calls; None is the network. pacing, policy: None are the session's defaults.
    is_attended: whether a person is at a terminal. program: whoever runs it said that it is that program.
    """

    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    clock: Clock = SYSTEM_CLOCK
    pacing: "Pacing | None" = None
    policy: "Policy | None" = None
    transport: "Transport | None" = None
    is_attended: Callable[[], bool] = is_attended
    program: Actor | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """A command's console and runtime, and the way to its session."""

    console: Console
    runtime: Runtime

    def session(
        self,
        account_name: str | None = None,
        *,
        listeners: "Listeners | None" = None,
        actor: Actor | None = None,
        works: bool = False,
        reads_times: bool = False,
    ) -> "Pressroom":
        """Build the session of a command, to be entered.

        account_name: the stored account it acts for. actor: who acts; None is whoever ran the command. With
        `--as` that is no person. works: run a worker inside. reads_times: the command takes due times, whose
        order of day and month is that of the user's locale. At a terminal, a time without a zone may be read
        in the zone of this machine.
        """
        from pressroom.cli.shell.local_zone import find_local_zone  # noqa: PLC0415  # loads time zones
        from pressroom.service import Listeners, Pressroom  # noqa: PLC0415  # loads the publisher

        runtime = self.runtime
        # A caller that is a program already, such as an agent, stays that program under `--as`, too.
        if actor is None or not actor.is_program:
            actor = runtime.program or actor
        has_zone = reads_times and runtime.is_attended()
        return Pressroom(
            settings=self.settings(),
            account_name=account_name,
            actor=actor,
            works=works,
            environ=runtime.environ,
            transport=runtime.transport,
            clock=runtime.clock,
            pacing=runtime.pacing,
            policy=runtime.policy,
            is_attended=runtime.is_attended,
            find_local_zone=partial(find_local_zone, runtime.environ) if has_zone else None,
            locale=find_locale(runtime.environ) if reads_times else "",
            listeners=replace(listeners or Listeners(), on_version=self._warn_of_version),
        )

    def _warn_of_version(self, version: str, warning: str) -> None:
        """Warn once a day: commands that run from cron each minute would otherwise repeat it all day."""
        home = self.settings().home
        # Keyed by version, so that a change of INSTAGRAM_API_VERSION is warned about on the same day.
        record, warned = home / "version-warned", f"{version} {self.runtime.clock.now().date()}"
        with contextlib.suppress(OSError, UnicodeDecodeError):
            if record.read_text(encoding="utf-8") == warned:
                return
        # Where the data directory cannot be written, it is said each time.
        with contextlib.suppress(OSError):
            home.mkdir(mode=0o700, parents=True, exist_ok=True)
            record.write_text(warned, encoding="utf-8")
        self.console.warn(warning)

    def settings(self) -> Settings:
        """Read the settings from the environment. Raises SettingRefused."""
        return settings_from_environment(self.runtime.environ)


def find_locale(environ: Mapping[str, str]) -> str:
    """Return the user's locale for times, such as `en_GB`; "" if none is set, or it is C or POSIX."""
    named = next((environ[name] for name in ("LC_ALL", "LC_TIME", "LANG") if environ.get(name)), "")
    locale = named.partition(".")[0].partition("@")[0]
    return "" if locale in ("C", "POSIX") else locale


_PREFIX = "pressroom."
_NOTES = f"{_PREFIX}notes"
_WHOLE = 1000  # letters, more than any sentence has


class Command(click.Command):
    """A command whose callback takes an `Invocation` first, by `click.pass_obj`, and may be a coroutine.

    The callback returns the exit code; None is 0. stopping: printed at once when it is interrupted; None for
    a command that prints its own message. is_open: whether its answer may show tokens.
    """

    stopping: str | None = "Stopping ..."
    is_open = False

    def __init__(self, *args: Any, **more: Any) -> None:  # noqa: ANN401  # click's own
        super().__init__(*args, **more)
        self.help: str | None = _marked(self.help)
        self.params: list[click.Parameter] = [
            *self.params,
            _flag("--json", "json", help="Print JSON; an error is a JSON object on stderr."),
            _flag("-q", "--quiet", "quiet", help="Say nothing but warnings and errors."),
            _flag("-v", "--verbose", "verbose", help="Log every call to stderr, secrets masked."),
        ]
        # A shell completes those texts among the parameters whose name says what they are.
        for param in self.params:
            offer = _BY_COMMAND.get((self.name or "", param.name or "")) or _BY_NAME.get(param.name or "")
            if offer and param.type is click.STRING:
                param.type = Offered(offer)

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401  # click's own
        """Run the callback."""
        runtime = ctx.obj if isinstance(ctx.obj, Runtime) else Runtime()
        console = Console(
            mask=Mask.of(runtime.environ),
            environ=runtime.environ,
            is_json=bool(ctx.meta.get(f"{_PREFIX}json")),
            is_quiet=bool(ctx.meta.get(f"{_PREFIX}quiet")),
            is_open=self.is_open,
        )
        for note in ctx.meta.get(_NOTES, ()):
            console.note(note)
        ctx.obj = Invocation(console=console, runtime=runtime)
        is_verbose = bool(ctx.meta.get(f"{_PREFIX}verbose"))
        _require_utf8(ctx)
        # An error of the callback gets the context whose help its fix names.
        with augment_usage_errors(ctx), _logging(console.mask, is_verbose=is_verbose):
            result = super().invoke(ctx)
            if inspect.iscoroutine(result):
                from pressroom.cli.shell.interrupts import run  # noqa: PLC0415  # loads asyncio, which no help needs

                result = run(result, lambda: console.note(self.stopping) if self.stopping else None)
        # Only after success: an error under `--json` has to stand alone on stderr.
        console.release()
        return result

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the line; of an unknown option name what is usually meant by it."""
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            option = _SYNONYMS.get(error.option_name)
            # click compares letters alone.
            if option and any(option in param.opts for param in self.params):
                raise click.UsageError(f"{error.message} Did you mean {option!r}?", ctx) from None
            raise


# Other programs' names of our options.
_SYNONYMS: Final = {
    "--text": "--caption",
    "--message": "--caption",
    "--title": "--caption",
    "--description": "--caption",
    "--comment": "--first-comment",
    "--tag": "--user-tag",
    "--when": "--at",
    "--time": "--at",
    "--date": "--at",
    "--timezone": "--tz",
    "--user": "--account",
}


# A file may have any name: whoever reads it decides, and says of a post's file what is wrong with its name.
_FILES: Final = frozenset(("sources", "cover"))


def _require_utf8(ctx: click.Context) -> None:
    """Raise Refused for a text whose bytes are not UTF-8: neither JSON, the store nor Instagram hold such."""
    for param in ctx.command.params:
        if param.name in _FILES or isinstance(param.type, click.types.UnprocessedParamType):
            continue
        value = ctx.params.get(param.name or "")
        for text in cast("tuple[object, ...]", value) if isinstance(value, tuple) else (value,):
            if isinstance(text, str) and not text.isprintable():
                from pressroom.core.post_options import require_utf8  # noqa: PLC0415  # few texts need it

                is_option = isinstance(param, click.Option)
                require_utf8(text, param.opts[0] if is_option else param.make_metavar(ctx))


class OpenCommand(Command):
    """A command of the sandbox, whose tokens are invented and may be shown."""

    is_open = True


class Group(click.Group):
    """A group of such commands, listed as declared."""

    command_class: type[click.Command] | None = Command

    def __init__(self, *args: Any, **more: Any) -> None:  # noqa: ANN401  # click's own
        super().__init__(*args, **more)
        self.help: str | None = _marked(self.help)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """Name the commands in the order in which they were declared."""
        return list(self.commands)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the help's list of commands with the whole first sentence of each."""
        # click cuts the sentences to the width of a terminal.
        commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, command.get_short_help_str(limit=_WHOLE)) for name, command in commands if command]
            )


def note_later(ctx: click.Context, text: str) -> None:
    """Have a command say something first: while its line is parsed, nobody knows yet whether to be quiet."""
    ctx.meta.setdefault(_NOTES, list[str]()).append(text)


def _marked(text: str | None) -> str | None:
    r"""Replace the text `\b` with click's mark for unwrapped lines: docstrings are raw strings."""
    return text.replace("\\b\n", "\b\n") if text else None


def _flag(*names: str, help: str) -> click.Option:  # noqa: A002  # click's word
    name = names[-1]

    # Kept in `ctx.meta` and not passed on: no command's function needs to declare the common options.
    def remember(ctx: click.Context, _: click.Parameter, value: bool) -> None:  # noqa: FBT001  # click's call
        ctx.meta[f"{_PREFIX}{name}"] = value

    return click.Option(names, is_flag=True, expose_value=False, callback=remember, help=help)


@contextmanager
def _logging(mask: Mask, *, is_verbose: bool) -> Generator[None]:
    """Log Pressroom's own lines to stderr while a verbose command runs, and nowhere while any other does."""
    # Without a handler Python writes warnings to stderr by itself, beside the error that says the same.
    logger = logging.getLogger("pressroom")
    handler = _StderrHandler() if is_verbose else logging.NullHandler()
    handler.setFormatter(MaskingFormatter(mask))
    level = logger.level
    logger.addHandler(handler)
    if is_verbose:
        logger.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)


class MaskingFormatter(logging.Formatter):
    """Formats a log line with its traceback, masks all of it, and shows each letter as what it is."""

    def __init__(self, mask: Mask) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._mask = mask

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, masked and visible."""
        # After formatting, since a traceback and its arguments hold secrets too.
        return visible(self._mask(super().format(record)))


class _StderrHandler(logging.Handler):
    """Writes to the present `sys.stderr`, which a drawn progress bar replaces for a while."""

    def emit(self, record: logging.LogRecord) -> None:
        sys.stderr.write(f"{self.format(record)}\n")


Offer = Callable[[str], list[CompletionItem]]


def _offer_zones(start: str) -> list[CompletionItem]:
    from zoneinfo import available_timezones  # noqa: PLC0415  # looks through a folder

    return [CompletionItem(name) for name in sorted(available_timezones()) if name.startswith(start)]


def _offer_languages(start: str) -> list[CompletionItem]:
    from pressroom.service.accounts.accounts import offered_languages  # noqa: PLC0415  # where somebody completes

    return [CompletionItem(code) for code in offered_languages(start)]


def _offer_posts(start: str) -> list[CompletionItem]:
    from pressroom.service.posts.lists import offered_posts  # noqa: PLC0415  # only where somebody completes

    return _ids_of(offered_posts(os.environ, start), start)


def waiting_ids(start: str) -> list[CompletionItem]:
    """Offer the ids of what waits for a person."""
    from pressroom.service.posts.lists import offered_waiting  # noqa: PLC0415  # only where somebody completes

    return _ids_of(offered_waiting(os.environ, start), start)


def _offer_accounts(start: str) -> list[CompletionItem]:
    from pressroom.service.posts.lists import offered_logins  # noqa: PLC0415  # only where somebody completes

    return [CompletionItem(login.name) for login in offered_logins(os.environ, start)]


def _ids_of(objects: "list[Named]", start: str) -> list[CompletionItem]:
    from pressroom.core.post import SHORT_ID  # noqa: PLC0415  # only where somebody completes

    length = max(SHORT_ID, len(start))
    return [CompletionItem(named.name[:length], help=named.hint) for named in objects]


_BY_NAME: Final[dict[str, Offer]] = {
    **dict.fromkeys(("sources", "cover"), lambda start: [CompletionItem(start, type="file")]),
    **dict.fromkeys(("post", "posts", "after"), _offer_posts),
    **dict.fromkeys(("account", "account_name", "accounts"), _offer_accounts),
    "tz": _offer_zones,
    "language": _offer_languages,
}
# A word that means one thing in one command only.
_BY_COMMAND: Final[dict[tuple[str, str], Offer]] = {
    ("approve", "ids"): waiting_ids,
    ("decline", "ids"): waiting_ids,
    ("show", "waiting_id"): waiting_ids,
    ("refresh", "name"): _offer_accounts,
    ("logout", "name"): _offer_accounts,
}


class Offered(click.types.StringParamType):
    """A text for which a shell offers what there is."""

    def __init__(self, offer: Offer) -> None:
        self._offer = offer

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002  # click's signature
        param: click.Parameter,  # noqa: ARG002
        incomplete: str,
    ) -> list[CompletionItem]:
        """Return what is offered; nothing where that fails: a shell would print the reason at the prompt."""
        try:
            return self._offer(incomplete)
        except Exception:  # noqa: BLE001
            return []
