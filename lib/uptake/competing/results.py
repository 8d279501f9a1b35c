"""What `compete` returns: a system, the records behind it, its simpler rivals and its doubts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
from scipy import stats

from uptake.competing.contests import Contest, Found, best
from uptake.competing.profiles import Peak, ValueTrace
from uptake.competing.systems import System
from uptake.intervals import Interval, Profile, estimates, figure, percent
from uptake.joint import JointFit
from uptake.least_squares import Array
from uptake.separable import Kind, Scale
from uptake.showing import as_html


@dataclass(frozen=True)
class SeparateTest:
    """The test of "no cross terms" against the full model.

    Attributes
    ----------
    statistic : float
        Likelihood ratio: twice the gain in log-likelihood.
    constraints : int
        Number of cross terms the simpler model sets.
    p_value : float
        Share of records simulated from the simpler model whose ratio is at least as large,
        (1 + count) / (1 + n).
    n : int
        Number of simulated records.
    label : str
        The simpler model.
    """

    statistic: float
    constraints: int
    p_value: float
    n: int
    label: str

    def __str__(self) -> str:
        """Say the result in a line."""
        return (
            f"{self.label} against cross terms: likelihood ratio {self.statistic:.2f} on "
            f"{self.constraints}, parametric-bootstrap p = {self.p_value:.3g} (n = {self.n})"
        )


@dataclass(frozen=True, eq=False)
class Competition(JointFit):
    """What fitting one system to several records produced.

    Attributes
    ----------
    system : System
        The best system; call it to predict. Its times count from `origin`, in years for dates.
    t : ndarray
        Times (stock) or edges (flow), as numbers.
    records : dict of str to ndarray
        The records, in the order of the system's numbering: first is 1.
    kind, scale : str
        As given to `compete`.
    origin : Timestamp, float or None
        What time zero is.
    ladder : DataFrame
        One row per model, simpler ones first: ``parameters``, ``log_likelihood``, ``aicc``, and
        ``ratio`` and ``p`` (by F(constraints, n - k), approximate) against the full model where
        it is nested; NaN where it is not.
    interior : bool
        Whether the optimum is interior.
    concerns : tuple of str
        Reasons to distrust the fit.
    """

    system: System
    t: Array
    records: dict[str, Array]
    kind: Kind
    scale: Scale
    origin: pd.Timestamp | float | None
    ladder: pd.DataFrame
    interior: bool
    concerns: tuple[str, ...] = ()
    _peak: Peak = field(repr=False, kw_only=True)
    _null: Peak | None = field(repr=False, kw_only=True)

    @property
    def params(self) -> dict[str, float]:
        """All parameters by name, fixed ones too."""
        return dict(self._peak.values)

    @property
    def free(self) -> tuple[str, ...]:
        """Names of the parameters that were fitted."""
        return self._peak.names

    @property
    def fitted(self) -> dict[str, Array]:
        """What the system says where the records were observed: levels, or flows."""
        expected = self._peak.contest.expected(np.array([list(self.params.values())]))[0]
        return dict(zip(self.records, expected, strict=True))

    @property
    def residuals(self) -> dict[str, Array]:
        """Record less fit, or the difference of logs; NaN where the weight is zero."""
        out = {}
        for i, (name, fitted) in enumerate(self.fitted.items()):
            used = self._peak.contest.root[i] > 0
            y, fitted = np.where(used, self.records[name], 1.0), np.where(used, fitted, 1.0)
            difference = np.log(y / fitted) if self.scale == "log" else y - fitted
            out[name] = np.where(used, difference, np.nan)
        return out

    @property
    def sse(self) -> dict[str, float]:
        """Weighted sum of squared residuals of each record, on the scale of the fit."""
        root = self._peak.contest.root
        return {
            name: float(np.nansum((each * root[i]) ** 2))
            for i, (name, each) in enumerate(self.residuals.items())
        }

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per free parameter: estimate, standard error, 95% profile interval."""
        error, interval = self._peak.standard_error, self.interval
        return estimates(
            {name: (self.params[name], error(name), interval(name)) for name in self.free}
        )

    @cached_property
    def identified(self) -> bool:
        """Whether there is an interior optimum and every 95% profile interval is finite."""
        return self.interior and all(self.interval(name).bounded for name in self.free)

    def profile(self, name: str) -> Profile:
        """Return the profile likelihood of a parameter.

        Its ``sse`` column holds the mean variance of the records (see `Contest.cost`) in squared
        units of their maxima; the statistic is held against F(1, n - k).

        Raises
        ------
        ValueError
            For an unknown name or a fixed parameter.
        """
        if name not in self.params:
            raise ValueError(f"there is no {name!r}; ask for one of {', '.join(self.free)}")
        if name not in self.free:
            raise ValueError(f"{name} was fixed, so it has no interval; fit it without fixed=")
        return self._profile(name, lambda: ValueTrace(self._peak, name))

    def interval(self, name: str, level: float = 0.95) -> Interval:
        """Return a profile-likelihood interval, whose ends may be infinite.

        The outermost crossing on each side; a profile that reaches the edge of the search box
        below the cut-off is open there.
        """
        return self.profile(name).interval(level)

    def simulated_ratios(self, n: int, rng: np.random.Generator) -> Array:
        """Return likelihood ratios of records drawn from the fitted model without cross terms.

        Noise is Gaussian, independent, of each record's own fitted size; both models are fitted
        anew to every draw.

        Parameters
        ----------
        n : int
            Number of draws.
        rng : Generator

        Returns
        -------
        ndarray, shape (n,)

        Raises
        ------
        ValueError
            When all cross terms are fixed, or for fewer than one draw.

        Examples
        --------
        >>> from uptake.competing import LotkaVolterra, compete
        >>> t, rng = np.arange(16.0), np.random.default_rng(3)
        >>> truth = LotkaVolterra(100.0, 50.0, 0.8, 0.5, 0.0, 0.0, 2.0, 1.0)
        >>> y1, y2 = truth(t) + rng.normal(0, 1.0, (2, 16))
        >>> result = compete(LotkaVolterra, t, {"a": y1, "b": y2})
        >>> ratios = result.simulated_ratios(9, rng)
        >>> ratios.shape, bool((ratios >= 0).all())
        ((9,), True)
        >>> test = result.test(9, rng=rng)
        >>> test.label, test.constraints, test.n
        ('separate curves', 2, 9)
        """
        if self._null is None:
            raise ValueError("all cross terms are fixed: there is no simpler model to draw from")
        if n < 1:
            raise ValueError(f"n counts simulated records, at least one; got {n}")
        null, full = self._null.contest, self._peak.contest
        drawn = self._null.draw(n, rng)
        values = np.array([[*self.params.values()], [*self._null.values.values()]])
        near = np.repeat(values[:, np.newaxis], n, axis=1)
        simple, rich = fit_both(null.with_records(drawn), full.with_records(drawn), near)
        return np.maximum(full.points * np.log(simple.cost / rich.cost), 0.0)

    def test(self, n: int = 499, *, rng: np.random.Generator) -> SeparateTest:
        """Test "no cross terms" by simulating the simpler model.

        Parameters
        ----------
        n : int
            Number of simulated records; the smallest possible p is 1 / (n + 1).
        rng : Generator

        Returns
        -------
        SeparateTest
        """
        ratios = self.simulated_ratios(n, rng)
        row = self.ladder.iloc[0]
        count = int((ratios >= row["ratio"]).sum())
        constraints = self._peak.parameters - self._null.parameters
        label = str(self.ladder.index[0])
        return SeparateTest(float(row["ratio"]), constraints, (1 + count) / (1 + n), n, label)

    @property
    def fraction_observed(self) -> dict[str, float]:
        """Share of each ceiling that the system has reached at the records' end, by parameter."""
        return self.system.reached(float(self.t[-1]))

    def _estimates(self) -> Iterator[tuple[str, str, str]]:
        """Yield each parameter's name, estimate, and for ceilings and cross terms the interval.

        The others' take as long to trace, and mean little without them; `interval` gives them.
        """
        observed = self.fraction_observed
        for name, value in self.params.items():
            asked = name in self.free and (name in self.system.cross or name in observed)
            said = [str(self.interval(name))] if asked else []
            said += [f"{percent(observed[name])} observed"] if name in observed else []
            yield name, figure(value), "; ".join(said)

    def __str__(self) -> str:
        """Say what was fitted, the ceilings' and cross terms' intervals, ladder and concerns."""
        who = ", ".join(f"{i} = {name}" for i, name in enumerate(self.records, 1))
        lines = [f"{type(self.system).__name__} ({who}), {self._peak.points} {self.kind}s"]
        for name, value, said in self._estimates():
            lines.append(f"  {name} = {value}{': ' if said else ''}{said}")
        for label, row in self.ladder.iterrows():
            lines.append(f"  {label}: AICc {row['aicc']:.1f}")
        return "\n".join(lines + [f"  concern: {concern}" for concern in self.concerns])

    def _repr_html_(self) -> str:
        who = ", ".join(f"{i} = {name}" for i, name in enumerate(self.records, 1))
        ladder = [(label, f"{row['aicc']:.1f}") for label, row in self.ladder.iterrows()]
        title = f"{type(self.system).__name__} ({who}), {self._peak.points} {self.kind}s"
        estimates = ["", "estimate", "interval"], self._estimates()
        return as_html(title, estimates, (["", "AICc"], ladder), notes=self.concerns)


def fit_both(null: Contest, full: Contest, near: Array | None = None) -> tuple[Found, Found]:
    """Fit the model without cross terms, and from there the one with them.

    Parameters
    ----------
    null, full : Contest
        The same records, with and without the cross terms held.
    near : ndarray, shape (starts, b, k), optional
        Further starts, as parameters.
    """
    starts = null.system.starts(null)
    extra = np.empty((0, *starts.shape[1:])) if near is None else near
    simple = best(null, np.concatenate([starts, extra]))
    values = null.values(simple.theta, np.arange(len(null.y)))
    rich = best(full, np.concatenate([full.system.spread(values, full), extra]))
    return simple, rich


def ratio_p(ratio: float, constraints: int, points: int, freedom: int) -> float:
    """Return the p value of a likelihood ratio by the F distribution, exact for a linear model."""
    rise = np.expm1(ratio / points) * freedom / constraints
    return float(stats.f.sf(rise, constraints, freedom))
