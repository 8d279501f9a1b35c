"""Command line of the forecasts on record: score what has come due, or put new ones on record."""

import argparse
import sys
from datetime import date
from pathlib import Path

import pandas as pd

from uptake.forecasting import calibration, pit_counts
from uptake.openclosed.record.models import EQUAL
from uptake.openclosed.record.standing import FOLDER, house, make, put, revised, score, standing


def report(folder: Path = FOLDER) -> str:
    """Return in words what the forecasts on record have scored so far.

    Parameters
    ----------
    folder : Path
        Where the files and their seals are.

    Examples
    --------
    >>> print(report().splitlines()[0].split(" ", 1)[1])
    forecasts on record, as they were sealed
    """
    kept = standing(folder)
    lines = [f"{len(kept)} forecasts on record, as they were sealed"]
    if changed := revised(kept):
        lines.append(f"data changed since the forecast, which stands: {', '.join(changed)}")
    table = score(kept)
    if table.empty:
        first = min(day for each in kept for day in each.targets) if kept else None
        return "\n".join([*lines, f"none has come due; the first target is {first}"])
    with pd.option_context("display.width", 100, "display.max_columns", 20):
        own = table[table["model"] == EQUAL].set_index(["target", "series"])
        shown = ["actual", "median", "low", "high", "inside", "pit"]
        lines += ["", f"Came due ({EQUAL}):", own[shown].to_string(float_format="{:,.4g}".format)]
        lines += ["", "Coverage by model:", calibration(table).round(2).to_string()]
        lines += ["", f"Levels of what came ({EQUAL}):", pit_counts(own["pit"]).to_string()]
    waiting = len(house(kept)) - len(own)
    return "\n".join([*lines, "", f"{waiting} targets of this model are still to come"])


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code: 0 done, 1 refused."""
    parser = argparse.ArgumentParser(prog="python -m uptake.openclosed.record", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("score", help="check the seals and score what has come due")
    new = commands.add_parser("forecast", help="put forecasts from today's tables on record")
    new.add_argument("--day", type=date.fromisoformat, default=date.today(), help="day it is made")
    options = parser.parse_args(arguments)
    try:
        if options.command == "forecast":
            name = f"{options.day:%Y-%m}.jsonl"
            print(f"{put(make(options.day), name)} forecasts put on record in {name}")
        else:
            print(report())
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
