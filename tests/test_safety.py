"""Data are read and never run; what is packed is unpacked within bounds; files are written whole.

Two tests walk the source of the whole package, so that a new module is held to the same. They look
at names, which suffices against slips; nobody can stop code that wants to hide what it does.
"""

import ast
import gzip
import pickle
import re
import stat
import tracemalloc
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

import uptake
from uptake import datasets
from uptake.datasets import loader, price_list
from uptake.forecasting import recorded
from uptake.openclosed.choices.cache import Slot
from uptake.series import read_series

PACKAGE = Path(uptake.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))

RUNNERS = set(
    "eval exec compile __import__ os.system os.popen extract extractall unpack_archive "
    "read_pickle to_pickle unsafe_load full_load load_module run_path run_module".split()
)
"""Names of calls that can run what they are given, or write where an archive says."""
UNPICKLERS = set("pickle cPickle marshal shelve dill cloudpickle joblib yaml tarfile".split())
"""Modules that make objects out of files by running what is in them, or unpack links."""
UNSAFE_WORDS = {"allow_pickle", "shell"}


HARMLESS = {"re.compile", "str.extract"}


def calls(source):
    """Return the name of each function called, alone and after its owner, with the call."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            owner = getattr(node.func, "value", None)
            yield name, f"{getattr(owner, 'attr', getattr(owner, 'id', ''))}.{name}", node


def runners(source):
    """Return what in a source could run data."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.append(node.module)
    found = [name for name in found if name.split(".")[0] in UNPICKLERS]
    for name, owned, call in calls(source):
        found += [owned] if {name, owned} & RUNNERS and owned not in HARMLESS else []
        found += [word.arg for word in call.keywords if word.arg in UNSAFE_WORDS]
    return found


def test_no_module_can_run_what_it_reads():
    found = {str(path.relative_to(PACKAGE)): runners(path.read_text("utf-8")) for path in MODULES}
    assert len(found) > 100
    assert {name: words for name, words in found.items() if words} == {}


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "from yaml import load",
        "import joblib.memory",
        "pandas.read_pickle(path)",
        "eval(cell)",
        "frame.eval(cell)",
        "numpy.load(path, allow_pickle=True)",
        "subprocess.run(text, shell=True)",
        "archive.extractall(folder)",
        "compile(cell, '', 'exec')",
        "os.system(cell)",
    ],
)
def test_what_could_run_data_would_be_found(source):
    assert runners(source)


WRITERS = set(
    "write_text write_bytes to_excel to_parquet to_hdf savefig savetxt save savez savez_compressed "
    "dump copy2 copyfile copytree move touch NamedTemporaryFile mkstemp fdopen nbformat.write "
    "shutil.copy".split()
)
# Where files are written otherwise than through `files.write`, and why that is no danger.
ELSEWHERE = {
    ("files.py", "mkstemp"): "the one place that writes files",
    ("files.py", "fdopen"): "the one place that writes files",
    ("figures/saving.py", "savefig"): "into memory",
    ("datasets/rebuild.py", "touch"): "an empty mark: all of it or nothing",
    ("datasets/upkeep.py", "copy"): "into a folder of its own that is thrown away",
    ("datasets/upkeep.py", "write_bytes"): "into a folder of its own that is thrown away",
    ("openclosed/book/building.py", "copytree"): "into a folder that each run empties first",
    ("openclosed/book/building.py", "copy2"): "into a folder that each run empties first",
    ("openclosed/book/execution.py", "open"): "what kernels say, for people to read",
    ("openclosed/book/files.py", "rename"): "a finished folder takes its place in one step",
}


def writers(source):
    """Return the names of the calls that write files."""
    for name, owned, call in calls(source):
        given = [*call.args, *(word.value for word in call.keywords if word.arg == "mode")]
        words = [each.value for each in given if isinstance(each, ast.Constant)]
        modes = [
            word for word in words if isinstance(word, str) and re.fullmatch("[rwaxbt+]+", word)
        ]
        if (
            {name, owned} & WRITERS
            or (name == "open" and set("".join(modes)) & set("wax+"))
            or (name in ("to_csv", "to_json") and call.args)  # without a path they return the text
            or (name == "rename" and len(given) == 1 and not words and not call.keywords)
        ):
            yield name


