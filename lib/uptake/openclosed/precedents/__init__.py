"""Theme precedents: what the same methods said of contests whose end is known."""

from uptake.openclosed.precedents.ceilings import ceiling
from uptake.openclosed.precedents.contests import (
    Contest,
    contests,
    cuts,
    position,
    stages,
    weeks_of,
)
from uptake.openclosed.precedents.forecasts import forecasts
from uptake.openclosed.precedents.markets import displacement, market
from uptake.openclosed.precedents.pooling import by_precedent, pooled, power, skill
from uptake.openclosed.precedents.press import same_month, volume_and_value
from uptake.openclosed.precedents.rules import Question, bearing, of_claim, tests
from uptake.openclosed.precedents.scores import (
    answers,
    coverage,
    hit_rate,
    score,
    skills,
    splits,
    table,
)
from uptake.openclosed.precedents.statements import direction, pace, side
from uptake.openclosed.precedents.stories import without_one

__all__ = [
    "Contest",
    "Question",
    "answers",
    "bearing",
    "by_precedent",
    "ceiling",
    "contests",
    "coverage",
    "cuts",
    "direction",
    "displacement",
    "forecasts",
    "hit_rate",
    "market",
    "of_claim",
    "pace",
    "pooled",
    "position",
    "power",
    "same_month",
    "score",
    "side",
    "skill",
    "skills",
    "splits",
    "stages",
    "table",
    "tests",
    "volume_and_value",
    "weeks_of",
    "without_one",
]
