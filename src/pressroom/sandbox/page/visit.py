"""One request for a page, and what every page shows around its content.

`Visit` says whose page it is and at what time; `plans_of` tells the planned faults, outages and the clock,
`webhooks_of` the callback, `rows_of` the log of calls.
"""

from dataclasses import dataclass
from typing import Any

import msgspec

from pressroom.core.when import span_of
from pressroom.sandbox.calls.scene import Scene
from pressroom.sandbox.control.controls import Controls
from pressroom.sandbox.faults import ENDS, OUTAGES, Effect, Fault, FaultKind, Planned
from pressroom.sandbox.state.things import Account
from pressroom.sandbox.state.world import World
from pressroom.sandbox.surface import CALL_NAMES

ROOT = "/_sandbox/"
_DAY_S, _HOUR_S, _MINUTE_S = 86_400, 3_600, 60


@dataclass(frozen=True, slots=True)
class Visit:
    """One request for a page of an account. now: unix seconds of the sandbox's clock."""

    controls: Controls
    account: Account
    now: float

    @property
    def scene(self) -> Scene:
        """What the sandbox's calls share."""
        return self.controls.scene

    @property
    def world(self) -> World:
        """Everything that exists."""
        return self.controls.scene.world

    @property
    def is_main(self) -> bool:
        """Whether the account is the sandbox's own, which the control API acts for unless told otherwise."""
        return self.account.id == self.controls.user_id

    @property
    def home(self) -> str:
        """The path of the account's profile."""
        return ROOT if self.is_main else f"{ROOT}accounts/{self.account.id}/"

    def of(self, account: Account) -> "Visit":
        """Give the same request for another account."""
        return Visit(self.controls, account, self.now)


def age_of(seconds: float) -> str:
    """Format an age as a phone does, as in `3 d`."""
    for unit_s, name in ((_DAY_S, "d"), (_HOUR_S, "h"), (_MINUTE_S, "min")):
        if seconds >= unit_s:
            return f"{int(seconds // unit_s)} {name}"
    return "now"


_WEBHOOK_FIELDS = ("comments", "mentions", "messages", "story_insights")
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
    clock, outages = visit.scene.clock, list[tuple[str, str]]()
    for name, faults in OUTAGES.items():
        # The faults of an outage differ in their call only.
        calls = ", ".join(f"{fault.method or ''} {fault.on}".strip() for fault in faults)
        what, lasts_s = _fault_words(faults[0]), faults[0].lasts_s or 0
        outages.append((name, f"{calls}: {what} for {span_of(lasts_s)}"))
    return {
        "plans": [_line_of(planned) for planned in visit.scene.faults.list()],
        "is_hostile": visit.scene.settings.hostile,
        "call_names": sorted(CALL_NAMES),
        "fault_kinds": [(kind.value, kind.words) for kind in FaultKind],
        # The kinds that offer a choice of effect: for the others the call is executed in any case.
        "with_effect": " ".join(kind for kind in FaultKind if not kind.is_true_answer),
        "ends": ENDS,
        "effects": [(effect.value, effect.words) for effect in Effect],
        "outages": outages,
        "clock": clock.now().strftime("%H:%M"),
        "today": clock.now().strftime("%d %b %Y, %H:%M:%S UTC"),
        "moment": clock.now().strftime("%Y-%m-%dT%H:%M"),
        "factor": clock.factor,
        "speeds": _SPEEDS,
        "steps": _STEPS,
    }


def _line_of(planned: Planned) -> FaultLine:
    fault = planned.fault
    left = "for ever" if planned.left is None else f"{planned.left} more"
    if fault.lasts_s is not None:
        left = f"for {span_of(fault.lasts_s)}"
    if planned.skip:
        left += f", after {planned.skip}"
    return FaultLine(id=planned.id, on=fault.on, what=_fault_words(fault), left=left)


def _fault_words(fault: Fault) -> str:
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
        "webhook_fields": _WEBHOOK_FIELDS,
        "is_subscribed": bool(world.subscriptions.get(visit.account.id)),
        "waiting": [
            (event.field, event.tries, span_of(max(0.0, visit.now - event.at))) for event in world.outbox
        ],
    }


# Of the 20,000 that the log keeps: each is redacted when it is read.
_MOST_ROWS = 100
_FIRST_FAILURE = 400  # an HTTP status


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRow:
    """One call of the log."""

    number: int
    time: str
    method: str
    path: str
    name: str
    status: str
    is_failed: bool
    fault: str | None
    notes: tuple[str, ...]
    params: str
    answer: str


def rows_of(controls: Controls, *, since: int) -> list[CallRow]:
    """Give the calls after a number, newest first."""
    records = controls.scene.log.records(since=since, most=_MOST_ROWS)
    return [
        CallRow(
            number=record.number,
            time=record.at.strftime("%H:%M:%S"),
            method=record.method,
            path=record.path,
            name=record.name or "no such call",
            status="no answer" if record.status is None else str(record.status),
            is_failed=record.status is None or record.status >= _FIRST_FAILURE,
            fault=record.fault,
            notes=record.notes,
            params=_pretty_json(record.params),
            answer=_pretty_json(record.answer),
        )
        for record in reversed(records)
    ]


def _pretty_json(value: Any) -> str:  # noqa: ANN401  # whatever JSON can hold
    if value is None:
        return "nothing"
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
