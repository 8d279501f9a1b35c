"""C4, second prediction: Anthropic's revenue, and whether it broke upward in late 2025."""

import numpy as np
import pandas as pd

from uptake.competing.breaks import Break, find_break
from uptake.openclosed.freeze import known
from uptake.openclosed.trends import years


def run_rate() -> pd.DataFrame:
    """Return Anthropic's annualised revenue known by the freeze, as intervals."""
    table = known("revenue")
    table = table[table["series"] == "revenue_anthropic_annualised_usd"]
    table = table.sort_values("known").drop_duplicates("date", keep="last")
    return table.sort_values("date").set_index("date")[["value", "low", "high", "grade"]]


def run_rate_break(rng: np.random.Generator, *, n: int = 999) -> Break:
    """Test for one break, at an unknown date, in the growth of Anthropic's run-rate.

    On the log of the reported figures; their rounding is not drawn, and their spacing is uneven.

    Parameters
    ----------
    rng : Generator
        Source of randomness.
    n : int
        Number of simulated records.
    """
    table = run_rate()
    t = years(table.index)
    return find_break(t, np.log(table["value"].to_numpy()), 0.2, n, rng)
