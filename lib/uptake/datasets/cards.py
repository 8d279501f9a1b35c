"""The card beside each table: producer, address, date read, licence, hash, columns, errors."""

import datetime
import tomllib
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

HERE = Path(str(files("uptake.datasets")))


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Parameters
    ----------
    name : str
        Name in the header of the file.
    type : str
        ``date``, ``category``, ``number``, ``integer``, ``flag`` or ``text``.
    meaning : str
        What a cell holds.
    unit : str
        Unit of the numbers, empty for text.
    levels : tuple of str
        The values a category may take, in order; empty when any is allowed.
    low, high : float or None
        Closed range in which every number must lie.
    required : bool
        Whether a blank cell is an error.
    """

    name: str
    type: str
    meaning: str
    unit: str = ""
    levels: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    required: bool = False


@dataclass(frozen=True)
class Source:
    """The card of one table; ``str(card)`` is the line printed under a figure.

    Parameters
    ----------
    name : str
        Name of the table, as ``load`` takes it.
    producer, title, url, license : str
        Who published the figures, under which title, at which address, on which terms.
    accessed : datetime.date
        The day on which the figures were read.
    kind : str
        Schema of the rows: ``observations``, ``scores``, ``prices``, ``events`` or ``reference``.
    grade : str
        A official, B reputable estimate, C press.
    sha256 : str
        Hash of the file as stored.
    rows : int
        Number of rows.
    key : tuple of str
        Columns that together name a row.
    columns : tuple of Column
        The columns in the order of the file.
    date, known, vintage : str
        Names of the columns with the date of a row, the day by which it was public, and the edition
        it belongs to; empty where there is none.
    first, last : datetime.date or None
        Range of the date column.
    changes, known_errors : tuple of str
        What was changed or left out on the way here, and what is wrong with the figures.
    series : dict
        For observations, what each series measures.
    origin : dict
        For tables without a column ``source``: ids in the table of sources that ``every`` row rests
        on, and by the values of other columns those of some rows; see ``datasets.references``.
    rules : dict
        Content rules beyond those of the columns: ``never_falls`` (cumulative series), those of
        ``relations``, each with the rows it exempts, and ``line``, the series that stands for the
        table.
    notice : str
        A notice that the licence demands.
    folder : pathlib.Path
        Where the card and the table lie.
    """

    name: str
    producer: str
    title: str
    url: str
    license: str
    accessed: datetime.date
    kind: str
    grade: str
    sha256: str
    rows: int
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    date: str = ""
    known: str = ""
    vintage: str = ""
    first: datetime.date | None = None
    last: datetime.date | None = None
    changes: tuple[str, ...] = ()
    known_errors: tuple[str, ...] = ()
    series: dict[str, str] = field(default_factory=dict, repr=False)
    origin: dict[str, Any] = field(default_factory=dict, repr=False)
    rules: dict[str, Any] = field(default_factory=dict, repr=False)
    notice: str = ""
    folder: Path = field(default_factory=lambda: HERE, repr=False)

    @property
    def path(self) -> Path:
        """File that holds the table: ``name.csv``, or ``name.csv.gz`` where it is compressed."""
        packed = self.folder / f"{self.name}.csv.gz"
        return packed if packed.exists() else self.folder / f"{self.name}.csv"

    def __str__(self) -> str:
        """Return the line printed under a figure."""
        address = self.url.removeprefix("https://").removeprefix("http://")
        return (
            f"Source: {self.producer}, {self.title}, {address}, "
            f"read {self.accessed} ({self.license})"
        )


def names(*, folder: Path = HERE) -> list[str]:
    """Return the names of all tables.

    Parameters
    ----------
    folder : pathlib.Path, optional
        Folder of the tables; by default the package's own.

    Returns
    -------
    list of str
        Names in alphabetical order.

    Examples
    --------
    >>> from uptake import datasets
    >>> "capability_index" in datasets.names()
    True
    """
    return sorted(path.stem for path in folder.glob("*.toml"))


def source(name: str, *, folder: Path = HERE) -> Source:
    """Return the card of a table.

    Parameters
    ----------
    name : str
        Name of the table.
    folder : pathlib.Path, optional
        Folder of the tables; by default the package's own.

    Returns
    -------
    Source
        The card; ``str(card)`` is the line under a figure.

    Raises
    ------
    ValueError
        If there is no such table, or its card lacks a field.

    Examples
    --------
    >>> from uptake import datasets
    >>> print(datasets.source("pasture"))  # doctest: +ELLIPSIS
    Source: NIST Statistical Reference Datasets, ...
    """
    path = folder / f"{name}.toml"
    if not path.exists():
        raise ValueError(f"no dataset {name!r}; there are {', '.join(names(folder=folder))}")
    try:
        return _card(name, tomllib.loads(path.read_text(encoding="utf-8")), folder)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path.name} is not a complete card ({error}); mend the card") from error


def _card(name: str, content: dict[str, Any], folder: Path) -> Source:
    if not isinstance(content["sha256"], str):
        raise TypeError("sha256 is not text")
    columns = tuple(
        Column(name=column, **{**entry, "levels": tuple(entry.get("levels", ()))})
        for column, entry in content.pop("columns").items()
    )
    plural = {key: tuple(content.pop(key, ())) for key in ("key", "changes", "known_errors")}
    return Source(name=name, folder=folder, columns=columns, **plural, **content)
