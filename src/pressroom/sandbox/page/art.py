"""Draws pictures for media that have no file: seeded ones, and those that were not fetched."""

import hashlib
import io
from functools import lru_cache

# Pairs of a dark and a light colour.
_PAIRS = (
    ("#1f2a44", "#f2b880"),
    ("#26413c", "#d9e4a7"),
    ("#4a1942", "#f7c1bb"),
    ("#143642", "#8fd6c8"),
    ("#5b2a1a", "#f4d58d"),
    ("#2b2d66", "#c3b1e1"),
    ("#3d3b30", "#e7e5c8"),
    ("#6a2135", "#ffb997"),
)
_SHAPES = 5


# A profile shows 60 at once, and again with each refresh; 512 pictures take about 9 MB.
@lru_cache(maxsize=512)
def draw(media_id: str, *, is_tall: bool) -> bytes:
    """Draw a JPEG that is always the same for one id; 9:16 when tall, else 4:5."""
    from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps  # noqa: PLC0415  # only when drawn

    # From the id, not the random seed: the URL holds the id alone, and browsers keep the picture for a day.
    dice = hashlib.blake2b(media_id.encode(), digest_size=32).digest()
    size = (540, 960) if is_tall else (640, 800)
    dark, light = _PAIRS[dice[0] % len(_PAIRS)]
    down = Image.linear_gradient("L")
    across = down.transpose(Image.Transpose.ROTATE_90)
    tones = Image.blend(down, across, dice[1] / 255).resize(size)  # pyright: ignore[reportUnknownMemberType]  # Pillow leaves it open
    shapes = Image.new("L", size, 0)
    pen = ImageDraw.Draw(shapes)
    for place in range(_SHAPES):
        x, y, reach, tone = dice[2 + 4 * place : 6 + 4 * place]
        radius = size[0] * (0.1 + reach / 700)
        centre = (size[0] * x / 255, size[1] * y / 255)
        box = (centre[0] - radius, centre[1] - radius, centre[0] + radius, centre[1] + radius)
        pen.ellipse(box, fill=60 + tone // 2)
    softened = shapes.filter(ImageFilter.GaussianBlur(2 + dice[30] % 24))
    picture = ImageOps.colorize(ImageChops.add(tones, softened, scale=1.6), dark, light)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=86)
    return out.getvalue()
