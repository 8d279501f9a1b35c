"""What the forecasts on record say and have scored, laid out for readers."""

from pathlib import Path

import pandas as pd

from uptake.forecasting import calibration, pit_counts
from uptake.openclosed.record.ledger import FOLDER, house, revised, score, standing
from uptake.openclosed.record.models import EQUAL
from uptake.openclosed.record.tables import SCALES, series


def report(folder: Path = FOLDER, figures: dict[str, pd.DataFrame] | None = None) -> str:
    """Return in words what the forecasts on record have scored so far.

    Parameters
    ----------
    folder : Path
        Where the files and their seals are.
    figures : dict of str to DataFrame, optional
        As for `score`.

    Raises
    ------
    ValueError
        If a forecast is not as it was put on record.

    Examples
    --------
    >>> print(report().splitlines()[0].split(" ", 1)[1])
    forecasts on record, as they were sealed
    """
    kept = standing(folder)
    lines = [f"{len(kept)} forecasts on record, as they were sealed"]
    if changed := revised(kept):
        lines.append(f"data changed since the forecast, which stands: {', '.join(changed)}")
    table = score(kept, figures)
    if table.empty:
        first = min((day for each in kept for day in each.targets), default="none")
        return "\n".join([*lines, f"none has come due; the first target is {first}"])
    with pd.option_context("display.width", 100, "display.max_columns", 20):
        own = table[table["model"] == EQUAL].set_index(["target", "series"])
        shown = ["actual", "median", "low", "high", "inside", "pit"]
        lines += ["", f"Came due ({EQUAL}):", own[shown].to_string(float_format="{:,.4g}".format)]
        lines += ["", "Coverage by model:", calibration(table).round(2).to_string()]
        lines += ["", f"Levels of what came ({EQUAL}):", pit_counts(own["pit"]).to_string()]
    waiting = len(house(kept)) - len(own)
    return "\n".join([*lines, "", f"{waiting} targets of this model are still to come"])


def panels() -> dict[str, pd.DataFrame]:
    """Return the bands on record by scale, for `uptake.openclosed.figures.record.ahead`.

    Returns
    -------
    dict of str to DataFrame
        By scale: the rows of `house` with ``label``; on the scale "log" as factors over the last
        figure known when the forecast was made.

    Examples
    --------
    >>> list(panels())
    ['log', 'odds', 'linear', 'gap']
    """
    table, known = house(), series()
    values = [c for c in table.columns if c == "median" or c.startswith(("low", "high"))]
    last = {
        (name, day): known[name].record(pd.Timestamp(day))["value"].iloc[-1]
        for name, day in set(zip(table["series"], table["made_on"], strict=True))
    }
    scales = table["series"].map({name: one.scale for name, one in known.items()})
    base = pd.Series(
        [last[key] for key in zip(table["series"], table["made_on"], strict=True)], table.index
    ).where(scales == "log", 1.0)
    table[values] = table[values].div(base, axis=0)
    table["label"] = table["series"].map({name: one.label for name, one in known.items()})
    found = {scale: table[scales == scale].reset_index(drop=True) for scale in SCALES}
    gap = found["linear"]["series"] == "index_gap"
    return found | {"linear": found["linear"][~gap], "gap": found["linear"][gap]}


def spelled_out() -> pd.DataFrame:
    """Return medians and 80% bands on record, written for readers.

    Returns
    -------
    DataFrame
        By label of the series: ``unit``; ``known until``; a column for each target, median and
        band.

    Examples
    --------
    >>> spelled_out().columns[:2].tolist()
    ['unit', 'known until']
    """
    rows = {}
    for name, part in house().groupby("series", sort=False):
        one = series()[name]
        cells = {"unit": one.words, "known until": f"{part['known_until'].iloc[0]}"}
        for row in part.itertuples():
            low, high = one.spell(row.low80), one.spell(row.high80)
            cells[f"{row.target:%Y-%m-%d}"] = f"{one.spell(row.median)} ({low} to {high})"
        rows[one.label] = cells
    return pd.DataFrame.from_dict(rows, orient="index")
