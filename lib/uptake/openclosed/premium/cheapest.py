"""R4: how fast the price of a given quality falls, and the price of a given model.

Appenzeller (Andreessen Horowitz, 2024-11-12, a16z.com/llmflation-llm-inference-cost) follows the
cheapest model with at least a given MMLU score: 62 times cheaper between GPT-4 in March 2023 and
November 2024 at a score of 83. The cheapest of a growing set falls by itself; the check is a fixed
basket, in which the same model at the same host is compared with itself.
"""

import numpy as np
import pandas as pd

from uptake import datasets
from uptake.openclosed.freeze import FREEZE
from uptake.openclosed.premium.names import links
from uptake.openclosed.premium.prices import BLENDS, listed, on_sale

PUBLISHED = 62.0
"""Fall at a score of 83, as printed; prices are the mean of input and output."""
OURS = {"makers": "all", "scores": "one laboratory", "entry": "listed"}
THEIRS = {"makers": "three", "scores": "developers", "entry": "release"}
GPT4_USD = 45.0
"""GPT-4 at release: 30 USD for input, 60 for output, mean of the two (openai.com, 2023-03-14)."""
# Meta's model card, 5-shot; the table's run of the same model gives 80.1.
_PRINTED = {"Llama 3.1-70B": 83.6}


def mmlu() -> pd.Series:
    """Return MMLU scores in percent by model of the index, the best of a model's versions.

    The table holds them corrected for chance, (percent - 25) / 75; that is undone here.

    Examples
    --------
    >>> float(mmlu()["GPT-4 (Mar 2023)"].round(1))
    86.4
    """
    table = datasets.load("benchmark_scores")
    table = table[table["benchmark"] == "MMLU"].dropna(subset=["model"])
    return 25 + 75 * table.groupby(table["model"].astype(str))["score"].max()


def fall(
    score: float = 83.0,
    month: str = "2024-11-01",
    *,
    makers: str = "all",
    scores: str = "one laboratory",
    entry: str = "listed",
) -> float:
    """Return how many times cheaper a score has become: first price over cheapest price then.

    Reproduces a published figure; nothing is fitted.

    Parameters
    ----------
    score : float
        MMLU, percent.
    month : str
        When the cheapest is looked up.
    makers : {"all", "three"}
        All developers, or OpenAI, Anthropic and Meta only.
    scores : {"one laboratory", "developers"}
        Scores of the table alone, or also the score that Meta prints for Llama 3.1 70B, which is
        the one score of a cheap model of the three makers on the other side of 83.
    entry : {"listed", "release"}
        First price: the cheapest model with the score on the first list at hand (2023-10), or
        GPT-4 at its release.

    Returns
    -------
    float
        A ratio.

    Raises
    ------
    ValueError
        If no model with the score is for sale in the month.

    Examples
    --------
    >>> fall(makers="three", scores="developers", entry="release") > 10
    True
    """
    reached = _reached(score, makers, scores)
    then = _cheapest(reached, month)
    return (GPT4_USD if entry == "release" else _cheapest(reached, "2023-10-01")) / then


def _reached(score: float, makers: str, scores: str) -> pd.Index:
    table = mmlu()
    if scores == "developers":
        table = pd.concat([table, pd.Series(_PRINTED)]).groupby(level=0).max()
    names = table[table >= score].index
    if makers == "three":
        names = names[names.str.match("GPT|o1|Claude|Llama|LLaMA")]
    return names


def _cheapest(models: pd.Index, month: str) -> float:
    rows = listed(FREEZE)[0]
    rows = rows[(rows["month"] == month) & rows["model"].isin(links(models)["model"])]
    if rows.empty:
        raise ValueError(f"no model with this score is on a list in {month}; take another month")
    return float(((rows["input_usd_per_mtok"] + rows["output_usd_per_mtok"]) / 2).min())


def same_models(first: str = "2023-10-01", last: str = "2024-11-01") -> pd.Series:
    """Return how prices of the same models at the same hosts changed between two months.

    Parameters
    ----------
    first, last : str
        Months of the list litellm.

    Returns
    -------
    Series
        ``pairs`` on both lists, ``changed`` (of them, by more than a hundredth), ``fall``
        (geometric mean of the old price over the new, mean of input and output).

    Examples
    --------
    >>> bool(same_models()["changed"] < same_models()["pairs"])
    True
    """
    rows = listed(FREEZE)[0]
    rows = rows[rows["list"] == "litellm"]
    mean = np.log((rows["input_usd_per_mtok"] + rows["output_usd_per_mtok"]) / 2)
    wide = rows.assign(log=mean).pivot_table(index=["host", "model"], columns="month", values="log")
    step = (wide[pd.Timestamp(first)] - wide[pd.Timestamp(last)]).dropna()
    found = {"pairs": len(step), "changed": (step.abs() > 0.01).sum(), "fall": np.exp(step.mean())}
    return pd.Series(found, dtype=float)


def falling_minimum(score: float, *, blend: str = "3:1", source: str = "litellm") -> pd.Series:
    """Return the price of the cheapest model with at least this index, by month.

    Parameters
    ----------
    score : float
        Index points.
    blend, source
        As in `on_sale`.

    Returns
    -------
    Series
        USD per million tokens, the median over the hosts of the cheapest model.
    """
    table = on_sale(blend=blend, source=source).table
    return table[table["score"] >= score].groupby("month")["price"].min()


def fixed_basket(
    *, source: str = "litellm", start: str = "2024-11-01", by_model: bool = False
) -> pd.DataFrame:
    r"""Return a chained price index in which the same thing is compared with itself.

    .. math:: \log I_t = \log I_{t-1} + \frac{1}{|B_t|} \sum_{i \in B_t}
              (\log p_{i,t} - \log p_{i,t-1})

    with :math:`B_t` the host-model pairs on the list in both months (a Jevons index, chained).

    Parameters
    ----------
    source : {"litellm", "models.dev"}
        One list.
    start : str
        First month, where the index is 1.
    by_model : bool
        Compare a model's median over its hosts and not each host with itself: the entry of
        cheaper hosts then counts.

    Returns
    -------
    DataFrame
        ``closed`` and ``open`` by month, 1 in the first.

    Examples
    --------
    >>> fixed_basket().iloc[0].tolist()
    [1.0, 1.0]
    """
    rows = listed(FREEZE)[0]
    rows = rows[(rows["list"] == source) & (rows["month"] >= start)]
    price = BLENDS["3:1"] * rows["input_usd_per_mtok"] + 0.25 * rows["output_usd_per_mtok"]
    keys = ["weights", "model"] if by_model else ["weights", "host", "model"]
    rows = rows.astype({"weights": str}).assign(log=np.log(price))
    wide = rows.pivot_table(index="month", columns=keys, values="log", aggfunc="median")
    steps = wide.diff().T.groupby(level="weights").mean().T.fillna(0.0)
    return np.exp(steps.cumsum())[["closed", "open"]]
