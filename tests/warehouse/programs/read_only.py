"""Write where the folders have become read-only; print how it failed.

read_only.py CATALOGUE STORAGE WHICH, with WHICH = catalogue or data. Root may write anywhere, so it
becomes nobody after the first write, by which all code has been loaded.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from schemas.catalogue import TrackRow
from schemas.errors import StorageError
from warehouse.lake import Lake, Location, RunStamp
from warehouse.store import Store

catalogue, storage, which = sys.argv[1:]
location = Location(catalogue, storage)
with Store(location) as store:
    store.write({"tracks": [TrackRow(track_id="before")]}, RunStamp("a", "test", "fits"))
top, data = Path(catalogue).parent, Path(storage)
for folder in (top, data, data / "main", data / "main" / "tracks"):
    folder.chmod(0o777)
for path in top.glob("catalogue.sqlite*"):
    path.chmod(0o444 if which == "catalogue" else 0o666)
top.chmod(0o555 if which == "catalogue" else 0o777)
if which == "data":
    for folder in (data / "main" / "tracks", data / "main", data):
        folder.chmod(0o555)
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
try:
    with Store(location) as store:
        store.write({"tracks": [TrackRow(track_id="no")]}, RunStamp("b", "test", "refused"))
    print("written")
except StorageError as error:
    print(error)
if which == "data":
    with Lake.open(location, read_only=True) as lake:
        print(lake.query("SELECT count(*) AS n FROM tracks")["n"][0])
