"""`AccountService`: signs accounts in and out, tells the state of their tokens, and makes raw API calls.

A program has to ask a person before it changes an account or makes a call that is no plain read.
"""

import asyncio
from collections.abc import Callable, Collection, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

import msgspec

from pressroom.accounts.keys import KeyPlace, key_place, master_keys, place_of_tokens
from pressroom.core.account import UNTIL_RESUMED, Account, AccountId, Pause, StoredAccount, shown_account
from pressroom.core.actor import actor_of
from pressroom.core.consent import Proposal
from pressroom.core.errors import GraphError, NotFound, Refused, SettingRefused, SignInRequired
from pressroom.core.journal import FieldChange, JournalEvent, SubjectKind
from pressroom.core.post import WAITING_STATES
from pressroom.core.protocols import Reply
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.stored_posts import PostQuery
from pressroom.core.when import zone_named
from pressroom.graph.call import Method, is_read
from pressroom.graph.capabilities import Capability, capability_of, logins_with, offer, words_of
from pressroom.graph.hosts import LoginType
from pressroom.graph.secret_names import SECRET_PARAMETERS
from pressroom.graph.traps import trap
from pressroom.insights.report.languages import available_languages, require_language
from pressroom.service.accounts.signing_in import SigningIn
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
from pressroom.service.consent.rules import Request
from pressroom.service.doctor.findings import Finding, Report, ignore_finding
from pressroom.service.doctor.probes.probe import Level, Probe, ProbeReport, ignore_question, ignore_report
from pressroom.service.ground.resources import Resources

_CALL, _PAUSE, _RESUME, _SIGN_OUT = "call", "pause", "resume", "sign_out"
_ANSWER = "answer"
# Case-folded, and so are the names compared with them: `Access_Token` holds a token, too.
_SECRET_NAMES = frozenset(map(str.casefold, SECRET_PARAMETERS))
_MANY = 1000
_LIST = Fix.of("List them: {}.", Remedy(RemedyKind.LIST_ACCOUNTS))


# Meta has no code for what a login lacks: there is no such field, object, path or capability then.
_NO_SUCH_THING = frozenset((3, 100, 803, 2500))


@contextmanager
def named_lack(login: LoginType, method: Method, path: str, params: Mapping[str, str]) -> Generator[None]:
    """Let the error of a call that a login does not offer say so, and name the logins that do."""
    try:
        yield
    except GraphError as error:
        needed = capability_of(method, path, params)
        if needed and offer(login, needed).is_refused and error.body.code in _NO_SUCH_THING:
            able = " and ".join(each.label for each in logins_with(needed))
            lack, fix = f"{login.label} cannot {words_of(needed)}; {able} can.", trap("login-lacks").remedy
            # An id alone does not tell a media from a comment, which any login deletes.
            if needed is Capability.DELETE_MEDIA:
                lack, fix = f"If it is a media: {lack}", f"Check the id. If it is a media: {fix}"
            error.message = f"{error.message.rstrip('.')}. {lack}"
            error.advice = Fix(fix)
        raise


