"""What is said of an account: token, itself, permissions, Page path, webhooks."""

from datetime import datetime
from typing import Any

from pressroom.core.account import UNTIL_RESUMED, LoginDetails, Pause
from pressroom.core.actor import ActorId
from pressroom.core.errors import SettingRefused, SignInRequired
from pressroom.graph.answers import FacebookPage, Quota, QuotaConfig, SubscribedApp, TokenInfo, User, UserId
from pressroom.graph.hosts import LoginType
from pressroom.service.doctor import judge_access as access
from pressroom.service.doctor import judge_accounts as accounts
from pressroom.service.doctor.facts import AccountsFacts
from tests.service.doctor.cases import (
    ALL_GRANTED,
    APP_SCOPED,
    BUSY,
    DAY,
    ENDED,
    FAIL,
    ID,
    NO_ROLE,
    NOT_GRANTED,
    NOW,
    OK,
    TOO_FEW_VIEWERS,
    UNKNOWN,
    UNREACHED,
    WARN,
    Case,
    environment,
    of_facebook,
    refused,
)
from tests.service.doctor.cases import account as an_account

UNREAD = refused(190, "Invalid OAuth access token - Cannot parse access token")
ELSEWHERE: dict[str, Any] = {"api_base": "https://graph.facebook.com", "login": LoginType.INSTAGRAM}
CHECKPOINT = refused(190, "You cannot access the app till you log in to www.facebook.com", error_subcode=459)
RESTRICTED = refused(25, "The account is restricted", error_subcode=2207050)
NO_OBJECT = refused(100, "Unsupported get request. Object with ID '1' does not exist", error_subcode=33)
SEALED = SignInRequired("Another key sealed it.", fix="Sign in again.")
NEVER = LoginDetails(never_ends=True)
UNCHOSEN = {"version": "v21.0", "is_version_chosen": False}


def at(moment: datetime) -> int:
    return int(moment.timestamp())


def info(**changes: Any) -> TokenInfo:
    return TokenInfo(is_valid=True, type="USER", **changes)


OTHER = UserId("17841400000000009")


def a_page(linked: UserId | None = ID, tasks: list[str] | None = None) -> FacebookPage:
    account = User(id=linked) if linked else None
    return FacebookPage(id="1", name="Ana's bakery", instagram_business_account=account, tasks=tasks)


def with_pages(*pages: FacebookPage, **changes: Any) -> Any:
    return of_facebook(pages=pages, **changes)


# Each call for the account is refused, by the words of a missing permission.
DATA_OVER: dict[str, Any] = {
    "me": NOT_GRANTED,
    "listed": NOT_GRANTED,
    "quota": NOT_GRANTED,
    "subscriptions": NOT_GRANTED,
    "info": info(data_access_expires_at=at(NOW - DAY), expires_at=0),
}

