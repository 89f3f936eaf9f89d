"""Uploads to an S3 store (Amazon, R2, MinIO, ...) with obstore, and signs addresses that expire.

`read_object` reads what a post names by `s3://BUCKET/KEY`.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html
"""

import asyncio
import contextlib
import os
import re
import secrets
from collections.abc import AsyncGenerator, Generator
from dataclasses import dataclass, replace
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from pressroom.core.address import S3_ADDRESS
from pressroom.core.errors import HostFailed, MediaRefused, Refused, SettingRefused
from pressroom.core.reading_settings import Way
from pressroom.core.remedies import command_of
from pressroom.core.secret import Secret
from pressroom.hosting.remote import RemoteHost
from pressroom.hosting.signing import ENDINGS

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig, S3Credential, S3Store

_FIX = (
    f"Spell it {S3_ADDRESS}. Leave the endpoint out at Amazon; write / as %2F in the secret; "
    "add &style=virtual for a store that wants the bucket in the host's name."
)
_REGION = "us-east-1"
# The variables by which obstore knows a key, or where to get one; the last says that none is needed.
_KEYS = (
    ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
    ("AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN"),
    ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",),
    ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"),
    ("AWS_SKIP_SIGNATURE",),
)
# Larger files are uploaded in parts of this size, two at a time: to bound memory, and to suit a slow line.
_PART_BYTES = 8 << 20
_PARTS_AT_ONCE = 2
_CLIENT: "ClientConfig" = {"timeout": timedelta(minutes=5), "connect_timeout": timedelta(seconds=20)}
_RETRY: "RetryConfig" = {"max_retries": 3, "retry_timeout": timedelta(minutes=2)}
_ABORT_S = 5.0  # for the store to forget the parts of an interrupted upload
_ERROR_TEXT = re.compile(r"<(?:Code|Message)>([^<]+)<")
_REASON_LENGTH = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Bucket:
    """What PRESSROOM_S3_URL says. `endpoint`: scheme, host and path, without the bucket."""

    name: str
    prefix: str
    region: str
    endpoint: str
    key_id: str
    secret: Secret
    is_virtual: bool = False

    @property
    def address(self) -> str:
        """The endpoint as obstore takes it: with the bucket in the host's name for the virtual style."""
        scheme, _, host = self.endpoint.partition("://")
        return f"{scheme}://{self.name}.{host}" if self.is_virtual else self.endpoint


def bucket_of(url: Secret) -> S3Bucket:
    """Read PRESSROOM_S3_URL. Raises SettingRefused, which never quotes it."""
    try:
        parts = urlsplit(url.reveal())
        options = {name: values[0] for name, values in parse_qs(parts.query, strict_parsing=True).items()}
        endpoint = options.pop("endpoint", "").rstrip("/")
        host = urlsplit(endpoint)  # it may have a path
        if endpoint and (host.scheme not in ("http", "https") or not host.hostname or host.query):
            raise _address_refused()
        region, style = options.pop("region", _REGION), options.pop("style", "path")
    except ValueError:  # its words quote the address
        raise _address_refused() from None
    bucket, key_id, secret = parts.hostname, parts.username, parts.password
    is_whole = parts.scheme == "s3" and bucket and key_id and secret
    if not is_whole or options or style not in ("path", "virtual"):
        raise _address_refused()
    return S3Bucket(
        name=bucket or "",
        prefix=parts.path.strip("/"),
        region=region,
        endpoint=endpoint or f"https://s3.{region}.amazonaws.com",
        key_id=unquote(key_id or ""),
        secret=Secret(unquote(secret or "")),
        is_virtual=style == "virtual",
    )


def _address_refused() -> SettingRefused:
    return SettingRefused(
        "PRESSROOM_S3_URL is not the address of a bucket.", rule="s3_url", limit=S3_ADDRESS, fix=_FIX
    )


class S3Host(RemoteHost):
    """Uploads each file under a name nobody can guess and signs its address; `release` deletes it.

    Raises SettingRefused for a setting that cannot work, and where obstore is not installed.
    """

    way = Way.S3

    @classmethod
    def how_to(cls) -> str:
        """Say how to set it up."""
        from pressroom.core.installation import install_extra  # noqa: PLC0415  # only where none is set up

        return f"""a store that speaks S3 (Amazon, R2, ...):
    {command_of(install_extra("s3"))}
    export PRESSROOM_S3_URL='{S3_ADDRESS}'"""

    def _read(self, url: Secret) -> None:
        self.bucket: S3Bucket = bucket_of(url)
        self._store = _store(self.bucket)

    @property
    def place(self) -> str:
        """Where files go: endpoint, bucket and prefix."""
        return f"{self.bucket.endpoint}/{self.bucket.name}/{self.bucket.prefix}"

    @property
    def endpoint(self) -> str:
        """The store's address, without the bucket."""
        return self.bucket.endpoint

    async def put(self, path: Path, *, content_type: str, lifetime_s: float) -> str:
        """Upload the file and give a signed URL that is good for `lifetime_s`, 7 days at most.

        Raises MediaRefused for a file that is not there, HostFailed for what the store refuses.
        """
        if not await asyncio.to_thread(path.is_file):
            raise MediaRefused(
                f"{path} is gone.", rule="missing", value=str(path), fix="Check the path.", helper_prefix=None
            )
        name = f"{secrets.token_hex(16)}.{ENDINGS.get(content_type, 'bin')}"
        await self._note(name)
        is_large = (await asyncio.to_thread(path.stat)).st_size > _PART_BYTES
        stop = asyncio.Event()
        sending = asyncio.ensure_future(
            self._call(
                f"take {path.name}",
                "put_async",
                self._store,
                name,
                _pieces(path, stop) if is_large else path,
                attributes={"Content-Type": content_type},
                chunk_size=_PART_BYTES,
                max_concurrency=_PARTS_AT_ONCE,
            )
        )
        try:
            await asyncio.shield(sending)
        except asyncio.CancelledError:
            # Not cancelled itself: obstore aborts a multipart upload only when its source raises, and no
            # listing of the store shows the parts that would else stay there.
            stop.set()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_ABORT_S):
                    await asyncio.gather(sending, return_exceptions=True)
            raise
        lifetime = timedelta(seconds=lifetime_s)
        url = await self._call("sign an address", "sign_async", self._store, "GET", name, lifetime)
        self._keep(url, name)
        return url

    async def _delete(self, name: str) -> None:
        await self._call(f"delete {name}", "delete_async", self._store, name)

    async def _call(self, what: str, function: str, *values: object, **more: object) -> Any:  # noqa: ANN401  # each function's own
        try:
            return await getattr(_obstore(), function)(*values, **more)
        except (OSError, _obstore().exceptions.BaseError) as error:
            reason = _reason_of(error, self.bucket)
        # Raised outside of the handler, so without a context: obstore's error quotes signed addresses.
        raise HostFailed(
            f"The S3 store could not {what}: {reason}.",
            fix="Check PRESSROOM_S3_URL, the bucket and what the key may do there, then try again.",
        )


