"""The newest containers with their status."""

import itertools
from dataclasses import dataclass

from pressroom.graph.answers import ContainerStatus
from pressroom.sandbox.page.visit import Visit, age_of
from pressroom.sandbox.publishing.state import status_of, status_text
from pressroom.sandbox.state.things import Container

_SHOWN = 3
_LOOKED_AT = 300  # newest things of any kind, so that the page costs the same in a large account
_LOOKS = {
    ContainerStatus.IN_PROGRESS: "soon",
    ContainerStatus.FINISHED: "good",
    ContainerStatus.ERROR: "bad",
    ContainerStatus.EXPIRED: "bad",
    ContainerStatus.PUBLISHED: "past",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One container. `look`: good, soon, bad or past. `why`: the status text of a failed one."""

    id: str
    kind: str
    status: str
    look: str
    age: str
    why: str | None


def drafts_of(visit: Visit) -> list[Draft]:
    """Give the account's newest containers, the newest first."""
    newest = itertools.islice(reversed(visit.world.things.values()), _LOOKED_AT)
    held = (one for one in newest if isinstance(one, Container) and one.user_id == visit.account.id)
    return [_draft(visit, one) for one in itertools.islice(held, _SHOWN)]


def _draft(visit: Visit, one: Container) -> Draft:
    # The true status, which counts no look: opening the page must not make a container ready.
    status = status_of(visit.world, one, visit.scene.settings.processing, visit.now)
    return Draft(
        id=one.id,
        kind=one.kind.value.title(),
        status=status.value,
        look=_LOOKS[status],
        age=age_of(visit.now - one.created_at),
        why=status_text(one, status) if status is ContainerStatus.ERROR else None,
    )