TOKENS = (
    Case(accounts.token_readable, an_account(), OK, "opens"),
    Case(accounts.token_readable, an_account(token=SEALED, me=None), FAIL, "Another key"),
    Case(accounts.token_readable, environment(), None),
    Case(accounts.token_host, an_account(), OK, "graph.instagram.com"),
    Case(accounts.token_host, an_account(api_base="http://127.0.0.1:1", token=()), OK, "127.0.0.1:1"),
    Case(
        accounts.token_host,
        an_account(token=(LoginType.FACEBOOK, LoginType.UNIFIED), me=None),
        FAIL,
        "Facebook Login",
        "wrong-host",
    ),
    Case(
        accounts.token_host,
        an_account(api_base="https://graph.facebook.com"),
        FAIL,
        "graph.facebook.com",
        "wrong-host",
    ),
    Case(accounts.token_host, an_account(token=(), me=None), UNKNOWN, "first letters"),
    Case(accounts.token_host, an_account(token=SEALED), None),
    Case(accounts.role, an_account(), OK),
    Case(accounts.role, an_account(me=NO_ROLE), FAIL, "Instagram testers", "no-role"),
    Case(accounts.role, an_account(me=ENDED), None),
    Case(accounts.token_works, an_account(), OK, "@ana"),
    Case(accounts.token_works, an_account(me=ENDED), FAIL, "pressroom auth login"),
    Case(accounts.token_works, environment(me=ENDED), FAIL, "INSTAGRAM_ACCESS_TOKEN"),
    Case(accounts.token_works, an_account(me=UNREAD), FAIL, "does not know this token", "unknown-token"),
    Case(accounts.token_works, an_account(me=UNREAD, **ELSEWHERE), FAIL, "other login's host", "wrong-host"),
    Case(accounts.token_works, an_account(me=refused(190, "Something new")), FAIL, "does not say which"),
    Case(accounts.token_works, an_account(me=CHECKPOINT), FAIL, "do what is asked there"),
    Case(accounts.token_works, an_account(me=RESTRICTED), FAIL, "Open the Instagram app"),
    # The Pages were told, so that the token works: what is amiss beyond them other checks tell.
    Case(accounts.token_works, with_pages(me=NO_OBJECT), OK, "Facebook takes it"),
    Case(accounts.token_works, with_pages(**DATA_OVER), OK, "Facebook takes it"),
    Case(accounts.token_works, with_pages(me=CHECKPOINT), FAIL, "at a checkpoint"),
    Case(accounts.token_works, an_account(me=NOT_GRANTED), FAIL, "permission", "missing-permission"),
    Case(accounts.token_works, an_account(me=UNREACHED), UNKNOWN, "Nothing answers"),
    Case(accounts.token_works, an_account(me=BUSY), UNKNOWN, "unavailable"),
    Case(accounts.token_works, an_account(me=NO_ROLE), None),
    Case(accounts.token_works, an_account(me=None), None),
    Case(accounts.environment_token, environment(), OK, "nothing renews"),
    Case(accounts.environment_token, environment(hides="ana"), WARN, "stored for ana", "environment-token"),
    Case(accounts.environment_token, an_account(), None),
    Case(accounts.token_end, an_account(), OK, "2027-01-13, in 50 days"),
    Case(accounts.token_end, an_account(details=NEVER, expires_at=None), OK, "never ends"),
    Case(accounts.token_end, of_facebook(), OK, "never ends"),
    Case(accounts.token_end, environment(info=info(expires_at=at(NOW + 20 * DAY))), OK, "in 20 days"),
    Case(accounts.token_end, an_account(expires_at=NOW + DAY, missed=4), WARN, "would miss: 4"),
    Case(accounts.token_end, an_account(expires_at=NOW - DAY), FAIL, "ended on 2026-11-23"),
    Case(accounts.token_end, environment(info=None), UNKNOWN, "without its end"),
    Case(accounts.token_end, an_account(expires_at=None, info=None), UNKNOWN, "while a worker runs"),
    Case(accounts.token_end, an_account(expires_at=None, info=None, me=ENDED), None),
    Case(accounts.token_renewal, an_account(), OK, "from 2026-11-22; a worker does it from 2026-11-28"),
    Case(accounts.token_renewal, an_account(renewed_at=NOW - 8 * DAY), OK, "due"),
    Case(
        accounts.token_renewal,
        an_account(renewed_at=NOW - 8 * DAY, is_worker_running=False),
        WARN,
        "since 2026-11-23",
    ),
    Case(accounts.token_renewal, of_facebook(), None),
    Case(accounts.token_renewal, environment(), None),
    Case(accounts.token_renewal, an_account(expires_at=NOW - DAY), None),
    Case(
        accounts.data_access, of_facebook(info=info(data_access_expires_at=at(NOW + 80 * DAY))), OK, "80 days"
    ),
    Case(accounts.data_access, of_facebook(info=info()), OK, "without an end"),
    Case(
        accounts.data_access,
        of_facebook(info=info(data_access_expires_at=at(NOW + 14 * DAY))),
        WARN,
        "expires on 2026-12-08",
        "data-access-expired",
    ),
    Case(
        accounts.data_access,
        of_facebook(info=None, details=LoginDetails(data_access_expires_at=NOW - DAY)),
        FAIL,
        "expired on 2026-11-23",
        "data-access-expired",
    ),
    Case(accounts.data_access, of_facebook(info=NOT_GRANTED), UNKNOWN, "does not tell"),
    Case(accounts.data_access, an_account(), None),
    Case(accounts.data_access, of_facebook(me=ENDED, info=None), None),
)

