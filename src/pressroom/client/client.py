"""The client: sends `pressroom.graph.calls` for one account, returns the answers or raises the errors.

`Client.send` gives the answer of a call, `Client.exchange` an `Exchange` with facts from its headers, and
`Client.pages` or `walk` the items of a list that is longer than a page. A listener gets an `ExchangeRecord`
of each attempt. Retries and gaps are in `pacing`, requests and answers in `wire`.
"""

import copy
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from random import Random, SystemRandom
from types import TracebackType
from typing import Any, Final, Generic, Self, TypeVar

import msgspec

from pressroom.client.pacing import ADAPTIVE, Pacing, RetryPolicy, pacer_for, retry_after_s, usage_of
from pressroom.client.wire import RequestBuilder, check, decode, unexpected
from pressroom.core.account import Account
from pressroom.core.address import shown_address
from pressroom.core.clock import SYSTEM_CLOCK, Clock
from pressroom.core.errors import GraphError, NotSent, PressroomError
from pressroom.core.protocols import ByteStream, Reply, Request, Transport
from pressroom.core.secret import redact_json, redact_params
from pressroom.graph.answers import ItemT, Page
from pressroom.graph.call import Call, Effect, Method, is_read
from pressroom.graph.error_table import Retry
from pressroom.graph.hosts import is_well_formed

