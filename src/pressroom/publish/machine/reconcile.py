"""What the looks at a doubtful send prove. Pure: the same looks always give the same verdict."""

from datetime import datetime, timedelta
from enum import Enum
from itertools import pairwise

from pressroom.core.post import Look, Send, Snapshot
from pressroom.graph.answers import ContainerStatus
from pressroom.graph.ids import MediaId
from pressroom.publish.machine.policy import Policy

_DEAD = (ContainerStatus.ERROR, ContainerStatus.EXPIRED)


class Verdict(Enum):
    """What is known of a doubtful send."""

    LIVE = "live"
    NOT_DONE = "not_done"
    CONTAINER_DEAD = "container_dead"
    WAIT = "wait"
    GIVE_UP = "give_up"


def verdict(send: Send, policy: Policy) -> Verdict:
    """Judge a send by its looks, of which there is one at least.

    PUBLISHED proves it live. FINISHED twice, long after the deadline, with nothing new listed and the quota
    unchanged but for our other posts, proves that it was not carried out. Everything else waits, until the
    budget is spent.
    What one look saw counts for good: lists and counters lag, and a later look may read an older replica.
    """
    if any(look.status is ContainerStatus.PUBLISHED for look in send.looks):
        return Verdict.LIVE
    if _is_dead(send, policy):
        return Verdict.CONTAINER_DEAD
    if send.may_resend and _was_not_done(send, policy):
        return Verdict.NOT_DONE
    return Verdict.GIVE_UP if _is_budget_spent(send, policy) else Verdict.WAIT


def _is_budget_spent(send: Send, policy: Policy) -> bool:
    """Tell whether a person is to be asked: while a proof is possible, not before it was looked for."""
    # A send that is looked at again, long after its deadline, gets its whole budget again.
    begun = max(send.deadline, send.doubtful_at or send.deadline)
    looked_s = _looked_s(send, policy)
    # By a clock that was set back it would not be over for hours.
    past_s = max((send.looks[-1].at - begun).total_seconds(), looked_s)
    may_prove = send.may_resend and send.snapshot.quota_usage is not None
    return past_s >= policy.reconcile_budget_s and not (may_prove and looked_s < policy.resend_after_s)


def _looked_s(send: Send, policy: Policy) -> float:
    """Tell for how many seconds it was looked at: gaps in which no worker ran count as one delay at most."""
    gaps = (later.at - look.at for look, later in pairwise(send.looks))
    return sum(min(max(gap.total_seconds(), 0.0), max(policy.look_delays_s)) for gap in gaps)


def next_look_at(send: Send, policy: Policy) -> datetime:
    """Say when to look again: soon at first, then ever more rarely.

    After a crash nobody knows whether the bytes still leave, so the first look waits for the deadline.
    """
    since = send.looks[-1].at if send.looks else send.doubtful_at or send.deadline
    delays = policy.look_delays_s
    return since + timedelta(seconds=delays[min(len(send.looks), len(delays) - 1)])


def settled_id(listings: tuple[Look, ...], policy: Policy) -> MediaId | None:
    """Give the id that one and the same candidate proves on two listings a settle time apart."""
    for early in listings:
        for late in listings:
            if late.at - early.at < timedelta(seconds=policy.settle_s):
                continue
            if early.candidates and early.candidates == late.candidates and len(early.candidates) == 1:
                return next(iter(early.candidates))
    return None


def _is_dead(send: Send, policy: Policy) -> bool:
    """Tell whether the container can no longer go live, and did not: lists may be a settle time behind."""
    last = send.looks[-1]
    # A container that is dead may have been published before it died, and lists show that a little later.
    is_over = send.is_gone or last.status in _DEAD
    is_listed = any(look.candidates for look in send.looks)
    is_settled = elapsed_s(send, last.at, last.host_date) >= policy.settle_s
    return is_over and last.candidates is not None and not is_listed and is_settled


def _was_not_done(send: Send, policy: Policy) -> bool:
    late = [look for look in send.looks if elapsed_s(send, look.at, look.host_date) >= policy.resend_after_s]
    before = _used_by_others(send.snapshot)
    if before is None or len(late) < 2:  # noqa: PLR2004  # two reads, as the rule says
        return False
    return all(_shows_nothing(look, before) for look in late[-2:]) and not any(
        look.candidates or (_used_by_others(look) or 0) > before for look in send.looks
    )


def elapsed_s(send: Send, at: datetime, host_date: datetime | None) -> float:
    """Tell how long after the deadline a moment is, by our clock or the host's: by the one that says less.

    Ours may have been set forward meanwhile, and then nothing is late. One that was set back to before the
    send tells nothing.
    """
    elapsed = at - send.deadline
    sent_at = send.snapshot.host_date
    if sent_at is not None and host_date is not None:
        by_host = host_date - sent_at - (send.deadline - send.started_at)
        elapsed = by_host if at < send.started_at else min(elapsed, by_host)
    return elapsed.total_seconds()


def _shows_nothing(look: Look, before: int) -> bool:
    # A lower count proves nothing either: yesterday's post leaving the window hides today's coming in.
    is_unchanged = _used_by_others(look) == before and look.candidates is not None
    return look.status is ContainerStatus.FINISHED and is_unchanged


def _used_by_others(seen: Snapshot | Look) -> int | None:
    """Give the part of the quota that our live posts do not account for: the post in doubt is in it."""
    return None if seen.quota_usage is None else seen.quota_usage - seen.went_live
