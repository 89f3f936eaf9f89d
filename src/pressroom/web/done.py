"""What a change answers: the page it was asked from, or JSON for a script of ours that shows it there."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.responses import JSONResponse, RedirectResponse, Response

from pressroom.web.site import PageRequest, own_path

UNDO_S = 10
"""How long a page offers to undo a change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo:
    """The form that takes a change back. path: where it is sent. fields: of it, the token left out."""

    path: str
    fields: Mapping[str, str] = field(default_factory=dict[str, str])


def answer_done(request: PageRequest, words: str, *, back: str, undo: Undo | None = None) -> Response:
    """Say that something is done.

    words: a sentence, for the live region. back: the page to show where no script asks and the form has no
    field `back`.
    """
    if not request.wants_json:
        return RedirectResponse(own_path(request.form.get("back", ""), back), 303)
    shown = {"path": undo.path, "fields": dict(undo.fields), "seconds": UNDO_S} if undo else None
    return JSONResponse({"words": words, "undo": shown})
