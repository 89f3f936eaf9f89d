"""`pressroom approve`: shows proposals of programs, and records a person's decisions on them.

`pressroom approve ID` is the command `approve_ids`, which `_OfIds` finds where no command is named. The
commands behind it decline, and keep the standing consents by which a program may do something without
asking.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Unpack

import click
from click.shell_completion import CompletionItem

from pressroom.cli.posts.bulk import (
    MOST_NAMED,
    WAITING_COLUMNS,
    and_more,
    in_view,
    is_past,
    require_named_or_selected,
    require_yes,
    say_failed,
    sure_options,
    waiting_row,
    whole_of,
)
from pressroom.cli.posts.listing import (
    Days,
    account_filter,
    day_options,
    in_words,
    named,
    selection_of,
    standing,
)
from pressroom.cli.shell.command import Command, Group, Invocation, Offered, waiting_ids
from pressroom.cli.shell.console import Column
from pressroom.cli.shell.failures import ExitCode, worst
from pressroom.core.actor import actor_in_words, shown_id
from pressroom.core.consent import Grant
from pressroom.core.errors import PressroomError
from pressroom.core.post import SHORT_ID
from pressroom.service import Pressroom
from pressroom.service.consent.approvals import Approved, Waiting, in_turn
from pressroom.service.consent.change import Verb
from pressroom.service.consent.rules import beside, zone_of
from pressroom.service.shapes.posts import (
    AgentShellsShape,
    ApprovedShape,
    GrantShape,
    TerminalShape,
    WaitingShape,
    WithdrawnShape,
)

# Of no rank: who may do what, and until when, is never left out for want of room.
_GRANTS = (
    "id",
    Column("program", shortest=12),
    Column("may", shortest=8),
    Column("for", rank=1, shortest=8),
    Column("a day", rank=2),
    "until",
)
# The name of the command that `approve` itself is.
_APPROVE = "approve"


# What programs propose of a post that is there, in words.
_NOUNS = {
    Verb.CANCEL: "cancellation",
    Verb.MOVE: "move",
    Verb.RESCHEDULE: "new time",
    Verb.EDIT: "edit",
    Verb.APPROVE: "release",
    Verb.RETRY: "retry",
    Verb.RESOLVE: "resolution",
    Verb.INTERRUPT: "interruption",
    Verb.TAKE_UP: "repeat",
}


class _OfIds(Group):
    """A group that takes any word that is not one of its commands as an id to approve, with `of_ids`."""

    @property
    def of_ids(self) -> click.Command:
        """The command that approves."""
        return approve_ids

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take an option in the place of a command as one of the command that approves."""
        # `approve --all` is a line of the command that approves; `approve --help` is the group's own.
        is_option = bool(args) and args[0].startswith("-") and args[0] not in ctx.help_option_names
        return super().parse_args(ctx, [_APPROVE, *args] if is_option else args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Offer the commands, what waits for a person, and the options of the command that approves."""
        if incomplete.startswith("-"):
            return self.of_ids.shell_complete(ctx, incomplete)
        waiting = Offered(waiting_ids).shell_complete(ctx, self.of_ids.params[0], incomplete)
        return [*super().shell_complete(ctx, incomplete), *waiting]

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that is named, else the one that approves."""
        if args and args[0] not in self.commands:
            return _APPROVE, self.of_ids, args[1:] if args[0] == _APPROVE else args
        return super().resolve_command(ctx, args)


@click.group(cls=_OfIds)
def approve() -> None:
    r"""Let out what programs want, and posts that are held back: `pressroom approve ID...`.

    A program plans and proposes; nothing of it goes out before a person approves it. ID is a proposal's or a
    post's, or four characters or more that it starts with. Several are shown in the order of their times,
    and approved in one step.

    \b
    pressroom approve list
    pressroom approve 3f8a1c0d
    pressroom approve --account ana --to friday --dry-run
    """


class Chosen(Days):
    """What is to be approved."""

    ids: tuple[str, ...]
    is_all: bool
    account: str | None
    yes: bool
    dry_run: bool


@click.command(_APPROVE, cls=Command)
@click.argument("ids", nargs=-1, metavar="[ID...]")
@click.option("--all", "is_all", is_flag=True, help="All that waits.")
@account_filter("What waits of this account.")
@day_options
@sure_options
@click.pass_obj
async def approve_ids(invocation: Invocation, **options: Unpack[Chosen]) -> ExitCode | None:
    """Approve proposals of programs, or posts that are held back; ends with 1 when one of them failed."""
    days = options["first_day"] or options["last_day"] or options["week"]
    selects = bool(options["is_all"] or options["account"] or days)
    require_named_or_selected(options["ids"], selects=selects, zone=options["tz"])
    async with invocation.session() as pressroom:
        waiting, strange = await _find_meant(pressroom, options)
        ids = [*strange, *(item.id for item in waiting)]
        if options["dry_run"]:
            return await _rehearse(invocation, pressroom, ids)
        if not ids:
            invocation.console.note("Nothing waits for approval.")
        marks = dict[str, str]()
        # What is named was looked at by whoever typed its id; what is selected was not.
        if (len(ids) > 1 or not options["ids"]) and ids:
            now = invocation.runtime.clock.now()
            shown = [line for item in waiting for line in in_view(item, now)]
            question = f"Approve {'these ' if len(ids) > 1 else 'this '}{len(ids)}"
            await require_yes(invocation, question, count=len(ids), is_sure=options["yes"], about=shown)
            # What was shown is what is approved: whatever was changed since is not.
            marks = {item.id: item.mark for item in waiting}
        elif invocation.runtime.is_attended() and not invocation.console.is_json:
            marks = _show_single(invocation, waiting)
        decide = pressroom.approvals.approve
        done, code = await _each(
            invocation, ids, lambda item_id: decide(item_id, mark=marks.get(item_id)), "was approved"
        )
    # A call may be approved, made, and refused by Instagram: an outcome, and no error of the approval.
    if code is None and any("error" in (item.proposal.outcome or {}) for item in done if item.proposal):
        return ExitCode.FAILED
    return code


async def _find_meant(pressroom: Pressroom, options: Chosen) -> tuple[list[Waiting], list[str]]:
    """Return what is named or selected, in the order of its times, and the ids that name nothing."""
    if not options["ids"]:
        chosen = await pressroom.posts.select(selection_of(options, (), options["account"]))
        return list(await pressroom.approvals.list(chosen.query)), []
    items, strange = dict[str, Waiting](), list[str]()
    for named_id in dict.fromkeys(options["ids"]):
        try:
            item = await pressroom.approvals.show(named_id)
        except PressroomError:
            strange.append(named_id)  # why is told when it is approved
        else:
            items[item.id] = item
    return in_turn(items.values()), strange


def _show_single(invocation: Invocation, waiting: Sequence[Waiting]) -> dict[str, str]:
    """Show a person the single one that is named, which nobody is asked about; returns its mark."""
    now = invocation.runtime.clock.now()
    ready = [item for item in waiting if item.is_waiting(now)]
    for line in (line for item in ready for line in in_view(item, now)):
        invocation.console.note(line)
    return {item.id: item.mark for item in ready}


async def _rehearse(invocation: Invocation, pressroom: Pressroom, ids: Sequence[str]) -> ExitCode | None:
    """Show what would be approved, and what not and why."""
    ready, codes, console = list[Waiting](), list[ExitCode](), invocation.console
    for item_id in ids:
        try:
            ready.append(await pressroom.approvals.rehearse(item_id))
        except PressroomError as error:
            codes.append(say_failed(invocation, item_id, error))
    if console.is_json:
        console.json([WaitingShape.of(item) for item in ready])
        return worst(codes)
    if ready:
        now, names = invocation.runtime.clock.now(), await pressroom.lists.account_names()
        console.table(WAITING_COLUMNS, [waiting_row(item, names, now) for item in ready])
    console.note(f"{len(ready)} of {len(ids)} would be approved.")
    return worst(codes)


@approve.command("list")
@click.pass_obj
async def list_waiting(invocation: Invocation) -> None:
    """List everything that waits for a person, the soonest due first."""
    async with invocation.session() as pressroom:
        waiting = await pressroom.approvals.list()
        names = await pressroom.lists.account_names()
    now, console = invocation.runtime.clock.now(), invocation.console

    def show() -> None:
        console.table(WAITING_COLUMNS, [waiting_row(item, names, now) for item in waiting])
        if any(is_past(item, now) for item in waiting):
            console.note("What is past its time is given another: pressroom schedule approve ID --at WHEN.")
        if any(not item.when.has_time for item in waiting):
            console.note("What has no time yet is given one: pressroom schedule approve ID --at WHEN.")
        console.note("Look at one: pressroom approve show ID. Let it out: pressroom approve ID.")

    console.answer([WaitingShape.of(item) for item in waiting], show, none="Nothing waits for approval.")


@approve.command()
@click.argument("waiting_id", metavar="ID")
@click.pass_obj
async def show(invocation: Invocation, waiting_id: str) -> None:
    """Show a proposal, or a post, in full: what it is, what it shows, and its state."""
    async with invocation.session() as pressroom:
        waiting = await pressroom.approvals.show(waiting_id)
    lines = whole_of(waiting, invocation.runtime.clock.now())
    invocation.console.answer(WaitingShape.of(waiting), lines)
    if not invocation.console.is_json:
        for warning in waiting.summary.get("warnings", []):
            invocation.console.warn(warning)


@approve.command()
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@click.pass_obj
async def decline(invocation: Invocation, ids: tuple[str, ...]) -> ExitCode | None:
    """Decline proposals; a post that waits for one is cancelled."""
    async with invocation.session() as pressroom:
        distinct = await pressroom.approvals.distinct(ids)
        _, code = await _each(invocation, distinct, pressroom.approvals.decline, "was declined")
    return code


@approve.command()
@click.argument("program")
@click.option("--verb", "verbs", multiple=True, required=True, help="publish, move, edit, retry, call, ...")
@click.option(
    "--account", "accounts", multiple=True, required=True, metavar="NAME", help="For which accounts."
)
@click.option("--per-day", type=click.IntRange(min=1), required=True, help="How often a day.")
@click.option(
    "--until", metavar="WHEN", help="Until then: +30d, 'friday 18:00', or 2026-12-31, as it begins."
)
@click.option("--tz", metavar="ZONE", help="Zone of --until; else the accounts'.")
@click.pass_obj
async def allow(
    invocation: Invocation,
    program: str,
    *,
    verbs: tuple[str, ...],
    accounts: tuple[str, ...],
    per_day: int,
    until: str | None,
    tz: str | None,
) -> None:
    r"""Let a program do something without asking. PROGRAM is its name.

    \b
    pressroom approve allow planner --verb publish --account ana --per-day 3 --until 2026-12-31
    """
    async with invocation.session() as pressroom:
        grant = await pressroom.approvals.allow(
            f"program:{program.removeprefix('program:')}",
            verbs=verbs,
            accounts=accounts,
            per_day=per_day,
            ends_at=until,
            timezone=tz,
        )
        await _show_grants(invocation, pressroom, [grant])
        await _warn_of_grant(invocation, pressroom, grant)


@approve.command()
@click.pass_obj
async def allowed(invocation: Invocation) -> None:
    """List what programs may do without asking."""
    async with invocation.session() as pressroom:
        await _show_grants(invocation, pressroom, await pressroom.approvals.allowed())


@approve.command()
@click.argument("grant")
@click.option("--leave", is_flag=True, help="Let go out what went under it already.")
@click.pass_obj
async def withdraw(invocation: Invocation, grant: str, *, leave: bool) -> None:
    """End a standing consent, by the start of its id, and hold back what went under it and is not sent."""
    async with invocation.session() as pressroom:
        released = await pressroom.approvals.withdraw(grant, leave=leave)
    now = invocation.runtime.clock.now()
    lines = [f"Standing consent {released.grant[:SHORT_ID]} has ended."]
    lines += [f"{named(post)}: {standing(post, now)}" for post in (*released.held, *released.unsent)]
    invocation.console.answer(WithdrawnShape.of(released), lines)
    if released.held and not invocation.console.is_json:
        invocation.console.note("Let one out: pressroom approve ID. Or not: pressroom approve decline ID.")
    if released.sent and not invocation.console.is_json:
        # A person who withdraws a consent mostly saw something go out: the latest are what is looked for.
        latest = [post[:SHORT_ID] for post in released.sent[-MOST_NAMED:][::-1]]
        names = and_more(latest, len(released.sent))
        invocation.console.note(f"Sent before, and not to be called back, the latest first: {names}.")


@approve.command("require-terminal")
@click.argument("is_required", type=click.BOOL, metavar="on|off")
@click.pass_obj
async def require_terminal(invocation: Invocation, *, is_required: bool) -> None:
    """Store that everybody without a terminal counts as a program, whatever the environment says."""
    async with invocation.session() as pressroom:
        await pressroom.approvals.require_terminal(is_required=is_required)
    # The store decides: a program sets its own environment, so no variable loosens it
    # (docs/decisions/0014).
    who = "a program" if is_required else "this process's owner"
    invocation.console.answer(
        TerminalShape(require_terminal=is_required), f"Whoever is not at a terminal is {who}."
    )


@approve.command("agent-shells")
@click.argument("are_programs", type=click.BOOL, metavar="on|off")
@click.pass_obj
async def agent_shells(invocation: Invocation, *, are_programs: bool) -> None:
    """Store whether a known agent's shell counts as a program; it does until you say `off` at a terminal."""
    async with invocation.session() as pressroom:
        await pressroom.approvals.agent_shells(are_programs=are_programs)
    whose = "a program's" if are_programs else "like any other"
    invocation.console.answer(
        AgentShellsShape(agent_shells=are_programs), f"A known agent's shell is {whose}."
    )


async def _each(
    invocation: Invocation, ids: Sequence[str], decide: Callable[[str], Awaitable[Approved]], what: str
) -> tuple[Sequence[Approved], ExitCode | None]:
    """Decide each id by itself and print its result at once; also returns the worst exit code of an error."""
    # One bad id must not keep the others from being decided, nor hide which ones were.
    done, codes, warned = list[Approved](), list[ExitCode](), set[str]()
    console = invocation.console
    for item_id in ids:
        try:
            approved = await decide(item_id)
        except PressroomError as error:
            # One id alone ends as any command does, with its error and nothing else.
            if len(ids) == 1:
                raise
            codes.append(say_failed(invocation, item_id, error))
            continue
        done.append(approved)
        if not console.is_json:
            _show_decided(invocation, approved, what, warned)
    if console.is_json:
        console.json([ApprovedShape.of(approved) for approved in done])
    return done, worst(codes)


def _show_decided(invocation: Invocation, approved: Approved, what: str, warned: set[str]) -> None:
    console = invocation.console
    # The same obstacle, such as a missing worker, holds for every post: printed once.
    for warning in approved.warnings:
        if warning not in warned:
            warned.add(warning)
            console.warn(warning)
    if post := approved.post:
        stands = standing(post, invocation.runtime.clock.now())
        if change := approved.change:
            # Without its own words a cancellation that was approved reads as a post that goes out.
            deed = f"The {_NOUNS[Verb(change.verb)]} of {post.kind} {post.id[:SHORT_ID]}"
            console.data(
                f"{deed}, by {actor_in_words(change.actor)}, {what}: {stands[0].lower()}{stands[1:]}"
            )
        else:
            console.data(f"{named(post)} {what}. {stands}")
    elif proposal := approved.proposal:
        console.data(f"Proposal {proposal.id[:SHORT_ID]} ({proposal.verb}) {what}.")
        if error := (proposal.outcome or {}).get("error"):
            console.warn(f"It was carried out, and failed: {error.get('message', error)}")


async def _show_grants(invocation: Invocation, pressroom: Pressroom, grants: Sequence[Grant]) -> None:
    names, logins = await pressroom.lists.account_names(), await pressroom.accounts.logins()
    shown = {str(login.account): names.get(login.name, login.name) for login in logins}
    rows = list[tuple[str, ...]]()
    for grant in grants:
        ends = in_words(grant.ends_at, zone_of(grant, logins)) if grant.ends_at else "no end"
        until = "withdrawn" if grant.revoked_at else ends
        verbs, accounts = ", ".join(grant.verbs), ", ".join(shown.get(each, each) for each in grant.accounts)
        rows.append((grant.id[:SHORT_ID], shown_id(grant.actor), verbs, accounts, str(grant.per_day), until))
    invocation.console.answer(
        [GrantShape.of(grant) for grant in grants],
        lambda: invocation.console.table(_GRANTS, rows),
        none="No program may do anything without asking.",
    )


async def _warn_of_grant(invocation: Invocation, pressroom: Pressroom, grant: Grant) -> None:
    """Warn of a consent that no time ends, and of others that apply as well."""
    if grant.ends_at is None:
        invocation.console.warn("It has no end: it holds until you withdraw it. `--until` gives one an end.")
    others = beside(grant, await pressroom.approvals.allowed(), invocation.runtime.clock.now())
    if others:
        named_so = ", ".join(f"{other.id[:SHORT_ID]} ({other.per_day} a day)" for other in others)
        invocation.console.warn(f"{shown_id(grant.actor)} may the same by {named_so}: all of them apply.")
