"""Published figures with their provenance: typed tables, each beside a card.

``load`` returns a table, ``source`` the card, whose ``str`` is the line under a figure, ``names``
what there is, ``references`` the sources of each row, ``check`` every rule that a table breaks.
Nothing is read at import or fetched.
"""

from uptake.datasets.cards import Source, names, source
from uptake.datasets.checks import Problem, check
from uptake.datasets.loader import load
from uptake.datasets.origins import references

__all__ = ["Problem", "Source", "check", "load", "names", "references", "source"]
