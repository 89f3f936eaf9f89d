"""Uploads to Cloudinary with its official SDK, in a thread.

Source: https://cloudinary.com/documentation/image_upload_api_reference
"""

import asyncio
import importlib
import io
import secrets
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import aiohttp

from pressroom.core.address import CLOUDINARY_ADDRESS
from pressroom.core.assets import MediaType
from pressroom.core.errors import HostFailed, MediaRefused, SettingRefused
from pressroom.core.reading_settings import Way
from pressroom.core.secret import Secret
from pressroom.hosting.remote import RemoteHost

_TIMEOUT_S = 120
# Cloudinary takes no smaller pieces than 5 MB; the SDK holds a piece in memory several times over.
_PIECE_BYTES = 6_000_000
# What the delivery host answers while it does not have an upload yet.
_COLD = frozenset({404, 420, 423, 425, 429, 500, 502, 503, 504})
# Instagram gives up on a URL after a few tries, so the wait for a cold host is here: a minute in all.
_WARM_DELAYS_S = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
_WARM_TIMEOUT = aiohttp.ClientTimeout(total=15)
_REASON_LENGTH = 300
_FOLDER = "pressroom"
_FIX = f"Copy CLOUDINARY_URL from the Cloudinary console: {CLOUDINARY_ADDRESS}."


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A file at Cloudinary. `url` is https and public, `public_id` deletes it."""

    url: str
    public_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudinaryAccount:
    """What CLOUDINARY_URL says. `upload_prefix` is another address of the API (`?upload_prefix=`)."""

    cloud_name: str
    api_key: str
    api_secret: Secret
    upload_prefix: str | None = None

    def options(self) -> dict[str, Any]:
        """Give what every SDK call needs, so that none falls back on the SDK's process-wide settings."""
        return {
            "cloud_name": self.cloud_name,
            "api_key": self.api_key,
            "api_secret": self.api_secret.reveal(),
            "upload_prefix": self.upload_prefix,
            "oauth_token": None,
            "timeout": _TIMEOUT_S,
        }


def account_of(url: Secret) -> CloudinaryAccount:
    """Read CLOUDINARY_URL. Raises SettingRefused, which never quotes it."""
    try:
        parts = urlsplit(url.reveal())
    except ValueError:  # its words quote the address
        parts = urlsplit("")
    if parts.scheme != "cloudinary" or not (parts.hostname and parts.username and parts.password):
        raise SettingRefused(
            "CLOUDINARY_URL is not a Cloudinary address.",
            rule="cloudinary_url",
            limit=CLOUDINARY_ADDRESS,
            fix=_FIX,
        )
    prefixes = parse_qs(parts.query).get("upload_prefix", [None])
    return CloudinaryAccount(
        cloud_name=parts.hostname,
        api_key=unquote(parts.username),
        api_secret=Secret(unquote(parts.password)),
        upload_prefix=prefixes[0],
    )


def _account(url: Secret | None) -> CloudinaryAccount:
    if url is None:
        raise SettingRefused("CLOUDINARY_URL is not set.", rule="cloudinary_url", fix=_FIX)
    return account_of(url)


async def upload(path: Path, resource_type: MediaType, *, url: Secret | None) -> Uploaded:
    """Upload a file to the account of CLOUDINARY_URL.

    url: None where it is not set. Raises SettingRefused, MediaRefused for a file that is not there,
    HostFailed for what Cloudinary refuses.
    """
    return await _upload(_account(url), path, resource_type)


async def delete(public_id: str, *, url: Secret | None) -> bool:
    """Delete an upload by its id, looking among images, then videos. False when there is none.

    Raises as `upload` does.
    """
    account = _account(url)
    for resource_type in ("image", "video"):
        if await _destroy(account, resource_type, public_id):
            return True
    return False


async def _destroy(account: CloudinaryAccount, resource_type: MediaType, public_id: str) -> bool:
    options = {**account.options(), "resource_type": resource_type, "invalidate": True}
    return (await _call(account, "destroy", public_id, **options)).get("result") == "ok"


