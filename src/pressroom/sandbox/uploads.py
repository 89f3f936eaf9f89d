"""Receives the bytes of a resumable upload, as `rupload.facebook.com` takes them (`UploadApp`).

Its errors have an envelope of their own, not the Graph API's. `publishing.routes` reports the progress.

Source: https://developers.facebook.com/documentation/instagram-platform/content-publishing/resumable-uploads
"""

import re
import secrets
from collections.abc import AsyncIterator, Mapping

import msgspec

from pressroom.graph.hosts import LoginType
from pressroom.graph.limits import VIDEO_LIMITS
from pressroom.sandbox.calls.perform import answer_with_fault
from pressroom.sandbox.calls.scene import Scene
from pressroom.sandbox.faults import Effect
from pressroom.sandbox.state.things import Container, LateUpload
from pressroom.sandbox.wire.answer import GraphRefusal, HttpAnswer, Receive, Scope, Send, send_answer
from pressroom.sandbox.wire.log import Entry
from pressroom.sandbox.wire.params import parse_integer

ROOM = "ig-api-upload"
CALL_NAME = "upload"
_PATH = re.compile(r"/+ig-api-upload/+(?:v[0-9]+\.[0-9]+/+)?([0-9]{1,20})/*")
_ABOUT_TOKEN = frozenset({102, 104, 190})
_DONE = msgspec.json.encode({"success": True, "message": "Upload successful."})


class UploadRefused(Exception):
    """The upload is refused. `kind`: the envelope's type."""

    def __init__(self, kind: str, text: str, *, is_retriable: bool = False) -> None:
        super().__init__(text)
        self.kind = kind
        self.is_retriable = is_retriable


