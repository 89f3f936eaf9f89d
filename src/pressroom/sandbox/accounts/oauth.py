"""From a code of consent to a token, its introspection, and how a token is exchanged and refreshed.

The calls of `OPEN_ROUTES` carry no token of an account, those of `ROUTES` do. Source:
https://developers.facebook.com/documentation/instagram-platform/instagram-api-with-instagram-login/business-login
The words of Facebook's refusals are those that people who met them reported.
"""

import hmac
from base64 import b64decode
from typing import Any
from urllib.parse import unquote_plus

import msgspec

from pressroom.graph.certainty import Certainty
from pressroom.graph.hosts import LoginType
from pressroom.sandbox.calls.call import BareCall, GraphCall, OpenRoutes, Routes
from pressroom.sandbox.calls.tokens import check_alive, data_access_ends, granted_scopes, wrong_secret
from pressroom.sandbox.state.ids import LONG_LIFE_S, SHORT_LIFE_S, invented_token
from pressroom.sandbox.state.things import Code, Token, TokenKind
from pressroom.sandbox.wire.answer import GraphRefusal, HttpAnswer, invalid, refusal
from pressroom.sandbox.wire.other_errors import CLIENT_ID_MISSING, REDIRECT_URI_MISSING

# Business Login: a code lives an hour and is used once.
_CODE_LIFE_S = 3600
_DAY_S = 24 * 3600
# The subcode of a token that was invalidated.
_ENDED = 467
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
OPEN_ROUTES = OpenRoutes()
ROUTES = Routes(login=LoginType.INSTAGRAM, mark=Certainty.DOCUMENTED)


def _is_facebook_exchange(call: BareCall) -> bool:
    is_api = call.arrival.host_name == _API_HOST
    if is_api or not call.arrival.has_real_name:
        return not is_api and call.arrival.version is not None
    return LoginType.FACEBOOK in call.arrival.host_logins


def refuse_exchange(call: BareCall, refused: GraphRefusal) -> HttpAnswer | None:
    """Give a refusal of Instagram's code exchange, whose envelope is its own; None for Facebook's."""
    if _is_facebook_exchange(call):
        return None
    status = refused.http_status
    body = {"error_type": refused.meta_type, "code": status, "error_message": refused.message}
    return HttpAnswer(status, msgspec.json.encode(body))


@OPEN_ROUTES.answers("POST", "oauth/access_token", "code_exchange", refuse=refuse_exchange)
def post_for_token(call: BareCall) -> HttpAnswer:
    """`POST api.instagram.com/oauth/access_token`: code to short-lived token, and Facebook's same path.

    By the host; on the sandbox's own address by the version, which only Facebook's path has.
    """
    if _is_facebook_exchange(call):
        return facebook_token(call)
    token = _exchange_code(call)
    account, scopes = call.scene.world.accounts[token.user_id], granted_scopes(token)
    if call.scene.settings.code_answer == "flat":
        # user_id is a JSON number, above 2^53: a client that reads it as a float gets another id.
        flat = {"access_token": token.text, "user_id": int(account.app_scoped_id), "permissions": scopes}
        return HttpAnswer(200, msgspec.json.encode(flat))
    entry = {
        "access_token": token.text,
        "user_id": account.app_scoped_id,
        "permissions": ",".join(scopes),
    }
    return _data_answer([entry])


@OPEN_ROUTES.answers("GET", "oauth/access_token", "code_exchange")
def facebook_token(call: BareCall) -> HttpAnswer:
    """`GET graph.facebook.com/{version}/oauth/access_token`: code to token, short to long, the app's own."""
    settings = call.scene.settings
    _check_facebooks_app(call)
    if call.text("grant_type") == "client_credentials":
        app = {"access_token": f"{settings.app_id}|{settings.app_secret}", "token_type": "bearer"}
        return HttpAnswer(200, msgspec.json.encode(app))
    if call.text("grant_type") == "fb_exchange_token":
        old = call.scene.world.tokens.get(call.needed("fb_exchange_token"))
        if old is None or old.login not in _OF_FACEBOOK:
            raise refusal(190)
        check_alive(old, call.now)
        token = _mint(call, old, LONG_LIFE_S)
    else:
        token = _exchange_facebooks_code(call)
    life_s = int((token.expires_at or call.now) - call.now)
    body = {"access_token": token.text, "token_type": "bearer", "expires_in": life_s}
    return HttpAnswer(200, msgspec.json.encode(body))


