"""Ceilings: whether the interval held the level that a technology or a challenger came to."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from uptake.openclosed import technologies
from uptake.openclosed.precedents.contests import at_position, contests
from uptake.openclosed.precedents.rules import document


@at_position
def ceiling(where: Mapping[str, float] | None = None) -> pd.DataFrame:
    """Return, for every record at two stages, whether a bounded ceiling held the last level.

    Parameters
    ----------
    where : mapping, optional
        Stages at which the precedents are cut; by default `position`.

    Returns
    -------
    DataFrame
        ``test``, ``precedent``, ``record``, ``stage``, ``said`` ("bounded" or "cannot tell"),
        ``stated``, ``right``, ``forced`` (whether the interval, bounded or not, held it), and the
        absolute errors ``free``, ``fixed`` and ``naive`` of the last level as shares of it.

    Examples
    --------
    >>> sorted(levels())[:2]
    ['Android v iOS, web use', 'Chrome v Internet Explorer']
    """
    records = levels()
    names = {where[stage]: stage for stage in ("tokens", "dollars")}
    frames = {name: frame for name, (_, frame) in records.items()}
    table = technologies.stages(frames, sorted(names))
    table = table[table["fitted"]].reset_index(drop=True)
    stated = table["bounded"].astype(bool)
    held = table["contains"].astype(bool)
    rows = pd.DataFrame(
        {
            "test": "ceiling",
            "precedent": [records[name][0] for name in table["technology"]],
            "record": table["technology"],
            "stage": table["share"].map(names),
            "said": np.where(stated, "bounded", "cannot tell"),
            "stated": stated,
            "right": held.astype(object).where(stated, None),
            "forced": held,
        }
    )
    return rows.join(table[["free", "fixed", "naive"]])


def levels() -> dict[str, tuple[str, pd.DataFrame]]:
    """Return precedent and record (``t``, ``share``) of what came to a level, by name.

    The technologies of notebook 02, and the contests that the challenger won and that are not
    among them.
    """
    rules = document()["contests"]
    found = {}
    for name, contest in contests().items():
        if contest.won:
            found[name] = (
                contest.precedent,
                pd.DataFrame({"t": contest.t, "share": contest.share}),
            )
    twice = {
        rules[name]["sides"][0].removeprefix("us_adoption_").replace("_", " "): name
        for name in found
        if rules[name]["table"] == "technology_adoption"
    }
    for name, frame in technologies.reference_class()[0].items():
        # The technology's own record is longer than the contest's, and the one notebook 02 shows.
        precedent = found.pop(twice[name])[0] if name in twice else name
        found[name] = (precedent, frame)
    return found
