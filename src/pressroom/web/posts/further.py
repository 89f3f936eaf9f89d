"""The composer's fields for options without a field of their own: each row of `POST_OPTIONS` has one."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal, NamedTuple

from pressroom.core.errors import Refused
from pressroom.core.option_values import FILE
from pressroom.core.post import PostKind, PostOptions
from pressroom.core.post_options import POST_OPTIONS, PostOption

# Those with a field of their own. A cover is a file, which has to be sent first.
_OWN: Final = ("caption", "first_comment", "alt_texts", "fit", "end_s", "loop", "salvage")
FURTHER: Final = tuple(
    option for option in POST_OPTIONS if option.name not in _OWN and option.value is not FILE
)


class Field(NamedTuple):
    """A field. value: its text. choices: value and words of each; kinds: the kinds of post that show it."""

    name: str
    label: str
    words: str
    input: Literal["select", "lines", "number", "text"]
    choices: tuple[tuple[str, str], ...]
    kinds: str
    value: str


def fields_of(options: PostOptions) -> list[Field]:
    """Return the fields of a post's further options."""
    return [_field(option, options) for option in FURTHER]


def _field(option: PostOption, options: PostOptions) -> Field:
    kind, value = option.value, option.value_in(options)
    choices = tuple((word, word.capitalize()) for word in kind.choices)
    if kind.json_type is bool:
        choices = (("true", "Yes"), ("false", "No"))
    form = "select" if choices else "lines" if kind.is_list else "text"
    name = option.flag.name if option.flag else option.name
    # "true: ..." is for cells of tables, here the choices say it.
    words = option.column.words
    words = words.partition(": ")[2] if words.startswith("true") else words
    members: Iterable[Any] = () if value == option.default else value if kind.is_list else (value,)
    return Field(
        name=option.name,
        label=option.label or name.replace("-", " ").capitalize(),
        words=words[:1].upper() + words[1:],
        input="number" if kind.json_type in (int, float) else form,
        choices=choices,
        kinds=" ".join(option.kinds),
        value="\n".join(kind.spell(member) for member in members),
    )


def read_options(texts: Mapping[str, str], kind: PostKind) -> dict[str, Any]:
    """Return the further options of a kind of post, by name; those that it cannot carry are empty.

    Raises Refused for a text that is none of an option's values.
    """
    return {
        option.name: _read(option, texts[option.name]) if kind in option.kinds else option.default
        for option in FURTHER
        if option.name in texts
    }


def _read(option: PostOption, text: str) -> Any:  # noqa: ANN401  # of any kind
    kind, lines = option.value, [line.strip() for line in text.splitlines() if line.strip()]
    try:
        if kind.is_list:
            return tuple(map(kind.read, lines))
        return kind.read(text.strip()) if lines else option.default
    except ValueError as error:
        raise Refused(
            f"{text.strip()!r} is none of the values of “{_field(option, PostOptions()).label}”.",
            rule=option.name,
            value=text,
            limit=kind.limit,
            fix=kind.fix or str(error),
        ) from None
