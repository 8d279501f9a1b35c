"""C12: whether the tools that tune and serve open weights outgrow the closed vendors' clients.

Downloads are copies fetched, by machines as much as by people: they are no users and no use.
"""

import functools

import numpy as np
import pandas as pd

from uptake.openclosed.estimates import Estimate
from uptake.openclosed.freeze import known
from uptake.openclosed.hosting import shuffled
from uptake.openclosed.volume import lines

UNIT = "log units a year"
TUNING = ("accelerate", "bitsandbytes", "deepspeed", "peft", "trl", "unsloth")
SERVING = ("auto-gptq", "compressed-tensors", "ctransformers", "flashinfer-python", "gguf",
           "llama-cpp-python", "lm-format-enforcer", "mlx-lm", "ollama", "outlines", "sglang",
           "text-generation", "vllm", "xgrammar")  # fmt: skip
STACKS = {"tuning_and_serving": TUNING + SERVING, "tuning": TUNING, "serving": SERVING}
"""Left out of the open stack: general tools (transformers, tokenizers, safetensors,
sentence-transformers, huggingface-hub), most of whose use is not language models, clients of
hosts (groq, together, fireworks-ai, mistralai), which neither tune nor serve, and links and formats
(langchain-huggingface, langchain-ollama, mistral-common). The rule of C12 lists both."""
OPENAI = ("openai", "openai-agents", "langchain-openai", "tiktoken")
SUCCESSORS = {"google-genai": "google-generativeai"}
"""A client that its vendor put in the place of another counts with it as one."""
DEFLATORS = ("boto3", "requests", "pip")
SERIAL = "the interval of the sum holds the noise of months only, since the sum is no sample"
NEAR = pd.Timedelta(days=7)


def package_growth(
    *,
    stack: str = "tuning_and_serving",
    clients: str = "all",
    deflator: str = "boto3",
    start: str = "2024-01-01",
) -> pd.DataFrame:
    r"""Return the yearly growth of each package over that of the index.

    The least-squares slope of :math:`\log(\text{downloads}/\text{deflator})` on time, for packages
    that the first snapshot from ``start`` on lists; a later entry into the list would be growth by
    selection.

    Parameters
    ----------
    stack : {"tuning_and_serving", "tuning", "serving"}
        Which packages are the open stack.
    clients : {"all", "without_openai"}
        Which are the closed vendors' clients.
    deflator : {"boto3", "requests", "pip"}
        Whose downloads stand for the size of the index.
    start : str
        First day.

    Returns
    -------
    DataFrame
        By package: ``side`` (open or closed), ``growth`` (log units a year), ``half`` (half-width
        of its 95% HAC interval over months), ``last`` (millions of downloads in the last 30 days).

    Raises
    ------
    ValueError
        If a choice is not one of these.

    Examples
    --------
    >>> package_growth(stack="tuning")["side"].value_counts().to_dict()
    {'closed': 6, 'open': 5}
    """
    wide, sides = _basket(stack, clients, start)
    logs = np.log(wide.div(_deflator(deflator).reindex(wide.index), axis=0))
    years = (wide.index - wide.index[0]).days.to_numpy() / 365.25
    slopes = {name: _slope(years, logs[name].to_numpy()) for name in wide}
    table = pd.DataFrame({"side": sides, "growth": pd.Series(slopes)})
    table["half"] = pd.Series({name: _half(logs[name].dropna()) for name in logs})
    table["last"] = wide.iloc[-1] / 1e6
    return table.sort_values("growth", ascending=False)


def stack_record(
    *,
    stack: str = "tuning_and_serving",
    clients: str = "all",
    deflator: str = "boto3",
    start: str = "2024-01-01",
) -> pd.DataFrame:
    """Return the downloads of both sides by snapshot, over those of the deflator.

    Parameters
    ----------
    stack, clients, deflator, start
        As in `package_growth`.

    Returns
    -------
    DataFrame
        By date: ``open`` and ``closed`` (sum over the packages of the first snapshot, as a multiple
        of the deflator's downloads) and ``number`` of the month.

    Examples
    --------
    >>> stack_record().columns.tolist()
    ['open', 'closed', 'number']
    """
    wide, sides = _basket(stack, clients, start)
    size = _deflator(deflator).reindex(wide.index)
    table = pd.DataFrame({s: wide[sides.index[sides == s]].sum(axis=1) / size
                          for s in ("open", "closed")})  # fmt: skip
    return table.assign(number=_months(wide.index))


