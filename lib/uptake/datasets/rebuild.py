"""Extend the price panel from releases of litellm on the Python package index that pip is set to.

The release of a month is the highest version uploaded before its end, never the latest upload:
corrections of old versions carry old prices. Only one member of each wheel is read, and nothing in
it is run.
"""

import csv
import json
import subprocess
import sys
import venv
from collections.abc import Callable, Iterable
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from uptake.datasets.cards import source
from uptake.datasets.checks import Problem
from uptake.datasets.loader import load
from uptake.datasets.price_list import prices, read_member
from uptake.datasets.upkeep import append
from uptake.files import write as write_file

TABLE = "api_prices"
_KEY = ["host", "model", "variant"]
_PRICES = ["input_usd_per_mtok", "output_usd_per_mtok"]


def rebuild(
    months: Iterable[str] | None = None,
    *,
    work: Path,
    write: bool = False,
    say: Callable[[str], None] = print,
) -> list[Problem]:
    """Fetch the price list of each month, compare it with the shipped one, and add new months.

    A month that was fetched stays in the work folder, so that a broken run goes on where it ended.

    Parameters
    ----------
    months : iterable of str, optional
        Months such as ``"2026-10"``; by default the last three.
    work : pathlib.Path
        Folder for what is fetched and for the rebuilt rows.
    write : bool, optional
        Append to the shipped table the months that it lacks.
    say : callable, optional
        Receives each line of the report.

    Returns
    -------
    list of Problem
        Rules that the new rows would break; then the table is left as it was.

    Raises
    ------
    ValueError
        If a month is no month, or the package index cannot be reached.

    Examples
    --------
    >>> rebuild(["2999-01"], work=Path("anywhere"))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ValueError: 2999-01 has not begun; ask for months up to ...
    """
    today = pd.Timestamp.now()
    chosen = [pd.Period(month, "M") for month in months or _last_months(today, 3)]
    if late := [str(month) for month in chosen if month.start_time > today]:
        raise ValueError(f"{', '.join(late)} has not begun; ask for months up to {today:%Y-%m}")
    work.mkdir(parents=True, exist_ok=True)
    shipped, problems = load(TABLE), []
    for number, month in enumerate(chosen, 1):
        say(f"{month}: fetching the price list ({number} of {len(chosen)})")
        release = _release(month, work, say)
        rows, left_out, unknown = prices(release["list"], _known(shipped, work))
        _save(rows, month, release, shipped, work)
        say(f"{month}: litellm {release['version']}, {len(rows)} rows; left out: {_text(left_out)}")
        _report_unknown(unknown, work, say)
        old = shipped[(shipped["list"] == "litellm") & (shipped["month"] == month.start_time)]
        say(f"{month}: {compare(old, rows)}")
        if write and old.empty and month.end_time > today:
            say(f"{month}: not over, so not written; a higher version may still come")
        elif write and old.empty:
            problems += append(TABLE, work / f"{TABLE}-{month}.csv")
    return problems


def compare(shipped: pd.DataFrame, rebuilt: pd.DataFrame) -> str:
    """Say how rebuilt rows differ from shipped rows of the same month.

    Parameters
    ----------
    shipped, rebuilt : DataFrame
        Rows with host, model, variant and the two prices.

    Returns
    -------
    str
        One sentence with counts.

    Examples
    --------
    >>> row = {"host": "openai", "model": "gpt-4o", "variant": ""}
    >>> old = pd.DataFrame([row | {"input_usd_per_mtok": 2.5, "output_usd_per_mtok": 10.0}])
    >>> new = pd.DataFrame([row | {"input_usd_per_mtok": 2.5, "output_usd_per_mtok": 8.0}])
    >>> compare(old, new)
    '1 rows in both, 0 at the same prices; 0 only shipped, 0 only rebuilt'
    """
    if shipped.empty:
        return f"a new month, {len(rebuilt)} rows"
    frames = [
        frame[_KEY + _PRICES].astype(dict.fromkeys(_KEY, object)) for frame in (shipped, rebuilt)
    ]
    for frame in frames:
        frame["variant"] = frame["variant"].fillna("")
    both = frames[0].merge(frames[1], on=_KEY, how="outer", indicator=True, suffixes=("", "_new"))
    same = [(both[name] - both[f"{name}_new"]).abs() < 1e-6 for name in _PRICES]
    count = both["_merge"].value_counts()
    return (
        f"{count['both']} rows in both, {int((same[0] & same[1]).sum())} at the same prices; "
        f"{count['left_only']} only shipped, {count['right_only']} only rebuilt"
    )


