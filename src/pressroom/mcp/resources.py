"""What there is beside tools: resources, which a model reads on its own, and prompts, which a person picks.

A resource has the details: limits, definitions, errors, a whole post, a proposal.
"""

import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, Final, NamedTuple, cast

import mcp_types as types
import msgspec

from pressroom.core.errors import NotFound
from pressroom.mcp.context import ToolContext, fenced

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


async def read_resource(context: ToolContext, uri: str) -> types.ReadResourceResult:
    """Read a resource. Raises NotFound for an address that is none."""
    for pattern, reads in _READS:
        if match := pattern.fullmatch(uri):
            content = context.mask.json(await reads(context, *match.groups()))
            text = json.dumps(content, ensure_ascii=False)
            return types.ReadResourceResult(
                contents=[types.TextResourceContents(uri=uri, mime_type=_JSON, text=text)]
            )
    places = ", ".join(
        (*(resource.uri for resource in RESOURCES), *(template.uri_template for template in TEMPLATES))
    )
    raise NotFound(f"There is no resource {uri}.", fix=f"There are: {places}.")


async def _limits(_context: ToolContext) -> object:
    from pressroom.graph import limits  # noqa: PLC0415  # read by few

    return {
        "images": {use: _plain(limit) for use, limit in limits.IMAGE_LIMITS.items()},
        "videos": {use: _plain(limit) for use, limit in limits.VIDEO_LIMITS.items()},
        "carousel_items": [limits.CAROUSEL_MIN_ITEMS, limits.CAROUSEL_MAX_ITEMS],
        "counts": {limit.rule: limit.most for limit in (limits.CAPTION_CHARACTERS, *limits.COUNT_LIMITS)},
    }


async def _definitions(context: ToolContext, *metrics: str) -> object:
    from pressroom.service.shapes.account_insights import DefinitionShape  # noqa: PLC0415  # read by few

    pressroom = await context.program.sessions.of()
    return _plain([DefinitionShape.of(metric) for metric in await pressroom.insights.definitions(*metrics)])


async def _error(_context: ToolContext, code: str) -> object:
    from pressroom.graph.error_table import TABLE  # noqa: PLC0415  # read by few

    rows = [row for row in TABLE if code in (str(row.code), str(row.subcode))]
    if not rows:
        raise NotFound(f"No error {code} of Instagram's is known.", fix="See the message that came with it.")
    return [
        {
            "code": row.code,
            "subcode": row.subcode,
            "means": row.explanation,
            "retry": row.retry,
            "fix": row.fix,
        }
        for row in rows
    ]


async def _post(context: ToolContext, post_id: str) -> object:
    from pressroom.service.shapes.posts import PostHistoryShape  # noqa: PLC0415  # read by few

    pressroom, post = await context.program.sessions.of_post(post_id)
    return _fenced(_plain(PostHistoryShape.of(await pressroom.posts.show(post.id))))


async def _proposal(context: ToolContext, proposal_id: str) -> object:
    from pressroom.service.shapes.posts import ProposalShape  # noqa: PLC0415  # read by few

    proposal = await context.program.sessions.proposal(proposal_id)
    return _fenced({"summary": dict(proposal.summary), **_plain(ProposalShape.of(proposal))})


# The first pattern that matches the whole address reads it.
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


# Shapes have a plain spelling: 4:5 says more than 0.8.
def _ratio(value: object) -> str:
    if isinstance(value, Fraction):
        return f"{value.numerator}:{value.denominator}"
    raise NotImplementedError(type(value))


def _fenced(value: Any, name: str = "") -> Any:  # noqa: ANN401  # JSON of any shape
    """Fence every text that others may have written in the JSON of a post or a proposal."""
    if isinstance(value, dict):
        return {key: _fenced(part, key) for key, part in cast("Mapping[str, Any]", value).items()}
    if isinstance(value, list | tuple):
        return [_fenced(part, name) for part in cast("Sequence[Any]", value)]
    return fenced(value) if isinstance(value, str) and name not in _OURS else value


class _Prompt(NamedTuple):
    prompt: types.Prompt
    text: str


_ACCOUNT: Final = types.PromptArgument(name="account", description="Signed-in account; else the default one.")
_PROMPTS: Final = (
    _Prompt(
        types.Prompt(
            name="weekly_report",
            title="Report of the last seven days",
            description="What was tried, what happened, why, what it brought, and what next.",
            arguments=[_ACCOUNT],
        ),
        "Tell me how the last seven days of my Instagram account{account} went. Call pull_insights, then "
        "create_report with period 7d, in my language if it takes it. Answer its five questions in order, "
        "by its sentences as they are, and say from its notes how sure that is. Mark what is your own guess. "
        "End with two things to try next week.",
    ),
    _Prompt(
        types.Prompt(
            name="month_plan",
            title="Plan for a month",
            description="Drafts and times for four weeks, for you to approve.",
            arguments=[
                _ACCOUNT,
                types.PromptArgument(name="topics", description="What it should be about.", required=True),
                types.PromptArgument(name="posts_a_week", description="How many; else 3."),
            ],
        ),
        "Plan four weeks of posts for my Instagram account{account} about: {topics}. {posts_a_week} posts a "
        "week. First get_account and list_posts, so that nothing clashes, and compare_posts by kind and "
        "get_best_time for what worked here. Show me the plan as a table of day, time, kind, file and "
        "caption, and wait for my answer. Then create_draft and schedule_post each; list what waits for my "
        "approval.",
    ),
)
PROMPTS: Final = tuple(entry.prompt for entry in _PROMPTS)


def get_prompt(name: str, arguments: Mapping[str, str]) -> types.GetPromptResult:
    """Fill a prompt in. Raises NotFound for an unknown one."""
    entry = next((entry for entry in _PROMPTS if entry.prompt.name == name), None)
    if entry is None:
        raise NotFound(f"There is no prompt {name}.", fix=f"There are: {', '.join(p.name for p in PROMPTS)}.")
    account = arguments.get("account")
    text = entry.text.format(
        account=f" ({account})" if account else "",
        topics=arguments.get("topics") or "what suits it",
        posts_a_week=arguments.get("posts_a_week") or "3",
    )
    message = types.PromptMessage(role="user", content=types.TextContent(text=text))
    return types.GetPromptResult(description=entry.prompt.description, messages=[message])
