"""Faults to inject: on which call, how often, with which effect and which answer.

A `Fault` says what goes wrong, `Faults` holds the planned ones and gives out the one for a call (`take`).
`OUTAGES` are faults that Meta had.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Self

from pressroom.graph.answers import ContainerStatus
from pressroom.graph.error_table import find
from pressroom.sandbox.checks import check_types, did_you_mean

ANY_CALL = "*"


class ConnectionDropped(Exception):
    """The connection ends without a whole answer. `is_reset`: by a TCP reset; else by a plain close."""

    def __init__(self, *, is_reset: bool = True) -> None:
        super().__init__("the sandbox was told to drop this answer")
        self.is_reset = is_reset


class FaultKind(StrEnum):
    """What the caller gets instead of the answer. The page and the command line list these rows.

    words: shown to people. is_true_answer: the call is executed and its own answer is sent, late or cut.
    """

    words: str
    is_true_answer: bool

    def __new__(cls, value: str, words: str, is_true_answer: bool = False) -> Self:  # noqa: FBT001, FBT002  # a row
        """Make a member from its row."""
        member = str.__new__(cls, value)
        member._value_, member.words, member.is_true_answer = value, words, is_true_answer
        return member

    DROP = "drop", "no answer"  # the connection ends
    ERROR = "error", "an error"  # of the table, or any code
    HANG = "hang", "no answer for long"  # nothing for `delay_s`, then the connection ends
    SLOW = "slow", "a late answer", True  # `delay_s` late
    TRUNCATE = "truncate", "half an answer", True  # then the connection ends
    GATEWAY = "gateway", "a gateway's page"  # HTML with status `http_status`, 502 unless told
    CONTAINER = "container", "a container that fails", True  # the container it is about ends in `status`


class Effect(StrEnum):
    """Whether and when the call itself is executed. `words` are shown to people."""

    words: str

    def __new__(cls, value: str, words: str) -> Self:
        """Make a member from its row."""
        member = str.__new__(cls, value)
        member._value_, member.words = value, words
        return member

    NONE = "none", "not carried out"
    DONE = "done", "carried out first"  # before the answer goes wrong
    LATER = "later", "carried out later"  # `delay_s` after the answer went wrong


METHODS: Final = ("GET", "POST", "DELETE")
# FINISHED and PUBLISHED are no faults: a container gets there by itself.
ENDS: Final = (ContainerStatus.ERROR, ContainerStatus.EXPIRED, ContainerStatus.IN_PROGRESS)
_HANG_S = 600.0
_OK, _LAST_STATUS = 200, 599


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault to inject.

    on: the name of a call (`create`, `container_status`, `media_publish`, `media`, `media_list`, `stories`,
    `comments`, `insights`, `quota`, `user`, `refresh`, ...; the docs list all) or `*`.
    method: narrows `on`, since `comments` names both listing and writing.
    times: how often; None is without end. skip: how many matching calls pass first.
    lasts_s: for how long from now on, by the sandbox's clock; None is until `times` are used up.
    code, subcode: for `error`; a row of the error table gives text, title and HTTP status.
    http_status: overrides the row's; 200 sends the error body with status 200.
    delay_s: of `hang` and `slow`, and of an effect that comes later.
    after_bytes: for `upload` without an effect: how many bytes arrive before the connection is cut.
    status, subcode: for `container`: ERROR with its subcode, EXPIRED, or IN_PROGRESS without end.
    Raises ValueError for values that contradict each other or are out of range.
    """

    on: str
    kind: FaultKind
    effect: Effect = Effect.NONE
    method: str | None = None
    times: int | None = 1
    skip: int = 0
    lasts_s: float | None = None
    code: int = 2
    subcode: int | None = None
    message: str | None = None
    is_transient: bool | None = None
    http_status: int | None = None
    delay_s: float = 0.0
    after_bytes: int = 0
    status: ContainerStatus = ContainerStatus.ERROR

    def __post_init__(self) -> None:
        # As the control API: the words of a kind, an effect and a status are taken for them.
        for name, kind in _WORDED.items():
            word, words = getattr(self, name), [member.value for member in kind]
            if word not in words:
                hint = did_you_mean(str(word), words)
                raise ValueError(f"{name} is one of {', '.join(words)}, not {word!r}.{hint}")
            object.__setattr__(self, name, kind(word))
        check_types(self)
        kind, status = self.kind, self.http_status
        counts = (self.skip, self.delay_s, self.after_bytes, self.lasts_s or 0)
        rules = (
            (self.times is not None and self.times < 1, "times is at least 1, or None for ever"),
            (min(counts) < 0, "skip, delay_s, lasts_s and after_bytes are 0 or more"),
            (self.method not in (None, *METHODS), f"method is GET, POST or DELETE, not {self.method}"),
            (
                status is not None and not _OK <= status <= _LAST_STATUS,
                f"http_status is between {_OK} and {_LAST_STATUS}, not {status}",
            ),
            (
                kind is FaultKind.CONTAINER and self.status not in ENDS,
                f"a container ends in {', '.join(ENDS)}, not in {self.status}",
            ),
            (
                kind.is_true_answer and self.effect is Effect.LATER,
                f"{kind} gives the true answer, so the call is carried out first, not later",
            ),
            (
                kind is FaultKind.ERROR and self.message is None and find(self.code, self.subcode) is None,
                f"the error table has no {self.code}/{self.subcode}: give a message",
            ),
        )
        for is_broken, text in rules:
            if is_broken:
                raise ValueError(text)

    @property
    def hang_s(self) -> float:
        """Seconds for which `hang` keeps the caller waiting."""
        # With an effect that comes later, delay_s is the delay of that effect.
        return self.delay_s if self.delay_s and self.effect is not Effect.LATER else _HANG_S

    def is_on(self, name: str, method: str) -> bool:
        """Tell whether the fault matches a call."""
        return self.on in (name, ANY_CALL) and self.method in (None, method)


