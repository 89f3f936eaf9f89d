"""Goes through the questions: what may not or cannot be asked is skipped, and what fails stops no other."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from pressroom.core.errors import GraphError, PressroomError
from pressroom.service.doctor.probes.desk import Desk
from pressroom.service.doctor.probes.nameless import nameless
from pressroom.service.doctor.probes.probe import Answer, Probe, ProbeReport
from pressroom.service.doctor.probes.table import PROBES
from pressroom.service.doctor.probes.told import Level, Outcome, Unasked, Untold

_RIGHTS = frozenset({3, 10, *range(200, 300)})
_CONSENT = {
    Level.READS: "It needs consent to reads.",
    Level.VANISHES: "It needs consent to what vanishes by itself.",
    Level.POST: "It needs consent to a post, which stays.",
}


@dataclass(slots=True, kw_only=True)
class Asking:
    """Asks every question with one account. on_question, on_answer: told before and after each."""

    desk: Desk
    report: ProbeReport
    probes: Sequence[Probe] = PROBES
    on_question: Callable[[Probe], None]
    on_answer: Callable[[ProbeReport], None]
    _answers: list[Answer] = field(default_factory=list[Answer])

    async def go_through(self) -> ProbeReport:
        """Ask, and delete what was published where the login can.

        An interruption does so too: then `on_answer` is told once more, of everything until then.
        """
        try:
            for probe in self.probes:
                self._answers.append(await self._answer(probe))
                self.on_answer(self._so_far())
        finally:
            await self.desk.clear_up()
            self.on_answer(self._so_far())
        return self._so_far()

    def _so_far(self) -> ProbeReport:
        return replace(self.report, answers=tuple(self._answers), made=tuple(self.desk.made))

    async def _answer(self, probe: Probe) -> Answer:
        if reason := self._why_not(probe):
            return Answer(probe=probe, outcome=Outcome.SKIPPED, text=reason)
        self.on_question(probe)
        self.desk.begin()
        try:
            told = await probe.ask(self.desk)
        except Unasked as error:
            return self._ended(probe, Outcome.SKIPPED, f"{error}")
        except Untold as error:
            return self._ended(probe, Outcome.FAILED, f"{error}")
        except PressroomError as error:
            return self._failed(probe, error)
        except asyncio.CancelledError:
            self._answers.append(self._ended(probe, Outcome.FAILED, "It was interrupted."))
            raise
        return replace(self._ended(probe, Outcome.ANSWERED, told.answer), facts=told.facts)

    def _ended(self, probe: Probe, outcome: Outcome, text: str) -> Answer:
        return Answer(probe=probe, outcome=outcome, text=text, seen=self.desk.seen)

    def _failed(self, probe: Probe, error: PressroomError) -> Answer:
        words = nameless(error.message, *self.desk.names)
        is_of_rights = isinstance(error, GraphError) and error.code in _RIGHTS
        return self._ended(probe, Outcome.SKIPPED if is_of_rights else Outcome.FAILED, words)

    def _why_not(self, probe: Probe) -> str | None:
        """Say why a probe is not asked; None where it is."""
        desk = self.desk
        if desk.login not in probe.logins:
            return f"It makes sense under {' and '.join(one.label for one in probe.logins)} alone."
        if not self.report.level.covers(probe.level):
            return _CONSENT[probe.level]
        if probe.needs and desk.granted.get(probe.needs) is False:
            return f"The login lacks {probe.needs.name_under(desk.login)}."
        if probe.publishes and desk.paused is not None:
            return nameless(f"The account is paused: {desk.paused}", *desk.names)
        if probe.wants_picture and desk.image_url is None:
            return "It needs the address of a picture that Instagram can fetch."
        return None
