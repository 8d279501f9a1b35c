"""Content rules that a card declares: sums, shares, spans, ratios, order, leaps and ranges."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from uptake.datasets.cards import Source

# Half of the way, in logarithms, to an error by a factor of a thousand (a unit mistaken, a word
# such as million misread): a figure that stands out so far is nearer to the error than to the rest.
LEAP = 1000**0.5
Found = Iterator[tuple[int, str]]


def broken(card: Source, frame: pd.DataFrame) -> Iterator[tuple[int | None, str]]:
    """Yield row and message of each declared rule that a table breaks.

    A rule may exempt rows by name: ``exempt = [{ host = "oci", rows = 5, why = "..." }]`` spares
    the rows whose columns have these values, and says how many there are; any other number of them
    is itself a broken rule, so that nothing hides behind an exemption.

    Parameters
    ----------
    card : Source
        Card of the table, with ``rules`` by kind as the functions of this module describe them.
    frame : DataFrame
        The table, typed.

    Yields
    ------
    row, message
        As `uptake.datasets.rules.broken`; no row where the card itself is wrong.

    Examples
    --------
    >>> from uptake.datasets.cards import source
    >>> from uptake.datasets.loader import read
    >>> card = source("focal_pricing")
    >>> frame = read(card)
    >>> frame.loc[0, "share_below"] = 0.9
    >>> [(row, message) for row, message in broken(card, frame)]
    [(0, 'share_equal + share_below + share_above = 1.5666 and should be 1')]
    """
    usual = _OBSERVED if card.kind == "observations" else {}
    for kind, test in _TESTS.items():
        for rule in card.rules.get(kind, usual.get(kind, ())):
            yield from _spared(rule, frame, dict(test(rule, card, frame)))


def _spared(rule: dict[str, Any], frame: pd.DataFrame, found: dict[int, str]) -> Iterator:
    for exemption in rule.get("exempt", ()):
        named = {key: exemption[key] for key in exemption if key not in ("rows", "why")}
        spared = found.keys() & set(frame.index[_where(frame, named)])
        if len(spared) != exemption["rows"]:
            count = f"exempts {exemption['rows']} rows of {named}; {len(spared)} need it"
            yield None, f"the card {count}"
        found = {row: message for row, message in found.items() if row not in spared}
    yield from found.items()


def _where(frame: pd.DataFrame, named: dict[str, Any]) -> pd.Series:
    """Rows in which every named column has the value, or one of the values, that is named."""
    rows = pd.Series(True, index=frame.index)
    for column, value in named.items():
        # dates in a card are dates, and compare with the column only as timestamps
        values = [*value] if isinstance(value, list) else [value]
        if pd.api.types.is_datetime64_any_dtype(frame[column]):
            values = pd.to_datetime(values)
        rows &= frame[column].isin(values)
    return rows


def _wide(card: Source, frame: pd.DataFrame, names: list[str]) -> tuple[pd.DataFrame, pd.Series]:
    """Named columns side by side, or named series of observations by date; and the row of each."""
    if card.kind != "observations":
        return frame[names], pd.Series(frame.index, index=frame.index)
    # a repeated key or a date out of place is reported elsewhere, so the last of them will do
    part = frame[frame["series"].isin(names)].drop_duplicates([card.date, "series"], keep="last")
    table = part.pivot_table(
        index=card.date, columns="series", values="value", observed=True
    ).reindex(columns=names)
    # the row of the first named series of the day stands for the day
    order = part["series"].astype(str).map({name: place for place, name in enumerate(names)})
    first = part.assign(order=order, row=part.index).sort_values("order", kind="stable")
    return table, first.groupby(card.date)["row"].first()


def _sums(rule: dict[str, Any], card: Source, frame: pd.DataFrame) -> Found:
    """``parts`` add up to ``total``, or to one, within ``tolerance`` of it."""
    if "by" in rule:
        yield from _sums_of_groups(rule, frame)
        return
    total = [rule["total"]] if "total" in rule else []
    table, rows = _wide(card, frame, [*rule["parts"], *total])
    whole = table[rule["total"]] if total else pd.Series(1.0, index=table.index)
    sums = table[rule["parts"]].sum(axis=1)
    present = table[rule["parts"]].notna().any(axis=1)
    if total:
        present |= whole.notna()
    # a missing total, like a sum that is off, is no equality: hence not (... <= ...)
    for index in table.index[present & ~((sums - whole).abs() <= rule["tolerance"] * whole)]:
        parts = " + ".join(rule["parts"])
        name = rule.get("total", "1")
        if card.kind == "observations":
            yield rows[index], f"{parts} on {index:%Y-%m-%d} do not sum to the whole ({name})"
        else:
            yield index, f"{parts} = {sums[index]:g} and should be {name}"


def _sums_of_groups(rule: dict[str, Any], frame: pd.DataFrame) -> Found:
    """``parts`` are cells, each a ``column`` of the rows with given values, summed ``by`` group."""
    cells = []
    for part in rule["parts"]:
        named = {key: part[key] for key in part if key != "column"}
        rows = frame[_where(frame, named) & frame[part["column"]].notna()]
        cells.append(rows[rule["by"]].assign(cell=rows[part["column"]]))
    for group, rows in pd.concat(cells).groupby(rule["by"], observed=True):
        if abs(rows["cell"].sum() - 1) > rule["tolerance"]:
            name = ", ".join(str(value) for value in group)
            message = f"the parts of {name} do not sum to the whole, but to {rows['cell'].sum():g}"
            for row in rows.index:
                yield row, message


def _shares(rule: dict[str, Any], card: Source, frame: pd.DataFrame) -> Found:
    """``share`` is ``part`` over itself and the ``rest``, within ``tolerance``."""
    table, rows = _wide(card, frame, [rule["share"], rule["part"], *rule["rest"]])
    whole = table[[rule["part"], *rule["rest"]]].sum(axis=1, min_count=1)
    share = (table[rule["part"]] / whole).where(whole > 0)
    off = (table[rule["share"]] - share).abs() > rule["tolerance"]
    for index in table.index[off]:
        given = f"{rule['share']} = {table.loc[index, rule['share']]:g}"
        yield rows[index], f"{given}, but {rule['part']} over the whole is {share[index]:g}"


def _fractions(rule: dict[str, Any], card: Source, frame: pd.DataFrame) -> Found:
    """``share`` is ``part`` over the sum of ``part`` in its group ``by``, within ``tolerance``."""
    present = frame[frame[rule["share"]].notna()]
    whole = present.groupby(rule["by"], observed=True)[rule["part"]].transform("sum")
    share = present[rule["part"]] / whole
    for row in present.index[(present[rule["share"]] - share).abs() > rule["tolerance"]]:
        given = f"{rule['share']} = {present.loc[row, rule['share']]:g}"
        yield row, f"{given}, but {rule['part']} over the whole is {share[row]:g}"


def _spans(rule: dict[str, Any], card: Source, frame: pd.DataFrame) -> Found:
    """``days`` are those from ``since`` to ``until``, where all three are given."""
    days = (frame[rule["until"]] - frame[rule["since"]]).dt.days.astype(float)
    given = frame[rule["days"]].astype(float)
    for row in frame.index[(days - given).abs() > 0]:
        dates = f"{rule['since']} to {rule['until']} is {days[row]:g}"
        yield row, f"{rule['days']} = {given[row]:g}, but {dates}"


def _ratios(rule: dict[str, Any], card: Source, frame: pd.DataFrame) -> Found:
    """``column`` over ``to`` lies in [``low``, ``high``], by default within a ``LEAP`` of one."""
    ratio = frame[rule["column"]].astype(float) / frame[rule["to"]].astype(float)
    low, high = rule.get("low", 1 / LEAP), rule.get("high", LEAP)
    for row in frame.index[(ratio < low) | (ratio > high)]:
        name = f"{rule['column']} over {rule['to']}"
        yield row, f"{name} is {ratio[row]:.4g}, outside [{low:g}, {high:g}]"


def _order(rule: dict[str, Any], card: Source, frame: pd.DataFrame) -> Found:
    """``columns`` do not fall from left to right, where they are given."""
    for left, right in zip(rule["columns"], rule["columns"][1:], strict=False):
        for row in frame.index[(frame[left] > frame[right]).fillna(False)]:
            yield row, f"{left} = {frame.loc[row, left]} is above {right} = {frame.loc[row, right]}"


def _leaps(rule: dict[str, Any], card: Source, frame: pd.DataFrame) -> Found:
    """``column`` stays within a ``LEAP`` of the median of its four neighbours ``along`` a group."""
    values = frame[rule["column"]].astype(float)
    along = [name for name in rule["along"] if name in frame]
    present = frame[(values > 0) & ~_held(frame, rule["column"])].sort_values(along, kind="stable")
    groups = values[present.index].groupby([present[key] for key in rule["by"]], observed=True)
    near = pd.concat([groups.shift(step) for step in (-2, -1, 1, 2)], axis=1).median(axis=1)
    ratio = values[present.index] / near
    for row in present.index[(ratio > LEAP) | (ratio < 1 / LEAP)]:
        yield row, f"{rule['column']} = {values[row]:g} is {ratio[row]:.2g} times its neighbours"


def _held(frame: pd.DataFrame, column: str) -> pd.Series:
    """Rows whose figure has an interval of its own, which holds it more closely."""
    if column != "value" or not {"low", "high"} <= set(frame.columns):
        return pd.Series(False, index=frame.index)
    return frame["low"].notna() & frame["high"].notna()


def _ranges(rule: dict[str, Any], card: Source, frame: pd.DataFrame) -> Found:
    """``column`` lies in [``low``, ``high``] in the rows ``where`` columns have given values."""
    values = frame.loc[_where(frame, rule["where"]), rule["column"]].astype(float)
    low, high = rule["low"], rule["high"]
    for row in values.index[(values < low) | (values > high)]:
        name = ", ".join(str(value) for value in rule["where"].values())
        yield row, f"{rule['column']} = {values[row]:g} of {name} is outside [{low:g}, {high:g}]"


_TESTS = {
    "sums": _sums,
    "shares": _shares,
    "fractions": _fractions,
    "spans": _spans,
    "ratios": _ratios,
    "order": _order,
    "leaps": _leaps,
    "ranges": _ranges,
}

# what holds for every table of observations whose card does not say it in its own way
_OBSERVED = {"leaps": [{"column": "value", "by": ["series"], "along": ["date", "step"]}]}
