"""Two diffusions into one market, with word of mouth within and across."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from uptake.competing.systems import Coordinate, Setting, System, integrate
from uptake.criteria import aicc, log_likelihood
from uptake.curves import Bass
from uptake.fitting import fit_many
from uptake.least_squares import Array
from uptake.separable import Kind
from uptake.values import as_times

if TYPE_CHECKING:
    from uptake.competing.contests import Contest

_FARTHEST = 10.0
"""Share of the market, either way, at which a diffusion that bursts is cut off."""
_ALONE = 4
"""Points before the second launch that three parameters of the first phase need."""


@dataclass(frozen=True)
class UCRCD(System):
    r"""Unbalanced competition and regime change, diachronic (Guseo and Mortarino 2014).

    Until the second product enters, the first follows a Bass curve of its own. From then on both
    draw on what is left of one market, :math:`z = z_1 + z_2`:

    .. math::

        z_1' = \Bigl(p_1 + q_{11}\frac{z_1}{m} + q_{12}\frac{z_2}{m}\Bigr)(m - z), \qquad
        z_2' = \Bigl(p_2 + q_{21}\frac{z_1}{m} + q_{22}\frac{z_2}{m}\Bigr)(m - z)

    Parameters
    ----------
    m : float
        Market of both together, in the unit of the data.
    p1, p2 : float
        Adoption through outside influence, per unit of time.
    q11, q22 : float
        Influence of a product's own adopters, per unit of time.
    q12, q21 : float
        Influence of the second's adopters on adoption of the first, and the reverse; zero is
        none, negative a deterrent.
    entry : float
        When the second product enters; the first enters at 0.
    m0, p0, q0 : float
        Bass parameters of the first product before the entry; they do not matter when it is 0.

    Notes
    -----
    The paper writes :math:`q_{11} = q_{1c} + \delta`, :math:`q_{12} = q_{1c}`,
    :math:`q_{22} = q_2` and :math:`q_{21} = q_2 - \gamma`. If :math:`\delta = \gamma` the sum z
    is a Bass curve with :math:`p_1 + p_2` and :math:`q_{12} + q_{22}`. Even without cross
    influence the two share one market; two Bass curves with markets of their own are not a
    special case, and are compared by AICc.

    References
    ----------
    Guseo, R. and Mortarino, C. (2014). Within-brand and cross-brand word-of-mouth for sequential
    multi-innovation diffusions. *IMA Journal of Management Mathematics* 25(3), 287-311.

    Examples
    --------
    >>> both = UCRCD(m=100.0, p1=0.02, p2=0.01, q11=0.4, q12=0.1, q21=0.1, q22=0.4)
    >>> both([0.0, 5.0, 10.0]).round(2)
    array([[ 0.  , 25.53, 53.16],
           [ 0.  , 17.15, 38.7 ]])
    >>> round(both.delta, 3), round(both.gamma, 3)
    (0.3, 0.3)
    """

    kinds: ClassVar[tuple[Kind, ...]] = ("flow", "stock")
    launched: ClassVar[bool] = True
    cross: ClassVar[tuple[str, ...]] = ("q12", "q21")

    m: float
    p1: float
    p2: float
    q11: float
    q12: float
    q21: float
    q22: float
    entry: float = 0.0
    m0: float = 1.0
    p0: float = 1.0
    q0: float = 1.0

    def __post_init__(self) -> None:
        """Refuse parameters without meaning."""
        if not np.isfinite(astuple(self)).all():
            raise ValueError(f"all parameters must be finite; got {self}")
        for name in ("m", "p1", "p2", "m0", "p0", "q0"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be above zero; got {getattr(self, name)}")
        if self.entry < 0:
            raise ValueError(
                "the second product enters after the first: entry must not be negative"
            )

    @property
    def delta(self) -> float:
        """The paper's delta: own less cross influence on the first product."""
        return self.q11 - self.q12

    @property
    def gamma(self) -> float:
        """The paper's gamma: own less cross influence on the second product."""
        return self.q22 - self.q21

    def __call__(self, t: ArrayLike) -> Array:
        """Return cumulative adoptions at increasing times from 0 on, shape (2, times)."""
        t = as_times(t)
        if t.ndim != 1 or (t < 0).any() or (np.diff(t) < 0).any():
            raise ValueError("times must be a list that increases from the launch at 0")
        values = np.array([[getattr(self, name) for name in _NAMES + _BEFORE]])
        return _levels(values, t, self.entry, rtol=1e-11)[0]

    def reached(self, t: float) -> dict[str, float]:
        """Return the share of the market taken by a time, and of the first phase's at its end."""
        market = {"m": float(self([t]).sum() / self.m)}
        if self.entry == 0:
            return market
        return market | {"m0": float(Bass.shape(np.float64(self.entry), self.p0, self.q0))}

    @classmethod
    def coordinates(cls, setting: Setting) -> tuple[Coordinate, ...]:
        """Return market, outside influences, influences, and the first phase if there is one."""
        market, rate = float(setting.size.sum()), 1 / setting.span
        fastest = 5.0 * len(setting.t)
        axes = [Coordinate("m", market, -2.0, np.log(1e6))]
        axes += [Coordinate(name, rate, -20.0, np.log(fastest)) for name in ("p1", "p2")]
        axes += [
            Coordinate(name, rate, -fastest, fastest, positive=False)
            for name in ("q11", "q12", "q21", "q22")
        ]
        if setting.launches[1] > 0:
            first = float(setting.size[0])
            axes.append(Coordinate("m0", first, -5.0, np.log(1e6)))
            axes += [Coordinate(name, rate, -20.0, np.log(fastest)) for name in ("p0", "q0")]
        return tuple(axes)

    @classmethod
    def check(cls, setting: Setting) -> None:
        """Refuse more than two records, and a first phase too short to fit."""
        super().check(setting)
        if len(setting.launches) != 2:
            raise ValueError(f"UCRCD takes two records; got {len(setting.launches)}")
        ends = setting.t[1:] if setting.kind == "flow" else setting.t
        before = int(((ends > 0) & (ends <= setting.launches[1])).sum())
        if setting.launches[1] > 0 and before < _ALONE:
            raise ValueError(
                f"{before} points lie before the second launch, and the first phase needs {_ALONE}"
                ": let both begin at the origin (leave launches= out), or add earlier points"
            )

    @classmethod
    def levels(cls, values: Array, setting: Setting) -> Array:
        """Return cumulative adoptions of rows of parameters."""
        return _levels(values, setting.t, setting.launches[1], rtol=1e-7)

    @classmethod
    def nested(cls) -> dict[str, dict[str, float]]:
        """Return the model in which neither product's adopters influence the other's."""
        return {"no cross influence": {"q12": 0.0, "q21": 0.0}}

    @classmethod
    def rivals(cls, contest: Contest) -> dict[str, tuple[int, float, float]]:
        """Return two Bass curves, each with a market of its own."""
        setting, likelihood = contest.setting, 0.0
        for i in (0, 1):
            t, y, weights = _own(contest, i)
            kept = y[0, weights > 0]
            options = {"kind": setting.kind, "scale": contest.scale, "weights": weights}
            n, sse = kept.size, float(fit_many(Bass, t, y, starts=4, **options).sse[0])
            likelihood += log_likelihood(sse / n, n)
            likelihood += np.log(weights[weights > 0]).sum() / 2
            likelihood -= np.log(kept).sum() if contest.scale == "log" else 0.0
        return {"two Bass curves": (6, likelihood, float(aicc(likelihood, 8, contest.points)))}

    @classmethod
    def starts(cls, contest: Contest) -> Array:
        """Return Bass fits of each record, put into one market, of three sizes."""
        own = []
        for i in (0, 1):
            t, y, weights = _own(contest, i)
            options = {"kind": contest.setting.kind, "scale": contest.scale, "weights": weights}
            params = fit_many(Bass, t, y, **options).params
            ceiling = np.minimum(params["m"].to_numpy(), 3 * contest.setting.size[i])
            own.append((ceiling, params["p"].to_numpy(), params["q"].to_numpy()))
        (m1, p1, q1), (m2, p2, q2) = own
        zero, starts = np.zeros_like(m1), []
        for factor in (1.0, 1.5, 3.0):
            m = factor * (m1 + m2)
            for boost in (1.0, 2.0):
                columns = [m, p1 * m1 / m, p2 * m2 / m, boost * q1, zero, zero, boost * q2]
                if contest.setting.launches[1] > 0:
                    columns += [m1, p1, q1]
                starts.append(np.stack(columns, axis=1))
        return np.array(starts)

    @classmethod
    def spread(cls, null: Array, contest: Contest) -> Array:
        """Return the optimum without cross influence, with some of either sign on each side."""
        moved = []
        for first in (0.0, 0.5, -0.3):
            for second in (0.0, 0.5, -0.3):
                row = null.copy()
                row[:, 4] = first * np.abs(null[:, 3])
                row[:, 5] = second * np.abs(null[:, 6])
                moved.append(row)
        return np.array(moved)

    @classmethod
    def build(cls, values: dict[str, float], setting: Setting) -> Self:
        """Return the system with the second launch as its entry."""
        return cls(**values, entry=setting.launches[1])


