"""Reports of several accounts, beside each other.

`gather_all` is where to start: it finds all accounts before it reads any. Posts stand at 24 hours in each
report, so that what they reached compares across accounts, whatever the days on which they went out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from pressroom.core.account import shown_account
from pressroom.core.errors import PressroomError, Refused
from pressroom.insights.questions.people import FollowerFlow
from pressroom.insights.questions.posts import RATE
from pressroom.insights.read import Total
from pressroom.insights.report.languages import SOURCE, require_language
from pressroom.insights.report.movements import Movement
from pressroom.service.acting.acting import Acting
from pressroom.service.insights.accounts import find_accounts
from pressroom.service.insights.kept import KeptAccount, require_kept_account
from pressroom.service.insights.questions import NewFollowers
from pressroom.service.insights.report_answers import answer
from pressroom.service.insights.report_facts import InsightsReport, gather


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedAccount:
    """An account among others in a period. posts: that went out; all numbers of theirs are at 24 h.

    reach, engagement_rate: their medians, each with its n. totals: of what may be added, each with its n.
    followers: counted after the last day, None where nobody did. net_change, new_followers: of the period.
    has_moved: whether anything of its report
    changed beyond chance, which the report's headline then names. Each report has a budget of error of its
    own: of ten accounts to which nothing happened, at most one has moved.
    """

    account: str
    username: str | None
    posts: int
    reach: Movement
    engagement_rate: Movement
    totals: Mapping[str, Total]
    followers: int | None
    net_change: int | None
    new_followers: NewFollowers
    follower_flow: FollowerFlow
    has_moved: bool

    @classmethod
    def of(cls, report: InsightsReport) -> Self:
        """Take from a report what compares."""
        of_kinds = [kind.change for kind in report.kinds if kind.change]
        return cls(
            account=report.account,
            username=report.username,
            posts=len(report.posted.posts),
            reach=next(movement for movement in report.movements if movement.metric == report.reach),
            engagement_rate=next(movement for movement in report.movements if movement.metric == RATE),
            totals=report.totals,
            followers=report.followers.at_end,
            net_change=report.followers.net_change,
            new_followers=report.followers.new,
            follower_flow=report.follower_flow,
            has_moved=bool(report.moved) or any(change.is_outside_noise for change in of_kinds),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOfAccounts:
    """Reports of the same period, in the order in which their accounts were named.

    Each is of its account's own zone, and of the days that are known of it: the last of `28d` may differ by
    one.
    """

    reports: tuple[InsightsReport, ...]

    @property
    def comparison(self) -> tuple[ComparedAccount, ...]:
        """Its accounts beside each other."""
        return tuple(ComparedAccount.of(report) for report in self.reports)


async def gather_all(
    acting: Acting,
    names: Sequence[str],
    period: str,
    *,
    timezone: str | None,
    language: str | None,
    top_by: str | None,
) -> ReportOfAccounts:
    """Return the reports of a period with their answers.

    names: as of `find_accounts`. timezone: in place of each account's own. language: else the first one's,
    since a page has one. top_by: as of `gather`. Raises Refused for an account that is named twice, and what
    `gather` raises, with the account's name.
    """
    reports = list[InsightsReport]()
    # One after the other: what each is made of is far larger than the report.
    accounts = await _require_accounts(acting, names, timezone)
    spoken = require_language(language or accounts[0].language or SOURCE)
    for kept in accounts:
        try:
            reports.append(answer(await gather(kept, period, spoken, top_by), {}))
        except PressroomError as error:
            error.message = f"{kept.name}: {error.message}"
            raise
    return ReportOfAccounts(reports=tuple(reports))


async def _require_accounts(acting: Acting, names: Sequence[str], timezone: str | None) -> list[KeptAccount]:
    """Find all accounts before anything of one is read. Raises Refused, NotFound."""
    accounts = await find_accounts(acting, names)
    ids = [account.id for account in accounts]
    for name, account in zip(names, ids, strict=False):
        if ids.count(account) > 1:
            raise Refused(
                f"The account {shown_account(account)} is named twice.",
                rule="accounts",
                value=name,
                limit="each account once",
                fix="Name it once.",
            )
    return [
        await require_kept_account(Acting(acting.resources, name=account.login or account.id), timezone)
        for account in accounts
    ]
