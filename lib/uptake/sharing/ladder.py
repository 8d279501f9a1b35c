"""What users call: `share` asks whether several records have parameters in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from uptake.curves import Curve
from uptake.records import numbers, prepare
from uptake.separable import Errors, Kind, Problem, Scale
from uptake.sharing.peaks import Peak
from uptake.sharing.results import SharedFit
from uptake.sharing.searches import climb
from uptake.sharing.testing import against
from uptake.times import as_dates, is_dated


def share(
    curve: type[Curve],
    records: Mapping[str, tuple[Any, Any]],
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
    records : mapping of str to (t, y)
        Two or more, each as for `uptake.fit`; times and lengths may differ.
    shared : sequence of str
        Parameters of the curve, in the order in which they become common.
    kind, scale, errors
        As for `uptake.fit`. With "ar1" each record has a rho of its own.
    weights : mapping of str to array_like, optional
        Inverse variances within a record, up to a factor, for those records that have them.
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


def _problems(
    curve: type[Curve],
    records: Mapping[str, tuple[Any, Any]],
    options: Mapping[str, str],
    weights: Mapping[str, Any] | None,
    origin: Any,
) -> tuple[list[Problem], dict[str, Any]]:
    """Check every record, and say which one is at fault."""
    if not isinstance(records, Mapping) or len(records) < 2:
        raise ValueError('share compares two or more records: {"open": (t, y), "closed": (t, y)}')
    weights = weights or {}
    for what, given in (("weights", weights), ("origin", origin)):
        if isinstance(given, Mapping) and (unknown := set(given) - set(records)):
            raise ValueError(f"{what} names {sorted(unknown)}, which no record is called")
    problems, origins = [], {}
    common = origin if isinstance(origin, Mapping) else _origin(curve, records, options, origin)
    for name, record in records.items():
        try:
            t, y = record
            y = numbers("y", y)
            if y.ndim != 1:
                raise ValueError(f"a record is one series; got shape {y.shape}")
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
    dated = [record[0] for record in records.values() if is_dated(record[0])]
    if not dated:
        return None
    if len(dated) < len(records):
        raise ValueError("the times of some records are dates and of others numbers; use one sort")
    return min(as_dates(t, options["kind"])[0] for t in dated)


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
