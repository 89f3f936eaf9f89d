"""`pressroom approve`: shows proposals of programs, and records a person's decisions on them."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import click

from pressroom.cli.posts.listing import named, standing
from pressroom.cli.shell.command import Command, Group
from pressroom.cli.shell.exit_codes import ExitCode
from pressroom.cli.shell.invocation import Invocation
from pressroom.core.consent import Grant, Proposal
from pressroom.core.errors import PressroomError
from pressroom.core.post import Post
from pressroom.service.approvals import Approved, Waiting
from pressroom.service.shapes.approvals import (
    ApprovedShape,
    GrantShape,
    TerminalShape,
    WaitingShape,
    WithdrawnShape,
)
from pressroom.service.shapes.moments import spelled
from pressroom.service.summaries import in_short

_SHORT_ID = 8
_WIDTH = 60
_IDS = click.argument("ids", nargs=-1, required=True, metavar="ID...")


class _OfIds(Group):
    """A group that takes any word that is not one of its commands as an id to approve, with `of_ids`."""

    @property
    def of_ids(self) -> click.Command:
        """The command that approves."""
        return let_out

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that is named, else the one that approves."""
        # An option is left to click, which names it in its error.
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            return "approve", self.of_ids, args
        return super().resolve_command(ctx, args)


@click.group(cls=_OfIds)
def approve() -> None:
    r"""Let out what programs want, and posts that are held back: `pressroom approve ID...`.

    A program plans and proposes; nothing of it goes out before a person approves it. ID is a proposal's or a
    post's, or the start of it.

    \b
    pressroom approve list
    pressroom approve 3f8a1c0d
    """


@click.command("approve", cls=Command)
@_IDS
@click.pass_obj
async def let_out(invocation: Invocation, ids: tuple[str, ...]) -> ExitCode | None:
    """Approve proposals of programs, or posts that are held back; ends with 1 when one of them failed."""
    async with invocation.session() as pressroom:
        done, code = await _each(invocation, ids, pressroom.approvals.approve, "was approved")
    if code is not None:
        return code
    # A call may be approved, made, and refused by Instagram: an outcome, and no error of the approval.
    outcomes = [one.proposal.outcome or {} for one in done if one.proposal]
    return ExitCode.FAILED if any("error" in outcome for outcome in outcomes) else None


@approve.command("list")
@click.pass_obj
async def list_waiting(invocation: Invocation) -> None:
    """List all that waits for a person."""
    async with invocation.session() as pressroom:
        waiting = await pressroom.approvals.list()
    if invocation.console.is_json:
        invocation.console.json([WaitingShape.of(one) for one in waiting])
    elif not waiting:
        invocation.console.note("Nothing waits for approval.")
    else:
        invocation.console.table(("id", "what", "account", "when", "shows"), [_row(one) for one in waiting])
        invocation.console.note("Look at one: pressroom approve show ID. Let it out: pressroom approve ID.")


@approve.command()
@click.argument("found", metavar="ID")
@click.pass_obj
async def show(invocation: Invocation, found: str) -> None:
    """Show a proposal, or a post, in full: what it is, what it shows, and its state."""
    async with invocation.session() as pressroom:
        one = await pressroom.approvals.show(found)
    if invocation.console.is_json:
        invocation.console.json(WaitingShape.of(one))
        return
    for line in _in_words(one):
        invocation.console.data(line)
    for warning in one.summary.get("warnings", []):
        invocation.console.warn(warning)


@approve.command()
@_IDS
@click.pass_obj
async def decline(invocation: Invocation, ids: tuple[str, ...]) -> ExitCode | None:
    """Decline proposals; a post that waits for one is cancelled."""
    async with invocation.session() as pressroom:
        _, code = await _each(invocation, ids, pressroom.approvals.decline, "was declined")
    return code


@approve.command()
@click.argument("program")
@click.option("--verb", "verbs", multiple=True, required=True, help="publish, move, edit, retry, call, ...")
@click.option(
    "--account", "accounts", multiple=True, required=True, metavar="NAME", help="For which accounts."
)
@click.option("--per-day", type=click.IntRange(min=1), required=True, help="How often a day.")
@click.option("--until", type=click.DateTime(), help="Until when; in UTC.")
@click.pass_obj
async def allow(
    invocation: Invocation,
    program: str,
    *,
    verbs: tuple[str, ...],
    accounts: tuple[str, ...],
    per_day: int,
    until: datetime | None,
) -> None:
    r"""Let a program do something without asking. PROGRAM is its name.

    \b
    pressroom approve allow planner --verb publish --account ana --per-day 3 --until 2026-12-31
    """
    ends_at = until.replace(tzinfo=UTC) if until else None
    async with invocation.session() as pressroom:
        grant = await pressroom.approvals.allow(
            f"program:{program.removeprefix('program:')}",
            verbs=verbs,
            accounts=accounts,
            per_day=per_day,
            ends_at=ends_at,
        )
    _show_grants(invocation, [grant])


@approve.command()
@click.pass_obj
async def allowed(invocation: Invocation) -> None:
    """List what programs may do without asking."""
    async with invocation.session() as pressroom:
        _show_grants(invocation, await pressroom.approvals.allowed())


