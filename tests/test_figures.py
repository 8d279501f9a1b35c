import itertools
import xml.etree.ElementTree as ElementTree

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.transforms import Bbox
from numpy.testing import assert_allclose

from uptake import Bass, Logistic, figures, fit
from uptake.figures import fitted, frontiers, profile, specification_curve, survival
from uptake.figures.labels import spread
from uptake.frontier import frontier
from uptake.intervals import figure

# Severity 1 of Machado, Oliveira and Fernandes (2009), applied to linear RGB.
COLOR_BLIND = {
    "none": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
                   [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
                     [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
                   [0.004733, 0.691367, 0.303900]],
}  # fmt: skip


@pytest.fixture(autouse=True)
def quiet_house(tmp_path, monkeypatch):
    monkeypatch.setenv("UPTAKE_FIGURES", str(tmp_path / "figures"))
    with plt.rc_context():
        figures.use_house_style()
        yield
    plt.close("all")


def finished(title="The gap is steady", **size):
    fig, ax = plt.subplots(**size)
    ax.plot([0, 1, 2], [1, 3, 2], **figures.look("open"), label="Open")
    figures.finish(ax, title=title, unit="Index points", source="Nobody, 2026")
    return fig, ax


def linear(color):
    code = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)


def contrast_on_white(color):
    return 1.05 / (linear(color) @ [0.2126, 0.7152, 0.0722] + 0.05)


def lab(rgb):
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    xyz = to_xyz @ np.clip(rgb, 0, 1) / [0.9505, 1, 1.089]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("kind", figures.COLORS)
def test_every_colour_of_meaning_can_be_read_as_text_on_white(kind):
    assert contrast_on_white(figures.COLORS[kind]) >= 4.5


@pytest.mark.parametrize("sight", COLOR_BLIND)
def test_open_and_closed_differ_for_every_kind_of_colour_sight(sight):
    seen = [np.array(COLOR_BLIND[sight]) @ linear(figures.COLORS[k]) for k in ("open", "closed")]
    assert np.linalg.norm(lab(seen[0]) - lab(seen[1])) > 80


def test_open_and_closed_differ_without_any_colour():
    open_look, closed_look = figures.look("open"), figures.look("closed")
    assert open_look["marker"] != closed_look["marker"]
    assert open_look["markerfacecolor"] == "white"
    assert closed_look["markerfacecolor"] == figures.COLORS["closed"]


def test_a_look_for_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="use one of open, closed"):
        figures.look("ajar")


def test_a_saved_figure_repeats_to_the_byte_and_carries_title_and_alt_text():
    alt = "A line rises & falls again."
    first = figures.save(finished()[0], "03-gap", alt=alt)
    content = first.path.read_bytes()
    again = figures.save(finished()[0], "03-gap", alt=alt)
    assert again.path.read_bytes() == content
    assert again.png == first.png
    words = [node.text for node in ElementTree.fromstring(content).iter() if node.text]
    assert "The gap is steady" in words
    assert alt in words
    assert [path.name for path in first.path.parent.iterdir()] == ["03-gap.svg"]


@pytest.mark.parametrize("last_digit", [-1e-12, 1e-12])
def test_the_last_digits_of_a_layout_do_not_reach_the_file(last_digit):
    # The solver of a constrained layout leaves such differences from run to run.
    class Noisy(ConstrainedLayoutEngine):
        noise = 0.0

        def execute(self, fig):
            super().execute(fig)
            for ax in fig.axes:
                ax.set_position(Bbox(ax.get_position().get_points() + self.noise))
                ax.set_in_layout(True)

    contents = []
    for noise in (0.0, last_digit):
        engine = Noisy()
        fig, _ = finished(layout=engine)
        engine.noise = noise
        contents.append(figures.save(fig, "02-same", alt="A line goes up.").path.read_bytes())
    assert contents[0] == contents[1]


def test_a_saved_figure_shows_as_a_picture_with_its_alt_text_and_is_closed():
    fig, _ = finished()
    data, metadata = figures.save(fig, "03-gap", alt="A line rises and falls.")._repr_mimebundle_()
    assert data["text/plain"] == "A line rises and falls."
    assert data["image/png"].startswith("iVBORw0KGgo")
    assert metadata["image/png"] == {"width": 640, "alt": "A line rises and falls."}
    assert not plt.fignum_exists(fig.number)


@pytest.mark.parametrize("alt", ["", "   ", "gap", None])
def test_a_figure_without_alt_text_is_not_saved(alt, tmp_path):
    fig, _ = finished()
    with pytest.raises(ValueError, match="no alt text; describe"):
        figures.save(fig, "03-gap", alt=alt)
    assert not (tmp_path / "figures").exists()


