"""`AccountService`: signs accounts in and out, tells the state of their tokens, and makes raw API calls."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, cast

import msgspec

from pressroom.accounts.tokens import LIFE, YOUNGEST_TO_RENEW, TokenKeeper
from pressroom.accounts.who import who
from pressroom.core.account import Account, AccountId, shown_account
from pressroom.core.actor import actor_of
from pressroom.core.consent import Proposal
from pressroom.core.errors import GraphError, NotFound, PressroomError, Refused, TransportError
from pressroom.core.pauses import UNTIL_RESUMED, Pause
from pressroom.core.post import WAITING_STATES
from pressroom.core.protocols import Reply
from pressroom.core.remedies import Fix, Remedy, RemedyKind
from pressroom.core.repositories import PostQuery
from pressroom.core.secret import Secret
from pressroom.core.stored_accounts import StoredAccount
from pressroom.graph import calls
from pressroom.graph.calls import Method
from pressroom.graph.capabilities import Capability, is_offered, logins_with
from pressroom.graph.reads import is_read
from pressroom.graph.secret_names import SECRET_PARAMETERS
from pressroom.service.acting import Acting
from pressroom.service.gate import CarryOut, Gate, Outcome, Wanted
from pressroom.service.pausing import has_posts_of_others, pause_event, pause_now, reason_of
from pressroom.service.resources import Resources
from pressroom.service.standings import Standing, Standings

_MANY = 1000
_LIST = Fix.of("List them: {}.", Remedy(RemedyKind.LIST_ACCOUNTS))
CALL, PAUSE, RESUME, SIGN_OUT = "call", "pause", "resume", "sign_out"
_ANSWER = "answer"
# Case-folded, and so are the names compared with them: `Access_Token` holds a token, too.
_SECRET_NAMES = frozenset(map(str.casefold, SECRET_PARAMETERS))


def _in_words(verb: str, arguments: Mapping[str, Any]) -> str:
    """Describe a wanted call or change in one line, for the person who decides."""
    if verb == RESUME:
        pause = arguments["pause"]
        by = f" by {pause['by']}" if pause["by"] else ""
        return f"resume {arguments['account']}, which is paused{by}: {pause['reason']}"
    if verb != CALL:
        return f"{verb.replace('_', ' ')} {arguments['account']}"
    given = " ".join(f"{name}={value}" for name, value in arguments["params"].items())
    return f"{arguments['method']} {arguments['path']} {given}".rstrip()


def _outcome(answer: Any) -> Outcome:  # noqa: ANN401  # any JSON value
    """Return an object as it is; put any other value, and an object with a reserved key, under `answer`."""
    # A stored outcome is an object, and its key `error` means that carrying out the proposal failed.
    if isinstance(answer, dict) and _ANSWER not in answer and "error" not in answer:
        return cast("dict[str, Any]", answer)
    return {_ANSWER: answer}


def _require_no_query(path: str) -> None:
    """Raise Refused for a path with a query: secrets are looked for in `params` alone, by their names."""
    if "?" in path:
        raise Refused(
            "A path that a person is asked about has no query.",
            rule="path_query",
            limit="a path without ?",
            fix="Give what stands behind the ? as parameters.",
        )


def _named(arguments: Mapping[str, Any]) -> Iterable[str]:
    return (name.casefold() for name in arguments.get("params", {}))


class BeingRenewed(PressroomError):
    """A worker is renewing the token right now."""

    code: int | str | None = "being_renewed"
    retryable = True


@dataclass(frozen=True, slots=True)
class SignedIn:
    """An account that was stored. username: None when Instagram did not say.

    left: number of posts that wait for the account which had this name before, until somebody signs in to it.
    """

    stored: StoredAccount
    username: str | None
    left: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed:
    """The end of a pause. still: the pause that goes on, by an error of Instagram's, as of a dead token.

    overdue: how many posts are past the time at which they go out: each follows its late rule now.
    """

    was_paused: bool
    still: Pause | None = None
    overdue: int = 0


class AccountService:
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
            _require_no_query(path)
            asked = {"method": method, "path": path, "params": dict(params)}
            earlier = await self._let(CALL, asked, (await (await self._acting.identity()).known()).id)
            # The approved call was made when it was approved: a repeat gets its answer and no second call.
            if earlier is not None:
                answer = earlier.get(_ANSWER, earlier)
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

    async def _let(
        self, verb: str, arguments: Mapping[str, Any], who: str, *, is_grantable: bool = True
    ) -> Outcome | None:
        """Return None when a standing consent allows the action now, or the outcome of its approved proposal.

        who: the account, by its id or name. Raises NeedsApproval; EarlierFailure where carrying it out
        failed.
        """
        secret = next((name for name in _named(arguments) if name in _SECRET_NAMES), None)
        if secret is not None:
            await self._gate.require_person(f"A call with a secret such as {secret} is a person's alone.")
        login = await self._acting.login(who)
        called = login.name if login else shown_account(who)
        summary = {"account": called, "asks": _in_words(verb, arguments)}
        # Proposals and standing consents are bound to the account's id: its name may belong to another user
        # by the time that a person approves.
        account = login.account if login else who
        return await self._gate.let(
            Wanted(
                verb=verb,
                arguments=arguments,
                summary=summary,
                account=account,
                is_grantable=is_grantable,
            )
        )

    async def _carry_call(self, proposal: Proposal) -> Outcome:
        # `carriers` is public: without this check a program could carry out its own proposal.
        await self._gate.require_person("Only a person's session carries out what a person approved.")
        account, asked = AccountId(proposal.account or ""), proposal.arguments
        client = self._resources.client(await self._acting.account_known_as(account))
        reply = await client.raw(asked["method"], asked["path"], asked["params"])
        return _outcome(msgspec.json.decode(reply.body))

    async def _carry_resume(self, proposal: Proposal) -> Outcome:
        await self._gate.require_person("Only a person's session carries out what a person approved.")
        name, store = await self._still_named(proposal), await self._resources.store()
        asked = proposal.arguments.get("pause")
        if asked != msgspec.to_builtins(await pause_now(store, name, self._now)):
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

    async def sign_in(
        self, name: str, account: Account, *, timezone: str | None, is_default: bool
    ) -> SignedIn:
        """Store an account whose token works, and end its pause.

        Tries to renew the token, since only a renewal tells when it ends.

        timezone: None keeps the stored zone. Raises GraphError for a token that does not work, SettingRefused
        for one of another account, NeedsApproval for a program.
        """
        await self._gate.require_person("Only a person signs an account in.")
        store, vault, now = await self._resources.store(), await self._resources.vault(), self._now
        # Asked before anything is stored: an unusable token, or another user's, must not replace a good one.
        found = await who(self._resources.client(account))
        known = {one.name: one for one in await store.run(store.accounts.list)}
        before = known.get(name)
        token, expires_at = await self._renewed(account)
        await store.run(
            vault.keep,
            name,
            replace(account, token=token, user_id=found.user_id),
            obtained_at=now,
            expires_at=expires_at,
            timezone=timezone or (before.timezone if before else "UTC"),
            is_default=is_default or not known or (before is not None and before.is_default),
        )
        # A token that ended has paused the account until a person acts, and this sign-in is that act.
        await store.run(store.accounts.resume, name)
        stored = await store.run(store.accounts.get, name)
        left = await self._left(before) if before and before.account != stored.account else 0
        return SignedIn(stored, found.username, left)

    async def _left(self, before: StoredAccount) -> int:
        store = await self._resources.store()
        accounts = await store.run(store.accounts.list)
        # Another login of the same user still publishes these posts, so none is left behind.
        if any(one.account == before.account for one in accounts):
            return 0
        counts = await store.run(store.posts.counts, before.account)
        return sum(count for state, count in counts.items() if state in WAITING_STATES)

    async def standings(self) -> tuple[Standing, ...]:
        """Return the state of every stored token, then of the environment's; asks Instagram about each."""
        return await Standings(self._resources, self._acting).all()

    async def refresh(self, name: str) -> StoredAccount:
        """Renew a token, and return the login with its new end.

        Raises NotFound, Refused for a token that is too young or not of Instagram Login, BeingRenewed while a
        worker renews it, GraphError.
        """
        store, vault = await self._resources.store(), await self._resources.vault()
        stored = await store.run(store.accounts.get, name)
        self._require_renewable(stored)
        client = self._resources.client
        keeper = TokenKeeper(store=store, vault=vault, clock=self._resources.clock, client=client)
        if await keeper.renew(stored.name) is None:
            raise BeingRenewed("A worker renews the token at this moment.", fix="Wait for it.")
        return await store.run(store.accounts.get, name)

    async def sign_out(self, name: str) -> None:
        """Forget an account's token; its posts stay. Raises NotFound, NeedsApproval for a program."""
        if await self._gate.is_program():
            done = await self._let(SIGN_OUT, {"account": name}, name)
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
            done = await self._let(PAUSE, {"account": account, "reason": line}, account)
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
            done = await self._let_resume(account, pause)
            if done is not None:
                return Resumed(was_paused=bool(done.get("was_paused")))
        ended = False
        if pause:
            end = store.accounts.resume_by_hand if pause.by else store.accounts.resume
            ended = await store.run(end, account, [pause_event(account, actor, self._now, None)])
        if ended:
            still, overdue = await pause_now(store, account, self._now), await self._overdue(account)
            return Resumed(was_paused=True, still=still, overdue=overdue)
        if await self._acting.login(account) is None:
            raise NotFound(
                f"No account {account!r} is signed in, and none of this name is paused.",
                fix=_LIST,
            )
        return Resumed(was_paused=False)

    async def _let_resume(self, account: str, pause: Pause) -> Outcome | None:
        # Consent is to the end of this pause: neither a decision about an earlier one nor a standing consent,
        # given before a person paused the account, may end what a person wants paused.
        is_persons = pause.by is not None and not actor_of(pause.by).is_program
        asked = {"account": account, "pause": msgspec.to_builtins(pause)}
        return await self._let(RESUME, asked, account, is_grantable=not is_persons)

    async def _overdue(self, account: str) -> int:
        store = await self._resources.store()
        query = PostQuery(states=WAITING_STATES, account=account, due_before=self._now, limit=_MANY)
        return len((await store.run(store.posts.list, query)).posts)

    async def _renewed(self, account: Account) -> tuple[Secret, datetime | None]:
        """Renew the token to learn when it ends; where that is refused keep it, with no known end."""
        # `refresh_access_token` exists for Instagram Login alone, and takes a long-lived token from the age
        # of 24 hours (Access Token reference). So a refusal is no error here: the worker renews the token
        # later.
        if not is_offered(account.login_type, Capability.TOKEN_RENEWAL):
            return account.token, None
        try:
            answer = await self._resources.client(account).send(calls.refresh_token(account.token.reveal()))
        except (GraphError, TransportError):
            return account.token, None
        life = timedelta(seconds=answer.expires_in) if answer.expires_in else LIFE
        return Secret(answer.access_token), self._now + life

    def _require_renewable(self, stored: StoredAccount) -> None:
        if not is_offered(stored.login_type, Capability.TOKEN_RENEWAL):
            able = " or ".join(login.label for login in logins_with(Capability.TOKEN_RENEWAL))
            raise Refused(
                f"A token of {stored.login_type.label} cannot be renewed, as one of {able} can.",
                rule="login_type",
                value=stored.login_type,
                limit=able,
                fix=Fix.of("Sign in again: {}.", Remedy(RemedyKind.SIGN_IN, {"account": stored.name})),
            )
        age = self._now - (stored.token_refreshed_at or stored.token_obtained_at)
        if age < YOUNGEST_TO_RENEW:
            raise Refused(
                "The token is younger than a day, and Instagram renews no such token.",
                rule="token_age",
                value=f"{age.total_seconds() / 3600:.0f} hours",
                limit="24 hours",
                fix="Nothing is to be done: the worker renews it from its seventh day.",
            )

    @property
    def _now(self) -> datetime:
        return self._resources.clock.now()
