"""Where probes make their calls: it remembers what was seen, and everything that was made on the account.

`Renewer` renews the token of the login that is asked with, through the vault, so that no new token is lost.
`to_its_end` lets what was begun come to its end, whatever interrupts it. `nameless` takes ids, names and
secrets out of what Instagram says, so that a report can be handed on.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Coroutine, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pressroom.accounts.tokens import YOUNGEST_TO_RENEW, TokenKeeper
from pressroom.accounts.vault import Vault
from pressroom.client.client import Client
from pressroom.core.account import Account, StoredAccount
from pressroom.core.clock import Clock
from pressroom.core.errors import GraphError, PressroomError, TransportError
from pressroom.core.facts import Facts, Value
from pressroom.core.secret import redact_text
from pressroom.graph import calls
from pressroom.graph.answers import ContainerId, ContainerStatus, Created, MediaId, UserId
from pressroom.graph.call import Call, Effect
from pressroom.graph.capabilities import Capability, may_try
from pressroom.graph.error_table import Proves, Retry
from pressroom.graph.hosts import LoginType
from pressroom.graph.permissions import Permission

if TYPE_CHECKING:
    from pressroom.store.store import Store


_ADDRESS = re.compile(r"https?://\S+")
_NAMED = re.compile(r"@[\w.]+")
# Ids have 15 digits and more, some old Pages' fewer; codes and subcodes have seven at most.
_ID = re.compile(r"\d{8,}")


class Untold(Exception):
    """The probe was asked, and what came back answers nothing; the message says why."""


class Unasked(Exception):
    """The probe cannot be asked here; the message says why."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a probe found out. facts: none where no setting of the sandbox says it."""

    answer: str
    facts: Facts = field(default_factory=dict[str, Value])


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One call of a probe and what came back, without ids, names or secrets.

    status: of HTTP; None when no answer came. after_s: seconds since the probe began.
    """

    call: str
    status: int | None
    after_s: float
    code: int | str | None = None
    subcode: int | None = None
    message: str | None = None


class MadeKind(StrEnum):
    """What a probe makes on the account."""

    CONTAINER = "container"
    STORY = "story"
    POST = "post"
    COMMENT = "comment"


@dataclass(slots=True)
class Made:
    """Something that a probe made. id: None where it may exist, and the answer that names it was lost."""

    kind: MadeKind
    id: str | None
    is_deleted: bool = False


def nameless(text: str, *names: str) -> str:
    """Return a text without secrets, addresses, ids and user names. names: further words to take out."""
    plain = _ADDRESS.sub("{address}", redact_text(text))
    for name in sorted(filter(None, names), key=len, reverse=True):
        plain = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "{name}", plain, flags=re.IGNORECASE)
    return _NAMED.sub("{name}", _ID.sub("{id}", plain))


ResultT = TypeVar("ResultT")


async def to_its_end(begun: Coroutine[Any, Any, ResultT]) -> ResultT:
    """Wait for a coroutine; a cancellation waits, too, and is raised afterwards."""
    # Not `asyncio.shield` alone: the program ends after a Ctrl-C, and with it a task that nobody waits for.
    # Instagram may give a new token only once, and the id of a media only in this answer.
    task, was_cancelled = asyncio.create_task(begun), False
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            was_cancelled = True
    if was_cancelled:
        if not task.cancelled():
            task.exception()  # else asyncio complains that nobody asked for it
        raise asyncio.CancelledError
    return task.result()


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewer:
    """Renews one stored login. open_client: makes an account's client."""

    store: "Store"
    vault: Vault
    clock: Clock
    open_client: Callable[[Account], Client]
    name: str

    async def stored(self) -> StoredAccount:
        """Return the login as it is stored now."""
        return await self.store.run(self.store.accounts.get, self.name)

    async def account(self) -> Account:
        """Return the login with the token that is stored now."""
        return await self.store.run(self.vault.account, self.name)

    async def age(self) -> timedelta:
        """Return how long the token has been here. It is older only if it was pasted and never renewed."""
        stored = await self.stored()
        return self.clock.now() - (stored.token_refreshed_at or stored.token_obtained_at)

    async def is_old_enough(self) -> bool:
        """Tell whether Instagram is documented to renew the token."""
        return await self.age() >= YOUNGEST_TO_RENEW

    async def renew(self) -> datetime | None:
        """Renew, and keep the new token before anything else; None while another process renews it.

        Raises as `TokenKeeper.renew`. A cancellation waits until a token that is on its way is kept.
        """
        keeper = TokenKeeper(store=self.store, vault=self.vault, clock=self.clock, client=self.open_client)
        return await to_its_end(keeper.renew(self.name))


