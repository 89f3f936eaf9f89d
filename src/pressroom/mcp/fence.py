"""Fences text of strangers, so that a model can tell it from what Pressroom says: data, never orders."""

import re
import unicodedata
from typing import Final

_OPEN, _CLOSE = "<untrusted>", "</untrusted>"
_LONGEST: Final = 2200
# What would close the fence, or open another one, in any spelling a model may read as the same.
_MARK: Final = re.compile(r"<\s*/?\s*untrusted[^>]*>?", re.IGNORECASE)
# Letters that are not shown, or turn the direction of those that are: a person does not see what they say.
_HIDDEN: Final = frozenset({"Cf", "Co", "Cs", "Cn"})
# A family emoji is several joined by the one, and many are completed by the other.
_SHOWN: Final = frozenset("\u200d\ufe0f")


def fenced(text: str | None, longest: int = _LONGEST) -> str | None:
    """Return a text in its fence, without letters that are not shown; None for no text."""
    if not text:
        return None
    seen = "".join(letter for letter in text if _is_seen(letter))
    cut = seen if len(seen) <= longest else f"{seen[: longest - 1]}…"
    return f"{_OPEN}{_MARK.sub('', cut)}{_CLOSE}"


def _is_seen(letter: str) -> bool:
    if letter in "\n\t" or letter in _SHOWN:
        return True
    category = unicodedata.category(letter)
    return category not in _HIDDEN and category != "Cc"
