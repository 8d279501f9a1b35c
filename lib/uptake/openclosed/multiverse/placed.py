"""What others published, beside the curve of the claim it speaks to, or why it has no place there.

A published number stands on a curve only if it estimates the same quantity in the same unit. Where
two published levels of one producer, with dates, make a change by the year, it is worked out here
and says so.
"""

from dataclasses import dataclass

import pandas as pd

YEAR = 365.25


@dataclass(frozen=True)
class Published:
    """A published result and the claim it speaks to.

    Parameters
    ----------
    claim : str
        Id of the claim.
    who : str
        Producer and year.
    said : str
        What was published.
    address : str
        Where, without the protocol.
    value : float or None
        The claim's quantity in its unit; None where it is another quantity.
    why : str
        How the value follows, or why there is none.
    """

    claim: str
    who: str
    said: str
    address: str
    value: float | None
    why: str


def _by_year(before: float, after: float, windows: tuple[str, str, str, str]) -> float:
    """Return the change by the year between the middles of two windows, given by their ends."""
    a, b, c, d = (pd.Timestamp(day) for day in windows)
    apart = (c + (d - c) / 2) - (a + (b - a) / 2)
    return (after - before) / (apart / pd.Timedelta(days=YEAR))


_WINDOWS = ("2023-01-01", "2025-10-30", "2026-01-01", "2026-05-29")
_EPOCH = "epoch.ai/data-insights/open-closed-eci-gap"
_MIDDLES = "the change over the time between the middles of the two windows"

PUBLISHED = (
    Published("C10", "Epoch AI 2025, 2026",
              "7 points (January 2023 to October 2025), 8 points since January 2026", _EPOCH,
              _by_year(7.0, 8.0, _WINDOWS), f"{_MIDDLES}; means and not slopes"),
    Published("C14", "Epoch AI 2025, 2026",
              "a lag of 3.5 months (January 2023 to October 2025), 4 months since January 2026",
              _EPOCH, _by_year(3.5, 4.0, _WINDOWS),
              f"{_MIDDLES}; its lag is an average over scores, ours over months"),
    Published("C14", "IAPS 2026", "a mean lag of 6 months on one edition of the index",
              "github.com/IAPS-AI/Open-Source-Gap", None, "one level, and no change"),
    Published("C9", "H. Ihle 2026", "8 to 10 months on private, 4 to 6 on public benchmarks",
              "github.com/htihle/open_closed_gap", None,
              "private against public benchmarks is another division than newer against older"),
    Published("C2", "codesota 2026", "Anthropic with 12.3% of tokens and 46.3% of dollars",
              "codesota.com/agentic/openrouter-trends", None,
              "shares of one maker on one day: a level of the relative price, and no change"),
    Published("C11", "a16z 2024", "the price of a fixed capability falls tenfold a year",
              "a16z.com/llmflation-llm-inference-cost", None,
              "how fast the cheapest price falls, and not how far apart hosts are"),
)  # fmt: skip
"""What was found that speaks to a claim. Notebooks 03 and 06 recompute the published levels."""
