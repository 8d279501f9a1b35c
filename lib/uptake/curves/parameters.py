"""What a parameter of a curve may be, and the free coordinate in which it is searched."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Transform:
    """A map from a parameter to a free coordinate, in which searches have no walls.

    Parameters
    ----------
    name : str
        "log", "logit" or "none".
    lower, upper : float
        Open bounds of the parameter itself.
    free : callable
        Parameter to free coordinate.
    back : callable
        Free coordinate to parameter.
    slope : callable
        Derivative of the parameter by its free coordinate, as a function of the parameter.
    """

    name: str
    lower: float
    upper: float
    free: Callable[[Array], Array]
    back: Callable[[Array], Array]
    slope: Callable[[Array], Array]


LOG = Transform("log", 0.0, np.inf, np.log, np.exp, lambda value: value)
LOGIT = Transform(
    "logit",
    0.0,
    1.0,
    lambda value: np.log(value) - np.log1p(-value),
    lambda free: 1 / (1 + np.exp(-free)),
    lambda value: value * (1 - value),
)
NONE = Transform("none", -np.inf, np.inf, np.asarray, np.asarray, np.ones_like)


def positive() -> Any:
    """Declare a parameter above zero, searched on the log.

    Examples
    --------
    >>> positive().metadata["transform"].name
    'log'
    """
    return field(metadata={"transform": LOG})


def fraction() -> Any:
    """Declare a parameter between zero and one, searched on the logit.

    Examples
    --------
    >>> fraction().metadata["transform"].name
    'logit'
    """
    return field(metadata={"transform": LOGIT})


def real() -> Any:
    """Declare a parameter of either sign, searched as it is.

    Examples
    --------
    >>> real().metadata["transform"].name
    'none'
    """
    return field(metadata={"transform": NONE})
