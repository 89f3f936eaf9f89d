"""What may happen to a post, in short, for the tests of the pure machine."""

from pressroom.core.post import Look, Post, Snapshot
from pressroom.graph.answers import ContainerId, ContainerStatus, MediaId
from pressroom.publish.machine import events as ev
from pressroom.publish.machine.policy import CAREFUL, Policy
from pressroom.publish.machine.transitions import step
from tests.publish.posts import after

C1, C2, C3 = ContainerId("c1"), ContainerId("c2"), ContainerId("c3")
M1 = MediaId("m1")


def run(post: Post, *events: ev.Event, policy: Policy = CAREFUL) -> tuple[Post, tuple[ev.Effect, ...]]:
    effects: tuple[ev.Effect, ...] = ()
    for event in events:
        post, effects = step(post, event, policy)
    return post, effects


def created(container: ContainerId = C1, item: int | None = None) -> ev.ContainerCreated:
    return ev.ContainerCreated(id=container, item=item, at=after(0), host_date=after(0))


def finished(container: ContainerId = C1) -> ev.ContainerSettled:
    return ev.ContainerSettled(id=container, status=ContainerStatus.FINISHED)


def committed(at: float = 10, quota: int | None = 2) -> ev.SendCommitted:
    snapshot = Snapshot(listed=frozenset(), quota_usage=quota)
    return ev.SendCommitted(at=after(at), deadline=after(at + 15), snapshot=snapshot)


def look(at: float, status: ContainerStatus | None, *found: str, quota: int | None = 2) -> ev.Looked:
    candidates = frozenset(MediaId(media) for media in found)
    return ev.Looked(look=Look(at=after(at), status=status, candidates=candidates, quota_usage=quota))


SENT = (ev.Submitted(), created(), finished(), committed())
