"""Run the two checks of notebooks as `make test` does, and say which items failed."""

import os
import re
import subprocess
import sys
from pathlib import Path

_FAILED = re.compile(r"^FAILED (\S+?)\.ipynb::(Cell \d+|\w+)", re.MULTILINE)


def failed_items(root: Path, *folders: str) -> dict[str, set[str]]:
    """Return the items that fail, by the notebook's path below ``root`` without its ending.

    Parameters
    ----------
    root : Path
        A folder that holds ``lib/uptake/openclosed/claims.toml``, and notebooks and figures side
        by side.
    *folders : str
        Where the notebooks are, below ``root``. At least one of them must fail.
    """
    (root / "pytest.ini").write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "-q", "-rf", "-n", "2", "--dist", "loadscope"]
    options = ["--nbval", "--nbval-current-env", "-p", "notebook_plugin", *folders]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        [*command, *options],
        cwd=root,
        env={**clean, "PYTHONPATH": str(Path(__file__).parent), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    found: dict[str, set[str]] = {}
    for name, item in _FAILED.findall(done.stdout):
        found.setdefault(name, set()).add(item)
    return found
