r"""A whole specification curve against the curves of records in which the effect is absent.

After Simonsohn, Simmons and Nelson (2020), Nature Human Behaviour 4: the specifications of one
record hang together, so the curve is one observation. Records without the effect are simulated,
all specifications are run on each of them, and two numbers of the curve are compared: its median
estimate, and the share of its estimates in the region where the effect would be.

With ``n`` simulated curves, of which ``k`` are at least as far out as the one seen,

.. math:: p = \frac{1 + k}{1 + n}, \qquad \text{Monte Carlo error } \sqrt{p (1 - p) / n} .

The test of the median is two-sided (twice the smaller tail), that of the share one-sided.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from uptake.openclosed.multiverse import dealt, frontiers, noise
from uptake.openclosed.rules import Claim, Region

SIZE = 499
"""Simulated curves; a two-sided p-value near 0.05 is then right to 0.014."""

Null = Callable[[pd.DataFrame, np.random.Generator, int], tuple[NDArray, NDArray, NDArray]]
"""Takes a claim's table, a generator and a number of curves; returns which rows of the table it
covers, their estimates worked out anew on the real record, and those on the simulated ones."""

NULLS: dict[str, tuple[Null, str]] = {
    "C1": (noise.displaced, "no displacement: errors keep their size, their signs are drawn"),
    "C2": (noise.relative_prices, "no trend: correlated weeks, drawn together"),
    "C3": (noise.premiums, "no trend: correlated months, drawn together"),
    "C5": (dealt.years_of_release, "years dealt to the releases by lot"),
    "C6": (frontiers.google, "equal speeds on the real release dates"),
    "C7": (dealt.owners, "owners dealt to the models by lot"),
    "C8": (noise.breadths, "equal breadth: correlated weeks, drawn together"),
    "C9": (dealt.ages, "ages dealt to the benchmarks by lot"),
    "C10": (frontiers.gap, "equal speeds on the real release dates"),
    "C11": (dealt.directions, "each developer's record read forwards or backwards"),
    "C12": (dealt.sides, "sides dealt to the packages by lot"),
    "C14": (frontiers.lag, "equal speeds on the real release dates"),
}
"""By claim: how records without the effect are made, and in words."""

NO_TEST = {
    "C4": "the estimates are middles of bounds that the table leaves open: they have no sampling "
    "error that could be simulated, and the bounds hold with and without the effect",
    "C13": "a handful of press figures on two hosts: how far figures scatter about a line would "
    "have to be taken from the same figures, in every specification from other ones",
}
"""Claims without such records, and why."""


@dataclass(frozen=True, eq=False)
class CurveTest:
    """A specification curve and the curves of records in which the effect is absent.

    Attributes
    ----------
    claim : Claim
        The claim.
    null : str
        How the simulated records were made.
    rows : ndarray of int, shape (k,)
        Rows of the claim's table that the simulator covers.
    seen : ndarray, shape (k,)
        The estimates, in the unit of the claim; NaN where there is none.
    simulated : ndarray, shape (n, k)
        Those on the simulated records.
    """

    claim: Claim
    null: str
    rows: NDArray
    seen: NDArray
    simulated: NDArray

    @property
    def effect(self) -> Region:
        """The region in which the smallest effect that matters lies."""
        rule = self.claim.prediction
        held = rule.supports.contains(rule.smallest_effect, rule.smallest_effect)
        return rule.supports if held else rule.refutes

    @property
    def median(self) -> float:
        """Median of the estimates seen."""
        return float(np.nanmedian(self.seen))

    @property
    def medians(self) -> NDArray:
        """Medians of the simulated curves, shape (n,)."""
        return np.nanmedian(self.simulated, axis=1)

    @property
    def p_median(self) -> float:
        """Two-sided p-value of the median."""
        slack = 1e-9 * (1 + abs(self.median))
        above = (self.medians >= self.median - slack).sum()
        below = (self.medians <= self.median + slack).sum()
        return min(1.0, 2 * (1 + min(above, below)) / (1 + len(self.simulated)))

    @property
    def share(self) -> float:
        """Share of the specifications seen whose estimate lies where the effect would be."""
        return float(self._inside(self.seen[np.newaxis])[0])

    @property
    def shares(self) -> NDArray:
        """That share in each simulated curve, shape (n,)."""
        return self._inside(self.simulated)

    @property
    def p_share(self) -> float:
        """One-sided p-value of the share."""
        reached = (self.shares >= self.share - 1e-12).sum()
        return (1 + int(reached)) / (1 + len(self.simulated))

    def _inside(self, values: NDArray) -> NDArray:
        return ((values >= self.effect.low) & (values <= self.effect.high)).mean(axis=1)


def null_curves(
    claim: Claim, table: pd.DataFrame, rng: np.random.Generator, *, size: int = SIZE
) -> CurveTest:
    """Run a claim's specifications on records in which its effect is absent.

    Parameters
    ----------
    claim : Claim
        A claim of `NULLS`.
    table : DataFrame
        Its specifications, from `tables`.
    rng : Generator
        Source of randomness.
    size : int
        Number of simulated records.

    Raises
    ------
    ValueError
        If the claim has no such records (`NO_TEST` says why), or its specifications, worked out
        anew on the real record, are not those of the table.

    Examples
    --------
    >>> from uptake.openclosed import claims
    >>> from uptake.openclosed.multiverse import tables
    >>> c7 = claims.load()["C7"]
    >>> found = null_curves(c7, tables({"C7": c7})["C7"], np.random.default_rng(13), size=19)
    >>> found.simulated.shape
    (19, 16)
    """
    if claim.id not in NULLS:
        raise ValueError(f"{claim.id} has no null records: {NO_TEST.get(claim.id, 'none written')}")
    make, words = NULLS[claim.id]
    rows, seen, simulated = make(table, rng, size)
    listed = table["estimate"].to_numpy(float)[rows]
    if not np.allclose(seen, listed, rtol=1e-6, atol=1e-9, equal_nan=True):
        apart = int((~np.isclose(seen, listed, rtol=1e-6, atol=1e-9, equal_nan=True)).sum())
        raise ValueError(
            f"{claim.id}: {apart} of {len(rows)} estimates on the real record are not those of "
            "the table; the simulator and the claim's function have parted"
        )
    return CurveTest(claim, words, rows, seen, simulated)


def against_chance(tests: Mapping[str, CurveTest]) -> pd.DataFrame:
    """Return what each curve is worth against chance.

    Parameters
    ----------
    tests : mapping of str to CurveTest
        By claim id.

    Returns
    -------
    DataFrame
        By claim: ``covered``, specifications that the simulator covers; ``median`` seen;
        ``null``, ``low`` and ``high``, middle and middle 95% of the simulated medians, in the unit
        of the claim;
        ``p median``, and ``p holm``, the same allowing for as many tests as there are claims
        (Holm 1979, Scandinavian Journal of Statistics 6); ``share`` of the estimates where the
        effect would be, ``share null``, the mean of the simulated ones; ``p share``; ``error``,
        the larger Monte Carlo error of the two p-values.
    """
    from statsmodels.stats.multitest import multipletests

    rows = {}
    for name, test in tests.items():
        ps = np.array([test.p_median, test.p_share])
        rows[name] = {
            "covered": len(test.rows),
            "median": test.median,
            "null": float(np.median(test.medians)),
            **dict(zip(("low", "high"), np.quantile(test.medians, [0.025, 0.975]), strict=True)),
            "p median": ps[0],
            "share": test.share,
            "share null": test.shares.mean(),
            "p share": ps[1],
            "error": _errors(test).max(),
        }
    found = pd.DataFrame.from_dict(rows, orient="index")
    holm = multipletests(found["p median"], method="holm")[1]
    found.insert(found.columns.get_loc("p median") + 1, "p holm", holm)
    return found


def _errors(test: CurveTest) -> NDArray:
    """Return the Monte Carlo errors of the two p-values; that of a doubled tail is doubled."""
    tails, n = np.array([test.p_median / 2, test.p_share]), len(test.simulated)
    return np.array([2, 1]) * np.sqrt(tails * (1 - tails) / n)
