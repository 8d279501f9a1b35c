"""From an estimate to a verdict, by a rule that stood before the estimate.

`judge` is total: every estimate, or none, gives exactly one of five verdicts.
"""

import datetime
from numbers import Real
from typing import Any

import pandas as pd

from uptake.openclosed import choices
from uptake.openclosed.estimates import Estimate
from uptake.openclosed.rules import Claim, Untestable
from uptake.openclosed.verdict import Verdict

SHARE = 0.8
"""Share of the specifications whose estimate must lie in the region of the primary interval."""

POWER = 0.5
"""Least simulated power at the smallest effect that matters."""

LEVEL = 0.95
"""Least level of the interval that is judged."""


def judge(
    claim: Claim,
    estimate: Estimate | None,
    *,
    specifications: pd.DataFrame | None = None,
    power: float | None = None,
    as_of: datetime.date | pd.Timestamp | str,
) -> Verdict:
    """Return the verdict on a claim.

    The branches, in this order:

    1. *Not testable*: the claim declares no prediction.
    2. *Cannot tell*: there is no estimate; or its interval lies in neither region (it meets both,
       or neither, or reaches out of the one it meets); or power at the smallest effect is under
       one half or was not simulated; or the declared choices were not run.
    3. *Supported*, *against*: the interval lies in the region, and so do the estimates of at least
       80% of the specifications, by `choices.share`.
    4. *Mixed*: the interval lies in a region, but fewer estimates do.

    Ends of regions belong to them. A claim that declares no choices is judged on the primary
    estimate alone. All reasons that hold are given, not only the first.

    Parameters
    ----------
    claim : Claim
        The claim with its rule.
    estimate : Estimate or None
        The primary estimate, in the unit of the prediction, with an interval of at least 95%.
    specifications : DataFrame, optional
        All specifications, as `choices.run` returns them.
    power : float, optional
        Share of simulated records with the smallest effect as truth whose interval leaves out
        ``claim.prediction.no_effect``.
    as_of : date
        Day by which the figures had to be known; a record that ends earlier ends there.

    Returns
    -------
    Verdict
        Shown by Jupyter as a paragraph, and collected by the book.

    Raises
    ------
    ValueError
        If the unit is not the prediction's, the level is below 95%, power lies outside [0, 1], the
        specifications are not those that the claim declares, or ``as_of`` is no date.

    Examples
    --------
    >>> from uptake.openclosed import claims
    >>> c10 = claims.load()["C10"]
    >>> verdict = judge(c10, Estimate(1.0, -2.0, 4.0, "index points a year"), power=0.7,
    ...                 as_of="2026-05-31")
    >>> verdict.verdict
    'cannot tell'
    """
    day = _day(as_of)
    if claim.prediction is None:
        reasons = tuple(_unknown(gap) for gap in claim.untestable)
        return _verdict(claim, "not testable", day, reasons)
    _check(claim, estimate, power)
    shares = (None, None)
    if specifications is not None:
        regions = (claim.prediction.supports, claim.prediction.refutes)
        shares = tuple(choices.share(specifications, region, claim=claim) for region in regions)
    side, doubts = _place(claim, estimate)
    doubts += _doubts(claim, power, specifications is not None)
    found = {"estimate": estimate, "power": power, "share_for": shares[0]}
    found |= {"share_against": shares[1], "specifications": _count(specifications)}
    if doubts:
        return _verdict(claim, "cannot tell", day, doubts, **found)
    share = 1.0 if specifications is None else shares[side == "against"]
    word = side if share >= SHARE else "mixed"
    return _verdict(claim, word, day, (_reason(claim, side, share),), **found)


def _day(as_of: Any) -> datetime.date:
    # A bare number would be read as nanoseconds since 1970.
    date = pd.NaT if isinstance(as_of, Real) else pd.Timestamp(as_of)
    if pd.isna(date):
        raise ValueError(f"as_of is {as_of!r}; give the last day of the data, such as '2026-05-31'")
    return date.date()


def _place(claim: Claim, estimate: Estimate | None) -> tuple[str, tuple[str, ...]]:
    """Return the side on which the interval lies, or the reason why it lies on none."""
    if estimate is None or not estimate.exists:
        return "", ("There is nothing to judge.",)
    ends, rule = (estimate.low, estimate.high), claim.prediction
    if rule.supports.contains(*ends):
        return "supported", ()
    if rule.refutes.contains(*ends):
        return "against", ()
    meets = (rule.supports.meets(*ends), rule.refutes.meets(*ends))
    words = {
        (True, True): "The interval meets both regions",
        (False, False): "The interval lies between the regions",
        (True, False): "The interval reaches out of the region that supports the claim",
        (False, True): "The interval reaches out of the region that refutes the claim",
    }
    legend = f"{rule.supports} supports the claim, {rule.refutes} refutes it"
    return "", (f"{words[meets]}: {legend}.",)


def _doubts(claim: Claim, power: float | None, ran: bool) -> tuple[str, ...]:
    """Return the reasons, other than the interval itself, for which one cannot tell."""
    doubts = []
    if power is None:
        doubts.append("Power was not simulated.")
    elif power < POWER:
        doubts.append(
            "The data would more often miss the smallest effect that matters than see it."
        )
    if claim.dimensions and not ran:
        doubts.append("The other declared choices were not run.")
    return tuple(doubts)


def _reason(claim: Claim, side: str, share: float) -> str:
    rule = claim.prediction
    region, does = (rule.supports, "supports") if side == "supported" else (rule.refutes, "refutes")
    where = f"The interval lies in the region that {does} the claim ({region})"
    if share >= SHARE:
        return f"{where}."
    return f"{where}, but fewer than {SHARE:.0%} of the choices lead there."


def _unknown(gap: Untestable) -> str:
    """Return what would have to be known, as a sentence."""
    bound = f" What can be said: {gap.bound}." if gap.bound else ""
    return f"It would take {gap.datum}; held by {gap.holder}.{bound}"


def _verdict(
    claim: Claim, word: str, day: datetime.date, reasons: tuple[str, ...], **found: Any
) -> Verdict:
    nothing = {"estimate": None, "power": None, "specifications": 0}
    nothing |= {"share_for": None, "share_against": None}
    return Verdict(
        claim=claim.id,
        title=claim.title,
        verdict=word,
        grade=claim.grade,
        as_of=day,
        tripwire=claim.tripwire,
        reasons=reasons,
        no_vote=claim.no_vote,
        **(nothing | found),
    )


def _check(claim: Claim, estimate: Estimate | None, power: float | None) -> None:
    """Refuse input that the rule does not speak of."""
    if power is not None and not 0 <= power <= 1:
        raise ValueError(f"power {power} lies outside [0, 1]; give a share of simulated records")
    if estimate is None:
        return
    if estimate.unit != claim.prediction.unit:
        raise ValueError(
            f"{claim.id} is judged in {claim.prediction.unit!r}, the estimate is in "
            f"{estimate.unit!r}; convert it"
        )
    if estimate.level < LEVEL:
        raise ValueError(f"a {estimate.level:.0%} interval is too short; judge one of {LEVEL:.0%}")


def _count(specifications: pd.DataFrame | None) -> int:
    return 0 if specifications is None else int(specifications["estimate"].notna().sum())
