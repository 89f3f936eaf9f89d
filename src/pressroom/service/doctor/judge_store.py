"""Checks of the store, and of the worker that does its work."""

from pressroom.core.errors import PressroomError
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.service.doctor.judge_facts import StoreFacts, StoreState
from pressroom.service.doctor.judge_findings import Group, Judgement, Verdict, check, fail, ok, unknown, warn

_UPGRADE, _START = Remedy(RemedyKind.UPGRADE_STORE), Remedy(RemedyKind.START_WORKER)
_LIST = Remedy(RemedyKind.LIST_POSTS)


@check(Group.STORE, Verdict.FAIL)
def store_opens(facts: StoreFacts) -> Judgement:
    """Whether the store can be opened."""
    if facts.state is StoreState.CLOSED and facts.error is not None:
        return fail(
            f"{facts.where} cannot be opened",
            cause=facts.error.message,
            consequence="Nothing that is planned goes out, and stored accounts cannot be used.",
            remedy=facts.error.advice,
        )
    if facts.state is StoreState.NONE:
        return ok("none yet: what is first stored makes one")
    return ok(facts.where)


@check(Group.STORE, Verdict.WARN, Verdict.FAIL)
def store_revision(facts: StoreFacts) -> Judgement | None:
    """Whether this program's revision made the store."""
    if facts.state is StoreState.OPEN:
        return ok("of this program's revision")
    if facts.state is not StoreState.BEHIND:
        return None
    if facts.is_server:
        return fail(
            "of an earlier program's revision",
            cause="Pressroom was upgraded, and the store on the server was not.",
            consequence="No command works on it, and no worker starts.",
            remedy=Fix.of("Stop the workers, then run {}.", _UPGRADE),
        )
    return warn(
        "of an earlier program's revision",
        cause="Pressroom was upgraded, and nothing has opened the store since.",
        consequence="The next command upgrades it and keeps the file as it was; till then it is not read.",
        remedy=Fix.of("Upgrade it now: {}.", _UPGRADE),
    )


@check(Group.STORE, Verdict.FAIL, Verdict.UNKNOWN)
def store_sound(facts: StoreFacts) -> Judgement | None:
    """Whether what is in the store can be read."""
    found = facts.damage
    if found is None:
        return None
    if isinstance(found, PressroomError):
        return unknown(
            "it could not be looked through",
            cause=found.message,
            consequence="Whether it is damaged is not known.",
            remedy=Fix.of("Try alone: {}.", Remedy(RemedyKind.CHECK_STORE)),
        )
    if not found:
        return ok("sound")
    return fail(
        f"{len(found)} thing{'' if len(found) == 1 else 's'} wrong in it",
        cause=found[0],
        consequence="Posts in it may be lost, or never looked at again.",
        remedy=Fix.of("See all: {}. Then put a backup in its place, or ask.", Remedy(RemedyKind.CHECK_STORE)),
    )


@check(Group.STORE, Verdict.WARN, Verdict.FAIL, Verdict.UNKNOWN)
def worker(facts: StoreFacts) -> Judgement | None:
    """Whether a worker runs, where there is anything for one to do."""
    if facts.state is StoreState.NONE:
        return ok("nothing is planned, so none is needed")
    if facts.is_worker_running is None:
        return unknown(
            "whether one runs is not known",
            cause="The store could not be asked.",
            consequence="What is planned may not go out.",
            remedy="Mend the store first.",
        )
    if facts.is_worker_running:
        return ok("runs")
    if not facts.planned:
        return ok("none runs, and nothing is planned")
    return (fail if facts.overdue else warn)(
        f"none runs, and {_posts(facts.planned)} planned",
        cause="No worker drives this store.",
        consequence="Nothing that is planned goes out, and no token is renewed.",
        remedy=Fix.of("Start one: {}.", _START),
    )


@check(Group.STORE, Verdict.FAIL)
def overdue(facts: StoreFacts) -> Judgement | None:
    """Whether posts are past their time."""
    if facts.overdue is None:
        return None
    if not facts.overdue:
        return ok("no post is past its time")
    return fail(
        f"{_posts(facts.overdue)} past the time",
        cause="No worker runs, or one is stuck at them: a pause, a token, a file.",
        consequence="Each follows its rule for late posts: published late, or never.",
        remedy=Fix.of("See which: {}. Without a worker: {}.", _LIST, _START),
    )


@check(Group.STORE, Verdict.FAIL)
def in_doubt(facts: StoreFacts) -> Judgement | None:
    """Whether nobody knows of a post if it is live."""
    if facts.in_doubt is None:
        return None
    if not facts.in_doubt:
        return ok("no post is in doubt")
    return fail(
        f"{_posts(facts.in_doubt)} in doubt: perhaps live, perhaps not",
        cause="The answer to the publish call was lost, and looking did not tell.",
        consequence="Nothing is sent again until a person says how it was.",
        remedy=Fix.of(
            "Ask Instagram once more: {}; or look at the profile, and say so: {}.",
            Remedy(RemedyKind.RECONCILE_POST),
            Remedy(RemedyKind.RESOLVE_POST),
        ),
    )


def _posts(count: int) -> str:
    return "1 post is" if count == 1 else f"{count:,} posts are"


CHECKS = (store_opens, store_revision, store_sound, worker, overdue, in_doubt)
