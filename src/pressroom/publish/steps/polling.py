"""Reading one container until it is settled."""

import re
from collections.abc import Callable

from pressroom.client.client import Client
from pressroom.client.pacing import PollSchedule
from pressroom.core.errors import GraphError, PressroomError, StillProcessing, TransportError
from pressroom.core.graph_errors import ObjectNotFound
from pressroom.core.post import ContainerRecord
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.graph import calls, error_table
from pressroom.graph.answers import Container, ContainerStatus
from pressroom.graph.error_table import Retry
from pressroom.publish.machine.events import ContainerSettled

# Meta gives the subcode of a failed container in the prose of its `status` alone.
_SUBCODE = re.compile(r"\b(2207\d{3})\b")


async def poll(
    client: Client,
    record: ContainerRecord,
    schedule: PollSchedule,
    *,
    usual_s: float,
    on_read: Callable[[Container], None],
) -> ContainerSettled:
    """Read a container at the schedule's pace until Instagram is done with it.

    An unreadable container of a readable account is an outage on Instagram's side: after twice `usual_s` the
    event says so (status None) and publishing is tried, since a container that is not ready is refused.
    Raises StillProcessing when the schedule ends, and what the table calls final.
    """
    started = client.clock.monotonic()
    problem: PressroomError | None = None
    for delay_s in schedule.delays():
        await client.clock.sleep(delay_s)
        try:
            container = await client.send(calls.container_status(record.id))
        except (GraphError, TransportError) as error:
            await _check_passing(client, error)
            problem = error
        else:
            problem = None
            on_read(container)
            if container.status_code not in (ContainerStatus.IN_PROGRESS, ContainerStatus.UNRECOGNISED):
                return settled(record, container)
        # 100/33 is also said of containers that stand there: for a week in May 2026 none could be read.
        is_outage = isinstance(problem, ObjectNotFound)
        if is_outage and client.clock.monotonic() - started >= 2 * usual_s:
            return ContainerSettled(id=record.id, status=None)
    raise problem or StillProcessing(
        f"Instagram is still processing container {record.id}; nothing is published yet.",
        container_id=record.id,
        fix=Fix.of(
            "Ask later: {}; once it is FINISHED: {}.",
            Remedy(RemedyKind.READ_CONTAINER, {"container": record.id, "fields": "status_code,status"}),
            Remedy(RemedyKind.PUBLISH_CONTAINER, {"user": client.account.user_id, "container": record.id}),
        ),
    )


def settled(record: ContainerRecord, container: Container) -> ContainerSettled:
    """Turn a final reading into the machine's event."""
    found = _SUBCODE.search(container.status or "")
    subcode = int(found.group(1)) if found else None
    row = error_table.find(None, subcode) if subcode else None
    return ContainerSettled(
        id=record.id,
        status=container.status_code,
        subcode=subcode,
        may_rebuild=row is None or row.retry is not Retry.AFTER_FIX,
    )


async def _check_passing(client: Client, error: GraphError | TransportError) -> None:
    if isinstance(error, TransportError):
        return
    if not error.retry.is_same_call:
        raise error
    if isinstance(error, ObjectNotFound):
        # When the account cannot be read either, access is lost, and this raises the reason.
        await client.send(calls.user(client.account.user, fields="id"))
