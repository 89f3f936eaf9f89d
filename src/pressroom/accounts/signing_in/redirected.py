"""Reads the address that the browser ended at, which a person pastes or a listener of ours gets."""

import hmac
from urllib.parse import parse_qs

from pressroom.accounts.signing_in.asking import Asking
from pressroom.core.errors import Refused, SignInRequired
from pressroom.core.reading_settings import parts_of
from pressroom.core.secret import Secret
from pressroom.graph.traps import recognised

_AGAIN = "Copy the whole address from the browser's address bar, after you have allowed the access."


def code_in(asking: Asking, pasted: str) -> Secret:
    """Return the code in the address that answers a question.

    Raises Refused for what is no such address, SignInRequired where the person refused or Meta did.
    """
    address = "".join(pasted.split())  # terminals break long lines
    if (trap := recognised(pasted)) is not None:
        raise SignInRequired(f"{trap.title}: {trap.cause}", fix=trap.remedy)
    parts = parts_of(address)
    if not (parts.scheme in ("http", "https") and parts.hostname):
        raise _no_address("What was pasted is no address.")
    _require_same_place(asking, address)
    given = parse_qs(parts.query)
    _require_state(asking, given)
    if "error" in given:
        raise _refused(given)
    if not given.get("code"):
        raise _no_address("The address holds no code.")
    return Secret(given["code"][0].removesuffix("#_"))


def _require_same_place(asking: Asking, address: str) -> None:
    expected, got = parts_of(asking.redirect_uri), parts_of(address)
    # The browser may have followed a redirect of that site, so that its host alone tells.
    if expected.hostname == got.hostname:
        return
    raise _no_address(f"The address is of {got.hostname}, and the redirect URI of {expected.hostname}.")


def _require_state(asking: Asking, given: dict[str, list[str]]) -> None:
    state = next(iter(given.get("state", ())), "")
    if hmac.compare_digest(state.encode(errors="surrogatepass"), asking.state.reveal().encode()):
        return
    raise Refused(
        "The address answers another sign-in: its state is not the one of this one.",
        rule="state",
        limit="the address that this sign-in ended at",
        fix="Start the sign-in again, open the address that it prints, and paste what that one ends at.",
    )


def _refused(given: dict[str, list[str]]) -> SignInRequired:
    said = next(iter(given.get("error_description", given["error"])))
    if (trap := recognised(said)) is not None:
        return SignInRequired(f"{trap.title}: {trap.cause}", fix=trap.remedy)
    return SignInRequired(
        f"The access was not allowed: {said}. Nothing is stored.",
        fix="Sign in again, and allow it.",
    )


def _no_address(message: str) -> Refused:
    return Refused(message, rule="redirect_address", limit="the address with the code", fix=_AGAIN)
