"""When a person is told about waiting proposals, all of them in one notice, and in what words."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from pressroom.core.actor import shown_id
from pressroom.core.consent import Proposal
from pressroom.core.spelling import visible
from pressroom.service.summaries import in_short

# A program that plans a month proposes dozens of posts in a row, which are to be one notice. A minute of
# quiet ends the row; the second limit keeps a program that never pauses from putting the notice off for ever.
_QUIET = timedelta(minutes=1)
_LONGEST = timedelta(minutes=10)
_WIDTH = 80


def newest_told(proposals: Sequence[Proposal], now: datetime) -> Proposal | None:
    """Return the newest proposal that was still waiting at its time to be told; None where there is none yet.

    A proposal is told after a minute without another one, or at the next full ten minutes while more come.
    The result depends only on when proposals were made and decided, so every worker finds the same at any
    time. proposals: of any state, decided and expired ones too.
    """
    in_turn = sorted(proposals, key=lambda one: (one.created_at, one.id))
    newest: Proposal | None = None
    for one, quiet_at in zip(in_turn, _quiet_after(in_turn), strict=True):
        told_at = min(quiet_at, _full_ten(one.created_at))
        if told_at <= now and _over_at(one) >= told_at:
            newest = one
    return newest


def _quiet_after(in_turn: Sequence[Proposal]) -> list[datetime]:
    """Return for each proposal when a minute had passed since the last one of its row."""
    times = [one.created_at for one in in_turn]
    found = [times[-1] + _QUIET] if times else []
    for earlier, later in reversed(list(pairwise(times))):
        found.append(found[-1] if later - earlier < _QUIET else earlier + _QUIET)
    return found[::-1]


def _full_ten(moment: datetime) -> datetime:
    start = moment.replace(minute=0, second=0, microsecond=0)
    return start + _LONGEST * ((moment - start) // _LONGEST + 1)


def _over_at(proposal: Proposal) -> datetime:
    return min(proposal.decided_at or proposal.expires_at, proposal.expires_at)


def line_of(proposal: Proposal, account: str | None) -> str:
    """Describe in one short line what a program wants; its content, perhaps by strangers, is quoted."""
    about = proposal.summary
    where = f" for account {account}" if account else ""
    shows = _line(in_short(about))
    quoted = f': "{shows}"' if shows else ""
    what = _line(str(about.get("what", proposal.verb)))
    return f"{what} by {shown_id(proposal.actor)}{where}{quoted}"


def _line(text: str) -> str:
    # On one line: a caption must not break the notice into lines of its own.
    line = " ".join(visible(text).split())
    return line if len(line) <= _WIDTH else f"{line[: _WIDTH - 1]}…"
