"""The folder of this machine for temporary files."""

import tempfile

from pressroom.core.errors import Refused


def require_temporary_folder() -> None:
    """Find the folder for temporary files. Raises Refused where none can be written."""
    try:
        tempfile.gettempdir()
    except FileNotFoundError as error:
        raise Refused(
            "No folder for temporary files can be written.",
            rule="temporary_folder",
            value=error.strerror,
            limit="a folder that this user may write, with room",
            fix="Name one by TMPDIR, or make /tmp writable.",
        ) from None
