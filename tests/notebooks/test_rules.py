import nbformat.v4 as v4
import pytest
from notebook_rules import problems, typed_numbers

from uptake.openclosed.book import canonical
from uptake.openclosed.book.verdicts import MIME

NAME = "03-gap"


def notebook():
    """Return a small notebook that keeps every rule."""
    picture = {"image/png": "", "text/plain": "Two lines that cross."}
    verdict = {MIME: {"claim": "C9", "verdict": "cannot tell"}, "text/markdown": "Cannot tell."}
    cells = [
        v4.new_markdown_cell(
            "# 03 · Is there a gap?\n\n**Claim** C9.\n\n**Verdict.** C9: cannot tell."
        ),
        v4.new_code_cell("1 + 1", outputs=[_result({"text/plain": "2"})], execution_count=1),
        v4.new_code_cell(
            'figures.save(fig, "03-gap")', outputs=[_result(picture)], execution_count=2
        ),
        v4.new_code_cell("verdict", outputs=[_result(verdict)], execution_count=3),
    ]
    made = v4.new_notebook(cells=cells, metadata={"uptake": {"claims": ["C9"]}})
    return canonical.canonical(made)


def found(changed, *, owned=("C9",), figures=("03-gap",)):
    return problems(changed, NAME, owned=owned, figures=figures)


def _result(data):
    return v4.new_output("execute_result", data=data, execution_count=1)


def test_a_notebook_that_keeps_the_rules_has_no_problem():
    assert found(notebook()) == []


def _swap_order(made):
    made.cells[1].execution_count, made.cells[2].execution_count = 2, 1


def _clear_cell(made):
    made.cells[1].execution_count, made.cells[1].outputs = None, []


def _strip(made):
    for cell in made.cells[1:]:
        cell.execution_count, cell.outputs = None, []


def _write(source):
    def change(made):
        made.cells[1].source = source

    return change


def _show(output):
    def change(made):
        made.cells[1].outputs = [output]

    return change


def _tag(made):
    made.cells[1].metadata["tags"] = ["nbval-ignore-output"]


def _other_claim(made):
    made.metadata["uptake"]["claims"] = ["C10"]


def _unnamed_claim(made):
    made.cells[0].source = "# 03 · Is there a gap?"


def _other_verdict(made):
    made.cells[0].source = made.cells[0].source.replace("cannot tell", "against")


def _no_verdict(made):
    made.cells[3].outputs = []


def _type_number(made):
    made.cells[0].source += " The gap is 3.5 months."


def _other_heading(made):
    made.cells[0].source = "# 04 · Is there a gap? C9"


def _other_kernel(made):
    made.metadata["kernelspec"]["display_name"] = "my kernel"


def _timing(made):
    made.cells[1].metadata["execution"] = {"iopub.execute_input": "2026-01-01T00:00:00Z"}


ERROR = v4.new_output("error", ename="ValueError", evalue="no", traceback=[])
WARNING = v4.new_output("stream", name="stderr", text="RuntimeWarning: overflow")
ADDRESS = _result({"text/plain": "<object at 0x7f3a9c2b1d50>"})
SERIES = v4.new_output("stream", name="stdout", text="C9    1\nC10   2\ndtype: int64\n")
NO_ALT = _result({"image/png": "", "text/plain": "<Figure size 640x480 with 1 Axes>"})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_swap_order, "top to bottom"),
        (_clear_cell, "top to bottom"),
        (_strip, "top to bottom"),
        (_write("def gap():\n    return 3"), "FunctionDef belongs in the library"),
        (_write("gap = lambda: 3"), "Lambda belongs in the library"),
        (_write("class Gap: pass"), "ClassDef belongs in the library"),
        (_write("%matplotlib inline"), "not plain Python"),
        (_write(f"gap = {'1' * 80}"), "wider than 79"),
        (_write("# NBVAL_SKIP\n3"), "excuses itself"),
        (_tag, "excuses itself"),
        (_show(ERROR), "failed with ValueError"),
        (_show(WARNING), "warning"),
        (_show(ADDRESS), "differs from machine to machine"),
        (_show(NO_ALT), "no alt text"),
        (_type_number, "typed into prose: '3.5 months'"),
        (_other_heading, "does not begin with"),
        (_other_claim, "claims.toml gives it"),
        (_unnamed_claim, "does not name C9"),
        (_other_verdict, "does not say 'C9: cannot tell.'"),
        (_show(SERIES), "shows 'dtype: int64'"),
        (_no_verdict, "shows verdicts on []"),
        (_write('figures.save(fig, "03-other")'), "figures/03-other.svg is not there"),
        (_other_kernel, "make record"),
        (_timing, "make record"),
    ],
)
def test_a_broken_rule_is_named(change, message):
    made = notebook()
    change(made)
    assert any(message in problem for problem in found(made)), found(made)


def test_a_figure_that_no_cell_names_is_found():
    assert found(notebook(), figures=["03-gap", "03-old"]) == [
        "figures/03-old.svg is named in no cell"
    ]


@pytest.mark.parametrize(
    "prose",
    [
        "It fell by 12%.",
        "It fell by 12 per cent.",
        "Prices are 3.5 times as high.",
        "a lag of 6 months",
        "about $40 a month",
        "1,200 tokens",
        "7 index points",
    ],
)
def test_a_number_typed_into_prose_is_found(prose):
    assert len(typed_numbers(prose)) == 1


@pytest.mark.parametrize(
    "prose",
    [
        "The 95% interval is wide, the 90% profile interval less so.",
        "GPT-4.1 and Gemini 2.5 Pro came later; see C9 and notebook 03.",
        "known by 2026-05-31",
        "`fit(x, level=95)` and `3 months`",
        "$y = 3x$ and $$m = 5 x$$",
        "[Epoch](https://example.org/3%20months)",
        "# 03 · After 3 months",
    ],
)
def test_what_is_no_result_may_stand_in_prose(prose):
    assert typed_numbers(prose) == []
