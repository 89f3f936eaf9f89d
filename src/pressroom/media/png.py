"""Reads the chunks of a PNG for Pillow, which refuses a picture whose metadata is larger than 1 MB.

Texts are skipped without being decompressed, because nothing here needs them. An ICC profile is decompressed
up to a limit. A larger one is ignored.

Source: https://www.w3.org/TR/png-3/, sections 4.3, 11.3.2 and 11.3.3.
"""

import contextlib
import io
import zlib
from typing import Final

from PIL import PngImagePlugin

_UNSUMMED: Final = (b"tEXt", b"zTXt", b"iTXt", b"iCCP")  # a wrong checksum of these stops no picture
_KEYWORD_BYTES: Final = 80  # 79 at most, and the zero behind it
_NAMED: Final = ("XML:com.adobe.xmp", "comment")  # what we tell the user is removed
_MAX_PROFILE_BYTES: Final = 32 << 20  # profiles of measured displays and printers have up to a few megabytes


class ChunkStream(PngImagePlugin.PngStream):
    """Pillow's reader of chunks, which takes metadata of any size."""

    def chunk_tEXt(self, pos: int, length: int) -> bytes:  # noqa: N802  # Pillow finds it by the chunk's name
        """Skip a text, and keep its name where we tell the user that it is removed."""
        del pos
        name = self._beginning(length, _KEYWORD_BYTES).partition(b"\0")[0].decode("latin-1")
        if name in _NAMED:
            self.im_info[name] = True
        return b""

    def chunk_zTXt(self, pos: int, length: int) -> bytes:  # noqa: N802
        """Skip a compressed text."""
        return self.chunk_tEXt(pos, length)

    def chunk_iTXt(self, pos: int, length: int) -> bytes:  # noqa: N802
        """Skip an international text."""
        return self.chunk_tEXt(pos, length)

    def chunk_iCCP(self, pos: int, length: int) -> bytes:  # noqa: N802
        """Decompress the profile; one that is damaged or too large is ignored."""
        del pos
        packed = self._beginning(length, _MAX_PROFILE_BYTES).partition(b"\0")[2]
        unpacking = zlib.decompressobj()
        with contextlib.suppress(zlib.error):
            profile = unpacking.decompress(packed[1:], _MAX_PROFILE_BYTES)  # behind the compression method
            if unpacking.eof:
                self.im_info["icc_profile"] = profile
        return b""

    def chunk_cICP(self, pos: int, length: int) -> bytes:  # noqa: N802
        """Store the ITU-T H.273 numbers of the primaries and of the transfer."""
        del pos
        assert self.fp is not None
        data = self.fp.read(length)
        self.im_info["cicp"] = tuple(data[:2])
        return data

    def crc(self, cid: bytes, data: bytes) -> None:
        """Verify a chunk's checksum, except where the chunk was not read whole."""
        if cid in _UNSUMMED:
            self.crc_skip(cid, data)
        else:
            super().crc(cid, data)

    def _beginning(self, length: int, most: int) -> bytes:
        """Read at most so many bytes of a chunk, and skip the rest. Raises OSError at the end of the file."""
        assert self.fp is not None
        data = self.fp.read(min(length, most))
        rest = length - len(data)
        self.fp.seek(max(0, rest - 1), io.SEEK_CUR)
        if rest and not self.fp.read(1):
            raise OSError("truncated in the metadata")
        return data


PngImagePlugin.PngStream = ChunkStream  # only processes of ours import this
