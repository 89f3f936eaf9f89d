"""Computes what the page shows of faults, outages, the clock and webhooks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pressroom.core.spans import span_of
from pressroom.sandbox.faults import ENDS, OUTAGES, Effect, Fault, FaultKind, Planned
from pressroom.sandbox.page.visit import Visit
from pressroom.sandbox.surface.routes import CALL_NAMES

_FIELDS = ("comments", "mentions", "messages", "story_insights")
_SPEEDS = ((0.0, "Frozen"), (1.0, "Real time"), (60.0, "1 min a second"), (3600.0, "1 h a second"))
_STEPS = ((3600, "+1 hour"), (86_400, "+1 day"), (7 * 86_400, "+1 week"), (60 * 86_400, "+60 days"))


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultLine:
    """One planned fault, in words."""

    id: int
    on: str
    what: str
    left: str


def plans_of(visit: Visit) -> dict[str, Any]:
    """Give the planned faults, the choices for new ones, and the clock."""
    clock = visit.scene.clock
    return {
        "plans": [_plan(one) for one in visit.scene.faults.list()],
        "is_hostile": visit.scene.settings.hostile,
        "call_names": sorted(CALL_NAMES),
        "fault_kinds": [(kind.value, kind.words) for kind in FaultKind],
        # The kinds that offer a choice of effect: for the others the call is executed in any case.
        "with_effect": " ".join(kind for kind in FaultKind if not kind.is_true_answer),
        "ends": ENDS,
        "effects": [(effect.value, effect.words) for effect in Effect],
        "outages": [(name, _told(faults)) for name, faults in OUTAGES.items()],
        "clock": clock.now().strftime("%H:%M"),
        "today": clock.now().strftime("%d %b %Y, %H:%M:%S UTC"),
        "moment": clock.now().strftime("%Y-%m-%dT%H:%M"),
        "factor": clock.factor,
        "speeds": _SPEEDS,
        "steps": _STEPS,
    }


def _plan(planned: Planned) -> FaultLine:
    fault = planned.fault
    left = "for ever" if planned.left is None else f"{planned.left} more"
    if fault.lasts_s is not None:
        left = f"for {span_of(fault.lasts_s)}"
    if planned.skip:
        left += f", after {planned.skip}"
    return FaultLine(id=planned.id, on=fault.on, what=_words(fault), left=left)


def _told(faults: Sequence[Fault]) -> str:
    """Describe an outage in one line."""
    calls = ", ".join(f"{one.method or ''} {one.on}".strip() for one in faults)
    return f"{calls}: {_words(faults[0])} for {span_of(faults[0].lasts_s or 0)}"


def _words(fault: Fault) -> str:
    words = fault.kind.words
    if fault.kind is FaultKind.ERROR:
        words = f"error {fault.code}" + (f"/{fault.subcode}" if fault.subcode else "")
    if fault.delay_s:
        words += f", {fault.delay_s:g} s"
    return words if fault.effect is Effect.NONE else f"{words}, {fault.effect.words}"


def webhooks_of(visit: Visit) -> dict[str, Any]:
    """Give the app's callback, and the events that are not delivered yet."""
    world = visit.world
    return {
        "callback": world.callback,
        "webhook_fields": _FIELDS,
        "is_subscribed": visit.account.id in world.subscriptions,
        "waiting": [(one.field, one.tries, span_of(max(0.0, visit.now - one.at))) for one in world.outbox],
    }
