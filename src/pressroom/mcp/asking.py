"""Shows a person in the client where to decide, by an address that cannot approve; the answer grants nothing.

By elicitation in URL mode alone, since clients answer forms by themselves. Once for each proposal: a model
that repeats its call would open the page each time.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Final

import mcp_types as types
import msgspec
from mcp.shared.exceptions import MCPError
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from pressroom.mcp import views
from pressroom.mcp.request import Request

_NAME: Final = "approval"


@dataclass(frozen=True, slots=True)
class Page:
    """What a person is shown. message: for the client to show beside the address."""

    proposal: str
    address: str
    message: str


@dataclass(slots=True)
class Shown:
    """The proposals whose pages were shown."""

    proposals: set[str] = field(default_factory=set[str])

    def wanted(self, request: Request, answer: msgspec.Struct) -> Page | None:
        """Return what a person should be shown now; None for nothing, and where the client cannot."""
        if not isinstance(answer, views.PostView) or answer.needs_approval is None or not _can_open(request):
            return None
        proposal, address = answer.needs_approval.proposal_id, answer.needs_approval.page
        if proposal is None or address is None or proposal in self.proposals:
            return None
        said = f"A program asks you to approve a post of {answer.account}. Look at it, and decide there."
        return Page(proposal, address, said)


def _can_open(request: Request) -> bool:
    declared = request.session.client_capabilities
    return bool(declared and declared.elicitation and declared.elicitation.url)


def asks_by_answer(request: Request) -> bool:
    """Tell whether the protocol asks by an answer that the client completes; else the server asks."""
    return request.protocol_version in MODERN_PROTOCOL_VERSIONS


def as_answer(page: Page) -> types.InputRequiredResult:
    """Give the answer that asks: the client repeats its call once the person was shown the page."""
    params = types.ElicitRequestURLParams(message=page.message, url=page.address)
    return types.InputRequiredResult(input_requests={_NAME: types.ElicitRequest(params=params)})


async def ask(request: Request, page: Page, longest_s: float) -> None:
    """Have the client show the page, and wait a while for the person."""
    try:
        async with asyncio.timeout(longest_s):
            await request.session.elicit_url(page.message, page.address, page.proposal, request.request_id)
    except (TimeoutError, MCPError):
        return  # what is asked waits all the same
