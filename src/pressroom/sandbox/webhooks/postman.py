"""Delivers events to the app's callback: signed, batched, with growing backoff for 36 hours."""

import asyncio
import hmac
import logging
import secrets
from collections.abc import Callable

import msgspec

from pressroom.graph.hosts import LoginType
from pressroom.sandbox.settings import SandboxSettings
from pressroom.sandbox.state.things import Callback, Event
from pressroom.sandbox.state.world import World
from pressroom.sandbox.wire.payloads import body_of

MOST_IN_A_POST = 1000  # Webhooks: up to 1,000 updates in a POST
GIVE_UP_S = 36 * 3600.0  # Webhooks: retries for 36 hours, then the event is dropped
_FIRST_GAP_S = 30.0
_WIDER = 2.0  # Meta says growing gaps; how long they are is not documented
_TIMEOUT_S = 10.0
_OK = 200
_log = logging.getLogger("pressroom.sandbox")


class NotVerified(Exception):
    """The callback cannot be reached, or does not answer the challenge."""


class Postman:
    """Queues events until they are delivered.

    unix: the sandbox's clock, which the backoff follows. changed: called after each attempt, to save the
    queue: a restart must neither lose an event nor deliver it again.
    """

    def __init__(
        self, world: World, unix: Callable[[], float], settings: SandboxSettings, changed: Callable[[], None]
    ) -> None:
        self._world = world
        self._unix = unix
        self._changed = changed
        self._settings = settings
        self._secret = (settings.webhook_secret or settings.app_secret).encode()
        self._is_flat = settings.webhook_form == "flat"
        self._task: asyncio.Task[None] | None = None

    def tell(self, event: Event, *, is_test: bool = False) -> bool:
        """Queue an event if the app and the account subscribe to it, and start to deliver; tells whether.

        is_test: it is the dashboard's, which comes where events of real people do not.
        """
        callback = self._world.callback
        subscribed = event.user_id in self._world.subscriptions
        # The account's own choice of fields does not count: Meta sends all that the app subscribes to.
        if callback is None or not subscribed or event.field not in callback.fields:
            return False
        # Events of real people come in a live app, under Unified Login where that is set.
        account, mode = self._world.account(event.user_id), self._world.app_mode or self._settings.app_mode
        is_unified = account is not None and account.login is LoginType.UNIFIED
        is_sent = mode == "live" and (self._settings.unified_webhooks or not is_unified)
        if not is_test and not is_sent:
            return False
        event.due_at, event.gap_s = event.at, _FIRST_GAP_S
        self._world.outbox.append(event)
        self.kick()
        return True

    def kick(self) -> None:
        """Start to deliver what is due, in the running event loop if there is one."""
        # One round at a time: two would send the same events.
        if not self._due() or (self._task is not None and not self._task.done()):
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        self._task = loop.create_task(self._deliver_due())

    def _due(self) -> list[Event]:
        now = self._unix()
        return [event for event in self._world.outbox if event.due_at <= now][:MOST_IN_A_POST]

    async def deliver(self) -> None:
        """Deliver everything that is due, after the round that runs already."""
        if self._task is not None and not self._task.done():
            await self._task
        await self._deliver_due()

    async def _deliver_due(self) -> None:
        while (due := self._due()) and (callback := self._world.callback) is not None:
            is_taken = await self._post(callback, body_of(due, is_flat=self._is_flat))
            for event in due:
                now = self._unix()
                event.tries += 1
                if not is_taken and now + event.gap_s - event.at <= GIVE_UP_S:
                    event.due_at = now + event.gap_s
                    event.gap_s *= _WIDER
                else:
                    # By identity: a reset or an import while it was delivered may have emptied or replaced
                    # the queue.
                    with self._world.lock:
                        for place, queued in enumerate(self._world.outbox):
                            if queued is event:
                                del self._world.outbox[place]
                                break
            self._changed()

    async def _post(self, callback: Callback, body: object) -> bool:
        import aiohttp  # noqa: PLC0415  # loads only when there is a callback

        raw = msgspec.json.encode(body)
        # The signature is over the bytes as sent, so a receiver checks them before it parses.
        headers = {
            "content-type": "application/json",
            "user-agent": "facebookexternalua",
            "x-hub-signature": f"sha1={hmac.new(self._secret, raw, 'sha1').hexdigest()}",
            "x-hub-signature-256": f"sha256={hmac.new(self._secret, raw, 'sha256').hexdigest()}",
        }
        timeout = aiohttp.ClientTimeout(total=_TIMEOUT_S)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                # No redirects: receivers that answered 307 got no events live (reported).
                session.post(callback.url, data=raw, headers=headers, allow_redirects=False) as reply,
            ):
                return reply.status == _OK
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            _log.info("webhook not delivered: %s", type(error).__name__)
            return False

    async def verify(self, callback: Callback) -> None:
        """Verify the callback by its challenge, as Meta does before it is set. Raises NotVerified."""
        import aiohttp  # noqa: PLC0415  # loads only when there is a callback

        challenge = str(secrets.randbelow(10**10))
        params = {
            "hub.mode": "subscribe",
            "hub.challenge": challenge,
            "hub.verify_token": callback.verify_token,
        }
        timeout = aiohttp.ClientTimeout(total=_TIMEOUT_S)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.get(callback.url, params=params, allow_redirects=False) as reply,
            ):
                is_right = reply.status == _OK and await reply.text() == challenge
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise NotVerified(f"the callback cannot be reached ({type(error).__name__})") from None
        if not is_right:
            raise NotVerified("the callback did not answer 200 with the challenge")

    async def aclose(self) -> None:
        """Stop delivering; what is not delivered stays queued."""
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
