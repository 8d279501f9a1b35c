"""How hard random tests try: `make wider` asks for ten times as many examples, drawn afresh."""

import os

from hypothesis import settings

WIDER = int(os.environ.get("UPTAKE_WIDER", "1"))


def examples(count, **options):
    """Return the settings of a test that tries so many examples, times what was asked for."""
    return settings(max_examples=count * WIDER, **options)
