"""One thread per worker process: extraction scales with processes, not with BLAS threads."""

from __future__ import annotations

import os
from collections.abc import MutableMapping

THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)


def limit_threads(environ: MutableMapping[str, str] | None = None, threads: int = 1) -> None:
    """Give numerical libraries `threads` threads, here and in processes started afterwards.

    Call it first in a worker: the variables count for libraries that are not loaded yet. Those
    that are loaded already are told through threadpoolctl.
    """
    environment = os.environ if environ is None else environ
    for name in THREAD_VARIABLES:
        environment[name] = str(threads)
    import threadpoolctl  # type: ignore[import-untyped]  # ships no types

    threadpoolctl.threadpool_limits(limits=threads)
