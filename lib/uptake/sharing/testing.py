"""The test of a model that shares more against one that shares less."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from uptake.sharing.peaks import Peak
from uptake.sharing.searches import drawn_ratios


@dataclass(frozen=True)
class SharedTest:
    """A likelihood-ratio test of sharing.

    Attributes
    ----------
    ratio : float
        Likelihood ratio: twice the loss of log-likelihood through sharing.
    constraints : int
        Number of parameters that sharing takes away.
    p_chi_squared : float
        By the chi-squared distribution: too small for short records.
    p : float
        Share of records simulated from the model that shares more whose ratio is at least as
        large, (1 + count) / (1 + draws); NaN without draws.
    draws : int
        Number of simulations.
    """

    ratio: float
    constraints: int
    p_chi_squared: float
    p: float
    draws: int

    def __str__(self) -> str:
        """Say the result in a line."""
        return (
            f"shared against separate: likelihood ratio {self.ratio:.2f} on {self.constraints}, "
            f"parametric-bootstrap p = {self.p:.3g} ({self.draws} draws)"
        )


def against(peak: Peak, above: Peak, draws: int, rng: np.random.Generator) -> SharedTest:
    """Test a fitted model against a fitted one that shares less.

    Parameters
    ----------
    peak, above : Peak
        The model that shares more, and the other.
    draws : int
        Records simulated from the first; 0 for none.
    rng : numpy.random.Generator

    Returns
    -------
    SharedTest
    """
    ratio = max(float(peak.points * np.log(peak.cost / above.cost)), 0.0)
    constraints, p = above.parameters - peak.parameters, float("nan")
    if draws:
        simulated = drawn_ratios(peak, above.pool, draws, rng)
        p = (1 + int((simulated >= ratio).sum())) / (1 + draws)
    return SharedTest(ratio, constraints, float(stats.chi2.sf(ratio, constraints)), p, draws)
