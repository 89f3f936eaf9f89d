"""Reports the limits, the environment and the open files of a process, on Linux."""

import json
import os
import resource
from pathlib import Path
from typing import Any

LIMITS = {
    "memory_bytes": resource.RLIMIT_AS,
    "cpu_s": resource.RLIMIT_CPU,
    "file_bytes": resource.RLIMIT_FSIZE,
    "core_bytes": resource.RLIMIT_CORE,
}


def state_of(pid: int) -> dict[str, Any]:
    proc = Path(f"/proc/{pid}")
    return {
        **{name: resource.prlimit(pid, limit)[0] for name, limit in LIMITS.items()},
        "environ": (proc / "environ").read_text(),
        "files": [str(file.readlink()) for file in (proc / "fd").iterdir() if file.is_symlink()],
        "directory": str((proc / "cwd").readlink()),
    }


def report(path: str) -> None:
    Path(path).write_text(json.dumps(state_of(os.getpid())))