class UploadApp:
    """`POST /ig-api-upload/{version}/{container}` as an ASGI app; the body goes to disk as it comes."""

    # Files reach 300 MB: they are not held in memory, as the bodies of the Graph API are.

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. Raises ConnectionDropped when a fault cuts the answer."""
        now = self._scene.settle()
        headers = {
            name.decode("latin-1"): value.decode("latin-1")
            for name, value in scope["headers"]
            if name in (b"offset", b"file_size", b"file_url", b"authorization")
        }
        # The log shows the headers as parameters; the token is left out of it.
        shown = {name: value for name, value in headers.items() if name != "authorization"}
        entry = self._scene.log.open(now, scope["method"], scope["path"], shown)
        entry.name = CALL_NAME
        try:
            answer = await self._answer(scope, headers, receive, entry)
        except UploadRefused as refused:
            answer = _error_answer(refused)
        except GraphRefusal as graph_error:  # of a planned fault
            kind = "NotAuthorizedError" if graph_error.code in _ABOUT_TOKEN else "ProcessingFailedError"
            refused = UploadRefused(kind, graph_error.message, is_retriable=graph_error.is_transient)
            answer = _error_answer(refused, graph_error.http_status)
        entry.status, entry.body = answer.status, answer.body
        await send_answer(send, answer, unix=self._scene.clock.unix())

    async def _answer(
        self, scope: Scope, headers: Mapping[str, str], receive: Receive, entry: Entry
    ) -> HttpAnswer:
        container = self._container(scope, headers, entry.at)
        fault = self._scene.faults.take(CALL_NAME, scope["method"])
        if fault is not None:
            entry.fault = fault.kind.value
        if "file_url" in headers:
            # Taken as far as the fault allows.
            url = headers["file_url"]
            if fault is None or fault.effect is Effect.DONE or fault.kind.is_true_answer:
                container.video_url = url
            elif fault.effect is Effect.LATER:
                what = LateUpload(container_id=container.id, file_url=url)
                self._scene.later(entry.at + fault.delay_s, what)
        else:
            # The bytes to accept before the fault cuts the upload; None: it lets it finish.
            is_cut = fault is not None and fault.effect is Effect.NONE and not fault.kind.is_true_answer
            cut_at = fault.after_bytes if fault is not None and is_cut else None
            try:
                await self._take_bytes(container, headers, receive, cut_at)
            except _CutOff:
                assert fault is not None
                return await answer_with_fault(self._scene, fault, None, receive)
        self._scene.fetching.look_after(container, container.kind.use, entry.notes)
        answer = HttpAnswer(200, _DONE)
        return answer if fault is None else await answer_with_fault(self._scene, fault, answer, receive)

    def _container(self, scope: Scope, headers: Mapping[str, str], now: float) -> Container:
        scheme, _, text = headers.get("authorization", "").partition(" ")
        token = self._scene.world.tokens.get(text.strip())
        is_alive = token and token.revoked_by is None and (token.expires_at is None or token.expires_at > now)
        # The page demands `OAuth`; `Bearer` passes too, as it does elsewhere on the Graph API.
        if scheme.lower() not in ("oauth", "bearer") or token is None or not is_alive:
            raise UploadRefused("NotAuthorizedError", "User not authorized to perform this request")
        if token.login is LoginType.INSTAGRAM and not self._scene.settings.instagram_uploads:
            raise UploadRefused("NotAuthorizedError", "User not authorized to perform this request")
        match = _PATH.fullmatch(scope["path"])
        container = self._scene.world.container(match.group(1)) if match else None
        if scope["method"] != "POST" or container is None or container.upload is None:
            raise _processing_failed("unauthorized user request")
        if container.user_id != token.user_id:
            raise _processing_failed("unauthorized user request")
        return container

    async def _take_bytes(
        self, container: Container, headers: Mapping[str, str], receive: Receive, cut_at: int | None
    ) -> None:
        """Append the body to the bytes received so far; bytes before an interruption stay.

        Raises UploadRefused for a wrong offset or size, or a body that is too short or too long.
        """
        upload = container.upload
        assert upload is not None
        size, offset = _required_number(headers, "file_size"), _required_number(headers, "offset")
        # Resumable Uploads: resume at `bytes_transferred`. The error of a wrong offset is not documented.
        if offset != upload.received or upload.is_complete:
            raise UploadRefused(
                "OffsetInvalidError", f"Request starting offset is invalid: {upload.received}"
            )
        if size > VIDEO_LIMITS[container.kind.use].max_bytes:
            raise _processing_failed("the file is too large")
        upload.size = size
        upload.name = upload.name or f"{secrets.token_hex(12)}.part"

        with (self._scene.home() / upload.name).open("ab") as file:
            async for chunk in _body(receive):
                room = (upload.size or 0) - upload.received
                part = chunk if cut_at is None else chunk[: max(0, cut_at - upload.received)]
                if len(part) > room:
                    raise _processing_failed("more bytes than file_size")
                file.write(part)
                upload.received += len(part)  # piece by piece: a client that resumes reads this number
                if cut_at is not None and upload.received >= cut_at:
                    raise _CutOff

        # Kept and refused as partial: slicing a file into requests is not documented, resuming one is.
        if upload.received < size:
            text = "Partial request (did not match length of file)"
            raise UploadRefused("PartialRequestError", text, is_retriable=True)


class _CutOff(Exception):
    """A fault cuts the upload here."""


async def _body(receive: Receive) -> AsyncIterator[bytes]:
    """Give the body in pieces; ends early when the caller disconnects."""
    message = await receive()
    while message["type"] == "http.request":
        if message.get("body"):
            yield message["body"]
        if not message.get("more_body", False):
            return
        message = await receive()


def _required_number(headers: Mapping[str, str], name: str) -> int:
    value = parse_integer(headers.get(name, ""))
    if value is None or value < 0:
        raise _processing_failed(f"the header {name} is missing")
    return value


def _processing_failed(text: str) -> UploadRefused:
    # The envelope's message holds JSON as text, in Meta's own sample.
    inside = msgspec.json.encode({"success": False, "error": {"message": text}}).decode()
    return UploadRefused("ProcessingFailedError", inside)


def _error_answer(refused: UploadRefused, http_status: int = 400) -> HttpAnswer:
    info = {"retriable": refused.is_retriable, "type": refused.kind, "message": str(refused)}
    return HttpAnswer(http_status, msgspec.json.encode({"debug_info": info}))
