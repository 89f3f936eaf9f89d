"""Posts of which a metric counts something else from a day on, as Meta redefined `views`."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from pressroom.core.readings import Batch, Collecting
from pressroom.insights.questions.posts import AgedNumbers
from tests.insights.planted import media_of, reading_of

DAY, DAY_S = timedelta(days=1), 86_400
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
# Reach, and how many views there are for each of it, by kind.
KINDS = {"REELS": (2600, 2.2), "FEED": (1400, 1.3)}


def drawn(
    *, redefined: str = "", times: float = 1.0, better: float = 1.0, reels: tuple[float, float] = (0.4, 0.4)
) -> list[AgedNumbers]:
    """A post a day for 118 days; of late a metric counts otherwise, posts do better, or more are reels."""
    dice, posts = random.Random(5), list[AgedNumbers]()  # noqa: S311  # chance, not a secret
    for back in range(118, 0, -1):
        is_late = back <= 28
        product = "REELS" if dice.random() < reels[is_late] else "FEED"
        usual, views = KINDS[product]
        reach = usual * dice.lognormvariate(0, 0.35) * (better if is_late else 1)
        numbers: dict[str, float] = {"reach": round(reach), "views": round(reach * views)}
        for name, share in (("likes", 0.05), ("comments", 0.01), ("saved", 0.01), ("shares", 0.008)):
            numbers[name] = round(reach * share * dice.lognormvariate(0, 0.25)) + 1
        if is_late and redefined:
            numbers[redefined] = round(numbers[redefined] * times)
        media = media_of(str(back), NOW - back * DAY - DAY / 4, product)
        posts.append(AgedNumbers(media=media, age_s=DAY_S, numbers=numbers, ages_s=(DAY_S,)))
    return posts


def batch_of(posts: Sequence[AgedNumbers]) -> Batch:
    """The posts with their readings, of an account that has been watched long enough to compare them."""
    began = NOW - 130 * DAY
    return Batch(
        collecting=Collecting(started_at=began, complete_at=began),
        media=[post.media for post in posts],
        readings=[reading_of(post.media, DAY_S, **post.numbers) for post in posts],
    )
