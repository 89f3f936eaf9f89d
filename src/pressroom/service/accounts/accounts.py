"""`AccountService`: signs accounts in and out, tells the state of their tokens, and makes raw API calls."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import msgspec

from pressroom.accounts.keys import KeyPlace, key_place, master_keys, place_of_tokens
from pressroom.accounts.signing_in.asking import Asking
from pressroom.accounts.signing_in.finding import Found, FoundAccount
from pressroom.core.account import UNTIL_RESUMED, Account, AccountId, App, Pause, StoredAccount
from pressroom.core.actor import actor_of
from pressroom.core.consent import Proposal
from pressroom.core.errors import NotFound, Refused, SettingRefused, SignInRequired
from pressroom.core.post import WAITING_STATES
from pressroom.core.protocols import Reply
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.secret import Secret
from pressroom.core.stored_posts import PostQuery
from pressroom.core.when import zone_named
from pressroom.graph.call import Method, is_read
from pressroom.graph.hosts import LoginType
from pressroom.graph.permissions import Granted, Permission
from pressroom.service.accounts.account_consent import (
    ANSWER,
    CALL,
    PAUSE,
    RESUME,
    SIGN_OUT,
    AccountConsent,
    outcome_of,
    require_no_query,
)
from pressroom.service.accounts.signing_in import LOOPBACK_PORT, PendingConsent, SignedIn, SigningIn
from pressroom.service.accounts.standings import AccountOverviews, Standing, Standings
from pressroom.service.acting.acting import Acting
from pressroom.service.acting.obstacles import (
    Obstacles,
    has_posts_of_others,
    pause_event,
    pause_now,
    reason_of,
)
from pressroom.service.consent.gate import CarryOut, Gate, Outcome
from pressroom.service.doctor.findings import Finding, Report, ignore_finding
from pressroom.service.doctor.probes.probe import Level, Probe, ProbeReport, ignore_question, ignore_report
from pressroom.service.ground.resources import Resources

_MANY = 1000
_LIST = Fix.of("List them: {}.", Remedy(RemedyKind.LIST_ACCOUNTS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed:
    """The end of a pause. still: the pause that goes on, by an error of Instagram's, as of a dead token.

    overdue: how many posts are past the time at which they go out: each follows its late rule now.
    """

    was_paused: bool
    still: Pause | None = None
    overdue: int = 0


class RotatedKey(NamedTuple):
    """A change of the key that seals tokens. tokens: how many were sealed anew. place: where the key is."""

    tokens: int
    place: KeyPlace


class AccountService(AccountOverviews):
    """The use-cases of accounts. Any of them may raise StoreRefused, StoreFailed or SettingRefused."""

    def __init__(self, resources: Resources, acting: Acting, gate: Gate) -> None:
        self._resources = resources
        self._acting = acting
        self._gate = gate
        self._consent = AccountConsent(acting, gate)
        self._signing_in = SigningIn(resources, gate)

    async def acting(self) -> Account:
        """Return the account that this session acts for, with its token. Raises SignInRequired, NotFound."""
        return await self._acting.account()

    async def call(self, method: Method, path: str, params: Mapping[str, str]) -> Reply:
        """Send any call of the API as the account; secrets are masked in the answer.

        Raises GraphError, TransportError and what `acting` raises. A program's call that is no plain read
        raises NeedsApproval until it is approved, and Refused where its path has a query.
        """
        client = await self._acting.client()
        if not is_read(method, path, params) and await self._gate.is_program():
            require_no_query(path)
            call = {"method": method, "path": path, "params": dict(params)}
            account = (await (await self._acting.identity()).known()).id
            earlier = await self._consent.let(CALL, call, account)
            # The approved call was made when it was approved: a repeat gets its answer and no second call.
            if earlier is not None:
                answer = earlier.get(ANSWER, earlier)
                return Reply(status=200, headers={}, body=msgspec.json.encode(answer))
        return await client.raw(method, path, params)

    @property
    def carriers(self) -> Mapping[str, CarryOut]:
        """Functions that carry out an approved proposal about accounts, by its verb."""
        return {
            CALL: self._carry_call,
            PAUSE: self._carry_pause,
            RESUME: self._carry_resume,
            SIGN_OUT: self._carry_sign_out,
        }

    async def _carry_call(self, proposal: Proposal) -> Outcome:
        # `carriers` is public: without this check a program could carry out its own proposal.
        await self._gate.require_person("Only a person's session carries out what a person approved.")
        account, call = AccountId(proposal.account or ""), proposal.arguments
        client = self._resources.client(await self._acting.account_known_as(account))
        reply = await client.raw(call["method"], call["path"], call["params"])
        return outcome_of(msgspec.json.decode(reply.body))

    async def _carry_resume(self, proposal: Proposal) -> Outcome:
        await self._gate.require_person("Only a person's session carries out what a person approved.")
        name, store = await self._consent.still_named(proposal), await self._resources.store()
        pause = proposal.arguments.get("pause")
        if pause != msgspec.to_builtins(await pause_now(store, name, self._now)):
            raise Refused(
                f"{name!r} is not paused any more as it was when its end was proposed.",
                rule="proposal",
                value=name,
                limit="the pause that was proposed to end",
                fix="Have it proposed anew.",
            )
        return {"was_paused": (await self.resume(name)).was_paused}

    async def _carry_pause(self, proposal: Proposal) -> Outcome:
        await self._gate.require_person("Only a person's session carries out what a person approved.")
        await self.pause(await self._consent.still_named(proposal), proposal.arguments["reason"])
        return {}

    async def _carry_sign_out(self, proposal: Proposal) -> Outcome:
        await self.sign_out(await self._consent.still_named(proposal))
        return {}

    async def sign_in(
        self, name: str, account: Account, *, timezone: str | None, is_default: bool
    ) -> SignedIn:
        """Store an account whose token works, and end its pause.

        Tries to renew the token, since only a renewal tells when it ends.

        timezone: None keeps the stored zone. Raises GraphError for a token that does not work, SettingRefused
        for one of another account, SignInRequired where its Pages lead to none, NeedsApproval for a program.
        """
        return await self._signing_in.by_account(name, account, timezone=timezone, is_default=is_default)

    async def find(self, token: Secret, *, login_type: LoginType | None = None) -> Found:
        """Find the accounts that a token is good for; nothing is stored.

        Its first letters tell the login, else a question to each of Meta's hosts. A short-lived token is
        exchanged where the app's secret is known. login_type: None where nobody said it.

        Raises SignInRequired where no account is found, GraphError, SettingRefused, NeedsApproval for a
        program.
        """
        return await self._signing_in.by_token(token, login_type)

    async def ask_consent(
        self,
        login_type: LoginType,
        app: App,
        *,
        redirect_uri: str,
        permissions: Sequence[Permission] | None = None,
    ) -> Asking:
        """Make the question that a person answers at `asking.address`.

        redirect_uri: registered for the app, byte for byte. permissions: None for those that Pressroom uses.

        Raises Refused, SettingRefused, NeedsApproval for a program.
        """
        return await self._signing_in.ask(login_type, app, redirect_uri, permissions)

    async def answer_consent(self, asking: Asking, address: str) -> Found:
        """Find the accounts of a person who allowed the access, and keep the app, its secret sealed.

        address: that the browser ended at. Its code works once. No account is stored.

        Raises Refused for what is no answer to the question, SignInRequired where the access was not allowed
        or no account is found, GraphError, TransportError.
        """
        return await self._signing_in.answer(asking, address)

    def ask_on_loopback(
        self,
        login_type: LoginType,
        app: App,
        *,
        permissions: Sequence[Permission] | None = None,
        port: int = LOOPBACK_PORT,
        is_https: bool = False,
    ) -> AbstractAsyncContextManager[PendingConsent]:
        """Ask as `ask_consent` does, and listen on this machine for the answer: `await pending.answer()`.

        port: `http://localhost:PORT/callback` has to be registered for the app; Facebook Login takes it in
        development. is_https: the same by https, with a throw-away certificate that the browser warns of.

        Raises as `ask_consent` does, SettingRefused for a port that is taken.
        """
        return self._signing_in.on_loopback(login_type, app, permissions, port=port, is_https=is_https)

    def opening(self, asking: Asking) -> AbstractAsyncContextManager[str]:
        """Serve an address on this machine that leads to `asking.address`, once.

        For the command line of a browser, which every user of this machine can read.
        """
        from pressroom.accounts.signing_in.listener import leading_to  # noqa: PLC0415  # loads a server

        return leading_to(asking.address)

    async def place_of_tokens(self) -> str:
        """Say where tokens are kept, and where the key is that seals them."""
        return await asyncio.to_thread(place_of_tokens, self._resources.settings)

    async def rotate_key(self) -> RotatedKey:
        """Seal every stored token and app secret with another key, all of them or none.

        PRESSROOM_KEY=new,old names both keys; `old` may go afterwards. Without it a new key is made where the
        data directory's own is, and the one before stays behind it until the next change.

        Raises NotFound without a stored token, SettingRefused for PRESSROOM_KEY with one key and for keys
        that cannot be replaced, Refused while a worker runs that would not know a new key, SignInRequired for
        a token that no key opens, NeedsApproval for a program.
        """
        # Whoever holds a key reads every token that it seals: no consent is given to that.
        await self._gate.require_person("Only a person changes the key that seals tokens.")
        ours = self._resources
        if not (ours.has_store and await self.logins()):
            raise NotFound("No token is stored.", fix=Fix.of("Sign in: {}.", Remedy(RemedyKind.SIGN_IN)))
        place = await asyncio.to_thread(key_place, ours.settings)
        # `master_keys` would make a new one here, with which no stored token opens.
        if place is KeyPlace.NONE:
            raise SignInRequired(
                "The key that sealed the stored tokens is gone.",
                fix=Fix.of("Put it back, or sign in again: {}.", Remedy(RemedyKind.SIGN_IN)),
            )
        if place is KeyPlace.ENVIRONMENT and len(set(master_keys(ours.settings, None))) == 1:
            raise SettingRefused(
                "PRESSROOM_KEY has one key, which would seal the tokens as before.",
                rule="key",
                limit="the new key, a comma, the key until now",
                fix="Set PRESSROOM_KEY=NEW,OLD, for every program that works on this store, and repeat.",
            )
        is_running = ours.works or await Obstacles(ours, self._acting).is_worker_running()
        if place is not KeyPlace.ENVIRONMENT and is_running:
            raise Refused(
                "A worker runs, which would not know the new key.",
                rule="worker",
                limit="no worker",
                fix="Stop it, repeat, and start it again.",
            )
        from pressroom.accounts.vault import rotate_key  # noqa: PLC0415  # loads the ciphers

        store = await ours.store()
        tokens = await store.run(rotate_key, store, ours.settings)
        await ours.close_store()  # with it the vault, which seals with the earlier key
        return RotatedKey(tokens, place)

    async def logins(self) -> tuple[StoredAccount, ...]:
        """Return the stored logins by name; asks nobody."""
        store = await self._resources.store()
        return await store.run(store.accounts.list)

    async def permissions(self, name: str) -> tuple[Granted, ...]:
        """Return which of the permissions that Pressroom uses a login has; those not told are None.

        Asks Facebook for its logins; of Instagram Login it is what the sign-in told. Raises NotFound,
        SignInRequired, TransportError.
        """
        return await self._signing_in.permissions(name)

    async def keep(
        self,
        found: FoundAccount,
        *,
        name: str | None = None,
        timezone: str | None = None,
        is_default: bool = False,
    ) -> SignedIn:
        """Store an account that was found, and end its pause.

        name: None for the one it had before, else `default` for the first account and its username for
        others. timezone: None keeps the stored zone. Raises NeedsApproval for a program.
        """
        return await self._signing_in.keep(found, name=name, timezone=timezone, is_default=is_default)

    async def app(self, login_type: LoginType) -> App | None:
        """Return the app of a login: the environment's, else the one kept; None without either."""
        return await self._signing_in.app(login_type)

    async def default_name(self) -> str:
        """Return the name of the login that is used where none is named, or that a first sign-in gets."""
        return await self._acting.default_name()

    async def choose_default(self, name: str) -> StoredAccount:
        """Use a login wherever no account is named. Raises NotFound, NeedsApproval for a program."""
        await self._gate.require_person("Only a person chooses the default account.")
        store = await self._resources.store()
        name = (await store.run(store.accounts.get, name)).name
        await store.run(store.accounts.choose_default, name)
        return await store.run(store.accounts.get, name)

    async def set_timezone(self, name: str, timezone: str) -> StoredAccount:
        """Change the zone in which a login's times are meant; posts that are planned stay when they are.

        Raises NotFound, Refused for an unknown zone, NeedsApproval for a program.
        """
        await self._gate.require_person("Only a person changes an account's zone.")
        zone_named(timezone)
        store = await self._resources.store()
        name = (await store.run(store.accounts.get, name)).name
        await store.run(store.accounts.set_timezone, name, timezone)
        return await store.run(store.accounts.get, name)

    async def standings(self) -> tuple[Standing, ...]:
        """Return the state of every stored token, then of the environment's; asks Instagram about each."""
        return await Standings(self._resources, self._acting).all()

    async def refresh(self, name: str) -> StoredAccount:
        """Renew a token, and return the login with its new end.

        Raises NotFound, Refused for a token that is too young or not of Instagram Login, BeingRenewed while a
        worker renews it, GraphError.
        """
        return await self._signing_in.renew(name)

    async def sign_out(self, name: str) -> None:
        """Forget an account's token; its posts stay. Raises NotFound, NeedsApproval for a program."""
        if await self._gate.is_program():
            done = await self._consent.let(SIGN_OUT, {"account": name}, name)
            if done is not None:
                return
        store = await self._resources.store()
        if not await store.run(store.accounts.remove, name):
            raise NotFound(f"There is no account {name!r} in the store.", fix=_LIST)

    async def pause(self, account: str, reason: str) -> Pause | None:
        """Keep an account from publishing until somebody resumes it; its posts stay where they are.

        A send that is open is settled, and live posts are followed up. Returns the pause that holds.
        Raises NotFound for an unknown account, Refused without a reason, NeedsApproval for a program where
        the account has posts of others.
        """
        line, store = reason_of(reason), await self._resources.store()
        await self._acting.require_known(account)
        actor, earlier = await self._gate.actor(), await pause_now(store, account, self._now)
        if actor.is_program and earlier and earlier.by:
            return earlier
        if actor.is_program and await has_posts_of_others(store, account, actor.id):
            done = await self._consent.let(PAUSE, {"account": account, "reason": line}, account)
            if done is not None:
                return await pause_now(store, account, self._now)
        pause = Pause(UNTIL_RESUMED, line, actor.id, self._now)
        await store.run(store.accounts.pause, account, pause, [pause_event(account, actor, self._now, line)])
        return pause

    async def resume(self, account: str) -> Resumed:
        """End the pause that somebody made of an account; without one, the pause by an error of Instagram's.

        Raises NotFound for an unknown account, NeedsApproval for a program where the account is paused.
        """
        store, actor = await self._resources.store(), await self._gate.actor()
        pause = await pause_now(store, account, self._now)
        if actor.is_program and pause:
            # Consent is to the end of this pause: neither a decision about an earlier one nor a standing
            # consent, given before a person paused the account, may end what a person wants paused.
            is_persons = pause.by is not None and not actor_of(pause.by).is_program
            ending = {"account": account, "pause": msgspec.to_builtins(pause)}
            done = await self._consent.let(RESUME, ending, account, is_grantable=not is_persons)
            if done is not None:
                return Resumed(was_paused=bool(done.get("was_paused")))
        ended = False
        if pause:
            end = store.accounts.resume_by_hand if pause.by else store.accounts.resume
            ended = await store.run(end, account, [pause_event(account, actor, self._now, None)])
        if ended:
            late = PostQuery(states=WAITING_STATES, account=account, due_before=self._now, limit=_MANY)
            return Resumed(
                was_paused=True,
                still=await pause_now(store, account, self._now),
                overdue=len((await store.run(store.posts.list, late)).posts),
            )
        if await self._acting.login(account) is None:
            raise NotFound(
                f"No account {account!r} is signed in, and none of this name is paused.",
                fix=_LIST,
            )
        return Resumed(was_paused=False)

    @property
    def _now(self) -> datetime:
        return self._resources.clock.now()

    async def doctor(
        self,
        *,
        account: str | None = None,
        every: bool = False,
        repairs: bool = False,
        on_finding: Callable[[Finding], None] = ignore_finding,
    ) -> Report:
        """Look for what is wrong with this machine, the store, accounts, hosting and programs; only reads.

        account: a stored one; None for the session's own. every: all. repairs: mend what is safe first.
        Raises NotFound for an unknown account, NeedsApproval for a program that wants repairs.
        """
        from pressroom.service.doctor.examining import Doctor  # noqa: PLC0415  # loads the HTTP client

        doctor = Doctor(self._resources, self._acting, self._gate)
        return await doctor.examine(account=account, every=every, repairs=repairs, on_finding=on_finding)

    async def probe(
        self,
        *,
        level: Level | str,
        account: str | None = None,
        image_url: str | None = None,
        on_question: Callable[[Probe], None] = ignore_question,
        on_answer: Callable[[ProbeReport], None] = ignore_report,
    ) -> ProbeReport:
        """Ask the API on an account what nobody knows of it, and report what came back.

        level: what a person consents to. `reads`; `vanishes`: containers, a story, a renewed token; `post`: a
        post that stays until it is deleted. account: a stored one; None for the session's own. image_url: a
        picture; a sandbox on this machine gets one by itself. on_answer: told after each question, and at the
        end, of everything so far. Raises NeedsApproval for a program, Refused for a picture that Instagram
        would refuse, NotFound, SignInRequired, GraphError for a token that does not work, TransportError.
        """
        from pressroom.service.doctor.probes.prober import Prober  # noqa: PLC0415  # loads every question

        ask = Prober(self._resources, self._acting, self._gate).ask
        return await ask(level, account, image_url, on_question=on_question, on_answer=on_answer)
