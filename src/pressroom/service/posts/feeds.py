"""`FeedService`: what is planned of an account, for calendar programs that fetch it from an address.

An address has a key of its own, of which only the hash is kept: it reads this one calendar, and nothing else.
An event names its post by `reference_of`, which only a signed-in user can resolve: a calendar contains no
post ids. `calendar_of` writes one as RFC 5545 has it. Why so: docs/decisions/0045.
"""

import asyncio
import contextlib
import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from pressroom.core.account import AccountId, shown_account
from pressroom.core.errors import NotFound, PressroomError, Refused
from pressroom.core.journal import FieldChange, JournalEvent, SubjectKind
from pressroom.core.post import PostId, PostState, When
from pressroom.core.secret import Secret
from pressroom.core.spelling import visible
from pressroom.core.stored_posts import Chip
from pressroom.service.consent.gate import Gate
from pressroom.service.consent.rules import require_logins
from pressroom.service.ground.output import write_private
from pressroom.service.ground.resources import Resources
from pressroom.service.ground.served import address_of
from pressroom.service.posts.lists import PostLists

AHEAD: Final = timedelta(days=90)
BEHIND: Final = timedelta(days=7)
"""How far a calendar reaches, from now on and back."""

EVENTS: Final = "/calendar/events/"
"""The path of the page that an event leads to, without the event's reference. It requires a sign-in."""

_SHOWN: Final = frozenset(
    {
        PostState.DRAFT,
        PostState.AWAITING_APPROVAL,
        PostState.SCHEDULED,
        PostState.PREPARING,
        PostState.READY,
        PostState.PUBLISHING,
        PostState.PUBLISHED,
    }
)
_KEY: Final = re.compile(r"prf_[\w-]{43}", re.ASCII)
_KEY_BYTES: Final = 32
_HASH: Final = re.compile(r"[0-9a-f]{64}")
# The last reading is noted no more often.
_NOTED_EACH: Final = timedelta(minutes=1)
_NEVER: Final = datetime.fromtimestamp(0, UTC)
_LINE_BYTES: Final = 75
_REFERENCE_DIGITS: Final = 32


