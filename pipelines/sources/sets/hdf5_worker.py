"""`python -P -m pipelines.sources.sets.hdf5_worker`: paths come in, one JSON line a song goes out.

A line is [path, values] for a song, [path, null, problem] where a file is refused, and [path] at
the end of each file. Memory and writing are limited; the parent ends a process that is silent.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from pathlib import Path

from pipelines.sources.sets.hdf5 import Refused, songs

MEMORY = 4 << 30


def main() -> None:
    """Serve until standard input ends."""
    os.environ["HDF5_PLUGIN_PRELOAD"] = "::"  # no filters from elsewhere
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for line in sys.stdin:
        path = json.loads(line)
        try:
            for values in songs(Path(path)):
                _say([path, values])
        except Refused as error:
            _say([path, None, str(error)])
        except MemoryError:
            _say([path, None, "takes more memory than is allowed"])
        _say([path])


def _say(message: list[object]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
