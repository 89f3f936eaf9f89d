"""A media's numbers with as few calls as it takes, and never a guess."""

import pytest

from pressroom.client.client import Client
from pressroom.core.account import Account
from pressroom.core.graph_errors import ObjectNotFound, PermissionMissing
from pressroom.core.secret import Secret
from pressroom.graph.ids import MediaId, UserId
from pressroom.insights.derive import engagement_rate
from pressroom.insights.read import MediaInsights, media_insights
from tests.fakes.clock import FakeClock
from tests.fakes.graph import ScriptedGraph, error

ASKED = ["views", "reach", "saved", "likes"]


def numbers(**values: int) -> dict[str, object]:
    return {
        "data": [{"name": name, "period": "lifetime", "values": [{"value": n}]} for name, n in values.items()]
    }


async def read(graph: ScriptedGraph) -> MediaInsights:
    account = Account(token=Secret("IGtest"), user_id=UserId("17841"))
    async with Client(account, graph, clock=FakeClock()) as client:
        return await media_insights(client, MediaId("5"), ASKED)


async def test_all_metrics_come_with_one_call() -> None:
    graph = ScriptedGraph()
    graph.on("GET insights", numbers(views=10, reach=8, saved=1, likes=2))
    found = await read(graph)
    assert found.values == {"views": 10, "reach": 8, "saved": 1, "likes": 2}
    assert graph.params == [{"metric": "views,reach,saved,likes"}]


async def test_what_has_no_data_is_none_and_never_zero() -> None:
    graph = ScriptedGraph()
    graph.on("GET insights", {"data": []})
    assert (await read(graph)).values == dict.fromkeys(ASKED)


@pytest.mark.parametrize(
    "message",
    [
        "(#100) metric[2] must be one of the following values: impressions, reach",
        "(#100) The Media Insights API does not support the saved metric for this media product type.",
        "(#100) Starting from version v22.0 and above, the saved metric is no longer supported",
    ],
)
async def test_a_refused_metric_is_left_out_and_the_rest_asked_again(message: str) -> None:
    graph = ScriptedGraph()
    graph.on("GET insights", error(100, None, message), numbers(views=10, reach=8, likes=2))
    found = await read(graph)
    assert (found.values["saved"], found.values["views"], found.not_offered) == (None, 10, ("saved",))
    assert [params["metric"] for params in graph.params] == ["views,reach,saved,likes", "views,reach,likes"]


async def test_when_the_refusal_names_no_metric_each_is_asked_alone() -> None:
    graph = ScriptedGraph()
    no = error(100, None, "An unknown error has occurred.")
    graph.on("GET insights", no, numbers(views=1), no, numbers(saved=2), numbers(likes=3))
    found = await read(graph)
    assert found.values == {"views": 1, "reach": None, "saved": 2, "likes": 3}
    assert found.not_offered == ("reach",)


async def test_too_few_viewers_is_no_missing_permission() -> None:
    graph = ScriptedGraph()
    graph.on("GET insights", error(10, None, "(#10) Not enough viewers for the media to show insights"))
    found = await read(graph)
    assert found.values == dict.fromkeys(ASKED)
    assert "Not enough viewers" in (found.note or "")


async def test_media_from_before_the_professional_account_has_no_numbers() -> None:
    graph = ScriptedGraph()
    graph.on("GET insights", error(100, 2108006, "Media posted before business account conversion"))
    assert (await read(graph)).values == dict.fromkeys(ASKED)


@pytest.mark.parametrize(
    ("answer", "kind"), [(error(10), PermissionMissing), (error(100, 33), ObjectNotFound)]
)
async def test_what_cannot_be_read_at_all_is_raised(answer: dict[str, object], kind: type[Exception]) -> None:
    graph = ScriptedGraph()
    graph.on("GET insights", answer)
    with pytest.raises(kind):
        await read(graph)


@pytest.mark.parametrize(
    ("values", "rate"),
    [
        ({"reach": 200, "likes": 10, "comments": 2, "saved": 3, "shares": 1}, 8.0),
        ({"reach": 3, "likes": 1}, 33.33),
        ({"reach": 100, "likes": None, "shares": 5}, 5.0),
        ({"reach": 100}, None),
        ({"reach": 0, "likes": 1}, None),
        ({"reach": None, "likes": 1}, None),
        ({}, None),
    ],
)
def test_the_engagement_rate_divides_by_reach_and_leaves_out_what_is_missing(
    values: dict[str, int | None], rate: float | None
) -> None:
    assert engagement_rate(values) == rate
