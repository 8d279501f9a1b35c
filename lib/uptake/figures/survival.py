"""How long until it happens: Kaplan-Meier curves from arrays."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter
from numpy.typing import ArrayLike

from uptake.figures.house import INK


def survival(
    times: ArrayLike,
    probability: ArrayLike,
    *,
    low: ArrayLike | None = None,
    high: ArrayLike | None = None,
    censored: ArrayLike = (),
    until: float | None = None,
    color: str = INK,
    label: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the share still waiting as steps, with its band and a tick at each censored time.

    Parameters
    ----------
    times : array-like, shape (n,)
        Ascending event times; ``SurvfuncRight.surv_times`` of statsmodels.
    probability : array-like, shape (n,)
        Share still waiting just after each time; ``surv_prob``.
    low, high : array-like, shape (n,), optional
        Ends of the interval at each time.
    censored : array-like, optional
        Times at which watching ended before the event.
    until : float, optional
        End of observation; by default the last event or censored time.
    color, label : str, optional
        Of the line; the label serves `label_lines`.
    ax : Axes, optional
        Where to draw.

    Returns
    -------
    Axes
        What was drawn on.

    Raises
    ------
    ValueError
        If the lengths differ, times do not rise from above zero, or only one end is given.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> ax = survival([2.0, 5.0], [0.5, 0.25], censored=[6.0])
    >>> ax.lines[0].get_xydata().tolist()
    [[0.0, 1.0], [2.0, 0.5], [5.0, 0.25], [6.0, 0.25]]
    >>> plt.close(ax.figure)
    """
    times, share = np.asarray(times, float), np.asarray(probability, float)
    if times.shape != share.shape or times.size == 0 or (low is None) != (high is None):
        raise ValueError("give times and probability of one length, and both of low, high or none")
    if times[0] <= 0 or (np.diff(times) <= 0).any():
        raise ValueError("times must rise from above zero; sort them and merge equal ones")
    ax = ax or plt.subplots(layout="constrained")[1]
    censored = np.asarray(censored, float)
    end = max([times[-1], *censored]) if until is None else until
    x = np.r_[0, times, end]
    at_start = 1.0
    y = np.r_[at_start, share, share[-1]]
    ax.step(x, y, where="post", color=color, label=label, zorder=3)
    if low is not None:
        ends = [
            np.r_[at_start, np.asarray(e, float), np.asarray(e, float)[-1]] for e in (low, high)
        ]
        ax.fill_between(x, *ends, step="post", color=color, alpha=0.15, lw=0)
    on_curve = y[np.searchsorted(x[:-1], censored, side="right") - 1]
    ax.plot(censored, on_curve, ls="none", marker="|", ms=9, color=color, zorder=4)
    ax.set(ylim=(0, 1.03), xlim=(0, None))
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    return ax