def test_a_figure_without_title_is_not_saved():
    fig, _ = plt.subplots()
    with pytest.raises(ValueError, match="no title; call figures.finish"):
        figures.save(fig, "03-gap", alt="An empty pair of axes.")


@pytest.mark.parametrize("name", ["gap", "3-gap", "03", "03-Gap", "../03-gap", "03-gap.svg"])
def test_a_figure_name_of_another_form_is_refused(name):
    with pytest.raises(ValueError, match="no figure name"):
        figures.save(finished()[0], name, alt="A line rises and falls.")


def test_figures_go_beside_the_nearest_project_file_by_default(tmp_path, monkeypatch):
    monkeypatch.delenv("UPTAKE_FIGURES")
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "pyproject.toml").touch()
    monkeypatch.chdir(tmp_path / "notebooks")
    saved = figures.save(finished()[0], "03-gap", alt="A line rises and falls.")
    assert saved.path == tmp_path / "figures" / "03-gap.svg"


@pytest.mark.parametrize("missing", ["title", "unit", "source"])
def test_a_figure_is_not_finished_without_title_unit_and_source(missing):
    words = {"title": "It rises", "unit": "Points", "source": "Nobody"} | {missing: " "}
    with pytest.raises(ValueError, match=f"{missing} is empty"):
        figures.finish(plt.subplots()[1], **words)


def test_finishing_leaves_the_plot_its_height_however_long_the_words():
    heights = []
    for title in ("Short", "A long finding that takes more than a line of the figure " * 3):
        fig, ax = finished(title)
        fig.draw_without_rendering()
        heights.append(ax.get_window_extent().height)
    assert_allclose(heights[0], heights[1], rtol=1e-3)


def test_finishing_twice_replaces_the_words():
    fig, ax = finished("First")
    size = fig.get_size_inches()
    figures.finish(ax, title="Second", unit="Index points", source="Nobody, 2026")
    assert [text.get_text() for text in fig.texts][0] == "Second"
    assert len(fig.texts) == 3
    assert len(fig.artists) == 2
    assert_allclose(fig.get_size_inches(), size)


def test_header_and_plot_do_not_overlap_and_stay_inside_the_figure():
    fig, ax = finished("A finding of some length, long enough to need a second line of type")
    fig.draw_without_rendering()
    finding, unit, source = (text.get_window_extent() for text in fig.texts)
    plot = ax.get_tightbbox()
    assert fig.bbox.y1 > finding.y1 > finding.y0 > unit.y1 > unit.y0 > plot.y1
    assert plot.y0 > source.y1 > source.y0 > 0
    assert max(finding.x1, unit.x1, source.x1) < fig.bbox.x1


def test_dollar_signs_stay_dollar_signs():
    fig, _ = finished("From $3 to $5 a million tokens")
    assert not any(text.get_parse_math() for text in fig.texts)


def test_line_labels_sit_at_the_ends_in_the_colour_of_the_line_and_apart():
    fig, ax = plt.subplots()
    for name, level in {"Closed": 10.0, "Open": 10.01, "Other": 9.99}.items():
        ax.plot([0, 1, 2], [0, level, np.nan], label=name, color=figures.COLORS[name.lower()])
    labels = figures.label_lines(ax)
    assert [label.get_text() for label in labels] == ["Closed", "Open", "Other"]
    assert [label.get_color() for label in labels] == [line.get_color() for line in ax.lines]
    assert all(label.xy[0] == 1 for label in labels)
    fig.draw_without_rendering()
    boxes = [label.get_window_extent() for label in labels]
    assert not any(one.overlaps(two) for one, two in itertools.combinations(boxes, 2))
    assert boxes[1].y0 > boxes[0].y0 > boxes[2].y0


def test_labels_far_apart_are_not_moved():
    assert_allclose(spread(np.array([50.0, 0.0, 20.0]), 12.0), [50, 0, 20])


def test_axes_without_labelled_lines_cannot_be_labelled():
    _, ax = plt.subplots()
    ax.plot([0, 1], [0, 1])
    with pytest.raises(ValueError, match="give label="):
        figures.label_lines(ax)


def widths(text):
    return [len(line) for line in text.split("\n")]


def test_the_lines_of_a_finding_are_of_about_equal_length():
    fig, _ = finished("Open models follow closed ones at about the same distance")
    first, second = widths(fig.texts[0].get_text())
    assert abs(first - second) < 10