class _Kept(msgspec.Struct, frozen=True, kw_only=True):
    account: AccountId
    made_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A calendar that somebody may fetch. id: the hash of its key. last_read_at: within a minute."""

    id: str
    account: AccountId
    made_at: datetime
    last_read_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewFeed:
    """A calendar that was made. key: the part of its address that nobody else knows; shown once."""

    feed: Feed
    key: Secret


class FeedService:
    """The use-cases of calendars that are fetched, of one data directory."""

    def __init__(self, resources: Resources, gate: Gate, lists: PostLists) -> None:
        self._resources = resources
        self._gate = gate
        self._lists = lists
        self._directory = resources.settings.home / "feeds"

    async def add(self, account: str) -> NewFeed:
        """Make a calendar of an account, by its login's name or its id; whoever has its key reads it.

        Raises Refused for an account that nobody is signed in to, and where the hash of the key cannot be
        kept; NeedsApproval for a program.
        """
        await self._gate.require_person(
            "Only a person makes an address by which others read what is planned."
        )
        store = await self._resources.store()
        logins = require_logins([account], await store.run(store.accounts.list), rule="feed_account")
        login = next(login for login in logins if account in (login.name, login.account))
        key = f"prf_{secrets.token_urlsafe(_KEY_BYTES)}"
        made_at = self._resources.clock.now()
        feed = Feed(id=_hash(key), account=login.account, made_at=made_at, last_read_at=None)
        kept = msgspec.json.encode(_Kept(account=login.account, made_at=made_at))
        try:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            await asyncio.to_thread(write_private, self._directory / feed.id, kept)
        except OSError as error:
            raise Refused(
                f"The data directory could not be written to: {error.strerror}.",
                rule="feed",
                value=str(self._directory),
                limit="a directory with room that this user may write",
                fix="Check the directory and its space.",
            ) from error
        self._note(feed.id, _NEVER)
        try:
            await self._record(feed, "feed_made", "A calendar feed of what is planned was made.")
        except PressroomError:
            # Nobody was told the key yet, and nobody reads a calendar that no history lists.
            (self._directory / feed.id).unlink(missing_ok=True)
            raise
        return NewFeed(feed, Secret(key))

    async def list(self) -> tuple[Feed, ...]:
        """Return all calendars that can be fetched, the newest first."""
        paths = self._directory.iterdir() if self._directory.is_dir() else ()
        feeds = [feed for path in paths if (feed := self._find(path.name))]
        return tuple(sorted(feeds, key=lambda feed: (feed.made_at, feed.id), reverse=True))

    async def names(self) -> Mapping[AccountId, str]:
        """Return how people are shown each account that somebody is signed in to, by its id."""
        store, names = await self._resources.store(), await self._lists.account_names()
        logins = await store.run(store.accounts.list)
        return {login.account: names.get(login.name, login.name) for login in logins}

    async def end(self, feed_id: str) -> None:
        """Let nobody fetch a calendar any more. Raises NotFound for none, NeedsApproval for a program."""
        await self._gate.require_person("Only a person ends an address.")
        if (feed := self._find(feed_id)) is None:
            raise NotFound("There is no such calendar, or it was ended.")
        await self._record(feed, "feed_ended", "A calendar feed was ended: nobody can fetch it any more.")
        (self._directory / feed_id).unlink(missing_ok=True)

    async def read(self, key: Secret) -> bytes:
        """Return the calendar of a key as an `.ics` file. Raises NotFound for a key that reads nothing."""
        feed = self._find(_hash(key.reveal())) if _KEY.fullmatch(key.reveal()) else None
        if feed is None:
            raise NotFound("There is no such calendar.")
        now = self._resources.clock.now()
        if feed.last_read_at is None or now - feed.last_read_at >= _NOTED_EACH:
            self._note(feed.id, now)
        chips, names = await self._chips(feed, now), await self.names()
        return calendar_of(
            chips,
            feed_id=feed.id,
            name=names.get(feed.account, shown_account(feed.account)),
            pages=address_of(self._resources.settings, ""),
            now=now,
        )

    async def find_post(self, reference: str) -> PostId:
        """Return the post that an event of a calendar refers to. Raises NotFound if no calendar has it."""
        now = self._resources.clock.now()
        for feed in await self.list():
            for chip in await self._chips(feed, now):
                if hmac.compare_digest(reference_of(feed.id, chip.id).encode(), reference.encode()):
                    return chip.id
        raise NotFound(
            "No calendar feed has this event any more: the feed was ended, or the post was moved far away."
        )

    async def _chips(self, feed: Feed, now: datetime) -> Iterable[Chip]:
        return await self._lists.chips(now - BEHIND, now + AHEAD, accounts=[feed.account])

    async def _record(self, feed: Feed, step: str, text: str) -> None:
        # By when it was made, as the page lists it: nothing that its key could be told from.
        made_at, store = feed.made_at.isoformat(timespec="seconds"), await self._resources.store()
        before, after = (None, made_at) if step == "feed_made" else (made_at, None)
        event = JournalEvent(
            subject_id=feed.account,
            subject_kind=SubjectKind.ACCOUNT,
            at=self._resources.clock.now(),
            step=step,
            text=text,
            actor=(await self._gate.actor()).id,
            changes=(FieldChange(name="feed", before=before, after=after),),
        )
        await store.run(store.events.append, event)

    def _note(self, name: str, at: datetime) -> None:
        # When a calendar was read last is the time of its file; none is written anew for that.
        with contextlib.suppress(OSError):
            os.utime(self._directory / name, (at.timestamp(), at.timestamp()))

    def _find(self, name: str) -> Feed | None:
        path = self._directory / name
        try:
            if not _HASH.fullmatch(name):
                return None
            kept, read_at = msgspec.json.decode(path.read_bytes(), type=_Kept), path.stat().st_mtime
        except (OSError, msgspec.MsgspecError):
            return None
        last_read_at = datetime.fromtimestamp(read_at, UTC) if read_at else None  # `_NEVER`
        return Feed(id=name, account=kept.account, made_at=kept.made_at, last_read_at=last_read_at)


def _hash(key: str) -> str:
    # A plain hash is enough: what is hashed has 256 random bits. Who does not know the key does not know
    # which file is looked for, so that nothing is to be compared.
    return hashlib.sha256(key.encode()).hexdigest()


def reference_of(feed_id: str, post_id: PostId) -> str:
    """Return what stands for a post in a calendar: the same for the life of the feed.

    An HMAC by the hash of the feed's key, so that it shows no post id, and two feeds have nothing in common.
    """
    digest = hmac.new(feed_id.encode(), post_id.encode(), hashlib.sha256).hexdigest()
    return digest[:_REFERENCE_DIGITS]


def calendar_of(chips: Iterable[Chip], *, feed_id: str, name: str, pages: str | None, now: datetime) -> bytes:
    """Write the posts that are planned, or were published lately, as a calendar (RFC 5545).

    feed_id: of the feed that it is. name: of the account, for people. pages: the address of our pages; None
    where none is served.
    """
    # Of the day and not of this moment, so that what did not change has the same bytes: nothing tells when a
    # post was changed last, and its version is the sequence.
    stamp = f"{now.astimezone(UTC):%Y%m%d}T000000Z"
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Pressroom//Planned posts//EN",
        "CALSCALE:GREGORIAN",
        f"NAME:{_escaped(name)}",  # RFC 7986, and what was understood before it
        f"X-WR-CALNAME:{_escaped(name)}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT15M",
        "X-PUBLISHED-TTL:PT15M",
    ]
    for chip in chips:
        if chip.state in _SHOWN and chip.when is not When.OPEN:
            lines += _event_of(chip, reference_of(feed_id, chip.id), pages, stamp)
    lines.append("END:VCALENDAR")
    return "".join(f"{piece}\r\n" for line in lines for piece in _folded(line)).encode()


def _event_of(chip: Chip, reference: str, pages: str | None, stamp: str) -> list[str]:
    summary = f"{chip.kind}: {chip.title or 'No caption'} ({chip.state.replace('_', ' ')})"
    if chip.when.has_time:
        at = [f"DTSTART:{chip.goes_out_at.astimezone(UTC):%Y%m%dT%H%M%SZ}", "DURATION:PT15M"]
    else:
        at = [f"DTSTART;VALUE=DATE:{chip.goes_out_at.astimezone(ZoneInfo(chip.timezone)):%Y%m%d}"]
    return [
        "BEGIN:VEVENT",
        f"UID:{reference}@pressroom",
        f"DTSTAMP:{stamp}",
        f"SEQUENCE:{chip.version}",
        *at,
        f"SUMMARY:{_escaped(summary)}",
        f"STATUS:{'TENTATIVE' if chip.state.is_held else 'CONFIRMED'}",
        "TRANSP:TRANSPARENT",  # nobody is busy while a post goes out
        *([f"URL:{pages}{EVENTS}{reference}"] if pages else ()),
        "END:VEVENT",
    ]


def _escaped(text: str) -> str:
    """Spell a value of the type TEXT (RFC 5545, 3.3.11)."""
    return re.sub(r"([\\;,])", r"\\\1", visible(text)).replace("\n", "\\n")


def _folded(line: str) -> Iterator[str]:
    """Cut a line into pieces of 75 bytes at most (RFC 5545, 3.1), and no letter in two."""
    piece, left = "", _LINE_BYTES
    for letter in line:
        size = len(letter.encode())
        if size > left:
            yield piece
            piece, left = " ", _LINE_BYTES - 1
        piece += letter
        left -= size
    yield piece
