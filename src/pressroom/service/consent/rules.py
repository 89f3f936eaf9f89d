"""The rules of consent, as pure functions: why a program's request waits, and what answers it.

`would_publish` tells which change of a post makes something go out. A `Request` is what a program asks for;
its content hash finds the proposal of the same request. `covers` says what a standing consent is for, and
`still_answers` how long a person's decision answers a repeat. `gate` applies them to a session. Why they are
as they are: docs/decisions/0014-consent.md.

The rest is what people are told. `summary_of` shows a post so that a person can decide on it. All waiting
proposals come in one notice: `newest_told` says when it is due, `line_of` gives a proposal's line in it.
`event_of` makes the journal event of a change.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import PurePath
from typing import Any

import msgspec

from pressroom.core.account import StoredAccount
from pressroom.core.actor import Actor, shown_id
from pressroom.core.address import shown_address
from pressroom.core.assets import Asset
from pressroom.core.consent import Consent, Decision, Grant, GrantUse, Proposal, ProposalState
from pressroom.core.errors import Refused
from pressroom.core.journal import FieldChange, JournalEvent
from pressroom.core.option_values import spell_tag
from pressroom.core.post import Post, PostOptions, PostState, When
from pressroom.core.spelling import visible
from pressroom.core.stored_posts import content_hash, due_in_words, shown_hash
from pressroom.core.when import in_words, repeated_hour, with_zone
from pressroom.publish.machine.operations import is_made_anew
from pressroom.service.ground.copies import is_fixed

NEW = "publish"
"""The verb of a new post."""
CANCEL = "cancel"
"""The verb of calling a post off."""
SOON = timedelta(minutes=1)
"""A due time nearer than this means now: checking and copying files takes a while."""
LIVES = timedelta(hours=24)
"""How long a proposal without a due time can be decided, and how long a decision answers the same request."""

_GOING_OUT = frozenset(
    {PostState.SCHEDULED, PostState.PREPARING, PostState.READY, PostState.PUBLISHING, PostState.PUBLISHED}
)


def would_publish(before: Post | None, after: Post) -> bool:
    """Tell whether a change of a post makes something go out. before: None for a new post."""
    # Told from the post before and after, not from the command: a list of dangerous commands had a hole with
    # each new one, such as a move to now, which sends a post as a retry does.
    if before is not None and not before.state.is_held and shown_hash(before) != shown_hash(after):
        return True
    if after.state not in _GOING_OUT:
        return False
    if before is None or before.state not in _GOING_OUT:
        return True
    return is_sooner(before, after)


def is_sooner(before: Post, after: Post) -> bool:
    """Tell whether a post is brought forward. A post without a due time is due at once."""
    at_once = datetime.min.replace(tzinfo=UTC)
    return (after.goes_out_at or at_once) < (before.goes_out_at or at_once)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a program asks for.

    arguments: for the code that carries it out. summary: for the person who decides. stands: a mark of the
    post's present state, where the same verb may be requested of it again later.
    """

    verb: str
    arguments: Mapping[str, Any]
    summary: Mapping[str, Any]
    account: str | None = None
    post: Post | None = None
    stands: str | None = None
    earliest_at: datetime | None = None
    is_grantable: bool = True

    @property
    def content_hash(self) -> str:
        """Digest of the verb, arguments, account and everything that is shown, each file by its bytes."""
        # A new post's own id is left out: a program that repeats its command makes a post with another id,
        # and must be answered by the proposal of the first.
        shown = (shown_hash(self.post), self.post.id) if self.post and self.verb != NEW else None
        content = shown_hash(self.post) if self.post and self.verb == NEW else None
        parts = (self.verb, self.account, self.arguments, shown, content, self.stands)
        return hashlib.sha256(msgspec.json.encode(parts, order="sorted")).hexdigest()


