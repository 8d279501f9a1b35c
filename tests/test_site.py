import base64
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import matplotlib.pyplot as plt
import nbformat
import pytest
from nbformat.v4 import (
    new_code_cell,
    new_markdown_cell,
    new_notebook,
    new_output,
)

from uptake import datasets, figures
from uptake.openclosed.claims import load
from uptake.openclosed.overview import folded
from uptake.openclosed.site.directives import caption, figure_files, plain, title
from uptake.openclosed.site.mathml import mathml

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
VERDICT = {
    "claim": "C10",
    "verdict": "cannot tell",
    "estimate": -2.339,
    "low": -6.761,
    "high": None,
    "level": 0.95,
    "unit": "index points a year",
    "reasons": ["The interval meets both regions.", "Power is low."],
}
FORMULAS = r"""# 98 · Is $x$ a price of \$3?

Inline $\frac{q}{p}$, and

$$ \bar{L} = \int_a^b \bigl[T_F(s) - T_L(s)\bigr]\, ds $$
"""


class Page(HTMLParser):
    """The elements of a page: what it loads, its pictures, its text."""

    def __init__(self, path):
        super().__init__()
        self.elements = []
        self.source = path.read_text("utf-8")
        self.feed(self.source)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    handle_startendtag = handle_starttag

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


def sample(png):
    """Return an executed notebook with a formula, a hidden input, a figure and a verdict."""
    verdict = {
        "text/plain": "C10: cannot tell",
        "text/markdown": "**C10: cannot tell.** From $3 to $5.\n\n"
        "| a | b |\n|---|---|\n| 1 | 2 |\n\n" + folded("More", "It is *told*."),
        "application/vnd.uptake.verdict+json": VERDICT,
    }
    picture = {
        "image/png": base64.b64encode(png).decode(),
        "text/plain": 'Two lines: "open" rises < closed.',
    }
    cells = [new_markdown_cell(FORMULAS)]
    for data in (picture, verdict):
        output = new_output("execute_result", data, execution_count=1)
        cells.append(new_code_cell("show()", outputs=[output], execution_count=1))
    cells[-1].metadata["tags"] = ["hide-input"]
    language = {"name": "python", "pygments_lexer": "ipython3"}
    metadata = {"language_info": language, "uptake": {"claims": ["C10"]}}
    return new_notebook(cells=cells, metadata=metadata)


