"""Builds answers: which fields and edges a kind of node has."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from pressroom.graph.hosts import LoginType
from pressroom.sandbox.calls.call import GraphCall
from pressroom.sandbox.state.world import Slice, Window
from pressroom.sandbox.wire.answer import invalid
from pressroom.sandbox.wire.paging import paging_of, window_of
from pressroom.sandbox.wire.params import Field, parse_fields, parse_json, text

ThingT = TypeVar("ThingT")
Wanted = tuple[Field, ...]
ID_ONLY: Wanted = (Field("id"),)
# Hold for nested lists too, unlike the other parameters of the outer call.
_FOR_ALL = ("date_format",)
_NOT_REPEATED = frozenset({"access_token", "after", "before", "method", "appsecret_proof"})


@dataclass(frozen=True, slots=True)
class EdgeQuery:
    """What a call asks of a list: fields of its items, and modifiers (`limit`, `after`, `metric`, ...)."""

    wanted: Wanted = ID_ONLY
    args: Mapping[str, str] = field(default_factory=dict[str, str])

    @classmethod
    def of_call(cls, call: GraphCall) -> "EdgeQuery":
        """Read a call whose path is the list's own."""
        args = {name: text(call.params, name) or "" for name in call.params}
        return cls(wanted_of(call), args)

    def as_call(self, call: GraphCall) -> GraphCall:
        """Give the call that would ask for the list by its own path."""
        kept = {name: call.params[name] for name in _FOR_ALL if name in call.params}
        return replace(call, arrival=replace(call.arrival, params={**kept, **self.args}), thing=None)

    def window(self, call: GraphCall, *, default: int = 25, most: int = 100) -> Window:
        """Read the paging modifiers."""
        return window_of(self.args, default=default, most=most, now=call.moment)


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeType(Generic[ThingT]):
    """A kind of node. A field whose value is None is left out of the answer.

    wire_name: as Meta's errors name it. facebook_only: fields that Instagram Login does not have.
    withheld: fields that exist but are not told here, as those of somebody else's media.
    """

    wire_name: str
    fields: Mapping[str, Callable[[GraphCall, ThingT], Any]]
    edges: Mapping[str, Callable[[GraphCall, ThingT, EdgeQuery], Any]] = field(
        default_factory=dict[str, Callable[[GraphCall, ThingT, EdgeQuery], Any]]
    )
    facebook_only: frozenset[str] = frozenset()
    instagram_only: frozenset[str] = frozenset()
    withheld: frozenset[str] = frozenset()


def wanted_of(call: GraphCall) -> Wanted:
    """Parse `fields`; without it only the id comes back."""
    names = call.params.get("fields")
    # Clients send lists as JSON as well, as text in the query or in a JSON body.
    if isinstance(names, str) and names.startswith("["):
        names = parse_json(names)
    if isinstance(names, list):
        names = ",".join(map(str, names))  # pyright: ignore[reportUnknownArgumentType]  # words of a JSON list
    return parse_fields(names) or ID_ONLY if isinstance(names, str) else ID_ONLY


def render(call: GraphCall, kind: NodeType[ThingT], thing: ThingT, wanted: Wanted) -> dict[str, Any]:
    """Build the answer object. Raises GraphRefusal (100) for a field the kind does not have."""
    answer: dict[str, Any] = {}
    hidden = kind.facebook_only if call.login is LoginType.INSTAGRAM else kind.instagram_only
    for requested in wanted:
        name = requested.name
        if name in kind.withheld:  # observed, for the comments of another account's media among others
            raise invalid("Please read documentation for supported fields.")
        if name in hidden or (name not in kind.fields and name not in kind.edges):
            raise invalid(f"Tried accessing nonexisting field ({name}) on node type ({kind.wire_name})")
        if name in kind.fields:
            value = kind.fields[name](call, thing)
        else:
            # A nested list's own fields and modifiers are the query of its edge.
            inner = {"fields": requested.inner_text} if requested.inner else {}
            query = EdgeQuery(requested.inner or ID_ONLY, {**requested.args, **inner})
            value = kind.edges[name](call, thing, query)
        # IG Media: what is hidden, empty or unavailable is absent, not null or 0.
        if value is not None:
            answer[name] = value
    # Meta adds the id to every node, asked for or not.
    if "id" not in answer:
        answer["id"] = kind.fields["id"](call, thing)
    return answer


def render_list(
    call: GraphCall,
    kind: NodeType[ThingT],
    part: Slice[ThingT],
    path: tuple[str, ...],
    query: EdgeQuery,
    *,
    has_links: bool = True,
) -> dict[str, Any]:
    """Build the answer of one page, as `list_answer`, from items with the fields that the query asks for."""
    data = [render(call, kind, item, query.wanted) for item in part.items]
    return list_answer(call, path, query, part, data, has_links=has_links)


def list_answer(
    call: GraphCall,
    path: tuple[str, ...],
    query: EdgeQuery,
    part: Slice[Any],
    data: list[Any],
    *,
    has_links: bool = True,
) -> dict[str, Any]:
    """Build the answer of one page. `path` is the list's own, also where it is nested in another answer.

    has_links: False for lists such as `/tags` that give cursors without `next` and `previous`.
    """
    # As Meta's, `next` repeats the whole call and holds the token, so clients must not log it.
    repeated = {name: value for name, value in query.args.items() if name not in _NOT_REPEATED and value}
    link_query = {"access_token": call.token.text, "limit": "25", **repeated}
    paging = paging_of(part, call.address(*path), link_query, has_links=has_links)
    return {"data": data, "paging": paging} if paging else {"data": data}
