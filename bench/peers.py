"""What statsmodels and scipy say of simulated accounts, as a person would ask them: beside it stands ours.

Each function answers which claims they would make at the same levels. statsmodels is no dependency: without
it, `best_time` and `days` answer nothing.
"""

import importlib
import importlib.util
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, cast

import numpy as np
from scipy import stats

from pressroom.insights.statistics.answers import BLOCKS, HOURS_OF_A_BLOCK, WEEKDAYS
from pressroom.insights.statistics.best_time import indicators
from pressroom.insights.statistics.inference import Floats
from tests.insights.statistics.simulated import (
    LAST,
    PERIOD,
    Simulated,
    draw_days,
    draw_posts,
    draw_turns,
)
from tests.insights.truths import PROMISED, Claim

HAS_STATSMODELS: Final = importlib.util.find_spec("statsmodels") is not None
KINDS: Final = ("photo", "carousel", "reel")
_TRAILING: Final = 90
# Days whose numbers may go together: with fewer, waves of several days would pass for changes.
_LAGS: Final = 14

_mann_whitney = cast("Callable[[Sequence[float], Sequence[float]], Any]", stats.mannwhitneyu)


def best_time(account: Simulated, seed: int) -> Mapping[Claim, bool]:
    """Ask least squares with a cubic trend and errors that are clustered by day, by Wald's test."""
    if not HAS_STATSMODELS:
        return {}
    posts = draw_posts(account, seed)
    at = np.array([post.at.timestamp() for post in posts])
    time = (at - at.mean()) / np.abs(at - at.mean()).max()
    families = {
        Claim.HOURS: indicators([BLOCKS[post.at.hour // HOURS_OF_A_BLOCK] for post in posts], BLOCKS),
        Claim.WEEKDAYS: indicators([WEEKDAYS[post.at.weekday()] for post in posts], WEEKDAYS),
        Claim.KINDS: indicators([post.kind for post in posts], KINDS),
    }
    columns, places = [np.vander(time, 4)], dict[Claim, range]()
    for claim, members in families.items():
        # A column for each cell that is not empty but the first: the constant has that.
        present = members[:, members.any(axis=0)][:, 1:]
        begin = sum(column.shape[1] for column in columns)
        places[claim] = range(begin, begin + present.shape[1])
        columns.append(present)
    fit = _least_squares(
        np.log([post.reach for post in posts]),
        np.hstack(columns),
        cov_type="cluster",
        cov_kwds={"groups": np.array([post.at.toordinal() for post in posts])},
    )
    size = sum(column.shape[1] for column in columns)
    return {
        claim: bool(fit.f_test(np.eye(size)[list(place)]).pvalue <= PROMISED[claim])
        for claim, place in places.items()
    }


def _least_squares(y: Floats, columns: Floats, **errors: object) -> Any:  # noqa: ANN401  # untyped
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module("statsmodels.api").OLS(y, columns).fit(use_t=True, **errors)


def report(account: Simulated, seed: int) -> Mapping[Claim, bool]:
    """Ask of a period: posts and kinds by Mann and Whitney's test, days as `_days_changed` does."""
    posts = [
        ((LAST.date() - post.at.date()).days, post.kind, post.reach) for post in draw_posts(account, seed)
    ]

    def has_changed(of: Sequence[tuple[int, str, float]], longest: int, level: float) -> bool:
        now = [reach for age, _, reach in of if age < PERIOD]
        earlier = [reach for age, _, reach in of if PERIOD <= age < PERIOD + longest]
        return min(len(now), len(earlier)) > 0 and float(_mann_whitney(now, earlier).pvalue) <= level

    posts_level, kinds_level = PROMISED[Claim.POSTS] / 2, PROMISED[Claim.KINDS_OF_PERIOD] / len(KINDS)
    answers = {
        Claim.POSTS: any(has_changed(posts, longest, posts_level) for longest in (PERIOD, _TRAILING)),
        Claim.KINDS_OF_PERIOD: any(
            has_changed([post for post in posts if post[1] == kind], _TRAILING, kinds_level) for kind in KINDS
        ),
    }
    if HAS_STATSMODELS:
        answers[Claim.DAYS] = _days_changed(account, seed)
    return answers


def _days_changed(account: Simulated, seed: int) -> bool:
    """Ask least squares with errors for autocorrelation (Newey and West) about both metrics and baselines."""
    series = draw_days(account, seed)
    level = PROMISED[Claim.DAYS] / (2 * len(series))
    for metric, numbers in series.items():
        for longest in (PERIOD, _TRAILING):
            last = numbers[-PERIOD - longest :]
            is_now = (np.arange(len(last)) >= longest).astype(np.float64)
            fit = _least_squares(
                np.log(last) if metric == "reach" else last,
                np.column_stack([np.ones(len(last)), is_now]),
                cov_type="HAC",
                cov_kwds={"maxlags": _LAGS, "use_correction": True},
            )
            if fit.pvalues[1] <= level:
                return True
    return False


def experiment(account: Simulated, seed: int, *, pairs: int, same_day: bool) -> Mapping[Claim, bool]:
    """Ask Mann and Whitney's test about the two slots, once, at the end."""
    reaches = [reach for _, reach in draw_turns(account, pairs, seed, same_day=same_day)]
    p = float(_mann_whitney(reaches[::2], reaches[1::2]).pvalue)
    return {Claim.EXPERIMENT: p <= PROMISED[Claim.EXPERIMENT]}
