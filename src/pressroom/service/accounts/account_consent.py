"""Asks a person before a program changes an account or makes a call that is no plain read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from pressroom.core.account import shown_account
from pressroom.core.consent import Proposal
from pressroom.core.errors import Refused
from pressroom.graph.secret_names import SECRET_PARAMETERS
from pressroom.service.acting.acting import Acting
from pressroom.service.consent.gate import Gate, Outcome
from pressroom.service.consent.rules import Request

CALL, PAUSE, RESUME, SIGN_OUT = "call", "pause", "resume", "sign_out"
ANSWER = "answer"
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
    params = " ".join(f"{name}={value}" for name, value in arguments["params"].items())
    return f"{arguments['method']} {arguments['path']} {params}".rstrip()


def outcome_of(answer: Any) -> Outcome:  # noqa: ANN401  # any JSON value
    """Return an object as it is; put any other value, and an object with a reserved key, under `answer`."""
    # A stored outcome is an object, and its key `error` means that carrying out the proposal failed.
    if isinstance(answer, dict) and ANSWER not in answer and "error" not in answer:
        return cast("dict[str, Any]", answer)
    return {ANSWER: answer}


def require_no_query(path: str) -> None:
    """Raise Refused for a path with a query: secrets are looked for in `params` alone, by their names."""
    if "?" in path:
        raise Refused(
            "A path that a person is asked about has no query.",
            rule="path_query",
            limit="a path without ?",
            fix="Give what stands behind the ? as parameters.",
        )


@dataclass(frozen=True, slots=True)
class AccountConsent:
    """Proposals of programs about accounts: who wants what, and what became of it."""

    acting: Acting
    gate: Gate

    async def let(
        self, verb: str, arguments: Mapping[str, Any], who: str, *, is_grantable: bool = True
    ) -> Outcome | None:
        """Return None when a standing consent allows the action now, or the outcome of its approved proposal.

        who: the account, by its id or name. Raises NeedsApproval; EarlierFailure where carrying it out
        failed.
        """
        names = map(str.casefold, arguments.get("params", {}))
        secret = next((name for name in names if name in _SECRET_NAMES), None)
        if secret is not None:
            await self.gate.require_person(f"A call with a secret such as {secret} is a person's alone.")
        login = await self.acting.login(who)
        called = login.name if login else shown_account(who)
        summary = {"account": called, "asks": _in_words(verb, arguments)}
        # Proposals and standing consents are bound to the account's id: its name may belong to another user
        # by the time that a person approves.
        account = login.account if login else who
        return await self.gate.find_outcome_or_allow(
            Request(
                verb=verb,
                arguments=arguments,
                summary=summary,
                account=account,
                is_grantable=is_grantable,
            )
        )

    async def still_named(self, proposal: Proposal) -> str:
        """Return the account name in a proposal. Raises Refused where it is another account's by now."""
        name = proposal.arguments["account"]
        login = await self.acting.login(name)
        if login is not None and login.account != proposal.account:
            raise Refused(
                f"{name!r} is the name of another account now.",
                rule="proposal",
                value=login.account,
                limit=proposal.account,
                fix="Have it proposed anew.",
            )
        return name
