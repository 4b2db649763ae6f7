"""How long a step may take."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn


class TooSlowError(BaseException):
    """The time is over. No `Exception`, so that nobody on the way takes it for an error of their own."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Let the block run so long.

    The clock is the system's alarm, which only a main thread on a POSIX system has; elsewhere there is no limit.

    Raises:
        TooSlowError: it ran longer.
    """
    if not hasattr(signal, "SIGALRM") or threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGALRM, _over)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _over(*_: object) -> NoReturn:
    raise TooSlowError
