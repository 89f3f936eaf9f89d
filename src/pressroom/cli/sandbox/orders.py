"""What a running sandbox is told to be: `pressroom sandbox order|seed|fault`.

`seed` gives an account posts, followers, and a truth that its numbers follow; `fault` plans what goes wrong.
`order` sends any order of the control API that has no command of its own.
"""

import json
from functools import partial
from typing import Any, Final, Literal

import click
from click.shell_completion import CompletionItem

from pressroom.cli.sandbox.controls import Span, counted
from pressroom.cli.sandbox.running import find_control, url_option
from pressroom.cli.shell.command import Group, Invocation, OpenCommand
from pressroom.cli.shell.console import Column
from pressroom.graph.hosts import LoginType
from pressroom.sandbox.faults import ENDS, METHODS, OUTAGES, Effect, FaultKind

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


_TRUTH: Final = ("effect", "best_weekdays", "weekday_effect", "trend", "sigma", "zone")
_OF_YEAR: Final = ("media", "followers", "best_hours", "outlier")
_FRACTION: Final = click.FloatRange(min=-0.99)


@click.command(cls=OpenCommand)
@url_option
@click.option("--media", type=click.IntRange(min=0), help="Older posts to add; with --year 500 unless given.")
@click.option("--comments", type=click.IntRange(min=0), help="Comments by strangers below each.")
@click.option("--followers", type=click.IntRange(min=0), help="How many followers the account has now.")
@click.option(
    "--best-hour",
    "best_hours",
    type=click.IntRange(0, 23),
    multiple=True,
    help="When they are online, and posts do best (UTC, or in --zone).",
)
@click.option("--year", is_flag=True, help="Add a year of posts with a truth planted in it, and tell it.")
@click.option("--effect", type=_FRACTION, help="How much more posts in a best hour reach: 0.3 for 30 %.")
@click.option("--null", is_flag=True, help="Plant no effect of hours or weekdays at all.")
@click.option(
    "--best-weekday",
    "best_weekdays",
    type=click.IntRange(0, 6),
    multiple=True,
    help="A weekday, 0 for Monday, with --weekday-effect.",
)
@click.option("--weekday-effect", type=_FRACTION, help="How much more posts on a best weekday reach.")
@click.option("--trend", type=_FRACTION, help="How much more a post reaches than one a year older.")
@click.option(
    "--sigma", type=click.FloatRange(0, 3), help="Spread of what is left: 0.2 is calm, 0.6 is usual."
)
@click.option(
    "--outlier", type=click.FloatRange(min=0), help="With --year: one post reaches so many times as many."
)
@click.option("--zone", help="Time zone of best hours and weekdays, such as Europe/Berlin.")
@click.option("--username", help="Make another account of this name rather than add to the one there.")
@click.option(
    "--login", type=click.Choice([login.value for login in LoginType]), help="Login type of that account."
)
@click.pass_obj
def seed(
    invocation: Invocation,
    *,
    url: str | None,
    username: str | None,
    login: str | None,
    **options: Any,  # noqa: ANN401  # click's
) -> None:
    """Add posts, comments, followers, hours and a truth to the account, or make another that has them."""
    if login and not username:
        raise click.UsageError("--login goes with --username.")
    is_year, is_null = options.pop("year"), options.pop("null")
    order = {name: value for name, value in options.items() if value not in (None, ())}
    if is_null and {"effect", "weekday_effect"} & order.keys():
        raise click.UsageError("--null excludes --effect and --weekday-effect.")
    if "outlier" in order and not is_year:
        raise click.UsageError("--outlier goes with --year.")
    if is_null:
        order |= {"effect": 0.0, "weekday_effect": 0.0}
    # Options of the truth are an object of their own in the order; with a year, those of the year join them.
    names = (*_TRUTH, *_OF_YEAR) if is_year else _TRUTH
    inner = {name: order.pop(name) for name in names if name in order}
    order |= {"year": inner} if is_year else {"truth": inner} if inner else {}

    control = find_control(invocation, url)
    accounts: list[dict[str, Any]] = []
    if username:
        account = {"username": username} | ({"login": login} if login else {})
        accounts = control.post("seed", {"accounts": [account]})["accounts"]
        order["user_id"] = accounts[0]["user_id"]
    answer: dict[str, Any] = {**control.post("seed", order), "accounts": accounts}

    lines = [f"Account {account['user_id']} has the token {account['token']}" for account in accounts]
    if truth := answer["planted"]:
        hours, days = (", ".join(map(str, truth[name])) for name in ("best_hours", "best_weekdays"))
        span, outlier = f"from {truth['since'][:10]} to {truth['until'][:10]}", truth["outlier"]
        has_effect = truth["effect"] or (days and truth["weekday_effect"])
        lines += [
            f"{truth['media']:,} posts of {truth['user_id']} {span}; {truth['followers']:,} followers",
            f"Best hours {hours} ({truth['zone']}): {truth['effect']:+.0%} reach at 24 hours",
            f"Best weekdays {days} (0 is Monday): {truth['weekday_effect']:+.0%}" if days else "",
            "" if has_effect else "No hour and no weekday makes a difference.",
            f"Trend {truth['trend']:+.0%} a year; spread (sigma) {truth['sigma']:g}",
            f"Outlier {outlier['media_id']}: {outlier['factor']:g} times the reach" if outlier else "",
        ]
    else:
        lines.append(counted(answer["counts"]))
    invocation.console.answer(answer, [line for line in lines if line])


_KINDS: Final = "".join(f"\n  {kind.value:<11}{kind.words}" for kind in FaultKind)


def _complete_outage(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    return [CompletionItem(name) for name in OUTAGES if name.startswith(incomplete)]


def _complete_call(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    # The names are completed and not a click.Choice, which would load the sandbox for every command and its
    # help.
    from pressroom.sandbox.surface import CALL_NAMES  # noqa: PLC0415  # loads a sandbox

    return [CompletionItem(name) for name in sorted({*CALL_NAMES, "*"}) if name.startswith(incomplete)]


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
@click.argument("on", metavar="CALL", shell_complete=_complete_call)
@click.argument("kind", type=click.Choice([kind.value for kind in FaultKind]))
@url_option
@click.option(
    "--effect", type=click.Choice([effect.value for effect in Effect]), help="What becomes of the call."
)
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
@click.option("--status", type=click.Choice([end.value for end in ENDS]), help="Where a container ends.")
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
    answer = control.post("faults", {**order, "times": None} if forever else order)
    invocation.console.answer(answer, f"Fault {answer['id']} is planned.")


@fault.command(epilog=f"NAME is one of: {', '.join(OUTAGES)}.")
@click.argument("name", shell_complete=_complete_outage)
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
    rows = list[list[str]]()
    for planned in faults:
        code = f"{planned['code']}/{planned['subcode']}" if planned["subcode"] else str(planned["code"])
        error = code if planned["kind"] == "error" else ""
        left = "for ever" if planned["left"] is None else str(planned["left"])
        kinds = [planned["on"], planned["kind"], planned["effect"]]
        rows.append([str(planned["id"]), *kinds, error, left, str(planned["hits"])])
    table = partial(invocation.console.table, columns, rows)
    invocation.console.answer(faults, table if faults else "No faults are planned.")
