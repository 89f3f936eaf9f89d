"""The shapes of `/_sandbox/surface.json`, and the rows of the docs page that explain their fields.

`surface_json` fills them. A field's description is written once, here; a test holds that the page has each.
"""

from collections.abc import Iterator
from typing import Annotated, Any, Final, get_args, get_type_hints

import msgspec

FORMAT: Final = 1
Described = msgspec.Meta

Name = Annotated[str, Described(description="What faults and the log of calls name it.")]
Mark = Annotated[str, Described(description="How sure it is: a key of `certainty`.")]


class VersionShape(msgspec.Struct, kw_only=True):
    """One version of the API."""

    name: Annotated[str, Described(description="Such as `v26.0`.")]
    released: Annotated[str, Described(description="The day, as YYYY-MM-DD.")]
    ends: Annotated[str | None, Described(description="The day; null while Meta has set none.")]


class LoginShape(msgspec.Struct, kw_only=True):
    """What holds of a call under one login type."""

    login: Annotated[str, Described(description="`instagram`, `facebook` or `unified`.")]
    host: Annotated[
        str | None,
        Described(description="Meta's host that takes the call; null: any of them does here."),
    ]
    permission: Annotated[
        str | None,
        Described(description="The permission that the token needs; null: none, or that of each part."),
    ]
    certainty: Mark


class ParameterShape(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One parameter of a call."""

    name: Annotated[str, Described(description="As the API names it.")]
    certainty: Mark
    sent_in: Annotated[
        str, Described(description="`header`, or `any`: query, form, multipart or JSON, as clients like.")
    ] = msgspec.field(default="any", name="in")
    logins: Annotated[
        list[str] | None, Described(description="The login types that take it; absent: those of the call.")
    ] = None
    containers: Annotated[
        list[str] | None,
        Described(
            description="The kinds of container that take it (`image`, `reel`, `story`, `image_item`, "
            "`video_item`, `parent`); absent: it depends on no kind, or on no table."
        ),
    ] = None


class CallShape(msgspec.Struct, kw_only=True):
    """One call that the sandbox answers."""

    name: Name
    method: Annotated[str, Described(description="`GET`, `POST` or `DELETE`.")]
    path: Annotated[
        str,
        Described(description="What follows the host and the version; `{media}` is the id of a media."),
    ]
    summary: Annotated[str, Described(description="What it does, in a sentence.")]
    needs_token: Annotated[bool, Described(description="Whether it needs the token of an account.")]
    certainty: Mark
    logins: Annotated[list[LoginShape], Described(description="The login types that have it.")]
    parameters: Annotated[
        list[ParameterShape], Described(description="Its own; `parameters_of_every_call` come on top.")
    ]


class ErrorShape(msgspec.Struct, kw_only=True):
    """One error that the sandbox answers by itself, or by a fault."""

    name: Annotated[
        str | None,
        Described(description="Its name in the [error table](errors.md); null: the table lacks it."),
    ]
    code: Annotated[
        int | None,
        Described(description="Null: the subcode appears only in the `status` text of a container."),
    ]
    last_code: Annotated[int | None, Described(description="The last of a range of codes; null: no range.")]
    subcode: Annotated[int | None, Described(description="Null: an error without one.")]
    http_status: Annotated[int, Described(description="The HTTP status of the answer.")]
    type: Annotated[str, Described(description="The envelope's `type`.")]
    title: Annotated[str | None, Described(description="The envelope's `error_user_title`; null: none.")]
    message: Annotated[str, Described(description="The text; `{id}` and the like are filled in.")]
    retry: Annotated[
        str | None,
        Described(description="When to try again, as the error table says; null: it lacks the error."),
    ]
    certainty: Mark


class DetailShape(msgspec.Struct, kw_only=True):
    """A member or value of a parameter whose certainty differs from the parameter's own."""

    name: Annotated[str, Described(description="The parameter, then its member or value.")]
    certainty: Mark


class SurfaceShape(msgspec.Struct, kw_only=True):
    """The whole answer."""

    format: Annotated[int, Described(description="Rises when a field changes its meaning or goes.")]
    sandbox_version: Annotated[str, Described(description="The version of Pressroom.")]
    certainty: Annotated[dict[str, str], Described(description="Each mark with its meaning.")]
    versions: Annotated[list[VersionShape], Described(description="The versions of the API, oldest first.")]
    calls: Annotated[list[CallShape], Described(description="The calls.")]
    parameters_of_every_call: Annotated[
        list[ParameterShape], Described(description="Taken by every call with a token.")
    ]
    parameter_details: Annotated[
        list[DetailShape], Described(description="Members or values of parameters, where they are less sure.")
    ]
    errors: Annotated[list[ErrorShape], Described(description="The errors.")]


_TITLES: Final[dict[type[msgspec.Struct], str]] = {
    SurfaceShape: "",
    VersionShape: "versions[].",
    CallShape: "calls[].",
    LoginShape: "calls[].logins[].",
    ParameterShape: "calls[].parameters[].",
    DetailShape: "parameter_details[].",
    ErrorShape: "errors[].",
}


def field_rows() -> Iterator[str]:
    """Give the rows of the table of fields: `| field | meaning |`."""
    for shape, title in _TITLES.items():
        hints: dict[str, Any] = get_type_hints(shape, include_extras=True)
        for field in msgspec.structs.fields(shape):
            notes = (
                meta.description for meta in get_args(hints[field.name])[1:] if isinstance(meta, msgspec.Meta)
            )
            yield f"| `{title}{field.encode_name}` | {next(notes)} |"
