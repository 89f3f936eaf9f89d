"""The folder of this machine for temporary files."""

import tempfile

from pressroom.core.errors import Refused


def require_temporary_folder() -> None:
    """Find the folder for temporary files. Raises Refused where none can be written."""
    try:
        tempfile.gettempdir()
    except FileNotFoundError as error:
        refusal = Refused(
            "No folder for temporary files can be written.",
            rule="temporary_folder",
            value=error.strerror,
            limit="a folder that this user may write, with room",
            fix="Name one by TMPDIR, or make /tmp writable.",
        )
        # Python does not say why: mostly the disk is full, or no further file may be opened.
        refusal.retryable = True
        raise refusal from None
