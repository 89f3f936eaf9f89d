"""The ways to tell a person: notices, which are repeated until they are taken, and letters, which are not.

A `Channel` is a way: a command that reads JSON on stdin, a URL that takes it as a POST, and each address of
Apprise, an extra. `channels_of` gives those that are set up; `send_letter` hands a letter to all of them.

What Apprise logs and raises may quote an address: an HTTP code, a class and the scheme are all that is told.
"""

import asyncio
import contextlib
import contextvars
import hashlib
import hmac
import html
import logging
import mimetypes
import os
import re
import signal
import threading
import warnings
from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol
from uuid import uuid4

import aiohttp
import msgspec

from pressroom.core.address import addresses_in
from pressroom.core.errors import PressroomError, Refused, SettingRefused
from pressroom.core.installation import how_to_install
from pressroom.core.secret import Secret
from pressroom.core.settings import Settings
from pressroom.core.spelling import visible
from pressroom.service.work.shapes import LetterFileShape, LetterShape
from pressroom.version import __version__

TIMEOUT_S: Final = 30.0
"""Seconds for which one notice or letter is waited for."""
_EVENT = "letter"
_ANSWERED_WELL = range(200, 300)


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
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
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


async def _end(process: asyncio.subprocess.Process) -> None:
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
        headers = {
            "Content-Type": "application/json",
            "User-Agent": f"pressroom/{__version__}",
            # A notice is repeated when the answer was lost, so the receiver needs a name to tell repeats by.
            "Idempotency-Key": hashlib.sha256(key.encode()).hexdigest()[:32],
        }
        if self._secret:
            digest = hmac.new(self._secret.reveal().encode(), body.encode(), hashlib.sha256).hexdigest()
            headers["X-Hub-Signature-256"] = f"sha256={digest}"
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.post(
                    self._url.reveal(),
                    data=body.encode(),
                    headers=headers,
                    # The signed notice goes to the address that was set, not to where its answer points.
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


def channels_of(settings: Settings, environ: Mapping[str, str]) -> tuple[Channel, ...]:
    """Return the channels that are set up. environ: of the program that is run; holds no secret of ours.

    Loads Apprise where it is asked for. Raises SettingRefused where that is not installed, or does not know
    an address.
    """
    channels = list[Channel]()
    if settings.notify_command:
        channels.append(Command(settings.notify_command, environ))
    if settings.notify_url:
        channels.append(Webhook(settings.notify_url, settings.notify_secret))
    if settings.notify_apprise:
        channels.extend(apprise_channels(settings.notify_apprise))
    return tuple(channels)


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


# They draw on the screen or write to the log of the machine, which a worker's people do not look at, and some
# run programs; a command does that better. The last would send as the account, past all that guards a post.
REFUSED: Final = frozenset(
    "blink1 dbus gio glib gnome kde macosx qt syslog windows".split()  # noqa: SIM905  # names are read in a row
) | {"instagram"}
_LOGGERS: Final = (
    "apprise",
    "urllib3.connectionpool",
    "urllib3.util.retry",
    "requests_oauthlib.oauth1_auth",
    "requests_oauthlib.oauth2_session",
)
_CODE: Final = re.compile(r"\berror=([1-5][0-9]{2})\b")
_codes: Final = contextvars.ContextVar[list[str] | None]("pressroom_apprise_codes", default=None)


class _Notice(msgspec.Struct):
    event: str
    text: str
    command: str


class _Message(NamedTuple):
    title: str
    body: str
    format: str
    type: str
    file: Path | None = None


class AppriseAddress:
    """One address of Apprise. service: what Apprise made of it."""

    def __init__(self, name: str, service: Any, *, timeout_s: float = TIMEOUT_S) -> None:  # noqa: ANN401  # Apprise's
        self._name = name
        self._service = service
        self._timeout_s = timeout_s
        self._last: Future[str | None] | None = None

    @property
    def name(self) -> str:
        """`apprise:` with the scheme, and a number where an earlier address has it."""
        return self._name

    async def tell(self, key: str, body: str) -> None:  # noqa: ARG002  # the protocol's
        """Hand over a notice as a title and a text. Raises NotTold."""
        notice = msgspec.json.decode(body, type=_Notice)
        title = f"Pressroom: {notice.event.replace('_', ' ')}"
        await self._hand_over(_Message(title, f"{notice.text}\n\n{notice.command}", "text", "warning"))

    async def deliver(self, letter: Letter) -> bool:
        """Hand over a letter: HTML to what shows it, the file to what takes files. Raises NotTold."""
        file = letter.file if self._service.attachment_support else None
        path = f"File: {visible(str(letter.file))}" if letter.file and not file else ""
        more = [line for line in (letter.command, path) if line]
        if letter.html is not None and self._service.resolve_format("html").value == "html":
            body = "\n".join((letter.html, *(f"<p>{html.escape(line)}</p>" for line in more)))
            await self._hand_over(_Message(letter.title, body, "html", "info", file))
        else:
            body = "\n\n".join((letter.text, *more))
            await self._hand_over(_Message(letter.title, body, "text", "info", file))
        return file is not None

    async def _hand_over(self, message: _Message) -> None:
        if self._last and not self._last.done():
            raise NotTold("It has not ended what it was given before.")
        # In a thread of its own, which holds up no end of this process.
        begun = self._last = Future[str | None]()
        # Else who stops waiting would cancel it under the thread.
        begun.set_running_or_notify_cancel()

        def run() -> None:
            try:
                begun.set_result(self._problem(message))
            except BaseException as error:  # noqa: BLE001  # raised again by who waits
                begun.set_exception(error)

        threading.Thread(target=run, daemon=True, name="pressroom-apprise").start()
        try:
            async with asyncio.timeout(self._timeout_s):
                problem = await asyncio.wrap_future(begun)
        except TimeoutError:
            raise NotTold(f"It took longer than {self._timeout_s:.0f} s.") from None
        # Without its text, which may quote the address.
        except Exception as error:  # noqa: BLE001  # whatever a service of Apprise's meets
            raise NotTold(f"It failed ({type(error).__name__}).") from None
        if problem:
            raise NotTold(problem)

    def _problem(self, message: _Message) -> str | None:
        """Hand over in this thread; return why it was not taken, or None."""
        with _unsaid() as codes:
            hub = import_module("apprise").Apprise(asset=self._service.asset)
            hub.add(self._service)
            is_taken = hub.notify(
                body=message.body,
                title=message.title,
                body_format=message.format,
                notify_type=message.type,
                # Not the path as a text, which Apprise would take for an address if it looked like one.
                attach=import_module("apprise.attachment.file").AttachFile(str(message.file))
                if message.file
                else None,
            )
        if is_taken:
            return None
        return f"It answered {codes[-1]}." if codes else "It did not take it."


class _Unsaid(logging.Filter):
    """Drops what is logged on our behalf, and notes the HTTP codes in it."""

    def filter(self, record: logging.LogRecord) -> bool:
        codes = _codes.get()
        if codes is None:  # another part of the program uses Apprise, too
            return True
        codes.extend(_CODE.findall(record.getMessage()))
        return False


_UNSAID: Final = _Unsaid()


@contextlib.contextmanager
def _unsaid() -> Generator[list[str]]:
    """Keep what this thread lets Apprise log out of every log; yields the HTTP codes that it names."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_UNSAID)
    codes = list[str]()
    token = _codes.set(codes)
    try:
        yield codes
    finally:
        _codes.reset(token)


def apprise_channels(addresses: Secret) -> tuple[Channel, ...]:
    """Return a channel for each address. Raises SettingRefused without Apprise, or for one it cannot use."""
    counts, channels = Counter[str](), list[Channel]()
    with _unsaid():
        # Imported here: it is an extra, and brings an HTTP client of its own.
        try:
            library = import_module("apprise")
        except ImportError:
            raise SettingRefused(
                "PRESSROOM_NOTIFY_APPRISE is set, and Apprise is not installed.",
                rule="notify_extra",
                limit="pressroom[notify]",
                fix=how_to_install("notify"),
            ) from None
        each = enumerate(addresses_in(addresses.reveal()), start=1)
        services = [_service(library, address, number) for number, address in each]
    for service in services:
        scheme = str(service.schema)
        counts[scheme] += 1
        suffix = "" if counts[scheme] == 1 else f":{counts[scheme]}"
        channels.append(AppriseAddress(f"apprise:{scheme}{suffix}", service))
    return tuple(channels)


def _service(library: Any, address: str, number: int) -> Any:  # noqa: ANN401  # Apprise's
    scheme = address.partition("://")[0].lower()
    # Nothing is kept on disk, and nothing runs beside our own thread.
    asset = library.AppriseAsset(
        app_id="Pressroom",
        app_desc="Pressroom",
        async_mode=False,
        # A limit of Apprise's own would need its thread pool, which the end of the process waits for.
        service_timeout=0,
        http_redirects=False,
        storage_mode="memory",
        pgp_autogen=False,
        pem_autogen=False,
    )
    service = library.Apprise.instantiate(address, asset=asset)
    if REFUSED & {scheme, getattr(service, "schema", "")}:
        raise _address_refused(
            number,
            f"is one of {scheme}, which Pressroom does not use",
            "Use an address that reaches a person elsewhere, or PRESSROOM_NOTIFY_COMMAND for this machine.",
        )
    if service is None:
        raise _address_refused(number, *_unusable(scheme))
    if "overflow=" not in address:
        # Else a service refuses a text that is too long for it, a day long.
        service.overflow_mode = library.OverflowMode.TRUNCATE
    if not service.verify_certificate:
        # urllib3 would print the host each time.
        warnings.filterwarnings("ignore", "Unverified HTTPS request")
    return service


def _unusable(scheme: str) -> tuple[str, str]:
    """Say why Apprise makes nothing of an address, and what to do."""
    services = import_module("apprise.manager_plugins").NotificationManager()
    # A scheme that nobody knows is not told: it may be a part of the secret.
    if scheme not in services:
        return "is of no service that Apprise knows", "Spell it as https://appriseit.com/services says."
    needed = services[scheme].requirements.get("packages_required")
    if not services[scheme].enabled and needed:
        packages = needed if isinstance(needed, str) else " ".join(needed)
        return f"({scheme}) needs a package that is not installed", f"Install it: {packages}."
    return (
        f"({scheme}) is not spelled as Apprise wants it",
        "Spell it as https://appriseit.com/services says, and percent-encode what is in it.",
    )


def _address_refused(number: int, why: str, fix: str) -> SettingRefused:
    return SettingRefused(
        f"PRESSROOM_NOTIFY_APPRISE: address {number} {why}.",
        rule="notify_apprise",
        limit="addresses of Apprise, such as mailtos://, slack:// or ntfys://",
        fix=fix,
    )
