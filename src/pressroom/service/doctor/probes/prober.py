"""`Prober` asks the live API, as an account of the session's, what nobody knows of it; for a person alone.

`Questioning` goes through the questions: what may not or cannot be asked is skipped, and what fails stops no
other.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from pressroom.accounts.who import Who, who
from pressroom.client.client import Client
from pressroom.core.account import Account, StoredAccount
from pressroom.core.address import LOCAL_HOSTS
from pressroom.core.errors import GraphError, NotFound, PressroomError, Refused
from pressroom.core.facts import Facts
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.graph.limits import MediaUse
from pressroom.graph.permissions import Permission, granted_among
from pressroom.service.acting.acting import Acting
from pressroom.service.acting.obstacles import pause_now
from pressroom.service.consent.gate import Gate
from pressroom.service.doctor.probes.desk import Desk, Renewer, Unasked, Untold, nameless
from pressroom.service.doctor.probes.probe import Level, Outcome, Probe, ProbedAnswer, ProbeReport
from pressroom.service.doctor.probes.table import PROBES
from pressroom.service.ground.files import inspector
from pressroom.service.ground.resources import Resources

_JPEG = "image/jpeg"
_FETCHED_WITHIN_S = 3600.0


@dataclass(frozen=True, slots=True)
class _Subject:
    """The account to ask with. stored: the login whose token the account has; None where it is not stored."""

    account: Account
    stored: StoredAccount | None


@dataclass(frozen=True, slots=True)
class Prober:
    """Asks with the accounts of a session."""

    _resources: Resources
    _acting: Acting
    _gate: Gate

    async def ask(
        self,
        level: Level | str,
        account: str | None,
        image_url: str | None,
        *,
        on_question: Callable[[Probe], None],
        on_answer: Callable[[ProbeReport], None],
    ) -> ProbeReport:
        """Ask, and report. Arguments and errors as of `AccountService.probe`."""
        await self._gate.require_person("Only a person asks the API what nobody knows.")
        try:
            level = Level(level)
        except ValueError:
            raise Refused(
                f"There is no consent {level!r}.",
                rule="level",
                value=f"{level}",
                limit=", ".join(Level),
                fix="Name one of them; each has those before it.",
            ) from None
        subject = await self._subject(account)
        client = self._resources.client(subject.account)
        user = await who(client)
        async with self._picture(subject.account, image_url, level) as picture:
            desk = await self._desk(client, subject, user, picture)
            report = ProbeReport(
                asked_at=self._resources.clock.now(),
                login_type=subject.account.login_type,
                api_version=subject.account.version,
                host=urlsplit(subject.account.api_base).netloc,
                level=level,
            )
            asking = Questioning(desk=desk, report=report, on_question=on_question, on_answer=on_answer)
            return await asking.go_through()

    async def _subject(self, name: str | None) -> _Subject:
        """Find the account, and the login whose token it is, if that is stored."""
        if name is not None:
            stored = await self._acting.login(name) if self._resources.has_store else None
            if stored is None:
                fix = Fix.of("List them: {}.", Remedy(RemedyKind.LIST_ACCOUNTS))
                raise NotFound(f"There is no account {name!r} in the store.", fix=fix)
            return _Subject(await self._opened(stored), stored)
        account = (await self._acting.client()).account
        if not self._resources.has_store:
            return _Subject(account, None)
        login = (await self._acting.identity()).login
        stored = await self._acting.login(login) if login else None
        # The environment's token is another than the stored one, until somebody stores it.
        is_stored = stored is not None and (await self._opened(stored)).token == account.token
        return _Subject(account, stored if is_stored else None)

    async def _opened(self, stored: StoredAccount) -> Account:
        vault, store = await self._resources.vault(), await self._resources.store()
        return await store.run(vault.account, stored.name)

    async def _desk(self, client: Client, subject: _Subject, user: Who, picture: str | None) -> Desk:
        ours, stored = self._resources, subject.stored
        renewer, zone, granted = None, "UTC", dict[Permission, bool]()
        if stored is not None:
            zone = stored.timezone
            # Those that Instagram told of when the login was made.
            every = granted_among(stored.login_type, stored.details.permissions)
            granted = {each.permission: each.is_granted for each in every if each.is_granted is not None}
            renewer = Renewer(
                store=await ours.store(),
                vault=await ours.vault(),
                clock=ours.clock,
                open_client=ours.client,
                name=stored.name,
            )
        # What publishes is not asked while the account is paused.
        pause = None
        if ours.has_store:
            account = stored.account if stored else subject.account.key
            pause = await pause_now(await ours.store(), account, ours.clock.now())
        return Desk(
            client=client,
            open_client=ours.client,
            user=user.user_id,
            names=tuple(filter(None, (user.username, user.user_id))),
            image_url=picture,
            renewer=renewer,
            granted=granted,
            paused=pause.reason if pause else None,
            zone=zone,
        )

    @asynccontextmanager
    async def _picture(
        self, account: Account, image_url: str | None, level: Level
    ) -> AsyncGenerator[str | None]:
        """Give a picture's address while the block runs; None where there is none, or none is needed."""
        # What only reads needs no picture.
        if not level.covers(Level.VANISHES):
            yield None
        elif image_url is not None:
            await inspector(account)(image_url, "image", MediaUse.PHOTO)
            yield image_url
        elif urlsplit(account.api_base).hostname in LOCAL_HOSTS:
            from PIL import Image  # noqa: PLC0415  # loads only where a picture is needed

            from pressroom.hosting.ways import Hosts  # noqa: PLC0415  # loads a server

            async with AsyncExitStack() as stack:
                path = Path(stack.enter_context(TemporaryDirectory())) / "probe.jpg"
                Image.new("RGB", (1080, 1080), "teal").save(path, "JPEG")
                hosts = Hosts(account, self._resources.settings, clock=self._resources.clock)
                stack.push_async_callback(hosts.aclose)
                address = None
                # Where that does not work, the probes that want a picture are skipped.
                with suppress(PressroomError):
                    way, *_ = await hosts.ways(_JPEG)
                    address = await hosts.put(
                        path, content_type=_JPEG, lifetime_s=_FETCHED_WITHIN_S, way=way, owner="probes"
                    )
                yield address
        else:
            yield None


