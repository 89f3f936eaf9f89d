"""Webhooks: events are sent to the app's callback, signed and batched, with retries for 36 hours.

`Postman` delivers events. The calls of `ROUTES` subscribe an account, under Facebook Login the Page; those of
`OPEN_ROUTES` are about the app itself and its callback (`/{app}/subscriptions`), with the app's own token.
What events look like is in `wire.payloads`.

Source: https://developers.facebook.com/docs/graph-api/reference/app/subscriptions/
"""

import asyncio
import hmac
import logging
import secrets
from collections.abc import Callable
from typing import Any

import msgspec

from pressroom.graph.certainty import Certainty
from pressroom.graph.hosts import NEWEST, LoginType
from pressroom.sandbox.calls.call import BareCall, GraphCall, OpenRoutes, Routes
from pressroom.sandbox.calls.resolve import APP
from pressroom.sandbox.calls.tokens import check_role, token_of
from pressroom.sandbox.settings import SandboxSettings
from pressroom.sandbox.state.things import Callback, Event, TokenKind
from pressroom.sandbox.state.world import World
from pressroom.sandbox.wire.answer import HttpAnswer, invalid, missing, refusal
from pressroom.sandbox.wire.other_errors import APP_TOKEN_NEEDED, CALLBACK_REFUSED
from pressroom.sandbox.wire.payloads import FIELDS, MESSAGING, body_of

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
        # The account's own choice of fields does not count: Meta sends all that the app subscribes to. With
        # none at all it sends nothing.
        subscribed = self._world.subscriptions.get(event.user_id)
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


# What a Page may be subscribed to, from Meta's SDK (Page, SubscribedFields). Which of Instagram's updates
# come is decided by the fields of the app's callback.
_OF_PAGE = (
    "affiliation agent_messages agent_questions attire awards bio birthday business_integrity "
    "call_permission_reply call_settings_update calls category checkins comment_poll_response "
    "company_overview conversations culinary_team current_location description email feature_access_list "
    "feed follow founded general_info general_manager group_feed hometown hours inbox_labels "
    "invalid_topic_placeholder invoice_access_bank_slip_events invoice_access_invoice_change "
    "invoice_access_invoice_draft_change invoice_access_onboarding_status_active leadgen leadgen_fat "
    "leadgen_update live_videos local_delivery location marketing_message_clicks "
    "marketing_message_deliveries marketing_message_delivery_failed marketing_message_echoes "
    "marketing_message_reads marketing_messages_subscriber_upload_status mcom_invoice_change members "
    "mention merchant_review message_context message_deliveries message_echoes message_edits "
    "message_mention message_reactions message_reads message_template_status_update messages "
    "messaging_account_linking messaging_appointments messaging_checkout_updates "
    "messaging_customer_information messaging_direct_sends messaging_fblogin_account_linking "
    "messaging_feedback messaging_game_plays messaging_handovers messaging_in_thread_lead_form_submit "
    "messaging_integrity messaging_optins messaging_optouts messaging_payments "
    "messaging_policy_enforcement messaging_postbacks messaging_pre_checkouts messaging_referrals mission "
    "name page_about_story page_change_proposal page_upcoming_change parking payment_options "
    "payment_request_update personal_info personal_interests phone picture price_range product_review "
    "products public_transit publisher_subscriptions ratings registration response_feedback send_cart "
    "standby story_poll_response story_share user_action video_text_question_responses videos website"
)
_OF_ACCOUNT = (*FIELDS, *MESSAGING, "onboarding_welcome_message_series")
_FIELDS = {
    LoginType.INSTAGRAM: frozenset(_OF_ACCOUNT),
    LoginType.FACEBOOK: frozenset(_OF_PAGE.split()),
    # Which of the two it is that Unified Login subscribes is not documented: either may be named.
    LoginType.UNIFIED: frozenset((*_OF_ACCOUNT, *_OF_PAGE.split())),
}
_SUCCESS = {"success": True}
_PATH = f"{APP}/subscriptions"
_OBJECT = "instagram"
ROUTES = Routes(mark=Certainty.DOCUMENTED, is_unified=True)
OPEN_ROUTES = OpenRoutes()


# Facebook Login subscribes the Page with its token, Instagram Login the account (Webhooks, Setup).
@ROUTES.answers("POST", "page", "subscribed_apps", "subscribed_apps", login=LoginType.FACEBOOK)
@ROUTES.answers("POST", "user", "subscribed_apps", "subscribed_apps", login=LoginType.INSTAGRAM)
def subscribe(call: GraphCall) -> dict[str, Any]:
    """`POST /{user or page}/subscribed_apps` with `subscribed_fields`."""
    _check_page(call)
    fields = call.items("subscribed_fields")
    if not fields:
        raise missing("subscribed_fields")
    offered = _FIELDS[call.login]
    for index, name in enumerate(fields):
        if name not in offered:
            among = ", ".join(sorted(offered))
            raise invalid(f'Param subscribed_fields[{index}] must be one of {{{among}}} - got "{name}".')
    call.scene.world.subscriptions[call.account.id] = fields
    return _SUCCESS


