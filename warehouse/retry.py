"""Bounded retry with jitter for transient warehouse errors."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from schemas.errors import WarehouseError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how patiently a commit is tried again.

    The pause before attempt n is uniform between 0 and min(longest_s, first_s · 2ⁿ): "full jitter",
    which spreads competing writers best (Brooker 2015, "Exponential backoff and jitter").
    No attempt begins later than `deadline_s` after the first.
    """

    attempts: int = 30
    first_s: float = 0.02
    longest_s: float = 1.0
    deadline_s: float = 60.0


DEFAULT_POLICY = RetryPolicy()


def with_retry(action: Callable[[], T], policy: RetryPolicy = DEFAULT_POLICY) -> T:
    """Run `action` until it succeeds, fails for good, or `policy.attempts` are used up.

    `action` must start from nothing: after a failed commit the connection is closed, so it opens,
    reads, merges and commits again.

    Raises
    ------
    WarehouseError
        The last error; transient ones (CommitConflict, WarehouseBusy) only when the attempts or
        the time are used up.
    """
    end = time.monotonic() + policy.deadline_s
    for attempt in range(1, policy.attempts + 1):
        try:
            return action()
        except WarehouseError as error:
            if not error.transient:
                raise
            if attempt == policy.attempts or time.monotonic() > end:
                message = f"{error}; given up after {attempt} attempts, nothing was committed"
                raise type(error)(message) from error
        limit = min(policy.longest_s, policy.first_s * 2**attempt)
        time.sleep(random.uniform(0, limit))  # noqa: S311 - jitter needs no cryptography
    raise AssertionError("unreachable: the last attempt returns or raises")
