"""The explorer in a real browser: it decides as the library does, and anyone can work it."""

import itertools
import math
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import chromium
import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from uptake.openclosed import choices
from uptake.openclosed.claims import Estimate, judge, load

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
CLAIMS = load()
COMPUTED = ("C4", "C8", "C10")
"""Claims whose specifications are computed for this test; those of the others are drawn."""
READY = "document.getElementById('explorer-verdict').textContent !== ''"
TEXT = "document.getElementById('explorer-{}').textContent"

pytestmark = pytest.mark.skipif(
    chromium.executable() is None, reason="needs Chromium or Chrome on the PATH"
)


def drawn(claim, rng):
    """Return specifications on one side or the other, some wide, on an edge, or missing."""
    table = choices.universe(claim)
    rule, count = claim.prediction, len(table)
    likely, other = rng.permutation([_inside(rule.supports), _inside(rule.refutes)])
    estimate = np.where(rng.random(count) < 0.85, likely, other)
    width = np.where(rng.random(count) < 0.7, 1e-3, rng.choice([1.0, math.inf], count))
    edge = rng.random(count) < 0.2  # ends of regions belong to them
    estimate[edge], width[edge] = rng.choice(_edges(rule), edge.sum()), 0
    missing = rng.random(count) < 0.04
    ends = {"estimate": estimate, "low": estimate - width, "high": estimate + width}
    table = table.assign(**ends, concerns="drawn <b>by lot</b> & kept")
    table.loc[missing, list(ends)] = math.nan
    return table


def _edges(rule):
    """Return the finite ends of both regions."""
    ends = (rule.supports.low, rule.supports.high, rule.refutes.low, rule.refutes.high)
    return [end for end in ends if math.isfinite(end)]


def _inside(region):
    """Return a value well inside a region."""
    if math.isinf(region.high):
        return region.low + 0.5
    return region.high - 0.5 if math.isinf(region.low) else (region.low + region.high) / 2


@pytest.fixture(scope="module")
def tables():
    rng = np.random.default_rng(13)
    return {
        name: choices.run(choices.owner(claim), claim) if name in COMPUTED else drawn(claim, rng)
        for name, claim in CLAIMS.items()
    }


def power(name):
    """Return the power each claim is judged with: too low for one, for two not simulated.

    No notebook of this site shows a verdict on C14, so the page has no power for it either.
    """
    return {"C12": 0.4999, "C13": None, "C14": None}.get(name, 0.8)


def judged(name, table, on=None):
    """Return the library's verdict with some levels on: a claim that declares only these."""
    claim = CLAIMS[name]
    on = on or {dimension.name: dimension.values for dimension in claim.dimensions}
    kept = tuple(
        replace(each, levels=tuple(level for level in each.levels if level.value in on[each.name]))
        for each in claim.dimensions
    )
    rows = table[np.all([table[key].isin(on[key]) for key in on], axis=0)]
    ends = rows.iloc[0][["estimate", "low", "high"]].astype(float)
    estimate = None if ends.isna().any() else Estimate(*ends, claim.prediction.unit)
    return judge(
        replace(claim, dimensions=kept),
        estimate,
        specifications=rows,
        power=power(name),
        as_of="2026-05-31",
    )


