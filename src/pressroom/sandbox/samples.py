"""Draws sample media on demand: distinct pictures, and a clip as phones make them. Downloads nothing."""

import math
import subprocess
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from PIL import Image, ImageDraw, ImageFilter, ImageFont, ImageOps

from pressroom.media.convert import find_ffmpeg

_Colour = tuple[int, int, int]
_TIMEOUT_S: Final = 120


def make_photo(path: Path) -> None:
    """Draw a picture that Instagram accepts: 1080 x 1350 baseline JPEG, a dawn over ridges."""
    _save(_titled(_ridges((1080, 1350), _DAWN), "First light", "Pressroom sample"), path)


def make_second_photo(path: Path) -> None:
    """Draw a square picture: 1080 x 1080, a moon over water."""
    size = (1080, 1080)
    width, height = size
    image = _sky(size, (10, 18, 48), (52, 90, 140))
    _glow(image, (width * 0.5, height * 0.3), width * 0.1, (250, 244, 220))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, height * 0.62, width, height), fill=(14, 34, 66))
    for row in range(26):
        y = height * 0.64 + row * height * 0.013
        half = width * (0.05 + 0.006 * row) * (0.7 + 0.3 * math.sin(row * 2.3))
        shade = 214 - 5 * row
        draw.line((width / 2 - half, y, width / 2 + half, y), fill=(shade, shade, shade - 20), width=6)
    _save(_titled(image, "High tide", "Pressroom sample"), path)


def make_postcard(path: Path, number: int, title: str) -> None:
    """Draw one of a series of 4:5 pictures that Instagram accepts: hills and a sky of its own colours."""
    turn = number * 37 % 256
    hues, light, depth = Image.merge("HSV", _ridges((1080, 1350), _DAWN).convert("HSV").split()).split()
    # Turned around the circle of colours: each looks like another hour of another day.
    turned = Image.merge("HSV", (hues.point([(hue + turn) % 256 for hue in range(256)]), light, depth))
    _save(_titled(turned.convert("RGB"), title, "Pressroom sample"), path)


def make_story_picture(path: Path) -> None:
    """Draw a picture for a story: 1080 x 1920."""
    _save(_titled(_ridges((1080, 1920), _FOREST), "Behind the hills", "Pressroom sample"), path)