def test_frontiers_show_every_entry_the_records_and_their_intervals():
    best = frontier(["2024-01-01", "2024-02-01", "2024-06-01"], [5, 4, 9], errors=[1, 1, 2])
    ax = frontiers({"open": best, "closed": best}, until="2024-12-31", level=0.95)
    step = ax.lines[0]
    assert step.get_drawstyle() == "steps-post"
    assert list(step.get_ydata()) == [5, 9, 9]
    assert step.get_xdata()[-1] == pd.Timestamp("2024-12-31")
    assert [line.get_color() for line in ax.lines[::3]] == [
        figures.COLORS["open"],
        figures.COLORS["closed"],
    ]
    assert len(ax.lines[1].get_xdata()) == 3
    bars = ax.collections[0].get_segments()
    assert_allclose([bar[1][1] - bar[0][1] for bar in bars], 2 * 1.959964 * np.array([1, 2]))
    assert [text.get_text() for text in ax.texts] == ["Open", "Closed"]


def test_survival_starts_at_one_and_marks_censored_times_on_the_curve():
    ax = survival([2.0, 5.0], [0.6, 0.3], low=[0.4, 0.1], high=[0.8, 0.6], censored=[3, 6])
    assert ax.lines[0].get_xydata().tolist() == [[0, 1], [2, 0.6], [5, 0.3], [6, 0.3]]
    assert ax.lines[1].get_xydata().tolist() == [[3, 0.6], [6, 0.3]]
    assert ax.lines[0].get_drawstyle() == "steps-post"
    low, high = np.ptp(ax.collections[0].get_paths()[0].vertices, axis=0)
    assert_allclose([low, high], [6, 0.9])


@pytest.mark.parametrize(
    ("times", "share", "ends"),
    [([2, 1], [0.5, 0.4], {}), ([0, 1], [1, 0.4], {}), ([1], [0.5], {"low": [0.1]}), ([], [], {})],
)
def test_survival_refuses_arrays_that_are_no_survival_curve(times, share, ends):
    with pytest.raises(ValueError, match="times"):
        survival(times, share, **ends)


@pytest.fixture
def specifications():
    return pd.DataFrame(
        {
            "estimate": [3.0, 1.0, 2.0, np.nan],
            "low": [2.0, -np.inf, 1.0, np.nan],
            "high": [4.0, 2.0, np.inf, np.nan],
            "window": ["long", "short", "long", "short"],
        }
    )


def test_a_specification_curve_sorts_estimates_and_their_choices_together(specifications):
    ax = specification_curve(specifications, ["window"], primary=[True, False, False, False])
    points = next(line for line in ax.lines if line.get_marker() == "o")
    assert list(points.get_ydata()) == [1, 2, 3]
    chosen = next(line for line in ax.lines if line.get_marker() == "D")
    assert chosen.get_xydata().tolist() == [[2, 3]]
    below = ax.figure.axes[-1]
    assert [tick.get_text() for tick in below.get_yticklabels()] == ["Window", "long", "short"]
    ticks = [line.get_xydata().tolist() for line in below.lines if line.get_marker() == "|"]
    assert ticks == [[[1, 1], [2, 1]], [[0, 2]]]


def test_an_interval_without_end_has_an_arrow_at_the_edge(specifications):
    ax = specification_curve(specifications, ["window"])
    up, down = (next(line for line in ax.lines if line.get_marker() == m) for m in (6, 7))
    assert up.get_xydata().tolist() == [[1, ax.get_ylim()[1]]]
    assert down.get_xydata().tolist() == [[0, ax.get_ylim()[0]]]


def test_regions_are_named_and_shaded_up_to_the_edge(specifications):
    ax = specification_curve(specifications, ["window"], regions={"supports": (2.5, np.inf)})
    assert "supports" in [text.get_text() for text in ax.texts]
    band = ax.patches[0].get_bbox()
    assert_allclose([band.y0, band.y1], [2.5, ax.get_ylim()[1]])


def test_specifications_without_an_estimate_are_counted(specifications):
    ax = specification_curve(specifications, ["window"])
    assert ax.get_title("left") == "1 of 4 gave no estimate" and not ax.texts


def test_levels_stand_in_their_declared_order_also_when_none_gave_an_estimate(specifications):
    specifications["window"] = ["wide", "narrow", "narrow", "absent"]
    below = specification_curve(specifications, ["window"]).figure.axes[-1]
    levels = [tick.get_text() for tick in below.get_yticklabels()]
    assert levels == ["Window", "wide", "narrow", "absent"]


