"""What the premium's trend owes to noise in the scores that say which model is the best."""

import functools

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from uptake.openclosed.capability import index
from uptake.openclosed.premium.ratio import WITHIN, newest, ranked, recent, years
from uptake.openclosed.trends import slope


@functools.cache
def half_width(draws: int = 100, **choices: object) -> float:
    """Return 1.96 standard deviations of the trend over redrawn scores; 0 without draws.

    Always the same random numbers, so that an estimate is the same each time.

    Parameters
    ----------
    draws : int
        Number of sets of scores.
    **choices
        As for `redrawn`.
    """
    if draws == 0:
        return 0.0
    return float(1.96 * redrawn(np.random.default_rng(3), draws=draws, **choices).std(ddof=1))


def redrawn(
    rng: np.random.Generator,
    *,
    draws: int = 200,
    definition: str = "best",
    blend: str = "3:1",
    start: str = "2024-01-01",
    source: str = "litellm",
    vintage: str = "2026-05-14",
    without: tuple[str, ...] = (),
    within: float = WITHIN,
    corrected: bool = True,
) -> NDArray:
    """Return the trends of the log premium when every score is redrawn within its own error.

    Which model is the best of its side hangs on scores that lie closer together than their
    errors. Each model's score is redrawn once for all months, independently of the others; the
    best of each side, and who has equals on the other, may change; prices do not.

    Parameters
    ----------
    rng : Generator
        Source of the scores.
    draws : int
        Number of sets of scores.
    definition, blend, start, source, vintage, without, within, corrected
        As in `premium`.

    Returns
    -------
    ndarray, shape (draws,)
        Log units a year.

    Examples
    --------
    >>> redrawn(np.random.default_rng(1), draws=5).shape
    (5,)
    """
    chosen = {"blend": blend, "start": start, "source": source, "vintage": vintage}
    table = ranked(**chosen, without=without, corrected=corrected)
    names, who = np.unique(table["name"], return_inverse=True)
    errors = index(vintage).set_index("model").loc[names, "error"].to_numpy()
    noise = (errors * rng.standard_normal((draws, len(names))))[:, who]
    table = table.assign(row=np.arange(len(table)))
    gaps = {}
    for month, models in table.groupby("month"):
        kept = recent(models) if definition == "matched" else newest(models)
        gaps[month] = _compare(kept, noise, definition, within)
    record = pd.DataFrame(gaps)
    months = pd.date_range(record.columns[0], record.columns[-1], freq="MS")
    # A month without a list, or without equals, keeps the last premium, as in the record.
    record = record.reindex(columns=months).ffill(axis=1).bfill(axis=1)
    return slope(years(months), record.to_numpy())


def _compare(models: pd.DataFrame, noise: NDArray, definition: str, within: float) -> NDArray:
    """Return the log premium of one month for each set of scores; NaN where there is none."""
    log, score = {}, {}
    for side in ("closed", "open"):
        rows = models[models["side"] == side]
        log[side] = np.log(rows["price"].to_numpy())
        score[side] = rows["score"].to_numpy() + noise[:, rows["row"].to_numpy()]
    if definition == "matched":
        return _matched(log, score, within)
    k = {"best": 1, "top3": 3}[definition]
    if min(s.shape[1] for s in score.values()) < k:
        return np.full(len(noise), np.nan)
    top = {side: np.argsort(-s, axis=1)[:, :k] for side, s in score.items()}
    return log["closed"][top["closed"]].mean(axis=1) - log["open"][top["open"]].mean(axis=1)


def _matched(log: dict, score: dict, within: float) -> NDArray:
    near = np.abs(score["closed"][:, :, None] - score["open"][:, None, :]) <= within
    count = near.sum(axis=2)
    opened = np.divide(near @ log["open"], count, where=count > 0, out=np.zeros(count.shape))
    ratio = np.where(count > 0, log["closed"] - opened, 0.0).sum(axis=1)
    pairs = (count > 0).sum(axis=1)
    return np.divide(ratio, pairs, where=pairs > 0, out=np.full(len(pairs), np.nan))
