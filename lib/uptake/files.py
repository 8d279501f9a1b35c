"""Writing files so that whatever happens in between, the old one or the new one is there."""

import os
import tempfile
from pathlib import Path

_READABLE = 0o644


def write(path: Path, content: bytes | str) -> bool:
    r"""Write a file in one step: readers, and whoever comes after a kill, never meet half of it.

    The content goes to a hidden file beside it, is flushed to the disk, and takes the place of the
    file. A kill just then may leave the hidden file, whose name ends in ``.part``; nothing reads
    it, and git ignores it.

    Parameters
    ----------
    path : pathlib.Path
        The file; its folder is made if it is not there.
    content : bytes or str
        All that the file shall hold; text is written in UTF-8 with its line ends as they are.

    Returns
    -------
    bool
        Whether the file changed; one that holds the content already is not touched.

    Raises
    ------
    OSError
        If it cannot be written, as on a full disk; the file is then as it was.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "new", "table.csv")
    ...     write(path, "day\n1\n"), write(path, "day\n1\n"), path.read_bytes()
    (True, False, b'day\n1\n')
    """
    content = content.encode() if isinstance(content, str) else content
    if path.is_file() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    # A name of its own for each writer: two may write the same file at once.
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as part:
            part.write(content)
            part.flush()
            os.fsync(part.fileno())
        os.chmod(beside, _READABLE)  # a temporary file is private
        os.replace(beside, path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
    return True
