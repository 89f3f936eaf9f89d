"""Stand-ins for ffmpeg that misbehave in one known way; each is a small shell script."""

from pathlib import Path

_START = (
    '#!/bin/sh\necho $$ > "{pid}"\nfor last in "$@"; do :; done\nout=${{last#file:}}\necho half > "$out"\n'
)

BODIES = {
    "hangs": "exec sleep 60",
    "ignores_term": "trap '' TERM\nwhile :; do sleep 0.05; done",
    "full_disk": "echo 'av_interleaved_write_frame(): No space left on device' >&2\nexit 228",
    "is_killed": "kill -9 $$",
    "lacks_zscale": "echo \"No such filter: 'zscale'\" >&2\nexit 8",
    "finds_damage": "echo 'Error while decoding stream #0:0' >&2\nexit 183",
    "lies": "exit 0",
    "is_another": 'rm "$out"',
    "exceeds_quota": "echo 'av_interleaved_write_frame(): Disk quota exceeded' >&2\nexit 228",
    "loses_the_input": (
        'for word; do [ "$before" = -i ] && rm "${word#file:}" && echo "Error opening input file $word" >&2; '
        "before=$word; done; exit 254"
    ),
}


def fake_ffmpeg(directory: Path, name: str) -> Path:
    """Write the script `name`; it notes its process id in `pid` beside it."""
    path = directory / "ffmpeg"
    path.write_text(_START.format(pid=directory / "pid") + BODIES[name])
    path.chmod(0o755)
    return path
