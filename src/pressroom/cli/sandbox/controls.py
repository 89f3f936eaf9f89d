"""`pressroom sandbox reset|state|clock|requests|replay`: steers a running sandbox from the shell."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal, cast

import click

from pressroom.cli.sandbox.running import OrderRefused, find_control, url_option
from pressroom.cli.shapes import DifferenceShape, ReplayShape, StateFileShape
from pressroom.cli.shell.command import Invocation, OpenCommand
from pressroom.cli.shell.console import Column
from pressroom.cli.shell.failures import ExitCode
from pressroom.core.remedies import Fix, Remedy, RemedyKind

_SPAN: Final = re.compile(r"([0-9]{1,12}(?:\.[0-9]+)?)\s*([smhdw]?)")
_SECONDS: Final = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


class Span(click.ParamType[float]):
    """A span of time in seconds: `90`, `30s`, `15m`, `2h`, `1d`, `1w`."""

    name = "span"

    def convert(self, value: str | float, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read it."""
        if not isinstance(value, str):
            return value
        match = _SPAN.fullmatch(value.strip().lower())
        if match is None:
            self.fail(f"{value!r} is not a span such as 90s, 15m, 2h or 1d.", param, ctx)
        return float(match[1]) * _SECONDS[match[2]]


@click.command(cls=OpenCommand)
@url_option
@click.pass_obj
def reset(invocation: Invocation, *, url: str | None) -> None:
    """Begin anew: no posts, faults or calls."""
    _show_state(invocation, find_control(invocation, url).post("reset", {}))


@click.command(cls=OpenCommand)
@click.argument("action", type=click.Choice(["show", "export", "import"]), default="show")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), required=False)
@url_option
@click.pass_obj
def state(
    invocation: Invocation, *, action: Literal["show", "export", "import"], file: Path | None, url: str | None
) -> None:
    """Show what exists, or write all of it to FILE and read it back."""
    if (file is None) is not (action == "show"):
        raise click.UsageError(f"state {action} takes {'no' if file else 'a'} FILE.")
    control = find_control(invocation, url)
    if file is None:
        _show_state(invocation, control.get("state"))
    elif action == "export":
        from pressroom.service.ground.output import write_private  # noqa: PLC0415  # loads the publisher

        text = json.dumps(control.get("export"))
        # Private: the state holds the tokens of the sandbox's accounts.
        write_private(file, text)
        size = len(text.encode())
        shape = StateFileShape(file=str(file.resolve()), bytes=size)
        invocation.console.answer(shape, f"The state is in {file} ({size:,} bytes).")
    else:
        try:
            exported = json.loads(file.read_text(encoding="utf-8"))
        except ValueError:
            exported = None
        if not isinstance(exported, dict):
            raise OrderRefused(
                f"{file} holds no state.",
                rule="state",
                fix=Fix.of("Export one: {}.", Remedy(RemedyKind.EXPORT_STATE)),
            )
        _show_state(invocation, control.post("import", cast("dict[str, Any]", exported)))


def counted(counts: dict[str, int]) -> str:
    """Say how many of each kind there are."""
    return ", ".join(f"{count:,} {name}" for name, count in counts.items())


def _show_state(invocation: Invocation, state: dict[str, Any]) -> None:
    clock, quota = state["clock"], state["quota"]
    invocation.console.answer(
        state,
        f"@{state['username']} ({state['user_id']}, {state['login'].title()} Login), token {state['token']}\n"
        f"{counted(state['counts'])}; {quota['used']} of {quota['total']} posts in 24 hours\n"
        f"Clock: {_clock_line(clock)}\n"
        f"Faults planned: {len(state['faults'])}",
    )


def _clock_line(clock: dict[str, Any]) -> str:
    pace = "stands still" if clock["factor"] == 0 else f"runs {clock['factor']:g} times as fast"
    return f"{clock['now'][:19]} UTC, {'real' if clock['factor'] == 1 else pace}"


