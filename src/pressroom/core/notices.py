"""Notices for people."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something a person must be told while it lasts.

    key: the same as long as the matter is the same. body: the documented JSON object.
    """

    key: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Untold:
    """A claimed notice. channel: how it is delivered. tries: including this one."""

    key: str
    channel: str
    body: str
    tries: int
