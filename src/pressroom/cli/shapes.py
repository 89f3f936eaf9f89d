"""The documented JSON of answers that only the command line gives; all others are in `service.shapes`.

Imports nothing that publishes, so that `sandbox` and shell completion start fast.
"""

from typing import Any

import msgspec


class ScriptShape(msgspec.Struct, frozen=True, kw_only=True):
    """A shell's completion script."""

    shell: str
    script: str


class WrittenShape(msgspec.Struct, frozen=True, kw_only=True):
    """The helper modules, by their paths."""

    written: tuple[str, ...]
    unchanged: tuple[str, ...]


class SkillInstalledShape(msgspec.Struct, frozen=True, kw_only=True):
    """The skill in a folder, by its files' paths. removed: of an earlier release. version: Pressroom's."""

    folder: str
    version: str
    written: tuple[str, ...]
    unchanged: tuple[str, ...]
    removed: tuple[str, ...]


class SkillPageShape(msgspec.Struct, frozen=True, kw_only=True):
    """SKILL.md, or a reference of it. file: its path in the skill. references: the names of all."""

    name: str
    file: str
    references: tuple[str, ...]
    text: str


class PagesShape(msgspec.Struct, frozen=True, kw_only=True):
    """The items of all pages of a list."""

    data: tuple[Any, ...]


class DemoPostShape(msgspec.Struct, frozen=True, kw_only=True):
    """A published post of the demo. engagement_rate: in percent."""

    kind: str
    id: str | None
    permalink: str | None
    metrics: dict[str, int | float | None]
    engagement_rate: float | None


class DemoShape(msgspec.Struct, frozen=True, kw_only=True):
    """What the demo published. page: of its sandbox. pages: of its month of posts. elapsed_s: it took."""

    page: str
    pages: str
    elapsed_s: float
    posts: tuple[DemoPostShape, ...]


class ServedShape(msgspec.Struct, frozen=True, kw_only=True):
    """What agents are served at. url: without a trailing slash. worker: whether it publishes, too."""

    url: str
    pid: int
    worker: bool


class ServedPagesShape(msgspec.Struct, frozen=True, kw_only=True):
    """The pages that are served, and what programs with a key reach beside them.

    url: of the pages, without a trailing slash. api: of the HTTP API. mcp: for agents; null where the extra
    is not installed. worker: whether it publishes, too.
    """

    url: str
    api: str
    mcp: str | None
    pid: int
    worker: bool


class SignedOutOfPagesShape(msgspec.Struct, frozen=True, kw_only=True):
    """Who was signed out of the pages. signed_out: how many browsers."""

    signed_out: int


class ProxyShape(msgspec.Struct, frozen=True, kw_only=True):
    """The variables that lead programs to the sandbox's proxy, and the programs that ignore them."""

    env: dict[str, str]
    ignored_by: tuple[str, ...]


class SandboxShape(msgspec.Struct, frozen=True, kw_only=True):
    """A sandbox that answers. env: the variables that lead there. proxy: null without `--proxy`."""

    url: str
    page: str
    user_id: str
    token: str
    pid: int
    env: dict[str, str]
    proxy: ProxyShape | None


class EndedSandboxShape(msgspec.Struct, frozen=True, kw_only=True):
    """A sandbox that has ended."""

    url: str
    pid: int


class StoppedShape(msgspec.Struct, frozen=True, kw_only=True):
    """The sandboxes that have ended."""

    stopped: tuple[EndedSandboxShape, ...]


class StateFileShape(msgspec.Struct, frozen=True, kw_only=True):
    """A file with a sandbox's state, and its size."""

    file: str
    bytes: int


class DifferenceShape(msgspec.Struct, frozen=True, kw_only=True):
    """An answer that differs from the recorded one. number: of the call, from 1. where: place in it."""

    number: int
    method: str
    target: str
    where: str
    recorded: Any
    replayed: Any


class ReplayShape(msgspec.Struct, frozen=True, kw_only=True):
    """A recording that was replayed. skipped: calls that were not made, such as uploads."""

    calls: int
    skipped: int
    differences: tuple[DifferenceShape, ...]
