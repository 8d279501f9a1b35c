"""Figures that only the argument needs, one module a theme."""
