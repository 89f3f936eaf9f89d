"""What a person reads of a post: what is going to happen to it, when, and what they can do about it. Pure."""

from dataclasses import dataclass
from datetime import datetime

from pressroom.core.post import Followup, Post, PostState
from pressroom.core.repositories import UNTIL_RESUMED, Pause
from pressroom.publish import events as ev
from pressroom.publish.machine import resume
from pressroom.publish.operations import Operation, possible
from pressroom.publish.policy import CAREFUL, Policy

_PUBLISHED = "It is published."
_FOLLOWUPS = {
    Followup.MEDIA_ID: "Instagram's lists are read for its id.",
    Followup.PERMALINK: "Its link is read.",
    Followup.FIRST_COMMENT: "Its first comment is written.",
}
_ENDS = {
    PostState.DRAFT: "Nothing, until somebody approves it.",
    PostState.AWAITING_APPROVAL: "Nothing, until somebody approves it.",
    PostState.FAILED: "Nothing by itself.",
    PostState.MISSED: "Nothing by itself: it was dropped.",
    PostState.NEEDS_ATTENTION: "Nothing by itself: a person has to decide.",
    PostState.CANCELLED: "Nothing: it was cancelled.",
    PostState.PUBLISHED: "Nothing: it is live.",
}


@dataclass(frozen=True, slots=True)
class Step:
    """Something that is going to happen. at: None for at once, or where no time is known."""

    text: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """Something a person can do. command: the words after `pressroom`; what they fill in is in capitals."""

    text: str
    command: str


def what_next(post: Post, pause: Pause | None, now: datetime, policy: Policy = CAREFUL) -> tuple[Step, ...]:
    """List what is going to happen, in order; never empty.

    pause: of the post's account; nothing new starts meanwhile.
    """
    steps = tuple(step for effect in resume(post, policy) for step in _steps(post, effect))
    if not steps:
        return (Step(_ENDS.get(post.state, "Nothing.")),)
    if pause is None or pause.until <= now or post.state in (PostState.PUBLISHING, PostState.PUBLISHED):
        return steps
    if pause.until == UNTIL_RESUMED:
        return (Step(f"Nothing, until account {post.account} may publish again. {pause.reason}"),)
    resting = Step(f"Account {post.account} rests until then. {pause.reason}", pause.until)
    return (resting, *(_not_before(step, pause.until) for step in steps))


def _not_before(step: Step, moment: datetime) -> Step:
    return Step(step.text, max(step.at, moment) if step.at else moment)


def _steps(post: Post, effect: ev.Effect) -> tuple[Step, ...]:
    match effect:
        case ev.Wake():
            return Step("Instagram is given its media.", effect.not_before), Step(_PUBLISHED, post.due_at)
        case ev.CreateContainer() | ev.PollContainers():
            return Step("Instagram is given its media, and processes it."), Step(_PUBLISHED, post.due_at)
        case ev.CommitSend() | ev.SendPublish():
            return (Step(_PUBLISHED, getattr(effect, "not_before", None)),)
        case ev.LookAtSend():
            return (Step("Instagram is asked whether it is live.", effect.not_before),)
        case ev.FollowUp():
            return (Step(_FOLLOWUPS[effect.what], effect.not_before),)
        case ev.SendComment() | ev.LookForComment():
            return (Step("Its comments are read for its first one.", getattr(effect, "not_before", None)),)


def choices(post: Post) -> tuple[Choice, ...]:
    """List what a person can do to a post as it stands, with the command for each."""
    found = [_CHOICES[operation] for operation in possible(post) if operation in _CHOICES]
    if Operation.RESOLVE in possible(post):
        found = [*_IN_DOUBT, *found]
    return tuple(Choice(text, command.replace("POST", post.id[:8])) for text, command in found)


_CHOICES = {
    Operation.MOVE: ("Give it another time", "schedule move POST --at WHEN"),
    Operation.EDIT: ("Change its text", "schedule edit POST --caption TEXT"),
    Operation.CANCEL: ("Let it go", "schedule cancel POST"),
    Operation.APPROVE: ("Let it go out", "schedule approve POST"),
    Operation.RETRY: ("Try it at once", "queue retry POST"),
    Operation.RECONCILE: ("Ask Instagram once more", "queue reconcile POST"),
}
_IN_DOUBT = (
    ("It is live: say which media it is", "queue resolve POST --published ID"),
    ("It is not live: publish it", "queue resolve POST --not-published"),
)