def test_a_region_far_from_all_estimates_is_still_in_sight(specifications):
    ax = specification_curve(specifications, ["window"], regions={"supports": (50, np.inf)})
    assert ax.get_ylim()[1] > 50


def test_a_specification_curve_says_which_columns_it_lacks(specifications):
    with pytest.raises(ValueError, match="lack the columns high, vintage"):
        specification_curve(specifications.drop(columns="high"), ["vintage"])
    with pytest.raises(ValueError, match="no finite estimate"):
        specification_curve(specifications.tail(1), ["window"])


def noisy_bass(edges, noise=0.02):
    record = Bass(100.0, 0.02, 0.5).flow(edges)
    return record * (1 + noise * (-1) ** np.arange(record.size))


def test_a_fitted_flow_stands_at_the_middle_of_its_interval_and_the_curve_meets_its_value():
    edges = np.array([0.0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12])
    result = fit(Bass, edges, noisy_bass(edges), kind="flow")
    ax = fitted(result, until=20, label="Sets", **figures.look("closed"))
    points, inside, beyond = ax.lines
    middles = (edges[1:] + edges[:-1]) / 2
    assert_allclose(points.get_xdata(), middles)
    assert (inside.get_linestyle(), beyond.get_linestyle()) == ("-", "--")
    assert beyond.get_label() == "Sets"
    assert points.get_marker() == "s"
    assert_allclose([inside.get_xdata()[0], inside.get_xdata()[-1]], [middles[0], middles[-1]])
    assert_allclose([beyond.get_xdata()[0], beyond.get_xdata()[-1]], [middles[-1], 20])
    at_middles = np.interp(middles, *inside.get_data())
    assert_allclose(at_middles, result.fitted, rtol=0.01)


def test_a_fitted_stock_with_dates_is_drawn_on_dates_with_its_band():
    dates = pd.date_range("2020-01-01", periods=15, freq="YS")
    t = np.arange(15.0)
    result = fit(Logistic, dates, Logistic(50.0, 0.7, 7.0)(t) + 0.3 * (-1) ** t)
    band = pd.DataFrame({"low": [1.0, 2.0], "high": [3.0, 5.0]}, index=dates[:2])
    ax = fitted(result, band=band)
    seen = pd.DatetimeIndex(ax.lines[0].get_xdata())
    assert abs(seen - dates).max() < pd.Timedelta(seconds=1)
    low, high = ax.collections[0].get_paths()[0].get_extents().intervaly
    assert (low, high) == (1, 5)
    assert len(ax.lines) == 2


def test_a_curve_is_not_drawn_beyond_a_date_inside_the_record():
    t = np.arange(15.0)
    result = fit(Logistic, t, Logistic(50.0, 0.7, 7.0)(t) + 0.3 * (-1) ** t)
    with pytest.raises(ValueError, match="until is 9, which is not beyond the data"):
        fitted(result, until=9)


def test_a_profile_meets_the_cut_off_at_the_ends_of_the_interval():
    t = np.arange(15.0)
    result = fit(Logistic, t, Logistic(50.0, 0.7, 7.0)(t) + 0.5 * (-1) ** t)
    ax = profile(result, "m", level=0.9)
    interval, cutoff = result.interval("m", 0.9), result.profile("m").cutoff(0.9)
    curve, line, best = ax.lines[:3]
    assert line.get_ydata()[0] == cutoff
    assert_allclose(best.get_xdata(), result.params["m"])
    heights = np.interp([interval.low, interval.high], *curve.get_data())
    assert_allclose(heights, cutoff, rtol=0.02)
    ends = [text.get_text() for text in ax.texts]
    assert ends == ["90%\ncut-off", figure(interval.low), figure(interval.high)]


def test_an_interval_without_end_is_drawn_as_an_arrow_and_said():
    edges = np.arange(7.0)
    result = fit(Bass, edges, noisy_bass(edges, noise=0.25)[:6], kind="flow")
    assert result.interval("m").high == np.inf
    ax = profile(result, "m")
    arrow = next(line for line in ax.lines if line.get_marker() == ">")
    assert arrow.get_xdata()[0] == ax.get_xlim()[1]
    assert "not bounded above" in [text.get_text() for text in ax.texts]


def test_thousands_are_separated_and_years_are_not():
    fig, ax = plt.subplots()
    ax.plot([1979, 1990], [0, 14000])
    figures.finish(ax, title="It rises", unit="Sets", source="Nobody")
    fig.draw_without_rendering()
    assert "14,000" in [label.get_text() for label in ax.get_yticklabels()]
    years = " ".join(label.get_text() for label in ax.get_xticklabels())
    assert "1980" in years
    assert "1,980" not in years
