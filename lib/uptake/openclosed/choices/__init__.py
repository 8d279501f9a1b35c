"""Every combination of the declared choices: list them, run them, count what they say.

After Steegen et al. (2016), Perspectives on Psychological Science 11, and Simonsohn, Simmons and
Nelson (2020), Nature Human Behaviour 4: all reasonable specifications are run and all are kept.

- `running`: the universe of a claim, one claim's specifications, those of all claims;
- `cache` and `reach`: results are stored by what they rest on, code and data;
- `counting`: the share of the specifications that lies in a region;
- `variance`: which choice moves the answer most;
- `publishing`: the specifications as an output that the book collects for the explorer.
"""

from uptake.openclosed.choices.counting import share
from uptake.openclosed.choices.publishing import Published, publish
from uptake.openclosed.choices.running import RESULTS, all_claims, owner, run, universe
from uptake.openclosed.choices.variance import Decomposition, decompose

__all__ = [
    "RESULTS",
    "Decomposition",
    "Published",
    "all_claims",
    "decompose",
    "owner",
    "publish",
    "run",
    "share",
    "universe",
]
