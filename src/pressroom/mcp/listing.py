"""The tools as a client is told of them: names, words, schemas and hints. Imports none of their code.

Schemas are written out in place, without references and without what says nothing to a model.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, cast

import msgspec

from pressroom.core.actor import Scope
from pressroom.mcp import inputs, views

# What a model has no use for: names of our classes, their docstrings, and values that are left out.
_SILENT = frozenset({"title", "default"})


@dataclass(frozen=True)
class Tool:
    """A tool.

    run: `module:function` in `tools`, which takes a `ToolContext` and `takes`, and gives `gives`. scope: what
    a key has to be for. is_read_only, is_destructive, is_idempotent, is_open_world: the protocol's hints.
    What cannot be taken back is destructive; what reaches Instagram or the web is of the open world.
    """

    name: str
    title: str
    description: str
    takes: type[msgspec.Struct]
    gives: type[msgspec.Struct]
    # A text and no function: a client asks for the listing at each start, which loads no tool's code.
    run: str
    is_read_only: bool = False
    is_destructive: bool = False
    is_idempotent: bool = True
    is_open_world: bool = False
    scope: Scope = Scope.READ

    @cached_property
    def input_schema(self) -> dict[str, Any]:
        """JSON schema of the arguments."""
        return schema_of(self.takes)

    @cached_property
    def output_schema(self) -> dict[str, Any]:
        """JSON schema of the answer."""
        return schema_of(self.gives)


def schema_of(shape: type[msgspec.Struct]) -> dict[str, Any]:
    """Return the schema of a struct as one object, without references."""
    # A client hands the schema to a model, which would have to look each reference up.
    (schema,), parts = msgspec.json.schema_components((shape,), ref_template="{name}")
    plain = cast("dict[str, Any]", _plain(schema, parts))
    plain.pop("description", None)
    return plain


def _plain(node: Any, parts: Mapping[str, Any]) -> Any:  # noqa: ANN401  # any part of a schema
    if isinstance(node, list):
        return [_plain(member, parts) for member in cast("list[Any]", node)]
    if not isinstance(node, dict):
        return node
    whole = cast("dict[str, Any]", node)
    if "$ref" in whole:
        part = cast("dict[str, Any]", _plain(parts[whole["$ref"]], parts))
        part.pop("description", None)
        return part | {name: value for name, value in whole.items() if name != "$ref"}
    if "enum" in whole:
        whole = {"type": "string", **whole}  # which some clients ask for
    schema: dict[str, Any] = {
        # Below `properties` names are those of fields, which may be called as what is left out.
        name: {field: _plain(part, parts) for field, part in cast("dict[str, Any]", value).items()}
        if name == "properties"
        else _plain(value, parts)
        for name, value in whole.items()
        if name not in _SILENT and value != []
    }
    if "anyOf" not in schema:
        return schema
    # Left out: that a value may be null, which is an argument not given, or an answer not known.
    kinds = [kind for kind in schema["anyOf"] if kind != {"type": "null"}]
    if {"type": "number"} in kinds:  # every integer is a number
        kinds = [kind for kind in kinds if kind != {"type": "integer"}]
    rest = {name: value for name, value in schema.items() if name != "anyOf"}
    return rest | kinds[0] if len(kinds) == 1 else rest | {"anyOf": kinds}


# The order in which clients list them: look, make, let go, change, measure.
TOOLS: Final = (
    Tool(
        name="get_account",
        title="Account overview",
        description=(
            "Return an account's connection status: token, permissions, and what blocks publishing. Call "
            "it first, and when something fails for no clear reason."
        ),
        takes=inputs.ForAccount,
        gives=views.AccountView,
        run="checks:get_account",
        is_read_only=True,
        is_open_world=True,
    ),
    Tool(
        name="check_media",
        title="Check a file",
        description=(
            "Report whether Instagram would take a photo or clip, what publishing would convert, and which "
            "rule it breaks. create_draft checks the same; use it to choose among files."
        ),
        takes=inputs.CheckMedia,
        gives=views.MediaCheckView,
        run="checks:check_media",
        is_read_only=True,
        is_open_world=True,
    ),
    Tool(
        name="create_draft",
        title="Draft a post",
        description=(
            "Create a private draft and return its post_id and preview. It is published only by "
            "schedule_post or publish_post. The same content again returns the same draft."
        ),
        takes=inputs.CreateDraft,
        gives=views.PostView,
        run="posts:create_draft",
        scope=Scope.DRAFT,
        is_open_world=True,
    ),
    Tool(
        name="schedule_post",
        title="Schedule a post",
        description=(
            "Schedule a draft or planned post. Returns it, with needs_approval if a person must approve. "
            "To publish now use publish_post."
        ),
        takes=inputs.SchedulePost,
        gives=views.PostView,
        run="posts:schedule_post",
        scope=Scope.PUBLISH,
        is_destructive=True,
        is_open_world=True,
    ),
    Tool(
        name="publish_post",
        title="Publish a post now",
        description=(
            "Publish a draft at once, or try a failed or missed post again. Returns it, with needs_approval "
            "where a person must approve. Repeating it never posts twice."
        ),
        takes=inputs.ChangeOfPost,
        gives=views.PostView,
        run="posts:publish_post",
        scope=Scope.PUBLISH,
        is_destructive=True,
        is_open_world=True,
    ),
    Tool(
        name="change_post",
        title="Change what a post shows",
        description=(
            "Replace text, files or options of a post that is not live; what is left out stays, an empty "
            "text clears it. What waits for approval is asked for anew; a planned post goes out unchanged "
            "until a person approves. Returns it. Its time: schedule_post."
        ),
        takes=inputs.ChangePost,
        gives=views.PostView,
        run="posts:change_post",
        scope=Scope.DRAFT,
        is_destructive=True,
        is_open_world=True,
    ),
    Tool(
        name="cancel_post",
        title="Cancel a post",
        description=(
            "Cancel a draft or planned post for good and return it. A live post cannot be removed. "
            "For another time use schedule_post."
        ),
        takes=inputs.ChangeOfPost,
        gives=views.PostView,
        run="posts:cancel_post",
        scope=Scope.DRAFT,
        is_destructive=True,
    ),
    Tool(
        name="list_posts",
        title="List posts",
        description=(
            "Return Pressroom's drafts, planned, published and failed posts by due time. "
            "For numbers use get_insights."
        ),
        takes=inputs.ListPosts,
        gives=views.PostListView,
        run="posts:list_posts",
        is_read_only=True,
    ),
    Tool(
        name="get_post",
        title="Show a post",
        description=(
            "Return a post's state, link and history, and what happens next or waits for a person. "
            "Use it to learn an outcome; do not publish again."
        ),
        takes=inputs.OfPost,
        gives=views.PostHistoryView,
        run="posts:get_post",
        is_read_only=True,
    ),
    Tool(
        name="reconcile_post",
        title="Reconcile a post",
        description=(
            "Check on Instagram whether a post in state needs_attention is live, after a lost response. "
            "Publishes nothing. Returns the post."
        ),
        takes=inputs.OfPost,
        gives=views.PostView,
        run="posts:reconcile_post",
        scope=Scope.PUBLISH,
        is_open_world=True,
    ),
    Tool(
        name="get_insights",
        title="Insights of posts",
        description=(
            "Return stored numbers of published posts, such as reach, views and saves. "
            "pull_insights reads new ones; compare_posts compares."
        ),
        takes=inputs.GetInsights,
        gives=views.InsightsView,
        run="insights:get_insights",
        is_read_only=True,
    ),
    Tool(
        name="compare_posts",
        title="Compare posts",
        description=(
            "Compare posts with those of their kind, or groups by kind, weekday or hour, all read at the "
            "same age. Tests nothing. Returns values, places and n."
        ),
        takes=inputs.ComparePosts,
        gives=views.ComparisonView,
        run="insights:compare_posts",
        is_read_only=True,
    ),
    Tool(
        name="get_best_time",
        title="Best time",
        description=(
            "Return whether hours, weekdays or kinds mattered for reach in the last year, with intervals; "
            "often none is seen."
        ),
        takes=inputs.GetBestTime,
        gives=views.BestTimeView,
        run="insights:get_best_time",
        is_read_only=True,
    ),
    Tool(
        name="get_account_insights",
        title="Insights of an account",
        description=(
            "Return an account's reach, views and other metrics of a period and of the one before, and "
            "whether a change is more than noise."
        ),
        takes=inputs.GetAccountInsights,
        gives=views.AccountInsightsView,
        run="insights:get_account_insights",
        is_read_only=True,
    ),
    Tool(
        name="create_report",
        title="Report of a period",
        description="Return a report of a period in five answers. Writes its page if output is given.",
        takes=inputs.CreateReport,
        gives=views.ReportView,
        run="insights:create_report",
        scope=Scope.DRAFT,
        is_idempotent=False,
    ),
    Tool(
        name="pull_insights",
        title="Pull insights",
        description=(
            "Read an account's due insights from Instagram and store them. The first call reads all posts, "
            "which may take minutes. Returns counts."
        ),
        takes=inputs.ForAccount,
        gives=views.PulledView,
        run="insights:pull_insights",
        scope=Scope.DRAFT,
        is_open_world=True,
    ),
)
BY_NAME: Final = {tool.name: tool for tool in TOOLS}
