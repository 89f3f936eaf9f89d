"""`Change`: what is done to a stored post, as data, and what a program asks for with it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

import msgspec

from pressroom.core.assets import Asset
from pressroom.core.post import Post, PostKind, PostOptions, When
from pressroom.graph.answers import MediaId
from pressroom.publish.machine import operations
from pressroom.service.consent.rules import (
    CANCEL,
    Request,
    is_sooner,
    summary_of_change,
    would_publish,
)
from pressroom.service.ground.copies import is_all_fixed


class Verb(StrEnum):
    """What is done to a stored post."""

    MOVE = "move"
    RESCHEDULE = "reschedule"
    EDIT = "edit"
    CANCEL = CANCEL
    APPROVE = "approve"
    RETRY = "retry"
    RESOLVE = "resolve"
    RECONCILE = "reconcile"
    INTERRUPT = "interrupt"
    TAKE_UP = "take_up"
    HOLD_BACK = "hold_back"


PAST = {
    Verb.MOVE: "moved",
    Verb.RESCHEDULE: "rescheduled",
    Verb.EDIT: "edited",
    Verb.CANCEL: "cancelled",
    Verb.APPROVE: "approved",
    Verb.RETRY: "retried",
    Verb.RESOLVE: "resolved",
    Verb.RECONCILE: "reopened",
    Verb.INTERRUPT: "interrupted",
    Verb.TAKE_UP: "repeated",
    Verb.HOLD_BACK: "withheld",
}
NOW: Final = "now"
"""In place of a move's due time: the moment at which it is applied, so that a repeat is the same request."""
# They let a post go out whose time is past: it may be live by now.
_LOOKED_FOR = frozenset({Verb.MOVE, Verb.RESCHEDULE, Verb.RETRY, Verb.RESOLVE, Verb.TAKE_UP})


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a post as data, so that it can be stored until it is approved. arguments: a JSON object."""

    verb: Verb
    arguments: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def is_now(self) -> bool:
        """Whether it moves the post to the moment at which it is applied."""
        return self.verb is Verb.MOVE and self.arguments.get("due_at") == NOW

    def operate(self, post: Post, now: datetime) -> Post:
        """Return the post with the change applied. Raises Refused where its state does not allow it."""
        arguments = self.arguments
        match self.verb:
            case Verb.MOVE:
                after = _moved(post, arguments, now)
            case Verb.RESCHEDULE:
                due_at = datetime.fromisoformat(arguments.get("due_at", now.isoformat()))
                after = operations.reschedule(post, due_at, arguments["timezone"])
                # A day without a time, which no state allows that the above does.
                if "day" in arguments:
                    after = _moved(post, arguments, now)
            case Verb.EDIT:
                after = _edited(post, arguments, now)
            # Also of a day without a time, which `operations.approve` refuses.
            case Verb.APPROVE if "timezone" in arguments:
                after = operations.approve(_moved(post, arguments, now), now)
            case Verb.RESOLVE:
                media_id = arguments["media_id"]
                after = operations.resolve(
                    post, now, media_id=None if media_id is None else MediaId(media_id)
                )
            case _:
                after = _OPERATIONS[self.verb](post, now)
        if self.verb not in _LOOKED_FOR:
            return after
        # A person looked at the profile: what stands there is another post.
        if arguments.get("is_unchecked"):
            return after.changed(look_back=None, compared_at=now)
        return operations.look_for(post, after, now)


def word_of(*, is_unchecked: bool = False, is_again: bool = False) -> dict[str, bool]:
    """Return the arguments by which a person vouches for a change.

    is_unchecked: nobody looks at the profile first, since a person did. is_again: the same may have gone out
    since the post was made.
    """
    words = {"is_unchecked": is_unchecked, "is_again": is_again}
    return {name: True for name, is_so in words.items() if is_so}


def _edited(post: Post, arguments: Mapping[str, Any], now: datetime) -> Post:
    options = msgspec.convert(arguments["options"], PostOptions)
    assets = msgspec.convert(arguments["assets"], tuple[Asset, ...])
    after = operations.edit(post, options, assets, PostKind(arguments.get("kind", post.kind)))
    if "account" in arguments:
        after = operations.hand_over(after, *(arguments[name] for name in ("account", "login", "timezone")))
    # One commit, and one proposal, for content and time together.
    return _moved(after, arguments, now) if "due_at" in arguments else after


def _moved(post: Post, arguments: Mapping[str, Any], now: datetime) -> Post:
    timezone = arguments["timezone"]
    if "day" in arguments:
        day = None if arguments["day"] == When.OPEN else date.fromisoformat(arguments["day"])
        return operations.clear_time(post, day, timezone)
    if arguments["due_at"] == NOW:
        return operations.move(post, now, timezone, when=When.NOW)
    return operations.move(post, datetime.fromisoformat(arguments["due_at"]), timezone)


_OPERATIONS: dict[Verb, Callable[[Post, datetime], Post]] = {
    Verb.CANCEL: lambda post, _: operations.cancel(post),
    Verb.APPROVE: operations.approve,
    Verb.RETRY: operations.retry,
    Verb.RECONCILE: lambda post, _: operations.reconcile(post),
    Verb.INTERRUPT: lambda post, _: operations.interrupt(post),
    Verb.TAKE_UP: operations.take_up,
    Verb.HOLD_BACK: lambda post, _: operations.hold_back(post),
}


def change_request(change: Change, before: Post, after: Post) -> Request:
    """Return what a program asks for with a change of a post."""
    is_once = change.verb in (Verb.MOVE, Verb.RESCHEDULE, Verb.EDIT) and not change.is_now
    summary = summary_of_change(before, after)
    if change.verb is Verb.RESOLVE:  # a person must know which media the program takes the post for
        summary["media_id"] = change.arguments["media_id"]
    return Request(
        # Arguments tell one move or edit from the next. A retry has none and may be requested once more after
        # the next failure: there the due time, which each retry sets, tells them apart.
        stands=None if is_once or before.due_at is None else before.due_at.isoformat(),
        # A standing consent is given unseen, so it may cover no content that can still change.
        is_grantable=is_all_fixed(after) or not would_publish(before, after),
        verb=change.verb,
        arguments=change.arguments,
        summary=summary,
        account=before.account,
        post=before,
        earliest_at=after.goes_out_at,
    )


def goes_on(change: Change, before: Post, after: Post) -> bool:
    """Tell whether a change only interrupts an approved post, or resumes it no earlier than it was due."""
    return change.verb is Verb.INTERRUPT or (change.verb is Verb.TAKE_UP and not is_sooner(before, after))


def is_put_off(change: Change, before: Post, after: Post) -> bool:
    """Tell whether a post that was let go is only put off: it goes out later than it was to."""
    if change.verb is Verb.TAKE_UP:
        return not is_sooner(before, after)
    return not after.state.is_held and not would_publish(before, after) and is_sooner(after, before)
