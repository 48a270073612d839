"""Run statements in the fenced process as if the allow-list had let everything pass.

unchecked.py < JOB; the job's `sql` is a list of statements, all run one after the other.
"""

from __future__ import annotations

import json
import sys

import duckdb

from warehouse import attach
from warehouse.location import Location
from warehouse.safe import fence, worker

job = json.loads(sys.stdin.read())
fence.limit(job["wall_s"], 4096, 2)
location = Location(**job["location"])
with attach.reader(location, worker.FEATURES, None, attach.Engine(threads=1)) as first:
    first.begin()
    snapshot = attach.current_snapshot(first)
    fenced = worker.confine(location)
    print(json.dumps({"fenced": fenced}))
    with worker.opened(location, snapshot, ["music"], job) as connection:
        worker.lock_down(connection, location)
        for sql in job["sql"]:
            try:
                found = connection.execute(sql).fetchall()
                print(json.dumps({"sql": sql, "found": str(found)}))
            except (duckdb.Error, OSError) as error:
                print(json.dumps({"sql": sql, "error": str(error)}))
