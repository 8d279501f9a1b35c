"""A fitted curve with its record, and the profile likelihood behind an interval."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from uptake.figures.house import INK, MUTED
from uptake.fitting import Fit
from uptake.intervals import Interval, figure
from uptake.times import DAYS_PER_YEAR


def fitted(
    fit: Fit,
    *,
    until: float | str | pd.Timestamp | None = None,
    band: pd.DataFrame | None = None,
    label: str | None = None,
    color: str = INK,
    ax: Axes | None = None,
    **marker: object,
) -> Axes:
    """Draw a record and its curve: solid where there are data, dashed beyond.

    A flow stands at the middle of its interval, and the curve shows what it says of an interval
    as wide as those beside it, so that points and curve are in one unit.

    Parameters
    ----------
    fit : Fit
        What `uptake.fit` returned.
    until : float or date, optional
        How far to draw beyond the data, in the times of the record.
    band : DataFrame, optional
        Columns ``low`` and ``high``, in the unit of the record; the index holds their times.
    label : str, optional
        Name of the line, for `label_lines`.
    color : str
        Of everything drawn.
    ax : Axes, optional
        Where to draw.
    **marker
        Further keywords for the points; ``**look("open")`` gives colour and marker together.

    Returns
    -------
    Axes
        What was drawn on.

    Raises
    ------
    ValueError
        If `until` is not beyond the data.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from uptake import Logistic, fit
    >>> t = np.arange(12.0)
    >>> ax = fitted(fit(Logistic, t, Logistic(10.0, 0.8, 5.0)(t)), until=15)
    >>> [line.get_linestyle() for line in ax.lines]
    ['None', '-', '--']
    >>> plt.close(ax.figure)
    """
    ax = ax or plt.subplots(layout="constrained")[1]
    times = _middles(fit)
    style = {"marker": "o", "linestyle": "none", "zorder": 3} | marker
    ax.plot(_calendar(fit, times), fit.y, color=color, **style)
    inside = np.linspace(times[0], times[-1], 300)
    name = None if until is not None else label
    ax.plot(_calendar(fit, inside), _level(fit, inside), color=color, label=name, zorder=2)
    if until is not None:
        beyond = np.linspace(times[-1], _number(fit, until), 200)
        if beyond[-1] <= beyond[0]:
            raise ValueError(f"until is {until}, which is not beyond the data; leave it out")
        x, y = _calendar(fit, beyond), _level(fit, beyond)
        ax.plot(x, y, "--", color=color, label=label, zorder=2)
    if band is not None:
        ax.fill_between(band.index, band["low"], band["high"], color=color, alpha=0.15, lw=0)
    return ax


def profile(
    fit: Fit, quantity: str, *, level: float = 0.95, color: str = INK, ax: Axes | None = None
) -> Axes:
    r"""Draw how fast the fit worsens as one quantity moves away, and the interval this gives.

    The curve is the rise of the smallest sum of squares, in residual variances. The interval is
    where it stays below the cut-off. Where it never meets the cut-off the interval has no end,
    and an arrow says so.

    Parameters
    ----------
    fit : Fit
        What `uptake.fit` returned.
    quantity : str
        A free parameter, or an attribute of the curve such as "peak".
    level : float
        Level of the interval.
    color : str
        Of the curve and the interval.
    ax : Axes, optional
        Where to draw.

    Returns
    -------
    Axes
        What was drawn on.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from uptake import Logistic, fit
    >>> t = np.arange(12.0)
    >>> noisy = Logistic(10.0, 0.8, 5.0)(t) + 0.2 * (-1) ** t
    >>> ax = profile(fit(Logistic, t, noisy), "m")
    >>> [text.get_text() for text in ax.texts]
    ['95%\ncut-off', '9.624', '10.33']
    >>> plt.close(ax.figure)
    """
    ax = ax or plt.subplots(layout="constrained")[1]
    traced = fit.profile(quantity)
    interval, cutoff = traced.interval(level), traced.cutoff(level)
    value, root = _signed_root(traced.frame, interval, cutoff)
    left, right = _window(value, root, interval, cutoff)
    dense = np.linspace(left, right, 400)
    ax.plot(dense, PchipInterpolator(value, root)(dense) ** 2, color=color, zorder=2)
    ax.axhline(cutoff, color=MUTED, lw=0.9, zorder=1)
    words = {"size": 9.5, "color": MUTED, "va": "center", "textcoords": "offset points"}
    beside = (1, cutoff), ax.get_yaxis_transform()
    ax.annotate(f"{level:.0%}\ncut-off", beside[0], xytext=(9, 0), xycoords=beside[1], **words)
    ax.plot(value[root == 0], [0.0], "o", color=color, zorder=3, clip_on=False)
    _draw_interval(ax, interval, (left, right), cutoff, color)
    ax.locator_params(axis="x", nbins=5)
    ax.set(xlim=(left, right), ylim=(0, 3 * cutoff))
    return ax


def _middles(fit: Fit) -> NDArray:
    return fit.t if fit.kind == "stock" else (fit.t[1:] + fit.t[:-1]) / 2


def _level(fit: Fit, t: NDArray) -> NDArray:
    """Return the curve in the unit of the record: a level, or the flow of an interval about t."""
    if fit.kind == "stock":
        return fit.curve(t)
    half = np.interp(t, _middles(fit), np.diff(fit.t)) / 2
    return fit.curve(t + half) - fit.curve(t - half)


def _calendar(fit: Fit, t: NDArray) -> NDArray | pd.DatetimeIndex:
    if isinstance(fit.origin, pd.Timestamp):
        return fit.origin + pd.to_timedelta(t * DAYS_PER_YEAR, unit="D")
    return t + (fit.origin or 0.0)


def _number(fit: Fit, time: float | str | pd.Timestamp) -> float:
    if isinstance(fit.origin, pd.Timestamp):
        return (pd.Timestamp(time) - fit.origin) / pd.Timedelta(days=DAYS_PER_YEAR)
    return float(time) - (fit.origin or 0.0)


def _signed_root(frame: pd.DataFrame, interval: Interval, cutoff: float) -> tuple[NDArray, NDArray]:
    """Return the profile as a signed root, which is nearly straight, with the interval's ends."""
    value, statistic = (frame[name].to_numpy() for name in ("value", "statistic"))
    best = statistic.argmin()
    side = np.sign(np.arange(value.size) - best)
    root = side * np.sqrt(np.maximum(statistic, 0) * (side != 0))
    for end, sign in ((interval.low, -1), (interval.high, 1)):
        if np.isfinite(end):
            value, root = np.r_[value, end], np.r_[root, sign * np.sqrt(cutoff)]
    value, first = np.unique(value, return_index=True)
    return value, root[first]