def new_post_request(post: Post, *, is_grantable: bool = True) -> Request:
    """Return what a program asks for with a new post: that it goes out at its due time or later.

    The due time to the minute and the key are part of it, so either makes it another request. For a post
    that is due at once the time is no part of it: repeated later it is the same request.
    """
    at = None if post.when is When.NOW else f"{post.when} {post.day or ''}".rstrip()
    if post.when is When.TIME and post.due_at:
        at = post.due_at.isoformat(timespec="minutes")
    return Request(
        verb=NEW,
        arguments={"at": at, "key": post.idempotency_key},
        summary=summary_of(post),
        account=post.account,
        post=post,
        earliest_at=post.goes_out_at,
        is_grantable=is_grantable,
    )


def still_describes(proposal: Proposal, request: Request, after: Post) -> bool:
    """Tell whether a proposal is for a request as it is now. after: the post as the request would make it."""
    return request.content_hash == proposal.content_hash and not is_early(proposal, after)


def is_early(proposal: Proposal, post: Post) -> bool:
    """Tell whether a post would go out before the time that its proposal names."""
    earliest = proposal.earliest_at
    return earliest is not None and post.goes_out_at is not None and post.goes_out_at < earliest


def still_answers(proposal: Proposal, now: datetime) -> bool:
    """Tell whether a decision still answers its request: a repeat would else be carried out a second time."""
    moments = [moment for moment in (proposal.decided_at, proposal.earliest_at) if moment]
    return bool(moments) and max(moments) >= now - LIVES


def covers(grant: Grant, verb: str, account: str | None, at: datetime) -> bool:
    """Tell whether a standing consent is for what goes out at a time."""
    is_over = grant.revoked_at is not None or (grant.ends_at is not None and grant.ends_at <= at)
    return not is_over and verb in grant.verbs and account in grant.accounts


def beside(grant: Grant, grants: Sequence[Grant], now: datetime) -> list[Grant]:
    """Return the standing consents that apply as well: to the same program, for a verb and account of it."""
    return [
        other
        for other in grants
        if other.id != grant.id
        and other.actor == grant.actor
        and any(covers(other, verb, account, now) for verb in grant.verbs for account in grant.accounts)
    ]


def zone_of(grant: Grant, logins: Sequence[StoredAccount]) -> str:
    """Return the zone in which its end is told: that of its accounts, or UTC where they have several."""
    zones = {login.timezone for login in logins if login.account in grant.accounts}
    return zones.pop() if len(zones) == 1 else "UTC"


def require_grant_sense(verbs: Sequence[str], accounts: Sequence[str], per_day: int) -> None:
    """Raise Refused for a standing consent that names no verb, no account or no use a day."""
    if verbs and accounts and per_day > 0:
        return
    raise Refused(
        "A standing consent names what may be done, for which accounts, and how often a day.",
        rule="standing_consent",
        value=[list(verbs), list(accounts), per_day],
        limit="one verb, one account and once a day at least",
        fix="Name all three.",
    )


def require_known_verbs(verbs: Sequence[str], known_verbs: Sequence[str]) -> None:
    """Raise Refused for a standing consent to verbs that no program asks for."""
    if strange := [verb for verb in verbs if verb not in known_verbs]:
        raise Refused(
            f"Nothing that programs ask for is called {', '.join(strange)}.",
            rule="standing_consent",
            value=strange,
            limit=[str(verb) for verb in known_verbs],
            fix=f"Name some of: {', '.join(known_verbs)}.",
        )


def require_logins(
    accounts: Sequence[str], logins: Sequence[StoredAccount], *, rule: str
) -> tuple[StoredAccount, ...]:
    """Return the logins of accounts, by names or ids. Raises Refused where nobody is signed in to one."""
    signed_in = {name for login in logins for name in (login.name, login.account)}
    if strange := [who for who in accounts if who not in signed_in]:
        raise Refused(
            f"Nobody is signed in to {', '.join(strange)}.",
            rule=rule,
            value=strange,
            limit=sorted(login.name for login in logins),
            fix="Sign in first, or name an account that is signed in.",
        )
    return tuple(login for login in logins if {login.name, login.account} & {*accounts})


