"""Which metrics are offered at the moment, and which a media refuses although its kind has them."""

import hashlib
from collections.abc import Iterable
from typing import Literal

from pressroom.sandbox.metrics import Refused
from pressroom.sandbox.state.things import Media, Metrics

REACH, VIEWERS = "reach", "viewers"


def offered(metrics: Metrics, level: Literal["media", "account"], names: Iterable[str]) -> list[str]:
    """List the metrics that Meta knows at the moment, in the order of `names`."""
    # Meta announced viewers in place of reach, on the Page side done; that both never answer is inferred.
    new = VIEWERS if metrics.viewers else REACH
    current = [new if name == REACH else name for name in names if name != VIEWERS]
    return [name for name in current if name not in metrics.gone and f"{level}.{name}" not in metrics.gone]


def is_refused(metrics: Metrics, media: Media, name: str, random_seed: int) -> bool:
    """Tell whether this media refuses a metric that others of its kind may answer (observed)."""
    # Asked for every metric of every media of a page, so that nothing is parsed that need not be.
    words = [word for word in metrics.refused if word.startswith(f"{name}:")] if metrics.refused else ()
    return any(_concerns(Refused.of(word), media, random_seed) for word in words)


def _concerns(one: Refused, media: Media, random_seed: int) -> bool:
    if one.kind is not None:
        return one.kind in (media.media_type.value, media.product.value)
    digest = hashlib.blake2b(f"{random_seed}/{one.metric}/{media.id}".encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") / 2**32 < one.share