@approve.command()
@click.argument("grant")
@click.pass_obj
async def withdraw(invocation: Invocation, grant: str) -> None:
    """End a standing consent, by its whole id."""
    async with invocation.session() as pressroom:
        await pressroom.approvals.withdraw(grant)
    if invocation.console.is_json:
        invocation.console.json(WithdrawnShape(grant_id=grant))
    else:
        invocation.console.data(f"Standing consent {grant[:_SHORT_ID]} has ended.")


@approve.command("require-terminal")
@click.argument("is_required", type=click.BOOL, metavar="on|off")
@click.pass_obj
async def require_terminal(invocation: Invocation, *, is_required: bool) -> None:
    """Store that everybody without a terminal counts as a program, whatever the environment says."""
    async with invocation.session() as pressroom:
        await pressroom.approvals.require_terminal(is_required=is_required)
    if invocation.console.is_json:
        invocation.console.json(TerminalShape(require_terminal=is_required))
    else:
        who = "a program" if is_required else "this process's owner"
        invocation.console.data(f"Whoever is not at a terminal is {who}.")


async def _each(
    invocation: Invocation, ids: Sequence[str], decide: Callable[[str], Awaitable[Approved]], what: str
) -> tuple[Sequence[Approved], ExitCode | None]:
    """Decide each id by itself and print its result at once; also returns the first error's exit code."""
    # One bad id must not keep the others from being decided, nor hide which ones were.
    done, codes, said = list[Approved](), list[ExitCode](), set[str]()
    for found in ids:
        try:
            one = await decide(found)
        except PressroomError as error:
            # One id alone ends as any command does, with its error and nothing else.
            if len(ids) == 1:
                raise
            codes.append(_say_failed(invocation, found, error))
            continue
        done.append(one)
        if not invocation.console.is_json:
            _show_done(invocation, one, what, said)
    if invocation.console.is_json:
        invocation.console.json([ApprovedShape.of(one) for one in done])
    return done, codes[0] if codes else None


def _say_failed(invocation: Invocation, found: str, error: PressroomError) -> ExitCode:
    from pressroom.cli.shell.telling import tell  # noqa: PLC0415  # a command that goes well needs none of it

    # Several errors may follow each other on stderr, so each names its id.
    error.message = f"{found}: {error.message}"
    return ExitCode(tell(error, is_json=invocation.console.is_json, environ=invocation.runtime.environ))


def _show_done(invocation: Invocation, done: Approved, what: str, said: set[str]) -> None:
    # The same obstacle, such as a missing worker, holds for every post: printed once.
    for warning in done.warnings:
        if warning not in said:
            said.add(warning)
            invocation.console.warn(warning)
    if done.post:
        invocation.console.data(f"{named(done.post)} {what}. {standing(done.post)}")
    elif done.proposal:
        _show_outcome(invocation, done.proposal, what)


def _show_outcome(invocation: Invocation, proposal: Proposal, what: str) -> None:
    invocation.console.data(f"Proposal {proposal.id[:_SHORT_ID]} ({proposal.verb}) {what}.")
    outcome = proposal.outcome or {}
    if error := outcome.get("error"):
        invocation.console.warn(f"It was carried out, and failed: {error.get('message', error)}")


def _row(one: Waiting) -> tuple[str, ...]:
    about = one.summary
    shows = " ".join(in_short(about).split())
    return (
        one.id[:_SHORT_ID],
        str(about.get("what", _what(one.post))),
        str(about.get("account") or "-"),
        str(about.get("due_at") or "-"),
        shows if len(shows) <= _WIDTH else f"{shows[: _WIDTH - 1]}…",
    )


def _what(post: Post | None) -> str:
    return f"{post.kind}, held back" if post else "-"


def _in_words(one: Waiting) -> list[str]:
    facts = {
        "id": one.id,
        "state": one.proposal.state if one.proposal else one.post and one.post.state,
        "until": one.proposal and spelled(one.proposal.expires_at, "UTC"),
        **{name.replace("_", " "): value for name, value in one.summary.items() if name != "warnings"},
    }
    lines = [(name, _told(value)) for name, value in facts.items() if value not in (None, "", [])]
    width = max(len(name) for name, _ in lines)
    return [f"{name.ljust(width)}  {text}" for name, text in lines]


def _told(value: Any) -> str:  # noqa: ANN401  # any part of a summary
    if isinstance(value, list):
        return ", ".join(_told(one) for one in value)  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, dict):
        return ", ".join(f"{name} {_told(part)}" for name, part in value.items() if part is not None)  # pyright: ignore[reportUnknownVariableType]
    # On one line: a program wrote this, and a line break in it could imitate a field of ours.
    return " ".join(str(value).split())


def _show_grants(invocation: Invocation, grants: Sequence[Grant]) -> None:
    if invocation.console.is_json:
        invocation.console.json([GrantShape.of(one) for one in grants])
    elif not grants:
        invocation.console.note("No program may do anything without asking.")
    else:
        head = ("id", "program", "may", "for", "a day", "until")
        invocation.console.table(head, [_grant_row(one) for one in grants])


def _grant_row(grant: Grant) -> tuple[str, ...]:
    ends = "withdrawn" if grant.revoked_at else spelled(grant.ends_at, "UTC") or "withdrawn by a person"
    return (
        grant.id,
        grant.actor,
        ", ".join(grant.verbs),
        ", ".join(grant.accounts),
        str(grant.per_day),
        ends,
    )
