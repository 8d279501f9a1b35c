"""What notebooks 10 and 11 say beside each claim: forecasts scored, and precedents.

Both take long to compute, so the tables are read where those notebooks show them, and a number
stands in one place. A fresh run of each notebook is compared with what it shows by ``make test``.
"""

import re
from pathlib import Path
from xml.etree import ElementTree

import nbformat
import numpy as np
import pandas as pd

from uptake.openclosed import claims, precedents

_TABLE = re.compile(r'<table border="1" class="dataframe">.*?</table>', re.DOTALL)


def shown_table(path: Path, columns: set[str]) -> pd.DataFrame:
    """Return the table with certain columns that a notebook shows, as text.

    Parameters
    ----------
    path : Path
        An executed notebook.
    columns : set of str
        Names that no other table of the notebook has all of.

    Returns
    -------
    DataFrame
        Of text, as shown; the index too.

    Raises
    ------
    ValueError
        If the notebook shows no such table, or several.
    """
    cells = nbformat.read(path, as_version=4).cells
    outputs = [out for cell in cells if cell.cell_type == "code" for out in cell.outputs]
    pages = "\n".join(out.get("data", {}).get("text/html", "") for out in outputs)
    found = [_parsed(text) for text in _TABLE.findall(pages)]
    fitting = [table for table in found if columns <= set(table)]
    if len(fitting) != 1:
        names = ", ".join(sorted(columns))
        raise ValueError(
            f"{path.name} shows {len(fitting)} tables with the columns {names}; one is needed: "
            "run make record, or name columns of that table alone"
        )
    return fitting[0]


def _parsed(text: str) -> pd.DataFrame:
    """Return a table as pandas writes it; one row of headings, one column of index."""
    root = ElementTree.fromstring(text)
    _, *names = (cell.text or "" for cell in root.find("thead/tr"))
    rows = [[cell.text or "" for cell in row] for row in root.iterfind("tbody/tr")]
    rows = [row for row in rows if len(row) == len(names) + 1]
    return pd.DataFrame([row[1:] for row in rows], [row[0] for row in rows], names)


def summer(folder: Path = Path()) -> pd.DataFrame:
    """Return, for each claim, how the forecasts made at the freeze fared from June to August.

    Parameters
    ----------
    folder : Path
        Of the notebooks.

    Returns
    -------
    DataFrame
        By claim: ``series`` that were forecast and scored, ``targets`` (the most of any),
        ``inside`` (mean share of targets in the 95% band), ``better`` (series forecast better
        than by Drift, by CRPS) and ``next`` (day of the next target). Claims that no series bears
        on are absent; series without a record by the freeze count only for ``next``.
    """
    columns = {"series", "forecast", "actual", "inside", "gained", "due"}
    table = shown_table(folder / "10-on-the-record.ipynb", columns)
    numbers = table[["n", "inside", "gained"]].replace("", "nan").astype(float)
    rows = {}
    for claim, part in numbers[numbers["n"] > 0].groupby(level=0):
        rows[claim] = {
            "series": len(part),
            "targets": int(part["n"].max()),
            "inside": float(part["inside"].mean()),
            "better": int((part["gained"] > 0).sum()),
            "next": table.loc[[claim], "due"].min(),
        }
    return pd.DataFrame.from_dict(rows, orient="index").reindex(_in_order(rows))


def before(folder: Path = Path()) -> pd.DataFrame:
    """Return what the precedents say of the methods behind each claim.

    Parameters
    ----------
    folder : Path
        Of the notebooks.

    Returns
    -------
    DataFrame
        One row for each claim and test of the same form as the claim's number: ``claim``,
        ``test``, ``value``, ``low``, ``high``, ``its_rate`` (of the best baseline), ``says``.
    """
    table = shown_table(folder / "11-precedents.ipynb", {"stated", "value", "its_rate", "says"})
    rows = []
    for claim in claims.load():
        for test, form in precedents.of_claim(claim).items():
            if form == "same form":
                columns = ["value", "low", "high", "its_rate"]
                numbers = table.loc[test, columns].replace("", "nan").astype(float)
                rows.append({"claim": claim, "test": test} | numbers.to_dict())
                rows[-1]["says"] = table.loc[test, "says"]
    return pd.DataFrame(rows)


def _in_order(ids: object) -> list[str]:
    return sorted(ids, key=lambda name: int(name[1:]))


def told(summers: pd.DataFrame) -> dict[str, str]:
    """Return `summer` in words, by claim.

    Examples
    --------
    >>> row = {"series": 3, "targets": 3, "inside": 1.0, "better": 1, "next": "2026-12-31"}
    >>> told(pd.DataFrame([row], ["C10"]))["C10"]
    '100% in the band; better than drift 1 of 3'
    """
    return {
        claim: f"{row.inside:.0%} in the band; better than drift {row.better} of {row.series}"
        for claim, row in summers.iterrows()
    }


def recalled(tests: pd.DataFrame) -> dict[str, str]:
    """Return `before` in words, by claim: hit rate or skill, and the best baseline's.

    Examples
    --------
    >>> row = {"claim": "C2", "test": "direction", "value": 0.9, "its_rate": 0.9}
    >>> recalled(pd.DataFrame([row]))["C2"]
    'direction 0.90 (0.90)'
    """
    parts: dict[str, list[str]] = {}
    for row in tests.itertuples():
        value = "too few" if np.isnan(row.value) else f"{row.value:.2f}"
        rival = "" if np.isnan(row.its_rate) else f" ({row.its_rate:.2f})"
        parts.setdefault(row.claim, []).append(f"{row.test} {value}{rival}")
    return {claim: "; ".join(words) for claim, words in parts.items()}
