"""Write until no file may grow beyond a limit, as on a full disk; print how it failed.

full_disk.py CATALOGUE STORAGE LIMIT_BYTES
"""

from __future__ import annotations

import resource
import sys

from schemas.catalogue import TrackRow
from schemas.errors import StorageError
from warehouse.lake import Location, RunStamp
from warehouse.store import Store

catalogue, storage, limit = sys.argv[1:]
with Store(Location(catalogue, storage)) as store:
    store.write({"tracks": [TrackRow(track_id="before")]}, RunStamp("a", "test", "fits"))
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), resource.RLIM_INFINITY))
    rows = [TrackRow(track_id=f"{i:032x}", title=f"{i * 7919:x}") for i in range(20_000)]
    try:
        store.write({"tracks": rows}, RunStamp("b", "test", "does not fit"))
    except StorageError as error:
        print(error)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    report = store.write({"tracks": [TrackRow(track_id="after")]}, RunStamp("c", "test", "fits"))
    print(report.tables["tracks"].inserted)
