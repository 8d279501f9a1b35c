"""Record-setting frontiers: who is ahead, by how many points, and by how many months.

`frontier` builds the running record of dated scores, `gap` compares two in points on a date,
`lag_backward`, `catch_up` and `mean_lag` in months. Nothing here knows what the two sides are.
"""

from uptake.frontier.lags import DAYS_PER_MONTH, catch_up, cluster_weights, lag_backward, mean_lag
from uptake.frontier.records import Frontier, frontier, gap

__all__ = [
    "DAYS_PER_MONTH",
    "Frontier",
    "catch_up",
    "cluster_weights",
    "frontier",
    "gap",
    "lag_backward",
    "mean_lag",
]