BY_ERROR = Pause(UNTIL_RESUMED, "Instagram answered 25", code=25, subcode=2207050)
OF_TOKEN = Pause(UNTIL_RESUMED, "The session has expired", code=190, subcode=463)
BY_HAND = Pause(UNTIL_RESUMED, "On hold", by=ActorId("person:anna"), at=NOW)
FOR_AN_HOUR = Pause(NOW + DAY / 24, "Too many calls", code=4)
TOKEN_HOST = SettingRefused("The token belongs to Facebook Login.", rule="token_host", fix="Use another.")
NO_BASE = SettingRefused("INSTAGRAM_API_BASE is no address.", rule="api_base", fix="Unset it.")


def with_quota(used: int | None, total: int | None = 100) -> Quota:
    return Quota(quota_usage=used, config=QuotaConfig(quota_total=total))


def of_type(kind: str | None) -> User:
    return User(id=APP_SCOPED, user_id=ID, account_type=kind)


ACCOUNT = (
    Case(accounts.accounts, AccountsFacts(names=("ana", "ben"), stored=2), OK, "ana, ben"),
    Case(accounts.accounts, AccountsFacts(), WARN, "pressroom demo"),
    Case(accounts.accounts, AccountsFacts(environment=NO_BASE), FAIL, "no address"),
    Case(accounts.accounts, AccountsFacts(environment=TOKEN_HOST), FAIL, "Facebook Login", "wrong-host"),
    Case(accounts.accounts, AccountsFacts(stored=None), UNKNOWN, "cannot be read"),
    Case(accounts.user_id, an_account(), OK, ID),
    Case(accounts.user_id, environment(user_id="me"), OK, ID),
    Case(accounts.user_id, environment(user_id=APP_SCOPED), FAIL, ID, "id-for-user-id"),
    Case(accounts.user_id, an_account(user_id=APP_SCOPED), FAIL, "pressroom auth login", "id-for-user-id"),
    Case(accounts.user_id, environment(user_id="17841499999999999"), FAIL, f"INSTAGRAM_USER_ID={ID}"),
    Case(accounts.user_id, an_account(me=ENDED), None),
    Case(accounts.account_type, an_account(), OK, "BUSINESS"),
    Case(accounts.account_type, an_account(me=of_type("MEDIA_CREATOR")), OK, "MEDIA_CREATOR"),
    Case(
        accounts.account_type,
        of_facebook(details=LoginDetails(account_type="MEDIA_CREATOR")),
        WARN,
        "Facebook Login cannot",
        "login-lacks",
    ),
    Case(accounts.account_type, an_account(me=of_type("PERSONAL")), FAIL, "no professional"),
    Case(accounts.account_type, an_account(me=of_type(None)), UNKNOWN, "not told"),
    Case(accounts.account_type, of_facebook(), None),
    Case(accounts.login, an_account(), OK, "Instagram Login; it cannot"),
    Case(accounts.login, an_account(), OK, "delete what is published"),
    Case(accounts.login, of_facebook(login=LoginType.UNIFIED), OK, "Unified Login"),
    Case(accounts.version, an_account(version="v26.0"), OK, "v26.0"),
    # The default is nobody's choice.
    Case(accounts.version, environment(**UNCHOSEN), OK, "the default, which ends on 2027-01-21; Pressroom's"),
    Case(accounts.version, environment(**UNCHOSEN), OK, "by a later one then, and nothing is to do"),
    Case(accounts.version, environment(**UNCHOSEN, now=NOW + 90 * DAY), OK, "which ended on 2027-01-21"),
    Case(accounts.version, an_account(version="v21.0"), WARN, "which ends on 2027-01-21"),
    Case(accounts.version, an_account(version="v22.0"), OK, "v22.0, which ends on 2027-05-20"),
    Case(accounts.version, an_account(version="v20.0"), WARN, "has ended"),
    Case(accounts.version, an_account(version="v99.0"), UNKNOWN, "unknown to this release"),
    Case(accounts.quota, an_account(), OK, "3 of 100"),
    Case(accounts.quota, an_account(quota=with_quota(90)), WARN, "a tenth"),
    Case(accounts.quota, an_account(quota=with_quota(100)), WARN, "full"),
    Case(accounts.quota, an_account(quota=with_quota(None)), UNKNOWN, "left the numbers out"),
    Case(accounts.quota, an_account(quota=BUSY), UNKNOWN, "unavailable"),
    Case(accounts.quota, an_account(quota=NOT_GRANTED), None),
    Case(accounts.quota, an_account(quota=None), None),
    Case(accounts.quota, with_pages(me=NO_OBJECT, quota=NO_OBJECT), None),
    Case(accounts.usage, an_account(usage_percent=12.4), OK, "12 %"),
    Case(accounts.usage, an_account(), OK, "too few"),
    Case(accounts.usage, an_account(usage_percent=75.0), WARN, "75 %"),
    Case(accounts.usage, an_account(me=UNREACHED), None),
    Case(accounts.paused, an_account(), OK, "no"),
    Case(accounts.paused, an_account(pauses=(Pause(NOW, "It is over"),)), OK),
    Case(accounts.paused, an_account(pauses=(BY_HAND,)), WARN, "pressroom queue resume ana"),
    Case(accounts.paused, an_account(pauses=(FOR_AN_HOUR,)), WARN, "until 2026-11-24 13:00 UTC"),
    Case(accounts.paused, an_account(pauses=(BY_ERROR,)), FAIL, "Instagram answered 25"),
    Case(accounts.paused, an_account(pauses=(OF_TOKEN,)), FAIL, "pressroom auth login"),
)

