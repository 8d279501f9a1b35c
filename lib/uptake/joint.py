"""What joint fits of several records have in common, whatever joins the records.

`uptake.sharing` gives them parameters of one curve in common, `uptake.competing` one system; in
both every record has noise of its own size.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable
from functools import cached_property
from typing import Protocol

import numpy as np

from uptake.criteria import aicc
from uptake.intervals import Profile, traced
from uptake.least_squares import Array
from uptake.showing import Stored
from uptake.traces import Trace


class Found(Protocol):
    """Where a search of one row ended."""

    cost: Array
    """Least value of the criterion, shape (1,)."""


class JointPeak(ABC):
    """Where the likelihood of several records together is highest."""

    found: Found

    @property
    @abstractmethod
    def points(self) -> int:
        """Points of all records."""

    @property
    @abstractmethod
    def parameters(self) -> int:
        """Number of parameters searched, the noise of the records apart."""

    @property
    @abstractmethod
    def records(self) -> int:
        """Number of records."""

    @property
    @abstractmethod
    def log_likelihood(self) -> float:
        """Gaussian log-likelihood of the data themselves, a variance for each record."""

    @property
    def problem(self) -> JointPeak:
        """Itself: what `Profile` asks for the unit of its cost."""
        return self

    @property
    def unit(self) -> Array:
        """One: the cost joins records of different units, so it has none."""
        return np.ones(1)

    @property
    def cost(self) -> float:
        """What the search made least: a mean of the records' variances."""
        return float(self.found.cost[0])

    @property
    def freedom(self) -> int:
        """Points of all records less parameters."""
        return self.points - self.parameters

    @property
    def aicc(self) -> float:
        """Akaike's criterion corrected for few points; each record's noise counts as one."""
        return float(aicc(self.log_likelihood, self.parameters + self.records, self.points))


class JointFit(Stored):
    """What a joint fit says of itself by way of its optimum, for dataclasses to inherit."""

    _peak: JointPeak

    @property
    def degrees_of_freedom(self) -> int:
        """Points of all records less free parameters."""
        return self._peak.freedom

    @property
    def log_likelihood(self) -> float:
        """Gaussian log-likelihood with a variance for each record, in the unit of the data."""
        return self._peak.log_likelihood

    @property
    def aicc(self) -> float:
        """Akaike's criterion corrected for few points; each record's noise counts as one."""
        return self._peak.aicc

    @cached_property
    def _profiles(self) -> dict[Hashable, Profile]:
        return {}

    def _profile(self, key: Hashable, trace: Callable[[], Trace]) -> Profile:
        """Return the profile of a key, traced when it is first asked for."""
        if key not in self._profiles:
            self._profiles[key] = traced(trace(), self._peak)
        return self._profiles[key]
