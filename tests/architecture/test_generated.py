import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.usefixtures("processes")
def test_generated_files_are_what_the_error_table_gives() -> None:
    ran = subprocess.run(
        [sys.executable, "scripts/generate.py", "--check"], cwd=ROOT, capture_output=True, check=False
    )
    assert ran.returncode == 0, ran.stdout.decode()
