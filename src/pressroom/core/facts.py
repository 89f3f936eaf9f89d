"""The file of facts that probes found out about an API, which a sandbox takes as its settings."""

from collections.abc import Mapping
from typing import Final, TypeAlias

import msgspec

from pressroom.graph.hosts import LoginType

FORMAT: Final = 1
LARGEST_BYTES: Final = 1_000_000

Value: TypeAlias = str | bool | int | float
Facts: TypeAlias = Mapping[str, Value]
"""What was found out, by the name of the sandbox's setting that it answers."""


class FactsFile(msgspec.Struct, frozen=True, kw_only=True):
    """The head of a file of facts; whatever else it holds is for people.

    pressroom_facts: the format, 1. asked_at: an ISO time. host: of the API. facts: by the sandbox's setting.
    """

    pressroom_facts: int
    asked_at: str
    pressroom: str
    login_type: LoginType
    api_version: str
    host: str
    facts: dict[str, Value]


def read_facts(raw: bytes) -> FactsFile:
    """Read a file of facts. Raises ValueError, which says what is wrong, for anything else."""
    if len(raw) > LARGEST_BYTES:
        raise ValueError("it is larger than a megabyte")
    try:
        held = msgspec.json.decode(raw, type=FactsFile)
    except msgspec.ValidationError as error:
        raise ValueError(f"it is no file of facts ({error})") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise ValueError("it is not JSON") from None
    if held.pressroom_facts != FORMAT:
        raise ValueError(f"its format is {held.pressroom_facts}, and this program reads {FORMAT}")
    return held
