"""Sign-in, from consent and code to a token, its introspection, and how a token is exchanged and refreshed.

First the consent page, which asks whether an app may act for the account, and what it may do. The calls of
`OPEN_ROUTES` carry no token of an account, those of `ROUTES` do. Source:
https://developers.facebook.com/documentation/instagram-platform/instagram-api-with-instagram-login/business-login
"""

import hmac
import secrets
from html import escape
from typing import Any
from urllib.parse import urlencode

import msgspec

from pressroom.graph.certainty import Certainty
from pressroom.graph.hosts import LoginType
from pressroom.graph.permissions import called_under, permission_named, renamed
from pressroom.sandbox.calls.call import BareCall, GraphCall, OpenRoutes, Routes
from pressroom.sandbox.calls.tokens import (
    all_scopes,
    check_alive,
    data_access_ends,
    grant,
    granted_scopes,
    lacks_role,
    wrong_secret,
)
from pressroom.sandbox.state.ids import LONG_LIFE_S, SHORT_LIFE_S, invented_token
from pressroom.sandbox.state.things import Account, Code, Token, TokenKind
from pressroom.sandbox.wire.answer import GraphRefusal, HttpAnswer, invalid, page_parts, refusal

# No scripts and no framing: the page shows parameters of whoever links to it.
_POLICY = b"default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"
_FRAME = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · Pressroom sandbox</title>
<link rel="icon" href="/_sandbox/static/profile.svg" type="image/svg+xml">
<link rel="stylesheet" href="{style}">
</head>
<body class="problem consent">
<main>
<img src="/_sandbox/static/profile.svg" alt="" width="64" height="64">
{main}
</main>
</body>
</html>
"""
_QUESTION = """<h1>May app {client} act for {username}?</h1>
<p>{login}.{page} Untick what it may not do:</p>
<form method="get" action="{path}">
{hidden}
<ul>{scopes}</ul>
<p class="choice"><button class="primary" name="decision" value="allow">Allow</button>
<button name="decision" value="deny">Do not allow</button></p>
</form>
<p class="note">A sandbox: nothing here reaches Instagram. You go on to {redirect_uri}.</p>"""
_REFUSED = """<h1>{words}</h1>
<p class="note">A sandbox: nothing here reaches Instagram. The page leads nowhere, as the real one.</p>"""
_PAGE_WORDS = {
    "linked": " By the Page {name}.",
    "none": " You have no Page, by which the app would find the account.",
    "not_picked": " The Page {name} is not picked, by which the app would find the account.",
    "no_task": " By the Page {name}, on which you may not publish.",
    "unlinked": " By the Page {name}, to which no Instagram account is linked.",
}
# An empty one comes along, so that a page with nothing ticked is told from an address that names none.
_GRANTED = "granted[]"


class ConsentRefused(GraphRefusal):
    """Instagram shows a page with these words instead of the question, and sends nobody back to the app."""

    def __init__(self, words: str) -> None:
        super().__init__(100, message=words)


def refuse_consent(_call: BareCall, refused: GraphRefusal) -> HttpAnswer | None:
    """Give a refusal that is a page; None for any other."""
    if not isinstance(refused, ConsentRefused):
        return None
    return _page(refused.http_status, refused.message, _REFUSED.format(words=escape(refused.message)))


def consenting_account(call: BareCall) -> Account:
    """Give the account whose owner answers: the one named by `account`, else the sandbox's first."""
    accounts = call.scene.world.accounts
    return accounts.get(call.text("account") or "") or next(iter(accounts.values()))


def requested_scopes(call: BareCall, login: LoginType) -> list[str]:
    """Give the permissions that the app asks for; without any, all that the login has."""
    return (call.text("scope") or "").replace(",", " ").split() or all_scopes(login)


def ticked_scopes(call: BareCall, login: LoginType) -> list[str]:
    """Give the requested permissions that the person left ticked: on the page, else by the setting."""
    scopes, by_setting = requested_scopes(call, login), call.scene.settings.granted
    if "granted" not in call.params and not by_setting:
        return scopes
    ticked = called_under(login, call.items("granted") if "granted" in call.params else by_setting)
    return [scope for scope in scopes if scope in ticked]


