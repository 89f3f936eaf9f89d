"""Direct messages, as a phone shows them."""

from dataclasses import dataclass
from datetime import UTC, datetime

from pressroom.core.spans import span_of
from pressroom.sandbox.messaging import WINDOW_S
from pressroom.sandbox.page.visit import Visit, age_of
from pressroom.sandbox.state.things import Conversation, Message, Person

_PREVIEW = 60
_SHOWN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """One conversation. `waits`: the person wrote last. `window`: the time left to answer; None: closed."""

    person_id: str
    username: str
    path: str
    preview: str
    age: str
    waits: bool
    window: str | None
    messages: "list[Bubble]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bubble:
    """One message. `text` None: it has attachments only."""

    text: str | None
    attachments: int
    is_own: bool
    time: str


def threads_of(visit: Visit) -> list[Thread]:
    """Give the conversations of the account, the newest first."""
    held = [one for one in visit.world.conversations.values() if one.user_id == visit.account.id]
    held.sort(key=lambda one: (one.updated_at, one.number), reverse=True)
    return [_thread(visit, one) for one in held]


def thread_with(visit: Visit, person_id: str) -> Thread | None:
    """Give the conversation with one person; None without any."""
    return next((one for one in threads_of(visit) if one.person_id == person_id), None)


def _thread(visit: Visit, one: Conversation) -> Thread:
    person = visit.world.things.get(one.person_id)
    assert isinstance(person, Person)
    bubbles = [_bubble(held) for held in _messages(visit, one)]
    last = bubbles[-1]
    return Thread(
        person_id=person.id,
        username=person.username,
        path=f"{visit.home}inbox/{person.id}",
        preview=(("You: " if last.is_own else "") + (last.text or "Attachment"))[:_PREVIEW],
        age=age_of(visit.now - one.updated_at),
        waits=not last.is_own,
        window=_window(visit, person),
        messages=bubbles,
    )


def _messages(visit: Visit, one: Conversation) -> list[Message]:
    found = (visit.world.things.get(name) for name in one.messages[-_SHOWN:])
    return [held for held in found if isinstance(held, Message)]


def _bubble(one: Message) -> Bubble:
    moment = datetime.fromtimestamp(one.created_at, UTC)
    return Bubble(
        text=one.text,
        attachments=len(one.attachments),
        is_own=one.is_own,
        time=moment.strftime("%d %b, %H:%M"),
    )


def _window(visit: Visit, person: Person) -> str | None:
    # Messaging: 24 hours after the person's last message; the 7 days of human_agent are not shown.
    left_s = 0.0 if person.wrote_at is None else person.wrote_at + WINDOW_S - visit.now
    return span_of(left_s) if left_s > 0 else None
