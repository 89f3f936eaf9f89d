"""How certain each fact about the API is. Every fact states its mark; there is no default."""

from enum import StrEnum


class Certainty(StrEnum):
    """Where a fact comes from."""

    DOCUMENTED = "D"  # a page of Meta's documentation
    OBSERVED = "O"  # answers of the live API, reported publicly
    SDK = "S"  # Meta's SDK and its API description
    THIRD_PARTY = "C"  # other people's code only
    GENERAL = "K"  # general behaviour of the Graph API, not found on a page
    INFERRED = "I"
    CONTRADICTED = "D!"  # Meta's own pages contradict each other


MEANINGS = {
    Certainty.DOCUMENTED: "documented by Meta",
    Certainty.OBSERVED: "observed in live answers",
    Certainty.SDK: "in Meta's SDK",
    Certainty.THIRD_PARTY: "seen in other people's code",
    Certainty.GENERAL: "general knowledge of the Graph API",
    Certainty.INFERRED: "inferred",
    Certainty.CONTRADICTED: "documented, and Meta's pages contradict each other",
}


def legend() -> str:
    """Explain the marks in one line."""
    return ", ".join(f"`{mark}` {meaning}" for mark, meaning in MEANINGS.items())