_WORDED: Final[Mapping[str, type[StrEnum]]] = {
    "kind": FaultKind,
    "effect": Effect,
    "status": ContainerStatus,
}


_DAY_S = 24 * 3600.0
# Outages of Meta's that lasted for a week or longer, as reported in public threads.
OUTAGES: Mapping[str, tuple[Fault, ...]] = {
    # 13 March to about 4 May 2026: pictures could not be fetched, whatever the URL (mixpost #197).
    "fetch-2026-03": (
        Fault(on="fetch", kind=FaultKind.ERROR, code=9004, subcode=2207052, times=None, lasts_s=52 * _DAY_S),
    ),
    # From 23 May 2026: reads of fresh containers and media said 100/33 while the account could be read.
    "reads-2026-05": tuple(
        Fault(on=on, method="GET", kind=FaultKind.ERROR, code=100, subcode=33, times=None, lasts_s=7 * _DAY_S)
        for on in ("container_status", "media")
    ),
    # Through July 2026: deleting a media answered `Fatal`.
    "delete-2026-07": (
        Fault(
            on="media",
            method="DELETE",
            kind=FaultKind.ERROR,
            code=-1,
            subcode=2207085,
            times=None,
            lasts_s=31 * _DAY_S,
        ),
    ),
}


@dataclass(slots=True)
class Planned:
    """A planned fault.

    left: how often it still happens; None is without end. ends_at: unix seconds.
    outage: the name of the one that it is a part of.
    """

    id: int
    fault: Fault
    skip: int
    left: int | None
    ends_at: float | None = None
    hits: int = 0
    outage: str | None = None

    @property
    def words(self) -> str:
        """The fault in a few words: `drop on media_publish`."""
        fault = self.fault
        error = f" {fault.code}/{fault.subcode or '-'}" if fault.kind is FaultKind.ERROR else ""
        return f"{fault.kind.value}{error} on {f'{fault.method} ' if fault.method else ''}{fault.on}"