# The codes of errors about permissions: they tell of the login, and nothing of the question.
_RIGHTS = frozenset({3, 10, *range(200, 300)})
_CONSENT = {
    Level.READS: "It needs consent to reads.",
    Level.VANISHES: "It needs consent to what vanishes by itself.",
    Level.POST: "It needs consent to a post, which stays.",
}


@dataclass(slots=True, kw_only=True)
class Questioning:
    """Asks every question with one account. on_question, on_answer: told before and after each."""

    desk: Desk
    report: ProbeReport
    probes: Sequence[Probe] = PROBES
    on_question: Callable[[Probe], None]
    on_answer: Callable[[ProbeReport], None]
    _answers: list[ProbedAnswer] = field(default_factory=list[ProbedAnswer])

    async def go_through(self) -> ProbeReport:
        """Ask, and delete what was published where the login can.

        An interruption does so too: then `on_answer` is told once more, of everything until then.
        """
        try:
            for probe in self.probes:
                if reason := self._why_not(probe):
                    self._answers.append(ProbedAnswer(probe=probe, outcome=Outcome.SKIPPED, text=reason))
                else:
                    await self._ask(probe)
                self.on_answer(self._so_far())
        finally:
            # Also after Ctrl-C: what was published must not stay because somebody lost patience.
            await self.desk.clear_up()
            self.on_answer(self._so_far())
        return self._so_far()

    def _so_far(self) -> ProbeReport:
        return replace(self.report, answers=tuple(self._answers), made=tuple(self.desk.made))

    async def _ask(self, probe: Probe) -> None:
        """Ask one question, and keep what became of it, also when it is interrupted."""
        self.on_question(probe)
        self.desk.begin()
        try:
            answer = await probe.ask(self.desk)
        except Unasked as error:
            self._keep(probe, Outcome.SKIPPED, f"{error}")
        except Untold as error:
            self._keep(probe, Outcome.FAILED, f"{error}")
        except PressroomError as error:
            is_of_rights = isinstance(error, GraphError) and error.code in _RIGHTS
            outcome = Outcome.SKIPPED if is_of_rights else Outcome.FAILED
            self._keep(probe, outcome, nameless(error.message, *self.desk.names))
        except asyncio.CancelledError:
            self._keep(probe, Outcome.FAILED, "It was interrupted.")
            raise
        else:
            self._keep(probe, Outcome.ANSWERED, answer.answer, answer.facts)

    def _keep(self, probe: Probe, outcome: Outcome, text: str, facts: Facts | None = None) -> None:
        answer = ProbedAnswer(probe=probe, outcome=outcome, text=text, facts=facts or {}, seen=self.desk.seen)
        self._answers.append(answer)

    def _why_not(self, probe: Probe) -> str | None:
        """Say why a probe is not asked; None where it is."""
        desk = self.desk
        # The reasons come in this order: what no consent changes first, what the person can mend last.
        if desk.login not in probe.logins:
            return f"It makes sense under {' and '.join(login.label for login in probe.logins)} alone."
        if not self.report.level.covers(probe.level):
            return _CONSENT[probe.level]
        if probe.needs and desk.granted.get(probe.needs) is False:
            return f"The login lacks {probe.needs.name_under(desk.login)}."
        if probe.publishes and desk.paused is not None:
            return nameless(f"The account is paused: {desk.paused}", *desk.names)
        if probe.wants_picture and desk.image_url is None:
            return "It needs the address of a picture that Instagram can fetch."
        return None
