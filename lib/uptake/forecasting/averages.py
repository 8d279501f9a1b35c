r"""Averages of models: by AICc, or by how far off each was so far.

A weighted forecast is the mixture of the models' distributions. Its weights use nothing that was
not known at its origin.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from uptake.forecasting.history import History
from uptake.forecasting.predictive import Mixture, Predictive
from uptake.separable import Array

By = Literal["aicc", "errors"]
NAMES: dict[By, str] = {"aicc": "average by AICc", "errors": "average by past errors"}


def aicc_weights(aicc: Array) -> Array:
    r"""Return Akaike weights of models fitted to the same record.

    .. math:: w_i \propto \exp\left(-\tfrac12 (\mathrm{AICc}_i - \min_j \mathrm{AICc}_j)\right)

    Parameters
    ----------
    aicc : array_like, shape (..., models)
        NaN or infinite for a model that takes no part.

    Returns
    -------
    ndarray, shape (..., models)
        Adding to one; NaN where no model takes part.

    References
    ----------
    Burnham, K. P. and Anderson, D. R. (2002). *Model Selection and Multimodel Inference*, 2.9.

    Examples
    --------
    >>> aicc_weights([10.0, 12.0]).round(3).tolist()
    [0.731, 0.269]
    """
    aicc = np.where(np.isfinite(aicc), aicc, np.inf)
    least = aicc.min(axis=-1, keepdims=True)
    with np.errstate(invalid="ignore"):
        return _shared_out(np.exp(-(aicc - least) / 2))


def error_weights(squares: Array) -> Array:
    r"""Return weights in inverse proportion to mean squared errors (Bates and Granger 1969).

    Parameters
    ----------
    squares : array_like, shape (..., models)
        Mean squared errors so far; NaN for a model that takes no part.

    Returns
    -------
    ndarray, shape (..., models)
        Adding to one. Models without any error share all the weight.

    Examples
    --------
    >>> error_weights([1.0, 3.0]).tolist()
    [0.75, 0.25]
    >>> error_weights([0.0, 3.0, float("nan")]).tolist()
    [1.0, 0.0, 0.0]
    """
    squares = np.asarray(squares, float)
    least = np.nanmin(squares, axis=-1, keepdims=True, initial=np.inf)
    with np.errstate(divide="ignore", invalid="ignore"):
        inverse = np.where(least == 0, squares == 0, least / squares)
    return _shared_out(inverse)


def _shared_out(parts: Array) -> Array:
    """Divide by the sum; a part that is NaN has none, and without any part all is NaN."""
    parts = np.where(np.isfinite(parts), parts, 0.0)
    with np.errstate(invalid="ignore"):
        return parts / parts.sum(axis=-1, keepdims=True)


def average(by: By, parts: list[Predictive], history: History) -> Mixture:
    """Return the weighted mixture of models.

    By AICc only models that have one take part: fits of curves to the same record. By errors all
    do, each horizon by its own errors at targets known by the origin; before there is any, all
    weigh the same.

    Raises
    ------
    ValueError
        When fewer than two models can take part.
    """
    if by == "aicc":
        parts = [part for part in parts if part.aicc is not None]
    if len(parts) < 2:
        what = "curves" if by == "aicc" else "models"
        raise ValueError(f"an {NAMES[by]} needs at least two {what}; give more or drop it")
    there = np.isfinite(np.stack([part.point for part in parts], axis=2))
    if by == "aicc":
        measured = np.stack([part.aicc for part in parts], axis=1)[:, np.newaxis]
        shares = aicc_weights(np.where(there, measured, np.nan))
    else:
        shares = error_weights(_past(parts, history, there))
    # A curve's doubts and failures are its own; a mixture fails only where all its parts do.
    reasons = tuple("" if any_ else "no model has a forecast" for any_ in there.any(axis=(1, 2)))
    return Mixture(tuple(parts), shares, reasons)


def _past(parts: list[Predictive], history: History, there: np.ndarray) -> Array:
    """Return mean squared errors known at each origin, (origins, horizons, parts).

    On the log scale errors are of logs. Errors count where every model that forecasts now also
    forecast then.
    """
    with np.errstate(all="ignore"):
        errors = [
            _on_scale(part.point, history) - _on_scale(history.actual, history) for part in parts
        ]
    squares = np.stack(errors, axis=2) ** 2
    known_at = history.origins[:, np.newaxis] + history.horizons
    found = np.where(there, 1.0, np.nan)
    for i, count in enumerate(history.origins):
        for j in range(len(history.horizons)):
            now = there[i, j]
            then = (known_at[:, j] <= count) & np.isfinite(squares[:, j, now]).all(axis=1)
            if now.any() and then.any():
                found[i, j, now] = squares[then, j][:, now].mean(axis=0)
    return found


def _on_scale(values: Array, history: History) -> Array:
    return np.log(values) if history.scale == "log" else values
