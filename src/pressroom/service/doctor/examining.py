"""`Doctor`: gathers the facts of a session, has them judged, and reports what was found."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pressroom.core.account import Account
from pressroom.service.acting.acting import Acting
from pressroom.service.consent.gate import Gate
from pressroom.service.doctor import judge_judging as judging
from pressroom.service.doctor.accounts import Gathered, account_facts
from pressroom.service.doctor.agents import agent_facts
from pressroom.service.doctor.hosting import hosting_facts
from pressroom.service.doctor.judge_facts import AccountsFacts, ClockFacts, StoreState
from pressroom.service.doctor.judge_findings import Finding, Group, Report, Verdict
from pressroom.service.doctor.machine import machine_facts
from pressroom.service.doctor.repairs import repaired
from pressroom.service.doctor.store import Seen, look
from pressroom.service.doctor.subjects import Subjects, subjects
from pressroom.service.ground.resources import Resources

__all__ = ["Doctor", "Finding", "Group", "Report", "Verdict"]

_GROUPS = list(Group)


@dataclass(frozen=True, slots=True)
class Doctor:
    """Examines a session: its machine, store, accounts, hosting and programs. It only reads."""

    resources: Resources
    acting: Acting
    gate: Gate

    async def examine(
        self, *, asked: str | None, every: bool, repairs: bool, on_finding: Callable[[Finding], None]
    ) -> Report:
        """Look at everything, and report. Arguments and errors as of `AccountService.doctor`."""
        mended = await self._mend() if repairs else ()
        told = list[Finding]()

        def tell(findings: Iterable[Finding]) -> None:
            for finding in findings:
                told.append(finding)
                on_finding(finding)

        machine, seen = await asyncio.gather(
            machine_facts(self.resources.settings), look(self.resources, self.acting)
        )
        tell(judging.of_machine(machine))
        tell(judging.of_store(seen.facts))
        among = await self._subjects(seen, asked=asked, every=every)
        tell(judging.of_accounts(_accounts_facts(among)))
        skew_s = None
        for gathered in await self._accounts(seen, among):
            skew_s = gathered.skew_s if skew_s is None else skew_s
            tell(judging.of_account(gathered.facts))
        tell(judging.of_clock(ClockFacts(skew_s)))
        accounts = [one.account for one in among.chosen if isinstance(one.account, Account)]
        hosting, agents = await asyncio.gather(
            hosting_facts(self.resources.settings, self.resources.clock, accounts),
            agent_facts(self.resources, self.gate, seen),
        )
        tell(judging.of_hosting(hosting))
        tell(judging.of_agents(agents))
        return Report(findings=tuple(sorted(told, key=_place)), repairs=mended)

    async def _mend(self) -> tuple[str, ...]:
        await self.gate.require_person("Only a person has the doctor repair anything.")
        return await repaired(self.resources)

    async def _subjects(self, seen: Seen, *, asked: str | None, every: bool) -> Subjects:
        is_readable = seen.store is not None or seen.facts.state is StoreState.NONE
        return await subjects(
            self.resources, self.acting, seen.store, asked=asked, every=every, is_readable=is_readable
        )

    async def _accounts(self, seen: Seen, among: Subjects) -> list[Gathered]:
        """Look at the accounts side by side."""
        looking = [
            account_facts(
                self.resources, seen.store, one, among, is_worker_running=seen.facts.is_worker_running
            )
            for one in among.chosen
        ]
        return await asyncio.gather(*looking)


def _accounts_facts(among: Subjects) -> AccountsFacts:
    return AccountsFacts(
        names=tuple(one.name for one in among.chosen),
        stored=None if among.stored is None else len(among.stored),
        environment=among.environment,
    )


def _place(finding: Finding) -> int:
    # Stable: within a group as they were told, so account by account.
    return _GROUPS.index(finding.group)