class CloudinaryHost(RemoteHost):
    """Uploads to the folder `pressroom` at Cloudinary; `release` deletes them."""

    way = Way.CLOUDINARY

    @classmethod
    def how_to(cls) -> str:
        """Say how to set it up."""
        return f"""Cloudinary (the free plan will do):
    export CLOUDINARY_URL={CLOUDINARY_ADDRESS}"""

    def _read(self, url: Secret) -> None:
        self._account = account_of(url)

    @property
    def place(self) -> str:
        """The cloud that files go to."""
        return self._account.cloud_name

    async def put(self, path: Path, *, content_type: str, lifetime_s: float) -> str:  # noqa: ARG002  # until released
        """Upload the file and give its https URL once Cloudinary serves it: Instagram tries only a few times.

        Raises MediaRefused for a file that is not there, HostFailed for what Cloudinary refuses.
        """
        resource_type: MediaType = "image" if content_type.startswith("image/") else "video"
        # Named here and not by `folder`, which the SDK puts before the name of the first piece once more.
        public_id = f"{_FOLDER}/{secrets.token_hex(16)}"
        name = f"{resource_type}/{public_id}"
        await self._note(name)
        uploaded = await _upload(self._account, path, resource_type, public_id=public_id)
        self._keep(uploaded.url, name)
        async with aiohttp.ClientSession(timeout=_WARM_TIMEOUT, trust_env=True) as session:
            for delay_s in (*_WARM_DELAYS_S, 0.0):
                try:
                    async with session.get(uploaded.url, headers={"range": "bytes=0-0"}) as reply:
                        if reply.status not in _COLD:
                            return uploaded.url
                except (aiohttp.ClientError, OSError, TimeoutError):
                    return uploaded.url  # not reached from this machine, which says nothing about Instagram
                await self._clock.sleep(delay_s)
        await self.release(uploaded.url)
        raise HostFailed(f"Cloudinary took {path.name} and does not serve it.", fix="Try again later.")

    async def _delete(self, name: str) -> None:
        """Delete an upload by its type and id, `image/ID`."""
        kind, _, public_id = name.partition("/")
        await _destroy(self._account, "image" if kind == "image" else "video", public_id)


async def _upload(
    account: CloudinaryAccount, path: Path, resource_type: MediaType, *, public_id: str | None = None
) -> Uploaded:
    options = {**account.options(), "resource_type": resource_type, "public_id": public_id}
    if resource_type == "video":
        answer = await _call(account, "upload_large", path, **options, chunk_size=_PIECE_BYTES)
    else:
        answer = await _call(account, "upload", path, **options)
    try:
        return Uploaded(url=answer["secure_url"], public_id=answer["public_id"])
    except (KeyError, TypeError):
        raise HostFailed(f"Cloudinary did not say where {path.name} is.", fix="Try again later.") from None


async def _call(account: CloudinaryAccount, action: str, subject: Path | str, **options: object) -> Any:  # noqa: ANN401  # the SDK's JSON
    """Call a function of the SDK's `uploader`. A cancelled upload ends after the piece under way."""
    stop = threading.Event()
    try:
        return await asyncio.to_thread(_call_sdk, action, subject, options, stop)
    except asyncio.CancelledError:
        stop.set()
        raise
    except FileNotFoundError:
        raise MediaRefused(
            f"{subject} is not there.",
            rule="missing",
            value=str(subject),
            fix="Check the path.",
            helper_prefix=None,
        ) from None
    except Exception as error:  # noqa: BLE001  # the SDK raises its own errors, ValueError and urllib3's
        reason = str(error).replace(account.api_secret.reveal(), "***")[:_REASON_LENGTH]
    # Raised outside of the handler, so without a context: the SDK's frames hold the secret.
    raise HostFailed(
        f"Cloudinary could not {action.partition('_')[0]} {getattr(subject, 'name', subject)}: {reason}",
        fix="Check CLOUDINARY_URL and the plan's limits, then try again.",
    )


def _call_sdk(action: str, subject: Path | str, options: dict[str, object], stop: threading.Event) -> Any:  # noqa: ANN401  # the SDK's JSON
    # Imported here: it brings urllib3, and reads the environment when imported.
    call = getattr(importlib.import_module("cloudinary.uploader"), action)
    if isinstance(subject, str):
        return call(subject, **options)
    # Opened here: the SDK takes some paths for remote URLs, and sends Cloudinary the whole path of others.
    with _Source(subject, stop) as file:
        return call(file, filename=subject.name, **options)


class _Source(io.FileIO):
    """A file whose reads fail once its upload is cancelled: a thread cannot be stopped otherwise."""

    def __init__(self, path: Path, stop: threading.Event) -> None:
        super().__init__(path)
        self._stop = stop

    def read(self, size: int | None = -1, /) -> bytes:
        """Give the next bytes. Raises InterruptedError after a cancellation."""
        if self._stop.is_set():
            raise InterruptedError
        return super().read(-1 if size is None else size) or b""
