"""Hold a reading transaction: say what is seen, wait for a line on stdin, say it again.

reader.py CATALOGUE STORAGE
"""

from __future__ import annotations

import sys

from warehouse.lake import Lake, Location

with Lake.open(Location(*sys.argv[1:]), read_only=True) as lake:
    count = "SELECT count(*) AS n FROM tracks"
    lake.execute("BEGIN")
    print(lake.query(count)["n"][0], flush=True)
    sys.stdin.readline()
    print(lake.query(count)["n"][0], flush=True)
    lake.execute("COMMIT")
    print(lake.query(count)["n"][0], flush=True)
