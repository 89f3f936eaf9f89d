"""The parameters of each call, with how sure it is that the API takes them. The docs page shows them.

They document and do not restrict: the sandbox ignores unknown parameters, as the Graph API does.
"""

from collections.abc import Mapping

from pressroom.graph.certainty import Certainty

D, S, C = Certainty.DOCUMENTED, Certainty.SDK, Certainty.THIRD_PARTY
K, I = Certainty.GENERAL, Certainty.INFERRED  # noqa: E741  # the marks
Takes = Mapping[str, Certainty]

# Taken by every call; by every call that reads a node; by every list.
EVERYWHERE: Takes = {"access_token": D, "appsecret_proof": D, "method": K, "date_format": K}
READ: Takes = {"fields": D}
LIST: Takes = {"fields": D, "limit": D, "after": D, "before": D, "since": K, "until": K}
_CONSENT: Takes = {
    "client_id": D,
    "redirect_uri": D,
    "response_type": D,
    "scope": D,
    "state": D,
    "force_reauth": D,
    "enable_fb_login": D,
}
_CODE: Takes = {"client_id": D, "client_secret": D, "grant_type": D, "redirect_uri": D, "code": D}
_TARGET: Takes = {"media_id": D, "comment_id": D}
CONTAINER: Takes = {
    "image_url": D,
    "video_url": D,
    "media_type": D,
    "is_carousel_item": D,
    "children": D,
    "upload_type": D,
    "caption": D,
    "alt_text": D,
    "location_id": D,
    "user_tags": D,
    "product_tags": D,
    "collaborators": D,
    "cover_url": D,
    "thumb_offset": D,
    "share_to_feed": D,
    "audio_name": D,
    "audio_configuration": D,
    "trial_params": D,
    "is_ai_generated": D,
    "is_paid_partnership": D,
    "branded_content_sponsor_ids": D,
    "poll_attachment": D,
    "is_poll_duration_extended": D,
    "is_comment_prompt_used": D,
}
# Members or values of a parameter whose certainty is stated apart from the parameter's own.
INSIDE: Takes = {
    "media_type=IMAGE": I,
    "poll_attachment.option_a ... option_d": I,
    "audio_configuration.audio_id, audio_volume, video_volume": D,
    "trial_params.graduation_strategy": D,
    "user_tags.username, x, y": D,
    "product_tags.product_id, x, y": D,
}

# By method and call name. A test holds that every call of the routes has a row.
TAKES: Mapping[tuple[str, str], Takes] = {
    ("POST", "create"): CONTAINER,
    ("GET", "container_status"): READ,
    ("POST", "media_publish"): {"creation_id": D},
    ("GET", "quota"): {"fields": D, "since": D},
    ("GET", "user"): READ,
    ("GET", "media"): READ,
    ("POST", "media"): {"comment_enabled": D},
    ("DELETE", "media"): {},
    ("GET", "media_list"): {**LIST, "since": D, "until": D},
    ("GET", "stories"): LIST,
    ("GET", "tags"): LIST,
    ("GET", "live_media"): LIST,
    ("GET", "scheduled_media"): LIST,
    ("GET", "upcoming_events"): LIST,
    ("GET", "children"): READ,
    ("GET", "collaborators"): LIST,
    ("GET", "insights"): {"metric": D, "period": D, "breakdown": D, "metric_type": C},
    ("GET", "account_insights"): {
        "metric": D,
        "period": D,
        "metric_type": D,
        "breakdown": D,
        "timeframe": D,
        "since": D,
        "until": D,
    },
    ("GET", "comments"): LIST,
    ("POST", "comments"): {"message": D},
    ("GET", "comment"): READ,
    ("POST", "comment"): {"hide": D},
    ("DELETE", "comment"): {},
    ("GET", "replies"): LIST,
    ("POST", "replies"): {"message": D},
    ("POST", "mentions"): {"media_id": D, "comment_id": D, "message": D},
    ("POST", "likes"): _TARGET,
    ("DELETE", "likes"): _TARGET,
    ("GET", "collaboration_invites"): LIST,
    ("POST", "collaboration_invites"): {"media_id": S, "accept": S},
    ("GET", "collaborative_media"): LIST,
    ("GET", "poll_attachment"): {"date_format": D},
    ("GET", "places"): {**LIST, "q": K},
    ("GET", "audio"): {"audio_type": D, "user_id": D, "search_query": D},
    ("GET", "hashtag_search"): {"user_id": D, "q": D},
    ("GET", "hashtag"): READ,
    ("GET", "hashtag_media"): {"user_id": D, "fields": D},
    ("GET", "recently_searched_hashtags"): {},
    ("GET", "available_catalogs"): LIST,
    ("GET", "catalog_product_search"): {**LIST, "catalog_id": K, "q": K},
    ("GET", "product_appeal"): {"product_id": K},
    ("POST", "product_appeal"): {"product_id": K, "appeal_reason": K},
    ("GET", "product_tags"): {},
    ("POST", "product_tags"): {"updated_tags": K},
    ("DELETE", "product_tags"): {"deleted_tags": K},
    ("POST", "messages"): {"recipient": D, "message": D, "sender_action": D, "payload": D, "tag": D},
    ("GET", "conversations"): {**LIST, "platform": D, "user_id": D},
    ("GET", "conversation"): READ,
    ("GET", "message"): READ,
    ("GET", "igperson"): READ,
    ("GET", "subscribed_apps"): {},
    ("POST", "subscribed_apps"): {"subscribed_fields": D},
    ("DELETE", "subscribed_apps"): {},
    ("GET", "subscriptions"): {},
    ("GET", "app"): READ,
    ("POST", "subscriptions"): {"object": K, "callback_url": K, "fields": K, "verify_token": K},
    ("DELETE", "subscriptions"): {"object": K, "fields": K},
    ("GET", "person"): READ,
    ("GET", "page"): READ,
    ("GET", "accounts"): {"fields": D},
    ("GET", "permissions"): {},
    ("DELETE", "permissions"): {},
    ("GET", "businesses"): {},
    ("GET", "exchange"): {"grant_type": D, "client_secret": D},
    ("GET", "refresh"): {"grant_type": D},
    ("GET", "authorize"): _CONSENT,
    ("GET", "dialog"): {**_CONSENT, "config_id": K},
    ("POST", "code_exchange"): _CODE,
    ("GET", "code_exchange"): {**_CODE, "fb_exchange_token": D},
    ("GET", "debug_token"): {"input_token": K},
    ("GET", "oembed"): {"url": D, "maxwidth": D},
    ("POST", "batch"): {"batch": D, "include_headers": K},
    ("GET", "ids"): {"ids": K, "fields": K},
}