@pytest.mark.parametrize(
    "source",
    [
        "path.write_text(text)",
        "open(path, 'w')",
        "path.open(mode='ab')",
        "frame.to_csv(path, index=False)",
        "nbformat.write(notebook, path)",
        "shutil.copy(old, new)",
        "old.rename(new)",
    ],
)
def test_what_writes_a_file_would_be_found(source):
    assert list(writers(source))


@pytest.mark.parametrize(
    "source",
    ["path.open()", "open(path, 'rb')", "frame.to_csv(index=False)", "frame.rename(columns=names)"],
)
def test_what_only_reads_is_not_taken_for_writing(source):
    assert not list(writers(source))


def test_files_are_written_through_one_function_or_where_half_of_one_does_no_harm():
    found = {
        (str(path.relative_to(PACKAGE)), name)
        for path in MODULES
        for name in writers(path.read_text("utf-8"))
    }
    assert found == set(ELSEWHERE)


class Payload:
    """An object that leaves a mark when somebody unpickles it."""

    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return Path.touch, (self.mark,)


@pytest.fixture
def trap(tmp_path):
    """Return the bytes of the trap, and the file that is there once it was sprung."""
    mark = tmp_path / "sprung"
    packed = pickle.dumps(Payload(mark))
    pickle.loads(packed)
    assert mark.exists(), "the trap does not work"
    mark.unlink()
    return packed, mark


@pytest.mark.parametrize("packing", [bytes, gzip.compress])
def test_a_pickle_in_the_place_of_a_table_is_not_run(trap, tmp_path, packing):
    content, mark = trap
    card = datasets.source("pasture")
    suffix = "csv.gz" if packing is gzip.compress else "csv"
    table = tmp_path / f"pasture.{suffix}"
    table.write_bytes(packing(content))
    with pytest.raises(ValueError, match="pasture|codec|utf-8"):
        loader.read(
            replace(
                card, folder=tmp_path, sha256=loader.hashlib.sha256(packing(content)).hexdigest()
            )
        )
    assert not mark.exists()


def test_a_pickle_in_the_place_of_a_readers_series_or_record_is_not_run(trap, tmp_path):
    content, mark = trap
    (tmp_path / "mine.csv").write_bytes(content)
    for read in (read_series, recorded):
        with pytest.raises(ValueError, match="mine.csv|utf-8"):
            read(tmp_path / "mine.csv")
    assert not mark.exists()


def test_a_pickle_in_the_place_of_stored_results_is_not_run_but_computed_anew(trap, tmp_path):
    content, mark = trap
    (tmp_path / "C1.json").write_bytes(content)
    with pytest.warns(RuntimeWarning, match="C1.json is damaged .* computed anew"):
        assert Slot(tmp_path / "C1.json").recall(1) is None
    assert not mark.exists()


@pytest.fixture
def card(tmp_path):
    """Return a card whose table is packed and lies in a folder of its own."""
    (tmp_path / "pasture.csv.gz").touch()
    return replace(datasets.source("pasture"), folder=tmp_path)


def test_a_table_that_unpacks_to_a_gigabyte_is_refused_before_it_fills_the_memory(card):
    bomb = gzip.compress(bytes(10_000_000)) * 100
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=r"more than 50,000,000 bytes .* restore the file"):
            loader.read_text(card, bomb)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 3 * loader.LARGEST


@pytest.mark.parametrize(
    "damage", [lambda packed: packed[:-9], lambda packed: packed[:20] + b"x" * 9 + packed[29:]]
)
def test_a_damaged_packed_table_is_refused_by_name(card, damage):
    whole = gzip.compress(b"day,yield\n" + b"9,8.93\n" * 50, mtime=0)
    assert loader.unpacked(card, whole).startswith(b"day")
    with pytest.raises(
        ValueError, match=r"pasture\.csv\.gz cannot be unpacked .* restore the file"
    ):
        loader.unpacked(card, damage(whole))


