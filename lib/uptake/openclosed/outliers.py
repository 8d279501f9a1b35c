"""Which prices of a list are too far from their model's others to be its price.

The flag of the table itself rests on medians over the whole list, later months included; what is
fitted may only know the rows of its own time, so the flag is worked out again from those.
"""

import pandas as pd


def far_from_median(rows: pd.DataFrame) -> pd.Series:
    """Return which prices are over ten times, or under a tenth, of the median of their model.

    The rule is that of the table's own flag, with the medians of these rows alone.

    Parameters
    ----------
    rows : DataFrame
        Rows of ``api_prices``.

    Returns
    -------
    Series of bool
        By row; compared are blends of three parts input and one output.

    Examples
    --------
    >>> rows = pd.DataFrame({"model": "m", "input_usd_per_mtok": [1.0, 1.0, 11.0],
    ...                      "output_usd_per_mtok": [1.0, 1.0, 11.0]})
    >>> far_from_median(rows).tolist()
    [False, False, True]
    """
    price = 0.75 * rows["input_usd_per_mtok"] + 0.25 * rows["output_usd_per_mtok"]
    ratio = price / price.groupby(rows["model"], observed=True).transform("median")
    return (ratio > 10) | (ratio < 0.1)