_NAMES = ("m", "p1", "p2", "q11", "q12", "q21", "q22")
_BEFORE = ("m0", "p0", "q0")


def _own(contest: Contest, i: int) -> tuple[Array, Array, Array]:
    """Return one record from its launch on: times since then, values (b, n), weights."""
    t = contest.setting.t - contest.setting.launches[i]
    y, root = contest.y[:, i], contest.root[i]
    if contest.setting.kind == "stock":
        kept = t >= 0
        return t[kept], y[:, kept], root[kept] ** 2
    # An interval that the launch falls into begins at the launch.
    kept = t[1:] > 0
    first = int(np.argmax(kept))
    return np.maximum(t[first:], 0.0), y[:, kept], root[kept] ** 2


def _levels(values: Array, times: Array, entry: float, *, rtol: float) -> Array:
    m, p1, p2, q11, q12, q21, q22 = values[:, :7].T
    levels = np.zeros((len(values), 2, len(times)))
    before, held = times < entry, np.zeros(len(values))
    if entry > 0:
        m0, p0, q0 = values[:, 7:10].T[:, :, np.newaxis]
        levels[:, 0, before] = m0 * Bass.shape(times[before], p0, q0)
        held = (m0 * Bass.shape(np.array([entry]), p0, q0))[:, 0]
    if before.all():
        return levels

    def slope(t: float, w: Array) -> Array:
        w = np.clip(w, -_FARTHEST, _FARTHEST)
        left = 1 - w[0] - w[1]
        return np.stack(
            [(p1 + q11 * w[0] + q12 * w[1]) * left, (p2 + q21 * w[0] + q22 * w[1]) * left]
        )

    # A solution from the entry itself, whether or not something was observed then.
    after = np.unique(np.r_[entry, times[~before]])
    shares = integrate(slope, np.stack([held / m, np.zeros_like(m)]), after, rtol=rtol)
    shares = shares[:, :, np.searchsorted(after, times[~before])]
    levels[:, :, ~before] = shares * m[:, np.newaxis, np.newaxis]
    return levels
