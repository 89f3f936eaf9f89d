"""Every check, and the order in which they are asked."""

from collections.abc import Iterable
from typing import Any

from pressroom.service.doctor import judge_account as account
from pressroom.service.doctor import judge_agents as agents
from pressroom.service.doctor import judge_hosting as hosting
from pressroom.service.doctor import judge_machine as machine
from pressroom.service.doctor import judge_page as page
from pressroom.service.doctor import judge_permissions as permissions
from pressroom.service.doctor import judge_store as store
from pressroom.service.doctor import judge_tokens as tokens
from pressroom.service.doctor import judge_webhooks as webhooks
from pressroom.service.doctor.judge_facts import (
    AccountFacts,
    AccountsFacts,
    AgentFacts,
    ClockFacts,
    HostingFacts,
    MachineFacts,
    StoreFacts,
)
from pressroom.service.doctor.judge_findings import Check, FactsT, Finding

OF_ACCOUNT: tuple[Check[AccountFacts], ...] = (
    *tokens.CHECKS,
    *account.CHECKS,
    *permissions.CHECKS,
    *page.CHECKS,
    *webhooks.CHECKS,
)
ALL: tuple[Check[Any], ...] = (
    *machine.CHECKS,
    machine.clock,
    *store.CHECKS,
    account.accounts,
    *OF_ACCOUNT,
    *hosting.CHECKS,
    *agents.CHECKS,
)


def of_machine(facts: MachineFacts) -> tuple[Finding, ...]:
    """Judge this machine."""
    return _judged(machine.CHECKS, facts)


def of_clock(facts: ClockFacts) -> tuple[Finding, ...]:
    """Judge this machine's clock."""
    return _judged((machine.clock,), facts)


def of_store(facts: StoreFacts) -> tuple[Finding, ...]:
    """Judge the store and the worker."""
    return _judged(store.CHECKS, facts)


def of_accounts(facts: AccountsFacts) -> tuple[Finding, ...]:
    """Judge which accounts there are."""
    return _judged((account.accounts,), facts)


def of_account(facts: AccountFacts) -> tuple[Finding, ...]:
    """Judge one account: its token, itself, permissions, Page path and webhooks."""
    return _judged(OF_ACCOUNT, facts, facts.name)


def of_hosting(facts: HostingFacts) -> tuple[Finding, ...]:
    """Judge how local files get to Instagram."""
    return _judged(hosting.CHECKS, facts)


def of_agents(facts: AgentFacts) -> tuple[Finding, ...]:
    """Judge what programs may do."""
    return _judged(agents.CHECKS, facts)


def _judged(checks: Iterable[Check[FactsT]], facts: FactsT, name: str | None = None) -> tuple[Finding, ...]:
    return tuple(found for one in checks if (found := one(facts, name)) is not None)
