"""How results show themselves in a notebook, and what of them is stored."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields
from html import escape
from typing import Any


def as_html(
    title: str,
    *tables: tuple[Sequence[str], Iterable[Sequence[str]]],
    notes: Iterable[str] = (),
) -> str:
    """Return a title, small tables and notes as HTML, every text escaped.

    Parameters
    ----------
    title : str
    *tables : tuple of (header, rows)
        Texts; the first cell of each row is its label.
    notes : iterable of str
        What goes below, one line each.

    Returns
    -------
    str
        HTML without ids, styles or scripts: the same result always gives the same text.

    Examples
    --------
    >>> as_html("Logistic", (["", "estimate"], [["m", "< 40"]]), notes=["few points"])
    '<div><p><b>Logistic</b></p><table><thead><tr><th></th><th>estimate</th></tr></thead><tbody><tr><th>m</th><td>&lt; 40</td></tr></tbody></table><ul><li>few points</li></ul></div>'
    """  # noqa: E501
    parts = [f"<p><b>{escape(title)}</b></p>"] if title else []
    for header, rows in tables:
        head = "".join(f"<th>{escape(each)}</th>" for each in header)
        body = "".join(_row(*row) for row in rows)
        head = f"<thead><tr>{head}</tr></thead>"
        parts.append(f"<table>{head}<tbody>{body}</tbody></table>")
    items = "".join(f"<li>{escape(each)}</li>" for each in notes)
    parts.append(f"<ul>{items}</ul>" if items else "")
    return f"<div>{''.join(parts)}</div>"


def _row(label: str, *cells: str) -> str:
    return (
        f"<tr><th>{escape(label)}</th>{''.join(f'<td>{escape(each)}</td>' for each in cells)}</tr>"
    )


class Stored:
    """A dataclass of which only the fields are stored, not what was worked out from them.

    Profiles hold functions, which cannot be pickled, and are the same when traced again.
    """

    def __getstate__(self) -> dict[str, Any]:
        """Return what is copied and pickled; a copy has its fields equal, and is another fit."""
        return {item.name: getattr(self, item.name) for item in fields(self)}
