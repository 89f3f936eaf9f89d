"""The media route: an ASGI app that serves renditions at signed addresses and nothing else.

`server` runs it on this machine's loopback address. Or mount it in your own app, which then loads neither
server nor HTTP client, with the directory and key of the processes that publish:

    app.mount("/media", media_app(settings.renditions, media_key(settings)))
"""

import re
import stat
from pathlib import Path

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pressroom.core.clock import SYSTEM_CLOCK, Clock
from pressroom.core.secret import Secret
from pressroom.core.shortage import shortage_of
from pressroom.hosting.signing import SERVED, TYPES, is_signed, sign

HEALTH = "health"
_NUMBER = re.compile(r"[0-9]{1,12}")
# A cache on the way would serve the file even after its address has expired.
_HEADERS = {"x-content-type-options": "nosniff", "cache-control": "no-store"}
_SPAN = r"(?:\d+-\d*|-\d+)"
# A range's numbers may be of any length (RFC 9110, 14.1.2), and Python reads none of more than 4,300 digits.
# So each number that lies beyond any file is replaced by `_FAR`.
_LEADING_ZEROS = re.compile(r"\b0+(?=\d)", re.ASCII)
_FAR_NUMBER = re.compile(r"\d{19,}", re.ASCII)
_FAR = str(10**18)
# In seconds, between tries to open a file that a shortage keeps closed.
_WAITS_S = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0)
_RANGE = re.compile(rf"bytes={_SPAN}(?:,\s*{_SPAN})*", re.ASCII)


def media_app(directory: Path, key: Secret, *, clock: Clock = SYSTEM_CLOCK) -> ASGIApp:
    """Make the app that serves `directory`. It answers GET and HEAD, ranges included.

    404 for a name that it does not have, 403 for an address that is not signed or has expired.
    """
    return _MediaApp(directory, key, clock)


class _MediaApp:
    def __init__(self, directory: Path, key: Secret, clock: Clock) -> None:
        self._directory = directory
        self._key = key
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        response = await self._answer(Request(scope))
        # A Range header that is no range of bytes is to be ignored (RFC 9110, 14.2): Starlette would answer
        # HTTP 400.
        headers = list[tuple[bytes, bytes]]()
        for name, value in scope["headers"]:
            if name != b"range":
                headers.append((name, value))
            elif _RANGE.fullmatch(text := value.decode("latin-1")):
                text = _FAR_NUMBER.sub(_FAR, _LEADING_ZEROS.sub("", text))
                spans = [span.strip().split("-") for span in text.removeprefix("bytes=").split(",")]
                if all(not (first and last) or int(first) <= int(last) for first, last in spans):
                    headers.append((name, text.encode()))
        for wait_s in (*_WAITS_S, None):
            if await _try_to_send(response, {**scope, "headers": headers}, receive, send):
                return
            if wait_s is not None:
                await self._clock.sleep(wait_s)
        await _refuse(503)(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if request.method not in ("GET", "HEAD"):
            return _refuse(405, {"allow": "GET, HEAD"})
        name = str(request.scope["path"]).rpartition("/")[2]
        is_health = name == HEALTH
        if not is_health and not SERVED.fullmatch(name):
            return _refuse(404)
        text, signature = request.query_params.get("exp", ""), request.query_params.get("sig", "")
        if not _NUMBER.fullmatch(text) or not is_signed(self._key, name, int(text), signature):
            return _refuse(403)
        number = int(text)  # the expiry, or a health address's nonce
        if is_health:
            return PlainTextResponse(proof(self._directory, self._key, number), headers=_HEADERS)
        if number <= self._clock.now().timestamp():
            return _refuse(403)
        return await anyio.to_thread.run_sync(self._file, name)

    def _file(self, name: str) -> Response:
        path = self._directory / name
        try:
            status = path.lstat()
        except OSError:
            return _refuse(404)
        # A link may lead anywhere, so none is followed.
        if not stat.S_ISREG(status.st_mode):
            return _refuse(404)
        media_type = TYPES[path.suffix.removeprefix(".")]
        # The name is the hash of the content, so the tag stays valid when the file is put there anew.
        headers = {**_HEADERS, "etag": f'"{path.stem}"'}
        return FileResponse(path, headers=headers, media_type=media_type, stat_result=status)


async def _try_to_send(response: Response, scope: Scope, receive: Receive, send: Send) -> bool:
    """Send an answer; False, and nothing was sent, where a shortage keeps its file from being opened.

    Instagram asks only a few times for a file: it is better served late than not at all.
    """
    beginning: Message | None = None

    async def send_together(message: Message) -> None:
        nonlocal beginning
        if message["type"] == "http.response.start":
            beginning = message  # the file is opened after it
            return
        if beginning is not None:
            await send(beginning)
            beginning = None
        await send(message)

    try:
        await response(scope, receive, send_together)
    except OSError as error:
        if beginning is None or shortage_of(error) is None:
            raise
        return False
    return True


def proof(directory: Path, key: Secret, nonce: int) -> str:
    """Give what a server answers at its health address: only one with this key and directory can."""
    return sign(key, str(directory.resolve()), nonce)


def _refuse(status: int, headers: dict[str, str] | None = None) -> Response:
    return PlainTextResponse("", status_code=status, headers={**_HEADERS, **(headers or {})})
