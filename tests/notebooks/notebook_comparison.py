"""Compare what a notebook shows with what a fresh run of it shows: numbers, words and pictures.

nbval compares text letter by letter and lets pass whatever it does not look at: pictures, cells
without a run number, outputs that are missing on either side. This comparison looks at all of
them, and at numbers with a tolerance, so that it stands in for nbval where its letters are ignored.
"""

import base64
import io
import json
import math
import re
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

import numpy as np
from nbval.plugin import coalesce_streams
from numpy.typing import NDArray
from PIL import Image

RELATIVE_TOLERANCE = 1e-5
PIXEL_TOLERANCE = 1.0
"""Root mean square difference of the pixels, in 255ths of full brightness.

In a figure of 1100 by 700 pixels a marker of 7 by 7 pixels that moves by its own width makes a
difference of about 2; edges drawn by another processor's rounding make far less than 1.
"""
COORDINATE_TOLERANCE = 0.02
"""Points, a 72nd of an inch; a drawing's coordinates may differ by so much."""

_NUMBER = re.compile(r"[-+\N{MINUS SIGN}]?(?:\d[\d,]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_TOKEN = re.compile(rf"{_NUMBER.pattern}|[^\W\d]+|[^\w\s]")
_IDENTIFIER = re.compile(r'(?<=id=")[^"]+|(?<=href="#)[^"]+|(?<=url\(#)[^)]+')
_PICTURES = ("image/png", "image/jpeg")


def differences(committed: Sequence[Mapping], fresh: Sequence[Mapping]) -> list[str]:
    """Return what differs between a cell's committed outputs and those of a fresh run.

    Parameters
    ----------
    committed, fresh : sequence of output
        Outputs in the notebook format; parts of one stream are joined first.

    Returns
    -------
    list of str
        A sentence for each difference; empty when there is none.
    """
    pairs = zip_longest(_contents(committed), _contents(fresh))
    return [
        f"output {number}: {problem}"
        for number, pair in enumerate(pairs, 1)
        for problem in _content_differences(*pair)
    ]


def text_differences(committed: str, fresh: str, *, absolute: float = 1e-12) -> list[str]:
    """Return the first differing token of two texts, numbers compared with a tolerance.

    Whitespace does not count, for columns widen with the numbers in them.
    """
    pairs = zip_longest(_TOKEN.findall(committed), _TOKEN.findall(fresh), fillvalue="nothing")
    for old, new in pairs:
        if old != new and not _close(old, new, absolute):
            return [f"{old!r} is committed, {new!r} is what a fresh run gives"]
    return []


def picture_differences(committed: bytes, fresh: bytes) -> list[str]:
    """Return how far two pictures differ, if by more than `PIXEL_TOLERANCE`."""
    old, new = _pixels(committed), _pixels(fresh)
    if old.shape != new.shape:
        return [f"the picture is {_size(old)}, that of a fresh run {_size(new)}"]
    distance = float(np.sqrt(np.mean((old - new) ** 2)))
    if distance > PIXEL_TOLERANCE:
        return [f"the picture differs from that of a fresh run (RMS {distance:.2f} of 255)"]
    return []


def drawing_differences(committed: str, fresh: str) -> list[str]:
    """Return the first difference of two SVG drawings, coordinates within a tolerance.

    Identifiers are hashes of what they name, so they are replaced by their order first.
    """
    old, new = (_with_plain_identifiers(drawing) for drawing in (committed, fresh))
    return text_differences(old, new, absolute=COORDINATE_TOLERANCE)


def _contents(outputs: Sequence[Mapping]) -> list[dict[str, Any]]:
    """Return each output as a mapping from its kind (MIME type, stream, error) to its content."""
    # coalesce_streams changes the outputs that it is given.
    copies = [type(output)(output) for output in outputs]
    return [_content(output) for output in coalesce_streams(copies)]


def _content(output: Mapping) -> dict[str, Any]:
    kind = output["output_type"]
    if kind == "stream":
        return {f"stream {output['name']}": output["text"]}
    if kind == "error":
        return {"error": f"{output['ename']}: {output['evalue']}"}
    return dict(output["data"])


def _content_differences(committed: dict | None, fresh: dict | None) -> list[str]:
    if committed is None or fresh is None:
        there, where = (
            ("not committed", fresh) if committed is None else ("no longer made", committed)
        )
        return [f"{there}: {', '.join(sorted(where))}"]
    if committed.keys() != fresh.keys():
        kinds = [", ".join(sorted(content)) for content in (committed, fresh)]
        return [f"{kinds[0]} is committed, a fresh run gives {kinds[1]}"]
    return [
        f"{kind}: {problem}"
        for kind in sorted(committed)
        for problem in _kind_differences(kind, committed[kind], fresh[kind])
    ]


def _kind_differences(kind: str, committed: Any, fresh: Any) -> list[str]:
    if kind in _PICTURES:
        return picture_differences(base64.b64decode(committed), base64.b64decode(fresh))
    if kind == "image/svg+xml":
        return drawing_differences(_text(committed), _text(fresh))
    return text_differences(_text(committed), _text(fresh))


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    if isinstance(content, list) and all(isinstance(line, str) for line in content):
        return "".join(content)
    return json.dumps(content, sort_keys=True, ensure_ascii=False)


def _close(old: str, new: str, absolute: float) -> bool:
    if not (_NUMBER.fullmatch(old) and _NUMBER.fullmatch(new)):
        return False
    first, second = (float(_ascii(token)) for token in (old, new))
    return math.isclose(first, second, rel_tol=RELATIVE_TOLERANCE, abs_tol=absolute)


def _ascii(number: str) -> str:
    return number.replace("\N{MINUS SIGN}", "-").replace(",", "")


def _pixels(picture: bytes) -> NDArray:
    with Image.open(io.BytesIO(picture)) as image:
        # On white, as a page shows it: transparent pixels may have any colour.
        flat = Image.new("RGBA", image.size, "white")
        flat.alpha_composite(image.convert("RGBA"))
        return np.asarray(flat.convert("RGB"), dtype=float)


def _size(pixels: NDArray) -> str:
    return f"{pixels.shape[1]} by {pixels.shape[0]} pixels"


def _with_plain_identifiers(drawing: str) -> str:
    order: dict[str, str] = {}
    return _IDENTIFIER.sub(lambda match: order.setdefault(match[0], f"id{len(order)}"), drawing)
