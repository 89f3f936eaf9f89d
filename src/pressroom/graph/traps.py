"""What goes wrong between an app, a person and a token: the literal words, the cause, and what helps.

Sign-in, the doctor, the sandbox and the docs share this table. A trap whose symptom is silence has no text.
Source: https://developers.facebook.com/documentation/instagram-platform/overview, and public reports of what
live clients met.
"""

import re
from dataclasses import dataclass

from pressroom.graph.certainty import Certainty


@dataclass(frozen=True, slots=True, kw_only=True)
class Trap:
    """One thing that goes wrong.

    name: of the sandbox's preset and of the page in the docs. title: the symptom, by its literal words where
    it has any. texts: how it is recognised in what Meta says. cause, consequence, remedy: sentences.
    certainty: of the cause.
    """

    name: str
    title: str
    texts: tuple[str, ...] = ()
    cause: str
    consequence: str
    remedy: str
    certainty: Certainty


TRAPS = (
    Trap(
        name="insufficient-role",
        title="Insufficient Developer Role",
        texts=("Insufficient Developer Role",),
        cause="The account is no Instagram tester of the app: not invited, invited as a plain tester, or the "
        "invitation is not accepted yet.",
        consequence="Nobody can sign in to this account with this app.",
        remedy="Add the account under Instagram testers in the app's dashboard. Then accept the invitation "
        "inside Instagram as that account (Settings > Website permissions > Apps and websites > Tester "
        "invites), and sign in again.",
        certainty=Certainty.THIRD_PARTY,
    ),
    Trap(
        name="no-role",
        title="Unsupported request - method type: get",
        texts=("Unsupported request - method type: get",),
        cause="The account has no role in the app, and the app has no Advanced Access. Sign-in works all the "
        "same, and then every call fails with code 100, type IGApiException.",
        consequence="No call works, so that nothing is published.",
        remedy="Add the account under Instagram testers in the app's dashboard, accept the invitation inside "
        "Instagram (Settings > Website permissions > Apps and websites > Tester invites), and sign in again. "
        "An app for other people's accounts needs Advanced Access by App Review.",
        certainty=Certainty.THIRD_PARTY,
    ),
    Trap(
        name="authorize-host",
        title="Sorry, this page isn't available",
        texts=("Sorry, this page isn't available",),
        cause="The authorize page was opened on api.instagram.com. It exists on www.instagram.com alone, "
        "though one page of Meta's names the other host.",
        consequence="Nobody can sign in, and nothing says why.",
        remedy="Open https://www.instagram.com/oauth/authorize; Pressroom's own address is always that one.",
        certainty=Certainty.THIRD_PARTY,
    ),
    Trap(
        name="wrong-app-id",
        title="Invalid platform app",
        texts=("Invalid platform app",),
        cause="The id is that of the Meta app. Instagram Login wants the Instagram app ID, another number.",
        consequence="Nobody can sign in.",
        remedy="Take Instagram app ID and Instagram app secret from the dashboard's API setup with Instagram "
        "login, not the Meta app's own App ID and App secret.",
        certainty=Certainty.GENERAL,
    ),
    Trap(
        name="wrong-app-secret",
        title="Error validating client secret",
        texts=("Error validating client secret",),
        cause="The app's secret is wrong: of the other app of the two, or it was reset in the dashboard.",
        consequence="Nobody can sign in by the browser, and short-lived tokens are not exchanged.",
        remedy="Copy the secret that belongs to the id, and sign in by the browser again, naming the app: "
        "its secret is asked for then.",
        certainty=Certainty.GENERAL,
    ),
    Trap(
        name="redirect-mismatch",
        title="Invalid redirect_uri",
        texts=(
            "Invalid redirect_uri",
            "Invalid scrubbed redirect_uri",
            "make sure your redirect_uri is identical",
            "URL Blocked: This redirect failed because the redirect URI is not whitelisted",
        ),
        cause="The redirect URI is not, byte for byte, one that is registered for the app: the dashboard "
        "adds a slash, http is not https, and 127.0.0.1 is not localhost.",
        consequence="Nobody can sign in by the browser.",
        remedy="Copy the address from the dashboard's OAuth redirect URIs and give exactly that one, or "
        "register exactly the one that was given.",
        certainty=Certainty.DOCUMENTED,
    ),
    Trap(
        name="code-used",
        title="Matching code was not found or was already used",
        texts=("Matching code was not found or was already used", "This authorization code has been used"),
        cause="A code works once, for an hour. It was used already, as when a page was opened twice, or is "
        "too old.",
        consequence="This sign-in is over; nothing is stored.",
        remedy="Sign in again, and paste the new address once.",
        certainty=Certainty.DOCUMENTED,
    ),
    Trap(
        name="old-scopes",
        title="Invalid Scopes",
        texts=("Invalid Scopes", "invalid scope"),
        cause="The permissions are asked for by names that ended on 27 January 2025, such as business_basic.",
        consequence="Nobody can sign in.",
        remedy="Ask for the names of today, such as instagram_business_basic; Pressroom's own are these.",
        certainty=Certainty.DOCUMENTED,
    ),
    Trap(
        name="missing-permission",
        title="Application does not have permission for this action",
        texts=("does not have permission for this action",),
        cause="The token lacks a permission: it was not granted, or was added to the app after the sign-in, "
        "and a token keeps what was granted when it was made.",
        consequence="What needs the permission fails; the rest works.",
        remedy="Sign in again and grant it.",
        certainty=Certainty.DOCUMENTED,
    ),
    Trap(
        name="unused-permission",
        title="Application does not have permission for this action, after months without use",
        cause="A permission that was not used for 90 days has to be granted again.",
        consequence="What needs the permission fails; the rest works.",
        remedy="Sign in again and grant it.",
        certainty=Certainty.DOCUMENTED,
    ),
    Trap(
        name="wrong-host",
        title="Cannot parse access token",
        texts=("Cannot parse access token",),
        cause="The token went to the other login's host: one that starts with IG works on "
        "graph.instagram.com alone, one that starts with EAA on graph.facebook.com.",
        consequence="No call works.",
        remedy="Copy the token again, whole, and sign in without INSTAGRAM_API_BASE: its first letters tell "
        "its host.",
        certainty=Certainty.THIRD_PARTY,
    ),
    Trap(
        name="unknown-token",
        title="Cannot parse access token, at the token's own host",
        cause="Meta does not know this token: it is mistyped, cut off, of another app, or no token at all.",
        consequence="No call works.",
        remedy="Copy the token again, whole, from the app's dashboard, or generate another there.",
        certainty=Certainty.GENERAL,
    ),
    Trap(
        name="webhooks-development",
        title="Webhooks are verified, and nothing arrives",
        cause="The app is in development mode, in which only the dashboard's test events are delivered.",
        consequence="Comments and messages come by polling alone, minutes late.",
        remedy="Switch the app to Live in the dashboard, which wants addresses of a privacy policy, of terms "
        "and of data deletion.",
        certainty=Certainty.THIRD_PARTY,
    ),
    Trap(
        name="webhooks-unsubscribed",
        title="Webhooks are verified, and events of one account never come",
        cause="The account is not subscribed (subscribed_apps), or a field is missing: messages is often "
        "forgotten, and the dashboard empties the fields when the callback's address is edited.",
        consequence="Comments and messages come by polling alone, minutes late.",
        remedy="Subscribe the account with all fields: POST /me/subscribed_apps, for a Page with its own "
        "token.",
        certainty=Certainty.THIRD_PARTY,
    ),
    Trap(
        name="id-for-user-id",
        title="The stored id never matches the webhooks'",
        cause="Instagram Login's /me has two ids: id belongs to the app, user_id is the account's.",
        consequence="Webhooks are of nobody, and some calls answer 100/33.",
        remedy="Set INSTAGRAM_USER_ID to user_id, or unset it.",
        certainty=Certainty.THIRD_PARTY,
    ),
    Trap(
        name="environment-token",
        title="The token was renewed, and the old one is used",
        cause="INSTAGRAM_ACCESS_TOKEN is set, and goes before the stored token. One in the environment is "
        "static: nothing renews it.",
        consequence="It ends 60 days after it was made, whatever is stored.",
        remedy="Unset INSTAGRAM_ACCESS_TOKEN, once the account is signed in here.",
        certainty=Certainty.THIRD_PARTY,
    ),
    Trap(
        name="login-lacks",
        title="A call answers that it does not exist, or that a field is unknown",
        cause="The account's login does not offer it: each of the three offers another set.",
        consequence="This one thing cannot be done under this login.",
        remedy="Sign in to the account by a login that offers it.",
        certainty=Certainty.DOCUMENTED,
    ),
    Trap(
        name="no-page",
        title="No accounts found: there is no Page",
        cause="The person who signed in has no role on any Facebook Page.",
        consequence="Facebook Login finds no account.",
        remedy="Create a Page, link the Instagram account to it, and sign in again; or use Instagram Login, "
        "which needs no Page.",
        certainty=Certainty.DOCUMENTED,
    ),
    Trap(
        name="page-not-picked",
        title="No accounts found: the Page was not picked",
        cause="In Facebook's dialog the Page, or its Instagram account, was not ticked for the app.",
        consequence="Facebook Login finds no account.",
        remedy="Sign in again, and tick the Page and the account in the dialog.",
        certainty=Certainty.THIRD_PARTY,
    ),
    Trap(
        name="page-task",
        title="The Page is there, and publishing is refused",
        cause="On the Page the person has neither of the tasks MANAGE and CREATE_CONTENT.",
        consequence="Nothing can be published for its account.",
        remedy="Have an administrator of the Page give the person one of the two tasks.",
        certainty=Certainty.DOCUMENTED,
    ),
    Trap(
        name="page-unlinked",
        title="No accounts found: the Page has no Instagram account",
        cause="No professional Instagram account is linked to the Page.",
        consequence="Facebook Login finds no account.",
        remedy="Link the account to the Page, and sign in again.",
        certainty=Certainty.DOCUMENTED,
    ),
    Trap(
        name="data-access-expired",
        title="The token is valid, and data access has expired",
        cause="Facebook Login gives an app access to a person's data for 90 days after they were last there; "
        "the token lives on.",
        consequence="Reads fail, publishing too.",
        remedy="Sign in again, which renews the access for 90 days.",
        certainty=Certainty.GENERAL,
    ),
)
_BY_NAME = {trap.name: trap for trap in TRAPS}


def trap(name: str) -> Trap:
    """Return the trap of a name. Raises KeyError for an unknown one."""
    return _BY_NAME[name]


def recognised(text: str) -> Trap | None:
    """Return the trap whose words a text holds, however they are cased and spaced; None for none."""
    whole = plain(text)
    return next((trap for trap in TRAPS if any(plain(words) in whole for words in trap.texts)), None)


def plain(text: str) -> str:
    """Return a text as it is compared: without case, and without differences of blanks and apostrophes."""
    # Pages and terminals write typographic apostrophes, and break lines where they like.
    return re.sub(r"\s+", " ", text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")).strip().casefold()
