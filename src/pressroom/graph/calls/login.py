"""Calls that sign in: they tell whose a token is and what it may do, make one of a code, and renew it.

Source: https://developers.facebook.com/documentation/instagram-platform/instagram-api-with-instagram-login/business-login
"""

from collections.abc import Iterable
from urllib.parse import urlencode

from pressroom.graph.answers import (
    CodeToken,
    FacebookPage,
    Page,
    PermissionStatus,
    RefreshedToken,
    TokenInfoAnswer,
    User,
)
from pressroom.graph.calls.call import Call, Effect, Endpoint
from pressroom.graph.hosts import AUTHORIZE_HOST, DIALOG_HOST, LoginType, is_meta
from pressroom.graph.ids import UserId

USER_FIELDS = "user_id,username,account_type,followers_count,media_count"
_LINKED = "instagram_business_account{id,username}"
PAGE_FIELDS = f"id,name,{_LINKED}"
# With a Page's own token, which works for the account as long as it is not taken back.
WALKED_PAGE_FIELDS = f"{PAGE_FIELDS},tasks,access_token"


def user(user_id: UserId, *, fields: str = USER_FIELDS) -> Call[User]:
    """Describe the read of the account itself."""
    return Call(method="GET", path=f"/{user_id}", params={"fields": fields}, answer=User)


def pages(fields: str = PAGE_FIELDS) -> Call[Page[FacebookPage]]:
    """Describe the list of the Facebook Pages that the token's user has a role on.

    Source: Facebook Login for Business, Get the Instagram user ID.
    """
    return Call(method="GET", path="/me/accounts", params={"fields": fields}, answer=Page[FacebookPage])


def own_page() -> Call[FacebookPage]:
    """Describe the read of the Page that a Page token belongs to."""
    return Call(method="GET", path="/me", params={"fields": PAGE_FIELDS}, answer=FacebookPage)


def permissions() -> Call[Page[PermissionStatus]]:
    """Describe the list of what a person has granted; Facebook Login only."""
    return Call(method="GET", path="/me/permissions", answer=Page[PermissionStatus])


def token_info(token: str, asker: str) -> Call[TokenInfoAnswer]:
    """Describe the question what a token is. asker: the app's own token `id|secret`, or the token itself.

    Source: https://developers.facebook.com/docs/graph-api/reference/debug_token/
    """
    return Call(
        method="GET",
        path="/debug_token",
        params={"input_token": token, "access_token": asker},
        answer=TokenInfoAnswer,
    )


def authorize_address(
    login: LoginType,
    api_base: str,
    version: str,
    *,
    client_id: str,
    redirect_uri: str,
    scopes: Iterable[str],
    state: str,
) -> str:
    """Return the address at which a person lets an app act for the account.

    On Meta's hosts always `www.instagram.com`, or `www.facebook.com` for Facebook Login; a sandbox serves its
    own. Source: Business Login, Step 1; Facebook Login, Build a Login Flow.
    """
    of_instagram = login is LoginType.INSTAGRAM
    host = f"https://{AUTHORIZE_HOST if of_instagram else DIALOG_HOST}" if is_meta(api_base) else api_base
    path = "oauth/authorize" if of_instagram else f"{version}/dialog/oauth"
    query = {
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "response_type": "code",
        "scope": ",".join(scopes),
        "state": state,
    }
    return f"{host}/{path}?{urlencode(query, safe=',')}"


def code_for_token(code: str, *, client_id: str, client_secret: str, redirect_uri: str) -> Call[CodeToken]:
    """Describe the exchange of Instagram Login's code for a token of an hour; a code works once."""
    return Call(
        method="POST",
        path="/oauth/access_token",
        params={
            "client_id": client_id,
            "client_secret": client_secret,
            "grant_type": "authorization_code",
            "redirect_uri": redirect_uri,
            "code": code,
        },
        answer=CodeToken,
        effect=Effect.WRITE,
        endpoint=Endpoint.CODE,
        is_versioned=False,
    )


def long_lived_token(token: str, *, client_secret: str) -> Call[RefreshedToken]:
    """Describe the exchange of Instagram Login's token of an hour for one of 60 days."""
    return Call(
        method="GET",
        path="/access_token",
        params={
            "grant_type": "ig_exchange_token",
            "client_secret": client_secret,
            "access_token": token,
        },
        answer=RefreshedToken,
        is_versioned=False,
    )


def facebook_code_for_token(
    code: str, *, client_id: str, client_secret: str, redirect_uri: str
) -> Call[RefreshedToken]:
    """Describe the exchange of Facebook Login's code for a short-lived token; a code works once."""
    return Call(
        method="GET",
        path="/oauth/access_token",
        params={
            "client_id": client_id,
            "client_secret": client_secret,
            "redirect_uri": redirect_uri,
            "code": code,
        },
        answer=RefreshedToken,
        # A GET that uses up the code: a second one is refused, so it is never repeated.
        effect=Effect.WRITE,
    )


def facebook_long_lived_token(token: str, *, client_id: str, client_secret: str) -> Call[RefreshedToken]:
    """Describe the exchange of Facebook Login's token for one of about 60 days."""
    return Call(
        method="GET",
        path="/oauth/access_token",
        params={
            "client_id": client_id,
            "client_secret": client_secret,
            "grant_type": "fb_exchange_token",
            "fb_exchange_token": token,
        },
        answer=RefreshedToken,
    )


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
