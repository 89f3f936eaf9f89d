"""The calls of the Graph API, one file an area: each function describes one and sends nothing.

Start at `call.Call`. Callers say `calls.publish(...)`, wherever a call stands.
"""

from pressroom.graph.calls.call import (
    Call,
    Effect,
    Endpoint,
    Method,
    Pace,
)
from pressroom.graph.calls.comments import (
    comment,
    comments,
    delete_comment,
)
from pressroom.graph.calls.insights import (
    account_insights,
    media_insights,
)
from pressroom.graph.calls.login import (
    PAGE_FIELDS,
    USER_FIELDS,
    WALKED_PAGE_FIELDS,
    authorize_address,
    code_for_token,
    facebook_code_for_token,
    facebook_long_lived_token,
    long_lived_token,
    own_page,
    pages,
    permissions,
    refresh_token,
    token_info,
    user,
)
from pressroom.graph.calls.media import (
    LISTING_FIELDS,
    MEDIA_FIELDS,
    delete_media,
    media,
    media_list,
    stories,
)
from pressroom.graph.calls.publishing import (
    CONTAINER_FIELDS,
    QUOTA_FIELDS,
    UserTag,
    container_status,
    create_carousel,
    create_carousel_item,
    create_photo,
    create_reel,
    create_story,
    publish,
    publishing_quota,
    resumable,
    upload,
)
from pressroom.graph.calls.webhooks import (
    subscribed_apps,
)

__all__ = [
    "CONTAINER_FIELDS",
    "LISTING_FIELDS",
    "MEDIA_FIELDS",
    "PAGE_FIELDS",
    "QUOTA_FIELDS",
    "USER_FIELDS",
    "WALKED_PAGE_FIELDS",
    "Call",
    "Effect",
    "Endpoint",
    "Method",
    "Pace",
    "UserTag",
    "account_insights",
    "authorize_address",
    "code_for_token",
    "comment",
    "comments",
    "container_status",
    "create_carousel",
    "create_carousel_item",
    "create_photo",
    "create_reel",
    "create_story",
    "delete_comment",
    "delete_media",
    "facebook_code_for_token",
    "facebook_long_lived_token",
    "long_lived_token",
    "media",
    "media_insights",
    "media_list",
    "own_page",
    "pages",
    "permissions",
    "publish",
    "publishing_quota",
    "refresh_token",
    "resumable",
    "stories",
    "subscribed_apps",
    "token_info",
    "upload",
    "user",
]