@pytest.fixture(scope="module")
def site(tables, tmp_path_factory):
    """Return the site of two notebooks: one publishes specifications, one shows verdicts."""
    book = tmp_path_factory.mktemp("a site") / "book"
    shutil.copytree(NOTEBOOKS, book, ignore=shutil.ignore_patterns("*.ipynb", "api", ".*"))
    shown = {
        "03-verdicts": [judged(name, table) for name, table in tables.items() if name != "C14"],
        "13-every": [choices.publish(CLAIMS, tables)],
    }
    for name, values in shown.items():
        outputs = [
            new_output("execute_result", value._repr_mimebundle_(), execution_count=1)
            for value in values
        ]
        cells = [new_markdown_cell(f"# {name[:2]} · Which?"), new_code_cell("x", outputs=outputs)]
        nbformat.write(new_notebook(cells=cells), book / f"{name}.ipynb")
    command = [sys.executable, "-m", "sphinx", "-q", "-b", "html", book, book.parent / "site"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "explorer" not in done.stderr.replace("explorer.md", "")
    return book.parent / "site"


@pytest.fixture(scope="module")
def browser():
    page = chromium.Page()
    yield page
    page.close()


@pytest.fixture
def page(site, browser):
    """Return the explorer, freshly loaded; nothing may go wrong while it is used."""
    browser.resize(1280, 900)
    browser.prefer("light")
    browser.requests.clear()
    browser.complaints.clear()
    browser.open((site / "explorer.html").as_uri())
    browser.wait(READY)
    yield browser
    assert browser.requests, "requests are not noted"
    assert [each for each in browser.requests if not each.startswith(("file:", "data:"))] == []
    assert browser.complaints == []


def fragment(name, on):
    """Return the address of a view: the levels that are on of each choice not wholly on."""
    parts = [
        (dimension.name, str(value))
        for dimension in CLAIMS[name].dimensions
        for value in dimension.values
        if len(on[dimension.name]) < len(dimension.values) and value in on[dimension.name]
    ]
    return "&".join(filter(None, [f"#{name}", urlencode(parts)]))


def subsets(name, rng, count):
    """Return random selections of levels, at least one of each choice, and everything first."""
    dimensions = CLAIMS[name].dimensions
    found = [{dimension.name: dimension.values for dimension in dimensions}]
    for _ in range(count):
        on = {}
        for dimension in dimensions:
            keep = rng.random(len(dimension.levels)) < 0.6
            keep[rng.integers(len(keep))] = True
            on[dimension.name] = tuple(itertools.compress(dimension.values, keep))
        found.append(on)
    return found


READ = """(async () => {
  const found = [];
  for (const view of %s) {
    if (location.hash !== view) await new Promise((done) => {
      addEventListener("hashchange", done, { once: true });
      location.hash = view;
    });
    const read = (name) => document.getElementById(`explorer-${name}`).textContent;
    found.push(["verdict", "reasons", "tally"].map(read));
  }
  return found;
})()"""


@pytest.mark.parametrize("name", CLAIMS)
def test_the_verdict_is_the_library_s_for_every_claim_and_many_selections(name, page, tables):
    views = subsets(name, np.random.default_rng(int(name[1:])), 25)
    found = page.run(READ % [fragment(name, on) for on in views])
    assert len(found) == len(views) == 26
    for on, (verdict, reasons, words) in zip(views, found, strict=True):
        expected = judged(name, tables[name], on)
        assert (verdict, reasons) == (expected.verdict, " ".join(expected.reasons)), on
        total = math.prod(map(len, on.values()))
        whole = re.search(r"Of (\d+|the one) specifications? (\d+) .*? and (\d+) ", words).groups()
        counts = [round(share * total) for share in (expected.share_for, expected.share_against)]
        assert whole == (str(total) if total > 1 else "the one", *map(str, counts)), on


def test_the_comparison_meets_every_branch_of_the_rule(tables):
    verdicts = [
        judged(name, tables[name], on)
        for name in CLAIMS
        for on in subsets(name, np.random.default_rng(int(name[1:])), 25)
    ]
    assert {each.verdict for each in verdicts} == {"supported", "against", "mixed", "cannot tell"}
    said = " ".join(reason for each in verdicts for reason in each.reasons)
    for words in ("nothing to judge", "meets both", "reaches out", "miss the smallest", "fewer"):
        assert words in said
    assert "Power was not simulated" in said


def test_an_address_with_unknown_parts_shows_what_it_can(page):
    found = page.run(READ % ["#C4", "#C4&level=nowhere&colour=red", "#C99", "#C4", "#"])
    assert found[0] == found[1]
    assert page.run("document.getElementById('explorer-claim').value") == next(iter(CLAIMS))


def test_a_claim_is_chosen_and_a_level_switched_off_by_keyboard_alone(page, tables):
    def focus(condition):
        for _ in range(80):
            page.press("Tab", 9)
            if page.run(f"document.activeElement.matches('{condition}')"):
                return page.run("getComputedStyle(document.activeElement).outlineStyle")
        raise AssertionError(f"Tab does not reach {condition}")

    assert focus("#explorer-claim") == "solid"
    page.press("ArrowDown", 40)
    second = list(CLAIMS)[1]
    assert page.run("location.hash") == f"#{second}"
    assert focus("fieldset:first-of-type input") == "solid"
    before = page.run(TEXT.format("tally"))
    page.press(" ", 32, text=" ")
    assert page.run(TEXT.format("tally")) != before
    first, *others = CLAIMS[second].dimensions
    on = {first.name: first.values[1:]} | {each.name: each.values for each in others}
    assert page.run("location.hash") == fragment(second, on)
    assert page.run(TEXT.format("verdict")) == judged(second, tables[second], on).verdict
    assert "not chosen beforehand" in page.run(TEXT.format("primary"))
    assert page.run("document.activeElement.checked") is False
    # The verdict stays in sight, below the site's own head, while one is at the choices.
    place = "document.querySelector('.explorer-verdict').getBoundingClientRect().top"
    assert page.run("window.scrollY") > 300
    assert 40 <= page.run(place) <= 60
    page.press(" ", 32, text=" ")
    assert page.run("location.hash") == f"#{second}"


def test_the_last_level_of_a_choice_stays_on_and_the_page_says_why(page):
    page.run(READ % ["#C4"])
    page.run("document.getElementById('explorer-box-0-0').click()")
    before = page.run(TEXT.format("tally"))
    page.run("document.getElementById('explorer-box-0-1').click()")
    assert page.run("document.getElementById('explorer-box-0-1').checked") is True
    assert page.run(TEXT.format("note")) == "One level of each choice has to stay on."
    assert page.run(TEXT.format("tally")) == before
    page.run("document.getElementById('explorer-reset').click()")
    assert page.run(TEXT.format("note")) == "" and page.run("location.hash") == "#C4"


def test_assistive_technology_hears_questions_levels_curve_and_verdict(page):
    page.run(READ % ["#C4"])
    page.send("Accessibility.enable")
    tree = page.send("Accessibility.getFullAXTree")["nodes"]
    names = [
        (node["role"]["value"], node.get("name", {}).get("value", ""))
        for node in tree
        if not node["ignored"]
    ]
    heard = {role: [name.strip() for each, name in names if each == role] for role, _ in names}
    dimensions = CLAIMS["C4"].dimensions
    # Nameless groups are what folds.
    assert [name for name in heard["group"] if name] == [
        dimension.question for dimension in dimensions
    ]
    labels = [level.label for dimension in dimensions for level in dimension.levels]
    assert heard["checkbox"] == labels
    assert any(name.startswith("8 estimates in the order") for name in heard["image"])
    assert "Claim" in heard["combobox"] and len(heard["status"]) == 3


def test_the_table_holds_what_the_curve_shows(page, tables):
    page.run(READ % [fragment("C4", subsets("C4", np.random.default_rng(1), 0)[0])])
    page.run("document.getElementById('explorer-details').open = true")
    page.wait("document.querySelectorAll('#explorer-table tbody tr').length === 8")
    cells = page.run(
        "[...document.querySelectorAll('#explorer-table tbody td:first-child')]"
        ".map((cell) => Number(cell.textContent.replaceAll(',', '')))"
    )
    expected = np.sort(tables["C4"]["estimate"])
    np.testing.assert_allclose(cells, expected, rtol=5e-3)
    assert page.run("document.querySelectorAll('#explorer-chart circle').length") == 8


def test_text_of_the_data_is_never_taken_for_markup(page):
    page.run(READ % ["#C2"])
    page.run("document.getElementById('explorer-details').open = true")
    page.wait("document.querySelectorAll('#explorer-table tbody tr').length > 8")
    assert page.run("document.querySelector('#explorer-table b')") is None
    assert "<b>by lot</b> & kept" in page.run("document.getElementById('explorer-table').innerText")


@pytest.mark.parametrize("width", [1280, 768, 390])
def test_the_page_fits_the_window(page, width):
    page.resize(width, 800)
    page.run("new Promise((done) => setTimeout(done, 300))")
    for view in ("#C11", "#C9"):
        page.run(READ % [view])
        assert page.run("document.documentElement.scrollWidth") <= width
        shown = page.run("document.getElementById('explorer-chart').viewBox.baseVal.width")
        assert shown == page.run("document.getElementById('explorer-chart').clientWidth") > 200


def test_the_file_alone_suffices(site, browser, tables, tmp_path):
    shutil.copy(site / "explorer.html", tmp_path)
    browser.open((tmp_path / "explorer.html").as_uri() + "#C8")
    browser.wait(READY)
    assert browser.run(TEXT.format("verdict")) == judged("C8", tables["C8"]).verdict


def test_the_page_is_small_although_it_holds_every_claim(site):
    assert (site / "explorer.html").stat().st_size < 2_000_000


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_differ_enough(page, site, scheme):
    page.prefer(scheme)
    page.open((site / "explorer.html").as_uri())
    page.wait(READY)
    style = (
        "getComputedStyle(document.getElementById('explorer')).getPropertyValue('--explorer-{}')"
    )
    colours = {
        name: page.run(style.format(name)).strip()
        for name in ("ground", "ink", "muted", "line", "pale", "focus")
    }
    # Web Content Accessibility Guidelines 2.2, AA: 4.5 to 1 for text, 3 to 1 for graphics.
    for first, second, least in (
        ("ink", "ground", 4.5),
        ("muted", "ground", 4.5),
        ("ink", "pale", 4.5),
        ("line", "ground", 3),
        ("line", "pale", 3),
        ("focus", "ground", 3),
    ):
        assert contrast(colours[first], colours[second]) >= least, (first, second)
    dark = luminance(colours["ground"]) < 0.1
    assert dark == (scheme == "dark")


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))


def contrast(first, second):
    high, low = sorted(map(luminance, (first, second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_what_goes_wrong_in_a_page_is_noticed(browser, tmp_path):
    (tmp_path / "faulty.html").write_text(
        "<script>console.error('told'); undefined.thrown</script><img src='absent.png'>"
        "<img src='http://127.0.0.1:9/far.png'>"
    )
    browser.requests.clear()
    browser.complaints.clear()
    browser.open((tmp_path / "faulty.html").as_uri())
    assert browser.run("1 + 1") == 2
    said = str(browser.complaints)
    assert "told" in said and "TypeError" in said and "absent.png" in said
    assert any(each.startswith("http://127.0.0.1:9/") for each in browser.requests)
    browser.complaints.clear()
