"""A sign-in by the browser: the question, the address that answers it, and the token that its code gives.

`ask` makes the question, `code_in` reads the address that the browser ended at (a person pastes it, or our
own listener gets it), `token_for` exchanges the code. `explained` gives Meta's errors the cause that is
known.

Source: https://developers.facebook.com/documentation/instagram-platform/instagram-api-with-instagram-login/business-login
"""

import hmac
import secrets
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qs

from pressroom.client.client import Client
from pressroom.core.account import Account, App
from pressroom.core.address import LOCAL_HOSTS
from pressroom.core.errors import GraphError, Refused, SignInRequired, UnexpectedAnswer
from pressroom.core.reading_settings import parts_of
from pressroom.core.remedies import Fix
from pressroom.core.secret import Secret
from pressroom.graph import calls
from pressroom.graph.answers import RefreshedToken
from pressroom.graph.capabilities import Capability, is_offered, logins_with
from pressroom.graph.hosts import LoginType, authorize_address, is_meta, logins_of_token, may_be_taken
from pressroom.graph.permissions import Permission, asked_by_default
from pressroom.graph.traps import Trap, recognised, trap

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
        return tuple(name for each in self.permissions if (name := each.name_under(self.login_type)))

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
            limit=" or ".join(login.value for login in logins_with(Capability.BROWSER_SIGN_IN)),
            fix="Paste the token that the app's dashboard generates for it.",
        )
    is_https_alone = login_type is LoginType.INSTAGRAM and is_meta(api_base)
    _require_takeable(app.app_id, redirect_uri, is_https_alone=is_https_alone)
    return Asking(
        login_type=login_type,
        api_base=api_base,
        version=version,
        app=app,
        redirect_uri=redirect_uri,
        permissions=tuple(permissions or asked_by_default(login_type)),
    )


def _require_takeable(app_id: str, redirect_uri: str, *, is_https_alone: bool) -> None:
    """Raise Refused for an app id that is no number, and for a redirect URI that Meta cannot take.

    It takes https, and http on this machine unless `is_https_alone`.
    """
    if not (app_id.isascii() and app_id.isdigit()):
        raise Refused(
            # Not quoted: who swaps the two gives the secret here.
            "What was given as the app's id is none.",
            rule="app_id",
            limit="digits alone",
            fix="Copy it from the app's dashboard; its secret is asked for apart.",
        )
    if is_https_alone and redirect_uri.startswith("http://"):
        raise Refused(
            "Instagram Login redirects to https alone.",
            rule="redirect_uri",
            value=redirect_uri,
            limit="https",
            fix="Use the way by https on this machine, or paste the address back.",
        )
    parts = parts_of(redirect_uri)
    is_plain = redirect_uri.isascii() and redirect_uri.isprintable() and " " not in redirect_uri
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOCAL_HOSTS)
    if not (is_plain and is_safe and parts.hostname) or parts.fragment:
        raise Refused(
            f"{redirect_uri!r} is no redirect URI.",
            rule="redirect_uri",
            value=redirect_uri,
            limit="an https address without a fragment, or http on localhost for Facebook Login",
            fix="Give one that is registered for the app, byte for byte: the dashboard adds a slash at the "
            "end.",
        )


@contextmanager
def explained(account: Account | None = None) -> Generator[None]:
    """Let an error of Meta's that has a known cause say the cause, and what helps.

    account: whose token the calls have; None while there is none.
    """
    try:
        yield
    except GraphError as error:
        cause = recognised(error.message)
        if cause is not None and cause.name == "wrong-host" and account:
            letters = logins_of_token(account.token.reveal())
            cause = trap("unknown-token") if may_be_taken(letters, account.api_base) else cause
        if cause is not None:
            explain(error, cause)
        raise


def explain(error: GraphError, cause: Trap) -> None:
    """Give an error the cause and the remedy of a trap."""
    error.message = f"{error.message.rstrip('.')}. {cause.cause}"
    error.advice = Fix(cause.remedy)


_AGAIN = "Copy the whole address from the browser's address bar, after you have allowed the access."


