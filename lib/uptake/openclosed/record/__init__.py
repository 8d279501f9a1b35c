"""Theme record: what was forecast at the freeze, what came, and what is on record for later."""

from uptake.openclosed.record.chance import least_p, past_errors, power, usual
from uptake.openclosed.record.claims import scores_of
from uptake.openclosed.record.crossing import (
    PUBLISHED,
    Crossing,
    beside_ours,
    crossing,
    refits,
    reported,
)
from uptake.openclosed.record.hindcast import (
    SECOND_LABEL,
    by_series,
    came,
    differences,
    pooled,
    scored,
    winners,
)
from uptake.openclosed.record.models import EQUAL, forecast
from uptake.openclosed.record.rivals import measured_twice, two_curves_or_one
from uptake.openclosed.record.series import Series, declared, series
from uptake.openclosed.record.standing import actual, house, make, put, revised, score, standing

__all__ = [
    "EQUAL",
    "PUBLISHED",
    "SECOND_LABEL",
    "Crossing",
    "Series",
    "actual",
    "beside_ours",
    "by_series",
    "came",
    "crossing",
    "declared",
    "differences",
    "forecast",
    "house",
    "least_p",
    "make",
    "measured_twice",
    "past_errors",
    "pooled",
    "power",
    "put",
    "refits",
    "reported",
    "revised",
    "score",
    "scored",
    "scores_of",
    "series",
    "standing",
    "two_curves_or_one",
    "usual",
    "winners",
]