def make_poster(path: Path) -> None:
    """Draw a picture that Instagram refuses: a 3:4 PNG, 1080 x 1440, with transparency.

    IG User, Media takes JPEG only, and no feed picture taller than 4:5.
    """
    size = (1080, 1440)
    width, height = size
    image = Image.new("RGBA", size, (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((60, 60, width - 60, height - 60), 90, fill=(250, 240, 222, 255))
    rings = ((230, 57, 70), (244, 162, 97), (233, 196, 106), (42, 157, 143), (38, 70, 83))
    for index, colour in enumerate(rings):
        draw.ellipse(_circle((width / 2, height * 0.42), 400 - 76 * index), fill=(*colour, 255))
    draw.text((width / 2, height * 0.8), "Open Studio", font=_font(110), fill=(38, 70, 83, 255), anchor="mm")
    draw.text(
        (width / 2, height * 0.88),
        "Saturday, from ten",
        font=_font(54),
        fill=(90, 100, 110, 255),
        anchor="mm",
    )
    image.save(path, "PNG")


_DAWN: Final[Sequence[_Colour]] = (
    (38, 45, 92), (255, 176, 120), (255, 236, 190), (120, 90, 130), (70, 62, 104), (30, 32, 66),
)  # fmt: skip
_FOREST: Final[Sequence[_Colour]] = (
    (16, 94, 98), (186, 224, 190), (250, 250, 210), (60, 130, 100), (32, 92, 80), (12, 50, 52),
)  # fmt: skip


def _sky(size: tuple[int, int], top: _Colour, bottom: _Colour) -> Image.Image:
    ramp = Image.linear_gradient("L").resize(size)  # pyright: ignore[reportUnknownMemberType]  # numpy
    return ImageOps.colorize(ramp, top, bottom)


def _glow(image: Image.Image, centre: tuple[float, float], radius: float, colour: _Colour) -> None:
    """Draw a light with a soft halo."""
    halo = Image.new("L", image.size)
    draw = ImageDraw.Draw(halo)
    for share, strength in ((2.6, 50), (1.7, 90), (1.0, 255)):
        draw.ellipse(_circle(centre, radius * share), fill=strength)
    image.paste(colour, mask=halo.filter(ImageFilter.GaussianBlur(radius / 12)))


def _circle(centre: tuple[float, float], radius: float) -> tuple[float, float, float, float]:
    x, y = centre
    return (x - radius, y - radius, x + radius, y + radius)


def _ridges(size: tuple[int, int], colours: Sequence[_Colour]) -> Image.Image:
    width, height = size
    sky, low, light, *layers = colours
    image = _sky(size, sky, low)
    _glow(image, (width * 0.64, height * 0.42), width * 0.11, light)
    draw = ImageDraw.Draw(image)
    for depth, colour in enumerate(layers):
        base, swing = height * (0.56 + 0.13 * depth), height * (0.07 - 0.012 * depth)
        crest = list[tuple[float, float]]()
        for x in range(0, width + 8, 8):
            wave = math.sin(x / width * (7 + 3 * depth) + depth * 2) + 0.4 * math.sin(x / width * 31 + depth)
            crest.append((x, base - swing * wave))
        draw.polygon([(0, height), *crest, (width + 8, height)], fill=colour)
    return image


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _titled(image: Image.Image, title: str, note: str) -> Image.Image:
    draw = ImageDraw.Draw(image)
    left, bottom = image.width * 0.07, image.height * 0.94
    draw.text((left, bottom - 44), title, font=_font(image.width // 14), fill="white", anchor="ls")
    draw.text((left, bottom), note, font=_font(image.width // 36), fill="white", anchor="ls")
    return image


def _save(image: Image.Image, path: Path) -> None:
    # Baseline, which is Pillow's default: progressive JPEGs have been refused with 9004/2207052 (observed).
    image.save(path, "JPEG", quality=88, optimize=True)


def make_phone_clip(path: Path, *, ffmpeg_path: Path | None = None) -> None:
    """Make a clip as phones do and Instagram refuses: 4K HEVC, 10-bit HLG, rotated, uneven frames, with GPS.

    3.6 s, 2160 x 3840 as shown, .mov. Blocks for some seconds; the encoder takes two threads and 700 MB.
    ffmpeg_path: None is the installed ffmpeg package's. Raises subprocess.SubprocessError or OSError when
    ffmpeg fails, MediaRefused where there is none.
    """
    ffmpeg = find_ffmpeg(ffmpeg_path)
    with TemporaryDirectory(prefix="pressroom-") as work:
        scene, ball, bounce = (Path(work) / name for name in ("scene.png", "ball.png", "bounce.mov"))
        # Phones store what the sensor sees, a quarter turned, and a flag that turns it upright.
        upright = _titled(_ridges((540, 960), _DAWN), "Sunrise run", "4K HDR")
        upright.transpose(Image.Transpose.ROTATE_90).save(scene)

        image = Image.new("RGBA", (90, 90))
        draw = ImageDraw.Draw(image)
        draw.ellipse((2, 2, 88, 88), fill=(255, 250, 235, 255))
        draw.ellipse((20, 20, 70, 70), fill=(232, 90, 79, 255))
        image.save(ball)

        _run([str(ffmpeg), *_bounce(scene, ball), str(bounce)])

        # The bounce four times, with a chord, a rotation flag, GPS and a date. The video is copied, not
        # encoded again, so the four bounces cost as much as one.
        voice = "0.1*sin(2*PI*{}*t)*(0.6+0.4*sin(2*PI*2*t))"
        chord = f"aevalsrc={voice.format(220)}|{voice.format(277)}:s=48000:d={_BOUNCES * _BOUNCE_S:.4f}"
        looped = [
            *(*_QUIET, "-stream_loop", str(_BOUNCES - 1), "-display_rotation", "-90", "-i", str(bounce)),
            *("-f", "lavfi", "-i", chord, "-map", "0:v", "-map", "1:a", "-c:v", "copy"),
            *("-c:a", "aac", "-b:a", "128k"),
            *("-metadata", "location=+48.8577+002.2950+035.0/", "-metadata", "make=Samplephone"),
            *("-metadata", "creation_time=2026-11-24T06:30:00Z"),
        ]
        _run([str(ffmpeg), *looped, str(path)])


def make_loop(path: Path, size: tuple[int, int], title: str, *, ffmpeg_path: Path | None = None) -> None:
    """Make a clip whose picture is published as it is: 3 s of H.264 in MP4, a still with a low tone.

    size: 9:16 for a reel, 4:5 for a carousel. The rest is as for `make_phone_clip`, and quick.
    """
    with TemporaryDirectory(prefix="pressroom-") as work:
        scene = Path(work) / "scene.png"
        _titled(_ridges(size, _FOREST), title, "Pressroom sample").save(scene)
        # One frame is turned into YUV, and repeated: to turn each costs four times as much as all the rest.
        frame = "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p,loop=-1:1:0"
        tone = ("-f", "lavfi", "-i", "sine=frequency=220:sample_rate=48000")
        tags = ("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709")
        sound = ("-c:a", "aac", "-ac", "2", "-b:a", "96k")
        coded = ("-c:v", "libx264", "-preset", "ultrafast", *sound, "-t", "3")
        inputs = (*_QUIET, "-framerate", "30", "-i", str(scene), *tone, "-vf", frame, *tags)
        _run(
            [
                str(find_ffmpeg(ffmpeg_path)),
                *inputs,
                *coded,
                "-movflags",
                "+faststart",
                str(path),
            ]
        )


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=_TIMEOUT_S)  # noqa: S603  # no shell


# -nostdin: ffmpeg would else read the terminal's keys as commands.
_QUIET: Final = ("-hide_banner", "-nostdin", "-v", "error", "-y", "-threads", "2", "-filter_threads", "2")
_BOUNCE_S: Final = 54 * 1001 / 60000
_BOUNCES: Final = 4
# Keeps three of nine frames at 59.94 fps, two, three and four apart: uneven, as phones film in dim light.
_UNEVEN: Final = "select='eq(mod(n,9),0)+eq(mod(n,9),2)+eq(mod(n,9),5)'"
# npl=203: HLG's reference white is 203 nit (ITU-R BT.2408).
_TO_HLG: Final = (
    "format=gbrp,zscale=tin=iec61966-2-1:pin=709:min=gbr:rin=pc:npl=203:t=arib-std-b67:p=2020:m=2020_ncl:r=tv,"
    "format=yuv420p10le"
)
_HLG_TAGS: Final = "color_primaries=bt2020:color_trc=arib-std-b67:colorspace=bt2020nc:range=tv"
# No lookahead, B-frames or second reference: each holds further 4K frames in memory.
_X265: Final = (
    "log-level=error:pools=2:frame-threads=1:rc-lookahead=0:bframes=0:ref=1:scenecut=0:"
    "colorprim=bt2020:transfer=arib-std-b67:colormatrix=bt2020nc"
)


def _bounce(scene: Path, ball: Path) -> list[str]:
    """Give ffmpeg's arguments for one bounce of a ball, a clip that loops without a seam."""
    still = ("-loop", "1", "-framerate", "60000/1001", "-t", f"{_BOUNCE_S:.4f}", "-i")
    graph = (
        # Converted to HLG before it is scaled: a 4K frame has 16 times the pixels to convert.
        f"[0:v][1:v]overlay=x='620-330*abs(sin(PI*t/{_BOUNCE_S:.4f}))':y=220,{_UNEVEN},{_TO_HLG},"
        f"scale=3840:2160:flags=bilinear,setparams={_HLG_TAGS}[v]"
    )
    return [
        *(*_QUIET, "-filter_complex_threads", "2", *still, str(scene), *still, str(ball)),
        *("-filter_complex", graph, "-map", "[v]", "-fps_mode", "passthrough"),
        *("-c:v", "libx265", "-preset", "ultrafast", "-crf", "30", "-tag:v", "hvc1", "-x265-params", _X265),
    ]
