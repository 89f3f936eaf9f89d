"""Random faults of a hostile host on publish calls: lost answers, and posts made by hand."""

from dataclasses import replace

from pressroom.sandbox.calls.call import GraphCall
from pressroom.sandbox.faults import Effect, Fault, FaultKind
from pressroom.sandbox.state.things import ContainerKind, LatePost

_LATEST_S = 20.0
_PUBLISH = "media_publish"
# Answers that prove nothing about the publish: timeouts, 5xx and 4/2207051 have each been followed by a live
# post (observed), and a 200 has carried an error body.
_LOST = (
    Fault(on=_PUBLISH, kind=FaultKind.DROP),
    Fault(on=_PUBLISH, kind=FaultKind.HANG),
    Fault(on=_PUBLISH, kind=FaultKind.GATEWAY),
    Fault(on=_PUBLISH, kind=FaultKind.ERROR, code=2, http_status=500),
    Fault(on=_PUBLISH, kind=FaultKind.ERROR, code=1, http_status=200),
    Fault(on=_PUBLISH, kind=FaultKind.ERROR, code=4, subcode=2207051),
)


def bad_luck(name: str, call: GraphCall) -> Fault | None:
    """Draw the fault of one publish call; the random seed decides. None: the call goes well."""
    manners, dice = call.scene.settings.manners, call.scene.randomness
    if name != _PUBLISH or not (manners.lost_answers or manners.copies):
        return None
    if dice.random() < manners.copies:
        _post_a_copy(call, dice.uniform(-_LATEST_S, _LATEST_S))
    if dice.random() >= manners.lost_answers:
        return None
    effect = dice.choice((Effect.NONE, Effect.DONE, Effect.LATER))
    return replace(dice.choice(_LOST), effect=effect, delay_s=dice.uniform(1.0, _LATEST_S))


def _post_a_copy(call: GraphCall, shift_s: float) -> None:
    """Let somebody post the same caption by hand, at once or up to `shift_s` seconds later.

    It is the trap for clients that find a lost publish by its caption.
    """
    container = call.scene.world.container(call.text("creation_id") or "")
    if container is None or container.kind is ContainerKind.ITEM:
        return
    copy = LatePost(user_id=call.account.id, kind=container.kind, caption=container.params.get("caption"))
    call.scene.later(call.now + max(0.0, shift_s), copy)