def _window(
    value: NDArray, root: NDArray, interval: Interval, cutoff: float
) -> tuple[float, float]:
    """Return the values to show: some way past each end, or far along a side without one."""
    estimate = float(value[root == 0][0])
    reach = [abs(end - estimate) for end in (interval.low, interval.high) if np.isfinite(end)]
    far = 4 * max(reach) if reach else np.abs(value - estimate).max()
    high = np.interp(np.sqrt(3 * cutoff), root, value) if np.isfinite(interval.high) else np.inf
    low = np.interp(-np.sqrt(3 * cutoff), root, value) if np.isfinite(interval.low) else -np.inf
    return max(low, estimate - far, value[0]), min(high, estimate + far, value[-1])


def _draw_interval(
    ax: Axes, interval: Interval, window: tuple[float, float], cutoff: float, color: str
) -> None:
    ends = np.clip([interval.low, interval.high], *window)
    ax.plot(ends, [cutoff, cutoff], color=color, lw=4, solid_capstyle="butt", zorder=3)
    for end, shown, arrow in zip((interval.low, interval.high), ends, "<>", strict=True):
        open_end = not np.isfinite(end)
        ax.plot([shown], [cutoff], arrow if open_end else "o", ms=10 if open_end else 6,
                color=color, clip_on=False, zorder=4)  # fmt: skip
        bound = "above" if end > 0 else "below"
        words = f"not bounded {bound}" if open_end else figure(end)
        # Above the cut-off and between the ends the curve never passes.
        side, inward = ("right", -8) if arrow == ">" else ("left", 8)
        ax.annotate(words, (shown, cutoff), xytext=(inward, 7), textcoords="offset points",
                    ha=side, size=10, color=color)  # fmt: skip
