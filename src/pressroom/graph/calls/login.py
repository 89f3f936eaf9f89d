"""Calls that tell whose a token is, and that renew it."""

from pressroom.graph.answers import (
    FacebookPage,
    Page,
    RefreshedToken,
    User,
)
from pressroom.graph.calls.call import Call
from pressroom.graph.ids import UserId

USER_FIELDS = "user_id,username,account_type,followers_count,media_count"
PAGE_FIELDS = "id,name,instagram_business_account"


def user(user_id: UserId, *, fields: str = USER_FIELDS) -> Call[User]:
    """Describe the read of the account itself."""
    return Call(method="GET", path=f"/{user_id}", params={"fields": fields}, answer=User)


def pages() -> Call[Page[FacebookPage]]:
    """Describe the list of the Facebook Pages that the token's user has a role on.

    Source: Facebook Login for Business, Get the Instagram user ID.
    """
    return Call(method="GET", path="/me/accounts", params={"fields": PAGE_FIELDS}, answer=Page[FacebookPage])


def own_page() -> Call[FacebookPage]:
    """Describe the read of the Page that a Page token belongs to."""
    return Call(method="GET", path="/me", params={"fields": PAGE_FIELDS}, answer=FacebookPage)


def refresh_token(token: str) -> Call[RefreshedToken]:
    """Describe the refresh of a long-lived Instagram token that is at least 24 h old and not expired.

    Meta expects the token in the query of this GET; wherever the URL is shown, it is masked.
    Source: https://developers.facebook.com/documentation/instagram-platform/reference/access_token
    """
    return Call(
        method="GET",
        path="/refresh_access_token",
        params={"grant_type": "ig_refresh_token", "access_token": token},
        answer=RefreshedToken,
        is_versioned=False,
    )
