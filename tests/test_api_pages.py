import importlib
import re
from pathlib import Path

import nbformat
import pytest

from uptake.openclosed.site import api

PAGES = Path(__file__).parents[1] / "notebooks/api"
PACKAGES = ["uptake", *(f"uptake.{name}" for name in api.PACKAGES)]


def directives():
    """Return the arguments of each ``api`` directive: package, then names."""
    text = "\n".join(path.read_text("utf-8") for path in sorted(PAGES.glob("*.md")))
    return [found.split() for found in re.findall(r"^```\{api\} (.*)$", text, re.MULTILINE)]


def notebook(*sources):
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(each) for each in sources])


def test_every_public_name_with_a_docstring_stands_on_a_page():
    shown = set()
    for package, *names in directives():
        module = importlib.import_module(package)
        for name in names or module.__all__:
            value = getattr(module, name)
            shown.add(f"{getattr(value, '__module__', '')}.{getattr(value, '__qualname__', '')}")
    assert set(api._public()) <= shown


@pytest.mark.parametrize("package", PACKAGES)
def test_each_package_has_a_page(package):
    assert package in [found[0] for found in directives()]


def test_names_are_found_through_every_way_of_importing_them():
    found = api.used_names(
        notebook(
            "import uptake\nfrom uptake import Bass as B, forecasting",
            "uptake.fit(B, t, y)\nforecasting.skill(frame)",
            "from uptake.openclosed import capability\ncapability.slope_difference()",
        )
    )
    assert found >= {"uptake.fitting.fit", "uptake.curves.launched.Bass"}
    assert "uptake.forecasting.comparing.skill" in found
    assert any(name.startswith("uptake.openclosed.capability") for name in found)


def test_what_is_imported_and_not_used_does_not_count():
    assert api.used_names(notebook("from uptake import Bass, fit", "fit(curve, t, y)")) == {
        "uptake.fitting.fit"
    }


def test_names_of_other_packages_do_not_count():
    assert api.used_names(notebook("import numpy as np\nfrom scipy import stats", "np.sum(x)")) == (
        set()
    )


@pytest.mark.parametrize(
    ("text", "public"),
    [
        ("fit", "uptake.fit"),
        ("uptake.Bass", "uptake.curves.Bass"),
        ("Fit.draws", "uptake.Fit.draws"),
        ("frontier", "uptake.frontier.frontier"),
        ("uptake.frontier.frontier", "uptake.frontier.frontier"),
        ("n", None),
        ("scale", None),
    ],
)
def test_single_backticks_link_public_names_only(text, public):
    assert api._full(text) == public
