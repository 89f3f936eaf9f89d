"""`Doctor`: gathers the facts of a session, has them judged, and reports the findings group by group."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from pressroom.core.account import Account
from pressroom.core.errors import SettingRefused
from pressroom.service.acting.acting import Acting
from pressroom.service.consent.gate import Gate
from pressroom.service.doctor.facts import AccountsFacts, ClockFacts
from pressroom.service.doctor.findings import Check, FactsT, Finding, Group, Report, judge
from pressroom.service.doctor.gather_accounts import account_facts, choose_subjects
from pressroom.service.doctor.gather_hosting import agent_facts, hosting_facts
from pressroom.service.doctor.gather_machine import look_at_store, machine_facts, repair
from pressroom.service.doctor.judge_access import ACCESS_CHECKS
from pressroom.service.doctor.judge_accounts import ACCOUNT_CHECKS, ACCOUNT_LIST_CHECKS
from pressroom.service.doctor.judge_hosting import AGENT_CHECKS, HOSTING_CHECKS
from pressroom.service.doctor.judge_machine import CLOCK_CHECKS, MACHINE_CHECKS, STORE_CHECKS
from pressroom.service.ground.resources import Resources


@dataclass(frozen=True, slots=True)
class Doctor:
    """Examines a session: its machine, store, accounts, hosting and programs. It only reads."""

    resources: Resources
    acting: Acting
    gate: Gate

    async def examine(
        self,
        *,
        account: str | None,
        every: bool,
        repairs: bool,
        refused: tuple[SettingRefused, ...],
        on_finding: Callable[[Finding], None],
    ) -> Report:
        """Look at everything, and report. Arguments and errors as of `AccountService.doctor`."""
        done: tuple[str, ...] = ()
        if repairs:
            await self.gate.require_person("Only a person has the doctor repair anything.")
            done = await repair(self.resources)
        findings = list[Finding]()

        def tell(checks: Iterable[Check[FactsT]], facts: FactsT, name: str | None = None) -> None:
            for finding in judge(checks, facts, name):
                findings.append(finding)
                on_finding(finding)

        settings = self.resources.settings
        # Neither needs the other, and both wait: ffmpeg for its start, the store for its check.
        machine, look = await asyncio.gather(
            machine_facts(settings), look_at_store(self.resources, self.acting)
        )
        tell(MACHINE_CHECKS, replace(machine, refused=refused))
        tell(STORE_CHECKS, look.facts)

        subjects = await choose_subjects(self.resources, self.acting, look, name=account, every=every)
        names = tuple(subject.name for subject in subjects.chosen)
        stored = None if subjects.stored is None else len(subjects.stored)
        tell(ACCOUNT_LIST_CHECKS, AccountsFacts(names=names, stored=stored, environment=subjects.environment))

        # Side by side, since each account waits for calls; told one after the other.
        gathered = await asyncio.gather(
            *(account_facts(self.resources, look, subject, subjects) for subject in subjects.chosen)
        )
        for of_account in gathered:
            tell((*ACCOUNT_CHECKS, *ACCESS_CHECKS), of_account.facts, of_account.facts.name)
        # Only an answer of Instagram's has a time to compare with, so the clock comes after the accounts.
        skews = [of_account.skew_s for of_account in gathered if of_account.skew_s is not None]
        tell(CLOCK_CHECKS, ClockFacts(skews[0] if skews else None))

        opened = [subject.account for subject in subjects.chosen if isinstance(subject.account, Account)]
        hosting, agents = await asyncio.gather(
            hosting_facts(settings, self.resources.clock, opened, look),
            agent_facts(self.resources, self.gate, look),
        )
        tell(HOSTING_CHECKS, hosting)
        tell(AGENT_CHECKS, agents)
        # Stable: within a group as they were told, so account by account.
        groups = list(Group)
        findings.sort(key=lambda finding: groups.index(finding.group))
        return Report(findings=tuple(findings), repairs=done)