def _exchange_code(call: BareCall) -> Token:
    """Exchange a code of Instagram Login, whose refusals have other words than Facebook's."""
    for name in ("client_id", "client_secret"):
        if call.text(name) is None:
            raise refusal(100, message=f"You must provide a {name}")
    if call.text("client_id") == call.scene.settings.meta_app_id:
        raise refusal(100, message="Invalid platform app")
    _check_app(call, (call.needed("client_id"), call.needed("client_secret")))
    if call.text("grant_type") != "authorization_code":
        raise refusal(100, message="Invalid grant_type")
    # A code with the `#_` left on that ends the redirect is no code.
    code = call.scene.world.codes.get(call.text("code") or "")
    if code is None or code.login is not LoginType.INSTAGRAM or code.is_used or _is_old(call, code):
        raise refusal(100, message=_USED)
    return _use_up(call, code, SHORT_LIFE_S)


def _exchange_facebooks_code(call: BareCall) -> Token:
    text = call.text("code")
    if call.text("redirect_uri") is None:
        raise REDIRECT_URI_MISSING.refusal()
    if text is None:
        raise GraphRefusal(1, message="Missing authorization code", is_transient=False)
    code = call.scene.world.codes.get(text)
    if code is None or code.login not in _OF_FACEBOOK:
        raise refusal(100, message="Invalid verification code format.")
    if code.is_used:
        raise refusal(100, message="This authorization code has been used.")
    if _is_old(call, code):
        raise refusal(100, message="This authorization code has expired.")
    # A system user's token is long-lived at once (inferred).
    return _use_up(call, code, LONG_LIFE_S if code.login is LoginType.UNIFIED else SHORT_LIFE_S)


def _is_old(call: BareCall, code: Code) -> bool:
    return call.now - code.created_at >= _CODE_LIFE_S


def _use_up(call: BareCall, code: Code, life_s: float) -> Token:
    # Before the code is used up: a client may try again with the right URI.
    if code.redirect_uri != call.text("redirect_uri"):
        raise refusal(100, message=_OTHER_URI)
    code.is_used = True
    return _mint(call, code, life_s)


def _check_facebooks_app(call: BareCall) -> None:
    client_id, secret = _basic_credentials(call) or (call.text("client_id"), call.text("client_secret"))
    if client_id is None:
        raise CLIENT_ID_MISSING.refusal()
    if secret is None:
        raise wrong_secret()
    _check_app(call, (client_id, secret))


def _basic_credentials(call: BareCall) -> tuple[str, str] | None:
    """Give id and secret of an `Authorization: Basic` header; None without one.

    No page of Meta's names it for Facebook's exchange, but Auth.js and loginpass sign in by it as they are.
    """
    scheme, _, value = call.arrival.headers.get(b"authorization", b"").partition(b" ")
    try:
        text = b64decode(value, validate=True).decode()
    except ValueError:
        return None
    client_id, colon, secret = text.partition(":")
    # Both are encoded as in a form (RFC 6749, 2.3.1).
    return (unquote_plus(client_id), unquote_plus(secret)) if colon and scheme.lower() == b"basic" else None


def _check_app(call: BareCall, app: tuple[str, str]) -> None:
    settings = call.scene.settings
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


@OPEN_ROUTES.answers("GET", "debug_token", "debug_token", mark=Certainty.GENERAL)
def debug_token(call: BareCall) -> HttpAnswer:
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
    if token is None:
        problem = {"code": 190, "message": "Invalid OAuth access token - Cannot parse access token"}
        return _data_answer({"error": problem, "is_valid": False, "scopes": []})

    account = call.scene.world.accounts[token.user_id]
    is_facebook = token.login is not LoginType.INSTAGRAM
    # Unified Login's is of a Business Integration System User.
    kind = "SYSTEM_USER" if token.login is LoginType.UNIFIED else "USER"
    description = {
        "app_id": settings.app_id,
        "application": "Pressroom Sandbox",
        "type": "PAGE" if token.kind is TokenKind.PAGE else kind,
        "is_valid": token.revoked_by is None and (token.expires_at is None or token.expires_at > call.now),
        "scopes": granted_scopes(token),
        "granular_scopes": [{"scope": name} for name in granted_scopes(token)],
        "issued_at": int(token.created_at),
        "expires_at": int(token.expires_at or 0),  # 0: never
        "data_access_expires_at": int(data_access_ends(settings, call.scene.world, token) or 0),
        "user_id": account.facebook_user_id if is_facebook else account.app_scoped_id,
    }
    return _data_answer(description)


def _data_answer(data: object) -> HttpAnswer:
    return HttpAnswer(200, msgspec.json.encode({"data": data}))


@ROUTES.answers("GET", "root", "refresh_access_token", "refresh")
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


@ROUTES.answers("GET", "root", "access_token", "exchange")
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
