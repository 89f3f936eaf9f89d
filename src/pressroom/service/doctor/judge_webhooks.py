"""Checks of webhooks, as far as Instagram tells of them: Pressroom itself receives none yet."""

from pressroom.core.errors import PressroomError
from pressroom.service.doctor.judge_facts import AccountFacts
from pressroom.service.doctor.judge_findings import Group, Judgement, Verdict, check, of_trap, ok, unknown

_USUAL = ("comments", "messages")


@check(Group.WEBHOOKS, Verdict.WARN, Verdict.UNKNOWN)
def subscription(facts: AccountFacts) -> Judgement | None:
    """Whether the account is subscribed to webhooks, and to which."""
    found = facts.subscriptions
    if found is None:
        return None
    if isinstance(found, PressroomError):
        return unknown(
            "the subscriptions could not be read",
            cause=found.message,
            consequence="If webhooks are used, it is not known whether they come.",
            remedy="Nothing, where webhooks are not used; else try again in a few minutes.",
        )
    if not found:
        return ok("the account is not subscribed: webhooks are not used")
    fields = sorted({name for app in found for name in app.subscribed_fields})
    # Of a Page, which of Instagram's events come is decided by the fields of the app's callback.
    wanted = () if facts.is_of_facebook else _USUAL
    missing = [name for name in wanted if name not in fields]
    if fields and not missing:
        return ok(", ".join(fields))
    seen = f"subscribed to {', '.join(fields) or 'nothing'}; missing: {', '.join(missing) or 'all'}"
    return of_trap(Verdict.WARN, "webhooks-unsubscribed", seen)


@check(Group.WEBHOOKS, Verdict.UNKNOWN)
def app_is_live(facts: AccountFacts) -> Judgement | None:
    """Whether events of real people are delivered; the API does not tell."""
    if not isinstance(facts.subscriptions, tuple):
        return None
    if not facts.subscriptions:
        return ok("nobody waits for events: webhooks are not used")
    return of_trap(
        Verdict.UNKNOWN,
        "webhooks-development",
        "whether the app is Live is told nowhere but in its dashboard",
        consequence="In development mode comments and messages come by polling alone, minutes late.",
    )


CHECKS = (subscription, app_is_live)
