"""How the server stands: its version and health, the queue, and what the doctor finds."""

from typing import Final

import msgspec

from pressroom.api.fields import AccountName
from pressroom.api.operation import Answer, Call, Fields, Operation
from pressroom.api.problems import reason_kept_back
from pressroom.core.actor import Scope
from pressroom.core.errors import Refused
from pressroom.service.programs.programs import Program
from pressroom.service.shapes.doctor import DoctorShape
from pressroom.service.shapes.work import OverviewShape
from pressroom.service.work.shapes import HealthShape
from pressroom.version import __version__


class VersionShape(msgspec.Struct, frozen=True, kw_only=True):
    """Which Pressroom answers."""

    version: str


async def get_version(_call: Call[Fields, None]) -> Answer:
    """Tell the version of Pressroom that answers."""
    return Answer(VersionShape(version=__version__))


async def get_health(call: Call[Fields, None]) -> Answer:
    """Tell whether a worker runs, and how many posts are more than a minute past their time.

    503 where the store does not answer.
    """
    with reason_kept_back():
        return Answer(HealthShape.of(await call.programs.owner.work.health()))


async def get_queue(call: Call[Fields, None]) -> Answer:
    """Tell how the work of the whole store stands: posts by state, pauses, what needs a person."""
    _require_all_accounts(call.program)
    pressroom = await call.session()
    return Answer(OverviewShape.of(await pressroom.work.overview()))


class Examine(Fields, frozen=True, kw_only=True):
    """Whom to look at."""

    account: AccountName | None = None


async def examine(call: Call[Examine, None]) -> Answer:
    """Look for what is wrong with the machine, the store, the account and where files go; changes nothing.

    It makes a few calls to Instagram.
    """
    _require_all_accounts(call.program)
    account = call.query.account
    pressroom = await call.session(account)
    return Answer(DoctorShape.of(await pressroom.accounts.doctor(account=account)))


def _require_all_accounts(program: Program) -> None:
    """Raise Refused for a key that is for some accounts alone: this tells of all."""
    if program.sessions.accounts is not None:
        raise Refused(
            "This tells of all accounts, and the key is for some.",
            rule="key_accounts",
            limit="a key for all accounts",
            fix="Ask for the posts of an account, or for how it stands.",
        )


_TAG: Final = "system"

OPERATIONS: Final = (
    Operation(
        method="GET",
        path="/version",
        run=get_version,
        tag=_TAG,
        scope=None,
        answers={200: VersionShape},
    ),
    Operation(method="GET", path="/health", run=get_health, tag=_TAG, scope=None, answers={200: HealthShape}),
    Operation(
        method="GET", path="/queue", run=get_queue, tag=_TAG, scope=Scope.READ, answers={200: OverviewShape}
    ),
    Operation(
        method="GET",
        path="/doctor",
        run=examine,
        tag=_TAG,
        scope=Scope.READ,
        query=Examine,
        answers={200: DoctorShape},
    ),
)
