"""The ways to tell a person: notices, which are repeated until they are taken, and letters, which are not.

A `Channel` is a way: a command that reads JSON on stdin, a URL that takes it as a POST, and those of Apprise
(`apprise`). `send_letter` hands a letter, such as a report, to every channel that is set up.
"""

import asyncio
import contextlib
import hashlib
import hmac
import mimetypes
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol
from uuid import uuid4

import aiohttp
import msgspec

from pressroom.core.errors import PressroomError, Refused, SettingRefused
from pressroom.core.secret import Secret
from pressroom.core.spelling import visible
from pressroom.service.work.shapes import LetterFileShape, LetterShape
from pressroom.version import __version__

TIMEOUT_S: Final = 30.0
"""Seconds for which one notice or letter is waited for."""
_EVENT = "letter"


class NotTold(PressroomError):
    """A channel did not take a notice or a letter."""

    code: int | str | None = "not_told"
    retryable = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """Something told once, such as a report.

    text: for whoever shows no HTML; html says the same. file: goes along where the channel takes files, and
    is named where it does not. command: what to run to see more.
    """

    at: datetime
    title: str
    text: str
    html: str | None = None
    file: Path | None = None
    command: str = ""

    def __post_init__(self) -> None:
        for name in ("title", "text", "html"):
            words: str | None = getattr(self, name)
            object.__setattr__(self, name, words and visible(words))
        # Whoever is told its path works in another directory.
        if self.file:
            object.__setattr__(self, "file", self.file.absolute())

    @property
    def body(self) -> str:
        """Return the documented JSON object. Raises OSError for a file that is gone."""
        shape = LetterShape(
            event=_EVENT,
            at=self.at.isoformat(timespec="seconds"),
            account=None,
            text=self.text,
            command=self.command,
            title=self.title,
            html=self.html,
            file=self.file
            and LetterFileShape(
                path=str(self.file),
                name=self.file.name,
                media_type=mimetypes.guess_type(self.file.name)[0] or "application/octet-stream",
                size_bytes=self.file.stat().st_size,
            ),
        )
        return msgspec.json.encode(shape).decode()


def new_key() -> str:
    """Return a key for a letter, which no other notice or letter has."""
    return f"{_EVENT}/{uuid4().hex}"


class Channel(Protocol):
    """A way to tell a person."""

    @property
    def name(self) -> str:
        """The channel's name in the store and in logs; holds no secret."""
        ...

    async def tell(self, key: str, body: str) -> None:
        """Hand over one notice. Raises NotTold. key: the same when the notice is repeated."""
        ...

    async def deliver(self, letter: Letter) -> bool:
        """Hand over a letter, and tell whether its file itself went along. Raises NotTold."""
        ...


_ANSWERED_WELL = range(200, 300)


class Command:
    """Runs a program for each notice, with the JSON object on its stdin; exit code 0 means told."""

    name = "command"

    def __init__(
        self, argv: tuple[str, ...], environ: Mapping[str, str], *, timeout_s: float = TIMEOUT_S
    ) -> None:
        self._argv = argv
        self._environ = environ
        self._timeout_s = timeout_s

    async def tell(self, key: str, body: str) -> None:  # noqa: ARG002  # the protocol's
        """Run the program. Raises NotTold when it cannot be run, fails, or takes too long."""
        try:
            process = await asyncio.create_subprocess_exec(
                *self._argv,
                stdin=PIPE,
                stdout=DEVNULL,
                stderr=DEVNULL,
                env=self._environ,
                # A process group of its own, so that `_end` reaches what the program started, too.
                start_new_session=True,
            )
        except OSError as error:
            raise NotTold(f"{self._argv[0]} could not be run: {error.strerror}.") from None
        try:
            async with asyncio.timeout(self._timeout_s):
                await process.communicate(f"{body}\n".encode())
        except TimeoutError:
            raise NotTold(f"{self._argv[0]} took longer than {self._timeout_s:.0f} s.") from None
        finally:
            await _end(process)
        if process.returncode:
            raise NotTold(f"{self._argv[0]} ended with {process.returncode}.")

    async def deliver(self, letter: Letter) -> bool:
        """Run the program for a letter, whose file it finds by its path. Raises NotTold as `tell` does."""
        await self.tell(new_key(), letter.body)
        return False


