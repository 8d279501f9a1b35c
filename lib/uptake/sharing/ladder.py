"""What users call: `share` asks whether several records have parameters in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from uptake.curves import Curve
from uptake.records import by_name, mapping, numbers, prepare
from uptake.separable import Errors, Kind, Problem, Scale
from uptake.sharing.peaks import Peak
from uptake.sharing.results import SharedFit
from uptake.sharing.searches import climb
from uptake.sharing.testing import against
from uptake.times import as_dates, is_dated


def share(
    curve: type[Curve],
    records: Mapping[str, tuple[Any, Any]] | pd.DataFrame,
    shared: Sequence[str],
    *,
    kind: Kind = "stock",
    scale: Scale = "linear",
    errors: Errors = "iid",
    weights: Mapping[str, Any] | None = None,
    origin: Any = None,
    rng: np.random.Generator | None = None,
    draws: int = 199,
) -> SharedFit:
    r"""Fit one curve to several records with parameters in common, and test that they are.

    The models are nested: nothing shared, then the first of ``shared``, then the first two, to
    all of them. Put first what is most likely to be common, for every rung but the first is held
    against the one above it. Each record keeps a ceiling of its own (unless that is shared too)
    and a noise variance of its own, so a noisy record counts for less. With Gaussian errors the
    likelihood is highest where :math:`\sum_i n_i \log S_i` is least, S the records' sums of
    squares; this is minimised directly.

    Parameters
    ----------
    curve : type of Curve
        Such as `uptake.Bass`.
    records : mapping of str to (t, y), or DataFrame
        Two or more, each as for `uptake.fit`; times and lengths may differ. Of a DataFrame each
        column is a record, seen at the times in the index wherever its cell is not empty; for
        flows the index must be a PeriodIndex.
    shared : sequence of str
        Parameters of the curve, in the order in which they become common.
    kind, scale, errors
        As for `uptake.fit`. With "ar1" each record has a rho of its own.
    weights : mapping of str to array_like, optional
        Inverse variances within a record, up to a factor, for those records that have them; one
        for each point, so none for an empty cell.
    origin : date, number or mapping of these by record, optional
        Time zero: one for all, or each record's own launch. Dates without one count from the
        earliest of all, for a curve that needs no launch.
    rng : numpy.random.Generator, optional
        For the bootstrap; by default one seeded with 0, so that the same records always have
        the same table.
    draws : int
        Records simulated for each rung; 0 leaves the bootstrap out. The smallest possible p is
        1 / (draws + 1).

    Returns
    -------
    SharedFit
        The model that shares all of ``shared``; its ``table`` is the ladder.

    Raises
    ------
    ValueError
        For input that cannot be fitted, with what to do about it.
    FitError
        When a search does not settle.

    Examples
    --------
    Two launches at one pace, the second later seen for fewer years:

    >>> import numpy as np
    >>> from uptake import Bass, share
    >>> rng, edges = np.random.default_rng(4), np.arange(21)
    >>> first = Bass(100.0, 0.01, 0.45).flow(edges) + rng.normal(0, 0.5, 20)
    >>> second = Bass(30.0, 0.01, 0.45).flow(edges[:13]) + rng.normal(0, 0.2, 12)
    >>> records = {"first": (edges, first), "second": (edges[:13], second)}
    >>> result = share(Bass, records, ["q", "p"], kind="flow", draws=99)
    >>> result.table["parameters"].to_dict()
    {'nothing shared': 6, 'q shared': 5, 'q, p shared': 4}
    >>> bool((result.table["p"].dropna() > 0.05).all())
    True
    >>> print(result.interval("q"))
    0.4112 to 0.4661 (95%)
    """
    records = _pairs(records, kind)
    problems, origins = _problems(
        curve, records, {"kind": kind, "scale": scale, "errors": errors}, weights, origin
    )
    shared = _names(curve, shared)
    if draws < 0:
        raise ValueError(f"draws counts simulated records, 0 for none; got {draws}")
    peaks = climb(problems, shared)
    table = _table(peaks, draws, rng or np.random.default_rng(0))
    return SharedFit(curve, shared, table, origins, _peaks=tuple(peaks), _labels=tuple(records))


def _names(curve: type[Curve], shared: Sequence[str]) -> tuple[str, ...]:
    names = (shared,) if isinstance(shared, str) else tuple(shared)
    unknown = [name for name in names if name not in curve.names()]
    if unknown or not names or len(set(names)) < len(names):
        raise ValueError(
            f"shared names parameters of {curve.__name__}, each once: some of "
            f"{', '.join(curve.names())}; got {list(names)}"
        )
    return names


def _pairs(records: Any, kind: Kind) -> Any:
    """Return the times and values of a DataFrame's columns by name; else what was given."""
    if isinstance(records, pd.DataFrame) and kind == "flow":
        if not isinstance(records.index, pd.PeriodIndex):
            raise ValueError(
                "flows in a DataFrame need periods as its index, whose ends are the edges: "
                'frame.to_period("M") for instance; or give {"open": (edges, y), ...}'
            )
    named = by_name(records)
    if not isinstance(records, pd.DataFrame):
        return named
    seen = {name: column.dropna() for name, column in named.items()}
    return {name: (column.index, column) for name, column in seen.items()}