WITHOUT_PUBLISH = sorted(ALL_GRANTED - {"instagram_business_content_publish"})
WITHOUT_MESSAGES = sorted(ALL_GRANTED - {"instagram_business_manage_messages"})
PERMISSIONS = (
    Case(access.permissions, an_account(), OK, "all 5"),
    Case(access.permissions, of_facebook(), OK, "all 7"),
    Case(
        access.permissions,
        an_account(info=info(scopes=WITHOUT_MESSAGES)),
        WARN,
        "Direct messages cannot be read",
        "missing-permission",
    ),
    Case(
        access.permissions,
        an_account(info=info(scopes=WITHOUT_PUBLISH), quota=NOT_GRANTED),
        FAIL,
        "Nothing can be published",
        "missing-permission",
    ),
    Case(
        access.permissions,
        of_facebook(granted=frozenset({"instagram_basic"})),
        FAIL,
        "pages_show_list",
        "missing-permission",
    ),
    # A pasted token of Instagram Login: the calls show some of it.
    Case(access.permissions, an_account(info=None), UNKNOWN, "instagram_business_manage_messages"),
    Case(access.permissions, an_account(info=None, quota=NOT_GRANTED), FAIL, "content_publish"),
    Case(
        access.permissions,
        an_account(info=None, details=LoginDetails(permissions=tuple(ALL_GRANTED))),
        OK,
        "all 5",
    ),
    Case(access.permissions, an_account(info=None, me=ENDED, listed=None, quota=None, insights=None), None),
    # What ends the access to data refuses these calls, and no permission does.
    Case(access.permissions, with_pages(**DATA_OVER), OK, "all 7"),
    Case(access.permission_names, an_account(), OK, "today"),
    Case(
        access.permission_names,
        an_account(info=info(scopes=["business_basic"])),
        FAIL,
        "business_basic",
        "old-scopes",
    ),
    Case(access.permission_names, an_account(info=None), None),
    Case(access.permission_use, an_account(), OK, "2 days ago"),
    Case(
        access.permission_use,
        an_account(last_published_at=NOW - 76 * DAY),
        WARN,
        "76 days ago",
        "unused-permission",
    ),
    Case(
        access.permission_use,
        an_account(last_published_at=NOW - 76 * DAY, signed_in_at=NOW - DAY),
        OK,
        "76 days ago, and granted since",
    ),
    Case(
        access.permission_use,
        an_account(quota=NOT_GRANTED),
        FAIL,
        "Nothing can be published",
        "unused-permission",
    ),
    Case(
        access.permission_use,
        an_account(insights=NOT_GRANTED),
        WARN,
        "instagram_business_manage_insights",
        "unused-permission",
    ),
    # Code 10 on insights may mean too few viewers, which its words tell.
    Case(access.permission_use, an_account(insights=TOO_FEW_VIEWERS), OK),
    Case(access.permission_use, an_account(last_published_at=None), None),
    Case(access.permission_use, with_pages(**DATA_OVER), OK, "2 days ago"),
)