@click.command(cls=OpenCommand)
@click.argument("words", nargs=-1, metavar="[advance SPAN]")
@url_option
@click.option("--advance", type=Span(), help="Move time on: 90s, 15m, 2h, 1d.")
@click.option("--set", "moment", metavar="WHEN", help="Set the time, in UTC: 2027-01-21T08:00.")
@click.option("--factor", type=click.FloatRange(min=0), help="Let time pass so many times as fast.")
@click.option("--freeze", is_flag=True, help="Stop time; --advance moves it.")
@click.pass_obj
def clock(
    invocation: Invocation,
    *,
    words: tuple[str, ...],
    url: str | None,
    advance: float | None,
    moment: str | None,
    factor: float | None,
    freeze: bool,
) -> None:
    """Show the sandbox's time, or move it: containers, tokens, quotas and numbers age with it."""
    if freeze and factor is not None:
        raise click.UsageError("--freeze and --factor exclude each other.")
    if words:
        # `advance 1h` is read as `--advance 1h`: people try the first form before they read the help.
        if len(words) != 2 or words[0] != "advance" or advance is not None:  # noqa: PLR2004  # advance, by how much
            raise click.UsageError(
                "To move time on: `pressroom sandbox clock --advance 1h`; also --set, --factor, --freeze."
            )
        advance = Span().convert(words[1], None, None)
    # To the sandbox a frozen clock is one that runs 0 times as fast.
    order: dict[str, Any] = {"factor": 0 if freeze else factor, "advance_s": advance}
    if moment is not None:
        try:
            parsed = datetime.fromisoformat(moment)
        except ValueError:
            raise click.BadParameter(
                f"{moment!r} is not a moment such as 2027-01-21T08:00.", param_hint="--set"
            ) from None
        order["set"] = (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).isoformat()
    control = find_control(invocation, url)
    order = {name: value for name, value in order.items() if value is not None}
    answer = control.post("clock", order) if order else control.get("clock")
    invocation.console.answer(answer, _clock_line(answer))


@click.command(cls=OpenCommand)
@url_option
@click.option("--name", help="Only calls of this name, as faults use it: media_publish.")
@click.option("--method", type=click.Choice(["GET", "POST", "DELETE"]), help="Only calls of this method.")
@click.option("--path", help="Only calls whose path holds this.")
@click.option("--since", type=click.IntRange(min=0), help="Only calls after this number.")
@click.option("--clear", is_flag=True, help="Forget the calls so far.")
@click.pass_obj
def requests(invocation: Invocation, *, url: str | None, clear: bool, **query: str | int | None) -> None:
    """List the calls so far, with what was answered and no token."""
    control = find_control(invocation, url)
    calls = control.delete("requests") if clear else control.get("requests", **query)

    def show() -> None:
        path = Column("path", shortest=16)
        columns = ["#", "at", Column("method", 2), path, Column("name", 1), "status", Column("fault", 3)]
        rows = [
            [
                str(call["number"]),
                call["at"][11:19],
                call["method"],
                call["path"],
                call["name"],
                "no answer" if call["status"] is None else str(call["status"]),
                call["fault"] or "",
            ]
            for call in calls
        ]
        invocation.console.table(columns, rows)

    invocation.console.answer(calls, "Forgotten." if clear else show)


@click.command(cls=OpenCommand)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--fetch", type=click.Choice(["real", "trust", "anywhere"]), help="How to take URLs, if not as recorded."
)
@click.option(
    "--save",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write a HAR file or a cassette as a recording of the sandbox, without secrets.",
)
@click.pass_obj
def replay(
    invocation: Invocation,
    *,
    file: Path,
    fetch: Literal["real", "trust", "anywhere"] | None,
    save: Path | None,
) -> int:
    """Make the calls of a recording again on a fresh sandbox, and report which answers differ.

    Ends with 1 when some do. FILE is a recording that `pressroom sandbox serve --record FILE` made, or calls
    to the real API that another tool recorded: a HAR file, or a cassette of VCR (vcrpy or Ruby's). Of those,
    keys and types are compared, and values only of errors.
    """
    import asyncio  # noqa: PLC0415  # no other order waits for anything

    from pressroom.sandbox.simulator import replay as play  # noqa: PLC0415  # loads a sandbox

    try:
        replayed = asyncio.run(play(file, fetch=fetch, save=save))
    except ValueError as error:
        raise OrderRefused(
            f"{file} cannot be replayed: {error}.",
            rule="recording",
            fix=Fix.of("Make one: {}.", Remedy(RemedyKind.RECORD_CALLS)),
        ) from None
    differences = tuple(
        DifferenceShape(
            number=difference.number,
            method=difference.method,
            target=difference.target,
            where=difference.where,
            recorded=difference.recorded,
            replayed=difference.replayed,
        )
        for difference in replayed.differences
    )
    lines = [
        f"{call.number} {call.method} {call.target}\n  {call.where}: "
        f"{json.dumps(call.recorded)} became {json.dumps(call.replayed)}"
        for call in differences
    ]
    skipped = f", {replayed.skipped} skipped" if replayed.skipped else ""
    lines.append(f"{replayed.calls} calls{skipped}, {len(differences)} differences.")
    shape = ReplayShape(calls=replayed.calls, skipped=replayed.skipped, differences=differences)
    invocation.console.answer(shape, lines)
    return ExitCode.FAILED if differences else ExitCode.DONE
