"""Both dialogs, Instagram's and Facebook's: what an app may ask, what the person answers, where they go then.

Each refuses on a page of its own what makes no sense, asks which permissions the person leaves ticked, and
redirects with a code. Sources:
https://developers.facebook.com/documentation/instagram-platform/instagram-api-with-instagram-login/business-login
https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow; the sentences of the refusals
are those that people who met them reported.
"""

import secrets
from collections.abc import Mapping
from html import escape
from typing import NoReturn
from urllib.parse import urlencode

from pressroom.graph.hosts import LoginType
from pressroom.graph.permissions import called_under, is_known_under, permission_named
from pressroom.sandbox.calls.call import BareCall, OpenRoutes
from pressroom.sandbox.calls.tokens import all_scopes, grant, lacks_role
from pressroom.sandbox.state.things import Account, Code
from pressroom.sandbox.wire.answer import GraphRefusal, HttpAnswer, page_parts

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
# Facebook grants it to every app that a person signs in to, asked for or not, and it cannot be unticked.
_PUBLIC_PROFILE = "public_profile"
# An empty one comes along, so that a page with nothing ticked is told from an address that names none.
_GRANTED = "granted[]"


class ConsentRefused(GraphRefusal):
    """A dialog shows a page with these words instead of the question, and sends nobody back to the app."""

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
    """Give the permissions that the app asks for and the login knows, and those that come unasked."""
    scopes = [scope for scope in _scopes_of(call) if is_known_under(login, scope)]
    if login is LoginType.FACEBOOK:
        return [_PUBLIC_PROFILE, *(scope for scope in scopes if scope != _PUBLIC_PROFILE)]
    # What Unified Login grants is in the configuration of its dialog.
    return scopes or (all_scopes(login) if login is LoginType.UNIFIED else [])


def unknown_scopes(call: BareCall, login: LoginType) -> list[str]:
    """Give the permissions that the app asks for and the login does not know."""
    return [scope for scope in _scopes_of(call) if not is_known_under(login, scope)]


def _scopes_of(call: BareCall) -> list[str]:
    return list(dict.fromkeys((call.text("scope") or "").replace(",", " ").split()))


def ticked_scopes(call: BareCall, login: LoginType) -> list[str]:
    """Give the requested permissions that the person left ticked: on the page, else by the setting."""
    scopes, by_setting = requested_scopes(call, login), call.scene.settings.granted
    if "granted" not in call.params and not by_setting:
        return scopes
    ticked = called_under(login, call.items("granted") if "granted" in call.params else by_setting)
    return [scope for scope in scopes if scope in ticked or scope == _PUBLIC_PROFILE]


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
        checked = (" checked" if scope in ticked else "") + (" disabled" if scope == _PUBLIC_PROFILE else "")
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


_API_HOST = "api.instagram.com"
_NO_PAGE = b"<!doctype html><title>Page not found</title><p>Sorry, this page isn't available.</p>"
# Each login appends its own fragment, and tells a refusal in its own words.
_ENDS = {LoginType.INSTAGRAM: "#_", LoginType.FACEBOOK: "#_=_", LoginType.UNIFIED: "#_=_"}
_DENIED = {
    "error": "access_denied",
    "error_reason": "user_denied",
    "error_description": "The user denied your request",
}
_DENIED_AT_FACEBOOK = {
    "error": "access_denied",
    "error_code": "200",
    "error_description": "Permissions error",
    "error_reason": "user_denied",
}
_URL_BLOCKED = (
    "URL Blocked: This redirect failed because the redirect URI is not whitelisted in the app's Client OAuth "
    "Settings. Make sure Client and Web OAuth Login are on and add all your app domains as Valid OAuth "
    "Redirect URIs."
)
_INVALID_APP_ID = "Invalid App ID: The provided app ID does not look like a valid app ID."
_INVALID_SCOPES = (
    "Invalid Scopes: {names}. This message is only shown to developers. Users of your app will ignore these "
    "permissions if present. Please read the documentation for valid permissions at: "
    "https://developers.facebook.com/docs/facebook-login/permissions"
)
OPEN_ROUTES = OpenRoutes()


@OPEN_ROUTES.answers("GET", "oauth/authorize", "authorize", refuse=refuse_consent)
def authorize(call: BareCall) -> HttpAnswer:
    """`GET www.instagram.com/oauth/authorize`: ask, and redirect to `redirect_uri` with the answer.

    On Facebook's hosts the path opens their own dialog. One of Meta's pages names `api.instagram.com`, where
    live clients report a page without a way on.
    """
    if call.arrival.host_name == _API_HOST:
        return HttpAnswer(404, _NO_PAGE, b"text/html; charset=utf-8")
    if call.arrival.host_name.endswith("facebook.com"):
        return dialog(call)
    _check_at_instagram(call)
    return _answer(call, LoginType.INSTAGRAM, _DENIED)


