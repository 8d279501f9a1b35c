"""Adoption curves: fitting, honest intervals, comparison and forecasting."""
