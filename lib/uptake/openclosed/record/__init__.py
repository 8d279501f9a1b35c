"""Theme record: what was forecast at the freeze, what came, and what is on record for later."""

from uptake.openclosed.record.chance import least_p, past_errors, power, usual
from uptake.openclosed.record.claims import scores_of, spelled
from uptake.openclosed.record.epoch import (
    PUBLISHED,
    PUBLISHED_ON,
    Crossing,
    beside_ours,
    crossing,
    drawn,
    refits,
    reported,
)
from uptake.openclosed.record.hindcast import (
    SECOND_LABEL,
    by_series,
    came,
    differences,
    pooled,
    relative,
    scored,
    winners,
)
from uptake.openclosed.record.ledger import actual, house, make, put, revised, score, standing
from uptake.openclosed.record.models import EQUAL, forecast
from uptake.openclosed.record.reporting import panels, report, spelled_out
from uptake.openclosed.record.rivals import (
    editions,
    measured_twice,
    moved_by_label,
    relabelled,
    two_curves_or_one,
)
from uptake.openclosed.record.tables import Series, declared, series
from uptake.openclosed.record.ways import ways

__all__ = [
    "EQUAL",
    "PUBLISHED",
    "PUBLISHED_ON",
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
    "drawn",
    "editions",
    "forecast",
    "house",
    "least_p",
    "make",
    "measured_twice",
    "moved_by_label",
    "panels",
    "past_errors",
    "pooled",
    "power",
    "put",
    "refits",
    "relabelled",
    "relative",
    "report",
    "reported",
    "revised",
    "score",
    "scored",
    "scores_of",
    "series",
    "spelled",
    "spelled_out",
    "standing",
    "two_curves_or_one",
    "usual",
    "ways",
    "winners",
]
