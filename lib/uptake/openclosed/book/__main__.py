"""Command line of the book: build it, record its outputs for committing, begin a notebook."""

import argparse
import shutil
import sys
from pathlib import Path

from uptake.openclosed.book.building import build, record
from uptake.openclosed.book.execution import BookError
from uptake.openclosed.book.template import new

_ADVICE = """\
No file was left half-written. Make room on the disk, or see to it that build/, notebooks/ and
figures/ are folders that you may write to, and run the same command again."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m uptake.openclosed.book", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for function, text in (
        (build, "execute into build/, build the site, print the verdicts"),
        (record, "execute, then write outputs and figures back into the tree"),
    ):
        command = commands.add_parser(function.__name__, help=text)
        command.set_defaults(run=function)
        command.add_argument(
            "only",
            nargs="*",
            help="beginnings of notebook names, such as 03; all when none is given",
        )
        command.add_argument("--workers", type=int, default=2, help="notebooks run side by side")
        command.add_argument("--root", type=Path, default=Path(), help="the repository's folder")
    command = commands.add_parser("new", help="begin the notebook of a claim")
    command.add_argument("name", help="number and words, such as 15-my-claim")
    command.add_argument("claim", help="its id in claims.toml, such as C15")
    command.add_argument("--root", type=Path, default=Path(), help="the repository's folder")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code: 0 done, 1 failed, 130 interrupted."""
    options = _parser().parse_args(arguments)
    try:
        if options.command == "new":
            print(f"wrote {new(options.root, options.name, options.claim)}")
        else:
            options.run(options.root, only=options.only, workers=options.workers)
    except BookError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except OSError as error:
        # Of a folder of files that cannot be copied, the first says enough.
        first = error.args[0][0][-1] if isinstance(error, shutil.Error) else error
        print(f"\n{first}\n{_ADVICE}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
