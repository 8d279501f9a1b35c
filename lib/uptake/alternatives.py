"""Several curves fitted to one record, side by side, none of them taken for the truth."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from uptake.curves import (
    Bass,
    BiLogistic,
    Curve,
    Exponential,
    Gompertz,
    Logistic,
    Richards,
    ShiftedGompertz,
    Weibull,
)
from uptake.fitting import FitError, fit
from uptake.forecasting.averages import aicc_weights
from uptake.intervals import Interval
from uptake.records import is_curve, numbers, root_weights
from uptake.results import Fit
from uptake.separable import Errors, Kind, Scale
from uptake.showing import as_html
from uptake.times import is_dated, measure

CURVES = (Bass, Logistic, Gompertz, ShiftedGompertz, Weibull, Richards, Exponential, BiLogistic)


@dataclass(frozen=True, eq=False)
class Candidates:
    """What each curve makes of one record; made by `uptake.candidates`.

    Attributes
    ----------
    fits : dict of str to Fit
        By the curve's name, in the order asked for.
    left_out : dict of str to str
        Why other curves were not fitted.
    """

    fits: dict[str, Fit]
    left_out: dict[str, str]

    @property
    def table(self) -> pd.DataFrame:
        """One row per curve, the lowest AICc first.

        Columns: ``aicc``; ``weight``, the curve's share of belief if one of those listed were
        true; ``ceiling``, its 95% interval in words; ``observed``, the fraction of the best
        ceiling reached, NaN where none was found; ``identified``; ``concerns``, their number.
        """
        rows = {name: _row(each) for name, each in self.fits.items()}
        table = pd.DataFrame.from_dict(rows, orient="index")
        table.insert(1, "weight", aicc_weights(table["aicc"].to_numpy(float)))
        return table.sort_values("aicc")

    @property
    def best(self) -> Fit:
        """The fit of lowest AICc, which says nothing of how close the next one is."""
        return min(self.fits.values(), key=lambda each: each.aicc)

    def __str__(self) -> str:
        """Show the table, then what was left out and why."""
        lines = [self.table.round(2).to_string()]
        return "\n".join(lines + [f"{name}: {why}" for name, why in self.left_out.items()])

    def _repr_html_(self) -> str:
        table = self.table.round(2)
        rows = [[name, *map(str, row)] for name, row in zip(table.index, table.to_numpy(),
                strict=True)]  # fmt: skip
        notes = [f"{name}: {why}" for name, why in self.left_out.items()]
        return as_html("Candidates", (["", *table.columns], rows), notes=notes)


def candidates(
    t: Any,
    y: Any,
    *,
    curves: Sequence[type[Curve]] = CURVES,
    kind: Kind = "stock",
    scale: Scale = "linear",
    errors: Errors = "iid",
    weights: Any = None,
    origin: Any = None,
) -> Candidates:
    """Fit several curves to one record, to see how far they agree.

    A curve that cannot be fitted to this record is left out, with the reason: too few points for
    its parameters, a launch that was not given or comes after the first time, or a search that
    failed.

    Parameters
    ----------
    t, y, kind, scale, errors, weights, origin
        As for `uptake.fit`.
    curves : sequence of curve classes
        By default all that the library has.

    Returns
    -------
    Candidates

    Raises
    ------
    ValueError
        For input that no curve can be fitted to, with what to do about it.

    Examples
    --------
    >>> sales = [840, 1470, 2110, 4000, 7590, 10950, 10530, 9470, 7790, 5890]
    >>> found = candidates(range(11), sales, kind="flow", curves=[Bass, Gompertz, Exponential])
    >>> found.table[["weight", "ceiling"]].round(2)
                 weight                 ceiling
    Gompertz       0.66  64,530 to 83,530 (95%)
    Bass           0.34  60,690 to 75,350 (95%)
    Exponential    0.00                has none
    """
    if not isinstance(curves, Iterable):
        raise ValueError(f"curves is a list of curves, [Bass, Logistic]; got {curves!r}")
    curves = list(curves)
    for curve in curves:
        if not is_curve(curve):
            raise ValueError(f"curves holds curves such as Bass; got {curve!r}")
    names = [curve.__name__ for curve in curves]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"curves holds {', '.join(sorted(twice))} twice; name each curve once")
    y = numbers("y", y)
    options = {"kind": kind, "scale": scale, "errors": errors}
    options |= {"weights": weights, "origin": origin}
    root = root_weights(weights, np.atleast_2d(y))
    points = y.size if root is None else np.count_nonzero(root)
    fits, left_out = {}, {}
    for curve in curves:
        parameters = len(curve.names()) + (errors == "ar1")
        if points < parameters + 2:
            left_out[curve.__name__] = f"needs {parameters + 2} points, the record has {points}"
        elif curve.launched and (reason := _unlaunched(t, kind, origin)):
            left_out[curve.__name__] = reason
        else:
            try:
                fits[curve.__name__] = fit(curve, t, y, **options)
            except FitError as error:
                left_out[curve.__name__] = str(error)
    if not fits:
        reasons = "; ".join(f"{name} {why}" for name, why in left_out.items())
        raise ValueError(f"no curve can be fitted to this record: {reasons or 'none was given'}")
    return Candidates(fits, left_out)


def _unlaunched(t: Any, kind: Kind, origin: Any) -> str:
    """Return why no curve with a launch can be fitted to these times, or nothing."""
    if origin is None and is_dated(t):
        return "starts at launch; give the day as origin="
    times, _ = measure(t, kind, origin, launched=False)
    if times.size and times[0] < 0:
        return f"starts at launch, {-times[0]:.4g} after the record begins; give an earlier origin="
    return ""


def _row(each: Fit) -> dict[str, Any]:
    bounded = each.curve.bounded
    return {
        "aicc": each.aicc,
        "ceiling": str(_ceiling(each)) if bounded else "has none",
        "observed": each.fraction_observed if bounded and each.interior else float("nan"),
        "identified": each.identified,
        "concerns": len(each.concerns),
    }


def _ceiling(each: Fit) -> Interval:
    return each.interval(each.curve.names()[0])
