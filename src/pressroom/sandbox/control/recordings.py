"""Orders that start and end a recording, and replay one."""

from pathlib import Path
from typing import Any

import msgspec

from pressroom.sandbox.control.controls import BadRequest, Body, Controls, Query, convert
from pressroom.sandbox.settings import Fetch


class RecordingOrder(msgspec.Struct, forbid_unknown_fields=True):
    """Where to write calls: the name of a file in the sandbox's directory.

    Raises ValueError for a path: over the network no order may write or read elsewhere.
    """

    file: str = "recording.jsonl"

    def __post_init__(self) -> None:
        if Path(self.file).name != self.file or not self.file.endswith(".jsonl"):
            raise ValueError("file is a name that ends in .jsonl, without a directory")


def recording(controls: Controls, _query: Query, _body: Body) -> dict[str, Any]:
    """`GET /_sandbox/recording`: the recording's file, and its number of calls."""
    held = controls.owner.recorder
    return {"file": str(held.path) if held else None, "calls": held.count if held else 0}


def begin(controls: Controls, _query: Query, body: Body) -> dict[str, Any]:
    """`POST /_sandbox/recording`: start to write every call to a file."""
    order = convert(body, RecordingOrder)
    controls.owner.record(controls.scene.home() / order.file)
    return recording(controls, {}, {})


def end(controls: Controls, _query: Query, _body: Body) -> dict[str, Any]:
    """`DELETE /_sandbox/recording`: end the recording; the answer has its file and number of calls."""
    told = recording(controls, {}, {})
    controls.owner.record(None)
    return told


class ReplayOrder(RecordingOrder, forbid_unknown_fields=True):
    """Which recording to replay. `fetch` None: as in the recorded sandbox."""

    fetch: Fetch | None = None


async def replay(controls: Controls, _query: Query, body: Body) -> dict[str, Any]:
    """`POST /_sandbox/replay`: replay a recording on a fresh sandbox; this one stays as it is."""
    order = convert(body, ReplayOrder)
    try:
        made = await controls.owner.replay(controls.scene.home() / order.file, fetch=order.fetch)
    except OSError:
        raise BadRequest(f"there is no recording {order.file}") from None
    except ValueError as error:
        raise BadRequest(f"{order.file}: {error}") from None
    told: dict[str, Any] = msgspec.to_builtins(made)
    return told
