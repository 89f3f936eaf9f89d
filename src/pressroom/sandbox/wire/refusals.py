"""Builds the API's errors from the error table."""

from typing import Any

from pressroom.graph.error_table import Row, find

InvalidParameter = 100
# Where `error_user_msg` is known to differ from `message`.
_USER_MESSAGES = {
    2207027: "The media is not ready to be published. Please wait a moment.",
    2108006: "The media was posted before the most recent time that the user's account was converted to a "
    "business account from a personal account.",
    2207089: "Media created with media_type=VIDEO is a carousel item and cannot be published as a standalone "
    "post. To publish a standalone video, use media_type=REELS instead.",
}
_TRANSIENT = frozenset({(1, None), (1, 99), (2, None), (2, 99)})


class GraphRefusal(Exception):
    """The call is refused with this error envelope."""

    def __init__(
        self,
        code: int,
        subcode: int | None = None,
        *,
        message: str,
        http_status: int = 400,
        meta_type: str = "OAuthException",
        title: str | None = None,
        is_transient: bool | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.subcode = subcode
        self.message = message
        self.http_status = http_status
        self.meta_type = meta_type
        self.title = title
        self.is_transient: bool = (code, subcode) in _TRANSIENT if is_transient is None else is_transient

    def envelope(self, fbtrace_id: str) -> dict[str, Any]:
        """Give the JSON object Meta sends."""
        # Only these and fbtrace_id are in every error (Handling Errors); all other keys are optional.
        error: dict[str, Any] = {"message": self.message, "type": self.meta_type, "code": self.code}
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        if self.subcode is not None or self.is_transient:
            error["is_transient"] = self.is_transient
        if self.title:
            error["error_user_title"] = self.title
            error["error_user_msg"] = _USER_MESSAGES.get(self.subcode or 0, self.message)
        error["fbtrace_id"] = fbtrace_id
        return {"error": error}


class _Blank(dict[str, str]):
    """Fills a placeholder that has no value with its own name."""

    def __missing__(self, key: str) -> str:
        return key


def refusal(
    code: int, subcode: int | None = None, *, message: str | None = None, **words: str
) -> GraphRefusal:
    """Build the refusal of an error row. `message` replaces its text, `words` fill its placeholders."""
    row = find(code, subcode)
    if row is None:
        return GraphRefusal(code, subcode, message=message or "Unknown error")
    return GraphRefusal(
        code,
        subcode,
        message=message or _filled(row, words),
        http_status=row.http_status,
        meta_type=row.meta_type,
        title=row.title,
    )


def _filled(row: Row, words: dict[str, str]) -> str:
    return row.message.format_map(_Blank(words)) if "{" in row.message else row.message


def invalid(message: str) -> GraphRefusal:
    """Build the refusal of a parameter, in Meta's form `(#100) …`."""
    return refusal(InvalidParameter, message=f"(#100) {message}")


def missing(name: str) -> GraphRefusal:
    """Build the refusal of a call that lacks a parameter."""
    return invalid(f"The parameter {name} is required")


def not_found(object_id: str, verb: str = "get") -> GraphRefusal:
    """Build the refusal of an id that is unknown, foreign or deleted, or of a verb it does not take."""
    # Meta names the request's verb: "Unsupported post request", "Unsupported delete request".
    error = refusal(100, 33, id=object_id)
    error.message = error.message.replace("Unsupported get request", f"Unsupported {verb} request", 1)
    return error


def unknown_path(path: str) -> GraphRefusal:
    """Build the refusal of a path without a route."""
    return refusal(2500, path=path.strip("/"))
