"""What came after the freeze: the premium, prices and new tiers. Scored and described, not fitted.

Also the price of each laboratory's main line of models by generation, before and after.
"""

import numpy as np
import pandas as pd

from uptake.openclosed.freeze import FREEZE, later
from uptake.openclosed.premium.prices import BLENDS, listed
from uptake.openclosed.premium.ratio import DEFINITIONS, premium

EDITION = "2026-08-11"
"""The last edition of the index; it ranks models released to the end of July 2026."""
LINES = {
    "Anthropic Opus": (
        "anthropic",
        ("claude-3-opus", "claude-opus-4", "claude-opus-4-1", "claude-opus-4-5", "claude-opus-4-6",
         "claude-opus-4-7", "claude-opus-4-8", "claude-opus-5", "claude-opus-5-5"),
    ),
    "OpenAI GPT": (
        "openai",
        ("gpt-4o", "gpt-4.1", "gpt-5", "gpt-5.1", "gpt-5.2", "gpt-5.4", "gpt-5.5", "gpt-5.6-sol",
         "gpt-6-sol", "gpt-6.1-sol"),
    ),
    "Google Gemini Pro": (
        "google",
        ("gemini-1.5-pro", "gemini-2.5-pro", "gemini-3-pro-preview", "gemini-3.1-pro-preview",
         "gemini-4-argon"),
    ),
    "Moonshot Kimi": (
        "moonshotai",
        ("kimi-k2-0711-preview", "kimi-k2-0905-preview", "kimi-k2-thinking", "kimi-k2.5",
         "kimi-k2.6", "kimi-k3"),
    ),
    "Z.ai GLM": (
        "zai",
        ("glm-4.5", "glm-4.6", "glm-4.7", "glm-5", "glm-5.1", "glm-5.2", "glm-5.3"),
    ),
}  # fmt: skip
"""The main model of each generation and the host that sells it for its developer."""
OPEN_LINES = ("Moonshot Kimi", "Z.ai GLM")
LAST = pd.Timestamp("2026-11-30")
"""Last day of the lists at hand, later than the freeze: they score and describe."""


def lines(until: pd.Timestamp = LAST) -> pd.DataFrame:
    """Return the first list price of each generation of five lines of models.

    Parameters
    ----------
    until : Timestamp
        Last day of a list; prices after the freeze describe.

    Returns
    -------
    DataFrame
        ``line``, ``side``, ``model``, ``month`` (first listed by its developer), ``price`` (USD
        per million tokens, 3:1, the first on that list), ``after`` (listed after the freeze).

    Examples
    --------
    >>> table = lines(FREEZE)
    >>> table.set_index("model").loc["claude-opus-4-5", "price"]
    np.float64(10.0)
    """
    rows = listed(until)[0]
    price = BLENDS["3:1"] * rows["input_usd_per_mtok"] + 0.25 * rows["output_usd_per_mtok"]
    rows = rows.assign(price=price).sort_values(["month", "list"])
    found = []
    for line, (host, models) in LINES.items():
        own = rows[(rows["host"] == host) & rows["model"].isin(models)]
        first = own.groupby("model", sort=False)[["month", "price", "snapshot"]].first()
        first = first.reindex([m for m in models if m in first.index])
        side = "open" if line in OPEN_LINES else "closed"
        found.append(first.reset_index().assign(line=line, side=side))
    table = pd.concat(found, ignore_index=True)
    return table.assign(after=table["snapshot"] > FREEZE).drop(columns="snapshot")


def premium_since(**choices: object) -> pd.DataFrame:
    """Return the monthly premium after the freeze, models ranked by the edition of August 2026.

    From September the newest models are in no edition, so the best is the best ranked.

    Parameters
    ----------
    **choices
        As for `premium`, without vintage and start.
    """
    choices = {"source": "litellm"} | choices
    return premium(vintage=EDITION, start="2026-06-01", until=LAST, **choices)


def scored() -> pd.DataFrame:
    """Return the premium, as a ratio, at the freeze and on the last list, by definition.

    Returns
    -------
    DataFrame
        By definition: ``known in May`` (edition of May 2026), ``ranked anew`` (the same month's
        prices, edition of August), ``last`` (last list, edition of August), ``without Kimi K3``
        (the same without the model whose licence bars commercial use).

    Examples
    --------
    >>> bool((scored() > 1).all(axis=None))
    True
    """
    rows = {}
    for definition in DEFINITIONS:
        known_then = premium(definition=definition)["premium"]
        anew = premium(
            definition=definition, vintage=EDITION, start=str(known_then.index[-1]), until=LAST
        )["premium"]
        without = premium_since(definition=definition, without=("Kimi K3",))["premium"]
        rows[definition] = (known_then.iloc[-1], anew.iloc[0], anew.iloc[-1], without.iloc[-1])
    columns = ["known in May", "ranked anew", "last", "without Kimi K3"]
    return np.exp(pd.DataFrame.from_dict(rows, orient="index", columns=columns))


def changes_since() -> pd.DataFrame:
    """Return changes of laboratories' list prices after the freeze, moving names left out.

    Returns
    -------
    DataFrame
        By laboratory: ``names`` changed, ``cut``, ``raised``, ``factor`` (geometric mean of the
        new blended price over the old).
    """
    table = later("first_party_price_changes").astype({"lab": str})
    table = table[~table["key"].str.contains("latest")]
    before, after = (
        BLENDS["3:1"] * table[f"input_{when}_usd_per_mtok"]
        + 0.25 * table[f"output_{when}_usd_per_mtok"]
        for when in ("before", "after")
    )
    step = np.log(after / before)
    by = step.groupby(table["lab"])
    return pd.DataFrame(
        {
            "names": by.size(),
            "cut": (step < 0).groupby(table["lab"]).sum(),
            "raised": (step > 0).groupby(table["lab"]).sum(),
            "factor": np.exp(by.mean()),
        }
    )