def offered_languages(start: str) -> list[str]:
    """Return the languages of reports whose code begins with `start`."""
    return [code for code in available_languages() if code.startswith(start)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed:
    """The end of a pause. still: another that goes on, after an error of Instagram's, as of a dead token.

    overdue: how many posts are past the time at which they were to go out; each follows its late rule now.
    """

    was_paused: bool
    still: Pause | None = None
    overdue: int = 0


class RotatedKey(NamedTuple):
    """A change of the key that seals tokens. tokens: how many were sealed anew. place: where the key is."""

    tokens: int
    place: KeyPlace


class AccountService(SigningIn, AccountOverviews):
    """The use-cases of accounts. Any of them may raise StoreRefused, StoreFailed or SettingRefused."""

    def __init__(self, resources: Resources, acting: Acting, gate: Gate) -> None:
        self._resources = resources
        self._acting = acting
        self._gate = gate

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
            # Secrets are looked for in `params` alone, by their names.
            if "?" in path:
                raise Refused(
                    "A path that a person is asked about has no query.",
                    rule="path_query",
                    limit="a path without ?",
                    fix="Give what stands behind the ? as parameters.",
                )
            call = {"method": method, "path": path, "params": dict(params)}
            account = (await (await self._acting.identity()).known()).id
            earlier = await self._find_outcome_or_allow(_CALL, call, account)
            # The approved call was made when it was approved: a repeat gets its answer and no second call.
            if earlier is not None:
                answer = earlier.get(_ANSWER, earlier)
                return Reply(status=200, headers={}, body=msgspec.json.encode(answer))
        with named_lack(client.account.login_type, method, path, params):
            return await client.raw(method, path, params)

    @property
    def carriers(self) -> Mapping[str, CarryOut]:
        """Functions that carry out an approved proposal about accounts, by its verb."""
        return {
            _CALL: self._carry_call,
            _PAUSE: self._carry_pause,
            _RESUME: self._carry_resume,
            _SIGN_OUT: self._carry_sign_out,
        }

    async def _carry_call(self, proposal: Proposal) -> Outcome:
        # `carriers` is public: without this check a program could carry out its own proposal.
        await self._gate.require_person("Only a person's session carries out what a person approved.")
        account, call = AccountId(proposal.account or ""), proposal.arguments
        client = self._resources.client(await self._acting.account_known_as(account))
        method, path, params = call["method"], call["path"], call["params"]
        with named_lack(client.account.login_type, method, path, params):
            reply = await client.raw(method, path, params)
        answer = msgspec.json.decode(reply.body)
        # A stored outcome is an object, and its key `error` means that carrying out the proposal failed.
        if isinstance(answer, dict) and _ANSWER not in answer and "error" not in answer:
            return cast("dict[str, Any]", answer)
        return {_ANSWER: answer}

    async def _carry_resume(self, proposal: Proposal) -> Outcome:
        await self._gate.require_person("Only a person's session carries out what a person approved.")
        name, store = await self._still_named(proposal), await self._resources.store()
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
        await self.pause(await self._still_named(proposal), proposal.arguments["reason"])
        return {}

    async def _carry_sign_out(self, proposal: Proposal) -> Outcome:
        await self.sign_out(await self._still_named(proposal))
        return {}

    async def place_of_tokens(self) -> str:
        """Say where tokens are kept, and where the key is that seals them."""
        return await asyncio.to_thread(place_of_tokens, self._resources.settings)

    async def rotate_key(self) -> RotatedKey:
        """Seal every stored token and app secret with another key, all of them or none.

        PRESSROOM_KEY=new,old names both keys; `old` may go afterwards. Without it a new key takes the place
        of the data directory's own, which is kept behind it until the next change.

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
        await ours.close_store()  # and the vault, which seals with the earlier key
        return RotatedKey(tokens, place)

    async def logins(self) -> tuple[StoredAccount, ...]:
        """Return the stored logins by name; asks nobody."""
        store = await self._resources.store()
        return await store.run(store.accounts.list)

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

    async def set_language(self, name: str, language: str) -> StoredAccount:
        """Change the language in which an account's reports are written, such as `de`.

        Raises NotFound, Refused for a language without a catalogue, NeedsApproval for a program.
        """
        await self._gate.require_person("Only a person changes the language of an account's reports.")
        language = require_language(language)
        store = await self._resources.store()
        name = (await store.run(store.accounts.get, name)).name
        await store.run(store.accounts.set_language, name, language)
        return await store.run(store.accounts.get, name)

    async def standings(
        self, names: Collection[str] | None = None, *, asks: bool = True
    ) -> tuple[Standing, ...]:
        """Return the state of every stored token, then of the environment's; asks Instagram about each.

        names: only of these logins; None for all. asks: False tells only what is known here.
        """
        return await Standings(self._resources, self._acting, asks).all(names)

    async def sign_out(self, name: str) -> None:
        """Forget an account's token; its posts stay. Raises NotFound, NeedsApproval for a program."""
        if await self._gate.is_program():
            done = await self._find_outcome_or_allow(_SIGN_OUT, {"account": name}, name)
            if done is not None:
                return
        store, actor = await self._resources.store(), (await self._gate.actor()).id
        login = await self._acting.login(name)
        event = JournalEvent(
            subject_id=login.account if login else name,
            subject_kind=SubjectKind.ACCOUNT,
            at=self._now,
            step="signed_out",
            actor=actor,
            changes=(FieldChange(name="login", before=name, after=None),),
        )
        if not await store.run(store.accounts.remove, name, [event]):
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
        # Paused by hand already: a program replaces nobody's reason.
        if actor.is_program and earlier and earlier.by:
            return earlier
        # A program may hold back its own posts, and asks before it does so to those of others.
        if actor.is_program and await has_posts_of_others(store, account, actor.id):
            done = await self._find_outcome_or_allow(_PAUSE, {"account": account, "reason": line}, account)
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
            done = await self._find_outcome_or_allow(_RESUME, ending, account, is_grantable=not is_persons)
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

    async def _find_outcome_or_allow(
        self, verb: str, arguments: Mapping[str, Any], who: str, *, is_grantable: bool = True
    ) -> Outcome | None:
        """Return None when a standing consent allows the action now, or the outcome of its approved proposal.

        who: the account, by its id or name. Raises NeedsApproval; EarlierFailure where carrying it out
        failed.
        """
        names = map(str.casefold, arguments.get("params", {}))
        secret = next((name for name in names if name in _SECRET_NAMES), None)
        if secret is not None:
            await self._gate.require_person(f"A call with a secret such as {secret} is a person's alone.")
        # What is wanted in one line, for the person who decides.
        if verb == _CALL:
            params = " ".join(f"{name}={value}" for name, value in arguments["params"].items())
            asks = f"{arguments['method']} {arguments['path']} {params}".rstrip()
        else:
            asks = f"{verb.replace('_', ' ')} {arguments['account']}"
        if verb == _RESUME:
            pause = arguments["pause"]
            by = f" by {pause['by']}" if pause["by"] else ""
            asks += f", which is paused{by}: {pause['reason']}"
        login = await self._acting.login(who)
        summary = {"account": login.name if login else shown_account(who), "asks": asks}
        # Proposals and standing consents are bound to the account's id: its name may belong to another user
        # by the time that a person approves.
        account = login.account if login else who
        return await self._gate.find_outcome_or_allow(
            Request(
                verb=verb,
                arguments=arguments,
                summary=summary,
                account=account,
                is_grantable=is_grantable,
            )
        )

    async def _still_named(self, proposal: Proposal) -> str:
        """Return the account name in a proposal. Raises Refused where it is another account's by now."""
        name = proposal.arguments["account"]
        login = await self._acting.login(name)
        if login is not None and login.account != proposal.account:
            raise Refused(
                f"{name!r} is the name of another account now.",
                rule="proposal",
                value=login.account,
                limit=proposal.account,
                fix="Have it proposed anew.",
            )
        return name

    async def doctor(
        self,
        *,
        account: str | None = None,
        every: bool = False,
        repairs: bool = False,
        refused: tuple[SettingRefused, ...] = (),
        on_finding: Callable[[Finding], None] = ignore_finding,
    ) -> Report:
        """Look for what is wrong with this machine, the store, accounts, hosting and programs; only reads.

        account: a stored one; None for the session's own. every: look at all accounts. repairs: first mend
        what is safe to mend. refused: why settings cannot be read that the session was opened without. Raises
        NotFound for an unknown account, NeedsApproval for a program that wants repairs.
        """
        from pressroom.service.doctor.examining import Doctor  # noqa: PLC0415  # loads the HTTP client

        doctor = Doctor(self._resources, self._acting, self._gate)
        return await doctor.examine(
            account=account, every=every, repairs=repairs, refused=refused, on_finding=on_finding
        )

    async def probe(
        self,
        *,
        level: Level | str,
        account: str | None = None,
        image_url: str | None = None,
        on_question: Callable[[Probe], None] = ignore_question,
        on_answer: Callable[[ProbeReport], None] = ignore_report,
    ) -> ProbeReport:
        """Ask the API, with one account, what Meta's pages leave open, and report what came back.

        level: what a person consents to. `reads`; `vanishes`: containers, a story, a renewed token; `post`: a
        post that stays until it is deleted. account: a stored one; None for the session's own. image_url: a
        picture; a sandbox on this machine gets one by itself. on_answer: told after each question, and at the
        end, of everything so far. Raises NeedsApproval for a program, Refused for a picture that Instagram
        would refuse, NotFound, SignInRequired, GraphError for a token that does not work, TransportError.
        """
        from pressroom.service.doctor.probes.prober import Prober  # noqa: PLC0415  # loads every question

        ask = Prober(self._resources, self._acting, self._gate).ask
        return await ask(level, account, image_url, on_question=on_question, on_answer=on_answer)
