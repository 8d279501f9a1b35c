"""Theme record: what was forecast at the freeze, what came, and what is forecast now."""

from uptake.openclosed.record.chance import least_p, past_errors, power
from uptake.openclosed.record.series import Series, declared, series

__all__ = ["Series", "declared", "least_p", "past_errors", "power", "series"]
