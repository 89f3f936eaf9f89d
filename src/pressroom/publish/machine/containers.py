"""The containers of a post: made in order, polled, and replaced when Instagram cannot use one. Pure."""

from dataclasses import replace

from pressroom.core.post import ContainerRecord, Post, PostKind, PostState
from pressroom.graph.answers import ContainerStatus
from pressroom.graph.ids import ContainerId
from pressroom.publish.machine import events as ev
from pressroom.publish.machine.endings import failed, live
from pressroom.publish.machine.policy import Policy

ContainerEvent = ev.ContainerCreated | ev.ContainerSettled | ev.ContainerNotReady
_UNSETTLED = (ContainerStatus.IN_PROGRESS, ContainerStatus.UNRECOGNISED)


def after_container(post: Post, event: ContainerEvent, policy: Policy) -> Post:
    """Apply what happened to a container of a post in preparation; any other post stays as it is."""
    if post.state is not PostState.PREPARING:
        return post
    if isinstance(event, ev.ContainerCreated):
        return _with_container(post, event)
    record = next((record for record in post.containers if record.id == event.id), None)
    if record is None:
        return post
    if isinstance(event, ev.ContainerNotReady):
        return _not_ready(post, record, policy)
    return _settled(post, record, event, policy)


def preparing(post: Post) -> tuple[ev.Effect, ...]:
    """Say what is next for a post in preparation: items, then their polls side by side, then the parent."""
    # An item that fails is replaced before the parent names it: a parent's items cannot be changed.
    items = list(range(len(post.assets))) if post.kind is PostKind.CAROUSEL else []
    missing = next((item for item in items if post.container(item) is None), None)
    if missing is not None:
        return (ev.CreateContainer(missing),)
    waiting = _unfinished(post, items)
    if waiting:
        return (ev.PollContainers(waiting),)
    if post.container(None) is None:
        return (ev.CreateContainer(None),)
    return (ev.PollContainers(_unfinished(post, [None])),)


def _unfinished(post: Post, items: list[int] | list[None]) -> tuple[ContainerId, ...]:
    records = [post.container(item) for item in items]
    return tuple(record.id for record in records if record and record.status is ContainerStatus.IN_PROGRESS)


def _with_container(post: Post, event: ev.ContainerCreated) -> Post:
    record = ContainerRecord(id=event.id, item=event.item, created_at=event.at, host_date=event.host_date)
    return post.changed(containers=(*post.containers, record), held_up_by=None)


def _settled(post: Post, record: ContainerRecord, event: ev.ContainerSettled, policy: Policy) -> Post:
    # For a week in May 2026 no container could be read while publishing worked. Trying an unready one harms
    # nobody: 9007/2207027 is a definite refusal.
    status = event.status or ContainerStatus.FINISHED
    if status in _UNSETTLED:
        return post
    after = _mark(post, event.id, status, event.subcode)
    # Not by us, as no send is open: somebody else did with a token of the account. It is live all the same.
    if status is ContainerStatus.PUBLISHED:
        return live(after, None) if record.item is None else failed(after, "An item was published alone.")
    if status is ContainerStatus.FINISHED:
        return after.changed(state=PostState.READY) if record.item is None else after
    problem = f"Instagram could not make the media (container {event.id})."
    return _with_another(after, record, problem, policy) if event.may_rebuild else failed(after, problem)


def _not_ready(post: Post, record: ContainerRecord, policy: Policy) -> Post:
    """Replace a container that Instagram does not get done with: a new one mostly takes seconds."""
    problem = f"Instagram was not done with the media in time (container {record.id})."
    return _with_another(_mark(post, record.id, ContainerStatus.EXPIRED), record, problem, policy)


def _with_another(post: Post, record: ContainerRecord, problem: str, policy: Policy) -> Post:
    """Fail the post when this was its last container; otherwise `preparing` finds that one is missing."""
    attempts = sum(1 for other in post.containers if other.item == record.item)
    return failed(post, problem) if attempts >= policy.max_containers else post


def _mark(post: Post, container: ContainerId, status: ContainerStatus, subcode: int | None = None) -> Post:
    marked = tuple(
        replace(record, status=status, subcode=subcode) if record.id == container else record
        for record in post.containers
    )
    return post.changed(containers=marked)