async def _pieces(path: Path, stop: asyncio.Event) -> AsyncGenerator[bytes]:
    """Give a file in parts. Raises InterruptedError once `stop` is set."""
    with path.open("rb") as file:
        while piece := await asyncio.to_thread(file.read, _PART_BYTES):
            if stop.is_set():
                raise InterruptedError
            yield piece


def read_object(address: str, url: Secret | None) -> Generator[bytes]:
    """Yield the bytes of `s3://BUCKET/KEY`; blocks.

    url: PRESSROOM_S3_URL, whose endpoint and key are used for its own bucket. Any other bucket is read as the
    AWS_* variables of the environment say. Raises Refused, HostFailed where the store does not answer as it
    should, and SettingRefused where obstore is not installed.
    """
    name, _, key = address.partition("://")[2].partition("/")
    obstore, bucket, reason, may_pass = _obstore(), bucket_of(url) if url else None, "", False
    try:
        if bucket is not None and bucket.name == name:
            store = _store(replace(bucket, prefix=""))
        else:
            store = _store_of_environment(name)
        for chunk in obstore.get(store, key).stream(min_chunk_size=_PART_BYTES):
            yield bytes(chunk)
    except (OSError, ValueError, obstore.exceptions.BaseError) as error:
        reason = _reason_of(error, bucket)
        # No connection, and an answer such as 503: what is missing or forbidden has classes of its own.
        may_pass = isinstance(error, obstore.exceptions.GenericError)
    # Raised outside of the handler, so without a context: obstore's error quotes signed addresses.
    if may_pass:
        fix = "Try again when the store answers."
        raise HostFailed(f"{address} could not be fetched: {reason}.", fix=fix)
    if reason:
        raise Refused(
            f"{address} could not be fetched: {reason}.",
            rule="object_unreachable",
            value=address,
            limit="an object that the key may read",
            fix="Check the address, and what the key of PRESSROOM_S3_URL or of the AWS_* variables may read.",
        )


def _store_of_environment(name: str) -> "S3Store":
    """Open a bucket as the AWS_* variables say. Raises Refused where they name no key."""
    # Without one obstore would ask the cloud's own service for a key, which elsewhere takes minutes.
    if not any(all(map(os.environ.get, variables)) for variables in _KEYS):
        raise Refused(
            f"Nothing says how bucket {name} is read.",
            rule="object_key",
            value=name,
            limit="a key for the bucket",
            fix="Set PRESSROOM_S3_URL for it, or AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION.",
        )
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or ""
    client: ClientConfig = {**_CLIENT, "allow_http": endpoint.startswith("http://")}
    return import_module("obstore.store").S3Store(name, client_options=client, retry_config=_RETRY)


def _reason_of(error: Exception, bucket: S3Bucket | None) -> str:
    """Return the store's own message where there is one, never an address with its signature."""
    text = str(error).partition("Debug source")[0]
    reason = ": ".join(_ERROR_TEXT.findall(text)) or text.strip().rpartition(" - ")[2]
    for hidden in (bucket.secret.reveal(), bucket.key_id) if bucket else ():
        reason = reason.replace(hidden, "***")
    return reason.strip().rstrip(".:")[:_REASON_LENGTH]


def _obstore() -> Any:  # noqa: ANN401  # a module
    # Imported here: it is an extra, and brings an HTTP client of its own.
    try:
        return import_module("obstore")
    except ImportError:
        from pressroom.core.installation import how_to_install  # noqa: PLC0415  # only where it is refused

        raise SettingRefused(
            "The library for S3 stores is not installed.",
            rule="s3_extra",
            fix=how_to_install("s3"),
        ) from None


def _store(bucket: S3Bucket) -> "S3Store":
    credential: S3Credential = {
        "access_key_id": bucket.key_id,
        "secret_access_key": bucket.secret.reveal(),
        "token": None,
        "expires_at": None,
    }
    _obstore()
    # Every option is given: obstore takes what is missing from AWS_* variables of the environment.
    return import_module("obstore.store").S3Store(
        bucket.name,
        prefix=bucket.prefix or None,
        endpoint=bucket.address,
        region=bucket.region,
        virtual_hosted_style_request=bucket.is_virtual,
        skip_signature=False,
        credential_provider=lambda: credential,
        client_options={**_CLIENT, "allow_http": bucket.endpoint.startswith("http://")},
        retry_config=_RETRY,
    )
