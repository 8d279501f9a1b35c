r"""Cut-offs for the displacement, simulated, since the errors of its regression are unequal.

Given the other side's growth, errors hold :math:`(1 + a \rho_{t-1})` times a part of the common
demand that is not seen, so they grow with the ratio of the sides, and F's cut-off is too small:
simulated intervals then hold the truth in 84 to 90% where they promise 95. The cut-off for a
displacement is that of records simulated with it (the grid bootstrap of Hansen 1999, Review of
Economics and Statistics 81), tabled by displacement and strength of common demand.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.interpolate import RegularGridInterpolator

from uptake.openclosed.market.profile import LEVEL, Profile, Steps, profile

_TRUTHS = (0.0, 0.5, 1.0, 2.0)
_COMMONS = (0.0, 0.3, 0.6)
_SIZE = 800
"""Records for each entry: the level that a cut-off keeps is right to 0.8 points."""


@dataclass(frozen=True, eq=False)
class Simulated:
    """Cut-offs by displacement and kappa; linear between, constant beyond the table.

    Attributes
    ----------
    table : ndarray, shape (4, 3)
        By displacement (0 to 2) and kappa (0 to 0.6); nowhere below that of F.
    """

    table: NDArray

    def __call__(self, a: NDArray, kappa: NDArray) -> NDArray:
        """Return the cut-offs, of the shape of ``kappa``."""
        at = np.broadcast_to(np.clip(a, _TRUTHS[0], _TRUTHS[-1]), kappa.shape)
        inside = np.clip(kappa, _COMMONS[0], _COMMONS[-1])
        return RegularGridInterpolator((_TRUTHS, _COMMONS), self.table)(np.stack([at, inside], -1))


def cut_offs(steps: Steps, *, errors: str = "iid", level: float = LEVEL) -> Simulated:
    """Return simulated cut-offs for a record.

    The random numbers are a fixed stream, since this is a table for these steps, like Student's t.

    Parameters
    ----------
    steps : Steps
        The record; of the displaced side only the size of the errors and their autocorrelation
        are used.
    errors : {"iid", "ar1"}
        As for `profile`.
    level : float
        Confidence level.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> steps = Steps(*rng.normal(size=(2, 40)), np.linspace(0.3, 2, 40), np.arange(40))
    >>> bool((cut_offs(steps).table >= 4.1).all())
    True
    """
    rng = np.random.default_rng(1999)
    phi = float(profile(steps, errors=errors).phi[0])
    cells = [(truth, common) for truth in _TRUTHS for common in _COMMONS]
    growth = [drawn(steps, *cell, rng, size=_SIZE, phi=phi) for cell in cells]
    found = profile(steps, np.concatenate(growth), errors=errors)
    truths = np.repeat([truth for truth, _ in cells], _SIZE)[:, np.newaxis]
    excess = found.freedom * (found.squares(truths)[:, 0] / found.least() - 1)
    table = np.quantile(excess.reshape(len(_TRUTHS), len(_COMMONS), _SIZE), level, axis=2)
    return Simulated(np.maximum(table, stats.f.ppf(level, 1, found.freedom)))


def calibrated(steps: Steps, growth: NDArray | None = None, *, errors: str = "iid") -> Profile:
    """Return the profile of a record, or of many like it, with simulated cut-offs.

    Parameters
    ----------
    steps, growth, errors
        As for `profile`.
    """
    return replace(profile(steps, growth, errors=errors), table=cut_offs(steps, errors=errors))


def drawn(
    steps: Steps,
    truth: float,
    common: float,
    rng: np.random.Generator,
    *,
    size: int = 2000,
    phi: float = 0.0,
) -> NDArray:
    r"""Draw growth of the displaced side for the real course of the other.

    Given the other's growth h, its common part is :math:`\kappa (h - \mu)` and a normal deviation
    of variance :math:`\kappa (1 - \kappa) \sigma_h^2`; the rest u is its own and displaces. Own
    noise of the displaced side is added, so that the errors of the regression are as large as the
    real ones; their size says nothing of the displacement. Where common demand alone would make
    them larger, a tenth of the real variance is left for the own noise.

    Parameters
    ----------
    steps : Steps
        The real record; of the displaced side only the size of the errors is used.
    truth, common : float
        Displacement, and kappa.
    rng : Generator
        Source of randomness.
    size : int
        Number of records.
    phi : float
        Autocorrelation of the own noise.

    Returns
    -------
    ndarray, shape (size, n)
        Log growth by step.

    Examples
    --------
    >>> steps = Steps(np.zeros(23), np.arange(23.0), np.ones(23), np.arange(23))
    >>> drawn(steps, 1.0, 0.5, np.random.default_rng(1), size=3).shape
    (3, 23)
    """
    n = len(steps.number)
    h = steps.other - steps.other.mean()
    shared = common * h + np.sqrt(common * (1 - common)) * h.std(ddof=1) * rng.normal(
        size=(size, n)
    )
    real = residual_variance(steps)
    forced = np.mean((1 + truth * steps.ratio) ** 2) * common * (1 - common) * h.var(ddof=1)
    own = np.sqrt(max(real - forced, 0.1 * real))
    between = phi ** np.abs(np.subtract.outer(steps.number, steps.number))
    noise = own * rng.normal(size=(size, n)) @ np.linalg.cholesky(between).T
    return shared - truth * steps.ratio * (h - shared) + noise


def residual_variance(steps: Steps) -> float:
    """Return the variance of the errors of the regression.

    Examples
    --------
    >>> rng, week = np.random.default_rng(1), np.arange(40)
    >>> steps = Steps(*rng.normal(size=(2, 40)), week.astype(float), week)
    >>> residual_variance(steps) > 0
    True
    """
    basis = np.linalg.qr(steps.design)[0]
    rest = steps.growth - basis @ (basis.T @ steps.growth)
    return float(rest @ rest / (len(rest) - basis.shape[1]))
