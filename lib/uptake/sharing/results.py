"""What `share` returns: a ladder of models, and the curves of the one that shares most."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from uptake.curves import Curve
from uptake.intervals import Interval, Profile, figure, percent
from uptake.joint import JointFit
from uptake.least_squares import Array, Minimum
from uptake.serial import lag_one
from uptake.sharing.peaks import Peak, PoolTrace
from uptake.sharing.pools import Pool
from uptake.sharing.searches import drawn_statistics, refits
from uptake.sharing.testing import SharedTest, against
from uptake.showing import as_html


@dataclass(frozen=True, eq=False)
class SharedFit(JointFit):
    """What fitting one curve to several records with parameters in common produced.

    Attributes
    ----------
    model : type of Curve
    shared : tuple of str
        Parameters in common, in the order in which the ladder shares them.
    table : DataFrame
        The ladder, one row per model, nothing shared first: ``parameters``, ``log_likelihood``,
        ``aicc``, and against the row above ``ratio`` (likelihood ratio), ``constraints``,
        ``p_chi_squared`` (too small for short records) and ``p`` (parametric bootstrap).
    origins : dict
        What time zero is, by record.
    """

    model: type[Curve]
    shared: tuple[str, ...]
    table: pd.DataFrame
    origins: dict[str, Any]
    _peaks: tuple[Peak, ...] = field(repr=False, kw_only=True)
    _labels: tuple[str, ...] = field(repr=False, kw_only=True)

    @property
    def _peak(self) -> Peak:
        return self._peaks[-1]

    @property
    def params(self) -> pd.DataFrame:
        """Parameters of the model that shares all of `shared`, one row per record."""
        return self._frame(self._peak)

    @property
    def separate(self) -> pd.DataFrame:
        """Parameters of the records fitted separately, one row per record."""
        return self._frame(self._peaks[0])

    def _frame(self, peak: Peak) -> pd.DataFrame:
        index = pd.Index(self._labels, name="record")
        frame = pd.DataFrame(peak.values, index=index, columns=list(self.model.names()))
        return frame.assign(rho=peak.rho) if self._errors == "ar1" else frame

    @property
    def _errors(self) -> str:
        return self._peak.pool.problems[0].errors

    @property
    def curves(self) -> dict[str, Curve]:
        """The curve of each record; its times count from the record's origin."""
        values = self._peak.values.tolist()
        return {name: self.model(*row) for name, row in zip(self._labels, values, strict=True)}

    @property
    def fraction_observed(self) -> dict[str, float]:
        """Share of its ceiling that each record has reached at its end; 0 without a ceiling."""
        ends = [float(each.t[-1]) for each in self._peak.pool.problems]
        curves = zip(self.curves.items(), ends, strict=True)
        return {name: float(curve(end)) / curve.ceiling for (name, curve), end in curves}

    @property
    def sse(self) -> dict[str, float]:
        """Each record's weighted sum of squared residuals, whitened where errors are "ar1"."""
        return dict(zip(self._labels, self._peak.squares.tolist(), strict=True))

    @property
    def residuals(self) -> dict[str, Array]:
        """Record less fit of each record, weighted; on the log scale the difference of logs."""
        optima = zip(self._labels, self._peak.optima, strict=True)
        return {name: each.errors * each.problem.unit[0] for name, each in optima}

    @cached_property
    def interior(self) -> bool:
        """Whether the shared model has its optimum inside: nothing has run to an edge."""
        return not any(self._peak.runaway) and not self._edges

    @property
    def _edges(self) -> list[tuple[int | None, str]]:
        keys, out = self._peak.pool.keys, self._peak.found.at_bound[0]
        return [key for key, at in zip(keys, out, strict=True) if at and key[1] != "rho"]

    def profile(self, name: str, record: str | None = None) -> Profile:
        """Return the profile likelihood of a parameter of the shared model.

        Its statistic is the rise of the criterion of `share` in residual variances, to be held
        against an F distribution; for one record it would be that of `uptake.Fit.profile`.

        Parameters
        ----------
        name : str
            A parameter.
        record : str, optional
            Whose, for a parameter that is not shared.

        Raises
        ------
        ValueError
            For an unknown name, or a record left out or given where it should not be.
        """
        key = name, self._record(name, record)
        return self._profile(key, lambda: PoolTrace(self._peak, *key))

    def _record(self, name: str, record: str | None) -> int | None:
        known = ", ".join(self.model.names())
        if name not in self.model.names():
            raise ValueError(f"{self.model.__name__} has no {name!r}; ask for one of {known}")
        if name in self.shared:
            if record is not None:
                raise ValueError(f"{name} is shared by all records; leave record out")
            return None
        if record not in self._labels:
            raise ValueError(
                f"each record has its own {name}; say whose, record= one of "
                f"{', '.join(self._labels)}"
            )
        return self._labels.index(record)

    def interval(
        self,
        name: str,
        record: str | None = None,
        level: float = 0.95,
        *,
        rng: np.random.Generator | None = None,
        draws: int = 199,
    ) -> Interval:
        """Return a profile-likelihood interval, whose ends may be infinite.

        Parameters
        ----------
        name : str
            A parameter.
        record : str, optional
            Whose, for a parameter that is not shared.
        level : float
            Nominal coverage.
        rng : numpy.random.Generator, optional
            With autocorrelated errors the cut-off is calibrated by simulation, as for
            `uptake.Fit.interval`; by default with one seeded with 0.
        draws : int
            Records simulated for that.

        Raises
        ------
        ValueError
            As for `profile`.
        """
        profiled = self.profile(name, record)
        if self._errors == "iid":
            return profiled.interval(level)
        pool, _, free = self._drawn(draws) if rng is None else refits(self._peak, draws, rng)
        statistics = drawn_statistics(self._peak, name, self._record(name, record), pool, free)
        return profiled.interval(level, float(np.quantile(statistics, level)))

    def _drawn(self, draws: int) -> tuple[Pool, Array, Minimum]:
        """Return the refits behind all intervals for which no generator is given."""
        if draws not in self._refits:
            self._refits[draws] = refits(self._peak, draws, np.random.default_rng(0))
        return self._refits[draws]

    @cached_property
    def _refits(self) -> dict[int, tuple[Pool, Array, Minimum]]:
        return {}

    def test(self, draws: int = 499, *, rng: np.random.Generator) -> SharedTest:
        """Test the model that shares all of `shared` against wholly separate ones.

        Parameters
        ----------
        draws : int
            Number of records simulated from the shared model.
        rng : numpy.random.Generator

        Returns
        -------
        SharedTest

        Raises
        ------
        ValueError
            For fewer than one draw.

        Examples
        --------
        >>> from uptake import Logistic, share
        >>> first = [2.1, 3.9, 9.2, 16.8, 27.3, 35.7, 41.2, 44.0]
        >>> second = [1.0, 2.2, 4.1, 7.8, 13.2, 17.1, 19.8, 21.2]
        >>> records = {"a": (range(8), first), "b": (range(8), second)}
        >>> result = share(Logistic, records, "r", draws=0)
        >>> test = result.test(19, rng=np.random.default_rng(1))
        >>> test.constraints, test.draws, bool(test.p >= 0.05)
        (1, 19, True)
        >>> result.profile("r").interval() == result.interval("r")
        True
        """
        if draws < 1:
            raise ValueError(f"draws counts simulated records, at least one; got {draws}")
        return against(self._peak, self._peaks[0], draws, rng)

    @property
    def concerns(self) -> tuple[str, ...]:
        """Reasons to distrust the shared model or the comparison."""
        return tuple(self._concerns())

    def _concerns(self) -> Iterator[str]:
        for name, away in zip(self._labels, self._peak.runaway, strict=True):
            if away:
                yield f"{name}: the best ceiling runs away; the record bounds it from below only"
        for i, name in self._edges:
            if not any(self._peak.runaway):
                whose = "the shared" if i is None else f"{self._labels[i]}:"
                yield f"{whose} {name} has run to the edge of its range, a simpler curve"
        if self._peak.points < 4 * self._peaks[0].parameters:
            yield (
                f"few points: {self._peak.points} for {self._peaks[0].parameters} separate "
                "parameters, so the test has little power"
            )
        for name, optimum in zip(self._labels, self._peak.optima, strict=True):
            fresh = optimum.fresh[optimum.problem.used.ravel()]
            correlation = lag_one(fresh, 1e-24)
            if fresh.size >= 8 and abs(correlation) > 2 / np.sqrt(fresh.size):
                yield (
                    f"{name}: neighbouring residuals of the shared model correlate at "
                    f"{correlation:.2f}; p and intervals assume that they do not"
                )

    def _estimates(self) -> Iterator[tuple[str, str, str]]:
        """Yield shared parameters and ceilings: name, estimate and interval in words."""
        scale = self.model.names()[0]
        for name in self.shared:
            value = figure(float(self.params[name].iloc[0]))
            own = self._labels if name == scale else ()
            yield f"shared {name}", value, f"{self.interval(name)}{self._observed(own)}"
        for i, label in enumerate(() if scale in self.shared else self._labels):
            away = self._peak.runaway[i]
            value = "runs away" if away else figure(float(self._peak.values[i, 0]))
            interval = f"{self.interval(scale, label)}{self._observed(() if away else (label,))}"
            yield f"{label}: {scale}", value, interval

    def _observed(self, labels: Sequence[str]) -> str:
        """Say how much of their ceiling some records have reached, if it has one."""
        if not (self.model.bounded and labels):
            return ""
        shares = {name: percent(self.fraction_observed[name]) for name in labels}
        if len(shares) == 1:
            return f"; {next(iter(shares.values()))} observed"
        each = ", ".join(f"{name} {share}" for name, share in shares.items())
        return f"; observed: {each}"

    def __str__(self) -> str:
        """Say what was shared, with the intervals, the ladder and the concerns."""
        lines = [f"{self.model.__name__}, {len(self._labels)} records"]
        for name, value, interval in self._estimates():
            lines.append(f"  {name} {'' if value == 'runs away' else '= '}{value}: {interval}")
        for label, row in self.table.iterrows():
            p = "" if np.isnan(row["p"]) else f", p = {row['p']:.3g} against the row above"
            lines.append(f"  {label}: AICc {row['aicc']:.1f}{p}")
        return "\n".join(lines + [f"  concern: {concern}" for concern in self.concerns])

    def _repr_html_(self) -> str:
        estimates = ["", "estimate", "interval"], self._estimates()
        ladder = [
            (label, f"{row['aicc']:.1f}", "" if np.isnan(row["p"]) else f"{row['p']:.3g}")
            for label, row in self.table.iterrows()
        ]
        rungs = ["", "AICc", "p against the row above"], ladder
        title = f"{self.model.__name__}, {len(self._labels)} records"
        return as_html(title, estimates, rungs, notes=self.concerns)
