"""A verdict as a value: what was decided, on what, and how Jupyter and machines see it."""

import datetime
import math
from dataclasses import dataclass
from typing import Any

from uptake.openclosed.estimates import Estimate
from uptake.openclosed.rules import GRADES, Tripwire

VERDICTS = ("supported", "against", "mixed", "cannot tell", "not testable")
MIME = "application/vnd.uptake.verdict+json"
"""Type under which a verdict shows itself, so that a notebook's verdicts can be collected."""


@dataclass(frozen=True)
class Verdict:
    """A claim's verdict with all it rests on; Jupyter shows it as a paragraph.

    Parameters
    ----------
    claim, title : str
        Id and title of the claim.
    verdict : str
        One of `VERDICTS`.
    estimate : Estimate or None
        The primary estimate.
    power : float or None
        Simulated power at the smallest effect, 0 to 1.
    specifications : int
        Number of combinations of choices with an estimate.
    share_for, share_against : float or None
        Share of all declared combinations whose estimate supports, or refutes, the claim.
    grade : {"A", "B", "C"}
        Of the data.
    as_of : date
        Day by which the figures had to be known; a record that ends earlier ends there.
    tripwire : Tripwire
        The dated observation that would change the verdict.
    reasons : tuple of str
        Why this verdict, as sentences.
    no_vote : str
        Why the two shares are no evidence, where they are none.
    """

    claim: str
    title: str
    verdict: str
    estimate: Estimate | None
    power: float | None
    specifications: int
    share_for: float | None
    share_against: float | None
    grade: str
    as_of: datetime.date
    tripwire: Tripwire
    reasons: tuple[str, ...]
    no_vote: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return the verdict for machines, numbers rounded to six significant digits.

        ``low`` and ``high`` are null where the interval is not bounded, and all three numbers
        where there is no estimate. ``share`` is the share that supports the claim.
        """
        estimate = self.estimate
        shown = estimate is not None and estimate.exists
        return {
            "claim": self.claim,
            "title": self.title,
            "verdict": self.verdict,
            "estimate": _rounded(estimate.value) if shown else None,
            "low": _rounded(estimate.low) if shown else None,
            "high": _rounded(estimate.high) if shown else None,
            "unit": None if estimate is None else estimate.unit,
            "level": estimate.level if shown else None,
            "n": None if estimate is None else estimate.n,
            "power": _rounded(self.power),
            "specifications": self.specifications,
            "share": _rounded(self.share_for),
            "share_against": _rounded(self.share_against),
            "grade": self.grade,
            "as_of": self.as_of.isoformat(),
            "tripwire": {
                "date": self.tripwire.date.isoformat(),
                "observation": self.tripwire.observation,
                "source": self.tripwire.source,
            },
            "reasons": list(self.reasons),
            "concerns": list(self.estimate.concerns) if shown else [],
        }

    def __str__(self) -> str:
        """Return the verdict as a paragraph without markup."""
        return f"{self.claim} {self.title}: {self.verdict}. {self._body()} {self._outlook()}"

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        head = f"**{self.claim} {self.title}: {self.verdict}.**"
        markdown = f"{head} {self._body()}\n\n*{self._outlook()}*"
        return {"text/plain": str(self), "text/markdown": markdown, MIME: self.as_dict()}

    def _body(self) -> str:
        numbers = [] if self.estimate is None else [f"{_capital(str(self.estimate))}."]
        if self.no_vote:
            numbers.append(f"The declared combinations of choices are no evidence. {self.no_vote}")
        elif self.share_for is not None:
            numbers.append(
                f"Of the declared combinations of choices {self.share_for:.0%} support the claim "
                f"and {self.share_against:.0%} speak against it "
                f"({self.specifications} could be estimated)."
            )
        if self.power is not None:
            numbers.append(f"Power at the smallest effect that matters: {self.power:.0%}.")
        if self.estimate is not None and self.estimate.exists and self.estimate.concerns:
            numbers.append(f"To be borne in mind: {'; '.join(self.estimate.concerns)}.")
        data = f"Data: grade {self.grade} ({GRADES[self.grade]}), known by {_day(self.as_of)}."
        return " ".join([*numbers, *self.reasons, data])

    def _outlook(self) -> str:
        wire = self.tripwire
        return f"Tripwire, {_day(wire.date)}: {wire.observation} ({wire.source})"


def _rounded(number: float | None) -> float | None:
    """Return a number with six significant digits; None where JSON has no number for it.

    More than are known, so that who rounds them once more rounds them as the notebook did.
    """
    return float(f"{number:.6g}") if number is not None and math.isfinite(number) else None


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _day(day: datetime.date) -> str:
    return f"{day.day} {day:%B %Y}"
