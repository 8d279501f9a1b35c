"""Published numbers beside ours: recomputed with their choices, with ours, and why they differ.

The functions are those of the notebooks that take each difference apart; nothing is fitted anew.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from uptake import datasets
from uptake.openclosed import capability, durables, method, premium, record, volume
from uptake.openclosed.argument import PUBLISHED_SHARES, implied_price_ratio

EPOCH_GAPS = (7.0, 8.0)
"""Index points, January 2023 to October 2025 (epoch.ai/data-insights/open-weights-vs-closed-weights
-models, 2025-10-30), and since January 2026 (epoch.ai/data-insights/open-closed-eci-gap,
2026-05-29)."""

DEEPSEEK = 14.0
"""Months after which DeepSeek-V2 (125) matched GPT-4 (126), from the first of the two pages."""

ARENA_GAP = ("2026-06-16", 31.0)
"""Elo points between best closed and best open flagship, willhackett.com, of that day."""

GROWTH = 11.1
"""Tokens on the router, four weeks of spring 2026 over those of a year before, as times;
codesota.com/agentic/openrouter-trends."""

BIAS = {"m": 5.0, "p": 15.0, "q": -10.0}
"""Percent change of each Bass parameter when a tenth more is observed; Van den Bulte and Lilien,
Marketing Science 16 (1997), twelve innovations."""

COLUMNS = ["id", "what", "unit", "published", "ours", "own", "by", "notebook", "because"]


def recomputed() -> pd.DataFrame:
    """Return the published numbers that the tables at hand allow to recompute.

    Returns
    -------
    DataFrame
        ``id``, ``what`` and its ``unit``; ``published``; ``ours``, with their choices as far as
        they are known; ``own``, by the choices of this book where these differ, else NaN; ``by``
        (who published it); ``notebook`` with the steps; ``because`` (why the two differ).

    Examples
    --------
    >>> table = recomputed()
    >>> table["published"].notna().all() and table["ours"].notna().all()
    np.True_
    """
    parts = (_lags(), _votes(), _prices(), _shares(), _authors(), _revenue(), _bias())
    return pd.DataFrame([row for part in parts for row in part], columns=COLUMNS)


def _lags() -> Iterator[tuple]:
    lag, iaps = capability.lag, datasets.load("published_gaps").set_index("benchmark").loc["eci"]
    own = lag(**capability.OURS)
    early = capability.gaps(until="2025-10-31", vintage="2025-12-19")["mean"]
    late = capability.gaps("2026-01-01")["mean"]
    edition = "no edition of October 2025 is at hand"
    guess = "how near counts as level is not published as a number; ours is a guess"
    base = "03-capability-gap"
    yield ("R1", "open models' lag, 2023 to October 2025", "months",
           capability.PUBLISHED["Epoch AI"], lag(**capability.EPOCH), own, "Epoch AI", base,
           f"{edition}, and {guess}")  # fmt: skip
    yield ("R1", "mean gap, 2023 to October 2025", "index points", EPOCH_GAPS[0], early, np.nan,
           "Epoch AI", base, edition)  # fmt: skip
    yield ("R1", "mean gap since January 2026", "index points", EPOCH_GAPS[1], late, np.nan,
           "Epoch AI", base, "the edition of 14 May 2026 stands in for theirs")  # fmt: skip
    yield ("R1", "from GPT-4 to DeepSeek-V2, an index point behind", "months", DEEPSEEK,
           capability.months_between("GPT-4 (Mar 2023)", "DeepSeek-V2 (MoE-236B)"), np.nan,
           "Epoch AI", base, "rounded to whole months")  # fmt: skip
    yield ("R1", "open models' lag, to August 2026", "months", float(iaps["mean_lag_months"]),
           lag(**capability.IAPS), own, "IAPS", base, guess)  # fmt: skip


def _votes() -> Iterator[tuple]:
    day, published = ARENA_GAP
    table = capability.arena_gaps(datasets.load("arena_leaders"))
    rows = table[(table["series"] == "lab_flagships") & (table["snapshot"] == day)]
    (gap,) = rows["gap"]
    yield ("R3", "gap in Arena ratings, 16 June 2026", "Elo points", published, gap, np.nan,
           "W. Hackett", "03-capability-gap", "the same list")  # fmt: skip


def _prices() -> Iterator[tuple]:
    fall, ratio = premium.fall, volume.PUBLISHED_PRICES[0] / volume.PUBLISHED_PRICES[1]
    yield ("R4", "fall of the cheapest price at MMLU 83, to November 2024", "times",
           premium.PUBLISHED, fall(**premium.THEIRS), fall(**premium.OURS), "Andreessen Horowitz",
           "04-the-premium", "another cheapest price; by our scores one model misses the line",
    )  # fmt: skip
    yield ("R7", "price of a closed token over an open one, 2025", "times", ratio,
           implied_price_ratio(*PUBLISHED_SHARES), np.nan, "Nagle and Yue", "06-volume-and-value",
           "their shares imply less than their prices: rounding, and another weighting",
    )  # fmt: skip


def _shares() -> Iterator[tuple]:
    way, cross = volume.tunguz_steps(), volume.crossing() / 1e12
    base = "06-volume-and-value"
    yield ("R8", "open share of named tokens, 2 June 2026", "percent", 100 * volume.TUNGUZ,
           100 * (volume.TUNGUZ - way["not explained"]), 100 * way["ours"], "T. Tunguz", base,
           "they read the rows of a chart and seem to leave out code names")  # fmt: skip
    for country, row in cross.iterrows():
        yield ("R8", f"tokens in the week of 9 February 2026, {country}", "trillion",
               row["published"], row["top nine"], row["all listed"], "press", base,
               "a chart of nine rows; all rows turn the order round")  # fmt: skip


def _authors() -> Iterator[tuple]:
    theirs, ours = volume.CODESOTA.loc["anthropic"], volume.by_author()[1].loc["anthropic"]
    base = "06-volume-and-value"
    for column, because in (
        ("tokens", "the page is undated; the nearest weeks are taken"),
        ("dollars", "other makers' tokens seem to be priced at one average of a later catalogue"),
    ):
        yield ("R9", f"Anthropic's share of router {column}, spring 2026", "percent",
               100 * theirs[column], 100 * ours[column], np.nan, "CodeSOTA", base,
               because)  # fmt: skip
    yield ("R9", "growth of the router's tokens in a year", "times", GROWTH,
           volume.growth().iloc[0], np.nan, "CodeSOTA", base,
           "the page is undated; the nearest weeks are taken")  # fmt: skip


def _revenue() -> Iterator[tuple]:
    found, published = record.crossing(draws=99), record.PUBLISHED
    because = "Epoch's table of February 2026 is not at hand"
    base = "10-on-the-record"
    for lab in ("Anthropic", "OpenAI"):
        yield ("R10", f"yearly growth of {lab}'s revenue", "times", published[lab],
               found.growth.loc[lab, "factor"], np.nan, "Epoch AI, by kersai.com", base,
               because)  # fmt: skip
    yield ("R10", "revenue at which Anthropic passes OpenAI", "billion USD a year",
           published["level"] / 1e9, found.level / 1e9, np.nan, "Epoch AI, by kersai.com", base,
           because)  # fmt: skip


def _bias() -> Iterator[tuple]:
    moves = method.systematic_change(durables.all_as_known(6))
    for name, published in BIAS.items():
        yield ("R11", f"change of Bass's {name} when a tenth more is seen", "percent", published,
               moves[name], np.nan, "Van den Bulte and Lilien", "02-curves-and-their-limits",
               "four durables here, twelve innovations there")  # fmt: skip


def not_recomputed() -> pd.DataFrame:
    """Return the published numbers that are not recomputed, and why.

    Examples
    --------
    >>> not_recomputed().columns.tolist()
    ['what', 'why']
    """
    rows = [
        ("R2", "lags on private and public benchmarks, H. Ihle",
         "the scores behind it are not at hand; C9 asks the same of another table"),
        ("R3", "Arena gap of 2023 and of October 2026",
         "the first has no day, and the year holds values on both sides of it; no rating later "
         "than July 2026 is at hand"),
        ("R4", "a price from 60 dollars to 0.06 in three years, Andreessen Horowitz",
         "it begins in 2021, two years before the first list at hand"),
        ("R5", "fall of prices by milestone, Epoch AI", "its price table is not at hand"),
        ("R6", "fall of prices and of algorithmic cost, Gundlach and others",
         "their table is not at hand"),
        ("R12", "half of a logistic gives its ceiling, Debecker and Modis",
         "simulated anew in notebook 02: holds or fails by what their noise is of, which they "
         "leave open"),
        ("R13", "sigmoids extrapolate badly before the turn, Sandberg and others",
         "no number to hit; simulated anew in notebook 02, and so it is"),
        ("R14", "Bass's parameters of 1969", "his printed values were not found; the fitter is "
         "held to a published fit of recorder sales instead, in the tests"),
        ("R15", "concentration of Hugging Face downloads", "no snapshot by repository is at hand"),
        ("R16", "doubling time of METR's task horizon", "METR's table is not at hand"),
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["id", "what", "why"]).set_index("id")


def ratio(table: pd.DataFrame) -> pd.Series:
    """Return ours over published, by the rows of `recomputed`.

    Examples
    --------
    >>> ratio(pd.DataFrame({"published": [-10.0], "ours": [-5.0]})).tolist()
    [0.5]
    """
    return table["ours"] / table["published"]