def _last_months(today: pd.Timestamp, number: int) -> list[str]:
    return [str(today.to_period("M") - back) for back in reversed(range(number))]


def _release(month: pd.Period, work: Path, say: Callable[[str], None]) -> dict:
    kept = work / f"litellm-{month}.json"
    if kept.exists():
        say(f"{month}: already in {work}")
        return json.loads(kept.read_text(encoding="utf-8"))
    with TemporaryDirectory(dir=work) as folder:
        wheel = _download(month, Path(folder), _pip(work, say))
        version = wheel.name.split("-")[1]
        release = {"version": version, "list": read_member(wheel)}
    if month.end_time > pd.Timestamp.now():
        return release  # a higher version may still come
    write_file(kept, json.dumps(release))
    return release


def _pip(work: Path, say: Callable[[str], None]) -> Path:
    # Choosing by day of upload needs pip 26, which the reader's own environment may not have.
    python = work / "pip" / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not (work / "pip" / "ready").exists():
        say("making an environment with a pip that can choose by day of upload")
        venv.create(work / "pip", with_pip=True, clear=True)
        _run([str(python), "-m", "pip", "install", "--quiet", "pip>=26"], work)
        (work / "pip" / "ready").touch()
    return python


def _download(month: pd.Period, folder: Path, python: Path) -> Path:
    end = f"{(month + 1).start_time:%Y-%m-%dT00:00:00Z}"
    command = [str(python), "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    _run([*command, f"--uploaded-prior-to={end}", f"--dest={folder}", "litellm"], folder.parent)
    return next(folder.glob("litellm-*.whl"))


def _run(command: list[str], work: Path) -> None:
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    if finished.returncode:
        last = (finished.stderr.strip().splitlines() or ["no message"])[-1]
        raise ValueError(
            f"pip could not fetch a package: {last}\nCheck the network and 'pip config list'; "
            f"what was fetched stays in {work}, so the same command goes on from there."
        )


def _known(shipped: pd.DataFrame, work: Path) -> pd.DataFrame:
    columns = ["model", "developer", "weights", "weights_basis", "released"]
    last = shipped.sort_values("snapshot").drop_duplicates("model", keep="last")[columns]
    frames = [last.astype(object)]
    if (own := work / "weights.csv").exists():
        frames.append(pd.read_csv(own, dtype=str).reindex(columns=columns))
    return pd.concat(frames).drop_duplicates("model", keep="last")


def _report_unknown(unknown: list[str], work: Path, say: Callable[[str], None]) -> None:
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerows([["model"], *([model] for model in unknown)])
    write_file(work / "unknown.csv", text.getvalue())
    say(
        f"  {len(unknown)} models of unknown weights are in {work / 'unknown.csv'}; to take in "
        "one, give its model, developer, weights and weights_basis in weights.csv beside it"
    )


def _save(
    rows: pd.DataFrame, month: pd.Period, release: dict, shipped: pd.DataFrame, work: Path
) -> None:
    blend = (3 * rows[_PRICES[0]] + rows[_PRICES[1]]) / 4
    old = (3 * shipped[_PRICES[0]] + shipped[_PRICES[1]]) / 4
    ratio = blend / rows["model"].map(old.groupby(shipped["model"].astype(str)).median())
    last = min(month.end_time.normalize(), pd.Timestamp.now().normalize())
    extra = {"month": f"{month}-01", "list": "litellm", "snapshot": f"{last:%Y-%m-%d}"}
    frame = rows.assign(outlier=(ratio > 10) | (ratio < 0.1), **extra)
    frame["released"] = pd.to_datetime(frame["released"]).dt.strftime("%Y-%m-%d")
    columns = [column.name for column in source(TABLE).columns]
    text = frame[columns].to_csv(index=False, lineterminator="\n")
    write_file(work / f"{TABLE}-{month}.csv", text)


def _text(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {reason}" for reason, count in counts.items())
