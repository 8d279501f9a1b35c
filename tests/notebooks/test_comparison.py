import base64
import io

import nbformat.v4 as v4
import numpy as np
import pytest
from notebook_comparison import (
    differences,
    drawing_differences,
    picture_differences,
    text_differences,
)
from PIL import Image


def printed(text):
    return v4.new_output("stream", name="stdout", text=text)


def displayed(**data):
    return v4.new_output("display_data", data={k.replace("_", "/"): v for k, v in data.items()})


def picture(*, moved=0, size=(300, 200), alpha=255):
    pixels = np.full((size[1], size[0], 4), 255, dtype=np.uint8)
    pixels[90:97, 40 + moved : 47 + moved, :3] = 0
    pixels[..., 3] = alpha
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, "png")
    return content.getvalue()


def test_the_same_outputs_do_not_differ():
    outputs = [printed("m 3.5\n"), displayed(text_plain="a line", image_png=_base64(picture()))]
    assert differences(outputs, outputs) == []


@pytest.mark.parametrize(
    ("committed", "fresh"),
    [
        ("slope 3.50", "slope 3.51"),
        ("slope 3.5", "slope -3.5"),
        ("slope \N{MINUS SIGN}3.5", "slope 3.5"),
        ("1,234 rows", "1,235 rows"),
        ("rose", "fell"),
        ("inf", "3"),
        ("a b", "a b c"),
        ("2026-05-31", "2026-06-01"),
        ("p < .05", "p > .05"),
    ],
)
def test_another_number_or_word_is_a_difference(committed, fresh):
    assert text_differences(committed, fresh)
    assert text_differences(fresh, committed)


@pytest.mark.parametrize(
    ("committed", "fresh"),
    [
        ("sse 1.000000", "sse 1.000009"),
        ("1e-13", "3e-14"),
        ("m    3.5", "m 3.5"),
        ("\N{MINUS SIGN}2.0", "-2.0"),
    ],
)
def test_rounding_and_spaces_are_no_difference(committed, fresh):
    assert text_differences(committed, fresh) == []


def test_the_numeric_tolerance_is_relative():
    assert text_differences("1.0001e-6", "1.0002e-6")
    assert text_differences("100000", "100002")
    assert not text_differences("100000.0", "100000.5")


def test_parts_of_one_stream_are_one_output():
    assert differences([printed("one\n"), printed("two\n")], [printed("one\ntwo\n")]) == []


def test_a_stripped_output_and_a_new_one_are_differences():
    assert differences([], [printed("3")]) == ["output 1: not committed: stream stdout"]
    assert differences([printed("3")], []) == ["output 1: no longer made: stream stdout"]


def test_another_kind_of_output_is_a_difference():
    assert differences([displayed(text_plain="3")], [displayed(text_markdown="3")])


def test_a_marker_that_moves_is_a_difference():
    assert picture_differences(picture(), picture()) == []
    assert picture_differences(picture(), picture(moved=7))


def test_a_marker_that_moves_is_seen_in_a_picture_of_full_size():
    size = (1100, 700)
    assert picture_differences(picture(size=size), picture(size=size, moved=7))


def test_a_faint_change_of_all_pixels_is_no_difference():
    assert picture_differences(picture(), picture(alpha=254)) == []


def test_a_picture_of_another_size_is_a_difference():
    assert "300 by 200" in picture_differences(picture(), picture(size=(200, 300)))[0]


def test_a_replaced_picture_in_an_output_is_a_difference():
    old, new = (
        displayed(image_png=_base64(picture(moved=moved)), text_plain="x") for moved in (0, 9)
    )
    assert "RMS" in differences([old], [new])[0]


def test_numbers_in_structured_outputs_are_compared():
    old, new = (
        v4.new_output("display_data", data={"application/json": {"estimate": value}})
        for value in (1.25, 1.26)
    )
    assert differences([old], [new])
    assert differences([old], [old]) == []


DRAWING = '<path id="{0}" d="M 10.00 20.0 L 30 {1}"/><use href="#{0}" clip-path="url(#{0})"/>'


def test_a_drawing_may_differ_in_identifiers_and_roundings_only():
    old = DRAWING.format("m0a1b2", "40.0")
    assert drawing_differences(old, DRAWING.format("mffff9", "40.001")) == []
    assert drawing_differences(old, DRAWING.format("m0a1b2", "40.5"))
    assert drawing_differences(old, old.replace("path", "line"))


def test_a_drawing_that_refers_to_another_part_differs():
    two = '<g id="a1"/><g id="b1"/><use href="#a1"/>'
    assert drawing_differences(two, two.replace("#a1", "#b1"))


def _base64(content):
    return base64.b64encode(content).decode()