@ROUTES.answers("GET", "page", "subscribed_apps", "subscribed_apps", login=LoginType.FACEBOOK)
@ROUTES.answers("GET", "user", "subscribed_apps", "subscribed_apps", login=LoginType.INSTAGRAM)
def subscriptions(call: GraphCall) -> dict[str, Any]:
    """`GET /{user or page}/subscribed_apps`."""
    _check_page(call)
    fields = call.scene.world.subscriptions.get(call.account.id)
    if fields is None:
        return {"data": []}
    app_id = call.scene.settings.app_id
    return {"data": [{"app_id": app_id, "id": app_id, "subscribed_fields": fields}]}


@ROUTES.answers("DELETE", "page", "subscribed_apps", "subscribed_apps", login=LoginType.FACEBOOK)
@ROUTES.answers("DELETE", "user", "subscribed_apps", "subscribed_apps", login=LoginType.INSTAGRAM)
def unsubscribe(call: GraphCall) -> dict[str, Any]:
    """`DELETE /{user or page}/subscribed_apps`."""
    _check_page(call)
    call.scene.world.subscriptions.pop(call.account.id, None)
    return _SUCCESS


def _check_page(call: GraphCall) -> None:
    """Refuse a person's token for the Page: the page that documents the call wants the Page's own."""
    if call.login is LoginType.FACEBOOK and call.token.kind is not TokenKind.PAGE:
        raise refusal(210, message="(#210) A page access token is required to request this resource.")


@OPEN_ROUTES.answers("GET", APP, "app", mark=Certainty.GENERAL)
def app_itself(call: BareCall) -> HttpAnswer:
    """`GET /app`, `GET /{app}`: for the app's own token, or for one of its accounts."""
    if call.arrival.app_id is None:
        token = token_of(call.scene.world, call.arrival, call.now)
        account = call.scene.world.accounts[token.user_id]
        check_role(call.scene.settings, account, token.login, call.arrival.method)
    else:
        _check_app(call)
    app_id = call.arrival.app_id or call.scene.settings.app_id
    values = {
        "category": "Business",
        "name": "Pressroom Sandbox",
        "link": f"https://www.facebook.com/games/?app_id={app_id}",
        "id": app_id,
    }
    names = call.items("fields") or list(values)
    for name in names:
        if name not in values:
            raise invalid(f"Tried accessing nonexisting field ({name}) on node type (Application)")
    return _answer({name: values[name] for name in dict.fromkeys((*names, "id"))})


@OPEN_ROUTES.answers("POST", _PATH, "subscriptions", mark=Certainty.GENERAL)
async def set_callback(call: BareCall) -> HttpAnswer:
    """`POST /{app}/subscriptions`: the callback must answer the challenge before it is set."""
    _check_app(call)
    if call.needed("object") != _OBJECT:
        raise invalid(f"Param object must be {_OBJECT}")
    fields = call.items("fields")
    if not fields:
        raise missing("fields")
    callback = Callback(
        url=call.needed("callback_url"), verify_token=call.text("verify_token") or "", fields=fields
    )
    try:
        await call.scene.postman.verify(callback)
    except NotVerified as error:
        raise CALLBACK_REFUSED.refusal(str(error)) from None
    call.scene.world.callback = callback
    return _answer({"success": True})


@OPEN_ROUTES.answers("GET", _PATH, "subscriptions", mark=Certainty.GENERAL)
def read_callback(call: BareCall) -> HttpAnswer:
    """`GET /{app}/subscriptions`."""
    _check_app(call)
    callback = call.scene.world.callback
    if callback is None:
        return _answer({"data": []})
    version = call.arrival.version or NEWEST.name
    fields = [{"name": name, "version": version} for name in callback.fields]
    shown = {"object": _OBJECT, "callback_url": callback.url, "active": True, "fields": fields}
    return _answer({"data": [shown]})


@OPEN_ROUTES.answers("DELETE", _PATH, "subscriptions", mark=Certainty.GENERAL)
def remove_callback(call: BareCall) -> HttpAnswer:
    """`DELETE /{app}/subscriptions`: the named fields; without any, all of them."""
    _check_app(call)
    world, gone = call.scene.world, call.items("fields")
    left = [name for name in world.callback.fields if name not in gone] if world.callback and gone else []
    if world.callback is not None:
        world.callback.fields = left
    if not left:
        world.callback = None
    return _answer({"success": True})


def _check_app(call: BareCall) -> None:
    """Refuse what is not an app's token, `id|secret` (15), and another app's with `checks_app` (190)."""
    settings, token = call.scene.settings, call.arrival.token or ""
    if "|" not in token:
        raise APP_TOKEN_NEEDED.refusal()
    is_own = hmac.compare_digest(token.encode(), f"{settings.app_id}|{settings.app_secret}".encode())
    if settings.checks_app and not is_own:
        raise refusal(190)


def _answer(body: dict[str, Any]) -> HttpAnswer:
    return HttpAnswer(200, msgspec.json.encode(body))
