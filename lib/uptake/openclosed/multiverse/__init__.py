"""All claims under all declared choices: who survives them, and what no effect would have drawn.

Nothing is judged here. The verdicts are those of the notebooks that own the claims; this package
runs the same functions under every declared choice and asks what a whole specification curve is
worth.

- `tables`: the specifications of every claim, and the claims' rules applied to them again;
- `accounts`: the verdict each specification would have given, and which choices move the answer;
- `testing`: a curve against the curves of simulated records in which the effect is absent;
- `frontiers`, `dealt`, `noise`: those records, claim by claim, by the simulators of the themes;
- `placed`: what others published, beside the curve where they asked the same question.
"""

from uptake.openclosed.multiverse.accounts import (
    MANY,
    accounts,
    at,
    decompositions,
    few,
    missing,
    movers,
    words,
)
from uptake.openclosed.multiverse.placed import PUBLISHED, Published
from uptake.openclosed.multiverse.tables import SHORTER, agrees, judged, tables
from uptake.openclosed.multiverse.testing import (
    NO_TEST,
    NULLS,
    CurveTest,
    against_chance,
    null_curves,
)

__all__ = [
    "MANY",
    "NULLS",
    "NO_TEST",
    "PUBLISHED",
    "SHORTER",
    "CurveTest",
    "Published",
    "accounts",
    "against_chance",
    "agrees",
    "at",
    "decompositions",
    "few",
    "judged",
    "missing",
    "movers",
    "null_curves",
    "tables",
    "words",
]
