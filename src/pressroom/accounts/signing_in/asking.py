"""The question whether an app may act for an account, before anybody is asked."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from pressroom.core.account import App
from pressroom.core.address import LOCAL_HOSTS
from pressroom.core.errors import Refused
from pressroom.core.reading_settings import parts_of
from pressroom.core.secret import Secret
from pressroom.graph.calls import authorize_address
from pressroom.graph.capabilities import Capability, is_offered, logins_with
from pressroom.graph.hosts import LoginType, is_meta
from pressroom.graph.permissions import Permission, asked_by_default

_STATE_BYTES = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """One sign-in by the browser. state: proves that what comes back answers this question; used once."""

    login_type: LoginType
    api_base: str
    version: str
    app: App
    redirect_uri: str
    permissions: tuple[Permission, ...]
    state: Secret = field(default_factory=lambda: Secret(secrets.token_urlsafe(_STATE_BYTES)))

    @property
    def scopes(self) -> tuple[str, ...]:
        """The permissions as this login calls them."""
        return tuple(name for one in self.permissions if (name := one.name_under(self.login_type)))

    @property
    def address(self) -> str:
        """Where the person answers. It holds `state`, so it is for the person alone."""
        return authorize_address(
            self.login_type,
            self.api_base,
            self.version,
            client_id=self.app.app_id,
            redirect_uri=self.redirect_uri,
            scopes=self.scopes,
            state=self.state.reveal(),
        )


def ask(
    login_type: LoginType,
    *,
    api_base: str,
    version: str,
    app: App,
    redirect_uri: str,
    permissions: Sequence[Permission] | None = None,
) -> Asking:
    """Make the question. permissions: None for those that Pressroom uses.

    Raises Refused for a login whose way through the browser Meta does not document, for an app id that is no
    number, and for a redirect URI that Meta does not take.
    """
    if not is_offered(login_type, Capability.BROWSER_SIGN_IN):
        raise Refused(
            f"How {login_type.label} is done in the browser is not documented by Meta.",
            rule="login_type",
            value=login_type.value,
            limit=" or ".join(one.value for one in logins_with(Capability.BROWSER_SIGN_IN)),
            fix="Paste the token that the app's dashboard generates for it.",
        )
    require_app_id(app.app_id)
    if login_type is LoginType.INSTAGRAM and is_meta(api_base) and redirect_uri.startswith("http://"):
        raise Refused(
            "Instagram Login redirects to https alone.",
            rule="redirect_uri",
            value=redirect_uri,
            limit="https",
            fix="Use the way by https on this machine, or paste the address back.",
        )
    require_redirect_uri(redirect_uri)
    return Asking(
        login_type=login_type,
        api_base=api_base,
        version=version,
        app=app,
        redirect_uri=redirect_uri,
        permissions=tuple(permissions or asked_by_default(login_type)),
    )


def require_app_id(app_id: str) -> None:
    """Raise Refused for an app id that is no number."""
    if not (app_id.isascii() and app_id.isdigit()):
        raise Refused(
            # Not quoted: who swaps the two gives the secret here.
            "What was given as the app's id is none.",
            rule="app_id",
            limit="digits alone",
            fix="Copy it from the app's dashboard; its secret is asked for apart.",
        )


def require_redirect_uri(redirect_uri: str) -> None:
    """Raise Refused for a redirect URI that Meta cannot take: https, or http on this machine."""
    parts = parts_of(redirect_uri)
    is_plain = redirect_uri.isascii() and redirect_uri.isprintable() and " " not in redirect_uri
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOCAL_HOSTS)
    if is_plain and is_safe and parts.hostname and not parts.fragment:
        return
    raise Refused(
        f"{redirect_uri!r} is no redirect URI.",
        rule="redirect_uri",
        value=redirect_uri,
        limit="an https address without a fragment, or http on localhost for Facebook Login",
        fix="Give one that is registered for the app, byte for byte: the dashboard adds a slash at the end.",
    )
