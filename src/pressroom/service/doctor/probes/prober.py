"""Asks the live API, as an account of the session's, what nobody knows of it; for a person alone."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from pressroom.accounts.who import who
from pressroom.core.account import Account
from pressroom.core.address import LOCAL_HOSTS
from pressroom.core.errors import NotFound, PressroomError, Refused
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.stored_accounts import StoredAccount
from pressroom.graph.limits import MediaUse
from pressroom.graph.permissions import Permission, granted_among
from pressroom.service.acting.acting import Acting
from pressroom.service.acting.obstacles import pause_now
from pressroom.service.consent.gate import Gate
from pressroom.service.doctor.probes.asking import Asking
from pressroom.service.doctor.probes.desk import Desk
from pressroom.service.doctor.probes.probe import Answer, Probe, ProbeReport
from pressroom.service.doctor.probes.renewing import Renewer
from pressroom.service.doctor.probes.table import PROBES
from pressroom.service.doctor.probes.told import Level, Made, MadeKind, Outcome
from pressroom.service.ground.files import inspector
from pressroom.service.ground.resources import Resources

__all__ = ["PROBES", "Answer", "Level", "Made", "MadeKind", "Outcome", "Probe", "ProbeReport", "Prober"]

_JPEG = "image/jpeg"
_FETCHED_WITHIN_S = 3600.0
_OWNER = "probes"


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
        wanted = _level(level)
        subject = await self._subject(account)
        client = self._resources.client(subject.account)
        found = await who(client)
        async with self._picture(subject.account, image_url, wanted) as picture:
            desk = Desk(
                client=client,
                open_client=self._resources.client,
                user=found.user_id,
                names=tuple(filter(None, (found.username, found.user_id))),
                image_url=picture,
                renewer=await self._renewer(subject),
                granted=_granted(subject.stored),
                paused=await self._paused(subject),
                zone=subject.stored.timezone if subject.stored else "UTC",
            )
            report = self._report(subject.account, wanted)
            asking = Asking(desk=desk, report=report, on_question=on_question, on_answer=on_answer)
            return await asking.go_through()

    def _report(self, account: Account, level: Level) -> ProbeReport:
        return ProbeReport(
            asked_at=self._resources.clock.now(),
            login_type=account.login_type,
            api_version=account.version,
            host=urlsplit(account.api_base).netloc,
            level=level,
        )

    async def _subject(self, name: str | None) -> "_Subject":
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

    async def _renewer(self, subject: "_Subject") -> Renewer | None:
        if subject.stored is None:
            return None
        return Renewer(
            store=await self._resources.store(),
            vault=await self._resources.vault(),
            clock=self._resources.clock,
            open_client=self._resources.client,
            name=subject.stored.name,
        )

    async def _paused(self, subject: "_Subject") -> str | None:
        """Say why nothing is to be published as the account now; None where it is not paused."""
        if not self._resources.has_store:
            return None
        store, account = await self._resources.store(), subject.account
        who = subject.stored.account if subject.stored else account.key
        pause = await pause_now(store, who, self._resources.clock.now())
        return pause.reason if pause else None

    @asynccontextmanager
    async def _picture(
        self, account: Account, image_url: str | None, level: Level
    ) -> AsyncGenerator[str | None]:
        """Give a picture's address while the block runs; None where there is none, or none is needed."""
        is_local = urlsplit(account.api_base).hostname in LOCAL_HOSTS
        if not level.covers(Level.VANISHES):
            yield None
        elif image_url is not None:
            await inspector(account)(image_url, "image", MediaUse.PHOTO)
            yield image_url
        elif is_local:
            async with AsyncExitStack() as stack:
                yield await self._put_up(account, stack)
        else:
            yield None

    async def _put_up(self, account: Account, stack: AsyncExitStack) -> str | None:
        """Put a picture up for a sandbox on this machine; None where that does not work."""
        from pressroom.hosting.ways import Hosts  # noqa: PLC0415  # loads a server

        path = Path(stack.enter_context(TemporaryDirectory())) / "probe.jpg"
        _draw(path)
        hosts = Hosts(account, self._resources.settings, clock=self._resources.clock)
        stack.push_async_callback(hosts.aclose)
        try:
            way, *_ = await hosts.ways(_JPEG)
            return await hosts.put(
                path, content_type=_JPEG, lifetime_s=_FETCHED_WITHIN_S, way=way, owner=_OWNER
            )
        except PressroomError:
            return None


@dataclass(frozen=True, slots=True)
class _Subject:
    """Whom is asked with. stored: the login whose token the account has; None where it is not stored."""

    account: Account
    stored: StoredAccount | None


def _level(given: Level | str) -> Level:
    try:
        return Level(given)
    except ValueError:
        raise Refused(
            f"There is no consent {given!r}.",
            rule="level",
            value=f"{given}",
            limit=", ".join(Level),
            fix="Name one of them; each has those before it.",
        ) from None


def _granted(stored: StoredAccount | None) -> dict[Permission, bool]:
    """Return the permissions that Instagram told of when the login was made."""
    if stored is None:
        return {}
    every = granted_among(stored.login_type, stored.details.permissions)
    return {one.permission: one.is_granted for one in every if one.is_granted is not None}


def _draw(path: Path) -> None:
    from PIL import Image  # noqa: PLC0415  # loads only where a picture is needed

    Image.new("RGB", (1080, 1080), "teal").save(path, "JPEG")
