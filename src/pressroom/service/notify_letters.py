"""Sends a letter, such as a report, by every way to tell a person that is set up."""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pressroom.core.errors import Refused, SettingRefused
from pressroom.service.notify_ways import Channel, Letter, NotTold


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What became of a letter on one way.

    way: `command`, `webhook`, or `apprise:` with the scheme of the address. problem: None where it was taken.
    has_file: whether the file itself went along, and not its path alone.
    """

    way: str
    problem: str | None = None
    has_file: bool = False


async def send_letter(letter: Letter, channels: Sequence[Channel]) -> tuple[Delivery, ...]:
    """Hand a letter to all channels at once, each tried once; what one refuses holds up no other.

    Raises SettingRefused where there is no channel, Refused for a file that cannot be read.
    """
    if not channels:
        raise SettingRefused(
            "Nobody is set up to be told.",
            rule="notify_nobody",
            limit="PRESSROOM_NOTIFY_APPRISE, PRESSROOM_NOTIFY_URL or PRESSROOM_NOTIFY_COMMAND",
            fix="Set one of them: to an address of Apprise, an https address or a program.",
        )
    if letter.file:
        _require_readable(letter.file)
    return tuple(await asyncio.gather(*(_delivered(letter, one) for one in channels)))


async def _delivered(letter: Letter, channel: Channel) -> Delivery:
    try:
        return Delivery(way=channel.name, has_file=await channel.deliver(letter))
    except NotTold as error:
        return Delivery(way=channel.name, problem=str(error))
    except OSError as error:
        return Delivery(way=channel.name, problem=f"The file could not be read: {error.strerror}.")


def _require_readable(file: Path) -> None:
    if not (file.is_file() and os.access(file, os.R_OK)):
        raise Refused(
            f"{file} cannot be sent along.",
            rule="letter_file",
            value=str(file),
            limit="a file that this user may read",
            fix="Name a file that is there.",
        )