def archive(path, *members, packing=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", packing) as wheel:
        for name, content in members:
            wheel.writestr(name, content)
    return path


def test_an_archive_that_unpacks_to_more_than_a_list_can_be_is_refused(tmp_path):
    bomb = archive(tmp_path / "x.whl", (price_list.MEMBER, bytes(price_list.LARGEST_MEMBER + 1)))
    assert bomb.stat().st_size < 100_000
    with pytest.raises(ValueError, match="larger than 50,000,000 bytes; try another month"):
        price_list.read_member(bomb)


def test_a_size_that_the_archive_itself_understates_is_no_way_round_the_limit(tmp_path):
    bomb = archive(tmp_path / "x.whl", (price_list.MEMBER, bytes(price_list.LARGEST_MEMBER + 1)))
    size = (price_list.LARGEST_MEMBER + 1).to_bytes(4, "little")
    content = bomb.read_bytes()
    assert content.count(size) == 2
    bomb.write_bytes(content.replace(size, (10).to_bytes(4, "little")))
    with pytest.raises(ValueError, match="x.whl"):
        price_list.read_member(bomb)


def test_members_with_paths_out_of_the_archive_are_left_alone(tmp_path):
    inside = tmp_path / "inside"
    inside.mkdir()
    names = ["../evil", str(tmp_path / "evil"), "..\\evil", f"../{price_list.MEMBER}"]
    wheel = archive(inside / "x.whl", *((name, "{}") for name in names))
    with pytest.raises(ValueError, match="has no member"):
        price_list.read_member(wheel)
    archive(wheel, *((name, "{}") for name in names), (price_list.MEMBER, '{"a": {}}'))
    assert price_list.read_member(wheel) == {"a": {}}
    assert [path.name for path in tmp_path.rglob("*")] == ["inside", "x.whl"]


def test_a_link_in_the_place_of_the_list_is_not_followed(tmp_path):
    secret = tmp_path / "secret.json"
    secret.write_text('{"secret": {}}')
    link = zipfile.ZipInfo(price_list.MEMBER)
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with pytest.raises(ValueError, match="is no JSON .* try another month"):
        price_list.read_member(archive(tmp_path / "x.whl", (link, str(secret))))


@pytest.mark.parametrize("content", ["[1]", '{"a": 1}', "[" * 100_000, "1" * 5000])
def test_a_list_of_another_form_is_refused_with_advice(tmp_path, content):
    wheel = archive(tmp_path / "x.whl", (price_list.MEMBER, content))
    with pytest.raises(ValueError, match="try another month"):
        price_list.read_member(wheel)


def test_a_damaged_archive_is_refused_with_advice(tmp_path):
    whole = archive(tmp_path / "x.whl", (price_list.MEMBER, '{"a": {}}' + " " * 999)).read_bytes()

    middle = whole.index(b"PK\x01\x02") - 4
    for damaged in (whole[: len(whole) // 2], whole[:middle] + b"\0\0\0\0" + whole[middle + 4 :]):
        (tmp_path / "x.whl").write_bytes(damaged)
        with pytest.raises(ValueError, match=r"x\.whl cannot be unpacked .* fetch it again"):
            price_list.read_member(tmp_path / "x.whl")


@pytest.mark.parametrize("suffix", ["gz", "zip"])
def test_a_readers_file_is_not_unpacked_because_of_its_name(tmp_path, suffix):
    plain = "month,users\n2024-01,3\n2024-02,5\n"
    path = tmp_path / f"mine.csv.{suffix}"
    if suffix == "gz":
        path.write_bytes(gzip.compress(plain.encode()))
    else:
        archive(path, ("mine.csv", plain))
    with pytest.raises(ValueError, match="is not a CSV file in UTF-8"):
        read_series(path)


def test_the_tables_of_the_package_are_far_below_the_limit():
    packed = [datasets.source(name) for name in datasets.names()]
    sizes = [len(loader.unpacked(card, loader.content(card))) for card in packed]
    assert max(sizes) < loader.LARGEST / 10