def faulty(png):
    """Return a notebook with a formula that cannot be drawn and a figure without alt text."""
    notebook = sample(png)
    notebook.metadata["uptake"] = {}
    notebook.cells = notebook.cells[:2]
    notebook.cells[0].source = "# 97 · Faulty\n\n$$ \\nosuchcommand x $$\n"
    notebook.cells[1].outputs[0].data["text/plain"] = "<Figure size 640x480 with 1 Axes>"
    return notebook


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """Return a copy of the notebooks' folder with two notebooks, and one figure beside it."""
    folder = tmp_path_factory.mktemp("build with a space") / "book"
    shutil.copytree(
        NOTEBOOKS, folder, ignore=shutil.ignore_patterns("[0-9]*.ipynb", ".*", "_build")
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UPTAKE_FIGURES", str(folder.parent / "figures"))
        fig, ax = plt.subplots()
        figures.finish(ax, title="From $3 to $5", unit="Dollars", source="Nobody")
        saved = figures.save(fig, "98-price", alt="A price: it rises.")
    (folder / "lead.md").write_text("---\norphan: true\n---\n# Lead\n\n```{lead} 98-price\n```\n")
    nbformat.write(sample(saved.png), folder / "98-sample.ipynb")
    nbformat.write(faulty(saved.png), folder / "97-faulty.ipynb")
    return folder


@pytest.fixture(scope="module")
def site(book):
    warnings, folder = book.parent / "warnings", book.parent / "site"
    command = [sys.executable, "-m", "sphinx", "-q", "-b", "html", "-w", warnings, book, folder]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


def test_no_page_loads_anything_from_a_network(site):
    loading = re.compile(r"(?:@import|url\()\s*['\"]?(?:https?:)?//")
    for path in [*site.rglob("*.html"), *site.rglob("*.css")]:
        assert not loading.search(path.read_text("utf-8")), path
    for path in site.rglob("*.html"):
        page = Page(path)
        loaded = [a.get("src", "") for tag in ("script", "img", "iframe") for a in page.all(tag)]
        loaded += [a.get("href", "") for a in page.all("link")]
        assert loaded
        assert not [address for address in loaded if re.match(r"(?:https?:)?//", address)], path


def test_formulas_are_mathml_and_no_script_draws_them(site):
    page = Page(site / "98-sample.html")
    assert [a.get("display") for a in page.all("math")].count("block") == 1
    assert len(page.all("mfrac")) == 1
    assert "mathjax" not in page.source.lower()


def test_every_picture_of_an_output_has_its_alt_text(site):
    pictures = [a for a in Page(site / "98-sample.html").all("img") if "_images" in a["src"]]
    assert [a["alt"] for a in pictures] == ['Two lines: "open" rises < closed.']


def test_sentences_and_tables_that_code_prints_are_set(site):
    page = Page(site / "98-sample.html")
    assert "<strong>C10: cannot tell.</strong> From $3 to $5." in page.source
    assert len(page.all("td")) == 2


def test_hidden_inputs_are_folded(site):
    page = Page(site / "98-sample.html")
    assert page.source.count("Show the code") == 1
    assert [a for a in page.all("details") if "hide" in a.get("class", "")]


def test_the_landing_page_shows_each_judged_claim_with_verdict_estimate_and_reason(site):
    page = Page(site / "index.html")
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", page.source, re.DOTALL)
    (judged,) = [row for row in rows if 'href="98-sample.html"' in row and "C10" in row][:1]
    assert "<strong>cannot tell</strong>" in judged
    assert "-2.3 index points a year (95% interval from -6.8, not bounded above)." in judged
    assert "The interval meets both regions." in judged and "Power is low" not in judged


def test_the_landing_page_folds_the_claims_not_judged(site):
    source = Page(site / "index.html").source
    hidden = re.search(r"<details><summary>(\d.*?)</summary>(.*?)</details>", source, re.DOTALL)
    others = len(load()) - 1
    assert hidden[1] == f"{others} claims not yet judged"
    assert hidden[2].count("<li>") == others and "<p>C10 " not in hidden[2]
    assert source.index("What was found") < hidden.start()


def test_a_lead_figure_is_shown_where_it_is_drawn_and_left_out_where_not(book, site):
    assert "{lead} 14-claims" in (book / "index.md").read_text("utf-8")
    assert not [a for a in Page(site / "index.html").all("img") if "_images" in a["src"]]
    pictures = [a for a in Page(site / "lead.html").all("img") if "_images" in a["src"]]
    assert [a["alt"] for a in pictures] == ["A price: it rises."]


def test_what_an_output_folds_is_folded_and_set(site):
    source = Page(site / "98-sample.html").source
    inside = re.search(r"<summary><b>More</b></summary>(.*?)</details>", source, re.DOTALL)
    assert "<em>told</em>" in inside[1]


def test_the_gallery_shows_each_figure_with_finding_alt_text_and_notebook(site):
    page = Page(site / "gallery.html")
    pictures = [a for a in page.all("img") if "_images" in a["src"]]
    assert [(a["alt"], Path(a["src"]).name) for a in pictures] == [
        ("A price: it rises.", "98-price.svg")
    ]
    assert "From $3 to $5." in page.source
    assert (site / pictures[0]["src"]).is_file()


def test_the_page_on_the_data_has_a_section_for_each_table(site):
    page = Page(site / "data.html")
    headings = re.findall(r"<h2>([^<]*)<a", page.source)
    assert headings == list(datasets.names())


def test_the_explorer_says_so_where_nothing_is_published(site):
    page = Page(site / "explorer.html")
    assert "No notebook has published its specifications yet." in page.source
    assert "explorer-data" not in page.source
    links = [a.get("href") for a in Page(site / "index.html").all("a")]
    assert links.count("explorer.html") >= 2  # among the pages, and beside the verdicts


def test_search_needs_no_server(site):
    scripts = [
        a["src"].split("?")[0] for a in Page(site / "search.html").all("script") if "src" in a
    ]
    assert "searchindex.js" in scripts
    assert "integral" not in (site / "searchindex.js").read_text("utf-8")
    assert "98-sample" in (site / "searchindex.js").read_text("utf-8")


def test_only_a_figure_without_alt_text_and_an_unknown_formula_are_reported(site):
    first, second, *others = (site.parent / "warnings").read_text("utf-8").splitlines()
    # Pages that are copied link to notebooks that are not.
    assert all(line.endswith(".ipynb' [myst.xref_missing]") for line in others)
    assert "97-faulty" in first
    assert "a figure has no alt text; use figures.save" in first
    assert "97-faulty" in second
    assert "MathML knows no \\nosuchcommand" in second
    assert "<code> \\nosuchcommand x </code>" in Page(site / "97-faulty.html").source


@pytest.mark.parametrize(
    ("latex", "block", "pieces"),
    [
        (r"a < b", False, ["<mo>&#x0003C;</mo>", 'alttext="a &lt; b"', 'display="inline"']),
        (r"\frac{1}{2}", True, ["<mfrac>", "<mn>2</mn>", 'display="block"']),
        (r"\begin{align}a &= b \\ c &= d\end{align}", True, ['class="aligned"', "<mtr>"]),
        (r"a &= b \\ c &= d", True, ['class="aligned"', 'displaystyle="true"']),
        (r"\min\{t : F(t) \ge s\}", False, ["<mo>min</mo>", "&#x0007B;", "&#x02265;"]),
    ],
)
def test_formulas_become_mathml(latex, block, pieces):
    element = mathml(latex, block=block)
    assert [piece for piece in pieces if piece not in element] == []


def test_an_aligned_formula_has_a_cell_on_each_side_of_the_sign():
    assert mathml(r"a &= b \\ c &= d").count("<mtd") == 4


def test_words_are_never_taken_for_markup():
    assert plain("$3 *or* [x](y)") == r"\$3 \*or\* \[x\](y)"


def test_figures_stand_in_the_order_of_their_use(tmp_path):
    cells = [new_code_cell('figures.save(fig, "03-late")'), new_code_cell('save("03-early")')]
    (tmp_path / "book").mkdir()
    nbformat.write(new_notebook(cells=cells), tmp_path / "book/03-gap.ipynb")
    (tmp_path / "figures").mkdir()
    for name in ("03-early", "03-late", "02-first"):
        (tmp_path / f"figures/{name}.svg").touch()
    assert [path.stem for path in figure_files(tmp_path / "book")] == [
        "02-first",
        "03-late",
        "03-early",
    ]


def test_a_notebook_must_begin_with_its_title():
    with pytest.raises(ValueError, match="must begin with"):
        title(new_notebook(cells=[new_markdown_cell("No heading")]))


def test_a_figure_not_written_by_save_has_no_place_in_the_gallery(tmp_path):
    (tmp_path / "03-raw.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    with pytest.raises(ValueError, match="write it by figures.save"):
        caption(tmp_path / "03-raw.svg")
