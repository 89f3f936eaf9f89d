"""Posts that may be live, untold to the store: what the send log and the profile make of them. Pure.

docs/decisions/0031 says which store is older than its sends, and what each proof covers.
"""

from dataclasses import replace
from datetime import datetime

from pressroom.core.post import Attention, ContainerRecord, Post, PostState, Recalled, Send, SendState
from pressroom.graph.answers import ContainerStatus
from pressroom.graph.ids import MediaId
from pressroom.publish.machine import events as ev
from pressroom.publish.machine.endings import ask, live


def recall(post: Post, recalled: Recalled, at: datetime) -> Post:
    """Put the sends back that the store lost: the post is live, or its last send is in doubt."""
    earlier = [_closed(send) for send in post.sends]
    lost = [_closed(send) for send in recalled.sends]
    containers = {record.id: record for record in post.containers}
    for send in lost:
        containers.setdefault(send.container_id, _container(send))
    restored = post.changed(
        containers=tuple(containers.values()), recalled=None, look_back=None, not_before=None
    )
    if recalled.media_id:
        sends = _with_last((*earlier, *lost), SendState.LIVE)
        return adopted(restored.changed(sends=sends), recalled.media_id, at)
    sends = _with_last((*earlier, *lost), SendState.OPEN, doubtful_at=at)
    return restored.changed(state=PostState.PUBLISHING, sends=sends)


def adopted(post: Post, media_id: MediaId | None, at: datetime) -> Post:
    """Make the post published as what was found; its first comment may stand, too."""
    settled = post.changed(look_back=None, problem=None, attention=None)
    return live(settled, media_id).with_comment_in_doubt(at)


def after_look_back(post: Post, event: ev.LookedBack) -> Post:
    """Apply what the profile shows; the caller goes on with a post that is not on it."""
    match event.sighting:
        case ev.Sighting.NOTHING:
            return post.changed(look_back=None, not_before=None, held_up_by=None)
        case ev.Sighting.LIVE:
            return adopted(post, next(iter(event.media), None), event.at)
        case ev.Sighting.UNCERTAIN:
            which = (
                f"media {', '.join(event.media)}" if event.media else "a story that is not listed any more"
            )
            problem = f"It may have been published already: {which} may be it. Look at the profile, and say."
            return ask(post, Attention.OUTCOME_UNKNOWN, problem)


def _closed(send: Send) -> Send:
    # A later one was opened only after it was settled; how, the log does not tell. A refusal of the container
    # is not believed after a send that was lost, which is the careful reading.
    return replace(send, state=SendState.NOT_DONE) if send.state is SendState.OPEN else send


def _with_last(sends: tuple[Send, ...], state: SendState, **changes: object) -> tuple[Send, ...]:
    if not sends:
        return ()
    *earlier, last = sends
    return (*earlier, replace(last, state=state, **changes))  # pyright: ignore[reportArgumentType]  # field names


def _container(send: Send) -> ContainerRecord:
    return ContainerRecord(
        id=send.container_id,
        created_at=send.started_at,
        host_date=send.snapshot.host_date,
        status=ContainerStatus.FINISHED,
    )
