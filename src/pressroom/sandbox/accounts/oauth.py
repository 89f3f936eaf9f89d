"""Sign-in, from consent and code to a token, its introspection, and how a token is exchanged and refreshed.

The calls of `OPEN_ROUTES` carry no token of an account, those of `TOKEN_ROUTES` do. Source:
https://developers.facebook.com/documentation/instagram-platform/instagram-api-with-instagram-login/business-login
"""

import hmac
import secrets
from functools import partial
from typing import Any
from urllib.parse import urlencode

import msgspec

from pressroom.graph.certainty import Certainty
from pressroom.graph.hosts import LoginType
from pressroom.graph.permissions import Permission, renamed
from pressroom.sandbox.accounts.consent import (
    ConsentRefused,
    consent_page,
    consenting_account,
    refuse_consent,
    requested_scopes,
    ticked_scopes,
)
from pressroom.sandbox.calls.call import BareCall, GraphCall, OpenRoute, Route
from pressroom.sandbox.calls.tokens import (
    check_alive,
    data_access_ends,
    grant,
    granted_scopes,
    lacks_role,
    wrong_secret,
)
from pressroom.sandbox.state.ids import LONG_LIFE_S, SHORT_LIFE_S, invented_token
from pressroom.sandbox.state.things import Code, Token, TokenKind
from pressroom.sandbox.wire.answer import Answer, GraphRefusal, invalid, refusal

# Business Login: a code lives an hour and is used once.
_CODE_LIFE_S = 3600
_DAY_S = 24 * 3600
# The subcode of a token that was invalidated.
_ENDED = 467
_DENIED = {
    "error": "access_denied",
    "error_reason": "user_denied",
    "error_description": "The user denied your request",
}
_NOT_ITSELF = (
    "(#100) You must provide an app access token, or a user access token that is an owner or developer "
    "of the app"
)
_USED = "Matching code was not found or was already used"
_OTHER_URI = (
    "Error validating verification code. Please make sure your redirect_uri is identical to the one you used "
    "in the OAuth dialog request"
)
_TOO_EARLY = "The access token must be at least 24 hours old to be refreshed"
_OF_FACEBOOK = (LoginType.FACEBOOK, LoginType.UNIFIED)
_API_HOST = "api.instagram.com"
_NO_PAGE = b"<!doctype html><title>Page not found</title><p>Sorry, this page isn't available.</p>"


def authorize(call: BareCall) -> Answer:
    """`GET www.instagram.com/oauth/authorize`: ask, and redirect to `redirect_uri` with the answer.

    On Facebook's hosts the path opens their own dialog. One of Meta's pages names `api.instagram.com`, where
    live clients report a page without a way on.
    """
    if call.arrival.host_name == _API_HOST:
        return Answer(404, _NO_PAGE, b"text/html; charset=utf-8")
    is_facebook = call.arrival.host_name.endswith("facebook.com")
    return _ask_for_consent(call, _login_of_dialog(call) if is_facebook else LoginType.INSTAGRAM)


def dialog(call: BareCall) -> Answer:
    """`GET www.facebook.com/{version}/dialog/oauth`."""
    return _ask_for_consent(call, _login_of_dialog(call))


def _login_of_dialog(call: BareCall) -> LoginType:
    # How Unified Login's consent looks is not documented. A token of a system user comes by the same dialog
    # where it is given the configuration of Facebook Login for Business.
    is_unified = consenting_account(call).login is LoginType.UNIFIED or call.text("config_id") is not None
    return LoginType.UNIFIED if is_unified else LoginType.FACEBOOK


