"""Probe damaged copies of clips and pictures: `python tests/media/fuzz.py SECONDS FILE...`.

A process of its own, so that a crash of a decoder is seen as one. Prints how many files were probed; ends
with status 1 at the first exception that is not a refusal, and names the seed.
"""

import random
import signal
import sys
import tempfile
import time
from pathlib import Path

from pressroom.core.errors import MediaRefused
from pressroom.media.probe import probe

_HANG_S = 30
_LENGTHS = (0, 1, 0x7FFFFFFF, 0xFFFFFFFF)


def mutated(data: bytes, dice: random.Random) -> bytes:
    """Damage a file in one of the ways files are damaged, or attacked."""
    out = bytearray(data)
    for _ in range(dice.randint(1, 12)):
        place = dice.randrange(len(out))
        match dice.randrange(5):
            case 0:
                out[place] = dice.randrange(256)
            case 1:
                out[place : place + 4] = dice.choice(_LENGTHS).to_bytes(4)
            case 2:
                del out[place : place + dice.randint(1, 64)]
            case 3:
                out[place:place] = dice.randbytes(dice.randint(1, 64))
            case _:
                del out[max(8, place) :]
        if len(out) < 16:
            break
    return bytes(out)


def main(seconds: float, files: list[Path]) -> int:
    """Probe for some seconds; the seeds count up, so a run can be repeated."""
    originals = [(path.suffix, path.read_bytes()) for path in files]
    end, seed = time.monotonic() + seconds, 0
    with tempfile.TemporaryDirectory() as directory:
        while time.monotonic() < end:
            dice = random.Random(seed)  # noqa: S311  # repeatable, not secret
            suffix, data = originals[seed % len(originals)]
            path = Path(directory) / f"fuzzed{suffix}"
            path.write_bytes(mutated(data, dice))
            signal.alarm(_HANG_S)
            try:
                probe(path, salvage=bool(seed & 1))
            except MediaRefused:
                pass
            except Exception as error:  # noqa: BLE001  # that is what is looked for
                sys.stdout.write(f"seed {seed} of {suffix}: {error!r}\n")
                return 1
            seed += 1
    signal.alarm(0)
    sys.stdout.write(f"{seed}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), [Path(name) for name in sys.argv[2:]]))