def _is_pair(record: Any) -> bool:
    several = isinstance(record, Sequence | np.ndarray) and not isinstance(record, str | bytes)
    return several and len(record) == 2


def _problems(
    curve: type[Curve],
    records: Mapping[str, tuple[Any, Any]],
    options: Mapping[str, str],
    weights: Mapping[str, Any] | None,
    origin: Any,
) -> tuple[list[Problem], dict[str, Any]]:
    """Check every record, and say which one is at fault."""
    pairs = isinstance(records, Mapping) and all(map(_is_pair, records.values()))
    if not pairs or len(records) < 2:
        raise ValueError(
            'share compares two or more records: {"open": (t, y), "closed": (t, y)}, or the '
            "columns of a DataFrame"
        )
    weights = mapping("weights", weights)
    for what, given in (("weights", weights), ("origin", origin)):
        if isinstance(given, Mapping) and (unknown := set(given) - set(records)):
            raise ValueError(f"{what} names {sorted(map(str, unknown))}, which no record is called")
    problems, origins = [], {}
    common = origin if isinstance(origin, Mapping) else _origin(curve, records, options, origin)
    for name, record in records.items():
        try:
            t, y = record
            y = numbers("y", y)
            if y.ndim != 1:
                raise ValueError(
                    f"a record is one series of values, one for each time; got shape {y.shape}, so "
                    "take one row or column"
                )
            start = common.get(name) if isinstance(common, Mapping) else common
            one = {"fixed": None, "weights": weights.get(name), "origin": start}
            problem, origins[name] = prepare(curve, t, y[np.newaxis], **options, **one)
        except ValueError as error:
            raise ValueError(f"record {name!r}: {error}") from None
        problems.append(problem)
    return problems, origins


def _origin(
    curve: type[Curve],
    records: Mapping[str, tuple[Any, Any]],
    options: Mapping[str, str],
    origin: Any,
) -> Any:
    """Return one origin for all: dates count from the earliest, or a shared date means nothing."""
    if origin is not None or (isinstance(curve, type) and getattr(curve, "launched", False)):
        return origin
    firsts = {}
    for name, (t, _) in records.items():
        if is_dated(t):
            try:
                dates = as_dates(t, options["kind"])
            except ValueError as error:
                raise ValueError(f"record {name!r}: {error}") from None
            firsts[name] = dates.min()
    if not firsts:
        return None
    if len(firsts) < len(records):
        raise ValueError("the times of some records are dates and of others numbers; use one sort")
    zones = {first.tz is None for first in firsts.values() if not pd.isna(first)}
    if len(zones) > 1:
        raise ValueError("all records must have a time zone, or none of them")
    # Without any date the record itself is at fault, and is told so in its turn.
    return min((first for first in firsts.values() if not pd.isna(first)), default=None)


def _table(peaks: Sequence[Peak], draws: int, rng: np.random.Generator) -> pd.DataFrame:
    """Hold every rung against the one above it."""
    columns = ["parameters", "log_likelihood", "aicc", "ratio", "constraints", "p_chi_squared", "p"]
    rows = {}
    for k, peak in enumerate(peaks):
        row = {
            "parameters": peak.parameters,
            "log_likelihood": peak.log_likelihood,
            "aicc": peak.aicc,
        }
        if k:
            test = against(peak, peaks[k - 1], draws, rng)
            row |= {name: getattr(test, name) for name in columns[3:]}
        rows[f"{', '.join(peak.pool.shared) or 'nothing'} shared"] = row
    table = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    return table.astype({"parameters": int, "constraints": "Int64"})
