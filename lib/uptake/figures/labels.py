"""Names written at the end of lines instead of a legend."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.text import Annotation
from scipy.optimize import isotonic_regression


def label_lines(ax: Axes, lines: Sequence[Line2D] | None = None) -> list[Annotation]:
    """Write each line's label at its last point, in its colour, none over another.

    Labels that would overlap are moved apart by the least total squared distance. Call it when
    all is drawn and the limits are set.

    Parameters
    ----------
    ax : Axes
        Where the lines are.
    lines : sequence of Line2D, optional
        The lines to label; by default all that have a label.

    Returns
    -------
    list of Annotation
        The labels, in the order of the lines.

    Raises
    ------
    ValueError
        If there is no line with a label.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> fig, ax = plt.subplots(layout="constrained")
    >>> _ = ax.plot([1, 2], [1, 2], label="open"), ax.plot([1, 2], [1, 2.01], label="closed")
    >>> [label.get_text() for label in label_lines(ax)]
    ['open', 'closed']
    >>> plt.close(fig)
    """
    lines = [line for line in lines or ax.lines if not str(line.get_label()).startswith("_")]
    if not lines:
        raise ValueError("no line has a label; give label=... when you draw it")
    fig = ax.get_figure(root=True)
    fig.draw_without_rendering()  # the layout decides how far apart the ends are
    size = 10.5
    ends = [_last(line) for line in lines]
    scale = 72 / fig.dpi
    heights = np.array([ax.transData.transform(end)[1] * scale for end in ends])
    shifts = spread(heights, 1.25 * size) - heights
    return [
        ax.annotate(
            line.get_label(),
            end,
            xytext=(7, shift),
            textcoords="offset points",
            va="center",
            color=line.get_color(),
            size=size,
            weight="bold",
            parse_math=False,
            annotation_clip=False,
        )
        for line, end, shift in zip(lines, ends, shifts, strict=True)
    ]


def spread(positions: np.ndarray, gap: float) -> np.ndarray:
    """Return the positions nearest to the given ones that lie at least ``gap`` apart.

    With the order kept, ``z[k] - k * gap`` must not fall, which is isotonic regression.

    Parameters
    ----------
    positions : array of shape (n,)
        Wished positions, in any order.
    gap : float
        Least distance, in the same unit.

    Returns
    -------
    array of shape (n,)
        The new positions, in the order given.

    Examples
    --------
    >>> spread(np.array([0.0, 1.0, 10.0]), 3.0)
    array([-1.,  2., 10.])
    """
    order = np.argsort(positions, kind="stable")
    steps = gap * np.arange(positions.size)
    moved = np.empty_like(positions, dtype=float)
    moved[order] = isotonic_regression(positions[order] - steps).x + steps
    return moved


def _last(line: Line2D) -> tuple[float, float]:
    x, y = (np.asarray(values, dtype=float) for values in line.get_data(orig=False))
    seen = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    if seen.size == 0:
        raise ValueError(f"the line {line.get_label()!r} has no finite point to label")
    return float(x[seen[-1]]), float(y[seen[-1]])
