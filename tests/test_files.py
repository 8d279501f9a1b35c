"""A file is there whole, old or new, whatever stops the one who writes it."""

import errno
import os
import signal
import subprocess
import sys
import threading

import pytest

from uptake.files import write


def test_a_file_is_written_only_if_its_content_is_new(tmp_path):
    assert write(tmp_path / "new/file", b"1")
    stamp = (tmp_path / "new/file").stat().st_mtime_ns
    assert not write(tmp_path / "new/file", "1")
    assert (tmp_path / "new/file").stat().st_mtime_ns == stamp
    assert write(tmp_path / "new/file", "2")
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["file"]


def test_text_is_written_in_utf_8_with_its_line_ends_and_for_all_to_read(tmp_path):
    write(tmp_path / "file", "a\nµ\r\n")
    assert (tmp_path / "file").read_bytes() == b"a\n\xc2\xb5\r\n"
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o644


KILLED = """
import os, pathlib, signal, sys
from uptake.files import write
def killed(*_): os.kill(os.getpid(), signal.SIGKILL)
setattr(os, sys.argv[1], killed)
write(pathlib.Path(sys.argv[2]), "new" * 100_000)
"""


@pytest.mark.parametrize("moment", ["fsync", "chmod", "replace"])
def test_a_kill_leaves_the_old_file_and_the_next_run_writes_the_new_one(tmp_path, moment):
    path = tmp_path / "table.csv"
    path.write_text("old")
    done = subprocess.run([sys.executable, "-c", KILLED, moment, str(path)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert path.read_text() == "old"
    assert [each.name for each in tmp_path.glob("*.csv")] == ["table.csv"]
    assert write(path, "new") and path.read_text() == "new"


@pytest.mark.parametrize("moment", ["fsync", "replace"])
def test_a_full_disk_leaves_the_old_file_and_nothing_beside_it(tmp_path, monkeypatch, moment):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    (tmp_path / "file").write_text("old")
    monkeypatch.setattr(os, moment, full)
    with pytest.raises(OSError, match="No space left on device"):
        write(tmp_path / "file", "new")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"file": "old"}


def test_a_reader_never_meets_half_a_file_while_two_write_it(tmp_path):
    path, whole = tmp_path / "file", [letter * 300_000 for letter in "ab"]
    write(path, whole[0])
    writers = [
        threading.Thread(target=lambda text=text: [write(path, text) for _ in range(30)])
        for text in whole
    ]
    for writer in writers:
        writer.start()
    seen = set()
    while any(writer.is_alive() for writer in writers):
        seen.add(path.read_text())
    assert seen <= set(whole)
    assert [each.name for each in tmp_path.iterdir()] == ["file"]
