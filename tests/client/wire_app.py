"""A small ASGI app for the transports, and a uvicorn that serves it from a thread."""

import asyncio
import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import uvicorn


class WireApp:
    """Answers by path. `entered` is set when a request arrives, `finished` lists what ran to its end."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.finished: list[str] = []
        self.entered = threading.Event()
        self.go_on = threading.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == "/early":
            await _answer(send, 400, [], b"{}")
            return
        if scope["path"] == "/unread":
            self.entered.set()
            await asyncio.to_thread(self.go_on.wait)
        body = await _read(receive)
        self.seen.append(f"{scope['method']} {scope['path']}")
        self.entered.set()
        await {
            "/hang": self._hang,
            "/unread": self._hang,
            "/cut": self._cut,
            "/moved": self._moved,
            "/pieces": self._pieces,
        }.get(scope["path"], self._echo)(scope, send, body)
        self.finished.append(scope["path"])

    async def _echo(self, scope: Any, send: Any, body: bytes) -> None:
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        told = {
            "method": scope["method"],
            "path": scope["path"],
            "query": scope["query_string"].decode(),
            "headers": headers,
            "body": body.decode(),
            "port": scope["client"][1],
        }
        await _answer(send, 201, [(b"X-Mixed-Case", b"Kept")], json.dumps(told).encode())

    async def _hang(self, _scope: Any, send: Any, _body: bytes) -> None:
        await asyncio.to_thread(self.go_on.wait)
        await _answer(send, 200, [], b"{}")

    async def _cut(self, _scope: Any, send: Any, _body: bytes) -> None:
        await send(
            {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1000")]},
        )
        await send({"type": "http.response.body", "body": b'{"id": ', "more_body": True})
        raise ConnectionResetError

    async def _moved(self, _scope: Any, send: Any, _body: bytes) -> None:
        await _answer(send, 302, [(b"location", b"/elsewhere")], b"")

    async def _pieces(self, _scope: Any, send: Any, _body: bytes) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for piece in (b"one ", b"two ", b"three"):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body"})


async def _read(receive: Any) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return body


async def _answer(send: Any, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    headers = [*headers, (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@contextmanager
def served(app: Any) -> Generator[str]:
    """Serve an app on loopback from a thread while the block runs, and give its base URL."""
    config = uvicorn.Config(
        app, port=0, lifespan="off", log_config=None, log_level="critical", timeout_graceful_shutdown=1
    )
    listener = config.bind_socket()
    listener.listen()  # so that who comes before uvicorn is up waits
    server = uvicorn.Server(config)
    thread = threading.Thread(target=asyncio.run, args=(server.serve(sockets=[listener]),))
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
