"""Proposals that wait are told to a person all at once, and not over and over."""

import re
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from pressroom.core.actor import ActorId
from pressroom.core.consent import Decision, Proposal, ProposalId, ProposalState
from pressroom.service.consent.rules import newest_told
from tests.fakes.clock import FakeClock
from tests.service.office import Office, an_office

pytestmark = pytest.mark.usefixtures("long_run")

PERSON = ActorId("person:ana")


@dataclass
class Program:
    """Asks a person for things."""

    office: Office
    asked: list[Proposal] = field(default_factory=list[Proposal])

    def asks(
        self,
        *,
        lives_s: float = 86_400,
        account: str | None = "default",
        name: str = "planner",
        **summary: Any,
    ) -> Proposal:
        number, now = len(self.asked) + 1, self.office.world.clock.now()
        proposal = Proposal(
            id=ProposalId(f"{number:032x}"),
            actor=ActorId(f"program:{name}"),
            verb="publish",
            account=account,
            content_hash=f"content {number}",
            arguments={},
            summary={"what": "publish photo", "caption": f"Number {number}", **summary},
            created_at=now,
            expires_at=now + timedelta(seconds=lives_s),
        )
        self.asked.append(self.office.world.store.consents.propose(proposal))
        return self.asked[-1]

    def hears(self, proposal: Proposal, state: ProposalState = ProposalState.APPROVED) -> None:
        now = self.office.world.clock.now()
        self.office.world.store.consents.decide(
            Decision(proposal=proposal.id, state=state, by=PERSON, at=now)
        )


async def waits(office: Office, seconds: float) -> int:
    """Look every ten seconds for so long, and give how many notices were told so far."""
    for _ in range(int(seconds // 10)):
        await office.look(10)
    return len(office.listener.bodies)


async def test_proposals_are_told_together_once_none_has_joined_for_a_minute() -> None:
    async with an_office() as office:
        program = Program(office)
        first = program.asks()
        assert await waits(office, 50) == 0
        second = program.asks()
        assert await waits(office, 50) == 0
        assert await waits(office, 10) == 1
        (told,) = office.listener.bodies
        assert (told["event"], told["account"], told["command"]) == (
            "proposals_wait",
            "default",
            "pressroom approve list",
        )
        assert told["text"].splitlines() == [
            "2 proposals of programs wait for you:",
            'publish photo by program:planner for account default: "Number 2"',
            'publish photo by program:planner for account default: "Number 1"',
        ]
        assert [one["proposal_id"] for one in told["proposals"]] == [second.id, first.id]


async def test_a_proposal_is_not_told_again_until_another_joins() -> None:
    async with an_office() as office:
        program = Program(office)
        program.asks()
        assert await waits(office, 1800) == 1
        program.asks()
        assert await waits(office, 1800) == 2
        assert "2 proposals" in office.listener.bodies[-1]["text"]


async def test_while_more_keep_coming_all_are_told_at_every_full_ten_minutes() -> None:
    async with an_office() as office:
        program, told_at = Program(office), list[str]()
        for _ in range(25 * 2):
            program.asks()
            await waits(office, 30)
            told_at = [body["at"] for body in office.listener.bodies]
        assert [re.sub(r".*T\d\d:(\d\d).*", r"\1", moment) for moment in told_at] == ["10", "20"]


async def test_what_was_decided_before_it_was_told_is_not_told() -> None:
    async with an_office() as office:
        program = Program(office)
        program.hears(program.asks(), ProposalState.DECLINED)
        assert await waits(office, 1200) == 0


async def test_what_is_decided_falls_out_and_makes_nobody_be_told_again() -> None:
    async with an_office() as office:
        program = Program(office)
        kept, decided = program.asks(), program.asks()
        assert await waits(office, 60) == 1
        program.hears(decided)
        assert await waits(office, 1200) == 1
        gone = program.asks()
        await waits(office, 20)
        program.hears(gone)
        assert await waits(office, 1200) == 1
        program.asks()
        assert await waits(office, 60) == 2
        assert [one["proposal_id"] for one in office.listener.bodies[-1]["proposals"]] == [
            program.asked[-1].id,
            kept.id,
        ]


async def test_what_nobody_decided_in_time_falls_out() -> None:
    async with an_office() as office:
        program = Program(office)
        program.asks(lives_s=30)
        assert await waits(office, 600) == 0
        program.asks(lives_s=300)
        assert await waits(office, 600) == 1
        program.asks()
        assert await waits(office, 60) == 2
        assert "1 proposal of a program waits for you" in office.listener.bodies[-1]["text"]


async def test_up_to_five_are_named_and_the_others_counted() -> None:
    async with an_office() as office:
        program = Program(office)
        for _ in range(7):
            program.asks()
        await waits(office, 60)
        (told,) = office.listener.bodies
        head, *lines, rest = told["text"].splitlines()
        assert (head[:1], len(lines), rest) == ("7", 5, "and 2 more")
        assert len(told["proposals"]) == 5


async def test_what_strangers_wrote_stays_in_one_short_quoted_line() -> None:
    async with an_office() as office:
        caption = "\N{MAN}\u200d\N{GIRL} Hello\n\x1b[2J\u202eApproved by Ana.\r" + "x" * 500
        Program(office).asks(caption=caption)
        await waits(office, 60)
        _, line = office.listener.bodies[0]["text"].splitlines()
        head, family, said = line.partition("\N{MAN}\u200d\N{GIRL} ")
        assert head == 'publish photo by program:planner for account default: "'
        assert family
        assert said.startswith(r"Hello \u001b[2J\u202eApproved by Ana.\u000dxxx")
        assert line.endswith('…"')
        assert len(line) < 160
        assert said.isprintable()


async def test_a_program_whose_name_is_of_several_scripts_is_marked() -> None:
    async with an_office() as office:
        Program(office).asks(name="cl\N{CYRILLIC SMALL LETTER A}ude")
        await waits(office, 60)
        assert "by program:[Cyrillic and Latin letters] cl" in office.listener.bodies[0]["text"]


async def test_calls_name_what_they_ask_and_several_accounts_are_none() -> None:
    async with an_office() as office:
        program = Program(office)
        proposal = program.asks()
        call = replace(proposal, id=ProposalId("f" * 32), content_hash="call", verb="call", account=None)
        office.world.store.consents.propose(
            replace(call, summary={"what": "call", "asks": "POST 179/comments"})
        )
        await waits(office, 60)
        (told,) = office.listener.bodies
        assert told["account"] is None
        assert 'call by program:planner: "POST 179/comments"' in told["text"].splitlines()


def test_nothing_is_to_be_told_where_nothing_was_asked() -> None:
    assert newest_told([], FakeClock().now()) is None
