"""Serves the files of our pages at addresses that carry a hash, so that browsers cache them for good."""

import hashlib
from collections.abc import Iterator
from importlib.resources.abc import Traversable
from typing import Final

from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

_TYPES: Final = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml", "txt": "text/plain"}
_HASH_DIGITS: Final = 16
_NO_SNIFF: Final = {"x-content-type-options": "nosniff"}
_FOR_GOOD: Final = {**_NO_SNIFF, "cache-control": "public, max-age=31536000, immutable"}


class StaticFiles:
    """An ASGI app of the files of a folder and its folders, all read at the start: no path leads out of it.

    All share one hash, of all of them together: scripts import each other by relative names, and could not
    know a neighbour's hash.

    version: that hash.
    """

    def __init__(self, folder: Traversable, prefix: str) -> None:
        """Read the files. prefix: the path below which they are served, with both slashes.

        Raises ValueError for a file of an unknown type.
        """
        self._files = dict(_files(folder))
        unknown = sorted(name for name in self._files if _ending(name) not in _TYPES)
        if unknown:
            raise ValueError(f"no content type is known for {', '.join(unknown)}")
        whole = hashlib.sha256()
        for name, content in sorted(self._files.items()):
            # Names and lengths go in, so that no content can pass for another file's.
            whole.update(f"{name}\n{len(content)}\n".encode())
            whole.update(content)
        self.version: Final = whole.hexdigest()[:_HASH_DIGITS]
        self._base = f"{prefix}{self.version}/"

    def address(self, name: str) -> str:
        """Give the path of a file. Raises KeyError for one that is not there."""
        if name not in self._files:
            raise KeyError(name)
        return f"{self._base}{name}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request: 404 for another hash or name."""
        name = scope["path"].removeprefix(self._base)
        if scope["method"] not in ("GET", "HEAD"):
            response = PlainTextResponse("", 405, {**_NO_SNIFF, "allow": "GET, HEAD"})
        elif name == scope["path"] or name not in self._files:
            response = PlainTextResponse("There is no such file here.\n", 404, _NO_SNIFF)
        else:
            response = Response(self._files[name], headers=_FOR_GOOD, media_type=_TYPES[_ending(name)])
        await response(scope, receive, send)


def _files(folder: Traversable, within: str = "") -> Iterator[tuple[str, bytes]]:
    for file in folder.iterdir():
        if file.is_dir():
            yield from _files(file, f"{within}{file.name}/")
        else:
            yield f"{within}{file.name}", file.read_bytes()


def _ending(name: str) -> str:
    return name.rpartition(".")[2]
