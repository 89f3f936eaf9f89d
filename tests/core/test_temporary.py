"""A machine without a folder for temporary files is told so, whatever needed one."""

import tempfile
from pathlib import Path

import pytest

from pressroom.core.errors import Refused
from pressroom.core.temporary import require_temporary_folder
from pressroom.media.examine import Prober


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(tempfile, "_candidate_tempdir_list", lambda: ["/proc/none"])


def test_a_folder_that_is_there_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(tempfile, "_candidate_tempdir_list", lambda: [str(tmp_path)])
    require_temporary_folder()


@pytest.mark.usefixtures("nowhere")
def test_none_is_refused_with_what_was_tried_and_what_to_set() -> None:
    with pytest.raises(Refused) as caught:
        require_temporary_folder()
    assert caught.value.rule == "temporary_folder"
    assert caught.value.retryable, "mostly the disk is full for a while"
    assert "/proc/none" in str(caught.value.value)
    assert "TMPDIR" in caught.value.fix


@pytest.mark.usefixtures("nowhere")
def test_the_process_that_looks_at_files_is_not_blamed_for_it() -> None:
    with pytest.raises(Refused, match="No folder for temporary files"):
        Prober()