AnswerT = TypeVar("AnswerT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange(Generic[AnswerT]):
    """A call's answer with facts from its headers.

    date: the `Date` header, unparsed. usage_percent: how much of the rate limit is used; None if not told.
    """

    answer: AnswerT
    date: str | None = None
    usage_percent: float | None = None

    @property
    def host_date(self) -> datetime | None:
        """The host's time, to the second; None when missing or unreadable."""
        if self.date is None:
            return None
        try:
            date = parsedate_to_datetime(self.date)
        except ValueError:
            return None
        return date.replace(tzinfo=UTC) if date.tzinfo is None else date


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeRecord:
    """One attempt at a call, for logs and tests. It never holds a secret.

    params: secrets masked. status: None when no answer came. error: the class name of the error, if any.
    attempt: counts from 1.
    """

    method: str
    path: str
    params: Mapping[str, str]
    at: datetime
    elapsed_s: float
    attempt: int
    status: int | None = None
    error: str | None = None
    code: int | str | None = None
    subcode: int | None = None
    fbtrace_id: str | None = None

    def __str__(self) -> str:
        """One line for people: addresses without their query, long values cut."""
        params = (f"{name}={_brief(value)}" for name, value in self.params.items())
        answer = "no answer" if self.status is None else f"HTTP {self.status}"
        facts = {
            "error": self.error,
            "code": self.code,
            "subcode": self.subcode,
            "trace id": self.fbtrace_id,
            "attempt": self.attempt if self.attempt > 1 else None,
        }
        known = (f"{name} {value}" for name, value in facts.items() if value is not None)
        details = ", ".join([answer, *known, f"{self.elapsed_s:.2f} s"])
        return f"{' '.join([self.method, self.path, *params])} -> {details}"


# An address of ours may have a key in its query; a caption has 2,200 characters.
_MOST_OF_A_VALUE = 120


def _brief(value: str) -> str:
    words = " ".join((shown_address(value) if value.startswith(("http://", "https://")) else value).split())
    return words if len(words) <= _MOST_OF_A_VALUE else f"{words[: _MOST_OF_A_VALUE - 2]} …"


log: Final = logging.getLogger("pressroom.client")
# A used-up posting quota stops publishing only; it must not hold reads.
_QUOTA_CODE = 9


class Client:
    """Sends calls as one account.

    on_exchange: called after every attempt, secrets masked. An async context manager; else call `aclose`.
    """

    def __init__(
        self,
        account: Account,
        transport: Transport,
        *,
        clock: Clock = SYSTEM_CLOCK,
        pacing: Pacing = ADAPTIVE,
        random: Random | None = None,
        on_exchange: Callable[[ExchangeRecord], None] | None = None,
    ) -> None:
        self.account = account
        self.clock = clock
        self.pacing = pacing
        self._transport = transport
        self.on_exchange = on_exchange
        self._on_write: Callable[[ExchangeRecord], None] | None = None
        self._random = random or SystemRandom()
        self._retries = RetryPolicy()
        self._builder = RequestBuilder(account)
        self._pacer = pacer_for(account.key, clock)
        self._token = account.token.reveal()
        self._last_date: tuple[datetime, str | None] | None = None

    def heard_by(self, on_write: Callable[[ExchangeRecord], None]) -> Self:
        """Return a client with the same pace and connections, of whose writes this listener is told, too."""
        heard = copy.copy(self)
        heard._on_write = on_write  # noqa: SLF001  # of our own kind
        return heard

    @property
    def skew_s(self) -> float | None:
        """This machine's clock minus Instagram's at the last answer, in seconds; None where it told none."""
        if self._last_date is None:
            return None
        at, date = self._last_date
        host_date = Exchange(answer=None, date=date).host_date
        return None if host_date is None else (at - host_date).total_seconds()

    @property
    def regain_s(self) -> float | None:
        """Seconds until calls are accepted again, as Instagram said; None where it said nothing."""
        return self._pacer.regain_s(self.clock.monotonic())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the transport's connections."""
        await self._transport.aclose()

    async def send(self, call: Call[AnswerT]) -> AnswerT:
        """Send a call and return its answer.

        Reads and container creation are retried with backoff where the error table allows it.
        Raises GraphError (the class of `core.graph_errors` for its code), TransportError or Refused.
        """
        return (await self.exchange(call)).answer

    async def exchange(
        self,
        call: Call[AnswerT],
        *,
        deadline: float | None = None,
        timeout_s: float | None = None,
        opens_for_write: bool = False,
    ) -> Exchange[AnswerT]:
        """Send a call as `send` does, and return the answer with the reply's date and usage.

        deadline: on `clock.monotonic()`. No byte is written after it; raises NotSent instead.
        timeout_s: per attempt; None for the default by the call's effect. opens_for_write: a write in the
        next two seconds may use its connection.
        """

        # Called by the transport once connected: connecting may outlast the deadline.
        def check_deadline() -> None:
            if deadline is not None and self.clock.monotonic() >= deadline:
                raise NotSent("The deadline passed before the first byte was written, so nothing was sent.")

        check = None if deadline is None else check_deadline
        request = self._builder.build(call, check, timeout_s=timeout_s, opens_for_write=opens_for_write)
        return await self._send_with_retries(call, request, self._decode, deadline)

    async def upload(self, call: Call[AnswerT], stream: ByteStream, headers: Mapping[str, str]) -> AnswerT:
        """Send a call whose body is bytes, without retries; `client.upload` resumes after a cut.

        Raises as `send` does. The caller limits the time.
        """
        request = self._builder.build_upload(call, stream, headers)
        return (await self._attempt(call, request, self._decode, 1)).answer

    async def pages(self, call: Call[Page[ItemT]], *, limit: int | None = None) -> AsyncIterator[ItemT]:
        """Yield the items of a list, at most `limit`, reading page by page.

        Raises as `send` does.
        """
        if limit == 0:
            return
        left = limit
        async for page in walk(self.send, call):
            for item in page.data[:left]:
                yield item
            left = None if left is None else left - len(page.data)
            if left is not None and left <= 0:
                return

    async def raw(self, method: Method, path: str, params: Mapping[str, str]) -> Reply:
        """Send any call and return the raw answer, secrets masked in the body.

        path: with or without a version. A plain GET is retried like any read, everything else never.
        Raises as `send` does.
        """
        path = f"/{path.strip('/')}"
        call = Call(
            method=method,
            path=path,
            params=params,
            answer=msgspec.Raw,
            effect=Effect.READ if is_read(method, path, params) else Effect.WRITE,
            is_versioned=not is_well_formed(path.split("/")[1]),
        )
        return (await self._send_with_retries(call, self._builder.build(call), self._mask)).answer

    def _decode(self, call: Call[AnswerT], reply: Reply) -> AnswerT:
        return decode(call, reply, token=self._token)

    def _mask(self, call: Call[Any], reply: Reply) -> Reply:
        check(call, reply, token=self._token)
        try:
            answer = msgspec.json.decode(reply.body)
        except ValueError:
            answer = None
        if answer is None:
            raise unexpected(call, reply, "not JSON")
        return replace(reply, body=msgspec.json.encode(redact_json(answer, self._token)))

    async def _send_with_retries(
        self,
        call: Call[Any],
        request: Request,
        read: Callable[[Call[Any], Reply], AnswerT],
        deadline: float | None = None,
    ) -> Exchange[AnswerT]:
        """Send a call with the retries the error table allows, each attempt paced."""
        tried = 0
        while True:
            await self._pacer.take(call.pace, self.pacing, self.clock, deadline=deadline)
            tried += 1
            try:
                return await self._attempt(call, request, read, tried)
            except PressroomError as error:
                wait_s = self._retries.delay_s(tried, self._random)
                # The wait is added first: a retry that would start past the deadline is pointless.
                is_late = deadline is not None and self.clock.monotonic() + wait_s >= deadline
                if is_late or not self._retries.may_repeat(call.effect, error, tried):
                    raise
            await self.clock.sleep(wait_s)

    async def _attempt(
        self, call: Call[Any], request: Request, read: Callable[[Call[Any], Reply], AnswerT], tried: int
    ) -> Exchange[AnswerT]:
        started = self.clock.monotonic()
        reply = None
        try:
            reply = await self._transport.send(request)
            self._last_date = self.clock.now(), reply.headers.get("date")
            usage = usage_of(reply.headers)
            # Also from an answer that turns out to be an error: its headers count the call just the same.
            self._pacer.learn(usage, self.pacing, self.clock.monotonic())
            answer = read(call, reply)
        except PressroomError as error:
            self._record(call, started, tried, reply, error)
            # Calls made while throttled lengthen the block (Graph API, Rate Limits): the whole account waits.
            if (
                isinstance(error, GraphError)
                and error.retry is Retry.NEXT_WINDOW
                and error.code != _QUOTA_CODE
            ):
                wait_s = retry_after_s(reply.headers, self.clock.now()) if reply else None
                self._pacer.hold(self.pacing, self.clock.monotonic(), wait_s)
            raise
        self._record(call, started, tried, reply, None)
        percent = usage.percent if usage else None
        return Exchange(answer=answer, date=reply.headers.get("date"), usage_percent=percent)

    def _record(
        self, call: Call[Any], started: float, tried: int, reply: Reply | None, error: PressroomError | None
    ) -> None:
        on_write = self._on_write if call.method != "GET" else None
        listeners = [listener for listener in (self.on_exchange, on_write) if listener]
        # Building a record costs more than deciding that nobody wants it.
        if not listeners and not log.isEnabledFor(logging.DEBUG):
            return
        trace_id = reply.headers.get("x-fb-trace-id") if reply else None
        record = ExchangeRecord(
            method=call.method,
            path=call.path,
            params=redact_params(call.params, self._token),
            at=self.clock.now(),
            elapsed_s=self.clock.monotonic() - started,
            attempt=tried,
            status=reply.status if reply else None,
            error=type(error).__name__ if error else None,
            code=error.code if error else None,
            subcode=error.subcode if error else None,
            fbtrace_id=(error.fbtrace_id if error else None) or trace_id,
        )
        log.debug(
            "%s %s -> %s %s in %.0f ms, trace %s",
            record.method,
            record.path,
            record.status,
            record.error or "ok",
            record.elapsed_s * 1000,
            record.fbtrace_id,
        )
        for listener in listeners:
            listener(record)


async def walk(
    send: Callable[[Call[Page[ItemT]]], Awaitable[Page[ItemT]]], call: Call[Page[ItemT]]
) -> AsyncIterator[Page[ItemT]]:
    """Yield a list page by page, each read by `send`. A page before the last one may be empty.

    Follows the cursor, since `paging.next` contains the token. Ends when a cursor repeats.
    """
    seen: set[str] = set()
    while True:
        page = await send(call)
        yield page
        after = page.after
        # A repeated cursor would page in a circle without end.
        if after is None or after in seen:
            return
        seen.add(after)
        call = call.with_params(after=after)
