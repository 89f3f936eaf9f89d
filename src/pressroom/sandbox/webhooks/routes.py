"""The calls about webhooks: which events an account subscribes to, and the app's callback.

`ROUTES` subscribe an account; under Facebook Login it is the Page. `OPEN_ROUTES` are about the app itself
and its callback (`/{app}/subscriptions`), with the app's own token.

Source: https://developers.facebook.com/docs/graph-api/reference/app/subscriptions/
"""

import hmac
from typing import Any

import msgspec

from pressroom.graph.certainty import Certainty
from pressroom.graph.hosts import NEWEST, LoginType
from pressroom.graph.permissions import Permission
from pressroom.sandbox.calls.call import BareCall, GraphCall, OpenRoute, Route
from pressroom.sandbox.calls.resolve import APP
from pressroom.sandbox.calls.tokens import check_role, token_of
from pressroom.sandbox.state.things import Callback, TokenKind
from pressroom.sandbox.webhooks.postman import NotVerified
from pressroom.sandbox.wire.answer import Answer, GraphRefusal, invalid, missing, refusal
from pressroom.sandbox.wire.payloads import FIELDS, MESSAGING

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


def subscriptions(call: GraphCall) -> dict[str, Any]:
    """`GET /{user or page}/subscribed_apps`."""
    _check_page(call)
    fields = call.scene.world.subscriptions.get(call.account.id)
    if fields is None:
        return {"data": []}
    app_id = call.scene.settings.app_id
    return {"data": [{"app_id": app_id, "id": app_id, "subscribed_fields": fields}]}


def unsubscribe(call: GraphCall) -> dict[str, Any]:
    """`DELETE /{user or page}/subscribed_apps`."""
    _check_page(call)
    call.scene.world.subscriptions.pop(call.account.id, None)
    return _SUCCESS


def _check_page(call: GraphCall) -> None:
    """Refuse a person's token for the Page: the page that documents the call wants the Page's own."""
    if call.login is LoginType.FACEBOOK and call.token.kind is not TokenKind.PAGE:
        raise refusal(210, message="(#210) A page access token is required to request this resource.")


# Facebook Login subscribes the Page with its token, Instagram Login the account (Webhooks, Setup).
ROUTES = tuple(
    Route(
        method,
        node,
        "subscribed_apps",
        "subscribed_apps",
        handle,
        need=Permission.BASIC,
        login=login,
        mark=Certainty.DOCUMENTED,
        is_unified=True,
    )
    for node, login in (("user", LoginType.INSTAGRAM), ("page", LoginType.FACEBOOK))
    for method, handle in (("POST", subscribe), ("GET", subscriptions), ("DELETE", unsubscribe))
)


def app_itself(call: BareCall) -> Answer:
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


async def set_callback(call: BareCall) -> Answer:
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
        raise GraphRefusal(2200, message=f"(#2200) Callback verification failed: {error}") from None
    call.scene.world.callback = callback
    return _answer({"success": True})


def read_callback(call: BareCall) -> Answer:
    """`GET /{app}/subscriptions`."""
    _check_app(call)
    callback = call.scene.world.callback
    if callback is None:
        return _answer({"data": []})
    version = call.arrival.version or NEWEST.name
    fields = [{"name": name, "version": version} for name in callback.fields]
    shown = {"object": _OBJECT, "callback_url": callback.url, "active": True, "fields": fields}
    return _answer({"data": [shown]})


def remove_callback(call: BareCall) -> Answer:
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
        raise GraphRefusal(15, message="(#15) This method must be called with an app access_token.")
    is_own = hmac.compare_digest(token.encode(), f"{settings.app_id}|{settings.app_secret}".encode())
    if settings.checks_app and not is_own:
        raise refusal(190)


def _answer(body: dict[str, Any]) -> Answer:
    return Answer(200, msgspec.json.encode(body))


OPEN_ROUTES = (
    OpenRoute("GET", APP, "app", app_itself, mark=Certainty.GENERAL),
    OpenRoute("POST", _PATH, "subscriptions", set_callback, mark=Certainty.GENERAL),
    OpenRoute("GET", _PATH, "subscriptions", read_callback, mark=Certainty.GENERAL),
    OpenRoute("DELETE", _PATH, "subscriptions", remove_callback, mark=Certainty.GENERAL),
)