@dataclass(slots=True)
class Faults:
    """The planned faults, oldest first. At most one is applied to a call.

    names: the calls there are; empty: any name is taken.
    """

    unix: Callable[[], float]
    names: frozenset[str] = frozenset()
    _planned: list[Planned] = field(default_factory=list[Planned])
    _missed: list[Planned] = field(default_factory=list[Planned])
    _last_id: int = 0
    # A test plans faults in its own thread while the server takes them in another (`sandbox.server`).
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, fault: Fault, *, outage: str | None = None) -> int:
        """Plan a fault and give its number. Raises ValueError for one on a call that there is not.

        outage: the name of the outage that it is a part of.
        """
        # It would never happen, and its test would pass for the wrong reason.
        if self.names and fault.on not in self.names and fault.on != ANY_CALL:
            hint, calls = did_you_mean(fault.on, self.names), ", ".join(sorted(self.names))
            raise ValueError(f"there is no call {fault.on!r}.{hint} Calls: {calls}")
        with self._lock:
            self._last_id += 1
            ends_at = None if fault.lasts_s is None else self.unix() + fault.lasts_s
            planned = Planned(self._last_id, fault, fault.skip, fault.times, ends_at, outage=outage)
            self._planned.append(planned)
            return self._last_id

    def add_outage(self, name: str) -> list[int]:
        """Plan one of `OUTAGES`. Raises ValueError for an unknown name."""
        if name not in OUTAGES:
            hint = did_you_mean(name, OUTAGES)
            raise ValueError(f"there is no outage {name!r}.{hint} Outages: {', '.join(OUTAGES)}")
        return [self.add(fault, outage=name) for fault in OUTAGES[name]]

    def list(self) -> list[Planned]:
        """Give the faults that can still happen."""
        with self._lock:
            self._forget_ended()
            return list(self._planned)

    def unused(self) -> Sequence[Planned]:
        """Give the faults that never happened, those included whose time is over, but none that was cleared.

        A test that plans one and does not meet it passes for the wrong reason. An outage counts as met
        once one part of it was.
        """
        with self._lock:
            self._forget_ended()
            return [*self._missed, *self._unmet(self._planned)]

    def restore(self, planned: Sequence[Planned]) -> None:
        """Replace the plan by one from before a restart."""
        with self._lock:
            self._planned = [*planned]
            # Numbers continue from the highest, so that a new fault never gets the number of a restored one.
            self._last_id = max((fault.id for fault in planned), default=self._last_id)

    def clear(self) -> None:
        """Remove every fault."""
        with self._lock:
            self._planned.clear()
            self._missed.clear()

    def remove(self, number: int) -> bool:
        """Remove one fault; tells whether it existed."""
        with self._lock:
            kept = [planned for planned in self._planned if planned.id != number]
            is_removed = len(kept) != len(self._planned)
            self._planned = kept
            return is_removed

    def take(self, name: str, method: str) -> Fault | None:
        """Give the fault to apply to this call, and count it; None for a call that goes well."""
        if not self._planned:  # most calls: no lock needed to see that nothing is planned
            return None
        with self._lock:
            self._forget_ended()
            for planned in self._planned:
                if not planned.fault.is_on(name, method):
                    continue
                # A call that one fault skips may still meet a later one.
                if planned.skip:
                    planned.skip -= 1
                    continue
                planned.hits += 1
                if planned.left is not None:
                    planned.left -= 1
                    if planned.left == 0:
                        self._planned.remove(planned)
                return planned.fault
            return None

    def _forget_ended(self) -> None:
        if any(planned.ends_at is not None for planned in self._planned):
            now = self.unix()
            ended = [fault for fault in self._planned if fault.ends_at is not None and fault.ends_at <= now]
            self._missed += self._unmet(ended)
            self._planned = [fault for fault in self._planned if fault.ends_at is None or fault.ends_at > now]

    def _unmet(self, among: Sequence[Planned]) -> Sequence[Planned]:
        # An outage counts as met once one part of it was.
        met = {fault.outage for fault in self._planned if fault.hits and fault.outage}
        return [fault for fault in among if not fault.hits and fault.outage not in met]
