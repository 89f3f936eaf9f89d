"""Ways to tell a person: a command that reads JSON on stdin, a URL that takes it as a POST, and Apprise's."""

import asyncio
import contextlib
import hashlib
import hmac
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping

import aiohttp

from pressroom.core.secret import Secret
from pressroom.core.settings import Settings
from pressroom.service.notify_ways import TIMEOUT_S, Channel, Letter, NotTold, new_key
from pressroom.version import __version__

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


def channels_of(settings: Settings, environ: Mapping[str, str]) -> tuple[Channel, ...]:
    """Return the channels that are set up. environ: of the program that is run; holds no secret of ours.

    Loads Apprise where it is asked for. Raises SettingRefused where that is not installed, or does not know
    an address.
    """
    found = list[Channel]()
    if settings.notify_command:
        found.append(Command(settings.notify_command, environ))
    if settings.notify_url:
        found.append(Webhook(settings.notify_url, settings.notify_secret))
    if settings.notify_apprise:
        from pressroom.service.notify_apprise import apprise_channels  # noqa: PLC0415  # where it is set alone

        found.extend(apprise_channels(settings.notify_apprise))
    return tuple(found)
