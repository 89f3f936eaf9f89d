"""`pressroom sandbox seed`: gives an account posts, followers, and a truth that its numbers follow."""

from typing import Any, Final

import click

from pressroom.cli.sandbox.control_client import find_control, url_option
from pressroom.cli.sandbox.controls import counted
from pressroom.cli.shell.command import OpenCommand
from pressroom.cli.shell.invocation import Invocation
from pressroom.graph.hosts import LoginType

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
    "--login", type=click.Choice([one.value for one in LoginType]), help="Login type of that account."
)
@click.pass_obj
def seed(
    invocation: Invocation,
    *,
    url: str | None,
    username: str | None,
    login: str | None,
    **wanted: Any,  # noqa: ANN401  # click's
) -> None:
    """Add posts, comments, followers, hours and a truth to the account, or make another that has them."""
    if login and not username:
        raise click.UsageError("--login goes with --username.")
    order, control = _order(wanted), find_control(invocation, url)
    made: list[dict[str, Any]] = []
    if username:
        account = {"username": username} | ({"login": login} if login else {})
        made = control.post("seed", {"accounts": [account]})["accounts"]
        order["user_id"] = made[0]["user_id"]
    told = control.post("seed", order)
    told["accounts"] = made
    invocation.console.answer(told, lambda: _tell(invocation, told))


def _order(wanted: dict[str, Any]) -> dict[str, Any]:
    """Sort the options into an order: what is said of a year, of the truth, and of the account."""
    is_year, is_null = wanted.pop("year"), wanted.pop("null")
    given = {name: _plain(value) for name, value in wanted.items() if value not in (None, ())}
    if is_null and {"effect", "weekday_effect"} & given.keys():
        raise click.UsageError("--null excludes --effect and --weekday-effect.")
    if "outlier" in given and not is_year:
        raise click.UsageError("--outlier goes with --year.")
    if is_null:
        given |= {"effect": 0.0, "weekday_effect": 0.0}
    names = (*_TRUTH, *_OF_YEAR) if is_year else _TRUTH
    inner = {name: given.pop(name) for name in names if name in given}
    return given | ({"year": inner} if is_year else {"truth": inner} if inner else {})


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]


def _tell(invocation: Invocation, told: dict[str, Any]) -> None:
    for account in told["accounts"]:
        invocation.console.data(f"Account {account['user_id']} has the token {account['token']}")
    if told["planted"]:
        invocation.console.data(_planted(told["planted"]))
    else:
        invocation.console.data(counted(told["counts"]))


def _planted(truth: dict[str, Any]) -> str:
    hours, days = (", ".join(map(str, truth[name])) for name in ("best_hours", "best_weekdays"))
    span, outlier = f"from {truth['since'][:10]} to {truth['until'][:10]}", truth["outlier"]
    is_null = not truth["effect"] and not (days and truth["weekday_effect"])
    lines = [
        f"{truth['media']:,} posts of {truth['user_id']} {span}; {truth['followers']:,} followers",
        f"Best hours {hours} ({truth['zone']}): {truth['effect']:+.0%} reach at 24 hours",
        f"Best weekdays {days} (0 is Monday): {truth['weekday_effect']:+.0%}" if days else "",
        "No hour and no weekday makes a difference." if is_null else "",
        f"Trend {truth['trend']:+.0%} a year; spread (sigma) {truth['sigma']:g}",
        f"Outlier {outlier['media_id']}: {outlier['factor']:g} times the reach" if outlier else "",
    ]
    return "\n".join(line for line in lines if line)
