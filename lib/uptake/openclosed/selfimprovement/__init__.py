"""Theme selfimprovement: models that help to build models, and the lag of open ones (C14)."""
