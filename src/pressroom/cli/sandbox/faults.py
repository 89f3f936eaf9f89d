"""`pressroom sandbox fault`: plans faults of a running sandbox."""

from functools import partial
from typing import Any, Final

import click
from click.shell_completion import CompletionItem

from pressroom.cli.sandbox.control_client import find_control, url_option
from pressroom.cli.sandbox.controls import Span
from pressroom.cli.shell.command import Group
from pressroom.cli.shell.invocation import Invocation
from pressroom.cli.shell.tables import Column
from pressroom.sandbox.faults import ENDS, METHODS, OUTAGES, Effect, FaultKind

_KINDS: Final = "".join(f"\n  {one.value:<11}{one.words}" for one in FaultKind)


def _calls(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    # The names are completed and not a click.Choice, which would load the sandbox for every command and its
    # help.
    from pressroom.sandbox.surface.routes import CALL_NAMES  # noqa: PLC0415  # loads a sandbox

    return [CompletionItem(name) for name in sorted({*CALL_NAMES, "*"}) if name.startswith(incomplete)]


def _outages(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    return [CompletionItem(name) for name in OUTAGES if name.startswith(incomplete)]


@click.group(cls=Group)
def fault() -> None:
    """Let calls go wrong: lost answers, errors, slow or stuck processing, outages."""


@fault.command("list")
@url_option
@click.pass_obj
def list_(invocation: Invocation, *, url: str | None) -> None:
    """List what is still to go wrong."""
    _show(invocation, find_control(invocation, url).get("faults"))


@fault.command(epilog=f"\b\nKIND is what the caller gets:{_KINDS}")
@click.argument("on", metavar="CALL", shell_complete=_calls)
@click.argument("kind", type=click.Choice([one.value for one in FaultKind]))
@url_option
@click.option("--effect", type=click.Choice([one.value for one in Effect]), help="What becomes of the call.")
@click.option("--method", type=click.Choice(METHODS), help="Only calls of this method.")
@click.option("--code", type=int, help="Code of the error.")
@click.option("--subcode", type=int, help="Its subcode, or that of a container.")
@click.option("--message", help="Its words; by default those of the error table.")
@click.option("--http-status", type=click.IntRange(200, 599), help="Its HTTP status; 200 pretends success.")
@click.option("--times", type=click.IntRange(min=1), default=1, show_default=True, help="How often.")
@click.option("--forever", is_flag=True, help="Until it is cleared.")
@click.option("--skip", type=click.IntRange(min=0), help="How many such calls go well before.")
@click.option("--lasts", type=Span(), help="For how long, by the sandbox's clock: 7d.")
@click.option("--delay", type=Span(), help="How long it hangs, is slow, or the effect takes to come: 5s.")
@click.option("--after-bytes", type=click.IntRange(min=0), help="Cut an upload after so many bytes.")
@click.option("--status", type=click.Choice([one.value for one in ENDS]), help="Where a container ends.")
@click.pass_obj
def add(
    invocation: Invocation,
    *,
    url: str | None,
    forever: bool,
    lasts: float | None,
    delay: float | None,
    **fault: Any,  # noqa: ANN401  # click's
) -> None:
    r"""Let CALL go wrong as KIND says. CALL is a name of the sandbox's reference, or * for any.

    \b
    pressroom sandbox fault add media_publish drop --effect done
    pressroom sandbox fault add media_publish error --code 4 --subcode 2207051 --effect later --delay 5s
    pressroom sandbox fault add container_status error --code 100 --subcode 33 --forever --lasts 7d
    """
    control = find_control(invocation, url)
    order: dict[str, Any] = {**fault, "lasts_s": lasts, "delay_s": delay}
    order = {name: value for name, value in order.items() if value is not None}
    # `null` means for ever, and a missing `times` once: so this one option may not be left out.
    made = control.post("faults", {**order, "times": None} if forever else order)
    invocation.console.answer(made, f"Fault {made['id']} is planned.")


@fault.command(epilog=f"NAME is one of: {', '.join(OUTAGES)}.")
@click.argument("name", shell_complete=_outages)
@url_option
@click.pass_obj
def outage(invocation: Invocation, *, name: str, url: str | None) -> None:
    """Repeat an outage that happened at Meta."""
    answer = find_control(invocation, url).post("faults", {"outage": name})
    invocation.console.answer(answer, f"The outage {name} begins; it ends by the sandbox's clock.")


@fault.command()
@click.argument("number", type=int, required=False)
@url_option
@click.pass_obj
def clear(invocation: Invocation, *, number: int | None, url: str | None) -> None:
    """Forget a fault by its number, or all of them."""
    _show(invocation, find_control(invocation, url).delete("faults", id=number))


def _show(invocation: Invocation, faults: list[dict[str, Any]]) -> None:
    columns = ["#", "call", "kind", Column("effect", 2), "error", Column("left", 1), Column("hits", 3)]
    table = partial(invocation.console.table, columns, [_row(one) for one in faults])
    invocation.console.answer(faults, table if faults else "No faults are planned.")


def _row(one: dict[str, Any]) -> list[str]:
    error = f"{one['code']}/{one['subcode']}" if one["subcode"] else str(one["code"])
    left = "for ever" if one["left"] is None else str(one["left"])
    told = error if one["kind"] == "error" else ""
    return [str(one["id"]), one["on"], one["kind"], one["effect"], told, left, str(one["hits"])]
