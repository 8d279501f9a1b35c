"""The curves that every test of the contract runs over, and records drawn from them.

A new curve needs one line in `TRUTHS`: the curve, the differential equation it must obey, and a
point it must pass through. The two together pin the formula; neither alone does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, dataclass
from typing import Any, NamedTuple

import numpy as np
import pytest
from scipy import optimize

from uptake import (
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
from uptake.curves import positive, real


@dataclass(frozen=True)
class Arctangent(Curve):
    """An S-curve that the library does not have; its flow is Cauchy's density."""

    m: float = positive()
    w: float = positive()
    t0: float = real()

    @staticmethod
    def shape(t, w, t0):
        return 0.5 + np.arctan((t - t0) / w) / np.pi

    @staticmethod
    def shape_jacobian(t, w, t0):
        density = w / (np.pi * (w**2 + (t - t0) ** 2))
        return -density * (t - t0) / w, -density

    @staticmethod
    def starts(first, last):
        widths, places = (last - first) * np.geomspace(0.01, 3, 12), np.linspace(first, last, 12)
        return np.array([(w, t0) for w in widths for t0 in places])


class Truth(NamedTuple):
    """A curve, its slope by itself, its level and time, and a point (t, level) on it."""

    curve: Curve
    slope: Callable[[Any, Any, Any], Any]
    point: tuple[float, float]


def two_waves(c: BiLogistic, n: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Return the sum of two waves' slopes, each a squared hyperbolic secant."""
    first = c.w * c.r1 / np.cosh(c.r1 * (t - c.t1) / 2) ** 2
    return c.m / 4 * (first + (1 - c.w) * c.r2 / np.cosh(c.r2 * (t - c.t2) / 2) ** 2)


TRUTHS = [
    Truth(Bass(80.0, 0.01, 0.4), lambda c, n, t: (c.p + c.q * n / c.m) * (c.m - n), (0, 0)),
    Truth(Logistic(80.0, 0.5, 9.0), lambda c, n, t: c.r * n * (1 - n / c.m), (9, 40)),
    Truth(Gompertz(80.0, 0.3, 8.0), lambda c, n, t: c.b * n * np.log(c.m / n), (8, 80 / np.e)),
    Truth(
        ShiftedGompertz(80.0, 0.3, 8.0),
        lambda c, n, t: c.b * n * (1 / np.expm1(c.b * t) + c.eta * np.exp(-c.b * t)),
        (np.log(2) / 0.3, 40 * np.exp(-4)),
    ),
    Truth(
        Weibull(80.0, 12.0, 2.5),
        lambda c, n, t: c.k / c.b * (t / c.b) ** (c.k - 1) * (c.m - n),
        (12, 80 - 80 / np.e),
    ),
    Truth(
        Richards(80.0, 0.5, 9.0, 0.5),
        lambda c, n, t: c.r / c.nu * n * (1 - (n / c.m) ** c.nu),
        (9, 20),
    ),
    Truth(BiLogistic(80.0, 0.4, 1.0, 5.0, 0.8, 18.0), two_waves, (5, 16 + 48 / (1 + np.exp(10.4)))),
    Truth(Exponential(3.0, 0.12), lambda c, n, t: c.r * n, (0, 3)),
    Truth(
        Arctangent(80.0, 3.0, 10.0),
        lambda c, n, t: c.m / (np.pi * c.w) * np.sin(np.pi * n / c.m) ** 2,
        (10, 40),
    ),
]
CURVES = [truth.curve for truth in TRUTHS]
EDGES = np.arange(26.0)

# Video recorders sold in the United States, thousands a year, 1979-1988; the series is the example
# of the R package DIMORA.
VCR_SALES = [840, 1470, 2110, 4000, 7590, 10950, 10530, 9470, 7790, 5890]
VCR_EDGES = np.arange(11.0)

every_truth = pytest.mark.parametrize("truth", TRUTHS, ids=lambda t: type(t.curve).__name__)
every_curve = pytest.mark.parametrize("curve", CURVES, ids=lambda c: type(c).__name__)
every_kind = pytest.mark.parametrize("kind", ["stock", "flow"])
every_scale = pytest.mark.parametrize("scale", ["linear", "log"])


def times(kind: str) -> np.ndarray:
    """Return edges, or the ends of the same intervals."""
    return EDGES if kind == "flow" else EDGES[1:]


def predict(curve: Curve, t: np.ndarray, kind: str) -> np.ndarray:
    """Return levels or flows."""
    return curve.flow(t) if kind == "flow" else curve(t)


def record(curve: Curve, kind: str, scale: str = "linear", *, seed: int = 7) -> np.ndarray:
    """Return a noisy record: 2% of the largest value added, or 3% multiplied on the log scale."""
    clean, rng = predict(curve, times(kind), kind), np.random.default_rng(seed)
    noise = rng.normal(0, 1, clean.size)
    return clean * np.exp(0.03 * noise) if scale == "log" else clean + 0.02 * clean.max() * noise


def residuals(
    curve: Curve, t: np.ndarray, y: np.ndarray, kind: str, scale: str = "linear"
) -> np.ndarray:
    """Return record less curve, or the difference of their logs."""
    fitted = predict(curve, t, kind)
    return np.log(y) - np.log(fitted) if scale == "log" else y - fitted


def independent(
    start: Curve,
    t: np.ndarray,
    y: np.ndarray,
    kind: str,
    scale: str = "linear",
    *,
    held: tuple[str, ...] = (),
    root_weights: np.ndarray | float = 1.0,
) -> tuple[Curve, float]:
    """Search from a curve with scipy's trust region, without projection or batch.

    Parameters
    ----------
    start : Curve
        Also gives the values of what is ``held``.
    held : tuple of str
        Parameters to hold.
    root_weights : ndarray or float
        What multiplies the residuals.

    Returns
    -------
    best : Curve
    sse : float
    """
    family, names = type(start), type(start).names()
    moving = [i for i, name in enumerate(names) if name not in held]
    transforms, values = family.transforms(), np.array(astuple(start))

    def rebuild(free: np.ndarray) -> Curve:
        full = values.copy()
        full[moving] = [transforms[i].back(each) for i, each in zip(moving, free, strict=True)]
        return family.trusted(full.tolist())

    def cost(free: np.ndarray) -> np.ndarray:
        return root_weights * residuals(rebuild(free), t, y, kind, scale)

    first = [float(transforms[i].free(values[i])) for i in moving]
    with np.errstate(all="ignore"):
        found = optimize.least_squares(
            cost, first, x_scale="jac", xtol=1e-15, ftol=1e-15, gtol=1e-15
        )
    return rebuild(found.x), 2 * float(found.cost)


def scattered(curve: Curve, rng: np.random.Generator) -> Curve:
    """Return a curve some way off, for an independent search to start from."""
    moved = []
    for value, transform in zip(astuple(curve), type(curve).transforms(), strict=True):
        wide = 0.3 * abs(value) if transform.name == "none" else 0.3
        moved.append(float(transform.back(transform.free(value) + wide * rng.normal())))
    return type(curve)(*moved)
