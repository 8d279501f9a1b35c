"""Files that were damaged or made up are refused by name, or read as what they still say."""

import copy
import json
import tomllib
from datetime import date
from importlib import resources

import pytest
from effort import examples
from hostile import Answer
from hypothesis import given
from hypothesis import strategies as st

from uptake import datasets, read_series
from uptake.datasets.loader import read
from uptake.forecasting import Forecast, record, recorded
from uptake.openclosed import claims

many = examples(15)
places = st.integers(0, 10_000)
damage = st.binary(max_size=3)
odd = st.sampled_from(
    [None, 0, -1, 1e308, float("nan"), True, "", "x", [], {}, [1], [[1]], {"a": 1}, ["x", "x"],
     10**400, [10**400], [["1", "2", "3"]], "2026-12-31"]
)  # fmt: skip
FORECAST = Forecast(
    "revenue", "billion", "Naïve", date(2026, 6, 1), date(2026, 5, 31), (date(2026, 12, 31),),
    (0.1, 0.5, 0.9), ((50.0, 60.0, 75.0),), "0" * 64,
)  # fmt: skip
CLAIMS = tomllib.loads((resources.files("uptake.openclosed") / "claims.toml").read_text("utf-8"))


def damaged(content, place, fresh):
    where = place % len(content)
    return content[:where] + fresh + content[where + 1 :]


def entries(content, path=()):
    """Yield the path to everything in nested tables and lists."""
    pairs = content.items() if isinstance(content, dict) else enumerate(content)
    for key, value in pairs:
        yield (*path, key)
        if isinstance(value, dict | list):
            yield from entries(value, (*path, key))


PATHS = list(entries(CLAIMS))


@many
@given(content=st.one_of(st.binary(max_size=60), st.text(max_size=60).map(str.encode)))
def test_whatever_stands_in_a_file_of_series(content, tmp_path_factory):
    path = tmp_path_factory.mktemp("csv") / "mine.csv"
    for before in (b"", b"year,users\n2001,3\n", b"day,users\n2001-01-01,"):
        path.write_bytes(before + content)
        table = Answer(read_series, path).value
        if table is not None:
            assert table.index.is_monotonic_increasing and table.index.is_unique


@many
@given(place=places, fresh=damage)
def test_a_damaged_card_is_refused_or_gives_its_table(place, fresh, tmp_path_factory):
    source = datasets.source("pasture")
    folder = tmp_path_factory.mktemp("tables")
    (folder / "pasture.csv").write_bytes(source.path.read_bytes())
    card = (source.folder / "pasture.toml").read_bytes()
    (folder / "pasture.toml").write_bytes(damaged(card, place, fresh))
    answer = Answer(lambda: read(datasets.source("pasture", folder=folder)))
    if answer.refusal:
        assert "pasture" in answer.refusal
    else:
        assert answer.value.shape[0] == 9


@pytest.mark.parametrize("field", ["sha256", "columns", "key", "accessed", "rows"])
@pytest.mark.parametrize("value", ["3", "[]", "{}", '"x"', "[[1]]", "2020-01-01", "{ a = 3 }"])
def test_a_card_with_a_field_of_a_wrong_sort(field, value, tmp_path):
    source = datasets.source("pasture")
    lines = (source.folder / "pasture.toml").read_text("utf-8").splitlines()
    lines = [line for line in lines if not line.startswith((field + " ", f"[{field}]"))]
    (tmp_path / "pasture.csv").write_bytes(source.path.read_bytes())
    (tmp_path / "pasture.toml").write_text("\n".join([f"{field} = {value}", *lines]), "utf-8")
    Answer(lambda: read(datasets.source("pasture", folder=tmp_path)))


@many
@given(place=places, fresh=damage)
def test_a_damaged_record_of_forecasts_is_refused_or_says_the_same(place, fresh, tmp_path_factory):
    path = tmp_path_factory.mktemp("record") / "forecasts.jsonl"
    record([FORECAST], path)
    content = damaged(path.read_bytes(), place, fresh)
    path.write_bytes(content)
    answer = Answer(recorded, path)
    assert answer.value in (None, (FORECAST,))
    if answer.refusal:
        assert "forecasts.jsonl, line" in answer.refusal
        Answer(record, [FORECAST], path)
        assert path.read_bytes() == content


@pytest.mark.parametrize("text", ["[" * 200_000, '{"forecast": ' * 100_000, "\0", "null", "1e999"])
def test_a_line_that_is_no_record_is_refused_with_its_number(text, tmp_path):
    path = tmp_path / "forecasts.jsonl"
    path.write_text(text, "utf-8")
    assert "forecasts.jsonl, line 1" in Answer(recorded, path).refusal
    assert Answer(Forecast.from_json, text).refusal


@many
@given(name=st.sampled_from(sorted(json.loads(FORECAST.to_json()))), value=odd)
def test_a_forecast_with_a_field_of_a_wrong_sort_is_refused_or_a_forecast(name, value):
    cells = json.loads(FORECAST.to_json()) | {name: value}
    found = Answer(Forecast.from_json, json.dumps(cells)).value
    assert found is None or Forecast.from_json(found.to_json()) == found


@many
@given(place=st.integers(0, len(PATHS) - 1), value=odd, gone=st.booleans())
def test_claims_with_an_entry_of_a_wrong_sort(place, value, gone):
    document = copy.deepcopy(CLAIMS)
    *above, key = PATHS[place]
    table = document
    for each in above:
        table = table[each]
    if gone:
        del table[key]
    else:
        table[key] = value
    try:
        claims.parse(document)
    except ValueError as error:
        # The place is what the file's keeper needs; its head says what belongs there.
        assert type(error) is ValueError and str(error).startswith("claims.toml")
