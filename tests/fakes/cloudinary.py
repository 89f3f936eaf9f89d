"""Cloudinary's upload API, as far as its SDK is used."""

import hashlib
import json
import re
import threading
from typing import Any

SECRET = "s3cr3t/with+signs"
SPELLED = "s3cr3t%2Fwith%2Bsigns"
UNSIGNED = ("file", "filename", "api_key", "signature")


class CloudinaryDouble:
    """Keeps uploads, and refuses a call whose signature or piece is wrong.

    serves_at: its own address, where it gives what it keeps; a file is `cold` so many times first.
    """

    def __init__(self, serves_at: str = "https://res.cloudinary.com") -> None:
        self.serves_at = serves_at
        self.cold = 0
        self.given: list[int] = []
        self.kept: dict[tuple[str, str], bytes] = {}
        self.pieces: dict[str, bytes] = {}
        self.names: list[str] = []
        self.sticks = ""
        self.is_asked = threading.Event()
        self.requests: list[tuple[str, dict[str, bytes], dict[str, str]]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = b""
        while (message := await receive()).get("more_body", False) or message["body"]:
            body += message["body"]
            if not message["more_body"]:
                break
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        if scope["method"] == "GET":
            status, content = self._serve(scope["path"])
        else:
            fields = _fields(body, headers["content-type"])
            self.is_asked.set()
            self.requests.append((scope["path"], fields, headers))
            status, answer = self._answer(scope["path"], fields, headers)
            content = json.dumps(answer).encode()
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": content})

    def _serve(self, path: str) -> tuple[int, bytes]:
        kind, _, public_id = path.removeprefix("/cloud/").partition("/upload/")
        self.cold -= 1
        self.given.append(423 if self.cold >= 0 else 200)
        return self.given[-1], self.kept[kind, public_id][:1]

    def _answer(
        self, path: str, fields: dict[str, bytes], headers: dict[str, str]
    ) -> tuple[int, dict[str, Any]]:
        kind, action = path.removeprefix("/v1_1/cloud/").split("/")
        if fields["signature"].decode() != _signature(fields):
            return 401, {"error": {"message": f"Invalid Signature, said {SECRET}"}}
        if action == "destroy" and fields["public_id"].decode() == self.sticks:
            return 400, {"error": {"message": "It cannot be deleted"}}
        if action == "destroy":
            found = self.kept.pop((kind, fields["public_id"].decode()), None)
            return 200, {"result": "not found" if found is None else "ok"}
        public_id = fields.get("public_id", f"root/{len(self.kept)}".encode()).decode()
        self.names.append(fields["filename"].decode())
        content = self._whole(fields["file"], headers)
        if content is None:
            return 200, {"done": False, "public_id": public_id}
        self.kept[kind, public_id] = content
        url = f"{self.serves_at}/cloud/{kind}/upload/{public_id}"
        return 200, {"secure_url": url, "public_id": public_id}

    def _whole(self, piece: bytes, headers: dict[str, str]) -> bytes | None:
        """Add a piece that begins where the last one ended; None while some are missing."""
        if "content-range" not in headers:
            return piece
        found = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", headers["content-range"])
        assert found
        first, last, size = map(int, found.groups())
        upload = headers["x-unique-upload-id"]
        held = self.pieces.get(upload, b"")
        assert (first, last) == (len(held), len(held) + len(piece) - 1), "a gap or an overlap"
        self.pieces[upload] = held + piece
        return self.pieces.pop(upload) if last + 1 == size else None


def _fields(body: bytes, content_type: str) -> dict[str, bytes]:
    boundary = content_type.partition("boundary=")[2].encode()
    parts = [part.partition(b"\r\n\r\n") for part in body.split(b"--" + boundary)[1:-1]]
    named = [(re.search(rb'name="([^"]+)"', head), content) for head, _, content in parts]
    fields = {found[1].decode(): content.removesuffix(b"\r\n") for found, content in named if found}
    name = re.search(rb'filename="([^"]+)"', body)
    return fields | ({"filename": name[1]} if name else {})


def _signature(fields: dict[str, bytes]) -> str:
    signed = sorted((name, value.decode()) for name, value in fields.items() if name not in UNSIGNED)
    text = "&".join(f"{name}={value}" for name, value in signed) + SECRET
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
