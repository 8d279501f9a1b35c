"""Waiting times known only to lie between two days: their distribution, for many sets of weights.

Turnbull's (1976) non-parametric maximum of the likelihood by the EM algorithm, on whole days.
A bootstrap needs it for hundreds of sets of weights at once.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

WHERE = ("even", "early", "late")
"""Where in a cell of days that the data cannot divide its mass is put."""


@dataclass(frozen=True, eq=False)
class Waiting:
    """Distributions of a waiting time in whole days, one for each set of weights.

    Attributes
    ----------
    first, last : ndarray, shape (cells,)
        First and last day of each cell in which the likelihood puts mass; the last may be inf.
    mass : ndarray, shape (sets, cells)
        Probability of each cell; rows sum to one, and are NaN where no weight was given.
    """

    first: NDArray
    last: NDArray
    mass: NDArray

    def mean(self, horizon: float, where: str = "even") -> NDArray:
        r"""Return the mean restricted to a horizon, :math:`E[\min(T, H)]`, for each set.

        Parameters
        ----------
        horizon : float
            H, in days.
        where : {"even", "early", "late"}
            Within a cell the likelihood is flat: its mass is spread over the days, or put on the
            first or the last of them, which bounds the mean. A cell without end has no middle:
            "even" puts it beyond the horizon, as Kaplan and Meier's curve does.

        Raises
        ------
        ValueError
            If ``where`` is none of these.
        """
        if where not in WHERE:
            raise ValueError(f"where is {where!r}; use one of {', '.join(WHERE)}")
        ends = np.where(np.isinf(self.last), max(horizon, self.first.max()), self.last)
        days = [np.arange(a, b + 1) for a, b in zip(self.first, ends, strict=True)]
        spread = np.array([np.minimum(each, horizon).mean() for each in days])
        values = {
            "even": np.where(np.isinf(self.last), horizon, spread),
            "early": np.minimum(self.first, horizon),
            "late": np.minimum(self.last, horizon),
        }
        return self.mass @ values[where]

    def beyond(self, day: float) -> NDArray:
        """Return the share still waiting after a day, for each set.

        Mass is spread evenly within its cell; that of a cell without end never ends.
        """
        ends = np.where(np.isinf(self.last), self.first, self.last)
        after = np.clip(ends - np.maximum(self.first - 1, day), 0, None)
        share = np.where(np.isinf(self.last), 1.0, after / (ends - self.first + 1))
        return self.mass @ share


def waiting(
    first: ArrayLike,
    last: ArrayLike,
    weights: ArrayLike | None = None,
    *,
    tolerance: float = 1e-5,
    steps: int = 5000,
) -> Waiting:
    r"""Return the distribution that makes interval-censored waits most likely.

    Wait ``i`` lies in :math:`\{a_i, \dots, b_i\}`. Mass can sit only in the cells that begin at
    some ``a`` and end at the next ``b`` with no other ``a`` between; the masses follow from

    .. math:: p_j \leftarrow \frac{1}{\sum_i w_i} \sum_i w_i
              \frac{\alpha_{ij} p_j}{\sum_k \alpha_{ik} p_k}

    (Turnbull 1976, Journal of the Royal Statistical Society B 38).

    Parameters
    ----------
    first, last : array-like, shape (n,)
        The days between which each wait ended, both possible; ``last`` is inf where it runs on.
    weights : array-like, shape (n,) or (b, n), optional
        Non-negative weights; by default one set of equal ones.
    tolerance : float
        Largest change of a mass at which the search stops.
    steps : int
        Most steps; far more than needed, since cells are few.

    Raises
    ------
    ValueError
        If nothing is given, a ``last`` lies before its ``first``, or lengths differ.
    RuntimeError
        If the masses still move after the last step.

    Examples
    --------
    >>> waiting([0, 0, 5], [3, 3, np.inf]).mass.round(3).tolist()
    [[0.667, 0.333]]
    """
    a, b = np.asarray(first, float), np.asarray(last, float)
    if a.size == 0 or a.shape != b.shape or not (a <= b).all():
        raise ValueError("give one first day and one last day, not before it, for each wait")
    w = np.ones((1, a.size)) if weights is None else np.atleast_2d(np.asarray(weights, float))
    begin, end = _cells(a, b)
    covers = ((a[:, None] <= begin) & (end <= b[:, None])).astype(float)
    return Waiting(begin, end, _masses(covers, w, tolerance, steps))


def _cells(a: NDArray, b: NDArray) -> tuple[NDArray, NDArray]:
    starts, ends = np.unique(a), np.unique(b)
    nearest = ends[np.searchsorted(ends, starts)]
    following = np.r_[starts[1:], np.inf]
    alone = (following > nearest) | ((nearest == np.inf) & (following == np.inf))
    return starts[alone], nearest[alone]


def _masses(covers: NDArray, w: NDArray, tolerance: float, steps: int) -> NDArray:
    total = w.sum(axis=1, keepdims=True)
    share = np.divide(w, total, out=np.full(w.shape, np.nan), where=total > 0)
    mass = np.full((len(w), covers.shape[1]), 1 / covers.shape[1])
    active = np.flatnonzero(total[:, 0] > 0)
    mass[total[:, 0] <= 0] = np.nan
    for _ in range(steps):
        if active.size == 0:
            return mass
        old = mass[active]
        # A wait whose cells have all lost their mass has no weight in that set.
        fitted = old @ covers.T
        ratio = np.divide(share[active], fitted, out=np.zeros(fitted.shape), where=fitted > 0)
        new = old * (ratio @ covers)
        mass[active] = new
        active = active[np.abs(new - old).max(axis=1) > tolerance]
    raise RuntimeError("the masses still move; give more steps or a larger tolerance")
