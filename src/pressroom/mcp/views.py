"""What tools return: at most nine fields each, cut from the session's shapes.

What is not known or does not apply is left out. Names that begin with `untrusted_` hold text that others may
have written, in its fence. `by_tool` words what can be done about an error as calls of tools; what no tool
does is a person's, as a command.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from pressroom.core.readings import Number
from pressroom.core.remedies import Remedy, RemedyKind, command_of


class View(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An answer of a tool."""


# An answer and no error: a model retries errors, and this is something to tell the person.
class NeedsApproval(View, frozen=True, kw_only=True):
    """A person has to decide, or declined. page: where a signed-in person decides."""

    state: str
    proposal_id: str | None = None
    summary: str
    page: str | None = None


class PostView(View, frozen=True, kw_only=True):
    """A post after a tool did something to it."""

    post_id: str
    version: int
    state: str
    account: str
    goes_out_at: str | None = None
    permalink: str | None = None
    needs_approval: NeedsApproval | None = None
    warnings: tuple[str, ...] = ()
    next_step: str


class PostHistoryView(View, frozen=True, kw_only=True):
    """A post with what happened, what happens next, and the calls that its state allows."""

    post_id: str
    version: int
    state: str
    goes_out_at: str | None = None
    permalink: str | None = None
    untrusted_options: dict[str, Any] = {}
    history: tuple[str, ...] = ()
    next: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()


class ListedPost(View, frozen=True, kw_only=True):
    """A post in a list. asked_by: `program:NAME` or `person:NAME`."""

    post_id: str
    version: int
    kind: str
    state: str
    asked_by: str | None = None
    goes_out_at: str | None = None
    untrusted_caption: str | None = None
    problem: str | None = None


class PostListView(View, frozen=True, kw_only=True):
    """Posts by due time."""

    account: str
    posts: tuple[ListedPost, ...]
    is_all: bool
    next_step: str


class AccountView(View, frozen=True, kw_only=True):
    """An account as it stands."""

    account: str
    username: str | None = None
    timezone: str | None = None
    token: str
    can: tuple[str, ...] = ()
    obstacles: tuple[str, ...] = ()
    other_accounts: tuple[str, ...] = ()
    next_step: str


class MediaCheckView(View, frozen=True, kw_only=True):
    """Whether Instagram would take a file."""

    source: str
    media_type: str | None = None
    action: str
    broken_rules: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    estimate_s: float | None = None
    next_step: str


class MeasuredPost(View, frozen=True, kw_only=True):
    """A published post. age: of its numbers, with their uncertainty if corrected."""

    media_id: str
    kind: str
    published_at: str
    untrusted_caption: str | None = None
    age: str | None = None
    metrics: Annotated[dict[str, Number], Meta(description="Unknown numbers are absent, never 0.")]
    engagement_rate_percent: float | None = None
    permalink: str | None = None


class InsightsView(View, frozen=True, kw_only=True):
    """Posts with their numbers."""

    account: str
    posts: tuple[MeasuredPost, ...]
    next_step: str


class ComparedPost(View, frozen=True, kw_only=True):
    """A post beside those of its kind. place: 1 is the highest."""

    media_id: str
    kind: str
    age: str | None = None
    value: Number | None = None
    place: int | None = None
    of: int | None = None


class GroupView(View, frozen=True, kw_only=True):
    """A group of posts."""

    name: str
    n: int
    median: Number | None = None
    quartiles: tuple[Number, ...] = ()


class ComparisonView(View, frozen=True, kw_only=True):
    """Posts or groups at one age."""

    account: str
    metric: str
    age_hours: float
    posts: tuple[ComparedPost, ...] = ()
    groups: tuple[GroupView, ...] = ()
    next_step: str


class Cell(View, frozen=True, kw_only=True):
    """Hours, a weekday or a kind against the others, in percent of reach."""

    cell: str
    n: int
    percent: float
    low: float
    high: float
    confidence: float


class BestTimeView(View, frozen=True, kw_only=True):
    """Whether the time or kind of a post mattered. n: posts it rests on. stands_out: empty for nothing."""

    account: str
    timezone: str
    says: str
    n: int
    stands_out: tuple[Cell, ...] = ()
    next_step: str


class AccountMetric(View, frozen=True, kw_only=True):
    """A metric of a period against the one before."""

    metric: str
    total: Number | None = None
    median_day: Number | None = None
    known_days: int
    missing_days: int = 0
    change: Number | None = None
    change_percent: float | None = None
    is_outside_noise: bool | None = None


class AccountInsightsView(View, frozen=True, kw_only=True):
    """An account's numbers in a period."""

    account: str
    first: str
    last: str
    followers: int | None = None
    metrics: tuple[AccountMetric, ...]
    next_step: str


class ReportAnswerView(View, frozen=True, kw_only=True):
    """One of a report's five answers."""

    question: str
    sentences: tuple[str, ...]
    notes: tuple[str, ...]


class ReportView(View, frozen=True, kw_only=True):
    """A period in five answers."""

    account: str
    first: str
    last: str
    answers: tuple[ReportAnswerView, ...]
    file: str | None = None
    next_step: str


class PulledView(View, frozen=True, kw_only=True):
    """What was read."""

    account: str
    calls: int
    readings: int
    kept_media: int
    is_whole: bool
    next_step: str


_K = RemedyKind
# `{name}` is replaced by the remedy's argument of that name; if the argument is not known, its name is shown.
# A part in `[]` is left out if its argument is not known.
_OPTIONAL: Final = re.compile(r"\[([^]]*)\]")
_CALLS: Final[Mapping[RemedyKind, str]] = {
    _K.APPROVE_POST: "publish_post(post_id={post})",
    _K.ASK_BEST_TIME: "get_best_time()",
    _K.CANCEL_POST: "cancel_post(post_id={post})",
    _K.EDIT_POST: "change_post(post_id={post}, ...)",
    _K.LIST_ACCOUNTS: "get_account()",
    _K.LIST_KEPT_MEDIA: "get_insights()",
    _K.LIST_MEDIA: "get_insights()",
    _K.LIST_POSTS: "list_posts()",
    _K.APPROVE_AT: "schedule_post(post_id={post}, at=...)",
    _K.MOVE_POST: "schedule_post(post_id={post}, at=...)",
    _K.RESCHEDULE_POST: "schedule_post(post_id={post}, at=...)",
    _K.OPEN_AS: "account={account}",
    _K.PLAN_AGAIN: "another idempotency_key",
    _K.PLAN_LATE: "publish_post(post_id={post})",
    _K.PUBLISH_AS: "create_draft(kind={kind}, ...)",
    _K.PULL_INSIGHTS: "pull_insights([account={account}])",
    _K.RECONCILE_POST: "reconcile_post(post_id={post})",
    _K.RETRY_POST: "publish_post(post_id={post})",
    _K.SET_FIT: "fit={fit}",
    _K.SET_TIMEZONE: "timezone={timezone}",
    _K.SHOW_POST: "get_post(post_id={post})",
}


def by_tool(remedy: Remedy) -> str:
    """Word a remedy as a call of a tool, else as what to ask the person for."""
    call = _CALLS.get(remedy.kind)
    if call is None:
        return f"ask the person to run `{command_of(remedy)}`"
    # An optional part is left out if its argument is not known.
    call = _OPTIONAL.sub(lambda part: part[1] if "account" in remedy.arguments else "", call)
    for name in ("post", "account", "kind", "fit", "timezone"):
        value = repr(remedy.arguments[name]) if name in remedy.arguments else "..."
        call = call.replace(f"{{{name}}}", value)
    return f"`{call}`"
