"""The consent page: it asks whether an app may act for the account, and what it may do."""

from html import escape

from pressroom.graph.hosts import LoginType
from pressroom.graph.permissions import called_under, permission_named
from pressroom.sandbox.calls.call import BareCall
from pressroom.sandbox.calls.tokens import all_scopes
from pressroom.sandbox.state.things import Account
from pressroom.sandbox.wire.answer import Answer, GraphRefusal, page_parts

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


def refuse_consent(_call: BareCall, refused: GraphRefusal) -> Answer | None:
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
    """Give those of them that the person left ticked: on the page, else by the setting."""
    scopes, by_setting = requested_scopes(call, login), call.scene.settings.granted
    if "granted" not in call.params and not by_setting:
        return scopes
    ticked = called_under(login, call.items("granted") if "granted" in call.params else by_setting)
    return [scope for scope in scopes if scope in ticked]


def consent_page(call: BareCall, login: LoginType) -> Answer:
    """Make the page: a form that leads to the same path, with `decision` and what is ticked added."""
    account, ticked = consenting_account(call), ticked_scopes(call, login)
    # The parameters of the call come along, but for what the page itself answers.
    params = {name: value for name in call.params if (value := call.text(name)) is not None}
    hidden = {name: value for name, value in params.items() if name not in ("granted", "decision")}
    # By which Page the app is to find the account: Facebook Login alone needs that.
    page_words = _PAGE_WORDS[call.scene.settings.page] if login is LoginType.FACEBOOK else ""
    path = "/".join(part for part in (call.arrival.version, *call.arrival.segments) if part)
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
        scopes="".join(
            _scope_item(scope, is_ticked=scope in ticked) for scope in requested_scopes(call, login)
        ),
        redirect_uri=escape(call.needed("redirect_uri")),
    )
    return _page(200, "Allow access", main)


def _scope_item(name: str, *, is_ticked: bool) -> str:
    permission, shown = permission_named(name), escape(name)
    purpose = f" to {escape(permission.purpose)}" if permission else ""
    box = f'<input type="checkbox" name="{_GRANTED}" value="{shown}"{" checked" if is_ticked else ""}>'
    return f"<li><label>{box} <span><code>{shown}</code>{purpose}</span></label></li>"


def _page(status: int, title: str, main: str) -> Answer:
    html = _FRAME.format(title=escape(title), style=page_parts().address("page.css"), main=main)
    # no-referrer: the query holds the client's `state`.
    headers = [(b"content-security-policy", _POLICY), (b"referrer-policy", b"no-referrer")]
    return Answer(status, html.encode(), b"text/html; charset=utf-8", headers=headers)
