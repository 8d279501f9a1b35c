"""Two or more frontiers over time: every entry, the records, and the best so far."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from scipy.stats import norm

from uptake.figures.house import COLORS, look
from uptake.figures.labels import label_lines
from uptake.frontier import Frontier


def frontiers(
    fronts: Mapping[str, Frontier],
    *,
    until: str | pd.Timestamp | None = None,
    level: float = 0.95,
    ax: Axes | None = None,
) -> Axes:
    """Draw frontiers as steps, with records marked and all other entries pale.

    The vertical line through a record is the interval of its score, where a standard error is
    known. The step runs on to the end of observation, since a record stands until it is beaten.

    Parameters
    ----------
    fronts : mapping of str to Frontier
        By name; "open" and "closed" get their own colour and marker.
    until : date, optional
        End of observation; by default the last entry of any.
    level : float
        Level of the scores' intervals.
    ax : Axes, optional
        Where to draw.

    Returns
    -------
    Axes
        What was drawn on.

    Raises
    ------
    ValueError
        If there is no frontier.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from uptake.frontier import frontier
    >>> best = frontier(["2024-01-01", "2024-06-01"], [5.0, 9.0])
    >>> ax = frontiers({"open": best}, until="2024-12-31")
    >>> [text.get_text() for text in ax.texts]
    ['Open']
    >>> plt.close(ax.figure)
    """
    if not fronts:
        raise ValueError("no frontier to draw; give {'open': ..., 'closed': ...}")
    ax = ax or plt.subplots(layout="constrained")[1]
    last = max(front.dates[-1] for front in fronts.values())
    end = last if until is None else pd.Timestamp(until)
    for name, front in fronts.items():
        _draw(ax, name, front, end, norm.ppf((1 + level) / 2))
    label_lines(ax)
    return ax


def _draw(ax: Axes, name: str, front: Frontier, end: pd.Timestamp, widths: float) -> None:
    records = front.records
    dates, scores = records["date"].to_list(), records["score"].to_list()
    line = ax.step(
        [*dates, end], [*scores, scores[-1]], where="post", label=name.capitalize(), zorder=3
    )[0]
    style = look(name) if name in COLORS else {"color": line.get_color(), "marker": "o"}
    line.set_color(style["color"])
    ax.plot(front.dates, front.scores, ls="none", alpha=0.3, ms=3.5, zorder=2, **style)
    ax.errorbar(
        dates, scores, widths * records["error"], ls="none", zorder=4, elinewidth=1.1, **style
    )