def _ask_for_consent(call: BareCall, login: LoginType) -> Answer:
    redirect_uri, client_id = call.needed("redirect_uri"), call.needed("client_id")
    # It becomes a response header: a line break in it would add headers of the caller's choice.
    is_plain = redirect_uri.isascii() and redirect_uri.isprintable()
    if not is_plain or not redirect_uri.startswith(("http://", "https://")):
        raise invalid("Invalid redirect_uri")
    # Business Login: equal to a registered one, trailing slash included.
    registered = call.scene.settings.redirect_uris
    if registered and redirect_uri not in registered:
        raise invalid("Invalid redirect_uri")

    settings = call.scene.settings
    is_wrong = settings.checks_app and client_id != settings.app_id
    # Reported of people who gave the id of the Meta app; Instagram has another one for it.
    if login is LoginType.INSTAGRAM and (is_wrong or client_id == settings.meta_app_id):
        raise ConsentRefused("Invalid platform app")
    if is_wrong:
        raise refusal(101, message="Error validating application. Invalid application ID.")

    outdated = [scope for scope in requested_scopes(call, login) if renamed(scope)]
    if outdated:
        raise invalid(f"Invalid Scopes: {', '.join(outdated)}")
    if call.scene.settings.without_role == "consent" and lacks_role(consenting_account(call), login):
        raise ConsentRefused("Insufficient Developer Role")
    decision = call.text("decision") or call.scene.settings.consent
    if decision == "ask":
        return consent_page(call, login)
    state = {"state": value} if (value := call.text("state")) else {}
    if decision != "allow":
        return _redirect(redirect_uri, {**_DENIED, **state})
    code = _make_code(call, login, redirect_uri)
    # Meta appends `#_`, which clients must strip from the code (Business Login).
    return _redirect(redirect_uri, {"code": code.text, **state}, end="#_")


def _make_code(call: BareCall, login: LoginType, redirect_uri: str) -> Code:
    world = call.scene.world
    granted = ticked_scopes(call, login)
    code = Code(
        text=f"AQ{secrets.token_urlsafe(40)}",
        user_id=consenting_account(call).id,
        login=login,
        redirect_uri=redirect_uri,
        scopes=granted,
        declined=[scope for scope in requested_scopes(call, login) if scope not in granted],
        created_at=call.now,
    )
    if not call.scene.settings.codes_spent:
        world.codes[code.text] = code
    grant(world, code.user_id, code.scopes, call.now)
    return code


def _redirect(redirect_uri: str, params: dict[str, str], *, end: str = "") -> Answer:
    # A redirect URI may have a query of its own.
    to = f"{redirect_uri}{'&' if '?' in redirect_uri else '?'}{urlencode(params)}{end}"
    return Answer(302, b"", b"text/html; charset=utf-8", headers=[(b"location", to.encode())])


def post_for_token(call: BareCall) -> Answer:
    """Tell Instagram's code exchange from Facebook's, which has the same path.

    By the host; on the sandbox's own address by the version, which only Facebook's path has.
    """
    return facebook_token(call) if _is_facebook_exchange(call) else token_for_code(call)


def token_for_code(call: BareCall) -> Answer:
    """`POST api.instagram.com/oauth/access_token`: code to short-lived token."""
    token = _exchange_code(call, (LoginType.INSTAGRAM,))
    account, scopes = call.scene.world.accounts[token.user_id], granted_scopes(token)
    if call.scene.settings.code_answer == "flat":
        # user_id is a JSON number, above 2^53: a client that reads it as a float gets another id.
        flat = {"access_token": token.text, "user_id": int(account.app_scoped_id), "permissions": scopes}
        return Answer(200, msgspec.json.encode(flat))
    entry = {
        "access_token": token.text,
        "user_id": account.app_scoped_id,
        "permissions": ",".join(scopes),
    }
    return Answer(200, msgspec.json.encode({"data": [entry]}))