_NAME_LETTERS = 12
# Follows from the files and options, which are compared by themselves.
_FOLLOWS = frozenset({"content", "warnings"})
# These have a member of their own; `cover` and `convert` show in `files`.
_APART = frozenset(
    {"caption", "first_comment", "alt_texts", "user_tags", "collaborators", "location_id", "cover", "convert"}
)
# In the order in which proposals have always named them; an option that is added comes last.
_LISTED = tuple(
    dict.fromkeys(
        (
            *("thumb_offset_ms", "share_to_feed", "fit", "quality", "target"),
            *(field.name for field in fields(PostOptions) if field.name not in (*_APART, "edits")),
        )
    )
)
_USUAL = PostOptions()
_USUAL_EDITS = asdict(_USUAL.edits)


def summary_of(post: Post) -> dict[str, Any]:
    """Return what a post shows, and when it is due; an option that nobody set is None.

    `files`: each with the sha256 of its bytes, None where they may still change, and the role `cover` or
    None.
    """
    options = post.options
    return {
        "post_id": post.id,
        "kind": post.kind,
        "account": post.account_name,
        "when": post.when,
        "due_at": post.due_at.isoformat(timespec="seconds") if post.due_at else None,
        "day": post.day.isoformat() if post.day else None,
        "timezone": post.timezone,
        "caption": options.caption,
        "first_comment": options.first_comment,
        "alt_texts": list(options.alt_texts),
        "user_tags": [spell_tag(tag) for tag in options.user_tags],
        "collaborators": list(options.collaborators),
        "location_id": options.location_id,
        **_changed_options(options),
        "files": [_file(asset, options) for asset in post.files],
        "content": content_name(post),
        "warnings": [*_warnings(post)],
    }


def _warnings(post: Post) -> Iterator[str]:
    if twice := post.due_at and repeated_hour(post.due_at, post.timezone):
        yield twice
    # The approval is of what a person sees now; at an address Instagram fetches what is there later.
    for asset in post.files:
        if asset.is_url and not is_fixed(asset, post.options):
            yield (
                f"{shown_address(asset.source)} is fetched by Instagram when it is published: it may show "
                "something else."
            )


def summary_of_change(before: Post, after: Post) -> dict[str, Any]:
    """Return the summary of a post as a change makes it.

    `was`: has of each part that the change replaces what it is before; left out where it replaces none.
    """
    old, new = summary_of(before), summary_of(after)
    was = {name: old[name] for name in old if old[name] != new[name] and name not in _FOLLOWS}
    return {**new, "was": was} if was else new


def content_name(post: Post) -> str:
    """Return a short digest of what a post shows, each file by its bytes."""
    return content_hash(post).partition(":")[2][:_NAME_LETTERS]


def in_short(summary: Mapping[str, Any]) -> str:
    """Return the caption of a summary's post, or the call that is asked for."""
    return summary.get("caption") or summary.get("asks") or ""


def _changed_options(options: PostOptions) -> Mapping[str, Any]:
    """Return the options that change how files are shown; None for each that has its default."""
    edits = {name: value for name, value in asdict(options.edits).items() if value != _USUAL_EDITS[name]}
    return {
        **{
            name: None if (value := getattr(options, name)) == getattr(_USUAL, name) else value
            for name in _LISTED
        },
        "edits": edits or None,
    }