@OPEN_ROUTES.answers("GET", "dialog/oauth", "dialog", refuse=refuse_consent)
def dialog(call: BareCall) -> HttpAnswer:
    """`GET www.facebook.com/{version}/dialog/oauth`: at Facebook, who asks for no type and no permission."""
    login = _login_of_dialog(call)
    _check_at_facebook(call, login)
    return _answer(call, login, _DENIED_AT_FACEBOOK)


def _login_of_dialog(call: BareCall) -> LoginType:
    # How Unified Login's consent looks is not documented. A token of a system user comes by the same dialog
    # where it is given the configuration of Facebook Login for Business.
    is_unified = consenting_account(call).login is LoginType.UNIFIED or call.text("config_id") is not None
    return LoginType.UNIFIED if is_unified else LoginType.FACEBOOK


def _check_at_instagram(call: BareCall) -> None:
    settings, client_id = call.scene.settings, call.text("client_id")
    if client_id is None:
        _refuse_at_instagram("Missing client_id")
    # Reported of people who gave the id of the Meta app; Instagram has another one for it.
    is_wrong = settings.checks_app and client_id != settings.app_id
    if is_wrong or client_id == settings.meta_app_id:
        _refuse_at_instagram("Invalid platform app")
    if not _is_registered(call):
        _refuse_at_instagram("Invalid redirect_uri")
    if call.text("response_type") != "code":
        _refuse_at_instagram("Invalid response_type")

    unknown = unknown_scopes(call, LoginType.INSTAGRAM)
    if unknown or not requested_scopes(call, LoginType.INSTAGRAM):
        _refuse_at_instagram(f"Invalid scope: {', '.join(unknown) or '[]'}")
    if settings.without_role == "consent" and lacks_role(consenting_account(call), LoginType.INSTAGRAM):
        raise ConsentRefused("Insufficient Developer Role")


def _refuse_at_instagram(reason: str) -> NoReturn:
    raise ConsentRefused(f"Invalid Request: Request parameters are invalid: {reason}")


def _check_at_facebook(call: BareCall, login: LoginType) -> None:
    settings, client_id = call.scene.settings, call.text("client_id")
    if client_id is None:
        raise ConsentRefused("The parameter app_id is required")
    if settings.checks_app and client_id != settings.app_id:
        raise ConsentRefused(_INVALID_APP_ID)
    if call.text("redirect_uri") is None:
        raise ConsentRefused("The parameter redirect_uri is required")
    if not _is_registered(call):
        raise ConsentRefused(_URL_BLOCKED)
    unknown = unknown_scopes(call, login)
    if unknown and settings.unknown_scopes == "refuse":
        raise ConsentRefused(_INVALID_SCOPES.format(names=", ".join(unknown)))


def _is_registered(call: BareCall) -> bool:
    redirect_uri, registered = call.text("redirect_uri") or "", call.scene.settings.redirect_uris
    # It becomes a response header: a line break in it would add headers of the caller's choice.
    is_plain = redirect_uri.isascii() and redirect_uri.isprintable()
    is_web = redirect_uri.startswith(("http://", "https://"))
    # Business Login: equal to a registered one, trailing slash included.
    return is_plain and is_web and (not registered or redirect_uri in registered)


def _answer(call: BareCall, login: LoginType, denied: Mapping[str, str]) -> HttpAnswer:
    decision = call.text("decision") or call.scene.settings.consent
    if decision == "ask":
        return consent_page(call, login)
    answer = {"code": _make_code(call, login).text} if decision == "allow" else denied
    state = {"state": value} if (value := call.text("state")) else {}
    redirect_uri = call.needed("redirect_uri")
    # A redirect URI may have a query of its own.
    to = f"{redirect_uri}{'&' if '?' in redirect_uri else '?'}{urlencode({**answer, **state})}{_ENDS[login]}"
    return HttpAnswer(302, b"", b"text/html; charset=utf-8", headers=[(b"location", to.encode())])


def _make_code(call: BareCall, login: LoginType) -> Code:
    world = call.scene.world
    granted = ticked_scopes(call, login)
    code = Code(
        text=f"AQ{secrets.token_urlsafe(40)}",
        user_id=consenting_account(call).id,
        login=login,
        redirect_uri=call.needed("redirect_uri"),
        scopes=granted,
        declined=[scope for scope in requested_scopes(call, login) if scope not in granted],
        created_at=call.now,
        is_used=call.scene.settings.codes_spent,
    )
    world.codes[code.text] = code
    grant(world, code.user_id, code.scopes, call.now)
    return code
