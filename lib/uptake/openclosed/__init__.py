"""The argument about open and closed models: claims, rules, estimates and verdicts."""

from uptake.openclosed.freeze import FREEZE, known, later

__all__ = ["FREEZE", "known", "later"]
