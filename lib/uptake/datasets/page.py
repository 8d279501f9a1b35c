"""The page of the site on the tables: what, from when to when, how good, on which terms."""

from collections.abc import Iterable
from html import escape
from pathlib import Path
from urllib.parse import quote, urlsplit

import numpy as np
import pandas as pd

from uptake.datasets.cards import Source, names, source
from uptake.datasets.loader import load
from uptake.files import write as write_file

_GRADES = {"A": "official", "B": "reputable estimate", "C": "press or list-price estimate"}
_WIDTH, _HEIGHT = 120, 24  # of a sparkline, in pixels


def write(folder: Path) -> Path:
    """Write ``data.md``, made from the cards, into a folder of the site.

    Parameters
    ----------
    folder : pathlib.Path
        Folder of the site's pages.

    Returns
    -------
    pathlib.Path
        The page.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write(Path(folder)).read_text(encoding="utf-8").splitlines()[0]
    '# Data'
    """
    cards = [source(name) for name in names()]
    page = Path(folder) / "data.md"
    write_file(page, "\n".join([*_head(cards), *_overview(cards), *_sections(cards)]))
    return page


def sparkline(times: Iterable[float], values: Iterable[float], label: str) -> str:
    """Return a small line drawn as SVG, in the colour of the text around it.

    Parameters
    ----------
    times, values : iterable of float
        What to draw, in any unit; points that are not finite are left out.
    label : str
        What the line shows, for readers who cannot see it.

    Returns
    -------
    str
        An ``svg`` element.

    Examples
    --------
    >>> sparkline([0, 1], [0, 1], "rises").count("<polyline")
    1
    """
    x, y = np.array(list(times), float), np.array(list(values), float)
    keep = np.isfinite(x) & np.isfinite(y)
    x, y = (_scaled(part[keep]) for part in (x, y))
    points = " ".join(
        f"{2 + a * (_WIDTH - 4):.1f},{_HEIGHT - 2 - b * (_HEIGHT - 4):.1f}"
        for a, b in zip(x, y, strict=True)
    )
    return (
        f'<svg role="img" aria-label="{escape(label)}" width="{_WIDTH}" height="{_HEIGHT}" '
        f'viewBox="0 0 {_WIDTH} {_HEIGHT}"><title>{escape(label)}</title>'
        f'<polyline points="{points}" fill="none" stroke="currentColor" stroke-width="1.5"/></svg>'
    )


def _scaled(values: np.ndarray) -> np.ndarray:
    spread = np.ptp(values) if len(values) else 0.0
    return (values - values.min()) / spread if spread else np.full(len(values), 0.5)


def _spark(card: Source) -> str:
    if not card.date:
        return ""
    frame = load(card.name).dropna(subset=[card.date])
    if card.kind == "observations":
        name = card.rules.get("line", frame["series"].value_counts().index[0])
        line = frame[frame["series"] == name].sort_values(card.date)
        values, label = line.set_index(card.date)["value"], f"{name}: {card.series[name]}"
    else:
        values = frame.groupby(frame[card.date].dt.to_period("M")).size()
        values.index, label = values.index.to_timestamp(), "rows by month"
    return sparkline(values.index.astype("int64"), values, label)


def _head(cards: list[Source]) -> list[str]:
    rows = sum(card.rows for card in cards)
    return [
        "# Data",
        "",
        f"{len(cards)} tables with {rows:,} rows lie inside the package, each beside a card that "
        "names its producer, its address, its terms, what was changed and what is known to be "
        'wrong. `datasets.load("name")` refuses a file that differs from the hash in its card; '
        "`python -m uptake.datasets check` verifies all of them. Every row of a table with several "
        "sources points to one in the table `sources`. The line beside a table is one of its "
        "series, or its rows by month.",
        "",
    ]


def _overview(cards: list[Source]) -> list[str]:
    # two columns only, so that the page fits a phone
    lines = ["| Table | Line |", "|---|---|"]
    for card in cards:
        span = f"{card.first:%Y-%m} to {card.last:%Y-%m}, " if card.first and card.last else ""
        lines.append(
            f"| [**{_plain(card.name)}**](#{_anchor(card.name)}) {_plain(card.title)}<br>"
            f"<small>{span}{card.rows:,} rows, grade {card.grade}, {_plain(card.license)}</small> "
            f"| {_spark(card)} |"
        )
    legend = "; ".join(f"{grade} {meaning}" for grade, meaning in _GRADES.items())
    return [*lines, "", f"Grades: {legend}.", ""]


def _sections(cards: list[Source]) -> list[str]:
    lines = []
    for card in cards:
        address = (
            f"[{urlsplit(card.url).netloc}]({quote(card.url, safe=':/%#?=&')})"
            if ":" in card.url
            else card.url
        )
        lines += [f"({_anchor(card.name)})=", f"## {card.name}", ""]
        lines += [
            f"{_plain(card.title)}. {_plain(card.producer)}, {address}; read {card.accessed}."
        ]
        lines += [f"Terms: {_plain(card.license)}.", ""]
        if card.notice:
            lines += [f":::{{important}}\n{_plain(card.notice)}\n:::", ""]
        lines += _list("What was changed or left out", card.changes)
        lines += _list("What is known to be wrong", card.known_errors)
        lines += _folded("Columns", _columns(card))
        if card.series:
            series = [f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in card.series.items()]
            lines += _folded(f"{len(card.series)} series", f"<dl>{''.join(series)}</dl>")
        if card.name == "sources":
            lines += _folded(f"{card.rows} sources", _sources())
    return lines


def _list(title: str, sentences: tuple[str, ...]) -> list[str]:
    return [f"**{title}**", "", *(f"- {_plain(s)}" for s in sentences), ""] if sentences else []


def _folded(title: str, content: str) -> list[str]:
    return [f"<details><summary>{escape(title)}</summary>{content}</details>", ""]


def _columns(card: Source) -> str:
    entries = (
        f"<dt>{escape(column.name)}</dt><dd>{escape(column.meaning)}"
        + (f" [{escape(column.unit)}]" if column.unit else "")
        + "</dd>"
        for column in card.columns
    )
    return f"<dl>{''.join(entries)}</dl>"


def _sources() -> str:
    entries = (
        f'<li><code>{escape(row.id)}</code> {escape(row.producer)}: <a href="{escape(row.url)}">'
        f"{escape(row.title)}</a>, read {row.read:%Y-%m-%d} ({escape(row.licence)})"
        + ("" if pd.isna(row.via) else f"; through {escape(row.via)}")
        + "</li>"
        for row in load("sources").itertuples()
    )
    return f"<ul>{''.join(entries)}</ul>"


def _anchor(name: str) -> str:
    return f"data-{name.replace('_', '-')}"


def _plain(text: str) -> str:
    for character in "\\|*_`<>[]$":
        text = text.replace(character, f"\\{character}")
    return text
