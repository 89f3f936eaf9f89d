"""Tells people by Apprise, an extra: one channel for each address, so that each is tried again by itself.

What Apprise logs and raises may quote an address, so none of it is passed on: an HTTP code, a class and the
scheme are all that is told.
"""

import asyncio
import contextlib
import contextvars
import html
import logging
import re
import threading
import warnings
from collections import Counter
from collections.abc import Callable, Generator
from concurrent.futures import Future
from importlib import import_module
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from pressroom.core.address import addresses_in
from pressroom.core.errors import SettingRefused
from pressroom.core.secret import Secret
from pressroom.core.spelling import visible
from pressroom.service.work.ways import TIMEOUT_S, Channel, Letter, NotTold

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
        self._last = _begun(lambda: self._problem(message))
        try:
            async with asyncio.timeout(self._timeout_s):
                problem = await asyncio.wrap_future(self._last)
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


def _begun(work: Callable[[], str | None]) -> Future[str | None]:
    """Begin work in a thread of its own, which holds up no end of this process."""
    future = Future[str | None]()
    # Else who stops waiting would cancel it under the thread.
    future.set_running_or_notify_cancel()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001  # raised again by who waits
            future.set_exception(error)

    threading.Thread(target=run, daemon=True, name="pressroom-apprise").start()
    return future


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
        library, each = _apprise(), enumerate(addresses_in(addresses.reveal()), start=1)
        services = [_service(library, address, number) for number, address in each]
    for service in services:
        scheme = str(service.schema)
        counts[scheme] += 1
        suffix = "" if counts[scheme] == 1 else f":{counts[scheme]}"
        channels.append(AppriseAddress(f"apprise:{scheme}{suffix}", service))
    return tuple(channels)


def _apprise() -> Any:  # noqa: ANN401  # a module
    # Imported here: it is an extra, and brings an HTTP client of its own.
    try:
        return import_module("apprise")
    except ImportError:
        raise SettingRefused(
            "PRESSROOM_NOTIFY_APPRISE is set, and Apprise is not installed.",
            rule="notify_extra",
            limit="pressroom[notify]",
            fix="Install it: `pip install 'pressroom[notify]'`.",
        ) from None


def _service(library: Any, address: str, number: int) -> Any:  # noqa: ANN401  # Apprise's
    scheme = address.partition("://")[0].lower()
    service = library.Apprise.instantiate(address, asset=_asset(library))
    if REFUSED & {scheme, getattr(service, "schema", "")}:
        raise _refused(
            number,
            f"is one of {scheme}, which Pressroom does not use",
            "Use an address that reaches a person elsewhere, or PRESSROOM_NOTIFY_COMMAND for this machine.",
        )
    if service is None:
        raise _refused(number, *_unusable(scheme))
    if "overflow=" not in address:
        # Else a service refuses a text that is too long for it, a day long.
        service.overflow_mode = library.OverflowMode.TRUNCATE
    if not service.verify_certificate:
        # urllib3 would print the host each time.
        warnings.filterwarnings("ignore", "Unverified HTTPS request")
    return service


def _asset(library: Any) -> Any:  # noqa: ANN401  # Apprise's
    """Return Apprise's settings: nothing is kept on disk, and nothing runs beside our own thread."""
    return library.AppriseAsset(
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


def _refused(number: int, why: str, fix: str) -> SettingRefused:
    return SettingRefused(
        f"PRESSROOM_NOTIFY_APPRISE: address {number} {why}.",
        rule="notify_apprise",
        limit="addresses of Apprise, such as mailtos://, slack:// or ntfys://",
        fix=fix,
    )
