"""What every client of the benchmark sends, and how its time is taken. Runs in the peers' environment too."""

import json
import sys
import time
from collections.abc import Awaitable, Callable

USER, MEDIA, TOKEN = "17841400000000000", "17901234567890123", "IGAAbenchmark"
VERSION = "v21.0"
FIELDS = "id,permalink,media_type,media_product_type,timestamp,shortcode"
IMAGE_URL, CAPTION = "https://example.com/a.jpg", "Sunrise over the harbour #sea #morning"
FORM = {"image_url": IMAGE_URL, "caption": CAPTION}
WARM_UP = 200


def arguments() -> tuple[int, int]:
    """Port and number of calls, from the command line."""
    return int(sys.argv[1]), int(sys.argv[2])


async def cpu_us(call: Callable[[], Awaitable[object]], calls: int) -> float:
    for _ in range(WARM_UP):
        await call()
    started = time.process_time()
    for _ in range(calls):
        await call()
    return (time.process_time() - started) / calls * 1e6


def cpu_us_sync(call: Callable[[], object], calls: int) -> float:
    for _ in range(WARM_UP):
        call()
    started = time.process_time()
    for _ in range(calls):
        call()
    return (time.process_time() - started) / calls * 1e6


def tell(get_us: float, post_us: float) -> None:
    print(json.dumps({"GET": get_us, "POST": post_us}))
