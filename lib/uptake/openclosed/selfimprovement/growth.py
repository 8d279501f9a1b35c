r"""Two sides: research that models speed up, knowledge that spills over, a best model held back.

Time is counted in today's measured lag of the open side, and capability in the progress that the
closed side makes in that time at today's speed. So without feedback its capability is :math:`x = t`
and the lag is 1. See `World` for the equations.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.integrate import solve_ivp

RUNAWAY = 20.0
"""A run stops when the closed side has made this many times the progress that today's speed would
make by the horizon: the model means nothing beyond."""


@dataclass(frozen=True)
class World:
    r"""The parameters, all without dimension.

    The closed side's best model ``x`` and its research effort ``A``:

    .. math::
        \dot x = e^{B (t - x)} A(x), \qquad
        A(x) = \bigl(\alpha + (1 - \alpha) L^\rho\bigr)^{1/\rho}, \qquad
        L(x) = 1 - w + w e^{r B x}, \qquad \rho = \frac{\sigma - 1}{\sigma}

    Compute and staff grow as they did, :math:`e^{Bt}`, ideas get harder to find, :math:`e^{-Bx}`,
    and the two hold each other: that is the straight line seen so far. ``A`` is what models add,
    a CES of compute and cognitive work ``L``, of which models do the share ``w`` today.
    The open side ``y`` does research of its own and copies what is public:

    .. math::
        \dot y = (1 - S) e^{B (t - 1 - H - y)} A(z) + S e^{-c t} (p - y) \dot x^\theta, \quad
        p(t) = x(t - H - \eta t), \quad z = y + a \max(p - y, 0)

    It starts at :math:`y(0) = -1 - H`: one lag behind what is public, which is ``H`` behind the
    best. Before 0 nothing was sped up and the hold-back was ``H``.

    Attributes
    ----------
    hardening : float
        ``B``: log growth of research inputs in a lag, and log rise of difficulty in a lag's
        progress.
    returns : float
        ``r``: log of models' work gained while ideas get harder by a factor e. Above 1, research
        done by models alone speeds itself up without end.
    elasticity : float
        ``sigma``, of substitution between compute and cognitive work; positive.
    compute : float
        ``alpha``: share of compute in research effort today.
    automated : float
        ``w``: share of models in cognitive research work today.
    copied : float
        ``S``: share of the open side's progress that is copied today (distillation, publication,
        staff).
    quickening : float
        ``theta``: how far copying speeds up with the closed side's research; 0 not, 1 in step.
    access : float
        ``a``: how far open laboratories use the best public model as their tool; 0 not, 1 fully.
    withheld : float
        ``H``: age of the best model when it becomes public.
    tightening : float
        ``eta``: growth of that age; below 1.
    closing : float
        ``c``: rate at which copying is cut off.

    Raises
    ------
    ValueError
        If a parameter is outside its range.

    Examples
    --------
    >>> World(copied=1.5)
    Traceback (most recent call last):
        ...
    ValueError: copied is 1.5; give a number from 0 to 1
    """

    hardening: float = 0.5
    returns: float = 1.0
    elasticity: float = 1.0
    compute: float = 0.5
    automated: float = 0.1
    copied: float = 0.5
    quickening: float = 0.5
    access: float = 0.5
    withheld: float = 0.0
    tightening: float = 0.0
    closing: float = 0.0

    def __post_init__(self) -> None:
        """Refuse parameters that have no meaning."""
        for name in ("compute", "automated", "copied", "quickening", "access"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is {getattr(self, name)}; give a number from 0 to 1")
        for name in ("returns", "withheld", "tightening", "closing"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"{name} is {getattr(self, name)}; give 0 or more")
        if not (self.hardening > 0 and self.elasticity > 0 and self.tightening < 1):
            raise ValueError("hardening and elasticity must be positive and tightening below 1")

    def log_effort(self, capability: ArrayLike) -> NDArray:
        """Return the logarithm of ``A``, by which models of this capability speed research up."""
        with np.errstate(divide="ignore"):  # the log of a share of zero is minus infinity
            human, models = np.log1p(-self.automated), np.log(self.automated)
            machines, minds = np.log(self.compute), np.log1p(-self.compute)
        growth = self.returns * self.hardening * np.asarray(capability, float)
        work = np.logaddexp(human, models + growth)
        rho = (self.elasticity - 1) / self.elasticity
        if abs(rho) < 1e-9:
            return (1 - self.compute) * work
        return np.logaddexp(machines, minds + rho * work) / rho


@dataclass(frozen=True, eq=False)
class Path:
    """How a world went.

    Attributes
    ----------
    world : World
        Its parameters.
    t : ndarray, shape (n,)
        Times, in lags; the last is the horizon, or when the closed side ran away.
    best, opened : ndarray, shape (n,)
        Capability of the best closed model, public or not, and of the best open one.
    runaway : bool
        Whether the closed side made `RUNAWAY` times the progress of today's speed.
    """

    world: World
    t: NDArray
    best: NDArray
    opened: NDArray
    runaway: bool

    @property
    def gap(self) -> NDArray:
        """Best closed less best open model, in lags of progress at today's speed."""
        return self.best - self.opened

    @cached_property
    def true_lag(self) -> NDArray:
        """Time since the closed side had what the open side has, whether it was shown or not."""
        return self.t - self._since()

    @cached_property
    def measured_lag(self) -> NDArray:
        """Time since a public closed model had what the open side has: what an index can see."""
        made, world = self._since() + self.world.withheld, self.world
        shown = np.where(made > 0, made / (1 - world.tightening), made)
        return self.t - shown

    def _since(self) -> NDArray:
        times = np.r_[-1e3, self.t]
        return np.interp(self.opened, np.r_[-1e3, self.best], times)


