"""`pressroom sandbox order`: sends orders of the control API that have no command of their own."""

import json
from typing import Any, Literal

import click

from pressroom.cli.sandbox.control_client import find_control, url_option
from pressroom.cli.shell.command import OpenCommand
from pressroom.cli.shell.invocation import Invocation

_ORDERS = (
    "media",
    "edits",
    "metrics",
    "comments",
    "messages",
    "mentions",
    "invites",
    "events",
    "webhook",
    "accounts",
    "consent",
    "roles",
    "tokens",
    "recording",
)


class Given(click.ParamType[tuple[str, Any]]):
    """One value of an order: `name=text`, or `name:=JSON` for any other type."""

    name = "name=value"

    def convert(
        self, value: str | tuple[str, Any], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, Any]:
        """Read it."""
        if not isinstance(value, str):
            return value
        name, equals, text = value.partition("=")
        if not equals or not name.strip(":"):
            self.fail(f"{value!r} is neither name=text nor name:=JSON.", param, ctx)
        if not name.endswith(":"):
            return name, text
        try:
            return name[:-1], json.loads(text)
        except ValueError:
            self.fail(f"{text!r} is not JSON; for a text write {name[:-1]}={text}.", param, ctx)


@click.command(cls=OpenCommand)
@click.argument("name", type=click.Choice(_ORDERS))
@click.argument("values", type=Given(), nargs=-1)
@click.option(
    "--method",
    type=click.Choice(["GET", "POST", "DELETE"]),
    default="POST",
    show_default=True,
    help="GET reads what is there instead; DELETE ends a recording.",
)
@url_option
@click.pass_obj
def order(
    invocation: Invocation,
    *,
    name: str,
    values: tuple[tuple[str, Any], ...],
    method: Literal["GET", "POST", "DELETE"],
    url: str | None,
) -> None:
    r"""Let other people act, and more: give NAME, an order of the control API, with its VALUES.

    \b
    pressroom sandbox order media caption="By hand" in_s:=30
    pressroom sandbox order comments media_id=17900000000000001 text="Hi"
    pressroom sandbox order events field=story_insights
    pressroom sandbox order media kind=story
    pressroom sandbox order edits media_id=17900000000000001 deleted:=true
    pressroom sandbox order metrics gone:='["saved"]' in_s:=3600
    pressroom sandbox order roles tester=accepted
    pressroom sandbox order tokens end=expired
    pressroom sandbox order recording file=calls.jsonl
    pressroom sandbox order recording --method DELETE
    """
    if values and method != "POST":
        raise click.UsageError(f"An order by {method} takes no values.")
    control = find_control(invocation, url)
    match method:
        case "GET":
            answer = control.get(name)
        case "DELETE":
            answer = control.delete(name)
        case "POST":
            answer = control.post(name, dict(values))
    invocation.console.json(answer)
