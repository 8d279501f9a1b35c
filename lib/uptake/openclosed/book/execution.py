"""Execute notebooks in fresh kernels, a few side by side, and say which cell failed."""

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

import nbformat
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpecManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from uptake.openclosed.book.progress import Progress

# What nbformat raises for text that is no JSON, or JSON that is no notebook.
_UNREADABLE = (ValueError, TypeError, AttributeError, KeyError, nbformat.ValidationError)
CELL_TIMEOUT = 1800
"""Seconds after which a cell is taken to hang."""


class BookError(Exception):
    """The book cannot be made; the message tells where to look."""


@dataclass(frozen=True, eq=False)
class Executed:
    """A notebook with the outputs of a run from top to bottom in a fresh kernel.

    Parameters
    ----------
    name : str
        File name without its ending.
    notebook : NotebookNode
        The notebook, outputs included.
    seconds : float
        Wall time of the run, kernel start included.
    """

    name: str
    notebook: NotebookNode
    seconds: float


def read_notebook(path: Path) -> NotebookNode:
    """Return a notebook, or say which file cannot be read, where, and what to do.

    Raises
    ------
    BookError
        If the file is no JSON, as after a merge that was left half done, or no notebook.
    """
    try:
        notebook = nbformat.convert(nbformat.reader.reads(path.read_text("utf-8")), 4)
        nbformat.validate(notebook)
    except _UNREADABLE as error:
        reason = str(error.__cause__ or error).strip().splitlines()[0]
        raise BookError(
            f"{path.name} cannot be read as a notebook ({reason}).\nMend the file, or restore it: "
            f"git checkout -- {path.parent.name}/{path.name}"
        ) from error
    return notebook


def kernel_environment(figures: Path, cache: Path) -> dict[str, str]:
    """Return the environment variables that make a run the same on every reader's machine.

    Parameters
    ----------
    figures : Path
        Folder that receives the figures.
    cache : Path
        Folder for matplotlib's and IPython's own files, so that no reader's settings or start-up
        scripts change a figure or an output; and for the results of `choices.run`, which the
        notebooks share.
    """
    matplotlib = str((cache / "matplotlib").resolve())
    return {
        "UPTAKE_FIGURES": str(figures.resolve()),
        "MPLCONFIGDIR": matplotlib,
        "MATPLOTLIBRC": matplotlib,
        # The kernels' own: a reader's may ask for a window, or for a display that is not there.
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "IPYTHONDIR": str((cache / "ipython").resolve()),
        "UPTAKE_CACHE": str((cache / "choices").resolve()),
        # Two kernels share the processor; and threaded sums differ in their last digits.
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
    }


def warm_font_cache(environment: dict[str, str]) -> None:
    """List the fonts once; on first use matplotlib says that it does, which would be an output."""
    if not any(Path(environment["MPLCONFIGDIR"]).glob("fontlist-*.json")):
        command = [sys.executable, "-c", "import matplotlib.font_manager"]
        inherited = {**os.environ, **environment}
        subprocess.run(command, env=inherited, check=True, stderr=subprocess.DEVNULL)


def execute(
    paths: list[Path],
    *,
    environment: dict[str, str],
    logs: Path,
    workers: int = 2,
) -> list[Executed]:
    """Execute notebooks side by side, each in a kernel of its own.

    Parameters
    ----------
    paths : list of Path
        Notebook files; they are read, never written.
    environment : dict
        Variables added to the kernels' environment.
    logs : Path
        Folder that receives what the kernels themselves say, a file per notebook.
    workers : int
        How many run at the same time.

    Returns
    -------
    list of Executed
        In the order of `paths`.

    Raises
    ------
    BookError
        If a cell fails, or a kernel does not start; names the notebook, the cell and the error.
        The others are stopped.
    OSError
        If a file cannot be read or written.
    """
    progress = Progress(len(paths))

    async def run_all() -> list[Executed]:
        free = asyncio.Semaphore(workers)
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(_execute_one(path, environment, logs, free, progress))
                for path in paths
            ]
            group.create_task(progress.refresh_until(tasks))
        return [task.result() for task in tasks]

    try:
        return _run_off_the_main_thread(run_all())
    except BaseExceptionGroup as failures:
        ours = failures.subgroup((BookError, OSError))
        if ours is None:
            raise
        raise ours.exceptions[0] from None
    finally:
        progress.close()


