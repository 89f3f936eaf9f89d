"""Cases of the doctor's checks: facts, and the verdict that a check has to give for them."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pressroom.core.errors import GraphError, NotSent, SettingRefused
from pressroom.core.graph_errors import error_for
from pressroom.graph.answers import ErrorBody, Quota, QuotaConfig, TokenInfo, User, UserId
from pressroom.graph.hosts import LoginType
from pressroom.service.doctor.facts import AccountFacts, Disk, KeyPlace, MachineFacts, Source
from pressroom.service.doctor.findings import Check, Verdict

OK, WARN, FAIL, UNKNOWN = Verdict
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
HOME = Path("/home/ana/pressroom")
ID, APP_SCOPED = UserId("17841400000000001"), UserId("27841400000000001")
UNREACHED = NotSent("Nothing answers.")
BAD_SETTING = SettingRefused("It is not a key.", rule="key", fix="Make one.")
ALL_GRANTED = frozenset(
    f"instagram_business_{name}"
    for name in ("basic", "content_publish", "manage_comments", "manage_insights", "manage_messages")
)


ALL_OF_FACEBOOK = frozenset(
    {f"instagram_{name}" for name in ("basic", "content_publish")}
    | {f"instagram_manage_{name}" for name in ("comments", "insights", "messages")}
    | {"pages_show_list", "pages_read_engagement"}
)


@dataclass(frozen=True)
class Case:
    """check(facts) gives the verdict; None where it does not apply. says: what of it has to be told."""

    check: Check[Any]
    facts: Any
    verdict: Verdict | None
    says: str = ""
    trap: str | None = None

    def __str__(self) -> str:
        return f"{self.check.name}-{self.verdict or 'not asked'}-{self.says[:30]}"


def refused(code: int, message: str = "No.", **more: Any) -> GraphError:
    """An error as Instagram answers it."""
    return error_for(ErrorBody(message=message, code=code, **more), http_status=400)


NO_ROLE = refused(100, "Unsupported request - method type: get", type="IGApiException")
TOO_FEW_VIEWERS = refused(10, "(#10) Not enough viewers for the media to show insights")
NOT_GRANTED = refused(10, "(#10) Application does not have permission for this action")
ENDED = refused(190, "Error validating access token: Session has expired", error_subcode=463)
BUSY = refused(2, "Service temporarily unavailable")


def machine(**changes: Any) -> MachineFacts:
    """A machine on which all is in order."""
    room = Disk(HOME, 90_000_000_000)
    fine = MachineFacts(
        python=(3, 11, 7),
        ffmpeg="ffmpeg version 7.1",
        data=room,
        temporary=room,
        home=HOME,
        open_paths=(),
        key=KeyPlace.FILE,
    )
    return replace(fine, **changes)


def account(**changes: Any) -> AccountFacts:
    """A stored account of Instagram Login of which all is in order."""
    fine = AccountFacts(
        name="ana",
        now=NOW,
        user_id=ID,
        token=(LoginType.INSTAGRAM,),
        expires_at=NOW + 50 * DAY,
        renewed_at=NOW - 3 * DAY,
        is_worker_running=True,
        me=User(id=APP_SCOPED, user_id=ID, username="ana", account_type="BUSINESS"),
        info=TokenInfo(is_valid=True, scopes=sorted(ALL_GRANTED)),
        listed=True,
        insights=True,
        quota=Quota(quota_usage=3, config=QuotaConfig(quota_total=100)),
        subscriptions=(),
        last_published_at=NOW - 2 * DAY,
    )
    return replace(fine, **changes)


def of_facebook(**changes: Any) -> AccountFacts:
    """The same of Facebook Login, before anything of its Pages is known."""
    fine = account(
        login=LoginType.FACEBOOK,
        api_base="https://graph.facebook.com",
        token=(LoginType.FACEBOOK, LoginType.UNIFIED),
        me=User(id=ID, username="ana"),
        info=TokenInfo(is_valid=True, type="USER", expires_at=0),
        granted=ALL_OF_FACEBOOK,
    )
    return replace(fine, **changes)


def environment(**changes: Any) -> AccountFacts:
    """The same with a token of the environment."""
    return account(**{"source": Source.ENVIRONMENT, "expires_at": None, "renewed_at": None, **changes})