AnswerT = TypeVar("AnswerT")

# The codes by which Instagram refuses a parameter. A file that it cannot fetch or take has others.
_OF_PARAMETERS = frozenset({100, 36004})
_REFUSALS = range(400, 500)
# Right after FINISHED some servers still say 9007 (observed), and a refused publish would spoil the probe.
_SETTLES_S = 3.0


@dataclass(frozen=True, slots=True)
class Live:
    """Something that a probe published. published_at: when the answer came, as `Desk.now` counts."""

    container: ContainerId
    media: MediaId
    published_at: float


@dataclass(slots=True)
class _Once(Generic[AnswerT]):
    """Makes something once for all probes: a second attempt could publish a second time."""

    _made: AnswerT | None = None
    _failure: PressroomError | Untold | None = None

    async def of(self, make: Callable[[], Awaitable[AnswerT]]) -> AnswerT:
        if self._failure is None:
            # Set before anything is sent: an interruption leaves it spent, too.
            self._failure = Untold("It was begun, and nobody knows what became of it.")
            try:
                self._made = await make()
            except (PressroomError, Untold) as error:
                self._failure = error
        # The first failure is everybody's: each probe that needs the same thing fails by it.
        if self._made is None:
            raise self._failure
        return self._made


@dataclass(slots=True, kw_only=True)
class Desk:
    """The account that is asked with. Nothing here is sent twice, unless that is the probe's own question.

    open_client: makes another account's client. names: words that a report must not hold. image_url: a
    picture that Instagram can fetch. renewer: None where no login is stored. granted: the permissions of
    which it is known whether the login has them. zone: in which the login's times are meant. paused: why the
    account is paused; None where it is not.
    """

    client: Client
    open_client: Callable[[Account], Client]
    user: UserId
    names: tuple[str, ...] = ()
    image_url: str | None = None
    renewer: Renewer | None = None
    granted: Mapping[Permission, bool] = field(default_factory=dict[Permission, bool])
    zone: str = "UTC"
    paused: str | None = None
    made: list[Made] = field(default_factory=list[Made])
    _seen: list[Seen] = field(default_factory=list[Seen])
    _began: float = 0.0
    _plain: _Once[ContainerId] = field(default_factory=_Once[ContainerId])
    _story: _Once[Live] = field(default_factory=_Once[Live])
    _post: _Once[Live] = field(default_factory=_Once[Live])

    @property
    def login(self) -> LoginType:
        """How the account is signed in."""
        return self.client.account.login_type

    @property
    def now(self) -> float:
        """Seconds on the clock's monotonic scale."""
        return self.client.clock.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await self.client.clock.sleep(seconds)

    def begin(self) -> None:
        """Forget what was seen: another probe begins."""
        self._seen.clear()
        self._began = self.now

    @property
    def seen(self) -> tuple[Seen, ...]:
        """What was seen since `begin`."""
        return tuple(self._seen)

    async def ask(self, call: Call[AnswerT]) -> AnswerT:
        """Send a call. Raises GraphError, TransportError."""
        words = nameless(f"{call.method} {call.path}".replace(f"/{self.user}", "/{user}"), *self.names)
        # A creation is repeated by the client where its answer was lost; here each is sent and named once.
        once = replace(call, effect=Effect.WRITE) if call.effect is Effect.CREATE else call
        return await self.watch(words, self.client.send(once))

    async def watch(self, words: str, sending: Awaitable[AnswerT]) -> AnswerT:
        """Wait for an answer, and remember it or the error that came in its place."""
        try:
            answer = await sending
        except GraphError as error:
            message = nameless(error.body.message, *self.names)
            self._note(words, error.http_status, error.code, error.subcode, message)
            raise
        except PressroomError as error:
            self._note(words, None, message=nameless(error.message, *self.names))
            raise
        self._note(words, 200)
        return answer

    def _note(
        self,
        words: str,
        status: int | None,
        code: int | str | None = None,
        subcode: int | None = None,
        message: str | None = None,
    ) -> None:
        after_s = round(self.now - self._began, 3)
        self._seen.append(
            Seen(call=words, status=status, after_s=after_s, code=code, subcode=subcode, message=message)
        )

    async def takes(self, call: Call[Created]) -> ContainerId | None:
        """Make a container; None where Instagram refuses its parameters. Raises as `ask`, and Untold."""
        # A refusal tells of this parameter only where the same call without it is taken.
        await self.plain()
        try:
            return await self._made(call)
        except GraphError as error:
            if refuses(error) and error.code in _OF_PARAMETERS:
                return None
            raise

    async def plain(self) -> ContainerId:
        """Make a container of the picture alone, once: only beside it does a refusal tell anything."""

        async def make() -> ContainerId:
            try:
                return await self._made(calls.create_photo(self.user, image_url=self.picture))
            except GraphError as error:
                raise Untold(f"Instagram takes no container of the picture alone ({error.code}).") from error

        return await self._plain.of(make)

    async def _made(self, call: Call[Created]) -> ContainerId:
        with self.making(MadeKind.CONTAINER) as item:
            item.id = (await self.ask(call)).id
        return ContainerId(item.id)

    @contextmanager
    def making(self, kind: MadeKind) -> Generator[Made]:
        """Name what is made in the block. It is forgotten where an error proves that nothing was."""
        item = Made(kind, None)
        self.made.append(item)
        try:
            yield item
        except GraphError as error:
            # Of a container nothing is to be feared, so any refusal counts.
            if kind is MadeKind.CONTAINER or error.proves is Proves.REFUSED:
                self.made.remove(item)
            raise
        except TransportError as error:
            if error.proves is Proves.REFUSED:
                self.made.remove(item)
            raise

    @property
    def picture(self) -> str:
        """The picture's address. Raises Untold without one."""
        if self.image_url is None:
            raise Untold("There is no picture that Instagram can fetch.")
        return self.image_url

    async def ready(self, container: ContainerId) -> None:
        """Wait until a container is ready. Raises Untold where it does not get ready, and as `ask`."""
        for delay_s in self.client.pacing.image_poll.delays():
            await self.sleep(delay_s)
            status = (await self.ask(calls.container_status(container))).status_code
            if status is ContainerStatus.FINISHED:
                return
            if status in (ContainerStatus.ERROR, ContainerStatus.EXPIRED):
                raise Untold(f"The container ended in {status}.")
        raise Untold("The container was not ready in five minutes.")

    async def story(self) -> Live:
        """Publish one story, once for all probes. Raises Untold, and as `ask`."""
        story = calls.create_story(self.user, image_url=self.picture)
        return await self._story.of(lambda: self._live(story, MadeKind.STORY))

    async def post(self) -> Live:
        """Publish one post, once for all probes. Raises Untold, and as `ask`."""
        words = "A question to the API of Instagram. This post can be deleted."
        photo = calls.create_photo(self.user, image_url=self.picture, caption=words)
        return await self._post.of(lambda: self._live(photo, MadeKind.POST))

    async def _live(self, call: Call[Created], kind: MadeKind) -> Live:
        container = await self._made(call)
        await self.ready(container)
        await self.sleep(_SETTLES_S)
        media = await self.publish(container, kind)
        return Live(container, media, self.now)

    async def publish(self, container: ContainerId, kind: MadeKind) -> MediaId:
        """Publish a container. Raises Untold for an answer without an id, and as `ask`.

        A cancellation waits for the answer, which alone names what has to be deleted.
        """

        async def publish() -> MediaId:
            with self.making(kind) as item:
                item.id = (await self.ask(calls.publish(self.user, container))).id
            if item.id is None:
                raise Untold("Instagram answered without an id: nobody knows what became of it.")
            return MediaId(item.id)

        return await to_its_end(publish())

    async def clear_up(self) -> None:
        """Delete what was published, where the login can; what cannot be deleted stays in `made` as it is."""
        # Under Instagram Login nothing can be deleted: the person does, by the ids that are told.
        if not may_try(self.login, Capability.DELETE_MEDIA):
            return
        for item in self.made:
            if item.kind in (MadeKind.STORY, MadeKind.POST) and item.id and not item.is_deleted:
                try:
                    deleted = await self.client.send(calls.delete_media(MediaId(item.id)))
                    item.is_deleted = deleted.success
                except PressroomError:
                    item.is_deleted = False  # the report says that it stays


def refuses(error: GraphError) -> bool:
    """Tell whether an error is about what was asked, rather than about the moment, the token or a limit."""
    is_told = error.http_status in _REFUSALS and not error.body.is_transient
    return is_told and error.retry in (Retry.AFTER_FIX, Retry.NEW_CONTAINER, Retry.WHEN_READY)
