"""The ladder of nested models: what sharing parameters costs, rung by rung."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from uptake.figures.house import INK, MUTED
from uptake.sharing import SharedFit

_ROW = 0.55  # inches


def ladder(result: SharedFit, *, color: str = INK, ax: Axes | None = None) -> Axes:
    """Draw the AICc of each model above the best one's, and the p-value of each step.

    The best model has a filled marker. A p-value stands between two models: it asks whether the
    lower one, which shares more, could have given records as far apart as these. Where nothing
    was simulated it is that of the chi-squared distribution, and marked so.

    Parameters
    ----------
    result : SharedFit
        What `uptake.share` returned.
    color : str
        Of the markers and stems.
    ax : Axes, optional
        Where to draw.

    Returns
    -------
    Axes
        What was drawn on.

    Raises
    ------
    ValueError
        If no model has a finite AICc: the records have too few points.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> import numpy as np
    >>> from uptake import Bass, share
    >>> rng, edges = np.random.default_rng(4), np.arange(16)
    >>> flows = [Bass(9.0, 0.01, q).flow(edges) + rng.normal(0, 0.05, 15) for q in (0.4, 0.7)]
    >>> records = {"slow": (edges, flows[0]), "fast": (edges, flows[1])}
    >>> ax = ladder(share(Bass, records, ["p", "q"], kind="flow", draws=99))
    >>> [text.get_text() for text in ax.texts]
    ['p-value 0.86', 'p-value 0.01']
    >>> plt.close(ax.figure)
    """
    table = result.table
    above = (table["aicc"] - table["aicc"].min()).to_numpy(float)
    if not np.isfinite(above).all():
        raise ValueError("the AICc is infinite: the records have too few points for the parameters")
    if ax is None:
        size = (6.4, 1.0 + _ROW * len(table))
        ax = plt.subplots(figsize=size, layout="constrained")[1]
    rows = np.arange(len(table))
    ax.hlines(rows, 0, above, color=color, lw=2.5, zorder=2)
    faces = np.where(above == 0, color, "white")
    ax.scatter(above, rows, s=70, c=faces, edgecolors=color, linewidths=2, zorder=3, clip_on=False)
    _steps(ax, table["p"].to_numpy(float), table["p_chi_squared"].to_numpy(float))
    labels = [f"{name} ({k})" for name, k in zip(table.index, table["parameters"], strict=True)]
    ax.set_yticks(rows, labels)
    ax.tick_params(axis="y", length=0, pad=9)
    ax.grid(visible=False, axis="y")
    reach = max(float(above.max()), 2.0)
    ax.set(ylim=(len(table) - 0.5, -0.5), xlim=(0, 1.04 * reach))
    return ax


def _steps(ax: Axes, simulated: np.ndarray, chi_squared: np.ndarray) -> None:
    """Write the p-value of each step between its two rows, past the plot's right edge."""
    style = {"size": 10, "color": MUTED, "va": "center", "annotation_clip": False}
    for k in range(1, len(simulated)):
        known = np.isfinite(simulated[k])
        p = simulated[k] if known else chi_squared[k]
        words = f"{p:.2f}" if p >= 0.01 else f"{p:.3f}" if p >= 0.001 else "below 0.001"
        note = f"p-value {words}" if known else f"p-value {words} (\N{GREEK SMALL LETTER CHI}²)"
        where = (1.0, k - 0.5)
        ax.annotate(note, where, (10, 0), ax.get_yaxis_transform(), "offset points", **style)
