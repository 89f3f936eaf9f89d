"""How small an effect could have been seen, and how many posts a given one takes.

Both are told with every answer, since "nothing found" among few posts says little. `information` is what a
comparison knows: its standard error is sigma / sqrt(information). Of n posts, a share s of which is compared
with the others, it is n s (1 - s), less what other columns of a model explain.
"""

import math
from bisect import bisect_left
from typing import Final

from pressroom.insights.statistics import sampling
from pressroom.insights.statistics.answers import percent_of

# How often an account without any pattern may be told of one.
ALPHA: Final = 0.02
# How often an effect of the size that is told would be found.
POWER: Final = 0.8
# Each answer tells what it takes to see this: one block of hours that reaches 30 % more than the others.
ASKED_EFFECT: Final = 0.3
# More posts than anybody has: beyond this the answer is that it cannot be seen.
_MOST_POSTS: Final = 10_000_000


def critical_value(*, alpha: float, comparisons: int, freedom: float) -> float:
    """Return the |t| that the largest of several comparisons exceeds by chance in at most alpha of cases."""
    return sampling.t_quantile(1 - alpha / (2 * comparisons), freedom)


def smallest_visible_percent(
    *, sigma: float, information: float, comparisons: int, freedom: int, alpha: float
) -> float:
    """Return the effect in percent that would be found in eight of ten cases."""
    return percent_of(_standard_errors(alpha, comparisons, freedom) * sigma / math.sqrt(information))


def posts_needed(
    *, sigma: float, information_of_one: float, comparisons: int, parameters: int, alpha: float, at_least: int
) -> int:
    """Return how many posts, spread as these are, find an effect of 30 % in eight of ten cases.

    information_of_one: what each post adds to the information. parameters: of the model, each costs a post;
    at_least is larger.
    """
    wanted = math.log1p(ASKED_EFFECT)

    def is_enough(n: int) -> bool:
        error = sigma / math.sqrt(n * information_of_one)
        return _standard_errors(alpha, comparisons, n - parameters) * error <= wanted

    return at_least + bisect_left(range(at_least, _MOST_POSTS), x=True, key=is_enough)


def _standard_errors(alpha: float, comparisons: int, freedom: float) -> float:
    critical = critical_value(alpha=alpha, comparisons=comparisons, freedom=freedom)
    return sampling.noncentrality(freedom, 1 - POWER, critical)
