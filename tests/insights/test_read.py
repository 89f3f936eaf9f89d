"""Reading the metrics of a media and of a list: with as few calls as it takes, and never a guess."""

from typing import Any

import pytest

from pressroom.client.client import Client
from pressroom.core.account import Account
from pressroom.core.errors import AnswerLost, GraphError
from pressroom.core.graph_errors import ObjectNotFound, PermissionMissing
from pressroom.core.secret import Secret
from pressroom.graph import calls
from pressroom.graph.answers import Media, MediaId, UserId
from pressroom.insights.read import MediaInsights, engagement_rate, listed_insights, media_insights
from tests.fakes.clock import FakeClock
from tests.fakes.graph import Answer, ScriptedGraph, error

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


USER = UserId("17841")
REFUSED = error(100, None, "(#100) The Media Insights API does not support the views metric for this media.")
BEFORE = error(100, 2108006, "Media posted before business account conversion")


def page(*ids: str, views: int | None = None, after: str | None = None) -> dict[str, Any]:
    """A page of media, with their numbers where `views` says what they are."""
    more = {} if views is None else {"insights": numbers(views=views)}
    paging = {"cursors": {"after": after}, "next": "https://example.com/"} if after else {}
    return {"data": [{"id": one, **more} for one in ids], "paging": paging}


async def listed(graph: ScriptedGraph) -> list[tuple[Media, MediaInsights | GraphError]]:
    async with Client(Account(token=Secret("IGtest"), user_id=USER), graph, clock=FakeClock()) as client:
        listing = calls.media_list(USER, fields="id,permalink", since=7)
        return [found async for found in listed_insights(client, listing, ["views", "reach"])]


def scripted(**answers: list[Answer]) -> ScriptedGraph:
    graph = ScriptedGraph()
    for path, steps in answers.items():
        graph.on(f"GET {path}", *steps)
    return graph


async def test_a_page_comes_with_its_numbers_in_one_call() -> None:
    graph = scripted(media=[page("1", "2", views=5, after="A"), page("3", views=6)])
    found = await listed(graph)
    assert [(media.id, one.values) for media, one in found if isinstance(one, MediaInsights)] == [
        ("1", {"views": 5, "reach": None}),
        ("2", {"views": 5, "reach": None}),
        ("3", {"views": 6, "reach": None}),
    ]
    asked = {"fields": "id,permalink,insights.metric(views,reach)", "limit": "50", "since": "7"}
    assert graph.params == [asked, asked | {"after": "A"}]


async def test_of_a_page_that_is_refused_each_media_is_asked_by_itself() -> None:
    graph = scripted(
        media=[REFUSED, page("1", "2", after="A"), page("3", views=6)],
        insights=[error(10), numbers(views=4, reach=2)],
    )
    (_, lost), (_, second), (_, third) = await listed(graph)
    assert isinstance(lost, PermissionMissing)
    assert isinstance(second, MediaInsights)
    assert isinstance(third, MediaInsights)
    assert (second.values, third.values["views"]) == ({"views": 4, "reach": 2}, 6)
    assert graph.calls == [
        "GET /17841/media",
        "GET /17841/media",
        "GET /1/insights",
        "GET /2/insights",
        "GET /17841/media",
    ]


async def test_what_is_older_than_one_from_before_the_professional_account_is_not_asked() -> None:
    graph = scripted(
        media=[REFUSED, page("1", "2", "3", after="A"), REFUSED, page("4")],
        insights=[numbers(views=4), BEFORE],
    )
    found = await listed(graph)
    assert [one.note for _, one in found if isinstance(one, MediaInsights)] == [
        None,
        *["Media posted before business account conversion"] * 3,
    ]
    assert [one.media_id for _, one in found if isinstance(one, MediaInsights)] == ["1", "2", "3", "4"]
    assert graph.count("GET insights") == 2


@pytest.mark.parametrize(
    "answers",
    [
        {"media": [error(190, 463)]},
        {"media": [REFUSED, page("1", "2")], "insights": [error(190, 463)]},
        {"media": [REFUSED, page("1", "2")], "insights": [error(4)]},
    ],
)
async def test_what_every_call_would_meet_ends_it(answers: dict[str, list[Answer]]) -> None:
    graph = scripted(**answers)
    with pytest.raises(GraphError):
        await listed(graph)
    assert graph.count("GET insights") <= 1


async def test_without_an_answer_nothing_is_taken_for_a_refusal() -> None:
    graph = scripted(media=[AnswerLost("late")])
    with pytest.raises(AnswerLost):
        await listed(graph)
