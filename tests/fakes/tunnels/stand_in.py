#!/usr/bin/env python3
"""Stands in for cloudflared, ngrok or tailscale: leads from an address of this machine to our media route.

It prints what each of them prints, as it does, and passes each byte on. Which one it is says the name that it
is called by: `cloudflared`, `ngrok` and `tailscale` beside it are links to it. To try a tunnel by hand, on a
sandbox of this machine:

    PATH=$PWD/tests/fakes/tunnels:$PATH PRESSROOM_HOSTS=tunnel PRESSROOM_TUNNEL=cloudflared \
        pressroom publish photo cat.jpg

`TUNNEL_STAND_IN`, a file in HOME, holds lines that change what it does: see `main`. Where there is one it
appends what it was given, as JSON, to `TUNNEL_SAW` there. It needs nothing but Python, and no network.
"""

import contextlib
import json
import os
import re
import signal
import socket
import sys
import threading
from pathlib import Path
from urllib.parse import urlsplit

HOME = Path(os.environ.get("HOME", "/nonexistent"))


def main() -> None:
    """Play the program.

    Lines: refuse; leak, which prints its token far to the right; stubborn, which does not end when it is to;
    early, which never registers; elsewhere, which leads nowhere; at PORT; as ADDRESS; parent, which starts a
    child that ignores SIGTERM and keeps the program's output open.
    """
    program, words = Path(sys.argv[0]).name, _words()
    _note(program, os.getpid())
    if "parent" in words:
        _start_child()
    if "refuse" in words:
        _print(f"\x1b[31mERROR:\x1b[0m  {program} refuses\x07. Your authtoken: 2abcdefgh", "ERROR:  ")
        sys.exit(3)
    if "leak" in words:
        _print(f"{'.' * 290} {os.environ.get('TUNNEL_TOKEN')}")
        sys.exit(3)
    if "stubborn" in words:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    origin = next(urlsplit(word) for word in sys.argv[1:] if word.startswith("http://127.0.0.1:"))
    # A tunnel of one's own is where its owner said.
    own = re.search(r"^at (\d+)$", "\n".join(words), re.MULTILINE)
    listener = socket.create_server(("127.0.0.1", int(own[1]) if own else 0))
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    address = next((word.removeprefix("as ") for word in words if word.startswith("as ")), address)
    if "elsewhere" in words:
        listener.close()
    else:
        target = ("127.0.0.1", origin.port or 0)
        threading.Thread(target=_forward, args=(listener, target), daemon=True).start()
    _say(program, address, is_registered="early" not in words)
    _stay()


def _stay() -> None:
    """Say that there is no more to say, and go on."""
    if (HOME / "TUNNEL_STAND_IN").exists():
        (HOME / "TUNNEL_SPOKE").touch()
    threading.Event().wait()


def _words() -> list[str]:
    with contextlib.suppress(OSError):
        return (HOME / "TUNNEL_STAND_IN").read_text(encoding="utf-8").splitlines()
    return []


def _start_child() -> None:
    usual = signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a child ignores what its parent ignores
    if child := os.fork():
        signal.signal(signal.SIGTERM, usual)
        _note("child", child)
    else:
        threading.Event().wait(60)


def _note(program: str, pid: int) -> None:
    seen = {"program": program, "arguments": sys.argv[1:], "environ": dict(os.environ), "pid": pid}
    if not (HOME / "TUNNEL_STAND_IN").exists():
        return  # tried by hand: nothing is left in anybody's home
    with contextlib.suppress(OSError), (HOME / "TUNNEL_SAW").open("a", encoding="utf-8") as file:
        file.write(json.dumps(seen) + "\n")


def _say(program: str, address: str, *, is_registered: bool) -> None:
    if program == "cloudflared":
        _print("2026-11-29T12:00:00Z INF Requesting new quick Tunnel on trycloudflare.com...")
        _print(f"2026-11-29T12:00:01Z INF |  {address}                      |")
        if is_registered:
            _print("2026-11-29T12:00:02Z INF Registered tunnel connection connIndex=0")
    elif program == "ngrok":
        _print('{"lvl":"info","msg":"starting web service","obj":"web","addr":"127.0.0.1:4040"}')
        if is_registered:
            _print(f'{{"addr":"http://localhost:1","lvl":"info","msg":"started tunnel","url":"{address}"}}')
    elif is_registered:
        _print("Available on the internet:", "", f"{address}/", f"|-- proxy {sys.argv[-1]}", "")
        _print("Press Ctrl+C to exit.")


def _print(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


def _forward(listener: socket.socket, target: tuple[str, int]) -> None:
    while True:
        near, _ = listener.accept()
        far = socket.create_connection(target)
        for source, sink in ((near, far), (far, near)):
            threading.Thread(target=_pass_on, args=(source, sink), daemon=True).start()


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(65_536):
            sink.sendall(piece)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


if __name__ == "__main__":
    main()
