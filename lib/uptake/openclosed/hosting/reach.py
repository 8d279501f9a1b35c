"""How far the tools of the stack may still grow: logistic ceilings of downloads and stars."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from uptake import Fit, Logistic, fit
from uptake.openclosed.freeze import FREEZE, known
from uptake.openclosed.hosting.stack import deflated

PACKAGES = ("vllm", "peft", "trl", "unsloth", "ollama", "openai", "anthropic")
"""Those of the claim's tripwire, with the best known tool for running weights at home."""
REPOSITORIES = ("vllm-project/vllm", "ollama/ollama", "ggml-org/llama.cpp",
                "oobabooga/text-generation-webui")  # fmt: skip
"""Those of the open stack that were on the list of the most starred for two years or more."""
MONTH = np.timedelta64(30, "D")


def download_ceiling(
    package: str, *, start: str = "2023-01-01", errors: str = "iid"
) -> Fit[Logistic]:
    """Fit a logistic curve to the downloads of one package, deflated by boto3.

    Increments are fitted, each being the downloads of 30 days scaled to the days since the snapshot
    before.

    Parameters
    ----------
    package : str
        Name of a package of `uptake.datasets` ``package_downloads``.
    start : str
        First snapshot.
    errors : {"iid", "ar1"}
        Independent from snapshot to snapshot, or correlated; the second takes seconds.

    Returns
    -------
    Fit
        In millions of downloads at the size the index had in the last snapshot.

    Examples
    --------
    >>> download_ceiling("trl").y.size > 20
    True
    """
    flow = deflated(package)[start:] / 1e6
    edges = flow.index.insert(0, flow.index[0] - MONTH)
    return fit(Logistic, edges, (flow * (np.diff(edges) / MONTH)).to_numpy(), kind="flow",
               errors=errors)  # fmt: skip


def star_ceiling(repository: str) -> Fit[Logistic]:
    """Fit a logistic curve to the new stars of one repository.

    Parameters
    ----------
    repository : str
        Owner and name, in ``repository_stars``.

    Returns
    -------
    Fit
        In thousands of stars since the first day on the list, by calendar month.

    Examples
    --------
    >>> star_ceiling("vllm-project/vllm").y.size > 12
    True
    """
    table = known("repository_stars").astype({"repository": str})
    stars = table[table["repository"] == repository].set_index("date")["value"] / 1e3
    # Months, so that weeks off the list are bridged and not read as bursts.
    monthly = stars.groupby(stars.index.to_period("M")).last()
    edges = monthly.index.to_timestamp("D", how="end").normalize()
    return fit(Logistic, edges, np.diff(monthly.to_numpy()), kind="flow")


def stars_gained(months: int = 12) -> pd.DataFrame:
    """Return the stars of every repository and what it gained in the months to the freeze.

    Parameters
    ----------
    months : int
        How many.

    Returns
    -------
    DataFrame
        By repository: ``category``, ``stars`` (thousands, last known), ``gained`` (thousands; NaN
        where it was not on the list so long ago).

    Examples
    --------
    >>> bool((stars_gained()["stars"] > 0).all())
    True
    """
    table = known("repository_stars").astype({"repository": str, "category": str})
    wide = table.pivot_table(index="date", columns="repository", values="value") / 1e3
    day = FREEZE - pd.DateOffset(months=months)
    # Interpolated between days on the list, and only there.
    level = wide.reindex(wide.index.union([day])).interpolate("time", limit_area="inside")
    found = table.groupby("repository")["category"].first().to_frame()
    found["stars"] = wide.ffill().iloc[-1]
    found["gained"] = found["stars"] - level.loc[day]
    return found.sort_values(["category", "stars"], ascending=[True, False])


def ceilings(fits: dict[str, Fit[Logistic]]) -> pd.DataFrame:
    """Return what curves say of how much is still to come.

    Parameters
    ----------
    fits : dict of str to Fit
        By name.

    Returns
    -------
    DataFrame
        By name: ``seen`` (sum of the record), ``low`` and ``high`` of the ceiling (95% profile
        interval; an end may be infinite), ``most seen`` and ``least seen`` (fractions of the
        ceiling's ends), ``bounded``.

    Examples
    --------
    >>> ceilings({"trl": download_ceiling("trl")}).index.tolist()
    ['trl']
    """
    rows = {}
    for name, found in fits.items():
        seen, ends = found.y.sum(), found.interval("m")
        rows[name] = (seen, ends.low, ends.high, seen / ends.low, seen / ends.high,
                      bool(np.isfinite(ends.high)))  # fmt: skip
    columns = ["seen", "low", "high", "most seen", "least seen", "bounded"]
    return pd.DataFrame(rows, columns).T


def all_ceilings(
    packages: Sequence[str] = PACKAGES, repositories: Sequence[str] = REPOSITORIES
) -> pd.DataFrame:
    """Return `ceilings` of the packages' downloads and the repositories' stars.

    Parameters
    ----------
    packages, repositories : sequence of str
        Which.

    Examples
    --------
    >>> all_ceilings(["trl"], []).shape
    (1, 6)
    """
    fits = {f"{name}, downloads": download_ceiling(name) for name in packages}
    fits |= {f"{name.split('/')[1]}, stars": star_ceiling(name) for name in repositories}
    return ceilings(fits)


def with_serial_errors(found: pd.DataFrame) -> pd.DataFrame:
    """Return the ceilings anew, errors correlated, of the downloads that seemed bounded.

    Parameters
    ----------
    found : DataFrame
        From `all_ceilings`.

    Examples
    --------
    >>> with_serial_errors(all_ceilings(["peft"], [])).empty
    True
    """
    names = found.index[found["bounded"].astype(bool)]
    packages = [name.removesuffix(", downloads") for name in names if name.endswith("downloads")]
    return ceilings({name: download_ceiling(name, errors="ar1") for name in packages})
