"""Tells who runs this process: a person at a terminal, nobody at one, or a known agent."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple


def is_attended() -> bool:
    """Return whether a person can read messages and answer; stdout may be redirected."""
    # A daemon's streams may be closed, or None.
    return all(
        stream is not None and not stream.closed and stream.isatty() for stream in (sys.stdin, sys.stderr)
    )


class Mark(NamedTuple):
    """A variable that an agent sets for the commands it runs. name: the agent's, as a program's."""

    variable: str
    name: str
    source: str


AGENT_MARKS: Final = (
    Mark("CLAUDECODE", "claude-code", "https://code.claude.com/docs/en/env-vars"),
    Mark("GEMINI_CLI", "gemini-cli", "https://geminicli.com/docs/tools/shell"),
    Mark("CURSOR_AGENT", "cursor-agent", "https://cursor.com/docs/agent/terminal"),
    Mark("CODEX_THREAD_ID", "codex", "https://github.com/openai/codex/issues/19937"),
    Mark("CODEX_SANDBOX", "codex", "https://github.com/openai/codex/blob/main/codex-rs/core/src/spawn.rs"),
    Mark("AI_AGENT", "ai-agent", "https://www.npmjs.com/package/@vercel/detect-agent"),
)
"""The marks by which known agents' shells are told, AI_AGENT last: others set it beside their own.

Not CODEX_HOME, CURSOR_TRACE_ID or REPL_ID, which other tools take for marks: people's own shells carry them.
"""


@dataclass(frozen=True, slots=True)
class AgentShell:
    """A known agent's shell. name: the program's. variables: the marks that are set, its own first."""

    name: str
    variables: tuple[str, ...]


def agent_shell(environ: Mapping[str, str]) -> AgentShell | None:
    """Tell which known agent's shell an environment is of; None for any other."""
    # Empty is unset, as `CLAUDECODE= command` means it. Any text counts, `0` and `false` too: most of these
    # hold names and numbers of sessions, and to be asked in vain is better than not to be asked.
    marks = [mark for mark in AGENT_MARKS if environ.get(mark.variable)]
    return AgentShell(marks[0].name, tuple(mark.variable for mark in marks)) if marks else None
