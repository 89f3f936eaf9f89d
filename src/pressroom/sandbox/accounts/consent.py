"""The consent page: it asks whether an app may act for the account."""

from html import escape
from urllib.parse import urlencode

from pressroom.graph.hosts import LoginType
from pressroom.sandbox.calls.call import BareCall
from pressroom.sandbox.calls.tokens import all_scopes
from pressroom.sandbox.parts import parts
from pressroom.sandbox.state.things import Account
from pressroom.sandbox.wire.answer import Answer

# No scripts and no framing: the page shows parameters of whoever links to it.
_POLICY = b"default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Allow access · Pressroom sandbox</title>
<link rel="icon" href="/_sandbox/static/profile.svg" type="image/svg+xml">
<link rel="stylesheet" href="{style}">
</head>
<body class="problem consent">
<main>
<img src="/_sandbox/static/profile.svg" alt="" width="64" height="64">
<h1>May app {client} act for {username}?</h1>
<p>{login} Login. It asks for:</p>
<ul>{scopes}</ul>
<p class="choice"><a class="yes" href="{allow}">Allow</a> <a href="{deny}">Do not allow</a></p>
<p class="note">A sandbox: nothing here reaches Instagram. You go on to {redirect_uri}.</p>
</main>
</body>
</html>
"""


def consenting(call: BareCall) -> Account:
    """Give the account whose owner answers: the one named by `account`, else the sandbox's first."""
    accounts = call.scene.world.accounts
    return accounts.get(call.text("account") or "") or next(iter(accounts.values()))


def consent_page(call: BareCall, login: LoginType) -> Answer:
    """Make the page. Both answers are links to the same path, with `decision` added."""
    asked = {name: value for name in call.params if (value := call.text(name)) is not None}
    path = "/".join(part for part in (call.arrival.version, *call.arrival.segments) if part)
    scopes = (call.text("scope") or ",".join(all_scopes(login))).replace(",", " ").split()
    account = consenting(call)
    html = _PAGE.format(
        style=parts().address("page.css"),
        client=escape(call.needed("client_id")),
        username=escape(account.username),
        login=login.value.title(),
        scopes="".join(f"<li>{escape(scope)}</li>" for scope in scopes),
        allow=escape(f"/{path}?{urlencode({**asked, 'decision': 'allow'})}"),
        deny=escape(f"/{path}?{urlencode({**asked, 'decision': 'deny'})}"),
        redirect_uri=escape(call.needed("redirect_uri")),
    )
    # no-referrer: the query holds the client's `state`.
    headers = [(b"content-security-policy", _POLICY), (b"referrer-policy", b"no-referrer")]
    return Answer(200, html.encode(), b"text/html; charset=utf-8", headers=headers)
