"""A call that may refuse, but in words and in time: shared by the tests of hostile input."""

import re
import signal
from collections import Counter
from contextlib import contextmanager
from typing import ClassVar

import numpy as np

from uptake import FitError

REFUSALS = (ValueError, FitError)
LONGEST = 60
"""Seconds of this process's own time after which a call counts as one that never ends: several
times what the slowest takes, and deaf to what else the machine does."""
ADVICE = re.compile(
    r"\b(add|another|convert|divide|drop|fix|give|hold|increase|leave|measure|mend|must|name|needs?|needed|"
    r"rescale|restore|say|sort|take|transpose|use|write)\b"
    r"|nothing to fit|told from it|no value above zero|nothing can be told|not a CSV file"
)
"""What to do about it, or the fault of a record about which nothing can be done."""


class EndlessError(BaseException):
    """A call did not end; no exception of the library's or of Python's own can swallow it."""


@contextmanager
def bounded(seconds=LONGEST):
    """Interrupt what takes more than so many seconds of the processor's time."""

    def interrupt(*_):
        raise EndlessError(f"no answer after {seconds} seconds")

    before = signal.signal(signal.SIGPROF, interrupt)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


class Answer:
    """What a call came to: a value, or None when it refused in words."""

    given: ClassVar[Counter] = Counter()

    def __init__(self, function, *arguments, **options):
        self.refusal = None
        try:
            with bounded():
                self.value = function(*arguments, **options)
            self.given[getattr(function, "__name__", "")] += 1
        except REFUSALS as error:
            # Not a subclass such as NumPy's LinAlgError, which advises nobody.
            assert type(error) in REFUSALS, repr(error)
            assert len(str(error)) > 20 and ADVICE.search(str(error)), repr(error)
            self.value, self.refusal = None, str(error)


def finite(*values):
    return all(np.isfinite(np.asarray(value, float)).all() for value in values)