def _file(asset: Asset, options: PostOptions) -> Mapping[str, Any]:
    # A copy's name counts only where the copy is what goes out; else it would vouch for other bytes.
    is_known = is_fixed(asset, options)
    digest = PurePath(asset.copy or "").name.partition(".")[0]
    return {
        "name": asset.name,
        "source": shown_address(asset.source),
        "sha256": digest if is_known else None,
        "role": "cover" if asset is options.cover else None,
    }


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
    in_turn = sorted(proposals, key=lambda proposal: (proposal.created_at, proposal.id))
    newest: Proposal | None = None
    for proposal, quiet_at in zip(in_turn, _quiet_after(in_turn), strict=True):
        hour = proposal.created_at.replace(minute=0, second=0, microsecond=0)
        next_full_ten = hour + _LONGEST * ((proposal.created_at - hour) // _LONGEST + 1)
        told_at = min(quiet_at, next_full_ten)
        over_at = min(proposal.decided_at or proposal.expires_at, proposal.expires_at)
        if told_at <= now and over_at >= told_at:
            newest = proposal
    return newest


def _quiet_after(in_turn: Sequence[Proposal]) -> list[datetime]:
    """Return for each proposal when a minute had passed since the last one of its row."""
    times = [proposal.created_at for proposal in in_turn]
    quiet = [times[-1] + _QUIET] if times else []
    for earlier, later in reversed(list(pairwise(times))):
        quiet.append(quiet[-1] if later - earlier < _QUIET else earlier + _QUIET)
    return quiet[::-1]


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


_LONGEST_VALUE = 80
_OPTIONS = tuple(field.name for field in fields(PostOptions))


def event_of(
    before: Post,
    after: Post,
    *,
    past: str,
    actor: Actor,
    at: datetime,
    consent: Consent | None,
    program: Actor | None = None,
) -> JournalEvent:
    """Tell a change of a post. past: what was done, such as `moved`; consent: which permitted it.

    program: whose change it is that a person, the actor, approved.
    """
    # What a person sees of a post: its state, times, options and files.
    pairs = zip(_fields(before), _fields(after), strict=True)
    changes = tuple(
        FieldChange(name=name, before=was, after=now) for (name, was), (_, now) in pairs if was != now
    )
    edits = [
        f"{change.name} from {_quoted(change.before)} to {_quoted(change.after)}"
        for change in changes
        if past == "edited" and change.name in ("account", *_OPTIONS, "files")
    ]
    more = f": {'; '.join(edits)}" if edits else ""
    is_timed = any(change.name in ("when", "due_at", "day") for change in changes)
    if past in ("moved", "rescheduled", "edited") and is_timed:
        more += f"{'; moved' if more else ''}{_moved_in_words(before, after)}"
    # What is due once it is let go is given no time by that.
    if past == "approved" and is_timed and before.when is not When.NOW:
        more = f" for {due_in_words(after)}"
    if past == "moved" and is_made_anew(before, after):
        more += "; what Instagram was given for it is made anew"
    if isinstance(consent, Decision) and consent.state is ProposalState.DECLINED:
        deed = f"A person has declined and {past} it"
    elif program:
        deed = f"The program {program.shown} has {past} it, as a person approved"
    elif not actor.is_program:
        deed = f"A person has {past} it"
    else:
        by = " by a standing consent" if isinstance(consent, GrantUse) else ""
        deed = f"The program {actor.shown} has {'let it go' if past == 'approved' else f'{past} it'}{by}"
    return JournalEvent(
        subject_id=before.id, at=at, step=past, text=f"{deed}{more}.", actor=actor.id, changes=changes
    )


def _moved_in_words(before: Post, after: Post) -> str:
    was, now = due_in_words(before), due_in_words(after)
    until = f", postponed to {in_words(before.postponed_to, before.timezone)}" if before.postponed_to else ""
    return f" from {was}{until} to {now}"


def _quoted(value: str | None) -> str:
    return "nothing" if value is None else f"“{value}”"


def _fields(post: Post) -> Iterator[tuple[str, str | None]]:
    yield "state", post.state
    yield "account", post.account_name
    yield "when", post.when
    yield "day", post.day.isoformat() if post.day else None
    yield "due_at", with_zone(post.due_at, post.timezone) if post.due_at else None
    yield "postponed_to", with_zone(post.postponed_to, post.timezone) if post.postponed_to else None
    for name in _OPTIONS:
        yield name, _short(getattr(post.options, name))
    yield "files", _short(", ".join(shown_address(asset.source) for asset in post.assets))


def _short(value: Any) -> str | None:  # noqa: ANN401  # any option's
    match value:
        case None | ():
            return None
        case str():
            spelled = value
        # The copy's path says nothing to a person, and the query of an address may hold a key.
        case Asset():
            spelled = shown_address(value.source)
        case _:
            spelled = msgspec.json.encode(value).decode()
    text = " ".join(spelled.split())
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"
