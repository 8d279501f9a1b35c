"""Published shares and ratios recomputed, each difference taken apart into steps that add up."""

import pandas as pd

from uptake import datasets
from uptake.openclosed.argument import PUBLISHED_SHARES, implied_price_ratio
from uptake.openclosed.capability.published import steps
from uptake.openclosed.freeze import known
from uptake.openclosed.volume.breadth import TOP
from uptake.openclosed.volume.prices import ALL_LISTED, spending

PUBLISHED_PRICES = (1.86, 0.23)
"""USD per million tokens, closed and open, by the authors of `PUBLISHED_SHARES`."""

TUNGUZ = 0.691
"""Open share of named tokens, tomtunguz.com/the-thriving-ecosystem-of-open-models, 2026-06-02;
the post says: weekly snapshots by model."""

CROSSING = {"China": 4.12e12, "United States": 2.94e12}
"""Tokens in the week of 2026-02-09, as the press had them."""

CODESOTA = pd.DataFrame(
    {
        "tokens": [0.133, 0.130, 0.127, 0.123, 0.098, 0.095, 0.063, 0.060, 0.048, 0.010, 0.003],
        "dollars": [0.070, 0.090, 0.046, 0.463, 0.242, 0.021, 0.009, 0.052, 0.004, 0.003, 0.0],
        "price": [1.12, 1.47, 0.77, 7.95, 5.25, 0.48, 0.30, 1.82, 0.16, 0.55, 0.19],
    },
    index=[
        *("google", "xiaomi", "qwen", "anthropic", "openai", "minimax"),
        *("deepseek", "z-ai", "stepfun", "x-ai", "nvidia"),
    ],
)
"""Shares of tokens and dollars and USD per million tokens by author over four weeks of spring 2026,
codesota.com/agentic/openrouter-trends; the page adds that the total rose 11.1 times in a year."""

COUNTRIES = {
    "China": (
        *("minimax", "moonshotai", "deepseek", "z-ai", "qwen", "stepfun", "xiaomi", "alibaba"),
        *("tencent", "bytedance-seed", "bytedance", "baidu", "inclusionai", "meituan", "kwaipilot"),
    ),
    "United States": (
        *("google", "anthropic", "openai", "x-ai", "arcee-ai", "meta-llama", "nvidia", "amazon"),
        *(
            "microsoft",
            "perplexity",
            "allenai",
            "liquid",
            "inception",
            "nousresearch",
            "inflection",
        ),
        *("ibm-granite", "deepcogito", "essentialai", "prime-intellect", "morph", "relace"),
    ),
}
"""Where the author of a model has its seat; authors not named count for neither."""


def rounding_range() -> tuple[float, float]:
    """Return the relative prices that the published shares allow, each rounded to a percent.

    Examples
    --------
    >>> [round(end, 1) for end in rounding_range()]
    [5.1, 7.1]
    """
    tokens, dollars = PUBLISHED_SHARES
    ends = [
        implied_price_ratio(tokens - sign * 0.005, dollars + sign * 0.005) for sign in (-1.0, 1.0)
    ]
    return ends[0], ends[1]


def price_steps() -> pd.Series:
    """Return the way from the price ratio that shares imply to the ratio of published prices.

    Returns
    -------
    Series
        ``ours`` (from the shares), ``rounding`` (the most that rounding can add), ``not explained``
        (what is left for another weighting); the sum is the ratio of the published prices.

    Examples
    --------
    >>> price_steps().round(1).to_dict()
    {'ours': 6.0, 'rounding': 1.1, 'not explained': 1.0}
    """
    ours, top = implied_price_ratio(*PUBLISHED_SHARES), rounding_range()[1]
    ratio = PUBLISHED_PRICES[0] / PUBLISHED_PRICES[1]
    return pd.Series({"ours": ours, "rounding": top - ours, "not explained": ratio - top})


def weightings() -> pd.Series:
    """Return the relative price over the weeks with all models listed, averaged in four ways.

    Returns
    -------
    Series
        All dollars over all tokens, closed over open (``pooled``); mean of the weekly ratios
        (``mean of weeks``); the same as pooled without free tokens (``paid tokens``); ratio of
        mean list prices, every model once (``every model once``).

    Examples
    --------
    >>> bool((weightings() > 1).all())
    True
    """
    table = spending()
    table = table[(table["scope"] == ALL_LISTED) & table["price"].notna()]
    paid = table[table["variant"] != "free"]
    each = paid.drop_duplicates(["weights", "model"]).groupby("weights", observed=True)["price"]
    weekly = table.groupby("week").apply(_ratio)
    return pd.Series(
        {
            "pooled": _ratio(table),
            "mean of weeks": weekly.mean(),
            "paid tokens": _ratio(paid),
            "every model once": each.mean()["closed"] / each.mean()["open"],
        }
    )


def _ratio(table: pd.DataFrame) -> float:
    sums = table.groupby("weights", observed=True)[["usd", "tokens"]].sum()
    price = sums["usd"] / sums["tokens"]
    return float(price["closed"] / price["open"])