PAGE = (
    Case(access.page_seen, with_pages(a_page()), OK, "Ana's bakery"),
    Case(access.page_seen, with_pages(), FAIL, "Create a Page", "no-page"),
    Case(access.page_seen, with_pages(), FAIL, "tick the Page", "page-not-picked"),
    Case(access.page_seen, of_facebook(pages=BUSY), UNKNOWN, "unavailable"),
    Case(access.page_seen, an_account(), None),
    Case(access.page_seen, with_pages(login=LoginType.UNIFIED), None),
    Case(access.page_link, with_pages(a_page()), OK, "leads to the account"),
    Case(access.page_link, with_pages(a_page(None)), FAIL, "Link the account", "page-unlinked"),
    Case(access.page_link, with_pages(a_page(OTHER)), FAIL, f"to {OTHER}, and to {ID} none"),
    Case(
        access.page_link,
        with_pages(a_page(), a_page(OTHER), user_id="me"),
        FAIL,
        "Set INSTAGRAM_USER_ID",
    ),
    Case(access.page_link, with_pages(), None),
    Case(access.page_task, with_pages(a_page(tasks=["ANALYZE", "MANAGE"])), OK, "MANAGE"),
    Case(access.page_task, with_pages(a_page(tasks=["ANALYZE"])), FAIL, "has ANALYZE", "page-task"),
    Case(access.page_task, with_pages(a_page()), UNKNOWN, "does not tell"),
    Case(access.page_task, with_pages(a_page(), info=TokenInfo(type="PAGE")), None),
    Case(access.page_task, with_pages(a_page(None)), None),
)


def subscribed(*fields: str, **changes: Any) -> Any:
    return an_account(subscriptions=(SubscribedApp(id="1", subscribed_fields=list(fields)),), **changes)


WEBHOOKS = (
    Case(access.subscription, an_account(), OK, "no webhooks come"),
    Case(access.subscription, with_pages(**DATA_OVER), None),
    Case(access.subscription, subscribed("comments", "messages"), OK, "comments, messages"),
    Case(access.subscription, subscribed("comments"), WARN, "messages", "webhooks-unsubscribed"),
    Case(access.subscription, subscribed(), WARN, "nothing", "webhooks-unsubscribed"),
    Case(access.subscription, an_account(subscriptions=BUSY), UNKNOWN, "unavailable"),
    Case(access.subscription, an_account(subscriptions=None), None),
    Case(access.app_is_live, an_account(subscriptions=()), OK, "not subscribed"),
    Case(access.app_is_live, subscribed("comments"), UNKNOWN, "dashboard", "webhooks-development"),
    Case(access.app_is_live, an_account(subscriptions=None), None),
)

CASES = (*TOKENS, *ACCOUNT, *PERMISSIONS, *PAGE, *WEBHOOKS)
