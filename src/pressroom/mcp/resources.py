"""Details that a model reads when it needs them: limits, definitions, errors, a whole post, a proposal."""

import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, Final, cast

import mcp_types as types
import msgspec

from pressroom.core.errors import NotFound
from pressroom.mcp.context import ToolContext
from pressroom.mcp.fence import fenced

_JSON: Final = "application/json"
# Members of a post or a proposal whose text is ours; all else others may have written.
_OURS: Final = frozenset(
    {
        "account", "actor", "asked_by", "at", "attention", "code", "command", "content", "created_at",
        "decided_by", "due_at", "due_local", "expires_at", "if_late", "kind", "media_id", "permalink",
        "possible", "post_id", "postponed_local", "postponed_to", "proposal_id", "sha256", "state", "step",
        "timezone", "verb", "what",
    }
)  # fmt: skip

RESOURCES: Final = (
    types.Resource(
        name="limits",
        title="Instagram's limits",
        uri="pressroom://limits",
        description="Sizes, shapes, durations and counts that Instagram allows, by what a file is for.",
        mime_type=_JSON,
    ),
    types.Resource(
        name="definitions",
        title="What metrics count",
        uri="pressroom://definitions",
        description="Every metric: what it counts, whether it adds up, and since when there is one.",
        mime_type=_JSON,
    ),
)
TEMPLATES: Final = tuple(
    types.ResourceTemplate(
        name=name, title=title, uri_template=f"pressroom://{place}", description=description, mime_type=_JSON
    )
    for name, title, place, description in (
        ("definition", "What a metric counts", "definitions/{metric}", "One metric, such as reach."),
        (
            "error",
            "An error of Instagram's",
            "errors/{code}",
            "What a code means, and what to do, such as 9004.",
        ),
        ("post", "A whole post", "posts/{post_id}", "A post with every option, event and choice."),
        ("proposal", "A whole proposal", "proposals/{proposal_id}", "What a person was asked, and decided."),
    )
)


async def read(context: ToolContext, uri: str) -> types.ReadResourceResult:
    """Read a resource. Raises NotFound for an address that is none."""
    for pattern, reads in _READS:
        if found := pattern.fullmatch(uri):
            content = context.mask.json(await reads(context, *found.groups()))
            text = json.dumps(content, ensure_ascii=False)
            return types.ReadResourceResult(
                contents=[types.TextResourceContents(uri=uri, mime_type=_JSON, text=text)]
            )
    places = ", ".join((*(one.uri for one in RESOURCES), *(one.uri_template for one in TEMPLATES)))
    raise NotFound(f"There is no resource {uri}.", fix=f"There are: {places}.")


async def _limits(_context: ToolContext) -> object:
    from pressroom.graph import limits  # noqa: PLC0415  # read by few

    return {
        "images": {use: _plain(one) for use, one in limits.IMAGE_LIMITS.items()},
        "videos": {use: _plain(one) for use, one in limits.VIDEO_LIMITS.items()},
        "carousel_items": [limits.CAROUSEL_MIN_ITEMS, limits.CAROUSEL_MAX_ITEMS],
        "counts": {one.rule: one.most for one in (limits.CAPTION_CHARACTERS, *limits.COUNT_LIMITS)},
    }


async def _definitions(context: ToolContext, *metrics: str) -> object:
    from pressroom.service.shapes.account_insights import DefinitionShape  # noqa: PLC0415  # read by few

    pressroom = await context.sessions.of()
    return _plain([DefinitionShape.of(one) for one in await pressroom.insights.definitions(*metrics)])


async def _error(_context: ToolContext, code: str) -> object:
    from pressroom.graph.error_table import TABLE  # noqa: PLC0415  # read by few

    rows = [one for one in TABLE if code in (str(one.code), str(one.subcode))]
    if not rows:
        raise NotFound(f"No error {code} of Instagram's is known.", fix="See the message that came with it.")
    return [
        {"code": one.code, "subcode": one.subcode, "means": one.message, "retry": one.retry, "fix": one.fix}
        for one in rows
    ]


async def _post(context: ToolContext, post_id: str) -> object:
    from pressroom.service.shapes.posts import PostHistoryShape  # noqa: PLC0415  # read by few

    pressroom, post = await context.sessions.of_post(post_id)
    return _fenced(_plain(PostHistoryShape.of(await pressroom.posts.show(post.id))))


async def _proposal(context: ToolContext, proposal_id: str) -> object:
    from pressroom.service.shapes.posts import ProposalShape  # noqa: PLC0415  # read by few

    proposal = await context.sessions.proposal(proposal_id)
    return _fenced({"summary": dict(proposal.summary), **_plain(ProposalShape.of(proposal))})


_READS: Final[tuple[tuple[re.Pattern[str], Callable[..., Awaitable[object]]], ...]] = (
    (re.compile(r"pressroom://limits"), _limits),
    (re.compile(r"pressroom://definitions"), _definitions),
    (re.compile(r"pressroom://definitions/(\w+)"), _definitions),
    (re.compile(r"pressroom://errors/(\d+)"), _error),
    (re.compile(r"pressroom://posts/([0-9a-f]{32})"), _post),
    (re.compile(r"pressroom://proposals/([0-9a-f]{32})"), _proposal),
)


def _plain(value: object) -> Any:  # noqa: ANN401  # JSON of any shape
    return msgspec.to_builtins(value, enc_hook=_ratio)


def _ratio(value: object) -> str:
    if isinstance(value, Fraction):
        return f"{value.numerator}:{value.denominator}"
    raise NotImplementedError(type(value))


def _fenced(value: Any, name: str = "") -> Any:  # noqa: ANN401  # JSON of any shape
    """Fence every text that others may have written in the JSON of a post or a proposal."""
    if isinstance(value, dict):
        return {key: _fenced(one, key) for key, one in cast("Mapping[str, Any]", value).items()}
    if isinstance(value, list | tuple):
        return [_fenced(one, name) for one in cast("Sequence[Any]", value)]
    return fenced(value) if isinstance(value, str) and name not in _OURS else value