async def _end(process: Process) -> None:
    """Kill the program, and everything that it started, if it still runs."""
    # Killed on a cancellation, too: the worker must not leave programs behind.
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


class Webhook:
    """Posts each notice to an address, signed where there is a secret, as Instagram signs its own webhooks.

    Source: https://developers.facebook.com/docs/graph-api/webhooks/getting-started, Validating Payloads.
    """

    name = "webhook"

    def __init__(self, url: Secret, secret: Secret | None, *, timeout_s: float = TIMEOUT_S) -> None:
        self._url = url
        self._secret = secret
        self._timeout_s = timeout_s

    async def tell(self, key: str, body: str) -> None:
        """Post it. Raises NotTold for anything but a 2xx; its text names neither address nor secret."""
        timeout = aiohttp.ClientTimeout(total=self._timeout_s)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.post(
                    self._url.reveal(),
                    data=body.encode(),
                    headers=self._headers(key, body),
                    # The signed notice goes to the address that was set, and nowhere that its answer points
                    # to.
                    allow_redirects=False,
                ) as answer,
            ):
                status = answer.status
        # The class alone: aiohttp's texts quote the URL, which may hold a secret in its path or query.
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise NotTold(f"The notice's address does not answer ({type(error).__name__}).") from None
        if status not in _ANSWERED_WELL:
            raise NotTold(f"The notice's address answered {status}.")

    async def deliver(self, letter: Letter) -> bool:
        """Post a letter, which names its file and does not hold it. Raises NotTold as `tell` does."""
        await self.tell(new_key(), letter.body)
        return False

    def _headers(self, key: str, body: str) -> dict[str, str]:
        headers = {
            "Content-Type": "application/json",
            "User-Agent": f"pressroom/{__version__}",
            # A notice is repeated when the answer was lost, so the receiver needs a name to tell repeats by.
            "Idempotency-Key": hashlib.sha256(key.encode()).hexdigest()[:32],
        }
        if self._secret:
            digest = hmac.new(self._secret.reveal().encode(), body.encode(), hashlib.sha256).hexdigest()
            headers["X-Hub-Signature-256"] = f"sha256={digest}"
        return headers


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What became of a letter on one way.

    way: `command`, `webhook`, or `apprise:` with the scheme of the address. problem: None where it was taken.
    has_file: whether the file itself went along, and not its path alone.
    """

    way: str
    problem: str | None = None
    has_file: bool = False


async def send_letter(letter: Letter, channels: Sequence[Channel]) -> tuple[Delivery, ...]:
    """Hand a letter to all channels at once, each tried once; what one refuses holds up no other.

    Raises SettingRefused where there is no channel, Refused for a file that cannot be read.
    """
    if not channels:
        raise SettingRefused(
            "Nobody is set up to be told.",
            rule="notify_nobody",
            limit="PRESSROOM_NOTIFY_APPRISE, PRESSROOM_NOTIFY_URL or PRESSROOM_NOTIFY_COMMAND",
            fix="Set one of them: to an address of Apprise, an https address or a program.",
        )
    file = letter.file
    if file and not (file.is_file() and os.access(file, os.R_OK)):
        raise Refused(
            f"{file} cannot be sent along.",
            rule="letter_file",
            value=str(file),
            limit="a file that this user may read",
            fix="Name a file that is there.",
        )
    return tuple(await asyncio.gather(*(_deliver(letter, channel) for channel in channels)))


async def _deliver(letter: Letter, channel: Channel) -> Delivery:
    try:
        return Delivery(way=channel.name, has_file=await channel.deliver(letter))
    except NotTold as error:
        return Delivery(way=channel.name, problem=str(error))
    except OSError as error:
        return Delivery(way=channel.name, problem=f"The file could not be read: {error.strerror}.")