async def _execute_one(
    path: Path,
    environment: dict[str, str],
    logs: Path,
    free: asyncio.Semaphore,
    progress: Progress,
) -> Executed:
    async with free:
        began = monotonic()
        notebook = read_notebook(path)
        progress.started(path.stem, len(notebook.cells))
        client = _client(notebook, path)
        client.on_cell_start = lambda cell, cell_index: progress.reached(path.stem, cell_index)
        begun: list[int] = []  # noted here, because a kernel may die before it says what it began
        client.on_cell_execute = lambda cell, cell_index: begun.append(cell_index)
        log = logs / f"{path.stem}.log"
        with log.open("w") as said:
            streams = {"stdout": said, "stderr": said}
            try:
                await client.async_execute(
                    cleanup_kc=True, env={**os.environ, **environment}, **streams
                )
            except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
                raise BookError(_failure(path, notebook, begun[-1], error, log)) from None
            except RuntimeError as error:  # the kernel gives no answer
                raise BookError(f"{path.name} did not start: {error}; see {log}.") from None
        executed = Executed(path.stem, notebook, monotonic() - began)
        progress.finished(path.stem, executed.seconds)
        return executed


def _client(notebook: NotebookNode, path: Path) -> NotebookClient:
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    # No folder of kernel specifications: only the kernel of this very environment may be taken,
    # never one of the same name that the reader has installed elsewhere.
    manager = AsyncKernelManager(
        kernel_name="python3",
        kernel_spec_manager=KernelSpecManager(kernel_dirs=[]),
        transport_encryption="auto",  # a kernel warns when anyone on the machine could listen
    )
    return NotebookClient(
        notebook,
        km=manager,
        kernel_name="python3",
        timeout=CELL_TIMEOUT,
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(path.parent)}},
    )


def _run_off_the_main_thread(work: Coroutine[Any, Any, list[Executed]]) -> list[Executed]:
    """Run a coroutine so that Ctrl-C reaches us.

    On the main thread nbclient takes over the interrupt and closes one kernel of several.
    """
    loop = asyncio.new_event_loop()
    task = loop.create_task(work)

    async def whole() -> list[Executed]:
        return await task

    def run() -> list[Executed]:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            return runner.run(whole())

    with ThreadPoolExecutor(1) as pool:
        outcome = pool.submit(run)
        try:
            return outcome.result()
        except KeyboardInterrupt:
            loop.call_soon_threadsafe(task.cancel)
            wait([outcome])  # until the kernels are closed
            raise


def _failure(path: Path, notebook: NotebookNode, index: int, error: Exception, log: Path) -> str:
    cell = notebook.cells[index]
    code = [at for at, other in enumerate(notebook.cells) if other.cell_type == "code"]
    place = f"code cell {code.index(index) + 1} of {len(code)} (cell {index + 1} in all)"
    source = [f"    {line}" for line in cell.source.splitlines()[:6]]
    return "\n".join(
        [f"{path.name} failed in {place}:", "", *source, "", _reason(error, cell, log)]
    )


def _reason(error: Exception, cell: NotebookNode, log: Path) -> str:
    if isinstance(error, CellTimeoutError):
        return f"The cell ran longer than {CELL_TIMEOUT} seconds."
    if isinstance(error, DeadKernelError):
        return f"The kernel died, which often means that memory ran out; see {log}."
    (shown,) = (output for output in cell.outputs if output.output_type == "error")
    colourless = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(shown.traceback))
    return "\n".join(colourless.strip().splitlines()[-15:])
