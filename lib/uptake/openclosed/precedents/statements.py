"""What trend and substitution said of each contest at each stage, and whether it came true.

Every function returns rows of one form: ``test``, ``precedent``, ``record``, ``stage``, ``known``
(points), ``said`` in a word, ``stated`` (False for "cannot tell"), ``right`` (missing where
nothing was stated), ``forced`` (whether the point estimate alone was right), and one column for
each baseline, which always answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from uptake.competing import substitution
from uptake.openclosed.precedents.contests import Contest, at_position, contests, stages
from uptake.openclosed.trends import slope_interval

FEWEST = 8
"""Points from which a slope has an interval."""


@at_position
def direction(where: Mapping[str, float] | None = None) -> pd.DataFrame:
    """Return whether the trend of the log odds went on in its direction.

    Parameters
    ----------
    where : mapping, optional
        Stages at which the precedents are cut; by default `position`.

    Returns
    -------
    DataFrame
        As the module says; baselines ``last_quarter`` and ``rises``.

    Examples
    --------
    >>> rows = direction()
    >>> bool((rows["right"].isna() == ~rows["stated"]).all())
    True
    """
    return _everywhere("direction", _direction, where)


@at_position
def pace(where: Mapping[str, float] | None = None) -> pd.DataFrame:
    """Return whether the trend went on at its pace, within the errors of both slopes.

    Parameters
    ----------
    where : mapping, optional
        Stages at which the precedents are cut; by default `position`.

    Returns
    -------
    DataFrame
        As the module says, without baselines; ``earlier`` and ``later`` are the slopes (log units
        a year) and ``half`` the half-width for their difference.

    Examples
    --------
    >>> rows = pace()
    >>> bool(((rows["later"] - rows["earlier"]).abs() <= rows["half"]).eq(rows["right"]).all())
    True
    """
    return _everywhere("pace", _pace, where)


@at_position
def side(where: Mapping[str, float] | None = None) -> pd.DataFrame:
    """Return whether the substitution line named the side that was larger in the end.

    Parameters
    ----------
    where : mapping, optional
        Stages at which the precedents are cut; by default `position`.

    Returns
    -------
    DataFrame
        As the module says; baselines ``leads_now`` and ``challenger``.

    Examples
    --------
    >>> side().columns[-2:].tolist()
    ['leads_now', 'challenger']
    """
    return _everywhere("side", _side, where)


def _everywhere(
    test: str,
    ask: Callable[[Contest, int], dict[str, Any] | None],
    where: Mapping[str, float],
) -> pd.DataFrame:
    rows = []
    for contest in contests().values():
        for stage, known in stages(contest, where)[0].items():
            answer = ask(contest, known)
            if answer is not None:
                about = {"test": test, "precedent": contest.precedent, "record": contest.name}
                rows.append(about | {"stage": stage, "known": known} | answer)
    return pd.DataFrame(rows)


def next_span(known: int, points: int) -> slice:
    """Return the points of the next span: as many as are known, or are left, after the last known.

    Examples
    --------
    >>> next_span(10, 100), next_span(10, 14)
    (slice(10, 20, None), slice(10, 14, None))
    """
    return slice(known, min(2 * known, points))


def _direction(contest: Contest, known: int) -> dict[str, Any]:
    odds = contest.odds
    last = odds[known - 1]
    (value,), (half,), _ = slope_interval(contest.t[:known], odds[:known])
    rose = bool(odds[next_span(known, odds.size)][-1] > last)
    said = "up" if value > half else "down" if value < -half else "cannot tell"
    quarter = last > odds[known - 1 - max(1, known // 4)]
    return _answer(said, {"up": True, "down": False}, rose, value > 0) | {
        "last_quarter": bool(quarter) == rose,
        "rises": rose,
    }


def _pace(contest: Contest, known: int) -> dict[str, Any] | None:
    odds, after = contest.odds, next_span(known, contest.t.size)
    if after.stop - after.start < FEWEST:
        return None
    (earlier,), (half,), _ = slope_interval(contest.t[:known], odds[:known])
    (later,), (other,), _ = slope_interval(contest.t[after], odds[after])
    wide = float(np.hypot(half, other))
    held = bool(abs(later - earlier) <= wide)
    slopes = {"earlier": float(earlier), "later": float(later), "half": wide}
    return {"said": "goes on", "stated": True, "right": held, "forced": held} | slopes


def _side(contest: Contest, known: int) -> dict[str, Any]:
    line = substitution(contest.t[:known], contest.share[:known])
    at = np.array([1.0, contest.t[-1]])
    value = line.intercept + line.slope * contest.t[-1]
    cut = stats.t.ppf(0.975, line.degrees_of_freedom)
    half = float(cut * np.sqrt(at @ line.covariance @ at))
    said = "challenger" if value > half else "incumbent" if value < -half else "cannot tell"
    answer = _answer(said, {"challenger": True, "incumbent": False}, contest.won, value > 0)
    leads = bool(contest.share[known - 1] > 0.5)
    return answer | {"leads_now": leads == contest.won, "challenger": contest.won}


def _answer(said: str, means: dict[str, bool], truth: bool, point: bool) -> dict[str, Any]:
    stated = said in means
    right = means[said] == truth if stated else None
    return {"said": said, "stated": stated, "right": right, "forced": bool(point) == truth}


def left_out(rows: pd.DataFrame) -> Iterator[str]:
    """Yield, for each test, how many statements were not made.

    Parameters
    ----------
    rows : DataFrame
        Of one or more tests.

    Examples
    --------
    >>> rows = pd.DataFrame({"test": ["side"] * 2, "stated": [True, False]})
    >>> list(left_out(rows))
    ['side: 1 of 2']
    """
    for test, part in rows.groupby("test", sort=False):
        yield f"{test}: {int((~part['stated']).sum())} of {len(part)}"
