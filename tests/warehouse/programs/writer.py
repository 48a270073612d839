"""Write COUNT batches: rows of our own, and shared rows that every writer changes.

writer.py CATALOGUE STORAGE NAME COUNT SEED
"""

from __future__ import annotations

import random
import sys

from schemas.catalogue import TrackRow
from warehouse.lake import Location, RunStamp
from warehouse.store import Store

catalogue, storage, name, count, seed = sys.argv[1:]
chance = random.Random(int(seed))
with Store(Location(catalogue, storage)) as store:
    for n in range(int(count)):
        shared = chance.sample(range(20), 5)
        rows = [TrackRow(track_id=f"{name}-{n}-{i}", title=name) for i in range(3)]
        rows += [TrackRow(track_id=f"shared-{i}", title=f"{name}-{n}") for i in shared]
        store.write({"tracks": rows}, RunStamp(name, "test", f"{n}"))
