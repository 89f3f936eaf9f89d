"""How `fields` is read."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressroom.sandbox.wire.fields import Field, parse_fields
from pressroom.sandbox.wire.refusals import GraphRefusal


def names(text: str) -> list[str]:
    return [one.name for one in parse_fields(text)]


@pytest.mark.parametrize("text", ["id,caption", " id , caption ", "id,,caption,", "\tid,\ncaption"])
def test_names_are_read_whatever_stands_between(text: str) -> None:
    assert names(text) == ["id", "caption"]


def test_modifiers_and_nested_fields_are_read() -> None:
    [one, other] = parse_fields("comments.limit(5).after(x){text,from{id}},insights.metric(reach,saved)")
    assert (one.name, one.args) == ("comments", {"limit": "5", "after": "x"})
    assert one.inner == (Field("text"), Field("from", inner=(Field("id"),), inner_text="id"))
    assert one.inner_text == "text,from{id}"
    assert other == Field("insights", {"metric": "reach,saved"})


def test_fields_may_be_a_modifier() -> None:
    [one] = parse_fields("media.limit(2).fields(id,children.fields(id))")
    assert one.inner is not None
    assert [inner.name for inner in one.inner] == ["id", "children"]
    assert one.inner_text == "id,children.fields(id)"


@pytest.mark.parametrize(
    "text", ["a{", "a{b", "a}", "a.b", "a.b(", "a b", "{}", "a..b(1)", "1a", "a.limit(1"]
)
def test_broken_spelling_is_told_with_its_place(text: str) -> None:
    with pytest.raises(GraphRefusal, match=r"Syntax error .* at character") as refused:
        parse_fields(text)
    assert refused.value.code == 2500


def test_nesting_has_an_end() -> None:
    with pytest.raises(GraphRefusal):
        parse_fields("a{" * 50 + "}" * 50)
    with pytest.raises(GraphRefusal):
        parse_fields("a.fields(" * 5000 + ")" * 5000)


@given(st.text(alphabet="ab,.{}() \n1", max_size=40))
def test_any_text_is_either_read_or_refused(text: str) -> None:
    with contextlib.suppress(GraphRefusal):
        assert all(one.name for one in parse_fields(text))
