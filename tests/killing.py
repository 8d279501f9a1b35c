"""Start commands in projects of awkward names, and kill them in the middle."""

import os
import signal
import subprocess
import time

FOLDER = "ein Ördner 名"
"""The name of each such project's folder: a space, and letters beyond ASCII."""


def start(command, root, **environment):
    """Start a command as the first of a group of its own, so that all of it can be killed."""
    return subprocess.Popen(
        command,
        cwd=root,
        env={**ambient(), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def ambient():
    """Return the environment without what a `make` that runs the tests hands to those below it."""
    return {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}


def kill_at(path, command, root, **environment):
    """Start a command, kill all of it once a file is there, and return what it had said."""
    with start(command, root, **environment) as run:
        try:
            wait_for(path.exists)
        finally:
            os.killpg(run.pid, signal.SIGKILL)
        said, _ = run.communicate()
    assert run.returncode == -signal.SIGKILL
    return said


def wait_for(condition, seconds=300):
    for _ in range(10 * seconds):
        if condition():
            return
        time.sleep(0.1)
    raise AssertionError(f"not so within {seconds} seconds")
