"""The price panel can be extended from releases of a price list, and says so when it cannot."""

import json
import subprocess
import zipfile

import pandas as pd
import pytest

from uptake import datasets
from uptake.datasets import price_list, rebuild

ENTRIES = {
    "sample_spec": {"mode": "chat", "litellm_provider": "one of many"},
    "gpt-4o": {"mode": "chat", "litellm_provider": "openai", "input_cost_per_token": 2.5e-06,
               "output_cost_per_token": 1e-05, "cache_read_input_token_cost": 1.25e-06},
    "together_ai/meta-llama/Llama-3.1-8B-Instruct": {
        "mode": "chat", "litellm_provider": "together_ai", "input_cost_per_token": 1.8e-07,
        "output_cost_per_token": 1.8e-07},
    "us.anthropic.claude-opus-4-1-20250805-v1:0": {
        "mode": "chat", "litellm_provider": "bedrock_converse", "input_cost_per_token": 1.65e-05,
        "output_cost_per_token": 8.25e-05},
    "anthropic.claude-opus-4-1-20250805-v1:0": {
        "mode": "chat", "litellm_provider": "bedrock_converse", "input_cost_per_token": 1.5e-05,
        "output_cost_per_token": 7.5e-05},
    "openrouter/openai/gpt-4o": {"mode": "chat", "litellm_provider": "openrouter",
                                 "input_cost_per_token": 2.5e-06, "output_cost_per_token": 1e-05},
    "text-embedding-3-small": {"mode": "embedding", "litellm_provider": "openai",
                               "input_cost_per_token": 2e-08, "output_cost_per_token": 0.0},
    "groq/nobody-knows-1b": {"mode": "chat", "litellm_provider": "groq",
                             "input_cost_per_token": 1e-07, "output_cost_per_token": 1e-07},
}  # fmt: skip


def wheel(path, content=None, member=price_list.MEMBER):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(member, content or json.dumps(ENTRIES))
        archive.writestr("litellm/__init__.py", "raise SystemExit('a release must not be run')")
    return path


def test_a_list_becomes_rows_in_dollars_per_million_with_every_exclusion_counted(tmp_path):
    entries = price_list.read_member(wheel(tmp_path / "litellm-9.9.9-py3-none-any.whl"))
    known = rebuild._known(datasets.load("api_prices"), tmp_path)
    rows, left_out, unknown = price_list.prices(entries, known)
    table = rows.set_index(["host", "model"])
    assert table.loc[("openai", "gpt-4o"), "input_usd_per_mtok"] == 2.5
    assert table.loc[("openai", "gpt-4o"), "cached_input_usd_per_mtok"] == 1.25
    assert table.loc[("togetherai", "llama-3.1-8b"), "weights"] == "open"
    # of the two regions of one host the cheaper stands
    assert table.loc[("bedrock", "claude-opus-4-1"), "output_usd_per_mtok"] == 75.0
    assert left_out == {"not text": 1, "no price": 1, "reseller": 1, "weights unknown": 1}
    assert unknown == ["nobody-knows-1b"]


def test_an_archive_without_the_list_or_with_too_large_a_one_is_refused(tmp_path, monkeypatch):
    other = wheel(tmp_path / "other.whl", member="litellm/other.json")
    with pytest.raises(ValueError, match="other.whl has no member"):
        price_list.read_member(other)
    monkeypatch.setattr(price_list, "LARGEST_MEMBER", 100)
    with pytest.raises(ValueError, match="is larger than 100 bytes"):
        price_list.read_member(wheel(tmp_path / "large.whl"))


@pytest.fixture
def index(monkeypatch):
    """A package index that hands out one release, and the months asked of it."""
    asked = []

    def download(month, folder, python):
        asked.append(str(month))
        return wheel(folder / "litellm-9.9.9-py3-none-any.whl")

    monkeypatch.setattr(rebuild, "_pip", lambda work, say: None)
    monkeypatch.setattr(rebuild, "_download", download)
    return asked


def test_a_rebuild_reports_each_month_and_goes_on_where_it_ended(index, tmp_path):
    said = []
    assert rebuild.rebuild(["2026-09", "2026-10"], work=tmp_path, say=said.append) == []
    assert index == ["2026-09", "2026-10"]
    text = "\n".join(said)
    assert "fetching the price list (2 of 2)" in text
    assert "litellm 9.9.9, 3 rows; left out: 1 not text, 1 no price, 1 reseller" in text
    assert "3 rows in both" in text or "only shipped" in text
    rebuild.rebuild(["2026-10"], work=tmp_path, say=said.append)
    assert index == ["2026-09", "2026-10"]  # nothing is fetched twice
    assert (tmp_path / "unknown.csv").read_text() == "model\nnobody-knows-1b\n"


def test_a_model_whose_weights_the_reader_gives_is_taken_in(index, tmp_path):
    (tmp_path / "weights.csv").write_text(
        "model,developer,weights,weights_basis\nnobody-knows-1b,Nobody,open,listed\n"
    )
    said = []
    rebuild.rebuild(["2026-10"], work=tmp_path, say=said.append)
    assert "litellm 9.9.9, 4 rows" in "\n".join(said)


def test_rebuilt_rows_pass_every_rule_of_the_panel(index, tmp_path, monkeypatch):
    written = []
    monkeypatch.setattr(rebuild, "append", lambda name, rows: written.append((name, rows)) or [])
    rebuild.rebuild(["2026-10"], work=tmp_path, write=True, say=lambda line: None)
    assert written == []  # the month is shipped already
    monkeypatch.setattr(
        rebuild, "load", lambda name: datasets.load(name).query("month < '2026-10-01'")
    )
    rebuild.rebuild(["2026-10"], work=tmp_path, write=True, say=lambda line: None)
    assert written == [("api_prices", tmp_path / "api_prices-2026-10.csv")]
    columns = [column.name for column in datasets.source("api_prices").columns]
    assert written[0][1].read_text().splitlines()[0].split(",") == columns


def test_a_month_that_is_not_over_is_reported_but_neither_kept_nor_written(
    index, tmp_path, monkeypatch
):
    month, said = f"{pd.Timestamp.now():%Y-%m}", []
    monkeypatch.setattr(rebuild, "append", lambda name, rows: pytest.fail("written"))
    monkeypatch.setattr(
        rebuild, "load", lambda name: datasets.load(name).query("month < '2026-01-01'")
    )
    for _ in range(2):
        rebuild.rebuild([month], work=tmp_path, write=True, say=said.append)
    assert index == [month, month]
    assert said[-1] == f"{month}: not over, so not written; a higher version may still come"


def test_without_a_network_the_message_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(rebuild.venv, "create", lambda *args, **options: (tmp_path / "pip").mkdir())
    failed = subprocess.CompletedProcess([], 1, "", "WARNING: retry\nERROR: no connection\n")
    monkeypatch.setattr(rebuild.subprocess, "run", lambda *args, **options: failed)
    with pytest.raises(ValueError, match="ERROR: no connection\nCheck the network"):
        rebuild.rebuild(["2026-10"], work=tmp_path, say=lambda line: None)


def test_a_month_to_come_is_refused(tmp_path):
    with pytest.raises(ValueError, match="has not begun"):
        rebuild.rebuild(["2999-01"], work=tmp_path)
