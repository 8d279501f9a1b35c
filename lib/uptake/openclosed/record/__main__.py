"""Command line of the forecasts on record: score what has come due, or put new ones on record."""

import argparse
import sys
from datetime import date

from uptake.openclosed.record.ledger import make, put
from uptake.openclosed.record.reporting import report


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