def facebook_token(call: BareCall) -> Answer:
    """`GET graph.facebook.com/{version}/oauth/access_token`: code to token, short to long, the app's own."""
    settings = call.scene.settings
    if call.text("grant_type") == "client_credentials":
        _check_app(call)
        app = {"access_token": f"{settings.app_id}|{settings.app_secret}", "token_type": "bearer"}
        return Answer(200, msgspec.json.encode(app))
    if call.text("grant_type") == "fb_exchange_token":
        _check_app(call)
        old = call.scene.world.tokens.get(call.needed("fb_exchange_token"))
        if old is None or old.login not in _OF_FACEBOOK:
            raise refusal(190)
        check_alive(old, call.now)
        token = _mint(call, old, LONG_LIFE_S)
    else:
        token = _exchange_code(call, _OF_FACEBOOK)
    life_s = int((token.expires_at or call.now) - call.now)
    body = {"access_token": token.text, "token_type": "bearer", "expires_in": life_s}
    return Answer(200, msgspec.json.encode(body))


def _exchange_code(call: BareCall, logins: tuple[LoginType, ...]) -> Token:
    _check_app(call)
    if LoginType.INSTAGRAM in logins and call.text("grant_type") != "authorization_code":
        raise refusal(100, message="Invalid grant_type")
    # Lenient: a client that did not strip it gets in.
    text = (call.text("code") or "").removesuffix("#_")
    code = call.scene.world.codes.get(text)
    if code is None or code.login not in logins or call.now - code.created_at >= _CODE_LIFE_S:
        raise refusal(100, message=_USED)
    # Before the code is used up: a client may try again with the right URI.
    if code.redirect_uri != call.text("redirect_uri"):
        raise refusal(100, message=_OTHER_URI)
    del call.scene.world.codes[text]
    # A system user's token is long-lived at once (inferred).
    return _mint(call, code, LONG_LIFE_S if code.login is LoginType.UNIFIED else SHORT_LIFE_S)


def _check_app(call: BareCall) -> None:
    settings = call.scene.settings
    app = (call.text("client_id"), call.text("client_secret"))
    if settings.checks_app and app != (settings.app_id, settings.app_secret):
        raise wrong_secret()


def _mint(call: BareCall, source: Code | Token, life_s: float, *, text: str | None = None) -> Token:
    """Make a token with the login and permissions of a code or an older token. `text` None: a new one."""
    token = Token(
        text=text or invented_token(source.login),
        user_id=source.user_id,
        login=source.login,
        created_at=call.now,
        expires_at=call.now + life_s,
        scopes=source.scopes,
        declined=source.declined,
    )
    call.scene.world.tokens[token.text] = token
    return token


def _is_facebook_exchange(call: BareCall) -> bool:
    is_api = call.arrival.host_name == _API_HOST
    if is_api or not call.arrival.has_real_name:
        return not is_api and call.arrival.version is not None
    return LoginType.FACEBOOK in call.arrival.host_logins


def refuse_exchange(call: BareCall, refused: GraphRefusal) -> Answer | None:
    """Give a refusal of Instagram's code exchange, whose envelope is its own; None for Facebook's."""
    if _is_facebook_exchange(call):
        return None
    status = refused.http_status
    body = {"error_type": refused.meta_type, "code": status, "error_message": refused.message}
    return Answer(status, msgspec.json.encode(body))


def debug_token(call: BareCall) -> Answer:
    """`GET /debug_token`: what a token is, for the app's own token `id|secret`, or for itself."""
    text, caller, settings = call.needed("input_token"), call.arrival.token or "", call.scene.settings
    token = call.scene.world.tokens.get(text)
    if caller == text:
        if not settings.self_inspection:
            raise refusal(100, message=_NOT_ITSELF)
        if token is None:
            raise refusal(190)
        check_alive(token, call.now)
    elif settings.checks_app:
        app_token = f"{settings.app_id}|{settings.app_secret}"
        # Compared in constant time, as bytes: compare_digest refuses text beyond ASCII.
        if not hmac.compare_digest(caller.encode(), app_token.encode()):
            raise refusal(190)
    return Answer(200, msgspec.json.encode({"data": _describe_token(call, token)}))