def code_in(asking: Asking, pasted: str) -> Secret:
    """Return the code in the address that answers a question.

    Raises Refused for what is no such address, SignInRequired where the person refused or Meta did.
    """
    address = "".join(pasted.split())  # terminals break long lines
    if (page := recognised(pasted)) is not None:
        raise SignInRequired(f"{page.title}: {page.cause}", fix=page.remedy)
    parts, expected = parts_of(address), parts_of(asking.redirect_uri)
    if not (parts.scheme in ("http", "https") and parts.hostname):
        from pressroom.graph.sentences import sentence_in  # noqa: PLC0415  # only a page's words need it

        if (words := sentence_in(pasted)) is not None:
            raise SignInRequired(f"{words.title}: {words.cause}", fix=words.remedy)
        raise _no_address("What was pasted is no address.")
    # The browser may have followed a redirect of that site, so that its host alone tells.
    if parts.hostname != expected.hostname:
        raise _no_address(f"The address is of {parts.hostname}, and the redirect URI of {expected.hostname}.")

    answer = parse_qs(parts.query)
    # Compared in constant time, and before anything else of the answer is believed.
    state = next(iter(answer.get("state", ())), "")
    if not hmac.compare_digest(state.encode(errors="surrogatepass"), asking.state.reveal().encode()):
        raise Refused(
            "The address answers another sign-in: its state is not the one of this one.",
            rule="state",
            limit="the address that this sign-in ended at",
            fix="Start the sign-in again, open the address that it prints, and paste what that one ends at.",
        )
    if "error" in answer:
        reason = next(iter(answer.get("error_description", answer["error"])))
        if (cause := recognised(reason)) is not None:
            raise SignInRequired(f"{cause.title}: {cause.cause}", fix=cause.remedy)
        raise SignInRequired(
            f"The access was not allowed: {reason}. Nothing is stored.",
            fix="Sign in again, and allow it.",
        )
    if not answer.get("code"):
        raise _no_address("The address holds no code.")
    return Secret(answer["code"][0].removesuffix("#_"))


def _no_address(message: str) -> Refused:
    return Refused(message, rule="redirect_address", limit="the address with the code", fix=_AGAIN)


OpenClient = Callable[[Account], Client]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken:
    """A token that Instagram has just given. expires_in: seconds; None where it did not say.

    is_exact: this very token is wanted, and not a Page's in place of a person's.
    """

    account: Account
    is_exact: bool = False
    expires_in: int | None = None
    permissions: tuple[str, ...] | None = None


async def token_for(asking: Asking, code: Secret, open_client: OpenClient) -> NewToken:
    """Exchange a code for a long-lived token. The code is used up, whatever comes of it.

    Raises GraphError, TransportError.
    """
    nobody = Account(
        token=Secret(""),
        login_type=asking.login_type,
        api_base=asking.api_base,
        version=asking.version,
    )
    of_app = {
        "client_id": asking.app.app_id,
        "client_secret": asking.app.secret.reveal(),
        "redirect_uri": asking.redirect_uri,
    }
    client, permissions = open_client(nobody), None
    with explained():
        if asking.login_type is LoginType.INSTAGRAM:
            answer = await client.send(calls.code_for_token(code.reveal(), **of_app))
            token, permissions = answer.token.access_token, answer.granted
            if not token:
                raise UnexpectedAnswer("The answer to the code holds no token.", fix="Sign in again.")
        else:
            token = (await client.send(calls.facebook_code_for_token(code.reveal(), **of_app))).access_token
        new = await long_lived(replace(nobody, token=Secret(token)), asking.app, open_client)
    # The answer to a code of Instagram's tells the permissions; the exchange after it need not.
    return replace(new, permissions=permissions or new.permissions)


async def long_lived(short: Account, app: App, open_client: OpenClient) -> NewToken:
    """Exchange a short-lived token for a long-lived one. Raises GraphError, TransportError."""
    token, secret = short.token.reveal(), app.secret.reveal()
    if short.login_type is LoginType.INSTAGRAM:
        call = calls.long_lived_token(token, client_secret=secret)
    else:
        call = calls.facebook_long_lived_token(token, client_id=app.app_id, client_secret=secret)
    return _new(short, await open_client(short).send(call))


async def renewed(account: Account, app: App | None, open_client: OpenClient) -> NewToken:
    """Renew a token of Instagram Login, or exchange a short-lived one where the app's secret is known.

    Returns the token as it is where Instagram does neither: it may be younger than a day. Raises
    TransportError.
    """
    # Only a renewal tells when a token ends. It is refused in the first 24 hours (Access Token reference),
    # so that a refusal is no error: the worker renews the token later.
    try:
        return _new(account, await open_client(account).send(calls.refresh_token(account.token.reveal())))
    except GraphError:
        if app is None:
            return NewToken(account=account)
    try:
        return await long_lived(account, app, open_client)
    except GraphError:
        return NewToken(account=account)


def _new(account: Account, answer: RefreshedToken) -> NewToken:
    return NewToken(
        account=replace(account, token=Secret(answer.access_token)),
        expires_in=answer.expires_in,
        permissions=answer.granted,
    )
