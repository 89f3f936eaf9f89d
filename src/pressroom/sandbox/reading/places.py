"""Search for Pages with a location, whose id is a `location_id`. The sandbox makes them up.

Source: https://developers.facebook.com/docs/pages-api/search-pages
"""

from dataclasses import dataclass
from typing import Any

from pressroom.graph.certainty import Certainty
from pressroom.graph.hosts import LoginType
from pressroom.sandbox.calls.call import GraphCall
from pressroom.sandbox.calls.nodes import EdgeQuery, NodeType, list_answer, render
from pressroom.sandbox.calls.route import Route
from pressroom.sandbox.state.ids import found_id
from pressroom.sandbox.state.shelf import Shelf

_CITIES = (
    ("Berlin", "Germany", 52.52, 13.405),
    ("London", "United Kingdom", 51.507, -0.128),
    ("New York", "United States", 40.713, -74.006),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One Page with a location."""

    id: str
    name: str
    city: str
    country: str
    latitude: float
    longitude: float


def _location(_: GraphCall, one: Place) -> dict[str, Any]:
    return {
        "city": one.city,
        "country": one.country,
        "latitude": one.latitude,
        "longitude": one.longitude,
    }


PLACE: NodeType[Place] = NodeType(
    wire_name="Page",
    fields={
        "id": lambda _, one: one.id,
        "name": lambda _, one: one.name,
        "location": _location,
        "link": lambda _, one: f"https://www.facebook.com/{one.id}",
        "verification_status": lambda _, __: "not_verified",
    },
)


def _found(word: str) -> Shelf[Place]:
    found = Shelf[Place]()
    for number, (city, country, latitude, longitude) in enumerate(_CITIES):
        name = f"{word.title()}, {city}"
        place = Place(
            id=found_id(word, number),
            name=name,
            city=city,
            country=country,
            latitude=latitude,
            longitude=longitude,
        )
        found.add((0.0, -number), place)  # a shelf gives the highest key first
    return found


def search(call: GraphCall) -> dict[str, Any]:
    """`GET /pages/search?q=`: Pages with a location, by name."""
    word = call.needed("q")
    # Unlike other lists, the search gives the name without being asked for it.
    call.params.setdefault("fields", "id,name")
    query = EdgeQuery.of_call(call)
    part = _found(word).cut(query.window(call))
    data = [render(call, PLACE, one, query.wanted) for one in part.items]
    return list_answer(call, ("pages", "search"), query, part, data)


ROUTES = (
    Route(
        "GET",
        "root",
        "pages/search",
        "places",
        search,
        need=None,
        login=LoginType.FACEBOOK,
        mark=Certainty.GENERAL,
    ),
)
