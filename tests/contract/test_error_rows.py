"""Every row of the error table can be provoked, and our client raises the class the table names for it."""

import pytest

from pressroom.client.client import Client
from pressroom.client.transport_asgi import AsgiTransport
from pressroom.core.account import Account
from pressroom.core.errors import ContainerFailed, GraphError
from pressroom.core.graph_errors import CLASSES
from pressroom.core.post import PostKind
from pressroom.core.secret import Secret
from pressroom.graph.answers import ContainerId
from pressroom.graph.calls import publish
from pressroom.graph.error_table import TABLE, ErrorRow, Proves
from pressroom.sandbox.faults import Effect, Fault, FaultKind
from pressroom.sandbox.settings import Processing, SandboxSettings
from pressroom.sandbox.simulator import Sandbox
from tests.contract.test_lost_answers import hostile_world
from tests.fakes.clock import FakeClock
from tests.sandbox.caller import Caller

CODED = [row for row in TABLE if row.code is not None]
IN_STATUS_TEXT = [row for row in TABLE if row.code is None]


def named(row: ErrorRow) -> str:
    return f"{row.code}/{row.subcode}"


@pytest.mark.parametrize("effect", [Effect.NONE, Effect.DONE], ids=str)
@pytest.mark.parametrize("row", CODED, ids=named)
async def test_a_publish_that_is_answered_so_raises_the_class_of_the_row(
    row: ErrorRow, effect: Effect
) -> None:
    """Whether it took effect is for the sandbox to know: the class is the same."""
    clock = FakeClock()
    settings = SandboxSettings(fetch="trust", processing=Processing.at_once())
    sandbox = Sandbox(settings, clock=clock)
    container = await Caller(sandbox).create()
    assert row.code is not None
    sandbox.faults.add(
        Fault(on="media_publish", kind=FaultKind.ERROR, effect=effect, code=row.code, subcode=row.subcode)
    )
    account = Account(token=Secret(sandbox.token), user_id=sandbox.user_id, api_base="http://127.0.0.1:1")
    async with Client(account, AsgiTransport(sandbox.app, clock=clock), clock=clock) as client:
        with pytest.raises(GraphError) as raised:
            await client.send(publish(sandbox.user_id, ContainerId(container)))
    assert type(raised.value) is CLASSES[row.name]
    assert (raised.value.code, raised.value.subcode) == (row.code, row.subcode)
    # The app's limit comes with `is_transient`, and so proves less than its row: docs/decisions/0010.
    proves = Proves.UNKNOWN if raised.value.body.is_transient else row.proves
    assert (raised.value.proves, raised.value.retry) == (proves, row.retry)
    assert len(sandbox.media) == (1 if effect is Effect.DONE else 0)


@pytest.mark.parametrize("row", IN_STATUS_TEXT, ids=named)
async def test_a_container_that_ends_so_is_told_with_its_subcode_and_what_to_do(row: ErrorRow) -> None:
    async with hostile_world() as world:
        world.sandbox.faults.add(
            Fault(on="create", kind=FaultKind.CONTAINER, subcode=row.subcode, times=None)
        )
        with pytest.raises(ContainerFailed) as raised:
            await world.publish(PostKind.REEL)
    assert raised.value.subcode == row.subcode
    assert row.fix in str(raised.value)
    assert world.sandbox.media == []
