"""What bodies say of a post: its files, and its options, which come from the one list of them."""

from typing import Annotated, Any, Final, TypeAlias, TypeVar

import msgspec
from msgspec import UNSET, Meta, UnsetType

from pressroom.api.operation import Fields
from pressroom.core.assets import NO_EDITS, Asset
from pressroom.core.errors import Refused
from pressroom.core.option_values import FILE
from pressroom.core.post import Post
from pressroom.core.post_options import POST_OPTIONS, fields_of
from pressroom.service import Pressroom

FieldsT = TypeVar("FieldsT", bound=Fields)

AccountName: TypeAlias = Annotated[
    str, Meta(description="A signed-in account, by its name; else the default.")
]
Timezone: TypeAlias = Annotated[
    str,
    Meta(
        max_length=60,
        description="IANA, of a time in words or a day; else the post's, else the account's.",
    ),
]
Time: TypeAlias = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=100,
        description="`2026-12-24T18:00+01:00`, or words such as `tomorrow 09:00`, `+2h`, `next slot`; `now`.",
        examples=["tomorrow 09:00"],
    ),
]


class OfAccount(Fields, frozen=True, kw_only=True):
    """Of which account."""

    account: AccountName | None = None


class File(Fields, frozen=True, kw_only=True):
    """A file: what was uploaded, or what an https address serves. One of both."""

    upload_id: Annotated[str, Meta(description="Of an upload of this program.")] | None = None
    url: Annotated[
        Annotated[str, Meta(pattern="^https://", max_length=2000)] | None,
        Meta(
            description="A public https address; a file of your own is uploaded instead.",
            examples=["https://example.com/cat.jpg"],
        ),
    ] = None

    async def asset(self, pressroom: Pressroom) -> Asset:
        """Return it for a post. Raises NotFound for no such upload, Refused for neither and for both."""
        if self.upload_id is not None and self.url is None:
            return await pressroom.uploads.asset(self.upload_id)
        if self.url is not None and self.upload_id is None:
            return Asset(self.url)
        raise Refused(
            "A file is an upload or an address, and this is both or neither.",
            rule="file",
            limit="one of upload_id, url",
            fix="Give one of them.",
        )


Files: TypeAlias = Annotated[
    tuple[File, ...], Meta(min_length=1, max_length=10, description="In the order in which they are shown.")
]


# Of what most posts have.
_EXAMPLES: Final = {"caption": ["First light on the harbour."]}


def with_options(base: type[FieldsT]) -> type[FieldsT]:
    """Return the base of a body: the options of a post behind its own fields; null clears what a post has."""
    fields = [
        (
            option.name,
            Annotated[
                (File if option.value is FILE else option.value.json_type) | UnsetType | None,
                Meta(
                    description=(option.argument and option.argument.words) or option.column.words,
                    examples=_EXAMPLES.get(option.name),
                ),
            ],
            UNSET,
        )
        for option in POST_OPTIONS
    ]
    # Of type Any, since `defstruct` tells type checkers nothing of its bases.
    body: Any = msgspec.defstruct(
        "_WithOptions",
        fields,
        bases=(base,),
        frozen=True,
        kw_only=True,
        forbid_unknown_fields=True,
    )
    return body


_EMPTY: Final = {option.name: option.default for option in POST_OPTIONS}


async def options_in(body: Fields, pressroom: Pressroom, post: Post | None = None) -> dict[str, Any]:
    """Return the options that a body gives, as `new_post` takes them. post: that is changed."""
    values = dict[str, Any]()
    for option in POST_OPTIONS:
        value = getattr(body, option.name)
        if isinstance(value, File):
            value = await value.asset(pressroom)
        if value is not UNSET:
            values[option.name] = _EMPTY[option.name] if value is None else value
    return fields_of(values, post.options.edits if post else NO_EDITS)
