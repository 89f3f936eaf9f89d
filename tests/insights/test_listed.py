"""The numbers of a whole list: 50 media to a call, and no media without its own."""

from typing import Any

import pytest

from pressroom.client.client import Client
from pressroom.core.account import Account
from pressroom.core.errors import AnswerLost, GraphError
from pressroom.core.graph_errors import PermissionMissing
from pressroom.core.secret import Secret
from pressroom.graph import calls
from pressroom.graph.answers import Media
from pressroom.graph.ids import UserId
from pressroom.insights.listed import listed_insights
from pressroom.insights.read import MediaInsights
from tests.fakes.clock import FakeClock
from tests.fakes.graph import Answer, ScriptedGraph, error
from tests.insights.test_read import numbers

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
