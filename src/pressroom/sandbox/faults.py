"""Things that go wrong on purpose: on which call, how often, with which effect and which answer."""

import threading
from dataclasses import dataclass, field
from enum import StrEnum

from pressroom.graph.answers import ContainerStatus
from pressroom.graph.error_table import find

ANY_CALL = "*"


class ConnectionDropped(Exception):
    """The connection ends here: the caller gets no whole answer. `is_reset` tells how rudely."""

    def __init__(self, *, is_reset: bool = True) -> None:
        super().__init__("the sandbox was told to drop this answer")
        self.is_reset = is_reset


class FaultKind(StrEnum):
    """What the caller gets instead of the answer."""

    DROP = "drop"  # nothing: the connection ends
    ERROR = "error"  # an error of the table, or any code
    HANG = "hang"  # nothing for `delay_s`, then the connection ends
    SLOW = "slow"  # the true answer, `delay_s` late
    TRUNCATE = "truncate"  # the first half of the true answer, then the connection ends
    GATEWAY = "gateway"  # a proxy's HTML page with status `http_status`, 502 unless told
    CONTAINER = "container"  # the true answer; the container it is about ends in `status`


class Effect(StrEnum):
    """What becomes of the call itself."""

    NONE = "none"  # never carried out
    DONE = "done"  # carried out before the answer goes wrong
    LATER = "later"  # carried out `delay_s` after the answer went wrong


_HANG_S = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong.

    on: the name of a call (`create`, `container_status`, `media_publish`, `media`, `media_list`, `stories`,
    `comments`, `insights`, `quota`, `user`, `refresh`, ...; the docs list all) or `*`.
    method: narrows `on`, for `comments` is both the list and the making of one.
    times: how often; None is for ever. skip: how many such calls go well before.
    code, subcode: for `error`; a row of the error table gives text, title and HTTP status.
    http_status: overrules the row's; 200 makes an error body that says 200.
    delay_s: of `hang` and `slow`, and of the effect that comes later.
    status, subcode: for `container`: ERROR with its subcode, EXPIRED, or IN_PROGRESS for ever.
    """

    on: str
    kind: FaultKind
    effect: Effect = Effect.NONE
    method: str | None = None
    times: int | None = 1
    skip: int = 0
    code: int = 2
    subcode: int | None = None
    message: str | None = None
    is_transient: bool | None = None
    http_status: int | None = None
    delay_s: float = 0.0
    status: ContainerStatus = ContainerStatus.ERROR

    def __post_init__(self) -> None:
        if self.times is not None and self.times < 1:
            raise ValueError("times is at least 1, or None for ever")
        if self.kind is FaultKind.ERROR and self.message is None and find(self.code, self.subcode) is None:
            raise ValueError(f"the error table has no {self.code}/{self.subcode}: give a message")

    @property
    def hang_s(self) -> float:
        """How long a hanging answer hangs."""
        return self.delay_s if self.delay_s and self.effect is not Effect.LATER else _HANG_S

    def is_on(self, name: str, method: str) -> bool:
        """Tell whether a call is meant."""
        return self.on in (name, ANY_CALL) and self.method in (None, method)


@dataclass(slots=True)
class Planned:
    """A fault with what is left of it."""

    id: int
    fault: Fault
    skip: int
    left: int | None
    hits: int = 0


@dataclass(slots=True)
class Faults:
    """The faults to come, oldest first. A call meets at most one."""

    _planned: list[Planned] = field(default_factory=list[Planned])
    _made: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, fault: Fault) -> int:
        """Plan a fault and give its number."""
        with self._lock:
            self._made += 1
            self._planned.append(Planned(self._made, fault, fault.skip, fault.times))
            return self._made

    def list(self) -> list[Planned]:
        """Give what is still to come."""
        return list(self._planned)

    def clear(self) -> None:
        """Forget every fault."""
        with self._lock:
            self._planned.clear()

    def remove(self, number: int) -> bool:
        """Forget one fault; tells whether there was one."""
        with self._lock:
            kept = [planned for planned in self._planned if planned.id != number]
            found = len(kept) != len(self._planned)
            self._planned = kept
            return found

    def take(self, name: str, method: str) -> Fault | None:
        """Give the fault this call meets, and count it."""
        if not self._planned:
            return None
        with self._lock:
            return self._take(name, method)

    def _take(self, name: str, method: str) -> Fault | None:
        for planned in self._planned:
            if not planned.fault.is_on(name, method):
                continue
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
