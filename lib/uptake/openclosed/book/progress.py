"""Tell on the terminal how far the notebooks are."""

import asyncio
import sys
from time import monotonic
from typing import TextIO


class Progress:
    """One line as each notebook starts and ends; on a terminal a live line below them.

    Parameters
    ----------
    total : int
        How many notebooks there are.
    stream : TextIO, optional
        Where to write; standard error when left out.
    """

    def __init__(self, total: int, stream: TextIO | None = None) -> None:
        self._total = total
        self._stream = stream or sys.stderr
        self._live = self._stream.isatty()
        self._cells: dict[str, int] = {}
        self._reached: dict[str, int] = {}
        self._done = 0
        self._began = monotonic()

    def started(self, name: str, cells: int) -> None:
        """Note that a notebook of so many cells has started."""
        self._cells[name], self._reached[name] = cells, 0
        if not self._live:  # the live line shows it on a terminal
            self._say(f"{name}: started")

    def reached(self, name: str, cell: int) -> None:
        """Note that a notebook has come to the cell of this index."""
        self._reached[name] = cell + 1

    def finished(self, name: str, seconds: float) -> None:
        """Note that a notebook has finished after so many seconds."""
        del self._reached[name]
        self._done += 1
        self._say(f"{name}: done in {seconds:.1f} s ({self._done} of {self._total})")

    async def refresh_until(self, tasks: list[asyncio.Task]) -> None:
        """Redraw the live line twice a second until all tasks are done."""
        while self._live and not all(task.done() for task in tasks):
            self._draw()
            await asyncio.sleep(0.5)

    def close(self) -> None:
        """Take the live line away."""
        if self._live:
            self._stream.write("\r\x1b[K")
            self._stream.flush()

    def _say(self, text: str) -> None:
        self.close()
        self._stream.write(f"{text}\n")
        self._stream.flush()

    def _draw(self) -> None:
        running = ", ".join(
            f"{name} {cell}/{self._cells[name]}" for name, cell in self._reached.items()
        )
        seconds = monotonic() - self._began
        # Cut to a width that every terminal has, for a wrapped line could not be taken back.
        line = f"{seconds:4.0f} s  {self._done} of {self._total} done; cell {running}"[:79]
        self._stream.write(f"\r\x1b[K{line}")
        self._stream.flush()
