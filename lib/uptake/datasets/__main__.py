"""Commands on the tables: ``python -m uptake.datasets check | add | append | renew | rebuild``."""

import argparse
import sys
from pathlib import Path

from uptake.datasets.cards import HERE
from uptake.datasets.checks import check
from uptake.datasets.upkeep import add, append, renew

REBUILT = ("api_prices",)


def main(arguments: list[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    arguments : list of str, optional
        Words of the command line; by default those of the process.

    Returns
    -------
    int
        0 when all is well, 1 when a rule is broken or the input is impossible.

    Examples
    --------
    >>> main(["check", "pasture"])
    every table obeys its card
    0
    """
    options = _parser().parse_args(arguments)
    try:
        return options.run(options)
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m uptake.datasets", description=__doc__)
    parser.add_argument("--folder", type=Path, default=HERE, help="folder of the tables")
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("check", help="verify every hash, card and content rule")
    command.add_argument("name", nargs="*", help="tables; by default all")
    command.set_defaults(run=_check)
    command = commands.add_parser("add", help="start a dataset from a CSV file")
    command.add_argument("file", type=Path)
    command.add_argument("--tests", type=Path, help="folder for its test; by default tests/")
    command.set_defaults(run=_add)
    command = commands.add_parser("append", help="add the rows of a CSV file to a table")
    command.add_argument("name")
    command.add_argument("rows", type=Path)
    command.set_defaults(run=_append)
    command = commands.add_parser("renew", help="make a card fit its file after a meant change")
    command.add_argument("name")
    command.set_defaults(run=_renew)
    command = commands.add_parser("rebuild", help="extend a table from the Python package index")
    command.add_argument("name", choices=REBUILT)
    command.add_argument("--months", nargs="+", help="such as 2026-10; by default the last three")
    command.add_argument("--work", type=Path, default=Path.home() / ".cache" / "uptake")
    command.add_argument("--write", action="store_true", help="append the months that are new")
    command.set_defaults(run=_rebuild)
    return parser


def _check(options: argparse.Namespace) -> int:
    problems = check(options.name or None, folder=options.folder)
    for problem in problems:
        print(problem)
    counted = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    print(counted if problems else "every table obeys its card")
    return bool(problems)


def _add(options: argparse.Namespace) -> int:
    for path in add(options.file, folder=options.folder, tests=options.tests):
        print(f"wrote {path}")
    print("list its source: python -m uptake.datasets append sources ROW.csv")
    print("fill in the card, then run: python -m uptake.datasets check " + options.file.stem)
    return 0


def _append(options: argparse.Namespace) -> int:
    problems = append(options.name, options.rows, folder=options.folder)
    for problem in problems:
        print(problem)
    print("nothing was written" if problems else f"{options.name} and its card were renewed")
    return bool(problems)


def _renew(options: argparse.Namespace) -> int:
    renew(options.name, folder=options.folder)
    return _check(argparse.Namespace(name=[options.name], folder=options.folder))


def _rebuild(options: argparse.Namespace) -> int:
    from uptake.datasets.rebuild import rebuild

    problems = rebuild(options.months, work=options.work, write=options.write)
    for problem in problems:
        print(problem)
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
