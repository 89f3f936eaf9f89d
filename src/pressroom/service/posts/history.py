"""What a person reads of a post: its past events, its next steps and their times, and the commands for it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from pressroom.core.account import UNTIL_RESUMED, Pause
from pressroom.core.journal import JournalEvent
from pressroom.core.post import SHORT_ID, Followup, Look, Post, PostState, SendState
from pressroom.core.remedies import WORDED, Remedy
from pressroom.core.remedies import RemedyKind as Kind
from pressroom.graph.answers import ContainerStatus
from pressroom.publish.machine import events as ev
from pressroom.publish.machine.operations import Operation, possible
from pressroom.publish.machine.policy import CAREFUL
from pressroom.publish.machine.transitions import FINAL_STATES, resume
from pressroom.service.acting.obstacles import Obstacles

if TYPE_CHECKING:
    from pressroom.store.store import Store

_TRIED_AGAIN = (PostState.FAILED, PostState.MISSED, PostState.NEEDS_ATTENTION)
_CALL_OFF = " Call this one off, unless it is to show twice."
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
    PostState.DELETED: "Nothing: it was deleted at Instagram.",
}


@dataclass(frozen=True, slots=True)
class Step:
    """Something that will happen. at: None for at once, or where no time is known."""

    text: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """Something a person can do."""

    text: str
    remedy: Remedy


@dataclass(frozen=True, slots=True, kw_only=True)
class PostHistory:
    """A post with its past events and next steps. warnings: what keeps it from going out."""

    post: Post
    events: tuple[JournalEvent, ...]
    next: tuple[Step, ...]
    choices: tuple[Choice, ...]
    warnings: tuple[str, ...]


async def history_of(prefix: str, store: "Store", obstacles: Obstacles) -> PostHistory:
    """Return the history of the post whose id starts with `prefix`. Raises NotFound."""
    from pressroom.service.ground.twins import find_published_since, went_out_since  # noqa: PLC0415  # rare

    def read() -> tuple[Post, tuple[Pause, ...], tuple[JournalEvent, ...]]:
        post = store.posts.find(prefix)
        return post, store.accounts.pauses_of(post.account), store.events.list(post.id)

    # In one go: the way to a thread and back takes longer than each of them.
    post, pauses, events = await store.run(read)
    events, now = [*events, *_looked(post)], obstacles.resources.clock.now()
    pause = next((pause for pause in pauses if pause.until > now), None)
    # An early release stored no such event.
    if post.created_at and not any(event.step == "planned" for event in events):
        planned = JournalEvent(subject_id=post.id, at=post.created_at, step="planned", text="It was planned.")
        events.insert(0, planned)
    steps = what_next(post, pause, now)
    # Only what has to be sent yet: a live post is live without a token.
    if post.state.is_waiting and not await obstacles.has_token(post.account):
        steps = (Step(f"Nothing, until somebody signs in to account {post.account_name}."),)
    failed = [post] if post.state in _TRIED_AGAIN else []
    twin = (await find_published_since(store, failed)).get(post.id)
    possible_choices = choices(post, pause)
    if twin:
        steps = (Step(f"Nothing by itself. {went_out_since(twin)}{_CALL_OFF}"),)
        possible_choices = tuple(
            sorted(possible_choices, key=lambda choice: choice.remedy.kind is not Kind.CANCEL_POST)
        )
    return PostHistory(
        post=post,
        events=tuple(sorted(events, key=lambda event: event.at)),
        next=steps,
        choices=possible_choices,
        warnings=await obstacles.lacking(post.account) if post.state not in FINAL_STATES else (),
    )


def what_next(post: Post, pause: Pause | None, now: datetime) -> tuple[Step, ...]:
    """List the next steps in order; never empty.

    pause: of the post's account, during which nothing new starts.
    """
    # Asks the machine itself what a resumed post does next, so that this text cannot differ from the code.
    steps, latest = list[Step](), None
    for step in (step for effect in resume(post, CAREFUL) for step in _steps(post, effect)):
        # A due time may lie in the past: no step is shown before those that come ahead of it.
        latest = max(step.at, latest or step.at) if step.at else latest
        steps.append(Step(step.text, latest if step.at else None))
    if not steps:
        return (Step(_ENDS.get(post.state, "Nothing.")),)
    # A pause stops only what has not been sent: an open send is resolved, and a live post followed up.
    if pause is None or pause.until <= now or post.state in (PostState.PUBLISHING, PostState.PUBLISHED):
        return tuple(steps)
    if pause.by:
        return (Step(f"Nothing, until somebody resumes account {post.account_name}: {pause.reason}"),)
    if pause.until == UNTIL_RESUMED:
        return (Step(f"Nothing, until account {post.account_name} may publish again: {pause.reason}"),)
    resting = Step(f"Account {post.account_name} rests until then. {pause.reason}", pause.until)
    return (resting, *(Step(step.text, max(step.at or pause.until, pause.until)) for step in steps))


def _steps(post: Post, effect: ev.Effect) -> tuple[Step, ...]:  # noqa: PLR0911  # one line an effect
    match effect:
        case ev.Wake():
            return Step("Instagram is given its media.", effect.not_before), _published(post)
        case ev.LookBack():
            return Step("It is looked for on the profile.", effect.not_before), _published(post)
        case ev.CreateContainer() | ev.PollContainers():
            return Step("Instagram is given its media, and processes it."), _published(post)
        case ev.CommitSend() | ev.SendPublish():
            return (Step(_PUBLISHED, effect.not_before),)
        case ev.LookAtSend():
            return (Step("Instagram is asked whether it is live.", effect.not_before),)
        case ev.FollowUp():
            return (Step(_FOLLOWUPS[effect.what], effect.not_before),)
        case ev.SendComment() | ev.LookForComment():
            return (Step("Its comments are read for its first one.", effect.not_before),)


def _published(post: Post) -> Step:
    return Step(_PUBLISHED, post.goes_out_at)


def choices(post: Post, pause: Pause | None = None) -> tuple[Choice, ...]:
    """List what a person can do to a post in its present state.

    pause: of the post's account, if it is paused.
    """
    choices = _CHOICES if post.when.has_time else {**_CHOICES, Operation.APPROVE: _LET_GO_AT}
    kinds = [choices[operation] for operation in possible(post) if operation in choices]
    if Operation.RESOLVE in possible(post):
        kinds = [*_IN_DOUBT, *kinds]
    if pause and pause.until == UNTIL_RESUMED and post.state not in FINAL_STATES:
        kinds = [*(_PAUSED_BY_HAND if pause.by else _PAUSED), *kinds]
    values = {"post": post.id[:SHORT_ID], "account": post.account_name}
    return tuple(
        Choice(text, Remedy(kind, {name: values[name] for name in WORDED[kind].arguments if name in values}))
        for text, kind in kinds
    )


def _looked(post: Post) -> Iterator[JournalEvent]:
    """Yield an event for every look at a send whose answer was lost: what Instagram said, what follows."""
    for send in post.sends:
        for number, look in enumerate(send.looks, start=1):
            # Only the last look settled the send; the ones before it were inconclusive.
            result = _MEANT.get(send.state, "") if number == len(send.looks) else ""
            answer = f"Instagram was asked whether it is live: {_answer_in_words(look)}."
            yield JournalEvent(
                subject_id=post.id,
                at=look.at,
                step="looked",
                text=f"{answer} {result}".rstrip(),
                container_id=send.container_id,
                media_id=post.media_id if result and send.state is SendState.LIVE else None,
            )


def _answer_in_words(look: Look) -> str:
    container = f"its container says {_STATUS[look.status]}" if look.status else "nothing could be read"
    if look.candidates is None:
        return container
    listed = {0: "no media that could be it", 1: "one that could be it"}
    return f"{container}, and its lists show {listed.get(len(look.candidates), 'several that could be it')}"


_STATUS = {
    ContainerStatus.IN_PROGRESS: "that it is being processed",
    ContainerStatus.FINISHED: "that it is not published",
    ContainerStatus.PUBLISHED: "that it is published",
    ContainerStatus.ERROR: "that it failed",
    ContainerStatus.EXPIRED: "that it expired",
    ContainerStatus.UNRECOGNISED: "what this release does not know",
}
_MEANT = {
    SendState.LIVE: "It is live.",
    SendState.NOT_DONE: "It was not carried out.",
    SendState.ABANDONED: "That could not be told in time: a person has to say.",
}
_PAUSED_BY_HAND = (("Let the account go on", Kind.RESUME_ACCOUNT),)
_PAUSED = (
    ("Sign in again, where the token is over", Kind.SIGN_IN),
    ("Let the account go on, once it is mended", Kind.RESUME_ACCOUNT),
)


_CHOICES = {
    Operation.MOVE: ("Give it another time", Kind.MOVE_POST),
    Operation.RESCHEDULE: ("Plan it again", Kind.RESCHEDULE_POST),
    Operation.EDIT: ("Change its text", Kind.EDIT_POST),
    Operation.CANCEL: ("Call it off", Kind.CANCEL_POST),
    Operation.APPROVE: ("Let it go out", Kind.APPROVE_POST),
    Operation.RETRY: ("Try it at once", Kind.RETRY_POST),
    Operation.RECONCILE: ("Ask Instagram once more", Kind.RECONCILE_POST),
}
_LET_GO_AT = ("Let it go out", Kind.APPROVE_AT)
_IN_DOUBT = (
    ("It is live: say which media it is", Kind.RESOLVE_PUBLISHED),
    ("It is not live: publish it", Kind.RESOLVE_NOT_PUBLISHED),
)
