"""Calls that a program proposes: what is kept of one, and that it is made once."""

from typing import Any
from unittest.mock import patch

import msgspec
import pytest

from pressroom.core.consent import Decision, ProposalId, ProposalState
from pressroom.core.errors import Conflict, NeedsApproval, Refused
from pressroom.core.failure import EarlierFailure
from pressroom.core.protocols import Reply
from pressroom.sandbox.faults import Fault, FaultKind
from tests.service.consenting import ANNA, person, program, proposed
from tests.service.road import Road

RAW = "pressroom.client.client.Client.raw"


@pytest.fixture
async def ana(road: Road) -> Road:
    road.sign_in("ana", timezone="Europe/Istanbul")
    return road


async def approved(road: Road, proposal_id: str | None) -> None:
    async with person(road) as pressroom:
        await pressroom.approvals.approve(proposal_id or "")


@pytest.mark.parametrize("params", [{"method": "post"}, {"METHOD": "delete"}, {"batch": "[]"}])
async def test_a_read_that_names_another_method_is_no_read(ana: Road, params: dict[str, str]) -> None:
    async with program(ana) as pressroom:
        await proposed(pressroom.accounts.call("GET", "me", params))
        assert (await pressroom.accounts.call("GET", "me", {})).status == 200


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_query_that_may_hold_a_secret_is_in_no_proposal(ana: Road, method: Any) -> None:
    async with program(ana) as pressroom:
        with pytest.raises(Refused) as refused:
            await pressroom.accounts.call(method, "me?access_token=secret", {})
    assert (refused.value.rule, ana.store.consents.list()) == ("path_query", ())


@pytest.mark.parametrize("name", ["access_token", "Access_Token", "X-Amz-Signature", "x-amz-signature"])
async def test_a_parameter_that_is_secret_by_its_name_in_any_case_is_in_no_proposal(
    ana: Road, name: str
) -> None:
    async with program(ana) as pressroom:
        with pytest.raises(NeedsApproval, match="a person's alone"):
            await pressroom.accounts.call("POST", "me", {name: "secret"})
    assert ana.store.consents.list() == ()


@pytest.mark.parametrize("answer", [[1, 2], True, {"id": "1"}, {"answer": 1}, {"error": "no failure"}])
async def test_a_program_is_told_the_answer_of_its_call_whatever_it_is(ana: Road, answer: Any) -> None:
    body = msgspec.json.encode(answer)
    async with program(ana) as pressroom:
        waits = await proposed(pressroom.accounts.call("POST", "me", {}))
        with patch(RAW, return_value=Reply(status=200, headers={}, body=body)):
            await approved(ana, waits.proposal_id)
        assert (await pressroom.accounts.call("POST", "me", {})).body == body


async def test_a_fault_while_a_call_is_carried_out_is_what_came_of_it(ana: Road) -> None:
    async with program(ana) as pressroom:
        waits = await proposed(pressroom.accounts.call("POST", "me", {}))
        with patch(RAW, side_effect=ValueError("not foreseen")):
            await approved(ana, waits.proposal_id)
        with pytest.raises(EarlierFailure, match=r"made a mistake .*\(ValueError\)"):
            await pressroom.accounts.call("POST", "me", {})


async def test_what_was_approved_by_a_session_that_ended_at_once_is_carried_out_once_by_the_next(
    ana: Road,
) -> None:
    async with program(ana) as pressroom:
        waits = await proposed(pressroom.accounts.call("GET", "me", {"method": "post"}))
        proposal_id = ProposalId(waits.proposal_id or "")
        at = ana.clock.now()
        ana.store.consents.decide(
            Decision(proposal=proposal_id, state=ProposalState.APPROVED, by=ANNA.id, at=at)
        )
        ana.sandbox.scene.log.clear()
        await proposed(pressroom.approvals.approve(proposal_id))
        await approved(ana, proposal_id)
        with pytest.raises(Conflict):
            await approved(ana, proposal_id)
    assert len(ana.sandbox.calls("/me")) == 1


async def test_a_read_that_names_another_method_is_sent_once_when_it_is_approved(ana: Road) -> None:
    ana.sandbox.faults.add(Fault(on="user", kind=FaultKind.ERROR, code=2, times=3))
    async with program(ana) as pressroom:
        waits = await proposed(pressroom.accounts.call("GET", "me", {"method": "post"}))
    ana.sandbox.scene.log.clear()
    await approved(ana, waits.proposal_id)
    assert len(ana.sandbox.calls("/me")) == 1


async def test_an_approved_call_is_answered_and_not_made_again_by_a_later_standing_consent(ana: Road) -> None:
    path, said = f"{ana.sandbox.user_id}/media", {"image_url": "https://example.com/a.jpg"}
    async with program(ana) as pressroom:
        waits = await proposed(pressroom.accounts.call("POST", path, said))
        await approved(ana, waits.proposal_id)
        async with person(ana) as letting:
            await letting.approvals.allow("program:planner", verbs=["call"], accounts=["ana"], per_day=9)
        await pressroom.accounts.call("POST", path, said)
    assert len(ana.sandbox.calls("/media", "POST")) == 1