def named_open_share(
    *, week: str = "2026-05-25", listed: str = "all", stealth: str = "closed"
) -> float:
    """Return the open share of tokens of named models in a week.

    Parameters
    ----------
    week : str
        Monday of a week.
    listed : {"all", "top nine"}
        Every row of the archive, or the nine largest, as the router's chart draws them.
    stealth : {"closed", "out"}
        What of models that the router serves under a code name, their maker unknown.

    Examples
    --------
    >>> round(named_open_share(), 3)
    0.562
    """
    table = datasets.load("router_models")
    table = table[(table["week"] == week) & table["weights"].isin(["open", "closed"])]
    if listed == "top nine":
        table = table.nlargest(TOP, "tokens")
    if stealth == "out":
        table = table[table["author"] != "openrouter"]
    sums = table.groupby("weights", observed=True)["tokens"].sum()
    return float(sums["open"] / (sums["open"] + sums["closed"]))


def tunguz_steps() -> pd.Series:
    """Return the way from our open share to the published one, in fractions of named tokens.

    Examples
    --------
    >>> bool(abs(tunguz_steps().sum() - TUNGUZ) < 1e-9)
    True
    """
    ours = {"listed": "all", "stealth": "closed"}
    theirs = {"listed": "top nine", "stealth": "out"}
    return steps(named_open_share, ours, theirs, TUNGUZ)


def crossing() -> pd.DataFrame:
    """Return tokens by country of the maker in the week of 2026-02-09: top nine rows, and all.

    Examples
    --------
    >>> crossing()["published"].tolist() == list(CROSSING.values())
    True
    """
    table = known("router_models")
    table = table[(table["week"] == "2026-02-09") & (table["weights"] != "unknown")]
    seat = {author: country for country, group in COUNTRIES.items() for author in group}
    table = table.assign(country=table["author"].astype(str).map(seat))
    rows = {"top nine": table.nlargest(TOP, "tokens"), "all listed": table}
    found = pd.DataFrame({n: r.groupby("country")["tokens"].sum() for n, r in rows.items()})
    return found.assign(published=pd.Series(CROSSING))[["published", *rows]]


def by_author() -> tuple[pd.Timestamp, pd.DataFrame]:
    """Return tokens, dollars and price by author in the four weeks nearest to CodeSOTA's table.

    The page has no date; of all runs of four weeks with all models listed, that with the least
    total absolute difference in token shares is taken.

    Returns
    -------
    start : Timestamp
        First of the four weeks.
    table : DataFrame
        As `CODESOTA`, with our figures; shares of dollars are of these authors.

    Examples
    --------
    >>> by_author()[1]["dollars"].sum().round(9)
    np.float64(1.0)
    """
    table = spending()
    table = table[table["scope"] == ALL_LISTED]
    tokens = table.pivot_table(
        index="week", columns="author", values="tokens", aggfunc="sum", observed=True
    ).fillna(0)
    runs = tokens.rolling(4).sum().dropna()
    shares = runs.div(runs.sum(axis=1), axis=0)[CODESOTA.index]
    last = (shares - CODESOTA["tokens"]).abs().sum(axis=1).idxmin()
    start = last - pd.Timedelta(weeks=3)
    rows = table[table["week"].between(start, last) & table["price"].notna()]
    sums = rows.groupby("author", observed=True)[["usd", "tokens"]].sum().loc[CODESOTA.index]
    price = 1e6 * sums["usd"] / sums["tokens"]
    dollars = price * shares.loc[last]
    found = {"tokens": shares.loc[last], "dollars": dollars / dollars.sum(), "price": price}
    return start, pd.DataFrame(found)


def anthropic_steps() -> pd.Series:
    """Return the way from our dollar share of Anthropic to CodeSOTA's, as fractions.

    Returns
    -------
    Series
        ``ours``, the steps ``tokens`` (shares of tokens), ``anthropic`` (its price), ``rest``
        (everybody else's price), ``not explained`` (rounding of the page).

    Examples
    --------
    >>> bool(abs(anthropic_steps()["not explained"]) < 0.005)
    True
    """
    tables = {"ours": by_author()[1], "theirs": CODESOTA}

    def share(tokens: str, anthropic: str, rest: str) -> float:
        price = tables[rest]["price"].copy()
        price["anthropic"] = tables[anthropic]["price"]["anthropic"]
        dollars = tables[tokens]["tokens"] * price
        return float(dollars["anthropic"] / dollars.sum())

    names = ("tokens", "anthropic", "rest")
    ours, theirs = dict.fromkeys(names, "ours"), dict.fromkeys(names, "theirs")
    return steps(share, ours, theirs, float(CODESOTA["dollars"]["anthropic"]))


def growth() -> pd.Series:
    """Return how many times the router's total rose, last four weeks over first four.

    Returns
    -------
    Series
        By last week of the later four: the run that `by_author` found, and the latest one.

    Examples
    --------
    >>> len(growth())
    2
    """
    table = known("router_traffic")
    total = table[table["series"] == "openrouter_weekly_tokens_total"].set_index("date")["value"]
    runs = total.sort_index().rolling(4).sum().dropna()
    ends = [by_author()[0] + pd.Timedelta(weeks=3), runs.index[-1]]
    return runs[ends] / runs.iloc[0]


def one_day() -> float:
    """Return the open share of open and closed tokens on the day of `TUNGUZ`, all models.

    Examples
    --------
    >>> round(one_day(), 2)
    0.57
    """
    table = datasets.load("router_traffic").set_index(["series", "date"])["value"]
    day = pd.Timestamp("2026-06-02")
    opened, closed = (table[f"openrouter_daily_tokens_{side}", day] for side in ("open", "closed"))
    return float(opened / (opened + closed))
