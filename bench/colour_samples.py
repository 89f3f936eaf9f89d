"""The twenty clips whose colours `one_ffmpeg` compares: HDR10, HLG, Dolby Vision, wide gamut and SDR."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import footage

sys.path.insert(0, str(Path(__file__).parent.parent))
from tests.media.clips import dolby_vision, with_box  # found by then

Loose = Any
SIZE = "540x960"
COUNT = 24


@dataclass(frozen=True)
class Sample:
    """A clip to convert.

    source: the lavfi source. nits: the luminance of its white. peak: the value that the filter `tonemap`
    reads from the file. is_wide: True if the source's values are interpreted in the wider primaries, so that
    most colours are outside BT.709.
    """

    name: str
    source: str
    transfer: str = "bt709"
    primaries: str = "bt709"
    matrix: str = "bt709"
    nits: int = 1000
    is_wide: bool = False
    depth: int = 10
    is_full: bool = False
    is_tagged: bool = True
    x265: str = ""
    peak: float = 10
    dolby: int | None = None

    @property
    def is_hdr(self) -> bool:
        """Whether its picture has to be tone-mapped."""
        return self.transfer in ("smpte2084", "arib-std-b67")


def p3(name: str, source: str) -> Sample:
    return Sample(name, source, "iec61966-2-1", "smpte432", is_wide=True, depth=8)


def hdr10(name: str, source: str, nits: int, **more: Loose) -> Sample:
    return Sample(name, source, "smpte2084", "bt2020", "bt2020nc", nits, **more)


def hlg(name: str, source: str, nits: int = 1000, **more: Loose) -> Sample:
    return Sample(name, source, "arib-std-b67", "bt2020", "bt2020nc", nits, **more)


FRACTAL = f"mandelbrot=s={SIZE}:r=30:start_scale=2:end_scale=0.05:end_pts=160"
CHART, BARS = f"testsrc2=s={SIZE}:r=30", f"smptehdbars=s={SIZE}:r=30"
SPECTRUM = f"colorspectrum=s={SIZE}:r=30"
# Each colour is named, since those that are left out are random.
RAMPS = (
    f"gradients=s={SIZE}:r=30:n=8:speed=0.05:x0=0:y0=0:x1=539:y1=959:c0=red:c1=yellow:c2=white:c3=green"
    ":c4=cyan:c5=black:c6=blue:c7=magenta"
)
SAMPLES = (
    hdr10("hdr10 fractal 203 nits", FRACTAL, 203),
    hdr10("hdr10 fractal 1000 nits", FRACTAL, 1000),
    hdr10("hdr10 chart 1000 nits", CHART, 1000),
    hdr10("hdr10 spectrum wide", SPECTRUM, 1000, is_wide=True),
    hdr10("hdr10 ramps 4000 nits", RAMPS, 4000),
    hdr10("hdr10 bars wide, MaxCLL 1000", BARS, 203, is_wide=True, x265=":max-cll=1000,400"),
    hdr10("hdr10 fractal, MaxCLL 4000", FRACTAL, 4000, x265=":max-cll=4000,400", peak=40),
    hlg("hlg fractal", FRACTAL),
    hlg("hlg chart", CHART),
    hlg("hlg spectrum wide", SPECTRUM, is_wide=True),
    hlg("hlg ramps", RAMPS),
    hlg("dolby vision 8.4 fractal", FRACTAL, dolby=4),
    hdr10("dolby vision 8.1 bars", BARS, 1000, dolby=1),
    p3("p3 chart", CHART),
    p3("p3 spectrum", SPECTRUM),
    Sample("bt2020 sdr ramps", RAMPS, primaries="bt2020", matrix="bt2020nc", is_wide=True),
    Sample("sdr 10 bits fractal", FRACTAL),
    Sample("sdr limited ramps", RAMPS, depth=8),
    Sample("sdr full range chart", CHART, depth=8, is_full=True),
    Sample("sdr bt601 untagged spectrum", SPECTRUM, matrix="smpte170m", depth=8, is_tagged=False),
)


def make(sample: Sample, path: Path) -> Path:
    levels = "pc" if sample.is_full else "tv"
    given = sample.primaries if sample.is_wide else "bt709"
    curve = sample.transfer if not sample.is_hdr else "bt709"
    # zscale creates the sample, and today's command converts it with zscale too. So the reference is
    # computed from the picture in the file, not from the source.
    graph = (
        f"format=gbrp16le,setparams=color_primaries={given}:color_trc={curve}:colorspace=gbr:range=pc,"
        f"zscale=p={sample.primaries.replace('bt', '')}:t={sample.transfer}"
        f":m={MATRIX_OF_ZSCALE[sample.matrix]}"
        f":r={levels}:npl={sample.nits},format=yuv420p{'10le' if sample.depth == 10 else ''}"
    )
    if sample.is_tagged:
        tags = f"colorprim={sample.primaries}:transfer={sample.transfer}:colormatrix={sample.matrix}"
        tags += f":range={'full' if sample.is_full else 'limited'}"
    else:
        graph += ",setparams=color_primaries=unknown:color_trc=unknown:colorspace=unknown:range=unknown"
        tags = "range=limited"
    x265 = f"log-level=error:pools=1:{tags}{sample.x265}"
    encode = ("-c:v", "libx265", "-preset", "ultrafast", "-crf", "12", "-tag:v", "hvc1", "-x265-params", x265)
    footage.run("-f", "lavfi", "-i", sample.source, "-frames:v", str(COUNT), "-vf", graph, *encode, str(path))
    if sample.dolby is not None:
        path.write_bytes(with_box(path.read_bytes(), dolby_vision(sample.dolby)))
    return path


MATRIX_OF_ZSCALE = {"bt2020nc": "2020_ncl", "bt709": "709", "smpte170m": "170m"}