def _describe_token(call: BareCall, token: Token | None) -> dict[str, Any]:
    if token is None:
        problem = {"code": 190, "message": "Invalid OAuth access token - Cannot parse access token"}
        return {"error": problem, "is_valid": False, "scopes": []}
    account = call.scene.world.accounts[token.user_id]
    is_alive = token.revoked_by is None and (token.expires_at is None or token.expires_at > call.now)
    is_facebook = token.login is not LoginType.INSTAGRAM
    if token.kind is TokenKind.PAGE:
        kind = "PAGE"
    else:
        # Unified Login's is of a Business Integration System User.
        kind = "SYSTEM_USER" if token.login is LoginType.UNIFIED else "USER"
    return {
        "app_id": call.scene.settings.app_id,
        "application": "Pressroom Sandbox",
        "type": kind,
        "is_valid": is_alive,
        "scopes": granted_scopes(token),
        "granular_scopes": [{"scope": name} for name in granted_scopes(token)],
        "issued_at": int(token.created_at),
        "expires_at": int(token.expires_at or 0),  # 0: never
        "data_access_expires_at": int(data_access_ends(call.scene.settings, call.scene.world, token) or 0),
        "user_id": account.facebook_user_id if is_facebook else account.app_scoped_id,
    }


def refresh(call: GraphCall) -> dict[str, Any]:
    """`GET /refresh_access_token`: for a long-lived Instagram token at least 24 hours old."""
    if call.needed("grant_type") != "ig_refresh_token":
        raise invalid("Invalid grant_type")
    old = call.token
    if old.expires_at is None or old.expires_at - old.created_at <= SHORT_LIFE_S:
        raise refusal(190, message="Invalid OAuth access token - the token is not long-lived")
    early = call.scene.settings.early_refresh
    if call.now - old.created_at < _DAY_S and early != "allowed":
        raise refusal(early, message=_TOO_EARLY)
    renewed = _renew(call, old)
    # Whether Meta ends the old token is not documented; by itself it stays valid here.
    if renewed["access_token"] != old.text and call.scene.settings.refresh_ends_old_token:
        old.revoked_by = _ENDED
    return renewed


def exchange(call: GraphCall) -> dict[str, Any]:
    """`GET /access_token`: a short-lived Instagram token becomes a long-lived one."""
    if call.needed("grant_type") != "ig_exchange_token":
        raise invalid("Invalid grant_type")
    settings = call.scene.settings
    if call.needed("client_secret") != settings.app_secret and settings.checks_app:
        raise wrong_secret()
    return _renew(call, call.token)


def _renew(call: GraphCall, old: Token) -> dict[str, Any]:
    """Make a long-lived token of an older one, whose text it keeps unless the settings say otherwise."""
    is_new = call.scene.settings.refresh_makes_new_token
    token = _mint(call, old, LONG_LIFE_S, text=None if is_new else old.text)
    return {
        "access_token": token.text,
        "token_type": "bearer",
        "expires_in": LONG_LIFE_S,
        "permissions": ",".join(granted_scopes(old)),
    }


OPEN_ROUTES = (
    OpenRoute(
        "GET", "oauth/authorize", "authorize", authorize, refuse=refuse_consent, mark=Certainty.DOCUMENTED
    ),
    OpenRoute("GET", "dialog/oauth", "dialog", dialog, mark=Certainty.DOCUMENTED),
    OpenRoute(
        "POST",
        "oauth/access_token",
        "code_exchange",
        post_for_token,
        refuse=refuse_exchange,
        mark=Certainty.DOCUMENTED,
    ),
    OpenRoute("GET", "oauth/access_token", "code_exchange", facebook_token, mark=Certainty.DOCUMENTED),
    OpenRoute("GET", "debug_token", "debug_token", debug_token, mark=Certainty.GENERAL),
)
_route = partial(Route, need=Permission.BASIC, login=LoginType.INSTAGRAM, mark=Certainty.DOCUMENTED)
TOKEN_ROUTES = (
    _route("GET", "root", "refresh_access_token", "refresh", refresh),
    _route("GET", "root", "access_token", "exchange", exchange),
)