def run(world: World, horizon: float, *, points: int = 400) -> Path:
    """Solve a world up to a horizon.

    Parameters
    ----------
    world : World
        The parameters.
    horizon : float
        In lags; positive.
    points : int
        Number of times returned, besides the solver's own.

    Raises
    ------
    ValueError
        If the horizon is not positive.
    ArithmeticError
        If the solver fails.

    Examples
    --------
    >>> path = run(World(automated=0.0), 5.0)
    >>> path.true_lag[[0, -1]].round(3).tolist()    # no feedback: the lag stays as it is
    [1.0, 1.0]
    """
    if not horizon > 0:
        raise ValueError(f"the horizon is {horizon}; give a positive number of lags")
    b = world.hardening

    # The closed side's capability is the clock: a run that is infinite at a finite time is smooth
    # in it.
    def time(x: float, t: NDArray) -> NDArray:
        return np.exp(-b * (t - x) - world.log_effort(x))

    def over(x: float, t: NDArray) -> float:
        return t[0] - horizon

    over.terminal = True
    clock = _solved(time, (0.0, RUNAWAY * horizon), [0.0], events=over)
    top, runaway = clock.t[-1], clock.status == 0
    # Fine where the public model is looked up at an earlier time, coarse where it is far ahead.
    grid = np.unique(np.r_[np.linspace(0, min(top, 2 * horizon), 2000), np.linspace(0, top, 1000)])
    when = clock.sol(grid)[0]

    def opened(x: float, y: NDArray) -> NDArray:
        t = clock.sol(x)[0]
        pace = b * (t - x) + world.log_effort(x)  # log of the closed side's speed
        gap = _public(world, t, x, grid, when) - y
        tool = world.log_effort(y + world.access * np.maximum(gap, 0))
        own = np.exp(b * (t - 1 - world.withheld - y) + tool - pace)
        copied = gap * np.exp(-world.closing * t + (world.quickening - 1) * pace)
        return (1 - world.copied) * own + world.copied * copied

    follower = _solved(opened, (0.0, top), [-1 - world.withheld])
    evenly = np.interp(np.linspace(0, when[-1], points), when, grid)
    best = np.unique(np.r_[evenly, clock.t])
    return Path(world, clock.sol(best)[0], best, follower.sol(best)[0], runaway)


def _public(world: World, t: float, x: float, grid: NDArray, when: NDArray) -> float:
    """Return the capability that is public at a time."""
    if world.withheld == 0 and world.tightening == 0:
        return x
    made = t - world.withheld - world.tightening * t
    return float(np.interp(made, when, grid)) if made > 0 else made


def _solved(
    derivative: Callable[[float, NDArray], NDArray],
    span: tuple[float, float],
    start: list[float],
    events: Callable[[float, NDArray], float] | None = None,
) -> Any:
    options = {"method": "LSODA", "dense_output": True, "rtol": 1e-6, "atol": 1e-8}
    found = solve_ivp(derivative, span, start, events=events, **options)
    if not found.success:
        raise ArithmeticError(f"the solver stopped: {found.message}")
    return found


def closed_form(t: ArrayLike, hardening: float, feedback: float) -> NDArray:
    r"""Return the closed side's capability where it can be written down.

    With elasticity 1 and all cognitive work done by models, :math:`A = e^{fx}` with
    :math:`f = (1 - \alpha) r B`, and

    .. math:: x(t) = \frac{1}{B - f} \ln\Bigl(1 + \frac{B - f}{B} (e^{Bt} - 1)\Bigr),

    which for :math:`f > B` is infinite at a finite time (NaN from there on).

    Parameters
    ----------
    t : array-like
        Times, in lags.
    hardening, feedback : float
        ``B`` and ``f``; they must differ.

    Examples
    --------
    >>> closed_form([0.0, 3.0], 0.5, 0.0).round(6).tolist()    # no feedback: a straight line
    [0.0, 3.0]
    """
    t, spare = np.asarray(t, float), hardening - feedback
    if spare == 0:
        raise ValueError("hardening and feedback are equal; the limit is (exp(B t) - 1) / B")
    inside = 1 + spare / hardening * np.expm1(hardening * t)
    return np.log(np.where(inside > 0, inside, np.nan)) / spare
