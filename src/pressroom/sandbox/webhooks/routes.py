"""The calls that subscribe an account to the app's webhooks; under Facebook Login it is the Page."""

from typing import Any

from pressroom.graph.certainty import Certainty
from pressroom.graph.hosts import LoginType
from pressroom.graph.permissions import Permission
from pressroom.sandbox.calls.call import GraphCall, Route
from pressroom.sandbox.state.things import TokenKind
from pressroom.sandbox.webhooks.samples import FIELDS
from pressroom.sandbox.wire.payloads import MESSAGING
from pressroom.sandbox.wire.refusals import invalid, missing, refusal

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


def subscribe(call: GraphCall) -> dict[str, Any]:
    """`POST /{user or page}/subscribed_apps` with `subscribed_fields`."""
    _check_page(call)
    fields = call.items("subscribed_fields")
    if not fields:
        raise missing("subscribed_fields")
    known = _FIELDS[call.login]
    for index, name in enumerate(fields):
        if name not in known:
            among = ", ".join(sorted(known))
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
