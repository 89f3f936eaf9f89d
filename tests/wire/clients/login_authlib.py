"""Authlib's session, which has no providers of its own: it is told the addresses that Meta's pages name."""

import json
import os
import sys

from authlib.integrations.requests_client import OAuth2Session

APP = {"client_id": os.environ["WIRE_APP_ID"], "client_secret": os.environ["WIRE_APP_SECRET"]}
BACK = os.environ["WIRE_BACK"]
facebook = OAuth2Session(**APP, scope="public_profile email", redirect_uri=BACK)
instagram = OAuth2Session(
    **APP,
    scope="instagram_business_basic instagram_business_content_publish",
    redirect_uri=BACK,
    token_endpoint_auth_method="client_secret_post",
)
addresses = {
    "facebook": facebook.create_authorization_url("https://www.facebook.com/v26.0/dialog/oauth")[0],
    "instagram": instagram.create_authorization_url("https://www.instagram.com/oauth/authorize")[0],
}
print(json.dumps(addresses), flush=True)

facebook.fetch_token(
    "https://graph.facebook.com/v26.0/oauth/access_token", authorization_response=sys.stdin.readline().strip()
)
person = facebook.get("https://graph.facebook.com/v26.0/me", params={"fields": "id,name,email"}).json()
print(json.dumps(person), flush=True)

instagram.fetch_token(
    "https://api.instagram.com/oauth/access_token", authorization_response=sys.stdin.readline().strip()
)
account = instagram.get("https://graph.instagram.com/v26.0/me", params={"fields": "user_id,username"}).json()
print(json.dumps({"id": account["user_id"], "name": account["username"]}))
