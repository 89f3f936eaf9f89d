"""Fences text of strangers, so that a model can tell it from what Pressroom says: data, never orders."""

import re
import unicodedata
from typing import Final

_QUOTE: Final = "\u2039"
_OPEN, _CLOSE = "<untrusted>", "</untrusted>"
_LONGEST: Final = 2200
# A family emoji is several joined by the first, and many are completed by the others.
_JOINERS: Final = "\u200d\ufe0e\ufe0f"
_BETWEEN: Final = rf"[\s{_JOINERS}]*"
# What begins a mark of the fence, in any spelling a model may read as the same. Its `<` is replaced and not
# deleted: what is deleted joins what stood around it, which may be a mark again.
_MARK: Final = re.compile("<(?=" + _BETWEEN.join(["", "/?", *"untrusted"]) + ")", re.IGNORECASE)
# Letters that are not shown, or turn the direction of those that are: a person does not see what they say.
_HIDDEN: Final = frozenset({"Cc", "Cf", "Co", "Cs", "Cn"})
# Fillers and selectors that are shown as nothing, and count as letters or marks.
_BLANK: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")
_SELECTORS: Final = ((0xFE00, 0xFE0D), (0xE0100, 0xE01EF))


def fenced(text: str | None, longest: int = _LONGEST) -> str | None:
    """Return a text in its fence, without letters that are not shown; None for no text."""
    if not text:
        return None
    seen = "".join(
        letter
        for letter in text
        if letter in "\n\t"
        or letter in _JOINERS
        or not (
            letter in _BLANK
            or unicodedata.category(letter) in _HIDDEN
            or any(first <= ord(letter) <= last for first, last in _SELECTORS)
        )
    )
    cut = seen if len(seen) <= longest else f"{seen[: longest - 1]}…"
    return f"{_OPEN}{_MARK.sub(_QUOTE, cut)}{_CLOSE}"