def stack_growth_difference(
    *,
    stack: str = "tuning_and_serving",
    clients: str = "all",
    deflator: str = "boto3",
    start: str = "2024-01-01",
    aggregate: str = "median",
    without: tuple[str, ...] = (),
) -> Estimate:
    r"""Estimate C12: yearly log growth of the open stack less that of the closed clients.

    With ``aggregate="median"`` it is the difference of the sides' median growth of packages; the
    interval holds all differences that a permutation test of the packages does not reject at 5%
    (`shuffled.interval`). With ``"sum"`` it is the slope of the log ratio of the sums, with a HAC
    interval over months (`lines.hac`). The deflator drops out of the difference where all packages
    have the same dates.

    Parameters
    ----------
    stack, clients, deflator, start
        As in `package_growth`.
    aggregate : {"median", "sum"}
        How packages are combined.
    without : tuple of str
        Packages to leave out.

    Returns
    -------
    Estimate
        In log units a year; positive when the open stack grows faster.

    Raises
    ------
    ValueError
        If a choice is not one of these.

    Examples
    --------
    >>> stack_growth_difference(aggregate="sum").unit
    'log units a year'
    """
    choices = {"stack": stack, "clients": clients, "deflator": deflator, "start": start}
    if aggregate == "sum":
        return _of_sums(stack_record(**choices))
    if aggregate != "median":
        raise ValueError(f"aggregate is {aggregate!r}; use 'median' or 'sum'")
    table = package_growth(**choices).drop(index=list(without))
    opened, closed = by_side(table)
    value = float(np.median(opened) - np.median(closed))
    low, high = shuffled.interval(opened, closed)
    concerns = (
        f"{opened.size} open and {closed.size} closed packages, all still listed at the end",
        "packages that install each other are counted as independent",
        "downloads are copies fetched, by machines as much as by people",
    )
    return Estimate(value, low, high, UNIT, n=len(table), concerns=concerns)


def deflated(package: str, deflator: str = "boto3") -> pd.Series:
    """Return a package's downloads by snapshot, at the size the index had in the last one.

    Parameters
    ----------
    package : str
        Its name.
    deflator : {"boto3", "requests", "pip"}
        Whose downloads stand for the size of the index.

    Examples
    --------
    >>> series = deflated("vllm")
    >>> bool(series.iloc[-1] > 0)
    True
    """
    size = _deflator(deflator)
    return (snapshots()[package] / size * size.iloc[-1]).dropna()


def by_side(table: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Return the growth of open and of closed packages from `package_growth`."""
    opened, closed = (table.loc[table["side"] == s, "growth"] for s in ("open", "closed"))
    return opened, closed


def _of_sums(table: pd.DataFrame) -> Estimate:
    found = lines.hac(table["number"], np.log(table["open"] / table["closed"]))
    value, low, high = (12 * float(end[0]) for end in (found.value, found.low, found.high))
    return Estimate(value, low, high, UNIT, n=len(table), concerns=(SERIAL,))


def _months(days: pd.DatetimeIndex) -> pd.Index:
    """Return the number of the month whose first day is nearest."""
    nearest = (days + pd.Timedelta(days=14)).to_period("M")
    return 12 * nearest.year + nearest.month


def _half(logs: pd.Series) -> float:
    found = lines.hac(_months(logs.index), logs)
    return float(6 * (found.high - found.low)[0])  # half of twelve months


def _slope(years: np.ndarray, logs: np.ndarray) -> float:
    seen = np.isfinite(logs)
    return float(np.polyfit(years[seen], logs[seen], 1)[0])


@functools.cache
def snapshots() -> pd.DataFrame:
    """Return downloads by date and package, without the earlier of two snapshots in one week."""
    table = known("package_downloads").astype({"package": str})
    wide = table.pivot_table(index="date", columns="package", values="value")
    gap = np.diff(wide.index.to_numpy(), append=np.datetime64("2100-01-01"))
    return wide[gap > NEAR.to_timedelta64()]


def _basket(stack: str, clients: str, start: str) -> tuple[pd.DataFrame, pd.Series]:
    """Return downloads by date and package of the first snapshot, and the side of each."""
    if stack not in STACKS or clients not in ("all", "without_openai"):
        raise ValueError(
            f"stack {stack!r}, clients {clients!r}; use one of {', '.join(STACKS)} and 'all' or "
            "'without_openai'"
        )
    table = known("package_downloads").astype({"package": str, "category": str})
    closed = set(table.loc[table["category"] == "closed_client", "package"])
    closed -= set(OPENAI) if clients == "without_openai" else set()
    wide = snapshots().loc[start:, [*STACKS[stack], *sorted(closed)]]
    for new, old in SUCCESSORS.items():
        wide = wide.assign(**{old: wide[old] + wide[new].fillna(0)}).drop(columns=new)
    wide = wide.loc[:, wide.iloc[0].notna()]
    sides = pd.Series(["closed" if name in closed else "open" for name in wide], wide.columns)
    return wide, sides


def _deflator(name: str) -> pd.Series:
    if name not in DEFLATORS:
        raise ValueError(f"deflator is {name!r}; use one of {', '.join(DEFLATORS)}")
    return snapshots()[name]
