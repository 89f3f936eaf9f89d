"""Takes ids, names and secrets out of what Instagram says, so that a report can be handed on."""

import re

from pressroom.core.secret import redact_text

# Ids have 15 digits and more, some old Pages' fewer; codes and subcodes have seven at most.
_ID = re.compile(r"\d{8,}")
_NAMED = re.compile(r"@[\w.]+")
_ADDRESS = re.compile(r"https?://\S+")


def nameless(text: str, *names: str) -> str:
    """Return a text without secrets, addresses, ids and user names. names: further words to take out."""
    told = _ADDRESS.sub("{address}", redact_text(text))
    for name in sorted(filter(None, names), key=len, reverse=True):
        told = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "{name}", told, flags=re.IGNORECASE)
    return _NAMED.sub("{name}", _ID.sub("{id}", told))