def consent_page(call: BareCall, login: LoginType) -> HttpAnswer:
    """Make the page: a form that leads to the same path, with `decision` and what is ticked added."""
    account, ticked = consenting_account(call), ticked_scopes(call, login)
    # The parameters of the call come along, but for what the page itself answers.
    params = {name: value for name in call.params if (value := call.text(name)) is not None}
    hidden = {name: value for name, value in params.items() if name not in ("granted", "decision")}
    # By which Page the app is to find the account: Facebook Login alone needs that.
    page_words = _PAGE_WORDS[call.scene.settings.page] if login is LoginType.FACEBOOK else ""
    path = "/".join(part for part in (call.arrival.version, *call.arrival.segments) if part)
    boxes = list[str]()
    for scope in requested_scopes(call, login):
        permission, shown = permission_named(scope), escape(scope)
        purpose = f" to {escape(permission.purpose)}" if permission else ""
        checked = " checked" if scope in ticked else ""
        box = f'<input type="checkbox" name="{_GRANTED}" value="{shown}"{checked}>'
        boxes.append(f"<li><label>{box} <span><code>{shown}</code>{purpose}</span></label></li>")
    main = _QUESTION.format(
        client=escape(call.needed("client_id")),
        username=escape(account.username),
        login=login.label,
        page=page_words.format(name=escape(account.name or account.username)),
        path=escape(f"/{path}"),
        hidden="".join(
            f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
            for name, value in {**hidden, _GRANTED: ""}.items()
        ),
        scopes="".join(boxes),
        redirect_uri=escape(call.needed("redirect_uri")),
    )
    return _page(200, "Allow access", main)


def _page(status: int, title: str, main: str) -> HttpAnswer:
    html = _FRAME.format(title=escape(title), style=page_parts().address("page.css"), main=main)
    # no-referrer: the query holds the client's `state`.
    headers = [(b"content-security-policy", _POLICY), (b"referrer-policy", b"no-referrer")]
    return HttpAnswer(status, html.encode(), b"text/html; charset=utf-8", headers=headers)


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
OPEN_ROUTES = OpenRoutes()
ROUTES = Routes(login=LoginType.INSTAGRAM, mark=Certainty.DOCUMENTED)


@OPEN_ROUTES.answers("GET", "oauth/authorize", "authorize", refuse=refuse_consent)
def authorize(call: BareCall) -> HttpAnswer:
    """`GET www.instagram.com/oauth/authorize`: ask, and redirect to `redirect_uri` with the answer.

    On Facebook's hosts the path opens their own dialog. One of Meta's pages names `api.instagram.com`, where
    live clients report a page without a way on.
    """
    if call.arrival.host_name == _API_HOST:
        return HttpAnswer(404, _NO_PAGE, b"text/html; charset=utf-8")
    is_facebook = call.arrival.host_name.endswith("facebook.com")
    return _ask_for_consent(call, _login_of_dialog(call) if is_facebook else LoginType.INSTAGRAM)


@OPEN_ROUTES.answers("GET", "dialog/oauth", "dialog")
def dialog(call: BareCall) -> HttpAnswer:
    """`GET www.facebook.com/{version}/dialog/oauth`."""
    return _ask_for_consent(call, _login_of_dialog(call))


def _login_of_dialog(call: BareCall) -> LoginType:
    # How Unified Login's consent looks is not documented. A token of a system user comes by the same dialog
    # where it is given the configuration of Facebook Login for Business.
    is_unified = consenting_account(call).login is LoginType.UNIFIED or call.text("config_id") is not None
    return LoginType.UNIFIED if is_unified else LoginType.FACEBOOK


def _ask_for_consent(call: BareCall, login: LoginType) -> HttpAnswer:
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


def _redirect(redirect_uri: str, params: dict[str, str], *, end: str = "") -> HttpAnswer:
    # A redirect URI may have a query of its own.
    to = f"{redirect_uri}{'&' if '?' in redirect_uri else '?'}{urlencode(params)}{end}"
    return HttpAnswer(302, b"", b"text/html; charset=utf-8", headers=[(b"location", to.encode())])


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
    token = _exchange_code(call, (LoginType.INSTAGRAM,))
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
    if call.text("grant_type") == "client_credentials":
        _check_app(call)
        app = {"access_token": f"{settings.app_id}|{settings.app_secret}", "token_type": "bearer"}
        return HttpAnswer(200, msgspec.json.encode(app))
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
    return HttpAnswer(200, msgspec.json.encode(body))


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
