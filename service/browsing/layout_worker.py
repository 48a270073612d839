"""The process that lays out the map: `python -m service.browsing.layout_worker`.

Started by `service.browsing.layout`; the settings come as one line of JSON on standard input, which
stays open for as long as the result is wanted.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path

from pipelines.features.threads import limit_threads
from schemas.settings import Settings

NICE = 10


def main() -> None:
    given = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if hasattr(os, "nice"):
        os.nice(NICE)
    limit_threads()  # of t-SNE's threads, most would wait for each other where cores are busy
    from pipelines.catalogue_map import make_layout
    from service import compose

    settings = Settings(**{**given, "home": Path(given["home"])})
    with compose.open_lake(settings) as lake:
        make_layout(settings, lake, print)


def _end_with_parent() -> None:
    sys.stdin.read()
    os._exit(1)


if __name__ == "__main__":
    main()
