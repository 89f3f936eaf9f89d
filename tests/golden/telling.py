"""Words for what happened in a run that are the same each time: ids, tokens and places go by names."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from pressroom.core.errors import PressroomError, TransportError
from pressroom.core.journal import JournalEvent
from pressroom.core.post import ContainerRecord, Look, Post, Send
from pressroom.core.protocols import Reply, Request, Transport
from tests.fakes.clock import START, FakeClock

_ID = re.compile(r"(?<!\d)\d{15,}(?!\d)")
# Signed addresses of files on this machine, and the last part of permalinks, which comes from the id.
_OF_THIS_MACHINE = re.compile(r"http://127\.0\.0\.1:\d{2,}/media/\w+(\.\w+)\?[\w=&]+")
_PERMALINK = re.compile(r"/(p|reel|stories/[\w.]+)/[\w-]+/")
_HIDDEN = frozenset({"access_token", "appsecret_proof"})


@dataclass
class Names:
    """Names for what is another each time. An id is named after the call that told it first."""

    known: dict[str, str] = field(default_factory=dict[str, str])
    _counts: dict[str, int] = field(default_factory=dict[str, int])

    def learn(self, word: str, what: str) -> None:
        if what not in self.known:
            self._counts[word] = self._counts.get(word, 0) + 1
            self.known[what] = f"{word}-{self._counts[word]}"

    def __call__(self, text: str) -> str:
        for what in sorted(self.known, key=len, reverse=True):
            text = text.replace(what, self.known[what])
        text = _PERMALINK.sub(r"/\1/CODE/", _OF_THIS_MACHINE.sub(r"OUR-MEDIA\1", text))
        return _ID.sub("ANOTHER-ID", text)


@dataclass
class Tape:
    """A transport that writes down each call as it leaves, and what was answered. on_call: told of each."""

    inner: Transport
    clock: FakeClock
    names: Names
    on_call: Callable[[], object] = lambda: None
    calls: list[str] = field(default_factory=list[str])

    async def send(self, request: Request) -> Reply:
        self.on_call()
        place = len(self.calls)
        self.calls.append(f"{seconds(self.clock.now())} {self.names(_asked(request))}")
        try:
            reply = await self.inner.send(request)
        except TransportError as error:
            self.calls[place] += f" -> {type(error).__name__}"
            raise
        self.calls[place] += f" -> {self._answer(request, reply)}"
        return reply

    async def aclose(self) -> None:
        await self.inner.aclose()

    def count(self, method: str, edge: str) -> int:
        """How many calls went to a path that ends so."""
        return sum(f" {method} " in call and f"{edge} " in call for call in self.calls)

    def _answer(self, request: Request, reply: Reply) -> str:
        try:
            body = json.loads(reply.body)
        except ValueError:
            return f"{reply.status} no JSON"
        if not isinstance(body, dict):
            return f"{reply.status} no object"
        told: dict[str, Any] = body  # pyright: ignore[reportUnknownVariableType]
        if "error" in told:
            return f"{reply.status} {told['error'].get('code')}/{told['error'].get('error_subcode')}"
        for word, one in _ids(request, told):
            self.names.learn(word, one)
        return str(reply.status)


def _ids(request: Request, told: dict[str, Any]) -> Iterator[tuple[str, str]]:
    edge = urlsplit(request.url).path.rpartition("/")[2]
    made = {"media": "CONTAINER", "media_publish": "MEDIA", "comments": "COMMENT"}
    if request.method == "POST" and edge in made and told.get("id"):
        yield made[edge], told["id"]
    listed = {"media": "MEDIA", "stories": "MEDIA", "comments": "COMMENT"}
    if request.method == "GET" and edge in listed:
        yield from ((listed[edge], one["id"]) for one in told["data"])


def _asked(request: Request) -> str:
    """Say method, path and parameters, in their order."""
    parts = urlsplit(request.url)
    text = parts.query if request.stream or not request.body else request.body.decode()
    given = [(name, value) for name, value in parse_qsl(text, keep_blank_values=True) if name not in _HIDDEN]
    words = [f"{name}={json.dumps(value)}" for name, value in given]
    words += [f"({request.stream.size_bytes} bytes)"] if request.stream else []
    return " ".join([request.method, parts.path, *words])


def seconds(moment: datetime | None) -> str | None:
    """Say how long after the beginning of the run a moment is."""
    return None if moment is None else f"{(moment - START).total_seconds():.3f}"


def words(*first: object, **fields: object) -> str:
    """Put what there is into one line."""
    there = {name: value for name, value in fields.items() if value not in (None, False, (), [], "", 0)}
    return " ".join([*map(str, first), *(f"{name}={value}" for name, value in there.items())])


def told_error(error: PressroomError | None) -> str | None:
    return None if error is None else f"{type(error).__name__}: {error}"


def told_event(event: JournalEvent) -> str:
    return words(
        seconds(event.at),
        f"{event.step}:",
        event.text,
        container=event.container_id,
        media=event.media_id,
        code=event.code,
        subcode=event.subcode,
    )


def told_post(post: Post) -> dict[str, Any]:
    """Say where a post stands, with its containers and sends, a line each."""
    ends = words(
        post.state,
        revision=post.revision,
        attention=post.attention,
        media=post.media_id,
        permalink=post.permalink,
        product=post.media_product_type,
        comment=post.first_comment_id,
        followups=[str(one) for one in post.followups],
        tries=post.comment_tries,
        looks=post.comment_looks,
        due=seconds(post.due_at),
        postponed=seconds(post.postponed_to),
        wakes=seconds(post.wake_at),
    )
    return {
        "post": ends,
        "problem": post.problem,
        "held_up_by": post.held_up_by,
        "containers": [_told_container(record) for record in post.containers],
        "sends": [told_send(send) for send in post.sends],
        "listings": [_told_look(look) for look in post.listings],
    }


def _told_container(record: ContainerRecord) -> str:
    at = seconds(record.created_at)
    item = None if record.item is None else str(record.item)
    return words(record.id, at=at, item=item, status=record.status, subcode=record.subcode)


def told_send(send: Send) -> str:
    listed = send.snapshot.listed
    quota = send.snapshot.quota_usage
    return words(
        send.number,
        send.state,
        container=send.container_id,
        at=seconds(send.started_at),
        until=seconds(send.deadline),
        listed=None if listed is None else f"{len(listed)}",
        quota=None if quota is None else f"{quota}",
        live_before=send.snapshot.went_live,
        code=send.code,
        subcode=send.subcode,
        must_not_be_repeated=not send.may_resend,
        is_gone=send.is_gone,
        doubtful=seconds(send.doubtful_at),
        looks=[_told_look(look) for look in send.looks],
    )


def _told_look(look: Look) -> str:
    return words(
        seconds(look.at),
        look.status or "unreadable",
        candidates=None if look.candidates is None else f"{len(look.candidates)}",
        quota=None if look.quota_usage is None else f"{look.quota_usage}",
    )
